"""Randomisation by permuted blocks within strata, and the course of the arm that was drawn.

Every draw has an address of its own: trial, stratum, block and place in the block. The patients of a trial are taken in
the order of enrolment, so a later patient never changes an earlier one's arm.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import numpy as np

from regraft.core.arrays import Floats, Ints
from regraft.core.streams import Purpose, uniform
from regraft.course.course import Course
from regraft.course.enrol import enrol
from regraft.course.live import Transplantation, live
from regraft.course.on_drugs import DrugPlan, drug_plan
from regraft.course.people import People
from regraft.course.world import World
from regraft.therapy.drugs import Drug
from regraft.trial.arms import Arm, ArmTreatment, Stratum
from regraft.trial.calendar import EPOCH, Calendar, withdrawal_days
from regraft.trial.drug_mix import open_lists
from regraft.trial.protocol import Protocol

_RANDOMISATION = int(Purpose.RANDOMISATION)
_BLOCKS_PER_STRATUM = 1_000_000
_MIX = 2_000_000_000  # step of the draw of a list of drugs, beyond that of any block; the key is the patient


def live_arms(
    protocol: Protocol, world: World, calendar: Calendar, threads: int, on_done: Callable[[int], None] | None = None
) -> tuple[Course, Calendar]:
    """Live everybody under every arm, draw arms, and return the courses of the arms drawn."""
    people = enrol(world, calendar.first, len(calendar.patient), enrolled_on=calendar.enrolment_day, threads=threads)
    lived = [
        _live_arm(one, number, people, calendar, world.seed, threads, on_done)
        for number, one in enumerate(protocol.arm)
    ]
    arm = allocate(protocol, calendar, people, world.seed)
    withdrawal = withdrawal_days(protocol, calendar, arm, world.seed)
    starts = _starts(protocol)[arm]
    return choose(lived, arm), replace(calendar, arm=arm, drug_start_day=starts, withdrawal_day=withdrawal)


def live_every_arm(
    protocol: Protocol, world: World, calendar: Calendar, threads: int, on_done: Callable[[int], None] | None = None
) -> Iterator[tuple[Course, Calendar]]:
    """Yield the courses of everybody under each arm in turn; without arms, those under the one treatment."""
    people = enrol(world, calendar.first, len(calendar.patient), enrolled_on=calendar.enrolment_day, threads=threads)
    if not protocol.arm:
        yield live(people, Transplantation(calendar.variant), threads=threads, on_done=on_done), calendar
    for number, one in enumerate(protocol.arm):
        arm = np.full(len(people), number)
        withdrawal = withdrawal_days(protocol, calendar, arm, world.seed)
        own = replace(calendar, arm=arm, drug_start_day=_starts(protocol)[arm], withdrawal_day=withdrawal)
        yield _live_arm(one, number, people, calendar, world.seed, threads, on_done), own


def _starts(protocol: Protocol) -> Floats:
    """Return the day since enrolment on which each arm starts its drugs; not a number where it is transplanted."""
    return np.array(
        [np.nan if _is_transplanted(one) else float(one.starts_days_after_randomisation) for one in protocol.arm]
    )


def _live_arm(
    arm: Arm,
    number: int,
    people: People,
    calendar: Calendar,
    seed: int,
    threads: int,
    on_done: Callable[[int], None] | None,
) -> Course:
    """Return the lives of everybody under one arm; in a mix of drugs, each person's under the list drawn for them."""
    if _is_transplanted(arm):
        return live(people, Transplantation(calendar.variant), threads=threads, on_done=on_done)
    if not arm.mix:
        return live(people, _plan(arm, tuple(Drug[drug.name] for drug in arm.drugs)), threads=threads, on_done=on_done)
    drawn = drawn_drugs(arm, number, calendar, seed)
    different = sorted(set(drawn)) or [()]
    lived = [
        live(people, _plan(arm, drugs), threads=threads, on_done=on_done if drugs is different[0] else None)
        for drugs in different
    ]
    return choose(lived, np.array([different.index(drugs) for drugs in drawn], dtype=np.int64))


def _plan(arm: Arm, drugs: Sequence[Drug]) -> DrugPlan:
    return drug_plan(
        *drugs, starts_day=arm.starts_days_after_randomisation, switch_after_relapses=arm.next_after_relapses
    )


def drawn_drugs(arm: Arm, number: int, calendar: Calendar, seed: int) -> list[tuple[Drug, ...]]:
    """Return the drugs that each patient takes in arm `number`, a mix, in order; none before it was licensed."""
    drawn = []
    for patient, enrolled in zip(calendar.patient.tolist(), calendar.enrolment_day.tolist(), strict=True):
        lists = open_lists(arm.mix, EPOCH + timedelta(days=enrolled + arm.starts_days_after_randomisation))
        edges = np.cumsum([weight for weight, _ in lists])
        u = uniform(seed, patient, _RANDOMISATION, _MIX, number) * edges[-1]
        drawn.append(lists[min(int(np.searchsorted(edges, u, side="right")), len(lists) - 1)][1])
    return drawn


def _is_transplanted(arm: Arm) -> bool:
    return arm.treatment is ArmTreatment.TRANSPLANTATION


def allocate(protocol: Protocol, calendar: Calendar, people: Course | People, seed: int) -> Ints:
    """Return the arm of every patient, shape (patients,)."""
    rules = protocol.randomisation
    block = [index for index, arm in enumerate(protocol.arm) for _ in range(arm.allocation)] * (
        rules.blocks if rules else 1
    )
    stratum = strata(protocol, people)
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


def strata(protocol: Protocol, people: Course | People) -> Ints:
    """Return the stratum of every patient by what was seen at screening, shape (patients,)."""
    rules = protocol.randomisation
    group = np.zeros(len(people), np.int64)
    seen = {
        Stratum.SEX: people.records["patient_is_female"] > 0.5,
        Stratum.COURSE: people.enrolled["progressive"] > 0.5,
        Stratum.EDSS: people.enrolled["edss"] >= (rules.edss_limit if rules else 0.0),
    }
    for factor in rules.strata if rules else ():
        group = 2 * group + seen[Stratum(factor)]
    return group


def choose(courses: Sequence[Course], arm: Ints) -> Course:
    """Return one course, each patient's from the arm drawn."""
    parts: dict[str, Any] = {}
    for field in fields(Course):
        arrays = [getattr(course, field.name) for course in courses]
        if not isinstance(arrays[0], np.ndarray):
            continue
        chosen = arrays[0].copy()
        for index, array in enumerate(arrays):
            chosen[arm == index] = array[arm == index]
        parts[field.name] = chosen
    return replace(courses[0], **parts)
