"""Somebody whom nobody scans lives the same weeks: what a scan shows is drawn when it is asked for."""

import numpy as np
from numpy.typing import NDArray

from regraft.clinical.systems import System
from regraft.core.streams import Address, fill_normals, fill_uniforms
from regraft.disease.disability import make_reading, read_edss, worst_motor_grade
from regraft.disease.illness import Effects, make_life, relapses_of, week_at
from regraft.disease.layout import State, Weekly
from regraft.disease.lesions import scan
from regraft.disease.natural_history import (
    begin_but_for_clones,
    look,
    pass_one_unscanned_week,
    pass_one_week_but_for_brain,
)

WEEKS = 420
_SEEN = [k for k in range(len(Weekly)) if k not in (Weekly.NEW_LESIONS, Weekly.BLACK_HOLES)]


def _effect(week: int) -> Effects:
    """Return a drug that begins off the beat of four weeks, sets in, and is left."""
    if week < 101 or week >= 303:
        return Effects(1.0, 1.0, 1.0, 0.8)
    return Effects(0.5, 0.7, 0.9, 0.8) if week < 200 else Effects(0.1, 0.3, 0.8, 0.8)


def test_weeks_without_scans_are_the_same_to_the_bit(population: NDArray[np.void]) -> None:
    most, relapses, worn = 0.0, 0, 0
    for i, p in enumerate(population[:12]):
        who, scanned, spared = Address(5, i), make_life(), make_life()
        for life in (scanned, spared):
            begin_but_for_clones(p, 0, who, life.illness.state)
            life.illness.state[State.RESERVE] *= 0.02 if i % 2 else 1.0
        for week in range(1, WEEKS):
            at, effects = week_at(p, week), _effect(week)
            pass_one_week_but_for_brain(p, at, effects, who, scanned.illness)
            is_new = week == 1 or effects != _effect(week - 1)
            pass_one_unscanned_week(p, at, effects, is_new, who, spared.illness)
            if week % 10 == 0:
                scan(p, at, who, spared.illness.state)
                for life in (scanned, spared):
                    look(p, life.illness.state, life.week)
                np.testing.assert_array_equal(spared.week[_SEEN], scanned.week[_SEEN])
                most = max(most, spared.illness.state[State.GD_ACTIVE])
        np.testing.assert_array_equal(spared.illness.relapses, scanned.illness.relapses)
        relapses += relapses_of(spared.illness)
        worn += spared.illness.state[State.RESERVE] == 0.0
    assert most > 3.0
    assert relapses > 20
    assert 3 < worn < 12


def test_no_rater_finds_a_higher_motor_grade_than_the_two_systems_alone_allow(population: NDArray[np.void]) -> None:
    reading, life, lost = make_reading(), make_life(), np.zeros(8)
    state, reached = life.illness.state, 0
    for i, p in enumerate(population[:300]):
        fill_uniforms(5, i, 1, 0, lost)
        state[:] = 0.0
        state[State.PERMANENT : State.FAST], state[State.INFLAMMATION] = 4.0 * lost[:7], lost[7]
        look(p, state, life.week)
        fill_normals(5, i, 1, 1, 0, reading.own)
        fill_normals(5, i, 1, 2, 0, reading.noise)
        pyramidal, cerebellar = reading.noise[System.PYRAMIDAL], reading.noise[System.CEREBELLAR]
        worst = worst_motor_grade(p, reading.own, pyramidal, cerebellar, state)
        read_edss(p, life.week, 0.0, reading)
        found = max(reading.grades[System.PYRAMIDAL], reading.grades[System.CEREBELLAR])
        assert found <= worst
        reached += found == worst
    assert reached > 200
