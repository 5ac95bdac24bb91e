"""Safety rules acted on: harm counted in the order of the calendar among people who can be judged, and what follows."""

from typing import NamedTuple

import numpy as np

from regraft.core.arrays import Floats, Ints
from regraft.core.kernels import kernel
from regraft.core.loop import over_patients
from regraft.core.units import DAYS_PER_MONTH
from regraft.design.file import Safety, Then
from regraft.design.planned import acting_boundary
from regraft.design.safety.evaluable import Boundary
from regraft.design.safety.total_time import TimeBoundary
from regraft.simulated_design.draw import Drawn, Seen


class Harm(NamedTuple):
    """Harm of the people of the pool, each (arms, people), in days since day zero: the event (infinite: none).

    ``judged`` is the day from which someone without the event counts as without it (infinite: never treated).
    """

    day: Floats
    judged: Floats


EVALUABLE, TOTAL_TIME, TITE = range(3)


class Rule(NamedTuple):
    """A rule: the arm watched, and the pause in days (0: the trial stops).

    ``monitored`` says what events are counted against: over evaluable people ``stop_at``, shape (people,), has the
    events that stop after 1, 2, ... of them; over total time or effective people ``until``, shape (counts,), has the
    most days, or people, at which 0, 1, 2, ... events stop (negative: never). ``window``: days each is watched for.
    """

    arm: int
    stop_at: Ints
    pause: float
    monitored: int
    until: Floats
    window: float


class Watched(NamedTuple):
    """Trials, what is seen of their people, their harm; to be filled: calendar day of the stop (infinite: none)."""

    drawn: Drawn
    seen: Seen
    harm: Harm
    stopped: Floats


class WatchRoom(NamedTuple):
    """Calendar days on which each person's harm came to be known, can be judged, and began to be watched for."""

    known: Floats
    judged: Floats
    began: Floats


@kernel
def _watch_one(i: int, rule: Rule, tables: Watched, room: WatchRoom) -> None:
    """Find the day on which the rule is met first; a pause delays everybody who comes after it and watching goes on."""
    tables.stopped[i] = np.inf
    since = -np.inf
    for _ in range(rule.stop_at.shape[0]):
        day = _met_after(i, since, rule, tables, room)
        if day == np.inf:
            return
        if rule.pause <= 0.0:
            tables.stopped[i] = day
            return
        since = day
        for j in range(tables.drawn.month.shape[1]):
            entered = tables.drawn.month[i, j] * DAYS_PER_MONTH
            if day < entered < np.inf:
                tables.drawn.month[i, j] += rule.pause / DAYS_PER_MONTH
                tables.seen.enter[i, j] += rule.pause


@kernel
def _met_after(i: int, since: float, rule: Rule, tables: Watched, room: WatchRoom) -> float:
    """Return the first day after `since` on which the rule is met; infinite for never."""
    drawn, seen, harm = tables.drawn, tables.seen, tables.harm
    people = drawn.person.shape[1]
    for j in range(people):
        room.known[j] = np.inf
        room.judged[j] = np.inf
        room.began[j] = np.inf
        if drawn.arm[i, j] == rule.arm and drawn.month[i, j] < np.inf:
            lived, who = seen.lived[i, j], drawn.person[i, j]
            room.known[j] = seen.enter[i, j] + harm.day[lived, who]
            room.judged[j] = min(room.known[j], seen.enter[i, j] + harm.judged[lived, who])
            room.began[j] = seen.enter[i, j] + harm.judged[lived, who] - rule.window
    found = np.inf
    for j in range(people):
        if since < room.known[j] < found and _is_met(room.known[j], people, rule, room):
            found = room.known[j]
    return found


@kernel
def _is_met(day: float, people: int, rule: Rule, room: WatchRoom) -> bool:
    """Return whether the rule is met on a day."""
    events, judged, watched = 0, 0, 0.0
    for j in range(people):
        happened = room.known[j] <= day
        events += happened
        judged += room.judged[j] <= day
        if happened and rule.monitored == TITE:
            watched += rule.window
        elif room.began[j] < np.inf:
            watched += min(max(min(day, room.known[j]) - room.began[j], 0.0), rule.window)
    if rule.monitored == EVALUABLE:
        return judged <= rule.stop_at.shape[0] and events >= rule.stop_at[judged - 1]
    measured = watched / rule.window if rule.monitored == TITE else watched
    return measured <= rule.until[min(events, rule.until.shape[0] - 1)]


watch_some = over_patients(_watch_one)


def room_to_watch(people: int) -> WatchRoom:
    """Return room for one trial."""
    return WatchRoom(np.empty(people), np.empty(people), np.empty(people))


def acting_rule(asked: Safety, arm: int) -> Rule:
    """Return the rule of a safety section as trials act on it, watching an arm."""
    pause = asked.pause_months * DAYS_PER_MONTH if asked.then is Then.PAUSE else 0.0
    found = acting_boundary(asked)
    if isinstance(found, Boundary):
        return Rule(arm, found.stop_at.astype(np.int64), pause, EVALUABLE, np.full(1, -1.0), asked.within_days)
    until = np.full(asked.patients + 1, -1.0)
    for count, most in zip(found.events, found.until, strict=True):
        until[int(count) :] = most
    what = TOTAL_TIME if isinstance(found, TimeBoundary) else TITE
    return Rule(arm, np.zeros(1, dtype=np.int64), pause, what, until, asked.within_days)
