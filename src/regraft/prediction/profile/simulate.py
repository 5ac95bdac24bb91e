"""Of 100 simulated people with these features: what becomes of them untreated, on a drug, and transplanted.

The same people, found by living from the first symptom under the drugs of the population, go through every arm with the
same parameters and random streams. One denominator, one horizon. Not a prediction for any person.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import final

import numpy as np
import polars as pl

from regraft.core.arrays import Flags
from regraft.core.errors import InputError
from regraft.core.parameters import ParameterSet
from regraft.core.posterior import ParameterDraws, Posterior
from regraft.course.enrol import enrol
from regraft.course.live import Transplantation, live
from regraft.course.on_drugs import drug_plan
from regraft.course.world import World
from regraft.endpoints.definition import load_definition
from regraft.enrolment.candidate import CANDIDATES_MAX
from regraft.enrolment.criteria import Recruitment
from regraft.patient.population import EraDrug, Population, load_population
from regraft.prediction.between_draws import PEOPLE_PER_DRAW, Draws
from regraft.prediction.profile.features import Criterion, Features, Sex, Window, window_of, window_text
from regraft.prediction.profile.outcomes import outcomes
from regraft.prediction.profile.rows import ProfileRow, rows_of
from regraft.replication.intervals import shares_intervals_hold
from regraft.therapy.drugs import drug_code
from regraft.treatment.plan import compile_treatment
from regraft.trial.design import AgeRange, EdssRange, Eligibility, MsCourse
from regraft.trial.protocol import Protocol
from regraft.trial.recruit import recruitment_of
from regraft.trial.regimens import refuse_mix

POPULATION, DEFINITION = "platform-treated-ms", "consensus"
NOTICE = "Not a prediction for any person, not a medical device, not for choosing treatment."
DRUG_STARTS_DAYS = 14.0
_PEOPLE_PER_BATCH = 250
_FIRST_LOOK = 4  # people searched for before all are, so that an impossible profile is refused at once
_STUDY = "profile"  # a centre of its own, drawn anew with every draw of the parameters


class HighEfficacy(StrEnum):
    """Drugs that may stand in the middle."""

    OCRELIZUMAB = "ocrelizumab"
    OFATUMUMAB = "ofatumumab"
    NATALIZUMAB = "natalizumab"
    ALEMTUZUMAB = "alemtuzumab"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """How many numbers the simulation takes in, and how many of them are assumed or not verified in their source."""

    assumed_or_unverified: int
    total: int

    def __str__(self) -> str:
        return f"{self.assumed_or_unverified} of {self.total} inputs are assumed or unverified."


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What became of the same simulated people under three arms.

    ``screened`` is how many simulated lives were looked at to find them; ``draws`` how many draws of the parameters
    they lived under (1: typical values only), ``posterior`` the digest of those, and ``intervals_hold`` says what the
    intervals hold.
    """

    features: Features
    taken: str
    arms: tuple[str, str, str]
    regimen: str
    years: float
    people: int
    seed: int
    screened: int
    draws: int
    posterior: str | None
    inputs: Inputs
    rows: tuple[ProfileRow, ...]
    intervals_hold: str
    notice: str = NOTICE

    def row(self, key: str) -> ProfileRow:
        """Return a row by its key."""
        return next(row for row in self.rows if row.key == key)

    def to_frame(self) -> pl.DataFrame:
        """Return one row per outcome and arm: how many of 100, with the 95% interval."""
        rows = [
            {
                "outcome": row.key,
                "label": row.label,
                "arm": arm,
                "events": count.events,
                "people": count.people,
                "per_100": count.per_100,
                "low": count.low,
                "high": count.high,
            }
            for row in self.rows
            for arm, count in zip(self.arms, row.counts, strict=True)
        ]
        return pl.DataFrame(rows, infer_schema_length=None)

    def to_json(self) -> dict[str, object]:
        """Return the profile as one document."""
        return {"simulated": True, "latent": True, **asdict(self)}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: people, arms, horizon, and how many are simulated."""

    features: Features
    protocol: Protocol
    drug: HighEfficacy = HighEfficacy.OCRELIZUMAB
    years: float = 5.0
    people: int = 200
    seed: int = 2016


def profile(
    question: Question,
    parameters: ParameterSet,
    posterior: Posterior | None = None,
    *,
    threads: int = 1,
    on_done: Callable[[int], None] | None = None,
) -> Profile:
    """Simulate people with the features asked for under every arm.

    Raises
    ------
    InputError
        No simulated person has these features; the message names what keeps people out.
    """
    world = world_of(question, parameters, posterior)
    parts, screened = [], 0
    try:
        _screen(world, min(_FIRST_LOOK, question.people), threads)
        for first in range(0, question.people, _PEOPLE_PER_BATCH):
            count = min(_PEOPLE_PER_BATCH, question.people - first)
            arms, candidates = live_batch(world, question, first, count, threads, on_done)
            parts.append(arms)
            screened += candidates
    except InputError as problem:
        raise InputError(_who_excludes(question, world)) from problem
    arms = [{key: np.concatenate([part[arm][key] for part in parts]) for key in parts[0][arm]} for arm in range(3)]
    refuse_mix(question.protocol.name, question.protocol.treatment)
    drawn = None if posterior is None else _drawn(question, parameters, posterior)
    draws = None if drawn is None else Draws(world.draw_of(np.arange(question.people)))
    return Profile(
        features=question.features,
        taken=window_text(window_of(question.features)),
        arms=("without treatment", str(question.drug), "transplantation"),
        regimen=question.protocol.name,
        years=question.years,
        people=question.people,
        seed=question.seed,
        screened=screened,
        draws=1 if draws is None else draws.count,
        posterior=None if drawn is None else drawn.digest,
        inputs=inputs_of(parameters),
        intervals_hold=shares_intervals_hold(parameters, drawn, 1 if draws is None else draws.count, question.people),
        rows=rows_of(arms, question.features.sex is Sex.FEMALE, draws),
    )


def world_of(question: Question, parameters: ParameterSet, posterior: Posterior | None) -> World:
    """Return what is the same for everybody: the search for them, the treatment, and a draw of the parameters."""
    population = load_population(POPULATION)
    search = _search(window_of(question.features), question, population)
    if search is None:
        raise InputError(
            f"profile: --age {question.features.age_years:g} and --duration {question.features.duration_years:g} "
            "exclude "
            f"everybody: population {POPULATION} falls ill from {population.onset_age_years.minimum:g} years of age "
            "on. Give a shorter --duration."
        )
    drawn = None if posterior is None else _drawn(question, parameters, posterior)
    return World(
        parameters=parameters,
        recruitment=search,
        plans=compile_treatment(question.protocol.treatment),
        lead_days=float(question.protocol.treatment.mobilisation.start_days_after_enrolment),
        horizon_years=question.years,
        seed=question.seed,
        patients_per_trial=PEOPLE_PER_DRAW,
        draws=None if drawn is None else drawn.values,
        instead=None if drawn is None else drawn.instead,
    )


def _drawn(question: Question, parameters: ParameterSet, posterior: Posterior) -> ParameterDraws:
    return posterior.drawn(parameters, _STUDY, question.seed)


def compile_profile(question: Question, parameters: ParameterSet, posterior: Posterior | None) -> None:
    """Compile everything a profile needs, or load what was compiled: nobody is simulated."""
    world = world_of(question, parameters, posterior)
    nobody = enrol(world, 0, 0)
    live(nobody, drug_plan())
    live(nobody, Transplantation(np.zeros(0, np.int64)))


def inputs_of(parameters: ParameterSet) -> Inputs:
    """Count the parameters that are assumed, or recalled from a paper without having been checked in it."""
    unsure = sum(one.is_unsure for one in parameters.parameters)
    return Inputs(assumed_or_unverified=unsure, total=len(parameters.parameters))


def _search(window: Window, question: Question, population: Population) -> Recruitment | None:
    """Return the search for people; whom the trial behind the regimen took does not count here."""
    anybody = Eligibility(
        age_years=AgeRange(minimum=0, maximum=100),
        edss=EdssRange(minimum=0, maximum=9.5),
        courses=tuple(MsCourse),
        treated_years_minimum=0,
    )
    open_to_all = question.protocol.model_copy(update={"eligibility": anybody, "cohort": ()})
    return window.recruitment(recruitment_of(open_to_all, population), population, question.features.sex)


def _screen(world: World, count: int, threads: int) -> None:
    """Find the first few people; raise InputError if one place stays empty."""
    enrol(world, 0, count, threads=threads)


def live_batch(
    world: World,
    question: Question,
    first: int,
    count: int,
    threads: int,
    on_done: Callable[[int], None] | None = None,
) -> tuple[list[dict[str, Flags]], int]:
    """Return the outcomes of a batch under every arm, and how many simulated lives were looked at."""
    definition = load_definition(DEFINITION)
    people = enrol(world, first, count, threads=threads, on_done=on_done)  # the search takes longest
    lived = [outcomes(live(people, drug_plan(), threads=threads), question.years, definition)]
    for care in (
        drug_plan(drug_code(EraDrug(question.drug)), starts_day=DRUG_STARTS_DAYS),
        Transplantation(np.zeros(count, np.int64)),
    ):
        course = live(people, care, threads=threads, on_done=on_done)
        lived.append(outcomes(course, question.years, definition))
    return lived, int(people.enrolled["candidates"].sum())


def _who_excludes(question: Question, world: World) -> str:
    """Say which single criterion, opened, lets people in."""
    population, window = load_population(POPULATION), window_of(question.features)
    found = []
    for criterion in Criterion:
        search = _search(window.without(criterion), question, population)
        if search is None:
            continue
        try:
            _screen(replace(world, recruitment=search), 1, 1)
        except InputError:
            continue
        found.append(str(criterion))
    why = (
        f"Without {' or '.join(found)} there are people: choose another value there."
        if found
        else "No single criterion keeps them out, several do: choose features that go together."
    )
    return (
        f"profile: none, or too few, of {CANDIDATES_MAX:,} simulated lives for a place had these features "
        f"({window_text(window)}). {why}"
    )
