"""The person taken has lived every week in full, though candidates are searched without their brain volume."""

from dataclasses import replace

import numpy as np
import pytest

from regraft.core.streams import Address
from regraft.course.enrol import enrol
from regraft.course.live import live
from regraft.course.on_drugs import drug_plan
from regraft.disease.illness import Effects, make_life, relapses_of, week_at
from regraft.disease.layout import ATTEMPT_WEEKS, Weekly
from regraft.disease.natural_history import begin, look, pass_one_week
from regraft.therapy.drugs import Drug
from regraft.trial.run import TrialPlan

PATIENTS = 4


def test_the_day_of_enrolment_is_that_of_a_life_lived_in_full(plan: TrialPlan) -> None:
    world = replace(plan, years=0.0).world()
    none = int(Drug.NONE)
    never = world.recruitment._replace(first_drug=none, second_drug=none, third_drug=none)
    world = replace(world, recruitment=never)
    people, row = enrol(world, 0, PATIENTS), make_life().week
    course = live(people, drug_plan())
    for i in range(PATIENTS):
        p, found, who, ill = (
            people.records[i],
            people.enrolled[i],
            Address(world.seed, i),
            make_life().illness,
        )
        first = (found["candidates"] - 1) * ATTEMPT_WEEKS
        begin(p, found["candidates"] - 1, who, ill)
        for week in range(first + 1, found["clock"] + 1):
            pass_one_week(p, week_at(p, week), Effects(1.0, 1.0, 1.0, never.steroid_share), who, ill)
        look(p, ill.state, row)
        np.testing.assert_array_equal(row, course.weeks[i, 0])
        assert row[Weekly.BRAIN_VOLUME_CHANGE_PCT] < 0.0
        assert relapses_of(ill) == found["relapses_before"]


def test_those_turned_away_are_the_same_whether_or_not_they_have_organs_of_their_own(
    plan: TrialPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = replace(plan, years=0.0).world()
    spreads = world.spreads()
    varying = np.flatnonzero(spreads.kind)
    assert len(varying) - len(spreads.sought) > 30
    found = enrol(world, 0, 12)
    monkeypatch.setattr(type(world), "spreads", lambda _: spreads._replace(sought=varying))
    in_full = enrol(world, 0, 12)
    assert found.enrolled.tobytes() == in_full.enrolled.tobytes()
    assert found.records.tobytes() == in_full.records.tobytes()
    assert found.enrolled["candidates"].max() > 5
