"""Intervals under draws of the parameters hold how the draws differ, and never less than the chance of few people."""

import numpy as np
import pytest

from regraft.analysis.binomial import exact_interval
from regraft.prediction.between_draws import Draws, mean_half_width, share_interval
from regraft.prediction.paired import interval_between, mean_difference, share_difference

TWENTY = Draws(np.repeat(np.arange(20), 10))


def people(shares: list[float], draws: Draws = TWENTY) -> np.ndarray:
    """Return the people of each draw, of whom this share has the event."""
    return np.concatenate([(np.arange(10) < round(10 * one)).astype(float) for one in shares])


def test_draws_that_differ_widen_the_interval_and_draws_alike_keep_it_near_the_exact_one() -> None:
    alike, apart = people([0.3] * 20), people([0.0, 0.6] * 10)
    near, wide = share_interval(alike, TWENTY), share_interval(apart, TWENTY)
    exact = exact_interval(60, 200)
    assert near[0] <= exact[0] + 0.01
    assert near[1] >= exact[1] - 0.01
    assert near[1] - near[0] < 1.5 * (exact[1] - exact[0])
    assert wide[0] < 0.05
    assert wide[1] > 0.7


def test_nobody_and_everybody_have_an_end_of_their_own() -> None:
    low, high = share_interval(np.zeros(200), TWENTY)
    assert low == 0.0
    assert exact_interval(0, 200)[1] < high < 0.08
    low, high = share_interval(np.ones(200), TWENTY)
    assert high == 1.0
    assert 0.9 < low < 1.0


def test_people_who_are_not_counted_leave_the_interval_of_the_others() -> None:
    some = people([0.3] * 20)
    some[100:] = np.nan
    assert share_interval(some, TWENTY) == share_interval(some[:100], Draws(TWENTY.of_person[:100]))


@pytest.mark.parametrize("between", [0.1, 0.2])
def test_one_further_draw_lies_inside_in_about_95_of_100(between: float) -> None:
    random = np.random.default_rng(16)  # noqa: TID251 - trials to count, nothing of the model
    size = 0.3 * 0.7 / between**2 - 1.0
    inside = 0
    for _ in range(80):
        shares = random.beta(0.3 * size, 0.7 * size, 21)
        low, high = share_interval((random.random((20, 10)) < shares[:20, None]).astype(float).ravel(), TWENTY)
        inside += low <= shares[20] <= high
    assert 0.83 < inside / 80 <= 1.0  # two standard errors below 0.9


def test_a_mean_has_the_half_width_of_its_draws_when_people_under_each_are_alike() -> None:
    means = np.random.default_rng(3).normal(12.0, 2.0, 200)  # noqa: TID251 - numbers to average
    draws = Draws(np.repeat(np.arange(200), 10))
    half = mean_half_width(np.repeat(means, 10) + np.tile(np.linspace(-0.1, 0.1, 10), 200), draws)
    assert half == pytest.approx(1.96 * means.std(), rel=0.05)
    assert mean_half_width(np.ones(20), Draws(np.zeros(20, np.int64))) is None
    assert mean_half_width(np.full(200, 3.0), TWENTY) == 0.0


def test_a_paired_difference_under_draws_is_never_narrower_than_without() -> None:
    arm, first = people([0.5] * 20), people([0.3] * 20)
    without, under = share_difference(arm, first), share_difference(arm, first, TWENTY)
    assert under.value == without.value == pytest.approx(20.0)
    assert (under.high or 0) - (under.low or 0) >= (without.high or 0) - (without.low or 0)
    apart = share_difference(people([0.9, 0.1] * 10), people([0.3] * 20), TWENTY)
    assert (apart.low or 0) < -25
    assert (apart.high or 0) > 65


def test_a_quantity_that_no_arm_changes_has_no_difference_at_all_under_draws() -> None:
    same = np.linspace(1.0, 2.0, 200)
    found = mean_difference(same, same, TWENTY)
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)


def test_the_mean_of_what_is_never_below_zero_has_an_interval_above_it() -> None:
    days = np.repeat([2.0, 30.0] * 10, 10) + np.tile(np.linspace(0.0, 1.0, 10), 20)
    mean, low, high = interval_between(days, TWENTY) or (0.0, 0.0, 0.0)
    assert mean == pytest.approx(16.5)
    assert 0.0 < low < 5.0
    assert 40.0 < high < 80.0
    moved = interval_between(days - 20.0, TWENTY) or (0.0, 0.0, 0.0)
    assert moved[1] < -20.0
