"""Live on from enrolment: one scalar program per patient, in threads over small ranges, the same bits for any split."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np

from regraft.core.arrays import Ints, Records
from regraft.core.errors import ModelFault
from regraft.course.course import ENROLLED, Course
from regraft.course.on_drugs import DrugLives, DrugPlan, Ward, live_some_on_drugs
from regraft.course.people import People, make_room
from regraft.course.ranges import Run, run_in_ranges
from regraft.course.transplanted import Clinic, Lives, transplant_some
from regraft.disease.illness import DRUGS_MAX, RELAPSES_MAX
from regraft.disease.layout import Attack, DrugTaken, Weekly
from regraft.physiology.signs import Daily
from regraft.physiology.world import DAYS, MAX_EVENTS, Episode
from regraft.treatment.products import RESULT, untreated
from regraft.treatment.reconstitute import Weekly as Reconstituted


@final
@dataclass(frozen=True, slots=True)
class Transplantation:
    """The treatment of the run's plans; ``variant``, shape (patients,), says which each gets (0: the protocol)."""

    variant: Ints


def live(
    people: People,
    care: Transplantation | DrugPlan,
    *,
    threads: int = 1,
    on_done: Callable[[int], None] | None = None,
) -> Course:
    """Live everybody from the day of enrolment to death or the horizon, transplanted or on drugs.

    Parameters
    ----------
    people : People
        As `regraft.course.enrol.enrol` found them; they may live again under another care.
    care : Transplantation or DrugPlan
        What they are given.
    threads : int
        Worker threads; the result does not depend on it.
    on_done : callable, optional
        Called with the number of patients just finished, for progress bars.

    Raises
    ------
    ModelFault
        The treatment engine reported that it could not integrate a patient.
    """
    course, run = begin_lives(people, care)
    run_in_ranges(run, len(people), threads, on_done)
    finish_lives(course)
    return course


def begin_lives(people: People, care: Transplantation | DrugPlan) -> tuple[Course, Run]:
    """Return the course of these people, not yet lived, and what lives a range of them."""
    world, first, lives_so_far = people.world, people.first, people.lives
    steroids = world.recruitment.steroid_share
    if isinstance(care, Transplantation):
        course = empty_course(people, np.zeros(len(people), RESULT))
        clinic = Clinic(world.seed, first, world.lead_days, steroids, world.plans.settings, world.plans.doses)
        lives = Lives(
            course.records,
            people.enrolled,
            lives_so_far,
            people.reading.grades,
            care.variant,
            course.enrolled,
            course.relapses,
            course.drugs,
            course.weeks,
            course.daily,
            course.lymphocytes,
            course.events,
            course.result,
        )

        def run(start: int, stop: int) -> int:
            transplant_some(start, stop, clinic, lives, make_room())
            return stop - start

        return course, run
    course = empty_course(people, untreated(len(people)))
    ward = Ward(world.seed, first, steroids, care)
    on_drugs = DrugLives(
        course.records, people.enrolled, lives_so_far, course.enrolled, course.relapses, course.drugs, course.weeks
    )

    def run_on_drugs(start: int, stop: int) -> int:
        live_some_on_drugs(start, stop, ward, on_drugs, make_room())
        return stop - start

    return course, run_on_drugs


def finish_lives(course: Course) -> None:
    """Raise ModelFault for a patient whose treatment could not be integrated."""
    failed = np.flatnonzero(course.enrolled["treatment_events"] < 0)
    if len(failed):
        raise ModelFault(
            f"the treatment of patient {course.first + failed[0]} (seed {course.seed}) could not be integrated; "
            "please report the two numbers and the protocol"
        )


def empty_course(people: People, result: Records) -> Course:
    """Return the course of people who have not yet lived on; `result` is what their treatment did so far."""
    count, horizon = len(people), people.world.horizon_weeks
    return Course(
        first=people.first,
        seed=people.world.seed,
        lead_days=people.world.lead_days,
        records=people.records,
        enrolled=np.zeros(count, ENROLLED),
        relapses=np.full((count, RELAPSES_MAX, len(Attack)), np.nan),
        drugs=np.full((count, DRUGS_MAX, len(DrugTaken)), np.nan),
        weeks=np.full((count, horizon, len(Weekly)), np.nan),
        daily=np.full((count, DAYS, len(Daily)), np.nan),
        lymphocytes=np.full((count, horizon, len(Reconstituted)), np.nan),
        events=np.full((count, MAX_EVENTS, len(Episode)), np.nan),
        result=result,
    )
