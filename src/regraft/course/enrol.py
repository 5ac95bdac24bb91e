"""Search the people of a run: each falls ill and lives with the disease until a trial takes them."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from regraft.core.arrays import Floats, Ints, Records
from regraft.core.kernels import kernel
from regraft.core.loop import over_patients
from regraft.core.streams import Address
from regraft.course.course import EnrolledRow
from regraft.course.people import People, no_people
from regraft.course.ranges import Run, refuse_empty_slots, run_in_ranges
from regraft.course.world import World
from regraft.disease.disability import Reading
from regraft.disease.illness import Illness, Life
from regraft.disease.layout import ATTEMPT_WEEKS, Weekly
from regraft.disease.smouldering import course_as_enrolled
from regraft.enrolment.candidate import enrol as enrol_candidate
from regraft.enrolment.candidate import rate_edss
from regraft.enrolment.criteria import Recruitment
from regraft.enrolment.place import place_for
from regraft.patient.record import Spreads


class Search(NamedTuple):
    """What is the same for all searches; ``spreads.typical`` has a row per draw of the parameters."""

    seed: int
    first: int
    recruitment: Recruitment
    spreads: Spreads


class Places(NamedTuple):
    """What a search fills in, a row per person; `records` are the memory of `matrix`."""

    draw: Ints
    enrolled_on: Floats
    matrix: Floats
    records: Records
    enrolled: Records
    lives: Life
    reading: Reading


@kernel
def _enrol_one(i: int, same: Search, places: Places, _: int) -> None:
    """Find the person for one place, and rate them as they come."""
    p, who, lives, readings = places.records[i], Address(same.seed, same.first + i), places.lives, places.reading
    s = same.spreads
    spreads = Spreads(s.typical[places.draw[i]], s.kind, s.sigma, s.slot, s.partner, s.correlation, s.sought)
    illness = Illness(lives.illness.state[i], lives.illness.clones[i], lives.illness.relapses[i])
    life = Life(illness, lives.week[i], lives.drugs[i])
    reading = Reading(readings.own[i], readings.noise[i], readings.grades[i])
    day = places.enrolled_on[i]
    found = enrol_candidate(p, places.matrix[i], same.recruitment, spreads, day, who, life, reading)
    out: EnrolledRow = places.enrolled[i]
    out.candidates, out.clock, out.diagnosis_week = found.candidates, found.week, found.diagnosis_week
    out.drugs, out.relapses, out.relapses_before = found.drugs, found.relapses, found.relapses
    _forget_others(found.relapses, illness.relapses)
    if found.week < 0:
        return
    out.edss = rate_edss(p, found.week, who, life.week, reading)
    course, since = life.week[Weekly.PROGRESSIVE], life.week[Weekly.PROGRESSIVE_SINCE_WEEK]
    place = place_for(same.recruitment, who, 0)  # its courses are the same at every attempt
    out.progressive = course_as_enrolled(p, course, since, found.week % ATTEMPT_WEEKS, place.takes_relapsing)


@kernel
def _forget_others(count: int, relapses: Floats) -> None:
    """Empty the rows behind the attacks of the person taken: people turned away for the same place left theirs."""
    for k in range(count, relapses.shape[0]):
        for column in range(relapses.shape[1]):
            relapses[k, column] = np.nan


enrol_some = over_patients(_enrol_one)


def search(world: World, first: int, count: int, enrolled_on: Ints | None = None) -> tuple[People, Run]:
    """Return empty places, and what fills a range of them.

    `enrolled_on` are the days of enrolment since 1970-01-01, shape (count,): nobody has had a drug before it was
    licensed. None: of no time.
    """
    people = no_people(world, first, count)
    same = Search(world.seed, first, world.recruitment, world.spreads())
    draw = world.draw_of(np.arange(first, first + count, dtype=np.int64))
    days = np.full(count, np.nan) if enrolled_on is None else enrolled_on.astype(np.float64)
    places = Places(draw, days, people.matrix, people.records, people.enrolled, people.lives, people.reading)

    def run(start: int, stop: int) -> int:
        enrol_some(start, stop, same, places, 0)
        if world.draws is not None and world.instead is not None:
            for place in start + np.flatnonzero(people.enrolled["clock"][start:stop] < 0):
                draw[place] += len(world.draws)  # nobody like those of the trial exists under its own draw
                enrol_some(int(place), int(place) + 1, same, places, 0)
        return stop - start

    return people, run


def enrol(
    world: World,
    first: int,
    count: int,
    *,
    enrolled_on: Ints | None = None,
    threads: int = 1,
    on_done: Callable[[int], None] | None = None,
) -> People:
    """Search patients ``first .. first + count - 1`` of the endless sequence of patients.

    Parameters
    ----------
    world : World
        What is the same for all.
    first, count : int
        Number of the first patient, and how many.
    enrolled_on : int64, shape (count,), optional
        Days of enrolment since 1970-01-01; None: of no time, and every drug licensed.
    threads : int
        Worker threads; the result does not depend on it.
    on_done : callable, optional
        Called with the number of patients just found, for progress bars.

    Raises
    ------
    InputError
        Nobody in the population meets the eligibility criteria.
    """
    people, run = search(world, first, count, enrolled_on)
    run_in_ranges(run, count, threads, on_done)
    refuse_empty_slots(people.enrolled, first)
    return people
