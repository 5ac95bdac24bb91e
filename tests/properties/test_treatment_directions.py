"""Directions that no parameter may turn around; paired patients, same random numbers, noise kept."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regraft.core.parameters import ParameterSet, load_parameters
from regraft.physiology.signs import Daily
from regraft.treatment.cohort import draw_cohort, treat_cohort
from regraft.treatment.experiment import give_graft
from regraft.treatment.plan import TreatmentPlans, compile_treatment
from regraft.treatment.protocol import TreatmentProtocol
from regraft.trial.protocol import load_protocol

UNMONITORED = {"target_auc_mg_h_per_l": None, "adjust_after_dose": None}


@pytest.fixture(scope="module")
def parameters() -> ParameterSet:
    return load_parameters()


@pytest.fixture(scope="module")
def compiled() -> Callable[..., TreatmentPlans]:
    def build(*, rtol: float = 1e-4, busulfan: dict | None = None, **changes: dict) -> TreatmentPlans:
        written = load_protocol("atkins-2016").treatment.model_dump()
        for section, values in changes.items():
            written[section].update(values)
        written["conditioning"]["drug"][0].update(busulfan or {})
        return compile_treatment(TreatmentProtocol.model_validate(written), rtol=rtol)

    return build


def typical(parameters: ParameterSet) -> np.void:
    return draw_cohort(parameters.without_spread(), 1, seed=1).records[0]


@settings(max_examples=15)
@given(cd34=st.floats(0.5, 15.0), more=st.floats(1.05, 3.0), patient=st.integers(0, 50))
def test_more_stem_cells_never_delay_engraftment(parameters, compiled, cd34, more, patient) -> None:
    plans = compiled()
    record = draw_cohort(parameters, 1, seed=2, first=patient).records[0]
    few, many = (
        give_graft(record, plans.settings[0], plans.doses[0], cd34_1e6_per_kg=dose, seed=2, patient=patient)
        for dose in (cd34, cd34 * more)
    )
    late, early = (999.0 if np.isnan(course.neutrophil_day) else course.neutrophil_day for course in (few, many))
    assert early <= late


@settings(max_examples=10)
@given(dose=st.floats(0.3, 1.0), more=st.floats(1.02, 1.5), patient=st.integers(0, 50))
def test_more_busulfan_never_injures_less(parameters, compiled, dose, more, patient) -> None:
    cohort = draw_cohort(parameters, 1, seed=3, first=patient)
    peaks = [
        treat_cohort(compiled(busulfan=UNMONITORED | {"dose": level}), cohort, seed=3, weeks=1).result
        for level in (dose, dose * more)
    ]
    if peaks[0]["transplanted"][0] == 1.0 == peaks[1]["transplanted"][0]:
        assert peaks[0]["injury_peak"][0] < peaks[1]["injury_peak"][0]
        assert peaks[0]["memory_t_log10_kill"][0] < peaks[1]["memory_t_log10_kill"][0]


@pytest.mark.parametrize("method", ["clinimacs", "isolex"])
def test_selection_never_raises_t_cells_nor_stem_cells(parameters, compiled, method) -> None:
    cohort = draw_cohort(parameters, 60, seed=4)
    whole, selected = (
        treat_cohort(compiled(purify={"method": kind}), cohort, seed=4, weeks=1).result for kind in ("none", method)
    )
    assert (selected["frozen_cd3_1e6_per_kg"] <= whole["frozen_cd3_1e6_per_kg"]).all()
    first = (selected["mobilisation_attempts"] == 1) & (whole["mobilisation_attempts"] == 1)
    assert (selected["frozen_cd34_1e6_per_kg"] <= whole["frozen_cd34_1e6_per_kg"])[first].all()


def test_the_same_patient_has_the_same_bits_alone_and_among_others(parameters, compiled) -> None:
    plans = compiled()
    crowd = treat_cohort(plans, draw_cohort(parameters, 40, seed=6), seed=6, weeks=120)
    for patient in (0, 7, 39):
        alone = treat_cohort(plans, draw_cohort(parameters, 1, seed=6, first=patient), seed=6, weeks=120)
        assert alone.result[0].tobytes() == crowd.result[patient].tobytes()
        assert alone.daily[0].tobytes() == crowd.daily[patient].tobytes()
        assert alone.weekly[0].tobytes() == crowd.weekly[patient].tobytes()
        assert alone.events[0].tobytes() == crowd.events[patient].tobytes()


def test_a_tighter_tolerance_moves_medians_by_less_than_a_thousandth(parameters, compiled) -> None:
    cohort = draw_cohort(parameters, 100, seed=7)
    plain, half, tight = (treat_cohort(compiled(rtol=rtol), cohort, seed=7, weeks=60) for rtol in (1e-4, 5e-5, 1e-7))
    same = (plain.result["transplant_day"] == tight.result["transplant_day"]) & (plain.result["transplanted"] > 0)
    assert same.mean() > 0.95
    for column in (Daily.CD34_PER_UL, Daily.NEUTROPHILS_1E9_PER_L, Daily.CD4_PER_UL, Daily.BILIRUBIN_MG_PER_DL):
        for day in (12, 40):
            ours, finer = (np.median(run.daily[same, day, column]) for run in (plain, half))
            assert ours == pytest.approx(finer, rel=1e-3)
    for name in ("infused_cd34_1e6_per_kg", "busulfan_auc_mg_h_per_l", "memory_t_log10_kill", "injury_peak"):
        assert np.median(plain.result[name][same]) == pytest.approx(np.median(tight.result[name][same]), rel=1e-3)


def test_oral_busulfan_injures_more_livers_than_monitored_infusions(parameters, compiled) -> None:
    plans = compiled()
    by_vein = treat_cohort(plans, draw_cohort(parameters, 400, seed=8), seed=8, weeks=1).result
    by_mouth = treat_cohort(plans, draw_cohort(parameters, 400, seed=8, variant=1), seed=8, weeks=1).result
    assert (by_mouth["busulfan_oral"] == 1).all()
    spread = [np.std(run["busulfan_auc_mg_h_per_l"][run["transplanted"] > 0]) for run in (by_vein, by_mouth)]
    assert spread[1] > 2.0 * spread[0]
    assert np.quantile(by_mouth["injury_peak"], 0.9) > 1.15 * np.quantile(by_vein["injury_peak"], 0.9)


@settings(max_examples=8)
@given(quantile=st.sampled_from([-1.645, 1.645]), patient=st.integers(0, 1000))
def test_extreme_patients_are_solved_too(parameters, compiled, quantile, patient) -> None:
    # every parameter at its own 5th or 95th percentile at once
    cohort = draw_cohort(parameters, 1, seed=9, first=patient)
    extreme = {
        entry.name: entry.value * np.exp(quantile * entry.sigma)
        for entry in parameters.parameters
        if entry.spread == "lognormal" and entry.name in cohort.dtype.names
    }
    for name, value in extreme.items():
        cohort.records[name] = value
    assert treat_cohort(compiled(), cohort, seed=9, weeks=1).result["status"][0] == 0
