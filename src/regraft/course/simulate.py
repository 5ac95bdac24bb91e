"""Run patients: one scalar program each, in threads over small ranges, the same bits for any split.

The order of a life, written once: fall ill and live with the disease until a trial takes you (`candidate.enrol`), be
treated (`treatment.pathway.treat`), live on (`life.live_on`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from regraft.clinical.systems import System
from regraft.core.errors import ModelFault
from regraft.core.kernels import kernel
from regraft.core.parameters import ParameterSet
from regraft.course.course import ENROLLED, Course
from regraft.course.life import live_on
from regraft.course.ranges import refuse_empty_slots, run_in_ranges
from regraft.course.scratch import DRUGS_MAX, RELAPSES_MAX, Scratch, make_room
from regraft.disease.layout import ATTEMPT_WEEKS, Attack, Weekly
from regraft.disease.natural_history import WEEKS_PER_YEAR
from regraft.disease.smouldering import course_as_called
from regraft.enrolment.candidate import enrol, rate_edss
from regraft.enrolment.criteria import Recruitment
from regraft.patient.record import COVARIATES, record_dtype, spread_table
from regraft.physiology.signs import Daily
from regraft.physiology.world import DAYS, MAX_EVENTS
from regraft.treatment.pathway import treat
from regraft.treatment.plan import TreatmentPlans
from regraft.treatment.products import RESULT
from regraft.treatment.reconstitute import Weekly as Reconstituted

_EVENT_COLUMNS = 4  # code, first day, last day, grade
_PROGRESSIVE, _SINCE = int(Weekly.PROGRESSIVE), int(Weekly.PROGRESSIVE_SINCE_WEEK)
_BLADDER = int(System.BOWEL_BLADDER)


class Spreads(NamedTuple):
    """`SpreadTable` as a kernel takes it; `typical` has a row per parameter draw, or is the one row of a patient."""

    typical: NDArray[np.float64]
    kind: NDArray[np.int64]
    sigma: NDArray[np.float64]
    slot: NDArray[np.int64]
    partner: NDArray[np.int64]
    correlation: NDArray[np.float64]
    sought_kind: NDArray[np.int64]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All that is the same for every patient of a run.

    ``draws``, shape (draws, parameters), holds the typical values that trials live under: trial k, of
    ``patients_per_trial`` patients, under row k modulo the number of rows. None: all under ``parameters``.
    """

    parameters: ParameterSet
    recruitment: Recruitment
    plans: TreatmentPlans
    lead_days: float
    horizon_years: float
    seed: int
    patients_per_trial: int = 1
    draws: NDArray[np.float64] | None = None

    def draw_of(self, patients: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the row of ``draws`` that each patient lives under, shape (patients,)."""
        rows = 1 if self.draws is None else len(self.draws)
        return patients // self.patients_per_trial % rows

    @property
    def horizon_weeks(self) -> int:
        """Return the weeks that are lived after enrolment: waiting, treatment, and the years of follow-up."""
        return int(self.horizon_years * WEEKS_PER_YEAR) + 52


@kernel
def one_patient(
    seed: Any,
    patient: Any,
    lead_days: Any,
    recruitment: Any,
    spreads: Any,
    settings: Any,
    doses: Any,
    record: Any,
    out: Any,
    scratch: Any,
    body: Any,
    daily: Any,
    lymph: Any,
    events: Any,
    result: Any,
    weeks: Any,
) -> Any:
    """Live one patient's life; everything is written into the arrays given."""
    found = enrol(record, recruitment, spreads, scratch, seed, patient, out.candidates)
    out.candidates, out.clock, out.diagnosis_week = found.candidates, found.week, found.diagnosis_week
    out.drugs, out.relapses, out.relapses_before = found.drugs, found.relapses, found.relapses
    if found.week < 0:
        return
    out.edss = rate_edss(record, scratch, seed, patient, found.week)
    out.progressive = course_as_called(
        record, scratch.week[_PROGRESSIVE], scratch.week[_SINCE], found.week % ATTEMPT_WEEKS
    )
    age = scratch.row[0] + ((found.week % ATTEMPT_WEEKS) * 7.0 + lead_days) / 365.25
    out.treatment_events = treat(
        record,
        settings,
        doses,
        age,
        out.edss,
        scratch.grades[_BLADDER],
        seed,
        patient,
        body,
        daily,
        lymph,
        events,
        result,
    )
    end = live_on(record, recruitment, settings, found, lead_days, result, scratch, seed, patient, weeks)
    out.relapses, out.death_day, out.death_cause = end.relapses, end.death_day, end.cause


@kernel
def _some_patients(
    start: Any,
    stop: Any,
    first: Any,
    seed: Any,
    lead_days: Any,
    recruitment: Any,
    spreads: Any,
    draw: Any,
    variant: Any,
    settings: Any,
    doses: Any,
    room: Any,
    matrix: Any,
    records: Any,
    enrolled: Any,
    relapses: Any,
    drugs: Any,
    weeks: Any,
    daily: Any,
    lymph: Any,
    events: Any,
    result: Any,
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
        scratch = Scratch(
            matrix[i], room.state, room.clones, room.week, relapses[i], room.own, room.noise, room.grades, drugs[i]
        )
        one_patient(
            seed,
            first + i,
            lead_days,
            recruitment,
            own,
            settings[variant[i]],
            doses[variant[i]],
            records[i],
            enrolled[i],
            scratch,
            room.body,
            daily[i],
            lymph[i],
            events[i],
            result[i],
            weeks[i],
        )


def simulate(
    world: World,
    first: int,
    variant: NDArray[np.int64],
    threads: int = 1,
    on_done: Callable[[int], None] | None = None,
    seen: NDArray[np.int64] | None = None,
) -> Course:
    """Simulate patients ``first .. first + len(variant) - 1``.

    Parameters
    ----------
    world : World
        What is the same for all.
    first : int
        Number of the first patient in the endless sequence of patients.
    variant : int array, shape (patients,)
        Which version of the treatment each gets (0: the protocol, 1..: its amendments).
    threads : int
        Worker threads; the result does not depend on it.
    on_done : callable, optional
        Called with the number of patients just finished, for progress bars.
    seen : int array, shape (patients,), optional
        Candidates known, from a run that enrolled the same people, to be turned away for each slot: they are not lived
        again.

    Raises
    ------
    InputError
        Nobody in the population meets the eligibility criteria.
    ModelFault
        The treatment engine reported that it could not integrate a patient.
    """
    course, matrix = empty_course(world, first, len(variant))
    course.enrolled["candidates"] = 0 if seen is None else seen
    spreads = spreads_of(world)
    draw = world.draw_of(np.arange(first, first + len(variant), dtype=np.int64))

    def run(start: int, stop: int) -> int:
        _some_patients(
            start,
            stop,
            first,
            world.seed,
            world.lead_days,
            world.recruitment,
            spreads,
            draw,
            variant,
            world.plans.settings,
            world.plans.doses,
            make_room(),
            matrix,
            course.records,
            course.enrolled,
            course.relapses,
            course.drugs,
            course.weeks,
            course.daily,
            course.lymphocytes,
            course.events,
            course.result,
        )
        return stop - start

    run_in_ranges(run, len(variant), threads, on_done)
    refuse_empty_slots(course)
    failed = np.flatnonzero(course.enrolled["treatment_events"] < 0)
    if len(failed):
        raise ModelFault(
            f"the treatment of patient {first + failed[0]} (seed {world.seed}) could not be integrated; "
            "please report the two numbers and the protocol"
        )
    return course


def spreads_of(world: World) -> Spreads:
    """Return how parameters vary between patients, with a row of typical values per draw."""
    table = spread_table(world.parameters)
    typical = table.typical[np.newaxis, :] if world.draws is None else np.ascontiguousarray(world.draws)
    return Spreads(typical, table.kind, table.sigma, table.slot, table.partner, table.correlation, table.sought_kind)


def empty_course(world: World, first: int, count: int) -> tuple[Course, NDArray[np.float64]]:
    """Return a course with room for `count` patients, and its records seen as a matrix."""
    names = len(COVARIATES) + len(world.parameters.names)
    matrix = np.zeros((count, names))
    horizon = world.horizon_weeks
    course = Course(
        first=first,
        seed=world.seed,
        lead_days=world.lead_days,
        records=matrix.view(record_dtype(world.parameters))[:, 0],
        enrolled=np.zeros(count, ENROLLED),
        relapses=np.full((count, RELAPSES_MAX, len(Attack)), np.nan),
        drugs=np.full((count, DRUGS_MAX, 3), np.nan),
        weeks=np.full((count, horizon, len(Weekly)), np.nan),
        daily=np.full((count, DAYS, len(Daily)), np.nan),
        lymphocytes=np.full((count, horizon, len(Reconstituted)), np.nan),
        events=np.full((count, MAX_EVENTS, _EVENT_COLUMNS), np.nan),
        result=np.zeros(count, RESULT),
    )
    course.enrolled["death_day"] = np.nan
    return course, matrix
