"""What the table of validation says of its rows: bias by kind of endpoint, and the pool to beat."""

from dataclasses import replace

import pytest
from small_reports import made_up_validation

from regraft.core.calibrated import ModelError
from regraft.evidence.registry import load_trial
from regraft.prediction.baseline import baseline_interval
from regraft.prediction.validate import ValidatedRow, biases


def row(study: str, kind: ModelError, pit: float | None) -> ValidatedRow:
    one = made_up_validation().rows[0]
    return replace(one, row=replace(one.row, study=study), kind=kind, pit=pit)


def test_cohorts_weigh_alike_in_a_bias_and_rows_without_a_place_count_nowhere():
    kind = ModelError.ACTIVITY_SHARE
    rows = [row("a", kind, 0.2), row("a", kind, 0.4), row("b", kind, 0.9), row("b", kind, None)]
    (found,) = biases([*rows, row("c", ModelError.HARM_SHARE, None)])
    assert (found.values, found.cohorts) == (3, 2)
    assert found.mean_pit == pytest.approx(0.6)
    assert found.standard_error == pytest.approx(0.3)


def test_one_cohort_has_no_standard_error():
    (found,) = biases([row("a", ModelError.EDSS_MEAN, 0.1)])
    assert found.standard_error is None


@pytest.mark.parametrize(
    ("pit", "inside"), [(0.25, True), (0.5, True), (0.75, True), (0.2, False), (0.8, False), (None, None)]
)
def test_the_middle_half_lies_between_the_quartiles(pit, inside):
    assert row("a", ModelError.ACTIVITY_SHARE, pit).inside_50 is inside


def test_the_pool_to_beat_leaves_out_the_cohort_it_predicts_and_every_study_that_judges():
    group = load_trial("atkins-2016").use.cohort_group
    with_it = baseline_interval("disease_activity_free_survival", 3.0, 24, "nobody")
    without = baseline_interval("disease_activity_free_survival", 3.0, 24, group)
    assert with_it is not None
    assert without is not None
    assert with_it.middle != without.middle
    assert 0.0 <= without.low < without.middle < without.high <= 100.0


def test_a_smaller_new_study_has_a_wider_pool():
    small, large = (baseline_interval("progression_free_survival", 5.0, n, "nobody") for n in (10, 1000))
    assert small is not None
    assert large is not None
    assert small.high - small.low > large.high - large.low


def test_an_endpoint_nobody_else_reports_has_no_pool():
    assert baseline_interval("edss_slope", None, 20, "nobody") is None
