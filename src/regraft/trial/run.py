"""Run a trial: search for patients, live their lives, look at them as the trial would, and hand over study tables."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from typing import final

import polars as pl

from regraft.core.arrays import Floats
from regraft.core.parameters import ParameterSet
from regraft.core.posterior import ParameterDraws
from regraft.core.units import DAYS_PER_MONTH
from regraft.course.course import Course
from regraft.course.simulate import simulate
from regraft.course.world import World
from regraft.patient.population import Population
from regraft.study.tables import Study, StudyAbout
from regraft.treatment.plan import compile_treatment
from regraft.trial import tables_aftercare, tables_disease, tables_graft, tables_treatment
from regraft.trial.calendar import Calendar, make_calendar
from regraft.trial.frames import stack
from regraft.trial.labs import observe_labs
from regraft.trial.observed import Observed
from regraft.trial.protocol import Protocol
from regraft.trial.randomise import live_arms
from regraft.trial.recruit import recruitment_of
from regraft.trial.scans import Scanned, ScanRules, no_scans, observe_scans
from regraft.trial.schedule import due_days
from regraft.trial.visits import Visited, VisitRules, no_visits, observe_visits


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TrialPlan:
    """Everything that decides a simulated trial, down to the last bit; `threads` alone does not.

    ``draws``: typical values under which whole trials live in turn (see `World`); None: those of ``parameters``.
    """

    protocol: Protocol
    population: Population
    parameters: ParameterSet
    seed: int
    years: float
    draws: ParameterDraws | None = None

    def world(self) -> World:
        """Return what is the same for every patient."""
        return World(
            parameters=self.parameters,
            recruitment=recruitment_of(self.protocol, self.population),
            plans=compile_treatment(self.protocol.treatment),
            lead_days=float(self.protocol.treatment.mobilisation.start_days_after_enrolment),
            horizon_years=self.years,
            seed=self.seed,
            patients_per_trial=self.protocol.patients,
            draws=None if self.draws is None else self.draws.values,
            instead=None if self.draws is None else self.draws.instead,
        )


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A range of patients: their latent course, and the study the trial made of it."""

    course: Course
    study: Study


def run_batches(
    plan: TrialPlan,
    first: int,
    count: int,
    *,
    threads: int,
    batch: int,
    on_done: Callable[[int], None] | None = None,
) -> Iterator[Batch]:
    """Yield batches of patients ``first .. first + count - 1``, at most `batch` at a time: memory is bounded."""
    world = plan.world()

    def live(start: int) -> tuple[Course, Calendar]:
        calendar = make_calendar(plan.protocol, start, min(batch, first + count - start), plan.seed)
        return live_trial(plan.protocol, world, calendar, threads, on_done)

    starts = range(first, first + count, batch)
    with ThreadPoolExecutor(1) as ahead:  # the next batch is lived while the last one is looked at
        coming = ahead.submit(live, starts[0]) if count > 0 else None
        for following in [*starts[1:], None]:
            if coming is None:
                return
            course, calendar = coming.result()
            coming = None if following is None else ahead.submit(live, following)
            yield Batch(course=course, study=observe(course, calendar, plan))


def live_trial(
    protocol: Protocol, world: World, calendar: Calendar, threads: int, on_done: Callable[[int], None] | None = None
) -> tuple[Course, Calendar]:
    """Live the patients of a calendar.

    Under the one treatment of the protocol, or under the arm that is drawn for them.
    """
    if protocol.arm:
        return live_arms(protocol, world, calendar, threads, on_done)
    enrolled_on = calendar.enrolment_day
    return simulate(world, calendar.first, calendar.variant, threads, on_done, enrolled_on=enrolled_on), calendar


def compile_trial(plan: TrialPlan) -> None:
    """Compile everything a trial needs, or load what was compiled: a trial of nobody goes all the way."""
    calendar = make_calendar(plan.protocol, 0, 0, plan.seed)
    course, calendar = live_trial(plan.protocol, plan.world(), calendar, 1)
    observe(course, calendar, plan)


def observe(course: Course, calendar: Calendar, plan: TrialPlan) -> Study:
    """Turn latent courses into the tables a sponsor would receive."""
    trial = Observed.of(plan.protocol, course, calendar, plan.years)
    visits, systems = tables_disease.visits(_visits(trial), trial.roster)
    drugs = stack([tables_disease.earlier_drugs(trial), tables_disease.trial_drugs(trial)])
    labs = observe_labs(trial)
    prevented, cared_for = tables_aftercare.aftercare(trial, labs)
    tables: dict[str, pl.DataFrame] = {
        "subjects": tables_disease.subjects(trial),
        "visits": visits,
        "functional_systems": systems,
        "relapses": tables_disease.relapses(trial),
        "mri_scans": tables_disease.scans(_scans(trial), trial.roster),
        "exposures": stack([drugs, tables_disease.steroids(trial), tables_treatment.doses(trial), prevented]),
        "procedures": stack([tables_treatment.procedures(trial), cared_for]),
        "grafts": tables_graft.grafts(trial),
        "labs": labs,
        "adverse_events": tables_treatment.adverse_events(trial),
        "dispositions": tables_disease.dispositions(trial),
    }
    return Study(tables, about(plan))


def about(plan: TrialPlan) -> StudyAbout:
    """Return what the study says of itself."""
    return StudyAbout(
        title=f"SIMULATED: {plan.protocol.title}",
        simulated=True,
        source="regraft simulation",
        protocol=plan.protocol.name,
        seed=plan.seed,
        version=version("regraft"),
        notes=("Every subject is simulated; no row describes a person.",),
    )


def _visits(trial: Observed) -> Floats:
    course, follow_up, rules = trial.course, trial.follow_up, trial.protocol.visits
    due = due_days(rules, trial.years)
    visited = Visited(
        course.records,
        course.enrolled,
        course.weeks,
        course.relapses,
        follow_up.anchor_day,
        follow_up.baseline_day,
        follow_up.end_day,
        trial.assessor_bias_grades,
        no_visits(len(course), due),
    )
    kept = VisitRules(course.seed, course.first, due, float(rules.window_days), rules.missed_probability)
    return observe_visits(kept, visited)


def _scans(trial: Observed) -> Floats:
    course, follow_up, mri = trial.course, trial.follow_up, trial.protocol.mri
    due = due_days(mri, trial.years)
    rules = ScanRules(
        course.seed,
        course.first,
        due,
        mri.baseline_scans,
        mri.rebaseline_months * DAYS_PER_MONTH,
        float(mri.window_days),
        mri.missed_probability,
        mri.unreadable_probability,
        int(mri.gd),
    )
    scanned = Scanned(
        course.records,
        course.enrolled,
        course.weeks,
        follow_up.anchor_day,
        follow_up.second_scan_day,
        follow_up.end_day,
        no_scans(len(course), due),
    )
    return observe_scans(rules, scanned)
