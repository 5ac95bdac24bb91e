"""When one value is worse or better than another, and what a search for events knows of one subject."""

from typing import Any, NamedTuple

from regraft.core.kernels import kernel

NONE = -1
SKIP_NONE, SKIP_STRICT, SKIP_ALL = 0, 1, 2
IMPROVING, WORSENING = True, False


class Plan(NamedTuple):
    """The rules of one definition as plain numbers; `regraft.endpoints.progression.rules` makes it.

    Parameters
    ----------
    target : int
        Which events are looked for: a `regraft.endpoints.progression.kind.Target`.
    classify : bool
        Whether worsening is told apart into RAW and PIRA.
    sign : float
        +1 where higher values are worse, -1 where lower ones are.
    worse, better : ndarray, shape (rows, 3)
        Threshold of worsening and of improvement: from which baseline on, points, and baseline divided by what (0: not
        used); the smaller of the two counts.
    better_least : float
        Below this baseline nothing is an improvement.
    moves_on_improvement, moves_on_worsening : bool
        Whether a confirmed change of this direction moves the baseline.
    to_confirmation : bool
        Whether baseline and search go on from the first confirming visit (else from the event).
    candidates_any_size, sub_improvement, sub_worsening : bool
        Whether changes below the threshold are looked at, and which of them, once confirmed, move the baseline.
    never_lower, after_relapse : bool
        A new baseline value is never below the one before; the baseline is moved behind every relapse.
    grace : float
        Days after a relapse that an event may still belong to it before the baseline is moved [d].
    extrema : int
        Which local extrema cannot be a baseline: `SKIP_NONE`, `SKIP_STRICT` or `SKIP_ALL`.
    start_stays : bool
        Whether the first baseline is kept although a relapse is near.
    base_since, base_until, event_since, event_until, confirm_since, confirm_until : float
        Least days from the last and to the next relapse for a baseline, an event and a confirming visit [d].
    windows : ndarray, shape (windows, 2)
        When after the event a visit confirms it, from and to, ends included [d].
    between : bool
        Whether every visit up to the confirming one must show the change.
    sustained : float
        Least days the change must last, unless it lasts to the end of the record [d].
    raw_after, raw_before : float
        Worsening is relapse-associated so many days after a relapse, or before one, ends included [d].
    reference : int
        Which visit ``free`` calls the reference: 0 baseline, 1 the visit before the event, 2 the last visit from which
        the event is a change.
    free : ndarray, shape (intervals, 4)
        Intervals without relapse that make PIRA: anchor and offset of start and of end [d]; anchors are 0 reference,
        1 event, 2 confirmation; ends are included.
    """

    target: int
    classify: bool
    sign: float
    worse: Any
    better: Any
    better_least: float
    moves_on_improvement: bool
    moves_on_worsening: bool
    to_confirmation: bool
    candidates_any_size: bool
    sub_improvement: bool
    sub_worsening: bool
    never_lower: bool
    after_relapse: bool
    grace: float
    extrema: int
    start_stays: bool
    base_since: float
    base_until: float
    event_since: float
    event_until: float
    confirm_since: float
    confirm_until: float
    windows: Any
    between: bool
    sustained: float
    raw_after: float
    raw_before: float
    reference: int
    free: Any


class Course(NamedTuple):
    """What is known of one subject: visits in order, and relapses.

    Parameters
    ----------
    days, values : ndarray, shape (visits,)
        Days, ascending, and the scale; a value is raised where a baseline may never be lower than the one before.
    since, until : ndarray, shape (visits,)
        Days since the last relapse began and to the next one; infinite without one [d].
    may_confirm : ndarray of bool, shape (visits,)
        Whether the visit can confirm a change.
    relapses : ndarray, shape (relapses,)
        Days of the relapses that count, ascending.
    earliest : float
        No visit before this day is an event [d].
    impute_within : float
        A worsening at the last visit counts without confirmation up to so many days of follow-up; -1 for never [d].
    terminal : bool
        The last visit stands for a death due to the disease: it confirms itself and what leads to it.
    """

    days: Any
    values: Any
    since: Any
    until: Any
    may_confirm: Any
    relapses: Any
    earliest: float
    impute_within: float
    terminal: bool


@kernel
def threshold(base: float, rows: Any) -> float:
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
def changed(plan: Any, value: float, base: float, improving: bool, any_size: bool) -> bool:
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
def is_extremum(plan: Any, values: Any, i: int) -> bool:
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
def holds(plan: Any, course: Any, base: float, change: int, until: int, improving: bool, any_size: bool) -> bool:
    """Whether the change from `base` seen at visit `change` is still there at `until` (and at every visit between)."""
    if not changed(plan, course.values[change], base, improving, any_size):
        return False
    if not plan.between:
        return until == NONE or changed(plan, course.values[until], base, improving, any_size)
    x = change + 1
    while x <= until and changed(plan, course.values[x], base, improving, any_size):
        x += 1
    return x > until


@kernel
def first_lost(plan: Any, course: Any, base: float, confirmed: int, improving: bool) -> int:
    """Return the first visit after `confirmed` that no longer shows the change; the number of visits without one."""
    x = confirmed + 1
    while x < course.values.size and changed(plan, course.values[x], base, improving, False):
        x += 1
    return x


@kernel
def lasts(plan: Any, course: Any, base: float, change: int, lost: int, improving: bool) -> bool:
    """Whether a confirmed change lasts as long as the definition asks, or to the end of the record."""
    if plan.sustained <= 0.0:
        return True
    days = course.days
    if plan.between:
        return lost == days.size or days[lost] - days[change] >= plan.sustained
    x = days.size - 1
    if days[x] - days[change] >= plan.sustained:
        x = change + 1
        while days[x] - days[change] < plan.sustained:
            x += 1
    return changed(plan, course.values[x], base, improving, False)


@kernel
def confirms(plan: Any, course: Any, change: int, x: int, window: int) -> bool:
    """Whether visit `x` may confirm a change seen at visit `change` in one confirmation window."""
    if course.terminal and x == course.days.size - 1:
        return True
    gap = course.days[x] - course.days[change]
    calm = course.since[x] >= plan.confirm_since and course.until[x] >= plan.confirm_until
    inside = plan.windows[window, 0] <= gap <= plan.windows[window, 1]
    return bool(inside and calm and course.may_confirm[x])


@kernel
def first_confirming(plan: Any, course: Any, change: int) -> int:
    """Return the first visit that may confirm a change in any window; -1 without one."""
    for x in range(change + 1, course.days.size):
        for window in range(plan.windows.shape[0]):
            if confirms(plan, course, change, x, window):
                return x
    return NONE


@kernel
def first_kept(plan: Any, course: Any, change: int, lost: int) -> int:
    """Return the first confirming visit of the first window that has one before the change is lost; -1 without one."""
    for window in range(plan.windows.shape[0]):
        for x in range(change + 1, lost):
            if confirms(plan, course, change, x, window):
                return x
    return NONE


@kernel
def last_different(plan: Any, course: Any, change: int, confirmed: int, improving: bool) -> int:
    """Return the last visit before the event from which event and confirmation are a change; the first without one."""
    for x in range(change - 1, -1, -1):
        base = course.values[x]
        if not is_extremum(plan, course.values, x) and holds(plan, course, base, change, confirmed, improving, False):
            return x
    return 0


@kernel
def _anchor(which: float, reference: float, event: float, confirmation: float) -> float:
    """Return the day an interval is counted from."""
    if which == 0.0:
        return reference
    return event if which == 1.0 else confirmation


@kernel
def free_of_relapse(plan: Any, relapses: Any, reference: float, event: float, confirmation: float) -> bool:
    """Whether no relapse began in the intervals that must be free of relapse for PIRA."""
    for row in range(plan.free.shape[0]):
        start = _anchor(plan.free[row, 0], reference, event, confirmation) + plan.free[row, 1]
        end = _anchor(plan.free[row, 2], reference, event, confirmation) + plan.free[row, 3]
        for day in relapses:
            if start < end and start <= day <= end:
                return False
    return True
