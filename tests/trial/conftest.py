"""One small trial plan that the tests of this folder share."""

import pytest

from regraft.core.parameters import load_parameters
from regraft.patient.population import load_population
from regraft.trial.protocol import load_protocol
from regraft.trial.run import TrialPlan


@pytest.fixture(scope="session")
def plan() -> TrialPlan:
    protocol = load_protocol("atkins-2016")
    return TrialPlan(
        protocol=protocol,
        population=load_population(protocol.population),
        parameters=load_parameters(),
        seed=7,
        years=13.0,
    )
