"""Events of many subjects at once: arrays in, arrays out, in chunks that threads share."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np

from regraft.core.arrays import Flags, Floats, Ints
from regraft.core.kernels import kernel
from regraft.endpoints.progression.baseline import days_from_relapses
from regraft.endpoints.progression.change import changed
from regraft.endpoints.progression.kind import At, EventKind, Mark, Marks
from regraft.endpoints.progression.plan import (
    FIRST,
    FIRST_CDI,
    FIRST_CDW,
    FIRST_PIRA,
    FIRST_RAW,
    MULTIPLE,
    NONE,
    Plan,
    Trajectory,
)
from regraft.endpoints.progression.search import find_events

CHUNK_ROWS = 200_000
THREADS = 2


class Trajectories(NamedTuple):
    """Visits and relapses of many subjects; subject `i` owns rows ``offsets[i]`` to ``offsets[i + 1] - 1``.

    Parameters
    ----------
    offsets, relapse_offsets : ndarray of int, shape (subjects + 1,)
        Where each subject's visits and relapses start.
    days, values : ndarray of float, shape (visits,)
        Days, strictly ascending within a subject, and the scale; none missing.
    may_confirm : ndarray of bool, shape (visits,)
        Whether the visit can confirm a change.
    relapse_days : ndarray of float, shape (relapses,)
        Days of the relapses that count, ascending within a subject.
    earliest : ndarray of float, shape (subjects,)
        No visit before this day is an event [d].
    impute_within : ndarray of float, shape (subjects,)
        A worsening at the last visit counts without confirmation up to so many days of follow-up; -1 for never [d].
    terminal : ndarray of bool, shape (subjects,)
        Whether the last visit stands for a death due to the disease.
    """

    offsets: Ints
    days: Floats
    values: Floats
    may_confirm: Flags
    relapse_offsets: Ints
    relapse_days: Floats
    earliest: Floats
    impute_within: Floats
    terminal: Flags

    @property
    def subjects(self) -> int:
        """Number of subjects."""
        return self.offsets.size - 1


class Work(NamedTuple):
    """What a search writes on while it goes through a chunk of visits.

    Parameters
    ----------
    values : ndarray of float, shape (visits of the chunk,)
        The scale; a value is raised where a baseline may never be lower than the one before.
    since, until : ndarray of float, shape (visits of the chunk,)
        Days since the last relapse and to the next one.
    at : ndarray of int, shape (At.SIZE,)
        Where the search stands.
    level : ndarray of float, shape (1,)
        The value of the last baseline.
    """

    values: Floats
    since: Floats
    until: Floats
    at: Ints
    level: Floats


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """Events found, by subject and time. Rows are positions in the visits of `Trajectories`; -1 is none.

    Parameters
    ----------
    subject : ndarray of int, shape (events,)
        Position of the subject.
    kind : ndarray of int, shape (events,)
        An `EventKind`.
    event, baseline, sustained, last_different : ndarray of int, shape (events,)
        Visit of the event, of its baseline, the last one that still shows it, and the last one before it from which
        it is a change.
    confirmed, pira_confirmed : ndarray of int, shape (events, windows)
        First confirming visit in each window, and the first free of relapse as PIRA asks.
    baseline_value, event_value : ndarray of float, shape (events,)
        The scale there.
    """

    subject: Ints
    kind: Ints
    event: Ints
    baseline: Ints
    sustained: Ints
    last_different: Ints
    confirmed: Ints
    pira_confirmed: Ints
    baseline_value: Floats
    event_value: Floats


@kernel
def _distances(days: Floats, relapses: Floats, since: Floats, until: Floats) -> None:
    """Fill days since the last and until the next relapse of every visit; infinite without one."""
    for i in range(days.size):
        since[i], until[i] = days_from_relapses(days[i], relapses)


@kernel
def _keep_target(target: int, marks: Marks) -> None:
    """Keep the first event looked for, where only the first is; the others are struck out."""
    if target == MULTIPLE:
        return
    found = False
    for i in range(marks.shape[0]):
        kind = marks[i, Mark.KIND]
        if kind == EventKind.NOTHING:
            continue
        wanted = target == FIRST
        wanted |= target == FIRST_CDI and kind == EventKind.CDI
        wanted |= target == FIRST_CDW and kind != EventKind.CDI
        wanted |= target == FIRST_PIRA and kind == EventKind.PIRA
        wanted |= target == FIRST_RAW and kind == EventKind.RAW
        if found or not wanted:
            marks[i, Mark.KIND] = EventKind.NOTHING
        found |= wanted


@kernel
def _scan(
    plan: Plan, first: int, last: int, trajectories: Trajectories, work: Work, marks: Marks, levels: Floats
) -> None:
    """Find the events of subjects `first` to `last` - 1; chunk arrays begin with the visits of `first`."""
    offsets, days = trajectories.offsets, trajectories.days
    relapse_offsets, relapse_days = trajectories.relapse_offsets, trajectories.relapse_days
    origin = offsets[first]
    for s in range(first, last):
        a, b = offsets[s], offsets[s + 1]
        if a == b:
            continue
        low, high = relapse_offsets[s], relapse_offsets[s + 1]
        while low < high and relapse_days[low] < days[a] - plan.base_since:
            low += 1
        i, j = a - origin, b - origin
        relapses = relapse_days[low:high]
        _distances(days[a:b], relapses, work.since[i:j], work.until[i:j])
        trajectory = Trajectory(
            days[a:b],
            work.values[i:j],
            work.since[i:j],
            work.until[i:j],
            trajectories.may_confirm[a:b],
            relapses,
            trajectories.earliest[s],
            trajectories.impute_within[s],
            trajectories.terminal[s],
        )
        find_events(plan, trajectory, work.at, work.level, marks[i:j], levels[i:j])
        _keep_target(plan.target, marks[i:j])


def _chunks(offsets: Ints) -> Iterator[tuple[int, int]]:
    """Yield ranges of whole subjects of about `CHUNK_ROWS` visits."""
    first = 0
    while first < offsets.size - 1:
        last = int(np.searchsorted(offsets, offsets[first] + CHUNK_ROWS, side="right")) - 1
        last = max(last, first + 1)
        yield first, last
        first = last


def _search(plan: Plan, trajectories: Trajectories, first: int, last: int) -> Events:
    origin, end = trajectories.offsets[first], trajectories.offsets[last]
    rows, windows = int(end - origin), plan.windows.shape[0]
    marks = np.zeros((rows, Mark.CONFIRMED + 2 * windows), dtype=np.int32)
    levels = np.empty((rows, 2), dtype=np.float64)
    work = Work(
        values=trajectories.values[origin:end].copy(),
        since=np.empty(rows),
        until=np.empty(rows),
        at=np.zeros(At.SIZE, dtype=np.int64),
        level=np.empty(1),
    )
    _scan(plan, first, last, trajectories, work, marks, levels)
    found = np.flatnonzero(marks[:, Mark.KIND])
    marked = marks[found].astype(np.int64)
    subject = np.searchsorted(trajectories.offsets, origin + found, side="right") - 1
    start = trajectories.offsets[subject]
    visits = np.where(marked[:, Mark.BASELINE :] == NONE, NONE, marked[:, Mark.BASELINE :] + start[:, None])
    return Events(
        subject=subject,
        kind=marked[:, Mark.KIND],
        event=origin + found,
        baseline=visits[:, 0],
        sustained=visits[:, 1],
        last_different=visits[:, 2],
        confirmed=visits[:, 3 : 3 + windows],
        pira_confirmed=visits[:, 3 + windows :],
        baseline_value=levels[found, 0],
        event_value=levels[found, 1],
    )


def search_events(plan: Plan, trajectories: Trajectories, threads: int = THREADS) -> Events:
    """Find the events of every subject; the result is the same for any number of threads.

    Parameters
    ----------
    plan : Plan
        The rules, from `regraft.endpoints.progression.rules.ProgressionDefinition.plan`.
    trajectories : Trajectories
        The subjects.
    threads : int
        How many chunks are searched at the same time.
    """
    chunks = list(_chunks(trajectories.offsets)) or [(0, 0)]
    if threads == 1 or len(chunks) == 1:
        parts = [_search(plan, trajectories, *chunk) for chunk in chunks]
    else:
        with ThreadPoolExecutor(threads) as pool:
            parts = list(pool.map(lambda chunk: _search(plan, trajectories, *chunk), chunks))
    return Events(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in Events.__slots__})


@kernel
def _unconfirmed_rows(plan: Plan, trajectories: Trajectories, improving: bool, found: Ints) -> None:
    offsets, values = trajectories.offsets, trajectories.values
    for s in range(offsets.size - 1):
        first, i = offsets[s], offsets[s + 1] - 1
        while i > first and trajectories.days[i] >= trajectories.earliest[s]:
            if not changed(plan, values[i], values[first], improving, False):
                break
            found[s] = i
            i -= 1


def unconfirmed_at_end(plan: Plan, trajectories: Trajectories, *, improving: bool) -> Ints:
    """Return the visit from which on a subject differs from the first visit to the end of the record; -1 for none.

    Of a subject without an event under a fixed baseline it is where a change begins that nothing has confirmed yet.
    """
    found = np.full(trajectories.subjects, NONE, dtype=np.int64)
    _unconfirmed_rows(plan, trajectories, improving, found)
    return found
