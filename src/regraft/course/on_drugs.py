"""A life on drugs after enrolment: the same person as under transplantation, never transplanted.

Drugs are taken in the order given; the next one starts when enough relapses came under the one before. What drugs leave
of the disease is the rule of `regraft.enrolment.drugs_taken`, and death the same draw as in
`regraft.course.transplanted`.
"""

from typing import NamedTuple

import numpy as np

from regraft.core.arrays import Floats, Record, Records
from regraft.core.kernels import kernel
from regraft.core.loop import over_patients
from regraft.core.streams import Address
from regraft.core.units import DAYS_PER_WEEK
from regraft.course.course import EnrolledRow
from regraft.course.death import ALIVE, End, die_in_week
from regraft.course.people import resume, write_row
from regraft.disease.illness import Illness, Life, relapses_of, week_at
from regraft.disease.layout import DrugTaken
from regraft.disease.natural_history import live_one_week
from regraft.enrolment.drugs_taken import TAKEN, effects_of_drugs
from regraft.therapy.drugs import Drug

STOP = -1  # in place of a drug: the one before is stopped, and nothing is started
_NONE = int(Drug.NONE)


class DrugPlan(NamedTuple):
    """Drugs of a trial, in order, by code; `STOP` stops the drug before, and `Drug.NONE` ends the list.

    ``switch_after_relapses`` relapses under one drug start the next; 0 keeps the first whatever happens.
    """

    starts_day: float  # since enrolment
    switch_after_relapses: int
    drugs: tuple[int, int, int]


def drug_plan(*drugs: int, starts_day: float = 0.0, switch_after_relapses: int = 0) -> DrugPlan:
    """Return the plan of one to three drugs; without any, of stopping the drug taken at enrolment."""
    first, second, third = ((*map(int, drugs or (STOP,)), _NONE, _NONE))[:3]
    return DrugPlan(float(starts_day), int(switch_after_relapses), (first, second, third))


class Ward(NamedTuple):
    """What is the same for everybody: the plan, and steroids for relapses."""

    seed: int
    first: int
    steroid_share: float
    plan: DrugPlan


class DrugLives(NamedTuple):
    """What the people were on the day of enrolment, and what their lives fill in."""

    records: Records
    found: Records
    people: Life
    enrolled: Records
    relapses: Floats
    drugs: Floats
    weeks: Floats


@kernel
def _live_one(i: int, same: Ward, lives: DrugLives, room: Life) -> None:
    """Live one patient's life on drugs."""
    lives.enrolled[i] = lives.found[i]
    own: EnrolledRow = lives.enrolled[i]
    ill = Illness(room.illness.state, room.illness.clones, lives.relapses[i])
    life = Life(ill, room.week, lives.drugs[i])
    resume(lives.people, i, life)
    end = _live_on(lives.records[i], same, own, Address(same.seed, same.first + i), life, lives.weeks[i])
    own.relapses, own.death_day, own.death_cause = relapses_of(ill), end.death_day, end.cause


@kernel
def _live_on(p: Record, same: Ward, own: EnrolledRow, who: Address, life: Life, weeks: Floats) -> End:
    """Live to death or the end of `weeks`, of which row j is the state j weeks after enrolment."""
    ill = life.illness
    write_row(life.week, weeks[0])
    plan, given, counted = same.plan, 0, 0
    last = own.drugs - 1
    first = max(1, int(plan.starts_day / DAYS_PER_WEEK))
    for j in range(1, weeks.shape[0]):
        at, switch = week_at(p, own.clock + j), plan.switch_after_relapses
        due = j == first or (given > 0 and switch > 0 and relapses_of(ill) - counted >= switch)
        if due and given < len(plan.drugs) and plan.drugs[given] != _NONE:
            if last >= 0:
                life.drugs[last, DrugTaken.LAST_WEEK] = at.since_onset
            last += 1
            life.drugs[last, DrugTaken.DRUG] = max(0, plan.drugs[given])
            life.drugs[last, DrugTaken.FIRST_WEEK] = at.since_onset
            given, counted = given + 1, relapses_of(ill)
        effects = effects_of_drugs(p, life.drugs, last + 1, at.since_onset, TAKEN, same.steroid_share)
        live_one_week(p, at, effects, who, ill, life.week)
        write_row(life.week, weeks[j])
        end = die_in_week(p, at, j, who, weeks)
        if end.cause != ALIVE:
            return end
    return End(np.nan, ALIVE)


live_some_on_drugs = over_patients(_live_one)
