import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regraft.analysis.e_value import Ratio, e_value
from regraft.analysis.interval_censored import interval_censored
from regraft.analysis.interval_censored_limits import TooManyIntervals, free_share
from regraft.analysis.survival import Interval, kaplan_meier
from regraft.analysis.tipping_point import tipping_grid, tipping_point
from regraft.core.errors import InputError

SUBJECT = st.tuples(st.integers(0, 20), st.integers(0, 8), st.booleans())
SUBJECTS = st.lists(SUBJECT, min_size=3, max_size=30)
QUICK = settings(max_examples=40)


def intervals(subjects):
    low = np.array([start for start, _, _ in subjects], dtype=float)
    high = np.array([np.inf if free else start + width for start, width, free in subjects], dtype=float)
    return low, high


@QUICK
@given(SUBJECTS)
def test_the_masses_sum_to_one_and_no_other_masses_fit_better(subjects):
    low, high = intervals(subjects)
    found = interval_censored(low, high)
    assert found.mass.sum() == pytest.approx(1.0)
    exact = low == high
    inside = np.where(
        exact[:, None],
        (found.after == found.until) & (found.until == low[:, None]),
        (found.after >= low[:, None]) & (found.until <= high[:, None]) & (found.until > low[:, None]),
    )
    chance = inside @ found.mass
    assert (chance > 0).all()
    slope = (inside / chance[:, None]).sum(axis=0) / low.size
    assert slope == pytest.approx(np.ones(slope.size), abs=1e-4)  # Gentleman and Geyer: the condition of the maximum


@QUICK
@given(st.lists(st.tuples(st.integers(1, 20), st.booleans()), min_size=2, max_size=40))
def test_known_days_give_kaplan_meier(subjects):
    time = np.array([t for t, _ in subjects], dtype=float)
    event = np.array([e for _, e in subjects])
    found = interval_censored(time, np.where(event, time, np.inf))
    curve = kaplan_meier(time, event, interval=Interval.LOG_LOG, level=0.95)
    for moment in np.unique(time[event]).tolist():
        least, greatest = found.free_at(moment)
        assert least == pytest.approx(greatest)
        assert least == pytest.approx(curve.at(moment)[0], abs=1e-7)


def test_inside_an_interval_only_bounds_are_said():
    found = interval_censored([0.0, 0.0, 4.0], [4.0, 4.0, np.inf])
    assert found.free_at(2.0) == pytest.approx((1 / 3, 1.0))
    assert found.free_at(4.0) == pytest.approx((1 / 3, 1 / 3))


@pytest.mark.parametrize(
    ("after", "until"), [([], []), ([1.0], [0.5]), ([np.nan], [1.0]), ([-1.0], [1.0]), ([1.0, 2.0], [3.0])]
)
def test_times_that_cannot_be_are_refused(after, until):
    with pytest.raises(InputError):
        interval_censored(after, until)


def test_e_values_are_those_of_the_paper_and_alike_on_both_sides_of_one():
    found = e_value(3.9, 1.8, 8.7)  # VanderWeele and Ding 2017: 7.26 and 3.0
    assert (round(found.of_estimate, 2), round(found.of_limit, 2)) == (7.26, 3.0)
    turned = e_value(1 / 3.9, 1 / 8.7, 1 / 1.8)
    assert (turned.of_estimate, turned.of_limit) == pytest.approx((found.of_estimate, found.of_limit))
    assert e_value(1.5, 0.8, 3.0).of_limit == 1.0
    assert e_value(1.0, 0.8, 1.2).of_estimate == 1.0


def test_ratios_of_common_outcomes_become_risk_ratios_first():
    assert e_value(4.0, 2.25, 9.0, Ratio.ODDS_COMMON).risk_ratio == 2.0
    hazard = e_value(0.56, 0.46, 0.69, Ratio.HAZARD_COMMON)
    assert hazard.risk_ratio == pytest.approx((1 - 0.5**0.56**0.5) / (1 - 0.5 ** (1 / 0.56) ** 0.5))
    assert e_value(0.56, 0.46, 0.69, Ratio.HAZARD_RARE).of_estimate > hazard.of_estimate
    with pytest.raises(InputError):
        e_value(-0.5, -1.0, 0.2)
    with pytest.raises(InputError):
        e_value(2.0, 3.0, 4.0)


def test_the_tipping_point_is_the_first_number_that_reaches_the_threshold():
    found = tipping_point(2, 20, 6, threshold=0.4)
    high = found.scenarios["high"].to_list()
    assert found.tips_at == next(k for k, limit in enumerate(high) if limit >= 0.4)
    assert tipping_point(2, 20, 6, threshold=0.99).tips_at is None
    assert tipping_point(2, 20, 0, threshold=0.1).tips_at == 0
    assert found.scenarios["estimate"][0] == 2 / 26
    with pytest.raises(InputError):
        tipping_point(5, 4, 0, threshold=0.5)


def test_the_grid_holds_every_way_the_unknown_may_have_fared():
    grid = tipping_grid((1, 10, 2), (5, 10, 1))
    assert grid.height == 6
    assert grid.filter(assumed_first=0, assumed_second=0)["difference"][0] == pytest.approx(1 / 12 - 5 / 11)


def test_many_different_intervals_settle_and_say_how_well():
    spread = np.arange(4000) * 0.618034 % 1.0
    happened = -2000.0 * np.log1p(-spread)
    gap = 60.0 + 60.0 * (np.arange(4000) * 0.414214 % 1.0)
    seen = np.floor(np.minimum(happened, 1800.0) / gap) * gap
    found = interval_censored(seen, np.where(happened > 1800.0, np.inf, seen + gap))
    least, greatest = found.free_at(1000.0)
    assert found.excess < 1e-3
    assert least <= greatest
    assert least == pytest.approx(np.exp(-0.5), abs=0.01)


def test_where_a_visit_decides_for_everybody_the_interval_is_the_likelihood_ratio_s_of_a_proportion():
    found = free_share([0.0] * 5 + [2.0] * 15, [1.0] * 5 + [np.inf] * 15, 1.0)
    for share in (found.low, found.high):
        ratio = 2.0 * (15 * np.log(0.75 / share) + 5 * np.log(0.25 / (1.0 - share)))
        assert ratio == pytest.approx(3.841458821, abs=1e-6)
    assert found.low < 0.75 < found.high


def test_where_nobody_is_seen_with_the_event_the_interval_is_the_exact_one():
    found = free_share([2.0] * 20, [np.inf] * 20, 1.0)
    assert (found.low, found.high) == (pytest.approx(0.025 ** (1 / 20), abs=1e-7), 1.0)
    found = free_share([0.0] * 20, [1.0] * 20, 1.0)
    assert (found.low, found.high) == (0.0, pytest.approx(1.0 - 0.025 ** (1 / 20), abs=1e-7))


def test_the_interval_holds_the_range_that_no_visit_decides():
    found = free_share([180.0, 900.0, 0.0], [400.0, np.inf, 120.0], 365.25)  # by hand: p (1 - p)^2 against its highest
    assert (found.least, found.greatest) == (pytest.approx(1 / 3), pytest.approx(2 / 3))
    assert (found.low, found.high) == (pytest.approx(0.022724812, abs=1e-7), pytest.approx(0.977275188, abs=1e-7))


@QUICK
@given(SUBJECTS, st.integers(1, 22))
def test_no_curve_through_a_limit_is_likelier_than_the_interval_says(subjects, moment):
    low, high = intervals(subjects)
    found = free_share(low, high, float(moment))
    assert 0.0 <= found.low <= found.least + 1e-9
    assert found.greatest - 1e-9 <= found.high <= 1.0
    wider = free_share(low, high, float(moment), level=0.99)
    assert wider.low <= found.low + 1e-9
    assert wider.high >= found.high - 1e-9


def test_too_many_different_intervals_are_refused_with_what_to_do():
    times = np.arange(1600.0)
    with pytest.raises(TooManyIntervals, match="Round the times"):
        free_share(times, times + 1.5, 800.0)
