"""Supportive care, switched one at a time in the same patients.

It changes what it should and leaves the rest bit-identical.
"""

from collections.abc import Callable

import numpy as np
import pytest

from regraft.clinical.complications import Complication
from regraft.core.parameters import ParameterSet
from regraft.physiology.signs import Daily
from regraft.treatment.cohort import TreatedCohort, draw_cohort, treat_cohort

N, SEED, WEEKS = 400, 21, 270
UNMONITORED = {"target_auc_mg_h_per_l": None, "adjust_after_dose": None}
BEFORE_CONDITIONING = (
    "collected_cd34_1e6_per_kg",
    "frozen_cd34_1e6_per_kg",
    "infused_cd34_1e6_per_kg",
    "apheresis_sessions",
    "viability_pct",
    "conditioning_start_day",
    "comorbidity_points",
    "karnofsky",
)
Run = Callable[..., TreatedCohort]


@pytest.fixture(scope="module")
def run(parameters: ParameterSet, compiled) -> Run:
    """Treat the same patients under other care, ``run(ursodiol=False)``; repeated calls are answered from memory."""
    done: dict[str, TreatedCohort] = {}

    def treat(*, busulfan: dict | None = None, change: dict | None = None, **care: object) -> TreatedCohort:
        key = repr((busulfan, change, sorted(care.items())))
        if key not in done:
            plans = compiled(busulfan=busulfan, supportive_care=care)
            cohort = draw_cohort(parameters.replace(change or {}), N, seed=SEED)
            done[key] = treat_cohort(plans, cohort, seed=SEED, weeks=WEEKS)
        return done[key]

    return treat


def has(treated: TreatedCohort, complication: Complication) -> np.ndarray:
    """Return who had it, shape (patients,)."""
    return np.array([(e[:n, 0] == complication).any() for e, n in zip(treated.events, treated.n_events, strict=True)])


def septic_early(treated: TreatedCohort) -> np.ndarray:
    """Return who had sepsis before conditioning, shape (patients,)."""
    return np.array(
        [
            ((e[:n, 0] == Complication.SEPSIS) & (e[:n, 1] < start)).any()
            for e, n, start in zip(
                treated.events, treated.n_events, treated.result["conditioning_start_day"], strict=True
            )
        ]
    )


def same_before_conditioning(left: TreatedCohort, right: TreatedCohort) -> None:
    """Hold who was transplanted in both without sepsis before: sepsis moves the steps of the equations."""
    both = (left.result["transplanted"] > 0) & (right.result["transplanted"] > 0)
    both &= ~(septic_early(left) | septic_early(right))
    assert both.mean() > 0.9
    for name in BEFORE_CONDITIONING:
        assert left.result[name][both].tobytes() == right.result[name][both].tobytes(), name


def test_filgrastim_from_the_first_day_brings_neutrophils_sooner(run) -> None:
    late, early = run(filgrastim_first_day=10), run(filgrastim_first_day=1)
    days = [treated.result["neutrophil_engraftment_day_latent"] for treated in (late, early)]
    both = np.isfinite(days[0]) & np.isfinite(days[1])
    assert (days[1][both] <= days[0][both]).all()
    assert days[1][both].mean() < days[0][both].mean() - 0.5
    same_before_conditioning(late, early)


def test_a_higher_threshold_costs_platelets_and_spares_little_bleeding(run) -> None:
    low, high = run(), run(platelet_transfusion_below_1e9_per_l=20.0)
    assert high.result["platelet_transfusions"].sum() > 1.3 * low.result["platelet_transfusions"].sum()
    bled = [has(treated, Complication.MUCOSAL_BLEEDING).sum() for treated in (low, high)]
    assert 0.9 * bled[0] <= bled[1] <= bled[0]  # level from 6 to 80e9/L in autografted people
    assert has(high, Complication.CMV_REACTIVATION).tolist() == has(low, Complication.CMV_REACTIVATION).tolist()


def test_a_higher_threshold_of_haemoglobin_costs_red_cells(run) -> None:
    low, high = run(), run(haemoglobin_transfusion_below_g_per_dl=9.0)
    assert high.result["red_cell_transfusions"].sum() > low.result["red_cell_transfusions"].sum() + N / 4
    same_before_conditioning(low, high)


@pytest.mark.parametrize(
    ("off", "complication", "change"),
    [
        ({"antibacterial_prophylaxis": False}, Complication.FEBRILE_NEUTROPENIA, {"infection_fever_per_day": 0.03}),
        ({"antifungal_prophylaxis": "none"}, Complication.FUNGAL_INFECTION, {"infection_fungal_per_day": 0.01}),
        ({"cotrimoxazole_months": 0}, Complication.PNEUMOCYSTIS, {"infection_pneumocystis_per_year": 2.0}),
        ({"aciclovir_months": 0}, Complication.ZOSTER, {}),
        ({"mesna": False}, Complication.HAEMORRHAGIC_CYSTITIS, {"toxicity_mesna_factor": 0.4}),
        ({"steroid_with_atg": False}, Complication.ATG_FEVER, {"toxicity_atg_reaction_steroid_factor": 0.6}),
        ({"seizure_prophylaxis": "none"}, Complication.SEIZURE, {}),
    ],
)
def test_without_prophylaxis_there_is_more_of_what_it_prevents(run, off, complication, change) -> None:
    usual = {"seizure_prophylaxis": "levetiracetam"}  # phenytoin changes exposure too
    guarded, bare = run(**usual, change=change), run(**usual | off, change=change)
    assert has(bare, complication).sum() > 1.1 * has(guarded, complication).sum() + 2
    same_before_conditioning(guarded, bare)
    myeloid = Complication.MYELOID_NEOPLASM
    alive = np.isnan(bare.result["death_day"]) & np.isnan(guarded.result["death_day"])
    assert has(bare, myeloid)[alive].tolist() == has(guarded, myeloid)[alive].tolist()


def test_letermovir_prevents_reactivation_of_cmv_only(run) -> None:
    bare, guarded = run(), run(letermovir=True)
    cmv, ebv = Complication.CMV_REACTIVATION, Complication.EBV_REACTIVATION
    assert not (has(guarded, cmv) & ~has(bare, cmv)).any()
    assert has(guarded, cmv).sum() < 0.6 * has(bare, cmv).sum()
    alive = np.isnan(bare.result["death_day"]) & np.isnan(guarded.result["death_day"])
    assert has(guarded, ebv)[alive].tolist() == has(bare, ebv)[alive].tolist()
    assert np.array_equal(guarded.daily[alive], bare.daily[alive], equal_nan=True)


def test_ursodiol_lowers_bilirubin_and_leaves_injury_as_it_was(run) -> None:
    given, without = run(), run(ursodiol=False)
    assert given.result["injury_peak"] == pytest.approx(without.result["injury_peak"], rel=1e-2)  # steps differ
    peaks = [np.nanmax(treated.daily[:, :, Daily.BILIRUBIN_MG_PER_DL], axis=1) for treated in (given, without)]
    assert (peaks[0] <= peaks[1] + 1e-3).mean() > 0.97  # deaths end the days of a few
    assert (peaks[0] < peaks[1] - 0.1).any()


def test_phenytoin_clears_busulfan_and_levetiracetam_does_not(run) -> None:
    auc = {
        drug: run(busulfan=UNMONITORED, seizure_prophylaxis=drug).result["busulfan_auc_mg_h_per_l"]
        for drug in ("phenytoin", "levetiracetam", "benzodiazepine")
    }
    given = auc["phenytoin"] > 0
    assert auc["levetiracetam"].tobytes() == auc["benzodiazepine"].tobytes()
    assert auc["levetiracetam"][given] / auc["phenytoin"][given] == pytest.approx(1.15, rel=0.01)


def test_steroids_soften_reactions_to_atg_in_the_same_people(run) -> None:
    given, without = run(), run(steroid_with_atg=False)
    assert not (has(given, Complication.ATG_FEVER) & ~has(without, Complication.ATG_FEVER)).any()
    warm = [np.nanmax(treated.daily[:, :, Daily.TEMPERATURE_C], axis=1) for treated in (given, without)]
    assert (warm[1] > 38.3).sum() >= (warm[0] > 38.3).sum()


@pytest.mark.parametrize("policy", ["on_suspicion", "prophylaxis"])
def test_defibrotide_opens_livers_and_kills_no_more(run, policy) -> None:
    harsh = {"liver_injury_threshold": 3.0}
    without, given = run(change=harsh), run(change=harsh, defibrotide=policy)
    blocked = [np.nanmax(treated.daily[:, :, Daily.OBSTRUCTION_LATENT], axis=1) for treated in (without, given)]
    alive = np.isnan(without.result["death_day"])
    assert (blocked[1][alive] <= blocked[0][alive] + 1e-3).all()
    assert blocked[1].mean() < blocked[0].mean()
    assert given.result["death_day"][np.isfinite(given.result["death_day"])].size <= (~alive).sum()
    treated = given.result["defibrotide_days"] > 0
    assert treated.any()
    assert (without.result["defibrotide_days"] == 0).all()
    assert given.result["injury_peak"] == pytest.approx(without.result["injury_peak"], rel=1e-2)  # steps differ


def test_a_gnrh_agonist_may_spare_the_ovary_and_changes_nothing_else(run) -> None:
    usual, spared = run(), run(fertility_preservation="gnrh_agonist")
    lost = [
        has(each, Complication.PREMATURE_MENOPAUSE) | has(each, Complication.AMENORRHOEA) for each in (usual, spared)
    ]
    assert lost[0].any()
    assert not (lost[1] & ~lost[0]).any()
    assert np.array_equal(usual.daily, spared.daily, equal_nan=True)
    assert usual.result.tobytes() == spared.result.tobytes()


def test_no_fever_is_without_its_event(run) -> None:
    treated = run(antifungal_prophylaxis="none", change={"infection_fungal_per_day": 0.01})
    warm = {
        Complication.FEBRILE_NEUTROPENIA,
        Complication.SEPSIS,
        Complication.ATG_FEVER,
        Complication.ATG_REACTION,
        Complication.ENGRAFTMENT_SYNDROME,
    }
    bare = []
    for daily, events, n in zip(treated.daily, treated.events, treated.n_events, strict=True):
        known = events[:n][np.isin(events[:n, 0], [float(code) for code in warm])]
        days = np.flatnonzero(np.nan_to_num(daily[:, Daily.TEMPERATURE_C]) >= 38.3)
        bare += [day for day in days if not ((known[:, 1] - 1.0 <= day) & (day <= known[:, 2])).any()]
    assert bare == []


def test_nobody_goes_home_febrile_or_without_cells(run) -> None:
    treated = run(antifungal_prophylaxis="none", change={"infection_fungal_per_day": 0.01})
    home = treated.result["discharge_day"]
    went = np.flatnonzero(np.isfinite(home))
    assert len(went) > N / 2
    that_day = treated.daily[went, home[went].astype(int)]
    assert (that_day[:, Daily.TEMPERATURE_C] < 38.3).all()
    assert (that_day[:, Daily.NEUTROPHILS_1E9_PER_L] >= 0.5).all()
    assert (that_day[:, Daily.PLATELETS_1E9_PER_L] >= 20.0).all()
    assert (that_day[:, Daily.CREATININE_RATIO] < 2.0).all()
