"""What a search for events finds, and whether a worsening belongs to a relapse."""

from enum import IntEnum
from typing import Any

from regraft.core.kernels import kernel
from regraft.endpoints.progression.change import confirms, free_of_relapse, last_different
from regraft.endpoints.progression.plan import NONE, WORSENING


class EventKind(IntEnum):
    """What an event is; 0 is no event."""

    NOTHING = 0
    CDI = 1
    CDW = 2  # not told apart, or neither RAW nor PIRA
    RAW = 3
    PIRA = 4


class Mark(IntEnum):
    """Columns of the marks left at the visit of an event; then one per window for CDW and one per window for PIRA."""

    KIND = 0
    BASELINE = 1
    SUSTAINED = 2
    LAST_DIFFERENT = 3
    CONFIRMED = 4


class At(IntEnum):
    """Where a search stands."""

    BASELINE = 0
    SEARCH = 1
    RELAPSE = 2
    RUNNING = 3
    CANDIDATE = 4
    CONFIRMED = 5
    EVENTS = 6
    IMPROVEMENTS = 7
    WORSENINGS = 8
    RAWS = 9
    PIRAS = 10
    SIZE = 11


@kernel
def reference_day(plan: Any, course: Any, change: int, base: int, different: int) -> float:
    """Return the day of the visit that the intervals free of relapse call the reference."""
    if plan.reference == 0:
        return course.days[base]
    return course.days[change - 1] if plan.reference == 1 else course.days[different]


@kernel
def kind_of_worsening(plan: Any, course: Any, at: Any, lost: int) -> int:
    """Return whether a worsening is RAW, PIRA, or neither."""
    change, base, first = at[At.CANDIDATE], at[At.BASELINE], at[At.CONFIRMED]
    if not plan.classify:
        return EventKind.CDW.value
    if course.since[change] <= plan.raw_after or course.until[change] <= plan.raw_before:
        return EventKind.RAW.value
    different = last_different(plan, course, change, first, WORSENING)
    reference = reference_day(plan, course, change, base, different)
    for x in range(change if first == NONE else first, lost):
        usable = first == NONE
        for window in range(plan.windows.shape[0]):
            usable |= first != NONE and confirms(plan, course, change, x, window)
        if usable and free_of_relapse(plan, course.relapses, reference, course.days[change], course.days[x]):
            return EventKind.PIRA.value
    return EventKind.CDW.value
