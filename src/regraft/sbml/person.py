"""Who the exported model is: the typical patient, or the very subject of `regraft run`, found as the run finds them."""

import re
from dataclasses import dataclass
from shlex import quote
from typing import final

import numpy as np
from numpy.typing import NDArray

from regraft.clinical.systems import System
from regraft.core.errors import InputError
from regraft.core.parameters import ParameterSet
from regraft.core.units import DAYS_PER_YEAR
from regraft.course.enrol import search
from regraft.course.people import People
from regraft.course.world import World
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
    people = _found(plan, world, patient, 1)
    weeks = int(people.weeks_since_onset[0])
    return Person(
        record=people.records,
        age_years=float(people.records["patient_onset_age_years"][0]) + (weeks * 7.0 + world.lead_days) / DAYS_PER_YEAR,
        edss=float(people.enrolled["edss"][0]),
        bladder_grade=float(people.reading.grades[0, System.BOWEL_BLADDER]),
        seed=plan.seed,
        patient=patient,
        variant=int(make_calendar(plan.protocol, patient, 1, plan.seed).variant[0]),
        title=f"{name} of `{_command(plan, number, protocol or plan.protocol.name)}`",
    )


def _command(plan: TrialPlan, number: int, protocol: str) -> str:
    """Return the command in whose tables the subject stands."""
    more = f" --patients {number}" if number > plan.protocol.patients else ""
    return f"regraft run {quote(protocol)}{more} --seed {plan.seed}"


def _found(plan: TrialPlan, world: World, first: int, count: int) -> People:
    """Search for `count` subjects from `first` on."""
    enrolled_on = make_calendar(plan.protocol, first, count, plan.seed).enrolment_day
    people, find = search(world, first, count, enrolled_on)
    find(0, count)
    empty = np.flatnonzero(people.enrolled["clock"] < 0)
    if len(empty):
        name = subject_ids(np.array([first + empty[0]]))[0]
        raise InputError(f"{name}: no candidate meets the criteria of {plan.protocol.name}; choose another subject")
    return people


def _refuse_other_arms(plan: TrialPlan, world: World, patient: int, name: str) -> None:
    """Refuse a subject whom randomisation, drawn as in the run, gave no transplantation."""
    first = patient - patient % plan.protocol.patients  # allocation looks at those enrolled earlier in the same trial
    count = patient - first + 1
    people = _found(plan, world, first, count)
    arms = allocate(plan.protocol, make_calendar(plan.protocol, first, count, plan.seed), people, plan.seed)
    arm = plan.protocol.arm[int(arms[-1])]
    if arm.treatment is not ArmTreatment.TRANSPLANTATION:
        raise InputError(f"--patient: {name} was allocated to {arm.name!r}, which is not transplanted; choose another.")
