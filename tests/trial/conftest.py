"""One small trial plan that the tests of this folder share."""

import pytest
from plans import plan_of

from regraft.trial.run import TrialPlan


@pytest.fixture(scope="session")
def plan() -> TrialPlan:
    return plan_of("atkins-2016", seed=7, years=13.0)
