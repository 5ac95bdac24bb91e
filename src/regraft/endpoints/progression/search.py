"""Confirmed worsening and improvement, event by event: the search through one subject's visits.

The search keeps a baseline and goes through the visits after it. The first visit that differs enough is a candidate;
it is an event when later visits confirm it. Baseline and search then move as the definition says. The rules are those
documented for msprog (Montobbio N et al. Mult Scler 2024; R package msprog, Python package pymsprog 1.0.7), written
anew; tests hold the agreement.
"""

import numpy as np

from regraft.core.arrays import Floats, Ints
from regraft.core.kernels import kernel
from regraft.endpoints.progression.change import (
    changed,
    confirms,
    first_confirming,
    first_kept,
    first_lost,
    free_of_relapse,
    holds,
    is_extremum,
    last_different,
    lasts,
)
from regraft.endpoints.progression.kind import At, EventKind, Mark, Marks, kind_of_worsening, reference_day
from regraft.endpoints.progression.plan import (
    FIRST,
    FIRST_CDI,
    FIRST_CDW,
    FIRST_PIRA,
    FIRST_RAW,
    IMPROVING,
    NONE,
    WORSENING,
    Plan,
    Trajectory,
)


@kernel
def _place_baseline(plan: Plan, trajectory: Trajectory, at: Ints, level: Floats) -> None:
    """Move the baseline on where it is near a relapse or a local extremum; raise it where it may not fall."""
    count = trajectory.days.size
    base = at[At.BASELINE]
    kept = plan.start_stays and base == 0
    while at[At.RUNNING] and not kept:
        near = trajectory.since[base] < plan.base_since or trajectory.until[base] < plan.base_until
        if not near and not is_extremum(plan, trajectory.values, base):
            break
        base += 1
        if base >= count - 1:
            at[At.RUNNING] = 0
    if plan.after_relapse and base < count:
        relapses, day = trajectory.relapses, trajectory.days[base]
        while at[At.RELAPSE] < relapses.size and relapses[at[At.RELAPSE]] <= day:
            at[At.RELAPSE] += 1
    at[At.SEARCH] = max(at[At.SEARCH], base + 1)
    if base >= count:
        base = count - 1
        at[At.RUNNING] = 0
    elif plan.never_lower and level[0] > trajectory.values[base]:
        trajectory.values[base] = level[0]
    level[0] = trajectory.values[base]
    at[At.BASELINE] = base


@kernel
def _next_candidate(plan: Plan, trajectory: Trajectory, base: float, start: int) -> int:
    """Return the next visit that differs from the baseline and may be an event; -1 without one."""
    any_size = plan.candidates_any_size
    for x in range(start, trajectory.days.size):
        value = trajectory.values[x]
        different = changed(plan, value, base, WORSENING, any_size) or changed(plan, value, base, IMPROVING, any_size)
        calm = trajectory.since[x] >= plan.event_since and trajectory.until[x] >= plan.event_until
        if different and calm and trajectory.days[x] >= trajectory.earliest:
            return x
    return NONE


@kernel
def _record(
    plan: Plan, trajectory: Trajectory, at: Ints, kind: int, last_seen: int, marks: Marks, levels: Floats
) -> None:
    """Write an event into the row of its visit; a later event at the same visit replaces it."""
    change, first, base = at[At.CANDIDATE], at[At.CONFIRMED], at[At.BASELINE]
    improving = kind == EventKind.CDI
    different = last_different(plan, trajectory, change, first, improving)
    marks[change, Mark.KIND], marks[change, Mark.BASELINE] = kind, base
    marks[change, Mark.SUSTAINED], marks[change, Mark.LAST_DIFFERENT] = last_seen, different
    levels[change, 0], levels[change, 1] = trajectory.values[base], trajectory.values[change]
    reference = reference_day(plan, trajectory, change, base, different)
    event_day = trajectory.days[change]
    windows = plan.windows.shape[0]
    marks[change, Mark.CONFIRMED : Mark.CONFIRMED + 2 * windows] = NONE
    for window in range(windows):
        for x in range(last_seen, change, -1):
            if first != NONE and confirms(plan, trajectory, change, x, window):
                marks[change, Mark.CONFIRMED + window] = x
                free = free_of_relapse(plan, trajectory.relapses, reference, event_day, trajectory.days[x])
                if kind == EventKind.PIRA and free:
                    marks[change, Mark.CONFIRMED + windows + window] = x
    at[At.EVENTS] += 1
    at[At.IMPROVEMENTS] += improving
    at[At.WORSENINGS] += not improving
    at[At.RAWS] += kind == EventKind.RAW
    at[At.PIRAS] += kind == EventKind.PIRA


@kernel
def _move(plan: Plan, at: Ints, confirmed: int, moves_baseline: bool, retained: bool) -> None:
    """Go on behind a confirmed change: from its confirmation or from its own visit."""
    reference = confirmed if plan.to_confirmation else at[At.CANDIDATE]
    if moves_baseline:
        at[At.BASELINE] = reference
    elif not retained:
        reference = at[At.CANDIDATE]
    at[At.SEARCH] = reference + 1


@kernel
def _improvement(plan: Plan, trajectory: Trajectory, at: Ints, marks: Marks, levels: Floats) -> None:
    """Take up a confirmed improvement."""
    base = trajectory.values[at[At.BASELINE]]
    lost = first_lost(plan, trajectory, base, at[At.CONFIRMED], IMPROVING)
    retained = lasts(plan, trajectory, base, at[At.CANDIDATE], lost, IMPROVING)
    if retained:
        _record(plan, trajectory, at, EventKind.CDI.value, lost - 1, marks, levels)
    kept = first_kept(plan, trajectory, at[At.CANDIDATE], lost)
    _move(plan, at, kept, plan.moves_on_improvement, retained)


@kernel
def _worsening(plan: Plan, trajectory: Trajectory, at: Ints, marks: Marks, levels: Floats) -> bool:
    """Take up a confirmed (or imputed) worsening; False when it is passed over as not of the kind looked for."""
    base = trajectory.values[at[At.BASELINE]]
    change, first = at[At.CANDIDATE], at[At.CONFIRMED]
    lost = first_lost(plan, trajectory, base, change if first == NONE else first, WORSENING)
    retained = lasts(plan, trajectory, base, change, lost, WORSENING)
    wanted = retained
    if retained:
        kind = kind_of_worsening(plan, trajectory, at, lost)
        raw = kind == EventKind.RAW.value
        other = (plan.target == FIRST_PIRA and raw) or (plan.target == FIRST_RAW and not raw)
        if other and not plan.moves_on_worsening:
            at[At.SEARCH] = change + 1
            return False
        if plan.target == FIRST_PIRA:
            wanted = kind == EventKind.PIRA.value
        elif plan.target == FIRST_RAW:
            wanted = raw
        _record(plan, trajectory, at, kind, lost - 1, marks, levels)
    if first == NONE:
        at[At.SEARCH] = change + 1
    else:
        _move(plan, at, first_kept(plan, trajectory, change, lost), plan.moves_on_worsening, wanted)
    return True


@kernel
def _judge(plan: Plan, trajectory: Trajectory, at: Ints, marks: Marks, levels: Floats) -> bool:
    """Decide what a candidate is, and move on; False when it was passed over as not of the kind looked for."""
    change = at[At.CANDIDATE]
    base = trajectory.values[at[At.BASELINE]]
    first = first_confirming(plan, trajectory, change)
    at[At.CONFIRMED] = first
    seeks_worsening = plan.target in (FIRST_CDW, FIRST_PIRA, FIRST_RAW)
    counts_improvement = plan.moves_on_improvement or not seeks_worsening
    if first != NONE:
        if counts_improvement and holds(plan, trajectory, base, change, first, IMPROVING, False):
            _improvement(plan, trajectory, at, marks, levels)
            return True
        if plan.sub_improvement and holds(plan, trajectory, base, change, first, IMPROVING, True):
            _move(plan, at, first, True, True)
            return True
    imputed = trajectory.terminal or trajectory.days[change] - trajectory.days[0] <= trajectory.impute_within
    imputed &= change == trajectory.days.size - 1
    if (imputed or first != NONE) and holds(plan, trajectory, base, change, first, WORSENING, False):
        return _worsening(plan, trajectory, at, marks, levels)
    if first != NONE and plan.sub_worsening and holds(plan, trajectory, base, change, first, WORSENING, True):
        _move(plan, at, first, True, True)
        return True
    at[At.SEARCH] = change + 1
    return True


@kernel
def _move_behind_relapse(plan: Plan, trajectory: Trajectory, at: Ints) -> None:
    """Move the baseline behind a relapse that the search has crossed."""
    count = trajectory.days.size
    if not plan.after_relapse or not at[At.RUNNING] or at[At.SEARCH] >= count:
        return
    base_day, search_day = trajectory.days[at[At.BASELINE]], trajectory.days[at[At.SEARCH]]
    crossed = False
    for day in trajectory.relapses:
        crossed |= base_day < day and day + plan.grace < search_day
    if not crossed:
        return
    base = at[At.BASELINE]
    if at[At.RELAPSE] < trajectory.relapses.size:
        while base < count and trajectory.days[base] < trajectory.relapses[at[At.RELAPSE]]:
            base += 1
    if base < count:
        at[At.BASELINE] = base
        at[At.SEARCH] = base + 1
    if base >= count - 1:
        at[At.RUNNING] = 0


@kernel
def _is_found(plan: Plan, at: Ints) -> bool:
    """Whether the first event looked for has been found.

    The first of all events stands only when a second one is found: moving the baseline behind a relapse may lead the
    search back to the same visit, which is then judged anew.
    """
    if plan.target == FIRST:
        return at[At.EVENTS] > 1
    if plan.target == FIRST_CDW:
        return at[At.WORSENINGS] > 0
    if plan.target == FIRST_CDI:
        return at[At.IMPROVEMENTS] > 0
    if plan.target == FIRST_PIRA:
        return at[At.PIRAS] > 0
    return plan.target == FIRST_RAW and at[At.RAWS] > 0


@kernel
def find_events(plan: Plan, trajectory: Trajectory, at: Ints, level: Floats, marks: Marks, levels: Floats) -> None:
    """Find the events of one subject.

    Parameters
    ----------
    plan : Plan
        The rules.
    trajectory : Trajectory
        The subject; its values may be raised in place.
    at, level : ndarray of int, shape (At.SIZE,); ndarray of float, shape (1,)
        Scratch.
    marks : ndarray of int, shape (visits, 4 + 2 * windows)
        Zeros; the row of an event's visit is filled (`Mark`) with positions of visits, -1 for none.
    levels : ndarray of float, shape (visits, 2)
        Filled in the same rows: value at baseline and at the event.
    """
    at[:] = 0
    at[At.SEARCH], at[At.RUNNING], level[0] = 1, 1, np.nan
    for _ in range(trajectory.days.size * trajectory.days.size + 10):
        if not at[At.RUNNING]:
            break
        _place_baseline(plan, trajectory, at, level)
        candidate = _next_candidate(plan, trajectory, trajectory.values[at[At.BASELINE]], at[At.SEARCH])
        at[At.CANDIDATE] = candidate
        crossed = candidate != NONE and plan.after_relapse and at[At.RELAPSE] < trajectory.relapses.size
        if candidate == NONE:
            at[At.RUNNING] = 0
        elif crossed and trajectory.days[candidate] > trajectory.relapses[at[At.RELAPSE]] + plan.grace:
            at[At.SEARCH] = candidate
        elif not _judge(plan, trajectory, at, marks, levels):
            continue
        _move_behind_relapse(plan, trajectory, at)
        if _is_found(plan, at):
            at[At.RUNNING] = 0
