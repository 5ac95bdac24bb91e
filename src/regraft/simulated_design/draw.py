"""Trials drawn from a pool: who is taken, when they come, which arm they are given, what is seen of them.

Every draw has an address of its own: seed, trial, what is drawn, and whose place it is. So a larger trial begins with
the people of the smaller one, candidates differ by what they are and not by luck, and any split gives the same bits.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from regraft.core.arrays import Floats, Ints
from regraft.core.kernels import kernel
from regraft.core.loop import over_patients
from regraft.core.streams import Purpose, fill_uniforms
from regraft.core.units import DAYS_PER_MONTH

_TRIAL = int(Purpose.DRAWN_TRIAL)
PEOPLE, SITES, ARRIVALS, ARMS, LIVES, DROPOUT, ERROR, THINNED, ADDED, TIPPED = range(10)
Flags = NDArray[np.int8]


class Drawing(NamedTuple):
    """What is the same for all trials: pool, allocation, and how people come.

    ``stratum``, shape (people of the pool,); ``block``, shape (arms,): how many of each arm a block has; ``opens``,
    shape (sites,): month each opens (no sites: slots over ``window`` months, the later fuller by ``acceleration``).
    """

    seed: int
    first: int
    cluster: int
    clusters: int
    stratum: Ints
    block: Ints
    opens: Floats
    stops: float
    window: float
    acceleration: float


class Drawn(NamedTuple):
    """The people of trials, each of shape (trials, people): who, month of entry (infinite: never), arm given.

    ``rate``, shape (trials, sites): people a month.
    """

    rate: Floats
    person: Ints
    month: Floats
    arm: Flags


class DrawingRoom(NamedTuple):
    """Room for one trial: a deck of the cluster, what was exchanged, uniforms, next arrivals, places left."""

    deck: Ints
    exchanged: Ints
    uniform: Floats
    more: Floats
    waiting: Floats
    left: Ints


@kernel
def _draw_one(i: int, same: Drawing, out: Drawn, room: DrawingRoom) -> None:
    """Draw the people of one trial."""
    trial = same.first + i
    _take(trial, same, out.person[i], room)
    if same.opens.shape[0] > 0:
        _arrive(trial, same, out.rate[i], out.month[i], room)
    else:
        _arrive_by_slots(trial, same, out.month[i], room)
    _allot(trial, same, out.person[i], out.arm[i], room)


@kernel
def _take(trial: int, same: Drawing, person: Ints, room: DrawingRoom) -> None:
    """Take people of the trial's cluster, nobody twice; a larger trial takes the same ones first."""
    start = trial % same.clusters * same.cluster
    deck = room.deck
    fill_uniforms(same.seed, trial, _TRIAL, PEOPLE, room.uniform)
    for j in range(person.shape[0]):
        other = j + int(room.uniform[j] * (same.cluster - j))
        deck[j], deck[other] = deck[other], deck[j]
        room.exchanged[j] = other
        person[j] = start + deck[j]
    for back in range(person.shape[0]):
        j = person.shape[0] - 1 - back
        other = room.exchanged[j]
        deck[j], deck[other] = deck[other], deck[j]


@kernel
def _arrive(trial: int, same: Drawing, rate: Floats, month: Floats, room: DrawingRoom) -> None:
    """Let people come as Poisson processes of the sites, each from the month it opens."""
    sites = same.opens.shape[0]
    fill_uniforms(same.seed, trial, _TRIAL, ARRIVALS, room.more)
    for s in range(sites):
        room.waiting[s] = same.opens[s] - np.log(room.more[s]) / rate[s]
    for j in range(month.shape[0]):
        site = 0
        for s in range(1, sites):
            if room.waiting[s] < room.waiting[site]:
                site = s
        come = room.waiting[site]
        month[j] = come if come <= same.stops else np.inf
        room.waiting[site] = come - np.log(room.more[sites + j]) / rate[site]


@kernel
def _arrive_by_slots(trial: int, same: Drawing, month: Floats, room: DrawingRoom) -> None:
    """Let person j come in the j-th part of the window, as the calendar of a protocol does."""
    fill_uniforms(same.seed, trial, _TRIAL, ARRIVALS, room.more)
    count = month.shape[0]
    for j in range(count):
        month[j] = same.window * ((j + room.more[j]) / count) ** (1.0 / same.acceleration)


@kernel
def _allot(trial: int, same: Drawing, person: Ints, arm: Flags, room: DrawingRoom) -> None:
    """Allot arms by permuted blocks within strata, in the order people come."""
    fill_uniforms(same.seed, trial, _TRIAL, ARMS, room.uniform)
    arms = same.block.shape[0]
    for g in range(room.left.shape[0]):
        for a in range(arms):
            room.left[g, a] = 0
    for j in range(person.shape[0]):
        g = same.stratum[person[j]]
        total = 0
        for a in range(arms):
            total += room.left[g, a]
        if total == 0:
            for a in range(arms):
                room.left[g, a] = same.block[a]
                total += same.block[a]
        place = room.uniform[j] * total
        chosen = arms - 1
        for a in range(arms):
            place -= room.left[g, a]
            if place < 0.0:
                chosen = a
                break
        room.left[g, chosen] -= 1
        arm[j] = chosen


class Truth(NamedTuple):
    """What becomes of the people of the pool: days since day zero, each of shape (arms, people).

    ``day`` and ``happened`` of the endpoint, ``known``; ``relapse`` (infinite: none); ``zero``: days from entry to day
    zero. ``added``, shape (events,) with ``starts``, shape (clusters, arms + 1): days of events by cluster and arm.
    """

    day: Floats
    happened: Flags
    known: Flags
    relapse: Floats
    zero: Floats
    added: Floats
    starts: Ints


class Following(NamedTuple):
    """How people are followed, and which truth they live.

    ``effect_share``: share of each arm but the last that lives it; the rest live the last arm's life, or in a single
    arm have the event at ``reference`` per day. ``leaving``, shape (arms,): chance to leave per day, ``ratio`` times as
    high after a relapse. ``keep`` and ``add``, shape (trials, arms): the chance that an event is kept, and that one is
    added where none is.
    """

    seed: int
    first: int
    clusters: int
    days: float
    effect_share: float
    reference: float
    leaving: Floats
    ratio: float
    keep: Floats
    add: Floats


class Seen(NamedTuple):
    """What can be seen of the people of trials at the end of follow-up, each of shape (trials, people).

    ``lived`` is the arm whose life is lived; ``enter`` the calendar day of day zero; ``time`` days from it to the event
    or the end; ``end`` the day on which they leave or their follow-up ends; ``event``, ``known`` and ``left`` (dropped
    out before the event) are flags.
    """

    lived: Flags
    enter: Floats
    time: Floats
    end: Floats
    event: Flags
    known: Flags
    left: Flags


class FollowingRoom(NamedTuple):
    """Uniforms of one trial: who lives which life, who leaves, whose event is kept or added."""

    life: Floats
    leave: Floats
    thin: Floats
    which: Floats


class Followed(NamedTuple):
    """Trials with their people, the truth they live, and what is seen of them."""

    drawn: Drawn
    truth: Truth
    seen: Seen


@kernel
def _follow_one(i: int, same: Following, tables: Followed, room: FollowingRoom) -> None:
    """Follow the people of one trial."""
    trial = same.first + i
    fill_uniforms(same.seed, trial, _TRIAL, LIVES, room.life)
    fill_uniforms(same.seed, trial, _TRIAL, DROPOUT, room.leave)
    fill_uniforms(same.seed, trial, _TRIAL, THINNED, room.thin)
    fill_uniforms(same.seed, trial, _TRIAL, ADDED, room.which)
    drawn, truth, seen = tables.drawn, tables.truth, tables.seen
    arms = truth.day.shape[0]
    cluster = trial % same.clusters
    for j in range(drawn.person.shape[1]):
        who, arm = drawn.person[i, j], drawn.arm[i, j]
        other = (arm < arms - 1 or arms == 1) and room.life[j] >= same.effect_share
        lived = arms - 1 if other else int(arm)
        seen.lived[i, j] = lived
        seen.enter[i, j] = drawn.month[i, j] * DAYS_PER_MONTH + truth.zero[lived, who]
        day, happened = truth.day[lived, who], truth.happened[lived, who] == 1
        if other and arms == 1:  # the reference, drawn as exponential
            share = (room.life[j] - same.effect_share) / (1.0 - same.effect_share)
            day, happened = -np.log(1.0 - share) / same.reference, True
        modelled = not (other and arms == 1)
        first, last = truth.starts[cluster, lived], truth.starts[cluster, lived + 1]
        if modelled and happened and room.thin[j] >= same.keep[i, lived]:
            day, happened = np.inf, False
        elif modelled and not happened and last > first and room.thin[j] < same.add[i, lived]:
            day, happened = truth.added[first + int(room.which[j] * (last - first))], True
        gone = _leaves(room.leave[j], same.leaving[arm], truth.relapse[lived, who], same.ratio)
        end = min(gone, same.days)
        seen.event[i, j] = 1 if happened and day <= end else 0
        seen.time[i, j] = min(day, end)
        seen.end[i, j] = end
        seen.known[i, j] = truth.known[lived, who]
        seen.left[i, j] = 1 if gone < same.days and gone < day else 0


@kernel
def _leaves(u: float, per_day: float, relapse: float, ratio: float) -> float:
    """Return the day on which a person leaves, likelier after a relapse."""
    if per_day <= 0.0:
        return np.inf
    due = -np.log(u)
    before = per_day * relapse
    return due / per_day if due < before else relapse + (due - before) / (per_day * ratio)


draw_some = over_patients(_draw_one)
follow_some = over_patients(_follow_one)
