"""Live on from enrolment: on the ward, then a life at a time, in threads over ranges; any split has the same bits."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np

from regraft.clinical.systems import System
from regraft.core.arrays import Ints, Records
from regraft.core.errors import ModelFault
from regraft.core.lanes.vector import LANES
from regraft.core.units import DAYS_PER_WEEK, DAYS_PER_YEAR
from regraft.course.course import ENROLLED, Course
from regraft.course.on_drugs import DrugLives, DrugPlan, Ward, live_some_on_drugs
from regraft.course.people import People
from regraft.course.ranges import PATIENTS_PER_TASK, Run, run_in_ranges
from regraft.course.transplanted import Clinic, Lives, transplant_some
from regraft.disease.illness import DRUGS_MAX, RELAPSES_MAX, make_life
from regraft.disease.layout import Attack, DrugTaken, Weekly
from regraft.physiology.signs import Daily
from regraft.physiology.world import DAYS, MAX_EVENTS, Episode
from regraft.treatment.pathway import Charts
from regraft.treatment.products import RESULT, untreated
from regraft.treatment.reconstitute import Weekly as Reconstituted
from regraft.treatment.ward import Treated, Treatment, make_ward, treat_some

PATIENTS_ON_A_WARD = 8 * LANES  # one after another; fewer leave lanes empty at the end


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
    most = PATIENTS_ON_A_WARD if isinstance(care, Transplantation) else PATIENTS_PER_TASK
    run_in_ranges(run, len(people), threads, on_done, most)
    finish_lives(course)
    return course


def begin_lives(people: People, care: Transplantation | DrugPlan) -> tuple[Course, Run]:
    """Return the course of these people, not yet lived, and what lives a range of them."""
    world, first, lives_so_far = people.world, people.first, people.lives
    steroids = world.recruitment.steroid_share
    if isinstance(care, Transplantation):
        return _begin_transplantations(people, care)
    course = empty_course(people, untreated(len(people)))
    ward = Ward(world.seed, first, steroids, care)
    on_drugs = DrugLives(
        course.records, people.enrolled, lives_so_far, course.enrolled, course.relapses, course.drugs, course.weeks
    )

    def run_on_drugs(start: int, stop: int) -> int:
        live_some_on_drugs(start, stop, ward, on_drugs, make_life(relapses=0))
        return stop - start

    return course, run_on_drugs


def _begin_transplantations(people: People, care: Transplantation) -> tuple[Course, Run]:
    """Return the course of these people, not yet lived, and what treats a range of them and lets it live on."""
    world, first, count = people.world, people.first, len(people)
    course = empty_course(people, np.zeros(count, RESULT))
    treatment = Treatment(world.seed, world.plans.settings, world.plans.doses)
    treated = Treated(
        ids=first + np.arange(count),
        records=course.records,
        variant=care.variant,
        age_years=np.zeros(count),
        edss=np.zeros(count),
        bladder_grade=np.zeros(count),
        charts=Charts(course.daily, course.lymphocytes, course.events),
        result=course.result,
        n_events=np.zeros(count, np.int64),
    )
    clinic = Clinic(world.seed, first, world.lead_days, world.recruitment.steroid_share, world.plans.settings)
    lives = Lives(
        course.records,
        people.enrolled,
        people.lives,
        care.variant,
        course.result,
        treated.n_events,
        course.enrolled,
        course.relapses,
        course.drugs,
        course.weeks,
    )

    def run(start: int, stop: int) -> int:
        some = slice(start, stop)  # only now they have been found
        days = people.weeks_since_onset[some] * DAYS_PER_WEEK + world.lead_days
        treated.age_years[some] = course.records["patient_onset_age_years"][some] + days / DAYS_PER_YEAR
        treated.edss[some] = people.enrolled["edss"][some]
        treated.bladder_grade[some] = people.reading.grades[some, System.BOWEL_BLADDER]
        treat_some(start, stop, treatment, treated, make_ward())
        transplant_some(start, stop, clinic, lives, make_life(relapses=0))
        return stop - start

    return course, run


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
