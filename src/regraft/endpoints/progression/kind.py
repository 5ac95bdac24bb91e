"""What a search for events finds, and whether a worsening belongs to a relapse."""

from enum import IntEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from regraft.core.arrays import Ints
from regraft.core.kernels import kernel
from regraft.endpoints.progression.change import confirms, free_of_relapse, last_different
from regraft.endpoints.progression.plan import NONE, WORSENING, Plan, Trajectory

Marks: TypeAlias = NDArray[np.int32]


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
def reference_day(plan: Plan, trajectory: Trajectory, change: int, base: int, different: int) -> float:
    """Return the day of the visit that the intervals free of relapse call the reference."""
    if plan.reference == 0:
        return trajectory.days[base]
    return trajectory.days[change - 1] if plan.reference == 1 else trajectory.days[different]


@kernel
def kind_of_worsening(plan: Plan, trajectory: Trajectory, at: Ints, lost: int) -> int:
    """Return whether a worsening is RAW, PIRA, or neither."""
    change, base, first = at[At.CANDIDATE], at[At.BASELINE], at[At.CONFIRMED]
    if not plan.classify:
        return EventKind.CDW.value
    if trajectory.since[change] <= plan.raw_after or trajectory.until[change] <= plan.raw_before:
        return EventKind.RAW.value
    different = last_different(plan, trajectory, change, first, WORSENING)
    reference = reference_day(plan, trajectory, change, base, different)
    event_day = trajectory.days[change]
    for x in range(change if first == NONE else first, lost):
        usable = first == NONE
        for window in range(plan.windows.shape[0]):
            usable |= first != NONE and confirms(plan, trajectory, change, x, window)
        if usable and free_of_relapse(plan, trajectory.relapses, reference, event_day, trajectory.days[x]):
            return EventKind.PIRA.value
    return EventKind.CDW.value
