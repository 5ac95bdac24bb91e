"""A small world that the tests of this folder share: the Atkins protocol, four years."""

import pytest

from regraft.core.parameters import load_parameters
from regraft.course.enrol import enrol
from regraft.course.people import People
from regraft.course.world import World
from regraft.patient.population import load_population
from regraft.trial.protocol import load_protocol
from regraft.trial.run import TrialPlan


@pytest.fixture(scope="session")
def world() -> World:
    protocol = load_protocol("atkins-2016")
    return TrialPlan(
        protocol=protocol,
        population=load_population(protocol.population),
        parameters=load_parameters(),
        seed=11,
        years=4.0,
    ).world()


@pytest.fixture(scope="session")
def people(world: World) -> People:
    """Patients 3 to 14."""
    return enrol(world, 3, 12)
