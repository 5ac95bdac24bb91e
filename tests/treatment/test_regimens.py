"""Every regimen that comes with regraft: a few patients of each run through, and regimens differ as they should."""

from functools import cache

import numpy as np
import pytest

from regraft.core.parameters import load_parameters
from regraft.patient.record import typical_patient
from regraft.physiology.signs import Daily
from regraft.treatment.cohort import TreatedCohort, draw_cohort, treat_cohort
from regraft.treatment.experiment import give_graft
from regraft.treatment.plan import compile_treatment
from regraft.treatment.reconstitute import Weekly
from regraft.trial.protocol import list_protocols, load_protocol


@cache
def treated(name: str, patients: int = 40) -> TreatedCohort:
    plans = compile_treatment(load_protocol(name).treatment)
    return treat_cohort(plans, draw_cohort(load_parameters(), patients, seed=1), seed=1, weeks=40)


def middle(name: str, column: str) -> float:
    result = treated(name).result
    return float(np.nanmedian(result[column][result["transplanted"] > 0.5]))


@pytest.mark.parametrize("name", list_protocols())
def test_patients_of_every_protocol_run_through(name) -> None:
    result = treated(name, 6).result
    assert (result["status"] == 0).all()
    assert (result["transplanted"] > 0.5).sum() >= 4
    days = result["neutrophil_engraftment_day_latent"]
    assert 6.0 <= np.nanmedian(days) <= 16.0


def test_depth_in_memory_t_cells_falls_from_busulfan_to_rituximab() -> None:
    names = ("bu-cy-atg-iv-12.8", "bu-cy-atg-iv-9.6", "cy-atg", "cy-alemtuzumab", "cy-rituximab")
    depths = [middle(name, "memory_t_log10_kill") for name in names]
    assert depths == sorted(depths, reverse=True)
    assert 5.0 < middle("beam-atg", "memory_t_log10_kill") < 6.0
    assert 2.5 < middle("cy-rituximab", "memory_t_log10_kill") < 4.5


def test_an_unselected_graft_gives_t_cells_back_unless_antibody_purges_it() -> None:
    body = load_parameters().values[load_parameters().names.index("immune_memory_t_per_kg")]
    unpurged = middle("cy-rituximab", "graft_memory_t_per_kg") / body
    assert 1e-3 < unpurged < 0.1
    assert middle("cy-atg", "graft_memory_t_per_kg") < 1e-2 * middle("cy-rituximab", "graft_memory_t_per_kg")
    assert middle("cy-alemtuzumab", "graft_memory_t_per_kg") < 1e-2 * middle("cy-rituximab", "graft_memory_t_per_kg")
    assert middle("bu-cy-atg-iv-9.6", "graft_memory_t_per_kg") < middle("graft-isolex", "graft_memory_t_per_kg")
    assert middle("graft-isolex", "graft_memory_t_per_kg") < middle("graft-unmanipulated", "graft_memory_t_per_kg")


def test_stem_cells_are_spared_by_cyclophosphamide_and_not_by_the_others() -> None:
    low = {name: np.log10(middle(name, "stem_fraction_low")) for name in ("cy-atg", "beam-atg", "cy-tbi-atg")}
    assert low["cy-atg"] > -0.5
    assert -3.5 < low["beam-atg"] < -2.0
    assert low["cy-tbi-atg"] < -3.0


def test_monitoring_narrows_the_exposure_to_oral_and_intravenous_busulfan() -> None:
    for name, target in (("bu-cy-atg-iv-12.8", 73.9), ("bu-cy-atg-oral-16", 76.8)):
        plain, monitored = (
            treated(variant).result["busulfan_auc_mg_h_per_l"] for variant in (name, f"{name}-monitored")
        )
        plain, monitored = plain[plain > 0], monitored[monitored > 0]
        assert np.std(np.log(monitored)) < 0.75 * np.std(np.log(plain))
        assert np.median(monitored) == pytest.approx(target, rel=0.1)
        factors = treated(f"{name}-monitored").result["busulfan_dose_factor"]
        assert factors.min() >= 0.0
        assert factors.max() <= 1.5


def test_rituximab_keeps_b_cells_away_for_half_a_year_and_cyclophosphamide_alone_does_not() -> None:
    weeks = {name: treated(name).weekly[:, :, Weekly.B] for name in ("cy-rituximab", "cy-atg")}
    assert np.nanmedian(weeks["cy-rituximab"][:, 13]) < 0.1 * np.nanmedian(weeks["cy-atg"][:, 13])
    assert np.nanmedian(weeks["cy-rituximab"][:, 39]) > 3.0 * np.nanmedian(weeks["cy-rituximab"][:, 13])


def test_drugs_of_the_days_after_reinfusion_are_given() -> None:
    level = treated("beam-atg").day(Daily.ATG_ACTIVE_UG_PER_ML, 3)
    before = treated("beam-atg").day(Daily.ATG_ACTIVE_UG_PER_ML, 0)
    assert np.nanmax(before) == 0.0
    assert np.nanmin(level) > 1.0


def test_plerixafor_rescues_collections() -> None:
    plain, rescue = (
        treated(name).result["infused_cd34_1e6_per_kg"]
        for name in ("mobilise-filgrastim-prednisone", "mobilise-filgrastim-plerixafor")
    )
    assert (rescue >= 2.0).mean() >= (plain >= 2.0).mean()


def test_without_a_graft_the_marrow_recovers_after_cyclophosphamide_late_after_beam_and_not_after_busulfan() -> None:
    p = typical_patient(load_parameters())[0]
    days = {}
    for name in ("cy-atg", "beam-atg", "bu-cy-atg-iv-9.6"):
        plans = compile_treatment(load_protocol(name).treatment)
        days[name] = give_graft(p, plans.settings[0], plans.doses[0], cd34_1e6_per_kg=0.0).neutrophil_day
    assert days["cy-atg"] < 20.0
    assert days["beam-atg"] > days["cy-atg"] + 4.0
    assert not days["bu-cy-atg-iv-9.6"] < 35.0
