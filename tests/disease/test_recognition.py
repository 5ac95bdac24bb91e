"""Progression is called by its name years after it set in; from onset only primary progressive MS is."""

import numpy as np
import pytest
from lives import live_many

from regraft.core.parameters import ParameterSet
from regraft.disease.layout import MsCourseCode, Weekly
from regraft.disease.smouldering import course_as_called
from regraft.patient.record import typical_patient

RELAPSING, SECONDARY, PRIMARY = (float(course) for course in MsCourseCode)


@pytest.mark.parametrize(
    ("course", "years", "called"),
    [
        (RELAPSING, 30.0, RELAPSING),
        (SECONDARY, 0.0, RELAPSING),
        (SECONDARY, 2.8, RELAPSING),
        (SECONDARY, 3.0, SECONDARY),
        (PRIMARY, 0.0, PRIMARY),
    ],
)
def test_secondary_progression_is_called_so_after_the_years_of_doubt(
    parameters: ParameterSet, course: float, years: float, called: float
) -> None:
    (patient,) = typical_patient(parameters)
    assert patient["smouldering_recognition_years"] == 2.9
    assert course_as_called(patient, course, 400.0, 400.0 + years * 365.25 / 7.0) == called


def test_the_week_of_progression_stays_what_it_was(parameters: ParameterSet) -> None:
    lives = live_many(np.repeat(typical_patient(parameters), 60), 1560, seed=5, stride=13)
    course, since = lives.rows[:, :, Weekly.PROGRESSIVE], lives.rows[:, :, Weekly.PROGRESSIVE_SINCE_WEEK]
    assert (since[course < 0.5] == -1.0).all()
    turned = course[:, -1] > 0.5
    assert turned.any()
    for person in np.flatnonzero(turned):
        first = np.flatnonzero(course[person] > 0.5)[0]
        assert (since[person, first:] == since[person, -1]).all()
        assert 13 * first <= since[person, -1] < 13 * (first + 1)


def test_nobody_is_secondary_progressive_below_the_edss_of_registries(parameters: ParameterSet) -> None:
    lives = live_many(np.repeat(typical_patient(parameters), 80), 1820, seed=6, stride=4)
    course, edss = lives.rows[:, :, Weekly.PROGRESSIVE], lives.rows[:, :, Weekly.TRUE_EDSS]
    turned = np.flatnonzero(course[:, -1] > 0.5)
    at = (course[turned] > 0.5).argmax(axis=1)
    assert turned.size > 20
    assert np.quantile(edss[turned, at], 0.05) >= 4.0


def test_sex_sets_the_pace_of_slow_loss_but_in_primary_progressive_disease(parameters: ParameterSet) -> None:
    lost = {}
    for primary in (0.0, 1.0):
        for female in (False, True):
            people = np.repeat(typical_patient(parameters, is_female=female), 30)
            people["patient_is_primary_progressive"] = primary
            people["lesions_rate_per_year"] = 1e-9
            lives = live_many(people, 1040, seed=7, stride=52)
            lost[primary, female] = lives.rows[:, -1, Weekly.GRADUAL_GRADES].mean()
    assert lost[1.0, True] == pytest.approx(lost[1.0, False])
    assert lost[0.0, False] > 1.2 * lost[0.0, True]
