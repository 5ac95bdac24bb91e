"""What follows when too few cells come: plerixafor, another mobilisation, marrow, or no transplant."""

import numpy as np
import pytest

from regraft.clinical.complications import Complication
from regraft.core.parameters import ParameterSet
from regraft.treatment.attempts import attempt_of
from regraft.treatment.bags import GRAFT, MARROW, Bag
from regraft.treatment.cohort import TreatedCohort, draw_cohort, treat_cohort

PATIENTS = 60


@pytest.fixture(scope="module")
def poor(parameters) -> ParameterSet:
    return parameters.replace({"stem_cells_mobilisation_gain": 8.0})


def follow(poor, plans) -> TreatedCohort:
    return treat_cohort(plans, draw_cohort(poor, PATIENTS, seed=1), seed=1, weeks=2)


def test_plerixafor_rescues_some_who_would_have_failed(poor, compiled) -> None:
    once = {"attempts_maximum": 1}
    without = follow(poor, compiled(mobilisation=once, harvest={"marrow_after_failure": False})).result
    rescued = follow(
        poor, compiled(mobilisation={**once, "plerixafor_rescue": True}, harvest={"marrow_after_failure": False})
    ).result
    assert (without["plerixafor_doses"] == 0).all()
    assert rescued["plerixafor_doses"].max() <= 4
    assert rescued["transplanted"].sum() > without["transplanted"].sum()
    untouched = rescued["plerixafor_doses"] == 0
    assert untouched.any()
    both = ("collected_cd34_1e6_per_kg", "transplant_day")
    for name in both:
        np.testing.assert_array_equal(rescued[name][untouched], without[name][untouched])


def test_the_second_attempt_is_the_one_the_protocol_says(p, compiled) -> None:
    settings = compiled().settings[0]
    first, second = attempt_of(settings, p, 0.0), attempt_of(settings, p, 1.0)
    assert (first.cyclophosphamide_g_per_m2, second.cyclophosphamide_g_per_m2) == (4.5, 0.0)
    assert (second.filgrastim_ug_per_kg, second.first_day, second.last_day) == (16.0, 4.0, 8.0)
    repeated = attempt_of(compiled(mobilisation={"second_attempt": None}).settings[0], p, 1.0)
    assert repeated[:7] == first[:7]
    assert repeated.start_cd34_per_ul < first.start_cd34_per_ul


def test_marrow_is_taken_only_after_all_mobilisations_failed_and_is_never_selected(poor, compiled) -> None:
    result = follow(poor, compiled()).result
    marrow = np.isfinite(result["marrow_harvest_day"])
    assert 0 < marrow.sum() < PATIENTS
    assert (result["mobilisation_attempts"][marrow] == 2).all()
    assert (result["marrow_harvest_day"][marrow] > result["second_mobilisation_day"][marrow]).all()
    for bags in result["bags"][marrow]:
        (row,) = np.flatnonzero((bags[:, Bag.SOURCE] == MARROW) & (bags[:, Bag.USE] == GRAFT))
        assert bags[row, Bag.SELECTED_DAY] == 0.0
        assert bags[row, Bag.SELECTED_CD34] == bags[row, Bag.COLLECTED_CD34]
    assert (result["infused_cd3_1e6_per_kg"][marrow & (result["transplanted"] > 0)] > 10.0).all()


def test_without_marrow_those_with_too_few_cells_are_not_transplanted(poor, compiled) -> None:
    treated = follow(poor, compiled(harvest={"marrow_after_failure": False}))
    result = treated.result
    short = result["frozen_cd34_1e6_per_kg"] + result["backup_cd34_1e6_per_kg"] < 2.0
    assert short.any()
    assert (result["transplanted"][short] == 0).all()
    assert np.isfinite(result["collection_decision_day"][short]).all()
    for events, n in zip(treated.events[short], treated.n_events[short], strict=True):
        assert (events[:n, 0] == Complication.MOBILISATION_FAILURE).sum() <= 2


def test_one_attempt_is_one_attempt(poor, compiled) -> None:
    result = follow(poor, compiled(mobilisation={"attempts_maximum": 1})).result
    assert (result["mobilisation_attempts"] == 1).all()
    assert np.isnan(result["second_mobilisation_day"]).all()
