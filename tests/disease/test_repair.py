"""Lasting deficits of relapses are repaired while the brain is quiet and young, and never where nothing lasts."""

import numpy as np
import pytest
from numpy.typing import NDArray

from regraft.core.parameters import ParameterSet
from regraft.disease.layout import STATE_SIZE, SYSTEMS, State
from regraft.disease.recovery import repair
from regraft.patient.record import typical_patient

DEFICIT = np.array([0.5, 0.0, 2.0, 1.0, 0.25, 0.0, 1.5])
WEEKS = 52


def after_a_year(
    parameters: ParameterSet, *, per_year: float, age_years: float, lesions_per_year: float
) -> NDArray[np.float64]:
    """Return what is left of the deficits after a year."""
    person = typical_patient(parameters.replace({"recovery_repair_per_year": per_year}))[0]
    state = np.zeros(STATE_SIZE)
    state[State.PERMANENT : State.PERMANENT + SYSTEMS] = DEFICIT
    state[State.LESION_RATE] = lesions_per_year
    for _ in range(WEEKS):
        repair(person, age_years, state)
    return state[State.PERMANENT : State.PERMANENT + SYSTEMS]


def test_a_quiet_brain_at_32_mends_at_the_stated_pace(parameters: ParameterSet) -> None:
    left = after_a_year(parameters, per_year=0.1, age_years=32.0, lesions_per_year=0.0)
    assert left == pytest.approx(DEFICIT * np.exp(-0.1), rel=1e-2)


def test_nothing_mends_without_the_mechanism_or_past_its_age(parameters: ParameterSet) -> None:
    still = after_a_year(parameters, per_year=0.0, age_years=32.0, lesions_per_year=0.0)
    old = after_a_year(
        parameters, per_year=0.3, age_years=parameters["recovery_repair_end_age_years"].value, lesions_per_year=0.0
    )
    assert np.array_equal(still, DEFICIT)
    assert np.array_equal(old, DEFICIT)


def test_lesions_and_age_slow_it_and_it_never_goes_below_nothing(parameters: ParameterSet) -> None:
    half = parameters["recovery_repair_half_lesions_per_year"].value
    ways = [(32.0, 0.0), (32.0, half), (32.0, 10 * half), (50.0, 0.0)]
    quiet, halved, busy, older = (
        after_a_year(parameters, per_year=0.3, age_years=age, lesions_per_year=lesions).sum() for age, lesions in ways
    )
    assert 0.0 < quiet < halved < busy < DEFICIT.sum()
    assert quiet < older
    assert np.log(halved / DEFICIT.sum()) == pytest.approx(0.5 * np.log(quiet / DEFICIT.sum()), rel=0.02)
