"""Who the exported model is: the typical patient, or the very subject of `regraft run`, found as the run finds them."""

import re
from dataclasses import dataclass, replace
from shlex import quote
from typing import final

import numpy as np
from numpy.typing import NDArray

from regraft.clinical.systems import System
from regraft.core.errors import InputError
from regraft.core.parameters import ParameterSet
from regraft.course.course import Course
from regraft.course.scratch import Scratch, make_room
from regraft.course.simulate import Spreads, World, empty_course, spreads_of
from regraft.disease.layout import ATTEMPT_WEEKS, Weekly
from regraft.disease.smouldering import course_as_called
from regraft.enrolment.candidate import Enrolled, enrol, rate_edss
from regraft.patient.record import typical_patient
from regraft.trial.arms import ArmTreatment
from regraft.trial.calendar import make_calendar
from regraft.trial.frames import subject_ids
from regraft.trial.randomise import allocate
from regraft.trial.run import TrialPlan

SUBJECTS_MAX = 1_000_000
_TYPICAL_AGE_YEARS = 34.0
_TYPICAL_EDSS = 4.5
_SUBJECT = re.compile(r"(?:SIM-)?([0-9]{1,7})", re.IGNORECASE)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person on the first day of mobilisation; `record` has shape (1,), `variant` is the version of the plan.

    `patient` is the address of the random numbers: one less than the number in the subject id.
    """

    record: NDArray[np.void]
    age_years: float
    edss: float
    bladder_grade: float
    variant: int
    seed: int
    patient: int
    title: str


def subject_number(text: str) -> int:
    """Return the number of a subject named as ``7`` or ``SIM-000007``, as the tables of `regraft run` number them.

    Raises
    ------
    InputError
        It is no such name, or the number is outside what a run can hold.

    Examples
    --------
    >>> subject_number("SIM-000007"), subject_number("7")
    (7, 7)
    """
    found = _SUBJECT.fullmatch(text.strip())
    number = int(found.group(1)) if found else 0
    if not 1 <= number <= SUBJECTS_MAX:
        raise InputError(
            f"--patient {text}: subjects of a run are SIM-000001, SIM-000002 and so on, up to {SUBJECTS_MAX:,}. "
            "Give the number (7) or the whole id (SIM-000007)."
        )
    return number


def typical_person(parameters: ParameterSet, *, seed: int) -> Person:
    """Return a man of 70 kg and 170 cm with every random effect at zero; daily chance follows the seed."""
    return Person(
        record=typical_patient(parameters),
        age_years=_TYPICAL_AGE_YEARS,
        edss=_TYPICAL_EDSS,
        bladder_grade=1.0,
        variant=0,
        seed=seed,
        patient=0,
        title="the typical patient (70 kg, 170 cm, all random effects zero)",
    )


def enrolled_person(plan: TrialPlan, number: int, protocol: str | None = None) -> Person:
    """Return subject `number` (from 1 on) of `regraft run` under the same plan, as found by screening.

    ``protocol``: the protocol as the command names it, a file of one's own by its path; None: by its name.

    Raises
    ------
    InputError
        No candidate could be enrolled under this number, or the subject was allocated to an arm without
        transplantation.
    """
    patient, world = number - 1, plan.world()
    name = str(subject_ids(np.array([patient]))[0])
    if plan.protocol.arm:
        _refuse_other_arms(plan, world, patient, name)
    course, found, grades = _screen(plan, world, patient, 1)
    weeks = int(found[0].week) % ATTEMPT_WEEKS
    return Person(
        record=course.records,
        age_years=float(course.records["patient_onset_age_years"][0]) + (weeks * 7.0 + world.lead_days) / 365.25,
        edss=float(course.enrolled["edss"][0]),
        bladder_grade=float(grades[0]),
        seed=plan.seed,
        patient=patient,
        variant=int(make_calendar(plan.protocol, patient, 1, plan.seed).variant[0]),
        title=f"{name} of `{_command(plan, number, protocol or plan.protocol.name)}`",
    )


def _command(plan: TrialPlan, number: int, protocol: str) -> str:
    """Return the command in whose tables the subject stands."""
    more = f" --patients {number}" if number > plan.protocol.patients else ""
    return f"regraft run {quote(protocol)}{more} --seed {plan.seed}"


def _screen(plan: TrialPlan, world: World, first: int, count: int) -> tuple[Course, list[Enrolled], list[float]]:
    """Search for `count` subjects from `first` on; return their records, enrolment and grade of the bladder."""
    course, matrix = empty_course(replace(world, horizon_years=0.0), first, count)
    everyone, rows = spreads_of(world), world.draw_of(np.arange(first, first + count, dtype=np.int64))
    found, grades = [], []
    for i in range(count):
        room = make_room()
        scratch = Scratch(
            matrix[i],
            room.state,
            room.clones,
            room.week,
            course.relapses[i],
            room.own,
            room.noise,
            room.grades,
            course.drugs[i],
        )
        spreads = Spreads(everyone.typical[rows[i]], *everyone[1:])
        one = enrol(course.records[i], world.recruitment, spreads, scratch, plan.seed, first + i, 0)
        if one.week < 0:
            name = subject_ids(np.array([first + i]))[0]
            raise InputError(f"{name}: no candidate meets the criteria of {plan.protocol.name}; choose another subject")
        course.enrolled["edss"][i] = rate_edss(course.records[i], scratch, plan.seed, first + i, one.week)
        week = one.week % ATTEMPT_WEEKS
        course.enrolled["progressive"][i] = course_as_called(
            course.records[i],
            scratch.week[int(Weekly.PROGRESSIVE)],
            scratch.week[int(Weekly.PROGRESSIVE_SINCE_WEEK)],
            week,
        )
        found.append(one)
        grades.append(float(scratch.grades[int(System.BOWEL_BLADDER)]))
    return course, found, grades


def _refuse_other_arms(plan: TrialPlan, world: World, patient: int, name: str) -> None:
    """Refuse a subject whom randomisation, drawn as in the run, gave no transplantation."""
    first = patient - patient % plan.protocol.patients  # allocation looks at those enrolled earlier in the same trial
    count = patient - first + 1
    course, _, _ = _screen(plan, world, first, count)
    arms = allocate(plan.protocol, make_calendar(plan.protocol, first, count, plan.seed), course, plan.seed)
    arm = plan.protocol.arm[int(arms[-1])]
    if arm.treatment is not ArmTreatment.TRANSPLANTATION:
        raise InputError(f"--patient: {name} was allocated to {arm.name!r}, which is not transplanted; choose another.")
