"""The person taken has lived every week in full, though candidates are searched without their brain volume."""

from dataclasses import replace

import numpy as np
import pytest

from regraft.course import on_drugs
from regraft.course.on_drugs import NO_DRUG, TRIAL_DRUGS_MAX, simulate_on_drugs
from regraft.disease.layout import ATTEMPT_WEEKS, CLONES_MAX, STATE_SIZE, Attack, Clone, Weekly
from regraft.disease.natural_history import WEEKS_PER_YEAR, begin, look, pass_one_week
from regraft.therapy.drugs import Drug
from regraft.trial.run import TrialPlan

PATIENTS = 4


def test_the_day_of_enrolment_is_that_of_a_life_lived_in_full(plan: TrialPlan) -> None:
    world = replace(plan, years=0.0).world()
    none = int(Drug.NONE)
    never = world.recruitment._replace(first_drug=none, second_drug=none, third_drug=none)
    world = replace(world, recruitment=never)
    drugs = np.zeros(2 + TRIAL_DRUGS_MAX)
    drugs[2] = NO_DRUG
    course = simulate_on_drugs(world, 0, PATIENTS, drugs)
    for i in range(PATIENTS):
        p, found = course.records[i], course.enrolled[i]
        state, clones = np.zeros(STATE_SIZE), np.zeros((CLONES_MAX, len(Clone)))
        relapses, row, count = np.full((160, len(Attack)), np.nan), np.zeros(len(Weekly)), 0
        first = (found["candidates"] - 1) * ATTEMPT_WEEKS
        begin(p, world.seed, i, found["candidates"] - 1, state, clones)
        for week in range(1, found["clock"] - first + 1):
            age = p["patient_onset_age_years"] + week / WEEKS_PER_YEAR
            count = pass_one_week(
                p, first + week, age, 1.0, 1.0, 1.0, never.steroid_share, world.seed, i, state, clones, relapses, count
            )
        look(p, state, row)
        np.testing.assert_array_equal(row, course.weeks[i, 0])
        assert row[Weekly.BRAIN_VOLUME_CHANGE_PCT] < 0.0
        assert count == found["relapses_before"]


def test_those_turned_away_are_the_same_whether_or_not_they_have_organs_of_their_own(
    plan: TrialPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = replace(plan, years=0.0).world()
    drugs = np.zeros(2 + TRIAL_DRUGS_MAX)
    drugs[2] = NO_DRUG
    spreads = on_drugs.spreads_of(world)
    assert (spreads.sought_kind != spreads.kind).sum() > 30
    found = simulate_on_drugs(world, 0, 12, drugs)
    monkeypatch.setattr(on_drugs, "spreads_of", lambda _: spreads._replace(sought_kind=spreads.kind))
    in_full = simulate_on_drugs(world, 0, 12, drugs)
    assert found.enrolled.tobytes() == in_full.enrolled.tobytes()
    assert found.records.tobytes() == in_full.records.tobytes()
    assert found.enrolled["candidates"].max() > 5
