"""When neutrophils or platelets came back after a transplantation, or why that cannot be said.

The day is the first of three consecutive measurements, on different days, at or above the threshold: neutrophils
0.5e9/L, platelets 20e9/L without a transfusion in the seven days before (EBMT and CIBMTR conventions). A nadir comes
first: who never fell below the threshold has not engrafted, and says so.
"""

from enum import IntEnum
from typing import NamedTuple

from regraft.core.arrays import Floats, Ints
from regraft.core.kernels import kernel


class Recovery(IntEnum):
    """What the measurements say."""

    DAY = 0  # recovered, on a known day
    NEVER_BELOW = 1  # measured closely and never below the threshold
    NOT_EVALUABLE = 2  # not measured, or with a gap where the day must lie
    NOT_RECOVERED = 3  # below the threshold until the last measurement


class EngraftmentRule(NamedTuple):
    """How recovery is read from measurements.

    Parameters
    ----------
    threshold_1e9_per_l : float
        Count at or above which a measurement counts as recovered.
    consecutive : int
        Number of consecutive measurements on different days.
    longest_gap_days : int
        Longest time between two of the consecutive measurements.
    longest_wait_days : int
        Longest time between the last measurement below and the first above for which a day is given.
    transfusion_free_days : int
        Days before a measurement without a transfusion; 0 for neutrophils.
    """

    threshold_1e9_per_l: float
    consecutive: int = 3
    longest_gap_days: int = 3
    longest_wait_days: int = 7
    transfusion_free_days: int = 0


NEUTROPHILS = EngraftmentRule(threshold_1e9_per_l=0.5)
PLATELETS = EngraftmentRule(threshold_1e9_per_l=20.0, transfusion_free_days=7)


@kernel
def _transfused_before(day: int, transfusions: Ints, free_days: int) -> bool:
    """Whether a transfusion fell on `day` or in the `free_days` before it."""
    for given in transfusions:  # noqa: SIM110 - a kernel makes no generator
        if day - free_days < given <= day:
            return True
    return False


@kernel
def _starts_recovery(i: int, days: Ints, values: Floats, transfusions: Ints, rule: EngraftmentRule) -> bool:
    """Whether measurement `i` is the first of the consecutive ones at or above the threshold."""
    if i + rule.consecutive > days.size:
        return False
    for k in range(i, i + rule.consecutive):
        if not values[k] >= rule.threshold_1e9_per_l:
            return False
        if k > i and days[k] - days[k - 1] > rule.longest_gap_days:
            return False
    free = rule.transfusion_free_days
    return free == 0 or not _transfused_before(days[i], transfusions, free)


@kernel
def recovery_day(days: Ints, values: Floats, transfusions: Ints, rule: EngraftmentRule) -> tuple[int, int]:
    """When a count recovered after day 0.

    Parameters
    ----------
    days : ndarray of int, shape (measurements,)
        Days from the transplantation, ascending, from 0 on, each once.
    values : ndarray of float, shape (measurements,)
        The count [1e9/L].
    transfusions : ndarray of int, shape (transfusions,)
        Days of platelet transfusions.
    rule : EngraftmentRule
        How recovery is read from them.

    Returns
    -------
    tuple of int
        A `Recovery` and its day: of recovery, or of the last measurement (-1 without one).
    """
    last = days[days.size - 1] if days.size > 0 else -1
    nadir = -1
    for i in range(days.size):
        if values[i] < rule.threshold_1e9_per_l:
            nadir = i
            break
    if nadir < 0:
        watched = days.size >= rule.consecutive and days[0] <= rule.longest_wait_days
        for i in range(1, days.size):
            if days[i] <= 28 and days[i] - days[i - 1] > rule.longest_gap_days:
                watched = False
        return (Recovery.NEVER_BELOW.value if watched and last >= 14 else Recovery.NOT_EVALUABLE.value), last
    for i in range(nadir + 1, days.size):
        if _starts_recovery(i, days, values, transfusions, rule):
            if days[i] - days[i - 1] > rule.longest_wait_days:
                return Recovery.NOT_EVALUABLE.value, last
            return Recovery.DAY.value, days[i]
    return Recovery.NOT_RECOVERED.value, last
