import numpy as np
import pytest

from regraft.clinical.engraftment import NEUTROPHILS, PLATELETS, Recovery, recovery_day


def recovery(counts, rule=NEUTROPHILS, transfusions=()):
    days = np.array(sorted(counts), dtype=np.int64)
    values = np.array([counts[day] for day in days], dtype=np.float64)
    code, day = recovery_day(
        days,
        values,
        np.array(transfusions, dtype=np.int64),
        rule,
    )
    return Recovery(code), day


def daily(*values, start=0):
    return dict(enumerate(values, start=start))


def test_the_day_is_the_first_of_three_at_or_above_the_threshold():
    assert recovery(daily(2.0, 0.4, 0.0, 0.0, 0.5, 0.6, 0.7, 1.0)) == (Recovery.DAY, 4)


def test_a_dip_starts_the_count_again():
    assert recovery(daily(1.0, 0.0, 0.6, 0.6, 0.4, 0.5, 0.6, 0.7)) == (Recovery.DAY, 5)


def test_two_days_above_are_not_enough():
    assert recovery(daily(1.0, 0.0, 0.1, 0.6, 0.6)) == (Recovery.NOT_RECOVERED, 4)


def test_high_counts_before_the_nadir_are_not_engraftment():
    assert recovery(daily(3.0, 2.0, 1.0, 0.6, 0.3, 0.1, 0.5, 0.5, 0.5)) == (Recovery.DAY, 6)


def test_who_never_fell_below_has_not_engrafted():
    assert recovery(daily(*[1.5] * 29)) == (Recovery.NEVER_BELOW, 28)


@pytest.mark.parametrize("counts", [{}, {0: 2.0, 28: 2.0}, {0: 0.1, 30: 1.0, 31: 1.0, 32: 1.0}])
def test_gaps_where_the_day_must_lie_are_not_evaluable(counts):
    assert recovery(counts)[0] is Recovery.NOT_EVALUABLE


def test_a_count_that_stays_low_has_not_recovered():
    assert recovery(daily(*[0.1] * 40)) == (Recovery.NOT_RECOVERED, 39)


def test_platelets_count_only_seven_days_after_a_transfusion():
    counts = daily(15, 10, 25, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30)
    assert recovery(counts, PLATELETS) == (Recovery.DAY, 2)
    assert recovery(counts, PLATELETS, transfusions=[1]) == (Recovery.DAY, 8)
