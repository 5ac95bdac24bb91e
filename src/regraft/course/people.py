"""People on the day they come to a trial: who they are, what they have lived through, and how they were found."""

from dataclasses import dataclass
from typing import final

import numpy as np

from regraft.core.arrays import Floats, Ints, Records
from regraft.core.kernels import kernel
from regraft.course.course import ENROLLED, weeks_since_onset
from regraft.course.world import World
from regraft.disease.disability import Reading, make_reading
from regraft.disease.illness import Life, make_lives
from regraft.patient.record import empty_matrix, records_of


@final
@dataclass(frozen=True, slots=True)
class People:
    """Patients ``first .. first + n - 1`` on the day of enrolment; living on from it leaves them as they are.

    Parameters
    ----------
    world : World
        What is the same for all.
    first : int
        Number of the first patient.
    matrix : float64, shape (n, fields)
        Covariates and individual parameter values, by position.
    enrolled : record array `ENROLLED`, shape (n,)
        Candidates seen, clock week of enrolment (-1: slot left empty), and history.
    lives, reading : Life, Reading
        State and history on that day, and the examination; with a leading axis (n,).
    """

    world: World
    first: int
    matrix: Floats
    enrolled: Records
    lives: Life
    reading: Reading

    @property
    def records(self) -> Records:
        """Return the records of the people, shape (n,)."""
        return records_of(self.matrix, self.world.parameters)

    @property
    def weeks_since_onset(self) -> Ints:
        """Return the whole weeks from the first symptom to enrolment, shape (n,)."""
        return weeks_since_onset(self.enrolled)

    def __len__(self) -> int:
        return len(self.enrolled)


def no_people(world: World, first: int, count: int) -> People:
    """Return empty places for `count` people."""
    return People(
        world=world,
        first=first,
        matrix=empty_matrix(world.parameters, count),
        enrolled=np.zeros(count, ENROLLED),
        lives=make_lives(count),
        reading=make_reading(count),
    )


@kernel
def resume(people: Life, number: int, life: Life) -> None:
    """Copy the life of one of many people, the attacks and drugs so far included."""
    ill, theirs = life.illness, people.illness
    for k in range(ill.state.shape[0]):
        ill.state[k] = theirs.state[number, k]
    for k in range(life.week.shape[0]):
        life.week[k] = people.week[number, k]
    _copy_rows(theirs.clones, number, ill.clones)
    _copy_rows(theirs.relapses, number, ill.relapses)
    _copy_rows(people.drugs, number, life.drugs)


@kernel
def _copy_rows(source: Floats, number: int, target: Floats) -> None:
    for i in range(target.shape[0]):
        for k in range(target.shape[1]):
            target[i, k] = source[number, i, k]


@kernel
def write_row(source: Floats, target: Floats) -> None:
    """Copy a vector; assigning to a slice would make room for an error message, and a kernel makes no room."""
    for k in range(source.shape[0]):
        target[k] = source[k]
