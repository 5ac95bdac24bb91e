"""A small world that the tests of this folder share: the Atkins protocol, four years."""

import pytest
from plans import plan_of

from regraft.course.enrol import enrol
from regraft.course.people import People
from regraft.course.world import World


@pytest.fixture(scope="session")
def world() -> World:
    return plan_of("atkins-2016", seed=11, years=4.0).world()


@pytest.fixture(scope="session")
def people(world: World) -> People:
    """Patients 3 to 14."""
    return enrol(world, 3, 12)
