"""Interval censoring and exact tests held to R 4.2.2, survival 3.5-3 run to convergence.

The calls stand in statistics/interval_censored.R, the numbers in interval_censored.Rout.
"""

import numpy as np
import pytest

from regraft.analysis.interval_censored import interval_censored
from regraft.analysis.tipping_point import tipping_grid, tipping_point

NONE = np.inf
# breast cosmesis, radiotherapy alone: Finkelstein DM, Wolfe RA. Biometrics 1985;41:933
COSMESIS = (
    [45, 6, 0, 46, 46, 7, 17, 7, 37, 0, 4, 15, 11, 22, 46, 46, 25, 46, 26, 46, 27, 36, 46, 32, 46, 5, 37, 15, 5, 0, 17, 40,
     18, 26, 25, 11, 36, 5, 24, 1, 14, 19, 37, 34, 0, 33],
    [NONE, 10, 7, NONE, NONE, 16, NONE, 14, 44, 8, 11, NONE, 15, NONE, NONE, NONE, 37, NONE, 40, NONE, 34, 44, NONE, NONE,
     NONE, 12, NONE, NONE, 11, 5, 25, NONE, NONE, NONE, NONE, 18, NONE, 12, NONE, NONE, NONE, 35, NONE, NONE, 22, NONE],
)  # fmt: skip
SOME_EXACT = (
    [15, 3.7, 0, 3, 0.56, 6, 0, 6, 15, 10, 0, 0, 12, 4, 0, 6, 15, 12, 10, 6.32, 15, 3, 15, 5, 0, 10, 1.33, 6, 12, 5, 4, 15,
     12, 2.48, 15, 5, 1.09, 3, 4.35, 15, 5, 15, 0, 9, 4, 15, 15, 7.28, 5.66, 5, 2.23, 4.26, 8, 15, 12.81, 5, 6.32, 15, 8, 0],
    [NONE, 3.7, 3, 6, 0.56, 9, 4, 9, NONE, 15, 4, 3, 16, 8, 5, 9, NONE, 15, 15, 6.32, NONE, 6, NONE, 10, 3, 15, 1.33, 9, 16,
     10, 8, NONE, 16, 2.48, NONE, 10, 1.09, 6, 4.35, NONE, 10, NONE, 4, 12, 8, NONE, NONE, 7.28, 5.66, 10, 2.23, 4.26, 12,
     NONE, 12.81, 10, 6.32, NONE, 12, 5],
)  # fmt: skip


def test_visits_only_equal_survfit_of_interval2() -> None:
    # survfit(Surv(left, right, type = "interval2") ~ 1), Turnbull's iteration to 1e-13
    found = interval_censored(*COSMESIS)
    expected = {
        5.0: 0.953100737369887, 8.0: 0.796141184514614, 18.0: 0.689967288600234, 30.0: 0.682793422220157,
        42.0: 0.452047171257424,
    }  # fmt: skip
    for moment, free in expected.items():
        least, greatest = found.free_at(moment)
        assert least == pytest.approx(greatest, rel=1e-6)
        assert least == pytest.approx(free, rel=1e-6)


def test_visits_with_known_days_among_them_equal_survfit_of_interval2() -> None:
    found = interval_censored(*SOME_EXACT)
    expected = {
        3.0: 0.804190977672732, 5.0: 0.692036593311885, 8.0: 0.413338661033625, 10.0: 0.391821039787813,
        12.0: 0.325643645661997, 15.0: 0.255968618675445,
    }  # fmt: skip
    for moment, free in expected.items():
        least, greatest = found.free_at(moment)
        assert least - 1e-6 <= free <= greatest + 1e-6
        if greatest - least < 1e-6:
            assert least == pytest.approx(free, rel=1e-6)


def test_exact_tests_of_every_scenario_equal_fisher_test() -> None:
    grid = tipping_grid((3, 24, 0), (9, 24, 0))
    assert grid["p_value"][0] == pytest.approx(0.093307728914347, rel=1e-6)
    moved = tipping_grid((3, 22, 2), (9, 24, 0)).filter(assumed_first=2)
    assert moved["p_value"][0] == pytest.approx(0.341162552591331, rel=1e-6)
    low, high = tipping_point(7, 23, 2, threshold=0.9).scenarios.select("low", "high").row(2)
    assert (low, high) == pytest.approx((0.179716820583655, 0.574793650446151), rel=1e-6)  # binom.test(9, 25)
