"""People who live every arm of a protocol with the same luck, looked at as its trial would, as one table of endpoints.

Nobody drops out and no data are cut here: when a person comes, leaves or is last seen belongs to the trial that draws
them. In a protocol with arms time counts from enrolment, the day of randomisation; without, as its definitions say.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from itertools import pairwise
from typing import final

import numpy as np
import polars as pl

from regraft.analysis.arm_contrast import from_randomisation, intercurrent_days
from regraft.core.arrays import Floats
from regraft.core.kernel_digest import digest_of_sources
from regraft.core.parameters import ParameterSet
from regraft.core.posterior import ParameterDraws
from regraft.core.units import DAYS_PER_YEAR
from regraft.course.course import Course
from regraft.endpoints.catalogue import catalogue_of
from regraft.endpoints.clock import Clock, start_clock
from regraft.endpoints.definition import Definition, EfficacySet
from regraft.endpoints.endpoint import Subjects
from regraft.endpoints.outcome import Outcome, Status
from regraft.endpoints.relapses import counted, merged_relapses
from regraft.patient.population import load_population
from regraft.study.tables import Study
from regraft.trial.calendar import EPOCH, Calendar, make_calendar
from regraft.trial.plan import plan_trial
from regraft.trial.protocol import Protocol
from regraft.trial.randomise import live_every_arm
from regraft.trial.run import TrialPlan, live_trial, observe

SERIOUS_GRADE = 4  # CTCAE: life-threatening; 5 is death
RELAPSES = "relapses/days"
_COLUMNS = 2  # raised where the columns of a pool change
_SEEN_TO_THE_END_DAYS = 400  # beyond the horizon, so that the cut-off of the data never decides


@cache
def _version() -> tuple[str, str, str]:
    """Return what of the program decides the people, once: another version may be installed while this one runs."""
    return version("regraft"), digest_of_sources("trial"), digest_of_sources("endpoints")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Lives:
    """What decides the people of a pool, down to the last bit.

    Parameters
    ----------
    protocol : Protocol
        The trial; its amendments are history and left out.
    definitions : mapping of str to Definition
        Sets of definitions by name, of which all endpoints are derived.
    parameters : ParameterSet
        Values of the model.
    draws : ParameterDraws, optional
        Typical values that clusters live under in turn; None: those of `parameters`.
    cluster : int
        People of a cluster: cluster c lives under draw c modulo the number of draws.
    years : float
        Years for which everybody is seen after day zero.
    seed : int
        The same seed gives the same people.
    blocks : int
        People of a trial, where whole trials are lived as `regraft run` lives them: by the protocol's own calendar and
        amendments, each person in the arm drawn; clusters are then trials. 0: everybody lives every arm.
    """

    protocol: Protocol
    definitions: Mapping[str, Definition]
    parameters: ParameterSet
    draws: ParameterDraws | None
    cluster: int
    years: float
    seed: int
    blocks: int = 0

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms, the experimental one first; one empty name without arms."""
        return tuple(arm.name for arm in self.protocol.arm) or ("",)

    @property
    def digest(self) -> str:
        """What tells these people from any others: protocol, population, definitions, values, draws, model."""
        said = {
            "protocol": self.protocol.model_dump(mode="json", exclude={"name", "title", "patients", "estimand"}),
            "population": load_population(self.protocol.population).model_dump(mode="json"),
            "definitions": {name: one.model_dump(mode="json") for name, one in sorted(self.definitions.items())},
            "people": (self.cluster, self.years, self.seed, self.blocks, SERIOUS_GRADE, _COLUMNS),
            "version": _version(),
        }
        digest = blake2b(json.dumps(said, sort_keys=True).encode(), digest_size=10)
        digest.update(self.parameters.values.tobytes())
        if self.draws is not None:
            digest.update(self.draws.values.tobytes())
        return digest.hexdigest()

    def plan(self) -> TrialPlan:
        """Return the plan of an endless trial that nobody leaves and no cut-off ends; of blocks, the protocol's own."""
        protocol = self.protocol
        if self.blocks:
            own = protocol.model_copy(update={"patients": self.blocks})
            return plan_trial(own, self.parameters, self.seed, draws=self.draws)
        seen = timedelta(days=round(self.years * DAYS_PER_YEAR) + _SEEN_TO_THE_END_DAYS)
        accrual = protocol.accrual.model_copy(
            update={"data_cutoff": protocol.accrual.last_enrolment + seen, "annual_withdrawal_probability": 0.0}
        )
        treatment = protocol.treatment.model_copy(update={"amendment": ()})
        endless = protocol.model_copy(update={"accrual": accrual, "treatment": treatment, "patients": self.cluster})
        return plan_trial(endless, self.parameters, self.seed, years=self.years, draws=self.draws)


def live_people(
    lives: Lives, first: int, count: int, *, threads: int = 1, on_done: Callable[[int], None] | None = None
) -> pl.DataFrame:
    """Return people ``first .. first + count - 1`` under every arm, one row per person and arm.

    Columns: person, arm (its number), female, progressive, edss; days from day zero: zero_day (since enrolment),
    transplant_day, intercurrent_day, serious_day (null: never); and for every endpoint ``DEFINITION/NAME/status`` (a
    `Status`) and ``DEFINITION/NAME/day`` (null where unknown); and ``DEFINITION/relapses/days``, a list of them all.
    """
    plan = lives.plan()
    calendar = make_calendar(plan.protocol, first, count, plan.seed)
    if lives.blocks:
        return _live_blocks(lives, plan, calendar, threads, on_done)
    parts = []
    lived = live_every_arm(plan.protocol, plan.world(), calendar, threads, on_done)
    for number, (course, own) in enumerate(lived):
        parts.append(_rows(lives, plan, course, own, number))
    return pl.concat(parts)


def _live_blocks(
    lives: Lives, plan: TrialPlan, calendar: Calendar, threads: int, on_done: Callable[[int], None] | None
) -> pl.DataFrame:
    """Return whole trials as they are run: each person once with what became of them, unknown in the other arms.

    Columns beside those of `live_people`: ``given_arm``, and ``entered_day`` since the first enrolment of the plan.
    """
    course, calendar = live_trial(plan.protocol, plan.world(), calendar, threads, on_done)
    rows = _rows(lives, plan, course, calendar, 0)
    given = calendar.arm if lives.protocol.arm else np.zeros(len(rows), dtype=np.int64)
    entered = calendar.enrolment_day - (plan.protocol.accrual.first_enrolment - EPOCH).days
    rows = rows.with_columns(given_arm=pl.Series(given, dtype=pl.Int8), entered_day=pl.Series(entered, dtype=pl.Int32))
    own = pl.col("given_arm") == pl.col("arm")
    outcomes = [name for name in rows.columns if name.endswith("/status")]
    others = [name for name in rows.columns if name.endswith(("/day", "_day", RELAPSES)) and name != "entered_day"]
    known = [pl.when(own).then(pl.col(name)).alias(name) for name in (*outcomes, *others)]
    by_arm = [rows.with_columns(arm=pl.lit(k, dtype=pl.Int8)).with_columns(known) for k in range(len(lives.arms))]
    return pl.concat(by_arm).with_columns(pl.col(outcomes).fill_null(int(Status.UNKNOWN)))


def _rows(lives: Lives, plan: TrialPlan, course: Course, calendar: Calendar, arm: int) -> pl.DataFrame:
    study = observe(course, calendar, plan)
    whole = study.table("subjects").sort("subject_id")
    changed, grafted = intercurrent_days(study), _transplanted(study)
    if lives.protocol.arm:
        study = from_randomisation(study)
    clock = start_clock(study)
    zero = _days(whole["enrolment_date"], clock)
    columns: dict[str, pl.Series] = {
        "person": pl.Series(calendar.patient, dtype=pl.Int32),
        "arm": pl.Series(np.full(len(whole), arm), dtype=pl.Int8),
        "female": pl.Series(course.records["patient_is_female"] > 0.5),
        "progressive": pl.Series(course.enrolled["progressive"] > 0.5),
        "edss": pl.Series(course.enrolled["edss"], dtype=pl.Float32),
        "zero_day": whole_days(-zero),
        "transplant_day": whole_days(_days(grafted, clock)),
        "intercurrent_day": whole_days(
            np.array([changed.get(one, np.nan) for one in whole["subject_id"]], dtype=np.float64) + zero
        ),
        "serious_day": whole_days(_first_serious(study, clock)),
    }
    for name, definition in lives.definitions.items():
        for outcome in _outcomes(study, definition, clock, everybody=bool(lives.protocol.arm)):
            columns[f"{name}/{outcome.endpoint}/status"] = pl.Series(outcome.status, dtype=pl.Int8)
            known = np.where(outcome.status < Status.UNKNOWN, outcome.day, np.nan)
            columns[f"{name}/{outcome.endpoint}/day"] = whole_days(known)
        columns[f"{name}/{RELAPSES}"] = _relapse_days(study, definition, clock)
    return pl.DataFrame(columns)


def _outcomes(study: Study, definition: Definition, clock: Clock, *, everybody: bool) -> Iterator[Outcome]:
    if everybody:
        death = definition.death.model_copy(update={"efficacy_set": EfficacySet.ALL})
        definition = definition.model_copy(update={"death": death})
    subjects = Subjects(study=study, definition=definition, clock=clock)
    for endpoint in catalogue_of(definition).endpoints.values():
        yield endpoint.derive(subjects)


def _relapse_days(study: Study, definition: Definition, clock: Clock) -> pl.Series:
    """Return the days after day zero of every relapse that counts, a list for each subject."""
    found = merged_relapses(Subjects(study=study, definition=definition, clock=clock))
    assert found is not None  # a simulated study has the table
    counts = (counted(found, definition.relapse.count) == 1.0) & (found.day > 0.0)
    owner = found.owner()[counts]
    days = np.floor(found.day[counts]).astype(np.int16)
    edges = np.searchsorted(owner, np.arange(clock.count + 1))
    return pl.Series([days[a:b] for a, b in pairwise(edges)], dtype=pl.List(pl.Int16))


def _days(dates: pl.Series, clock: Clock) -> Floats:
    return np.asarray(clock.days_of(dates), dtype=np.float64)


def _transplanted(study: Study) -> pl.Series:
    """Return the date of the first reinfusion, null for who had none."""
    given = study.table("procedures").filter(pl.col("procedure") == "transplant")
    first = given.group_by("subject_id").agg(pl.col("date").min())
    people = study.table("subjects").select("subject_id").sort("subject_id")
    return people.join(first, on="subject_id", how="left", maintain_order="left")["date"]


def _first_serious(study: Study, clock: Clock) -> Floats:
    """Return the day of the first adverse event that threatened life, not a number for who had none."""
    bad = study.table("adverse_events").filter(pl.col("ctcae_grade") >= SERIOUS_GRADE)
    first = bad.group_by("subject_id").agg(pl.col("start_date").min())
    return _days(clock.subjects.join(first, on="subject_id", how="left", maintain_order="left")["start_date"], clock)


def whole_days(days: Floats) -> pl.Series:
    """Return days as small whole numbers; null where not a number."""
    return pl.Series(np.floor(days)).fill_nan(None).cast(pl.Int16)
