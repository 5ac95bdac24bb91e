"""A life on drugs after enrolment: the same person as under transplantation, never transplanted.

Drugs are taken in the order given; the next one starts when enough relapses came under the one before. The drug before
fades as its washout says, so a switch is neither a gap nor a double dose. Death is the same draw as in
`regraft.course.life`.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regraft.core.kernels import kernel
from regraft.course.course import Course
from regraft.course.life import ALIVE, End, die_in_week
from regraft.course.ranges import refuse_empty_slots, run_in_ranges
from regraft.course.scratch import DRUGS_MAX, Scratch, make_room, write_row
from regraft.course.simulate import Spreads, World, empty_course, spreads_of
from regraft.disease.layout import ATTEMPT_WEEKS, Weekly
from regraft.disease.natural_history import WEEKS_PER_YEAR, live_one_week
from regraft.disease.smouldering import course_as_called
from regraft.enrolment.candidate import enrol, rate_edss
from regraft.therapy.drugs import effect_of

TRIAL_DRUGS_MAX = 3
NO_DRUG = -1.0
ROWS = DRUGS_MAX + TRIAL_DRUGS_MAX
_PROGRESSIVE, _SINCE = int(Weekly.PROGRESSIVE), int(Weekly.PROGRESSIVE_SINCE_WEEK)
_COUNTS = frozenset(
    {
        "transplanted",
        "mobilisation_attempts",
        "apheresis_sessions",
        "backup_infused",
        "platelet_transfusions",
        "red_cell_transfusions",
        "busulfan_oral",
        "plerixafor_doses",
        "hospital_days",
        "intensive_care_days",
        "defibrotide_days",
        "late_death_cause",
        "death_cause",
        "steps",
        "rate_calls",
        "status",
    }
)


@kernel
def _effects(p: Any, drugs: Any, last: Any, week: Any) -> Any:
    """Return the multipliers of the drug being taken and of the fading one before it."""
    if last < 0:
        return 1.0, 1.0, 1.0
    lesion, relapse, smouldering = effect_of(p, int(drugs[last, 0]), week - drugs[last, 1], -1.0)
    if last == 0 or np.isnan(drugs[last - 1, 2]):
        return lesion, relapse, smouldering
    taken, since = week - drugs[last - 1, 1], week - drugs[last - 1, 2]
    fading = effect_of(p, int(drugs[last - 1, 0]), taken, max(since, 1e-9))
    return lesion * fading[0], relapse * fading[1], smouldering * fading[2]


@kernel
def _live_on(p: Any, recruitment: Any, found: Any, plan: Any, scratch: Any, seed: Any, patient: Any, weeks: Any) -> Any:
    """Live to death or the end of `weeks`; `plan` holds first day, relapses before a switch, and the drugs (0: none).

    A drug of `NO_DRUG` stops the one before and starts nothing.
    """
    write_row(scratch.week, weeks[0])
    relapses, given, counted = found.relapses, 0, 0
    last = found.drugs - 1
    onset_weeks = found.week % ATTEMPT_WEEKS
    first = max(1, int(plan[0] / 7.0))
    for j in range(1, weeks.shape[0]):
        clock, week = found.week + j, onset_weeks + j
        age = scratch.row[0] + week / WEEKS_PER_YEAR
        due = j == first or (given > 0 and plan[1] > 0.0 and relapses - counted >= plan[1])
        if due and given < TRIAL_DRUGS_MAX and plan[2 + given] != 0.0:
            if last >= 0:
                scratch.drugs[last, 2] = week
            last += 1
            scratch.drugs[last, 0], scratch.drugs[last, 1] = max(0.0, plan[2 + given]), week
            given, counted = given + 1, relapses
        lesion, relapse, smouldering = _effects(p, scratch.drugs, last, week)
        relapses = live_one_week(
            p,
            clock,
            age,
            lesion,
            relapse,
            smouldering,
            recruitment.steroid_share,
            seed,
            patient,
            scratch.state,
            scratch.clones,
            scratch.week,
            scratch.relapses,
            relapses,
        )
        write_row(scratch.week, weeks[j])
        day, cause = die_in_week(p, age, weeks, seed, patient, clock, j)
        if cause != ALIVE:
            return End(day, cause, relapses)
    return End(np.nan, ALIVE, relapses)


@kernel
def _some_patients(
    start: Any,
    stop: Any,
    first: Any,
    seed: Any,
    recruitment: Any,
    spreads: Any,
    draw: Any,
    plan: Any,
    room: Any,
    matrix: Any,
    records: Any,
    enrolled: Any,
    relapses: Any,
    drugs: Any,
    weeks: Any,
) -> Any:
    for i in range(start, stop):
        own = Spreads(
            spreads.typical[draw[i]],
            spreads.kind,
            spreads.sigma,
            spreads.slot,
            spreads.partner,
            spreads.correlation,
            spreads.sought_kind,
        )
        p, out = records[i], enrolled[i]
        scratch = Scratch(
            matrix[i], room.state, room.clones, room.week, relapses[i], room.own, room.noise, room.grades, drugs[i]
        )
        found = enrol(p, recruitment, own, scratch, seed, first + i, out.candidates)
        out.candidates, out.clock, out.diagnosis_week = found.candidates, found.week, found.diagnosis_week
        out.drugs, out.relapses, out.relapses_before = found.drugs, found.relapses, found.relapses
        if found.week < 0:
            continue
        out.edss = rate_edss(p, scratch, seed, first + i, found.week)
        out.progressive = course_as_called(
            p, scratch.week[_PROGRESSIVE], scratch.week[_SINCE], found.week % ATTEMPT_WEEKS
        )
        end = _live_on(p, recruitment, found, plan, scratch, seed, first + i, weeks[i])
        out.death_day, out.death_cause, out.relapses = end.death_day, end.cause, end.relapses


def simulate_on_drugs(
    world: World,
    first: int,
    count: int,
    plan: NDArray[np.float64],
    threads: int = 1,
    on_done: Callable[[int], None] | None = None,
    seen: NDArray[np.int64] | None = None,
) -> Course:
    """Live patients ``first .. first + count - 1`` on drugs; nobody is transplanted.

    Parameters
    ----------
    plan : float64 array, shape (2 + TRIAL_DRUGS_MAX,)
        Days from enrolment to the first dose, relapses after which the next drug is taken (0: never), and drugs by
        code; `NO_DRUG` stops the drug before.
    seen : int array, shape (count,), optional
        As for `regraft.course.simulate.simulate`.

    Raises
    ------
    InputError
        Nobody in the population meets the eligibility criteria.
    """
    course, matrix = empty_course(world, first, count)
    drugs = np.full((count, ROWS, 3), np.nan)
    course = replace(course, drugs=drugs)
    course.enrolled["candidates"] = 0 if seen is None else seen
    for name in course.result.dtype.names or ():
        if name not in _COUNTS and course.result.dtype[name] == np.float64:
            course.result[name] = np.nan
    spreads, draw = spreads_of(world), world.draw_of(np.arange(first, first + count, dtype=np.int64))

    def run(start: int, stop: int) -> int:
        _some_patients(
            start,
            stop,
            first,
            world.seed,
            world.recruitment,
            spreads,
            draw,
            plan,
            make_room(),
            matrix,
            course.records,
            course.enrolled,
            course.relapses,
            drugs,
            course.weeks,
        )
        return stop - start

    run_in_ranges(run, count, threads, on_done)
    refuse_empty_slots(course)
    return course
