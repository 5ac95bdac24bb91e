"""Safety rules acted on: harm counted in the order of the calendar among people who can be judged, and what follows."""

from typing import NamedTuple

import numpy as np

from regraft.core.arrays import Floats, Ints
from regraft.core.kernels import kernel
from regraft.core.loop import over_patients
from regraft.core.units import DAYS_PER_MONTH
from regraft.simulated_design.draw import Drawn, Seen


class Harm(NamedTuple):
    """Harm of the people of the pool, each (arms, people), in days since day zero: the event (infinite: none).

    ``judged`` is the day from which someone without the event counts as without it (infinite: never treated).
    """

    day: Floats
    judged: Floats


class Rule(NamedTuple):
    """A rule: the arm watched, events that stop after 1, 2, ... people, and the pause in days (0: the trial stops)."""

    arm: int
    stop_at: Ints
    pause: float


class Watched(NamedTuple):
    """Trials, what is seen of their people, their harm; to be filled: calendar day of the stop (infinite: none)."""

    drawn: Drawn
    seen: Seen
    harm: Harm
    stopped: Floats


class WatchRoom(NamedTuple):
    """Calendar days on which each person's harm came to be known, and on which each can be judged."""

    known: Floats
    judged: Floats


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
        if drawn.arm[i, j] == rule.arm and drawn.month[i, j] < np.inf:
            lived, who = seen.lived[i, j], drawn.person[i, j]
            room.known[j] = seen.enter[i, j] + harm.day[lived, who]
            room.judged[j] = min(room.known[j], seen.enter[i, j] + harm.judged[lived, who])
    found = np.inf
    for j in range(people):
        if since < room.known[j] < found:
            events, judged = 0, 0
            for other in range(people):
                events += room.known[other] <= room.known[j]
                judged += room.judged[other] <= room.known[j]
            if judged <= rule.stop_at.shape[0] and events >= rule.stop_at[judged - 1]:
                found = room.known[j]
    return found


watch_some = over_patients(_watch_one)


def room_to_watch(people: int) -> WatchRoom:
    """Return room for one trial."""
    return WatchRoom(np.empty(people), np.empty(people))
