"""What must hold for log-rank, restricted means, Cox and competing risks whatever the data."""

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from regraft.analysis.competing_risks import cumulative_incidence
from regraft.analysis.cox import Structure, Ties, cox
from regraft.analysis.fine_gray import fine_gray
from regraft.analysis.gray import gray_test
from regraft.analysis.log_rank import log_rank, one_sample_log_rank
from regraft.analysis.rmst import restricted_mean, restricted_mean_difference
from regraft.analysis.survival import kaplan_meier
from regraft.core.errors import InputError

SUBJECT = st.tuples(st.integers(1, 25), st.integers(0, 2), st.integers(0, 1), st.integers(-5, 5))
SUBJECTS = st.lists(SUBJECT, min_size=12, max_size=40)
QUICK = settings(
    max_examples=40, phases=(Phase.explicit, Phase.generate), suppress_health_check=[HealthCheck.filter_too_much]
)


def unpack(subjects: list[tuple[int, int, int, int]]) -> tuple[np.ndarray, ...]:
    time, status, group, x = np.array(subjects).T
    assume(all(((group == g) & (status == s)).sum() >= 2 for g in (0, 1) for s in (1, 2)))
    assume(np.unique(x).size > 3)
    return time.astype(float), status, group, x.astype(float)


def fitted(function, *arguments, **options):
    try:
        return function(*arguments, **options)
    except InputError:
        assume(False)


@QUICK
@given(SUBJECTS, st.randoms(use_true_random=False))
def test_order_of_rows_changes_nothing(subjects: list, shuffle) -> None:
    time, status, group, x = unpack(subjects)
    order = list(range(time.size))
    shuffle.shuffle(order)
    event = status == 1
    assert log_rank(time, event, group).chi_square == pytest.approx(
        log_rank(time[order], event[order], group[order]).chi_square, rel=1e-9, abs=1e-12
    )
    assert gray_test(time, status, group).chi_square == pytest.approx(
        gray_test(time[order], status[order], group[order]).chi_square, rel=1e-9, abs=1e-12
    )
    first = fitted(cox, time, event, x, ("x",), robust=True)
    second = cox(time[order], event[order], x[order], ("x",), robust=True)
    assert first.coefficients.estimate == pytest.approx(second.coefficients.estimate, rel=1e-7, abs=1e-9)
    assert first.coefficients.standard_error == pytest.approx(second.coefficients.standard_error, rel=1e-7)


@QUICK
@given(SUBJECTS)
def test_unit_of_time_changes_nothing_but_the_restricted_mean_which_scales(subjects: list) -> None:
    time, status, group, x = unpack(subjects)
    years = time / 365.25
    event = status == 1
    assert log_rank(time, event, group).chi_square == pytest.approx(log_rank(years, event, group).chi_square, abs=1e-10)
    assert gray_test(time, status, group).chi_square == pytest.approx(
        gray_test(years, status, group).chi_square, rel=1e-9, abs=1e-10
    )
    first = fitted(fine_gray, time, status, x, ("x",))
    second = fine_gray(years, status, x, ("x",))
    assert first.coefficients.estimate == pytest.approx(second.coefficients.estimate, rel=1e-7, abs=1e-9)
    horizon = time[event].min()
    days = restricted_mean(time, event, horizon)
    assert restricted_mean(years, event, horizon / 365.25).mean == pytest.approx(days.mean / 365.25)


@QUICK
@given(SUBJECTS)
def test_swapping_the_groups_turns_the_sign(subjects: list) -> None:
    time, status, group, _ = unpack(subjects)
    event = status == 1
    first = fitted(cox, time, event, group, ("group",))
    second = cox(time, event, 1 - group, ("group",))
    assert first.coefficients.estimate == pytest.approx(-second.coefficients.estimate, abs=1e-8)
    one, other = gray_test(time, status, group), gray_test(time, status, 1 - group)
    assert one.chi_square == pytest.approx(other.chi_square, rel=1e-8, abs=1e-10)
    horizon = min(time[event & (group == g)].max() for g in (0, 1))
    one = restricted_mean_difference(time, event, group, horizon)
    other = restricted_mean_difference(time, event, 1 - group, horizon)
    assert one.difference == pytest.approx(-other.difference)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))


@QUICK
@given(SUBJECTS)
def test_incidences_of_all_causes_and_survival_add_to_one(subjects: list) -> None:
    time, status, _, _ = unpack(subjects)
    moments = np.arange(1, int(time.max()) + 1)
    incidence = sum(cumulative_incidence(time, status, cause).at(moments)["incidence"].to_numpy() for cause in (1, 2))
    curve = kaplan_meier(time, status > 0)
    assert incidence == pytest.approx([1 - curve.at(float(moment))[0] for moment in moments], abs=1e-12)


@QUICK
@given(SUBJECTS)
def test_without_competing_events_incidence_is_one_minus_kaplan_meier(subjects: list) -> None:
    time, status, _, _ = unpack(subjects)
    event = status == 1
    curve = kaplan_meier(time, event)
    alone = cumulative_incidence(time, event.astype(int))
    happened = curve.events > 0
    assert alone.incidence == pytest.approx(1 - curve.survival[happened], abs=1e-12)
    assert (alone.low <= alone.incidence + 1e-12).all()
    assert (alone.high >= alone.incidence - 1e-12).all()


@QUICK
@given(SUBJECTS)
def test_without_competing_events_fine_gray_is_cox_with_breslow_ties(subjects: list) -> None:
    time, status, _, x = unpack(subjects)
    event = status == 1
    first = fitted(fine_gray, time, event.astype(int), x, ("x",))
    second = cox(time, event, x, ("x",), ties=Ties.BRESLOW, robust=True)
    assert first.coefficients.estimate == pytest.approx(second.coefficients.estimate, rel=1e-6, abs=1e-8)
    assert first.coefficients.standard_error == pytest.approx(second.coefficients.standard_error, rel=1e-6)


@QUICK
@given(SUBJECTS)
def test_the_score_test_of_cox_without_ties_is_the_log_rank_test(subjects: list) -> None:
    time, status, group, _ = unpack(subjects)
    distinct = time + np.arange(time.size) / 1000
    event = status == 1
    score = fitted(cox, distinct, event, group, ("group",)).score_test
    assert score == pytest.approx(log_rank(distinct, event, group).chi_square, rel=1e-9)


def test_a_weight_of_two_is_the_subject_twice() -> None:
    time, event = np.array([1.0, 2, 3, 4, 5, 6, 7, 8]), np.array([1, 1, 0, 1, 1, 0, 1, 1])
    x = np.array([0.3, 1.2, -0.5, 0.1, 0.9, -1.0, 0.2, -0.4])
    weights = np.array([2.0, 1, 1, 2, 1, 1, 1, 2])
    twice = np.repeat(np.arange(8), weights.astype(int))
    weighted = cox(time, event, x, ("x",), ties=Ties.BRESLOW, structure=Structure(weights=weights))
    repeated = cox(time[twice], event[twice], x[twice], ("x",), ties=Ties.BRESLOW)
    assert weighted.coefficients.estimate == pytest.approx(repeated.coefficients.estimate, rel=1e-9)
    assert weighted.model_covariance == pytest.approx(repeated.model_covariance, rel=1e-9)


def test_days_turned_into_years_stay_tied() -> None:
    days = np.array([30.0, 30, 60, 90, 90, 120, 150, 150])
    jittered = days / 365.25 + np.array([0, 1e-16, 0, 0, 2e-16, 0, 0, 1e-16])
    event, x = np.ones(8), np.array([0.0, 1, 1, 0, 1, 0, 0, 1])
    exact, moved = cox(days, event, x, ("x",)), cox(jittered, event, x, ("x",))
    assert exact.coefficients.estimate == pytest.approx(moved.coefficients.estimate, rel=1e-10)


def test_separation_is_named_and_gives_no_number() -> None:
    with pytest.raises(InputError, match="transplanted runs to infinity"):
        cox([1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1], ("transplanted",))


def test_what_cannot_be_compared_is_refused_in_words() -> None:
    with pytest.raises(InputError, match="two groups or more"):
        log_rank([1, 2], [1, 1], ["a", "a"])
    with pytest.raises(InputError, match="nothing to compare"):
        log_rank([1, 2, 3, 4], [0, 0, 0, 0], [0, 0, 1, 1])
    with pytest.raises(InputError, match="follow-up ends at 4"):
        restricted_mean([1, 2, 4], [1, 1, 0], 5)
    with pytest.raises(InputError, match="negative"):
        restricted_mean([-1, 2], [1, 1], 1)
    with pytest.raises(InputError, match="missing or infinite"):
        cumulative_incidence([1, np.nan], [1, 2])
    with pytest.raises(InputError, match="none happened"):
        cox([1, 2, 3], [0, 0, 0], [0, 1, 2], ("x",))
    with pytest.raises(InputError, match="age, age again determine each other"):
        cox([1, 2, 3, 4], [1, 1, 0, 1], [[1, 2], [2, 4], [3, 6], [5, 10]], ("age", "age again"))


def test_no_event_against_an_expected_hazard_keeps_its_exact_bound() -> None:
    result = one_sample_log_rank(np.zeros(23), np.full(23, 0.2))
    assert (result.observed, result.low) == (0, 0.0)
    assert result.high == pytest.approx(-np.log(0.025) / (23 * 0.2))


def test_incidence_beyond_follow_up_is_not_known() -> None:
    read = cumulative_incidence([1, 2, 3], [1, 2, 0]).at([0.5, 2, 3, 4])
    assert read["incidence"].to_list() == [0.0, pytest.approx(1 / 3), pytest.approx(1 / 3), None]
    assert read["high"].to_list()[3] is None
