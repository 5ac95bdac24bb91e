"""One rater at two moments agrees better than two raters at one moment, as far as the rater's own share says."""

import numpy as np
import pytest

from regraft.clinical.systems import System
from regraft.core.parameters import ParameterSet, load_parameters
from regraft.disease.disability import rater_errors
from regraft.patient.record import typical_patient
from regraft.verification.disease.people import Followed, draw_people, follow

SEED = 5


def people(parameters: ParameterSet, share: float) -> Followed:
    """Return people ten years after onset, followed for four weeks."""
    changed = parameters.replace({"disability_rater_own_share": share})
    records = draw_people(changed, "multiple-sclerosis", 600, SEED)
    return follow(records, np.arange(600), np.full(600, 520), 0.08, seed=SEED, stride=1)


def agreement(first: np.ndarray, second: np.ndarray) -> float:
    return float((first == second).mean())


def test_the_same_rater_agrees_better_than_two_and_two_agree_as_before() -> None:
    parameters = load_parameters()
    own, none = people(parameters, 0.9), people(parameters, 0.0)
    same = agreement(own.rated()[:, 0], own.rated()[:, 1])
    others = agreement(own.rated()[:, 0], own.rated(rater=1)[:, 0])
    assert same > others + 0.05
    assert others == pytest.approx(agreement(none.rated()[:, 0], none.rated(rater=1)[:, 0]), abs=0.06)
    assert agreement(none.rated()[:, 0], none.rated()[:, 1]) == pytest.approx(others, abs=0.08)


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_the_error_keeps_its_size_whatever_the_share(share: float) -> None:
    parameters = load_parameters().replace({"disability_rater_own_share": share})
    person = typical_patient(parameters)[0]
    sd = parameters["disability_rater_sd_grades"].value
    leaning, passing = np.zeros(7), np.ones(7)
    rater_errors(person, np.ones(7), leaning)
    rater_errors(person, np.zeros(7), passing)
    size = leaning**2 + passing**2
    assert size[System.PYRAMIDAL] == pytest.approx(sd**2)
    ratio = parameters["disability_rater_ratio_cerebellar"].value
    assert size[System.CEREBELLAR] == pytest.approx((ratio * sd) ** 2)
