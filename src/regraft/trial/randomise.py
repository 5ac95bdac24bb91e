"""Randomisation by permuted blocks within strata, and the course of the arm that was drawn.

Every draw has an address of its own: trial, stratum, block and place in the block. The patients of a trial are taken in
the order of enrolment, so a later patient never changes an earlier one's arm.
"""

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regraft.core.streams import Purpose, uniform
from regraft.course.course import Course
from regraft.course.on_drugs import ROWS, TRIAL_DRUGS_MAX, simulate_on_drugs
from regraft.course.simulate import World, simulate
from regraft.therapy.drugs import drug_code
from regraft.trial.arms import Arm, ArmTreatment, Stratum
from regraft.trial.calendar import Calendar
from regraft.trial.protocol import Protocol

_RANDOMISATION = int(Purpose.RANDOMISATION)
_BLOCKS_PER_STRATUM = 1_000_000


def live_arms(
    protocol: Protocol, world: World, calendar: Calendar, threads: int, on_done: Callable[[int], None] | None = None
) -> tuple[Course, Calendar]:
    """Live everybody under every arm, draw arms, and return the courses of the arms drawn."""
    lived: list[Course] = []
    for one in protocol.arm:
        turned_away = lived[0].enrolled["candidates"] - 1 if lived else None  # nobody is searched for twice
        lived.append(_live(one, world, calendar, threads, on_done, turned_away))
    arm = allocate(protocol, calendar, lived[0], world.seed)
    starts = np.array(
        [np.nan if _is_transplanted(one) else float(one.starts_days_after_randomisation) for one in protocol.arm]
    )
    return choose(lived, arm), replace(calendar, arm=arm, drug_start_day=starts[arm])


def _live(
    arm: Arm,
    world: World,
    calendar: Calendar,
    threads: int,
    on_done: Callable[[int], None] | None,
    seen: NDArray[np.int64] | None,
) -> Course:
    if _is_transplanted(arm):
        return simulate(world, calendar.first, calendar.variant, threads, on_done, seen)
    plan = np.zeros(2 + TRIAL_DRUGS_MAX)
    plan[0], plan[1] = arm.starts_days_after_randomisation, arm.next_after_relapses
    plan[2 : 2 + len(arm.drugs)] = [drug_code(drug) for drug in arm.drugs]
    return simulate_on_drugs(world, calendar.first, len(calendar.patient), plan, threads, on_done, seen)


def _is_transplanted(arm: Arm) -> bool:
    return arm.treatment is ArmTreatment.TRANSPLANTATION


def allocate(protocol: Protocol, calendar: Calendar, course: Course, seed: int) -> NDArray[np.int64]:
    """Return the arm of every patient, shape (patients,)."""
    rules = protocol.randomisation
    block = [index for index, arm in enumerate(protocol.arm) for _ in range(arm.allocation)] * (
        rules.blocks if rules else 1
    )
    stratum = strata(protocol, course)
    taken: dict[tuple[int, int], int] = {}
    arm = np.zeros(len(calendar.patient), np.int64)
    for i, (trial, group) in enumerate(zip(calendar.trial.tolist(), stratum.tolist(), strict=True)):
        place = taken.get((trial, group), 0)
        taken[trial, group] = place + 1
        number, position = divmod(place, len(block))
        step = group * _BLOCKS_PER_STRATUM + number
        keys = [float(uniform(seed, trial, _RANDOMISATION, step, slot)) for slot in range(len(block))]
        arm[i] = block[int(np.argsort(keys, kind="stable")[position])]
    return arm


def strata(protocol: Protocol, course: Course) -> NDArray[np.int64]:
    """Return the stratum of every patient by what was seen at screening, shape (patients,)."""
    rules = protocol.randomisation
    group = np.zeros(len(course), np.int64)
    seen = {
        Stratum.SEX: course.records["patient_is_female"] > 0.5,
        Stratum.COURSE: course.enrolled["progressive"] > 0.5,
        Stratum.EDSS: course.enrolled["edss"] >= (rules.edss_limit if rules else 0.0),
    }
    for factor in rules.strata if rules else ():
        group = 2 * group + seen[Stratum(factor)]
    return group


def lean_of(protocol: Protocol, calendar: Calendar, course: Course) -> NDArray[np.float64]:
    """Return by how many grades raters lean at visits after baseline, shape (patients,).

    Towards the first arm where arms are not blinded; towards improvement where everybody is transplanted and raters
    know it.
    """
    rules = protocol.randomisation
    if not protocol.arm and not protocol.visits.raters_blinded:
        return np.where(course.result["transplanted"] > 0.5, -course.records["observation_assessor_bias_grades"], 0.0)
    if calendar.arm is None or rules is None or rules.raters_blinded:
        return np.zeros(len(calendar.patient))
    return np.where(calendar.arm == 0, -rules.assessor_bias_grades, rules.assessor_bias_grades)


def choose(courses: Sequence[Course], arm: NDArray[np.int64]) -> Course:
    """Return one course, each patient's from the arm drawn."""
    padded = [replace(course, drugs=_with_room(course.drugs)) for course in courses]
    parts: dict[str, Any] = {}
    for field in fields(Course):
        arrays = [getattr(course, field.name) for course in padded]
        if not isinstance(arrays[0], np.ndarray):
            continue
        chosen = arrays[0].copy()
        for index, array in enumerate(arrays):
            chosen[arm == index] = array[arm == index]
        parts[field.name] = chosen
    return replace(padded[0], **parts)


def _with_room(drugs: NDArray[np.float64]) -> NDArray[np.float64]:
    room = np.full((len(drugs), ROWS - drugs.shape[1], drugs.shape[2]), np.nan)
    return np.concatenate([drugs, room], axis=1)
