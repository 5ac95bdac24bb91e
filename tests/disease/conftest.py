"""Cohorts that several tests look at; drawn once."""

import numpy as np
import pytest
from lives import Circumstances, Lives, live_many
from numpy.typing import NDArray

from regraft.core.parameters import ParameterSet, load_parameters
from regraft.core.streams import Address, Purpose, normal, uniform
from regraft.core.units import WEEKS_PER_YEAR
from regraft.disease.layout import Regimen
from regraft.patient.record import draw_effects, empty_matrix, records_of, spreads_of, write_person

SEED = 20161


def people(parameters: ParameterSet, count: int) -> NDArray[np.void]:
    """Draw people with relapsing MS: onset near 30, 70% women."""
    spreads, matrix = spreads_of(parameters), empty_matrix(parameters, count)
    for i in range(count):
        onset = 30.0 + 8.0 * normal(SEED, i, int(Purpose.COVARIATES), 0, 0)
        female = uniform(SEED, i, int(Purpose.COVARIATES), 0, 4) < 0.7
        write_person(matrix[i], float(np.clip(onset, 14.0, 50.0)), female, 168.0, 70.0)
        draw_effects(spreads, Address(SEED, i), 0, matrix[i])
    return records_of(matrix, parameters)


@pytest.fixture(scope="session")
def parameters() -> ParameterSet:
    return load_parameters()


@pytest.fixture(scope="session")
def population(parameters: ParameterSet) -> NDArray[np.void]:
    return people(parameters, 1200)


@pytest.fixture(scope="session")
def natural(population: NDArray[np.void]) -> Lives:
    """1,200 people, untreated for 38 years, looked at every fourth week."""
    return live_many(population, int(38 * WEEKS_PER_YEAR), seed=SEED)


@pytest.fixture(scope="session")
def weekly(population: NDArray[np.void]) -> Lives:
    """500 people, untreated for 15 years, looked at every week."""
    return live_many(population[:500], int(15 * WEEKS_PER_YEAR), seed=SEED, stride=1)


@pytest.fixture(scope="session")
def reset(population: NDArray[np.void]) -> Lives:
    """600 people, ablated with busulfan, cyclophosphamide and ATG 5 years after onset; every week for 15 years."""
    what = Circumstances(ablation_week=int(5 * WEEKS_PER_YEAR), log10_kill=6.0, regimen=Regimen.BUSULFAN)
    return live_many(population[:600], int(15 * WEEKS_PER_YEAR), seed=SEED, circumstances=what, stride=1)
