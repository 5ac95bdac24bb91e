"""Luck has an address: a patient is the same alone and in a batch, and a treated twin meets the same luck."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from lives import Circumstances, live_many
from numpy.typing import NDArray

from regraft.core.arrays import Record
from regraft.core.parameters import ParameterSet
from regraft.core.streams import Address
from regraft.disease.illness import Effects, make_life, week_at
from regraft.disease.layout import ATTEMPT_WEEKS, State, Weekly
from regraft.disease.natural_history import begin, live_one_week, look, pass_one_week
from regraft.patient.record import typical_patient


class Person:
    """One life, stepped from Python."""

    def __init__(self, p: Record, seed: int, patient: int, attempt: int = 0) -> None:
        self.p, self.who, self.attempt = p, Address(seed, patient), attempt
        self.ill, self.week, _ = make_life()
        begin(p, attempt, self.who, self.ill)

    def live(self, first: int, last: int, effect: float = 1.0) -> None:
        for week in range(first, last):
            at = week_at(self.p, self.attempt * ATTEMPT_WEEKS + week)
            live_one_week(self.p, at, Effects(effect, effect, 1.0, 0.8), self.who, self.ill, self.week)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**63 - 1), count=st.integers(2, 30))
def test_a_patient_is_the_same_alone_and_in_a_batch(parameters: ParameterSet, seed: int, count: int) -> None:
    patients = np.repeat(typical_patient(parameters), count)
    batch = live_many(patients, 300, seed=seed)
    alone = live_many(patients[:1], 300, seed=seed)
    assert np.array_equal(batch.rows[0], alone.rows[0])
    assert np.array_equal(batch.relapses[0], alone.relapses[0])


def test_passing_a_week_and_looking_is_living_it(parameters: ParameterSet) -> None:
    p = typical_patient(parameters)[0]
    lived, passed = Person(p, 8, 4), Person(p, 8, 4)
    lived.live(0, 200)
    for week in range(200):
        pass_one_week(p, week_at(p, week), Effects(1.0, 1.0, 1.0, 0.8), passed.who, passed.ill)
    look(p, passed.ill.state, passed.week)
    assert np.array_equal(lived.week, passed.week)
    assert np.array_equal(lived.ill.state, passed.ill.state)


def test_another_attempt_is_another_life(parameters: ParameterSet) -> None:
    p = typical_patient(parameters)[0]
    first, second = Person(p, 8, 4), Person(p, 8, 4, attempt=1)
    first.live(0, 500)
    second.live(0, 500)
    assert not np.array_equal(first.ill.state[: State.OSCILLATION + 1], second.ill.state[: State.OSCILLATION + 1])


def test_a_twin_meets_the_same_luck(parameters: ParameterSet) -> None:
    p = typical_patient(parameters)[0]
    person, twin = Person(p, 8, 4), Person(p, 8, 4)
    person.live(0, 200)
    twin.live(0, 200)
    person.live(200, 400)
    twin.live(200, 400, effect=0.0)
    assert twin.week[Weekly.NEW_LESIONS] == 0.0
    assert person.ill.state[State.OSCILLATION] == twin.ill.state[State.OSCILLATION]


def test_a_stronger_drug_never_gives_a_twin_more_lesions(population: NDArray[np.void]) -> None:
    totals = [
        live_many(
            population[:150], 800, seed=2, circumstances=Circumstances(effect_lesion=effect, effect_relapse=effect)
        ).rows[:, -1, Weekly.T2_TOTAL]
        for effect in (0.0, 0.2, 0.5, 1.0)
    ]
    for stronger, weaker in pairwise(totals):
        assert (stronger <= weaker).all()
    assert totals[0].max() == 0.0
