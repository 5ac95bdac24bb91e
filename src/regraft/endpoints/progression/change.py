"""When one value is worse or better than another, and whether a change is confirmed, lasts, and is free of relapse."""

from regraft.core.arrays import Floats
from regraft.core.kernels import kernel
from regraft.endpoints.progression.plan import IMPROVING, NONE, SKIP_ALL, SKIP_NONE, WORSENING, Plan, Trajectory


@kernel
def threshold(base: float, rows: Floats) -> float:
    """Return the least change that counts from a baseline: points or a share of it, whichever is smaller."""
    row = 0
    for i in range(rows.shape[0]):
        if base >= rows[i, 0]:
            row = i
    least = rows[row, 1]
    if rows[row, 2] > 0.0:
        least = min(least, base / rows[row, 2])
    return least


@kernel
def changed(plan: Plan, value: float, base: float, improving: bool, any_size: bool) -> bool:
    """Whether `value` is worse (or better) than `base`: by the threshold, or at all where `any_size`."""
    rise = plan.sign * (value - base)
    if improving:
        rise = -rise
        if base < plan.better_least:
            return False
    if any_size:
        return rise > 0.0
    if improving:
        return rise >= threshold(base, plan.better)
    return rise >= threshold(base, plan.worse)


@kernel
def is_extremum(plan: Plan, values: Floats, i: int) -> bool:
    """Whether visit `i` is a local extremum that cannot be a baseline.

    Both neighbours are worse, or both better; the ends of the record have themselves as neighbour. A value seen two
    visits before is no extremum: the course goes up and down.
    """
    if plan.extrema == SKIP_NONE:
        return False
    any_size = plan.extrema == SKIP_ALL
    here = values[i]
    before = values[i - 1] if i > 0 else here
    after = values[i + 1] if i + 1 < values.size else here
    two_before = values[i - 2] if i > 1 else -1.0
    valley = changed(plan, before, here, WORSENING, any_size) and changed(plan, after, here, WORSENING, any_size)
    peak = changed(plan, before, here, IMPROVING, any_size) and changed(plan, after, here, IMPROVING, any_size)
    return (valley or peak) and here != two_before


@kernel
def holds(
    plan: Plan, trajectory: Trajectory, base: float, change: int, until: int, improving: bool, any_size: bool
) -> bool:
    """Whether the change from `base` seen at visit `change` is still there at `until` (and at every visit between)."""
    if not changed(plan, trajectory.values[change], base, improving, any_size):
        return False
    if not plan.between:
        return until == NONE or changed(plan, trajectory.values[until], base, improving, any_size)
    x = change + 1
    while x <= until and changed(plan, trajectory.values[x], base, improving, any_size):
        x += 1
    return x > until


@kernel
def first_lost(plan: Plan, trajectory: Trajectory, base: float, confirmed: int, improving: bool) -> int:
    """Return the first visit after `confirmed` that no longer shows the change; the number of visits without one."""
    x = confirmed + 1
    while x < trajectory.values.size and changed(plan, trajectory.values[x], base, improving, False):
        x += 1
    return x


@kernel
def lasts(plan: Plan, trajectory: Trajectory, base: float, change: int, lost: int, improving: bool) -> bool:
    """Whether a confirmed change lasts as long as the definition asks, or to the end of the record."""
    if plan.sustained <= 0.0:
        return True
    days = trajectory.days
    if plan.between:
        return lost == days.size or days[lost] - days[change] >= plan.sustained
    x = days.size - 1
    if days[x] - days[change] >= plan.sustained:
        x = change + 1
        while days[x] - days[change] < plan.sustained:
            x += 1
    return changed(plan, trajectory.values[x], base, improving, False)


@kernel
def confirms(plan: Plan, trajectory: Trajectory, change: int, x: int, window: int) -> bool:
    """Whether visit `x` may confirm a change seen at visit `change` in one confirmation window."""
    if trajectory.terminal and x == trajectory.days.size - 1:
        return True
    gap = trajectory.days[x] - trajectory.days[change]
    calm = trajectory.since[x] >= plan.confirm_since and trajectory.until[x] >= plan.confirm_until
    inside = plan.windows[window, 0] <= gap <= plan.windows[window, 1]
    return bool(inside and calm and trajectory.may_confirm[x])


@kernel
def first_confirming(plan: Plan, trajectory: Trajectory, change: int) -> int:
    """Return the first visit that may confirm a change in any window; -1 without one."""
    for x in range(change + 1, trajectory.days.size):
        for window in range(plan.windows.shape[0]):
            if confirms(plan, trajectory, change, x, window):
                return x
    return NONE


@kernel
def first_kept(plan: Plan, trajectory: Trajectory, change: int, lost: int) -> int:
    """Return the first confirming visit of the first window that has one before the change is lost; -1 without one."""
    for window in range(plan.windows.shape[0]):
        for x in range(change + 1, lost):
            if confirms(plan, trajectory, change, x, window):
                return x
    return NONE


@kernel
def last_different(plan: Plan, trajectory: Trajectory, change: int, confirmed: int, improving: bool) -> int:
    """Return the last visit before the event from which event and confirmation are a change; the first without one."""
    for x in range(change - 1, -1, -1):
        base = trajectory.values[x]
        if not is_extremum(plan, trajectory.values, x) and holds(
            plan, trajectory, base, change, confirmed, improving, False
        ):
            return x
    return 0


@kernel
def _anchor(which: float, reference: float, event: float, confirmation: float) -> float:
    """Return the day an interval is counted from."""
    if which == 0.0:
        return reference
    return event if which == 1.0 else confirmation


@kernel
def free_of_relapse(plan: Plan, relapses: Floats, reference: float, event: float, confirmation: float) -> bool:
    """Whether no relapse began in the intervals that must be free of relapse for PIRA."""
    for row in range(plan.free.shape[0]):
        start = _anchor(plan.free[row, 0], reference, event, confirmation) + plan.free[row, 1]
        end = _anchor(plan.free[row, 2], reference, event, confirmation) + plan.free[row, 3]
        for day in relapses:
            if start < end and start <= day <= end:
                return False
    return True
