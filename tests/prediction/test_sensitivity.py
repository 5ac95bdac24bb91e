"""What the sensitivity analysis reads at each point: the outcome it names, of the same patients."""

import numpy as np
import pytest
from plans import plan_of

from regraft.calibration.priors import load_priors
from regraft.core.jobs import ONE_THREAD
from regraft.prediction.sensitivity import OUTCOMES, outcomes_at

VARIED = ("smouldering_rate_per_year", "mortality_centre_and_era_factor")


@pytest.fixture(scope="module")
def shown() -> dict[str, np.ndarray]:
    plan = plan_of("atkins-2016", seed=2016)
    quantities = {one.name: one for one in load_priors()}
    points = np.array([[-1.645, -1.645], [1.645, -1.645], [-1.645, 1.645], [-1.645, -1.645]])
    return outcomes_at(plan, tuple(quantities[name] for name in VARIED), points, 60, ONE_THREAD)


def test_the_same_point_shows_the_same_patients(shown: dict[str, np.ndarray]) -> None:
    for name in OUTCOMES:
        assert shown[name][0] == shown[name][3]


def test_faster_smouldering_leaves_fewer_free_of_activity_and_fewer_improved(shown: dict[str, np.ndarray]) -> None:
    assert shown["activity-free survival"][0] > shown["activity-free survival"][1] + 5.0
    assert shown["sustained EDSS improvement"][0] > shown["sustained EDSS improvement"][1] + 5.0


def test_a_worse_centre_loses_more_people_to_treatment(shown: dict[str, np.ndarray]) -> None:
    assert shown["treatment-related death"][2] > shown["treatment-related death"][0]
    assert shown["activity-free survival"][2] < shown["activity-free survival"][0]
