"""The same patient and seed give the same trajectory, bit for bit, whatever the batch and the number of threads."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from regraft.course.course import Course
from regraft.course.simulate import simulate
from regraft.study.tables import Study
from regraft.trial.calendar import make_calendar
from regraft.trial.run import TrialPlan, run_batches

ARRAYS = ("relapses", "drugs", "weeks", "daily", "lymphocytes", "events")
RECORDS = ("records", "enrolled", "result")


def course_of(plan: TrialPlan, first: int, count: int, threads: int) -> Course:
    variant = make_calendar(plan.protocol, first, count, plan.seed).variant
    return simulate(plan.world(), first, variant, threads)


def assert_same_bits(one: Course, other: Course, at: int, other_at: int) -> None:
    for name in ARRAYS:
        assert getattr(one, name)[at].tobytes() == getattr(other, name)[other_at].tobytes(), name
    for name in RECORDS:
        assert getattr(one, name)[at].tobytes() == getattr(other, name)[other_at].tobytes(), name


@pytest.fixture(scope="module")
def many(plan: TrialPlan) -> Course:
    return course_of(plan, 0, 200, 2)


@settings(max_examples=25)
@given(number=st.integers(0, 199), threads=st.integers(1, 2))
def test_a_patient_alone_is_the_patient_among_two_hundred(
    plan: TrialPlan, many: Course, number: int, threads: int
) -> None:
    assert_same_bits(course_of(plan, number, 1, threads), many, 0, number)


@settings(max_examples=5)
@given(first=st.integers(0, 7).map(lambda block: 24 * block))
def test_a_trial_of_24_is_the_same_within_200_and_on_one_thread(plan: TrialPlan, many: Course, first: int) -> None:
    trial = course_of(plan, first, 24, 1)
    for i in range(24):
        assert_same_bits(trial, many, i, first + i)


def test_a_patient_far_out_is_the_same_alone_and_in_company(plan: TrialPlan) -> None:
    company = course_of(plan, 9_990, 10, 2)
    assert_same_bits(course_of(plan, 9_997, 1, 1), company, 0, 7)


def test_another_seed_gives_other_patients(plan: TrialPlan, many: Course) -> None:
    variant = np.zeros(3, np.int64)
    world = plan.world()
    other = simulate(type(world)(**{**{f: getattr(world, f) for f in world.__slots__}, "seed": 8}), 0, variant, 1)
    assert not np.array_equal(other.weeks[0], many.weeks[0], equal_nan=True)


def study_of(plan: TrialPlan, patients: int, batch: int, threads: int) -> dict[str, pl.DataFrame]:
    parts: list[Study] = [b.study for b in run_batches(plan, 0, patients, threads=threads, batch=batch)]
    return {name: pl.concat([p.tables[name] for p in parts], how="diagonal") for name in parts[0].tables}


def test_a_study_of_24_has_the_rows_of_the_first_24_of_200_in_every_table(plan: TrialPlan) -> None:
    small, large = study_of(plan, 24, 24, 1), study_of(plan, 200, 96, 2)
    first = small["subjects"]["subject_id"].implode()
    assert small["subjects"].height == 24
    for name, frame in small.items():
        same = large[name].filter(pl.col("subject_id").is_in(first)).select(frame.columns)
        assert_frame_equal(frame, same, check_exact=True)


def test_longer_follow_up_leaves_what_was_seen_before_as_it_was(plan: TrialPlan) -> None:
    longer = TrialPlan(
        protocol=plan.protocol, population=plan.population, parameters=plan.parameters, seed=plan.seed, years=4.0
    )
    shorter = TrialPlan(
        protocol=plan.protocol, population=plan.population, parameters=plan.parameters, seed=plan.seed, years=2.0
    )
    late, early = study_of(longer, 24, 24, 2), study_of(shorter, 24, 24, 2)
    known = early["visits"].join(late["visits"], on=["subject_id", "date"], suffix="_late")
    assert known.height == early["visits"].height
    assert known["edss"].equals(known["edss_late"])
