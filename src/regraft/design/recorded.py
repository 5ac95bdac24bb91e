"""The statistic of a design, read from the tables of a real trial (or a simulated study): what `final` is given.

Time counts from enrolment where there are two arms, from the study's day zero where there is one; people are seen up to
the time of the estimand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import polars as pl
from scipy.special import bdtrc, ndtri

from regraft.analysis.arm_contrast import applied, from_enrolment, intercurrent_days
from regraft.analysis.arrays import BoolArray, FloatArray
from regraft.analysis.rmst import restricted_mean
from regraft.analysis.weighted_log_rank import GRhoGamma, max_combo, weighted_log_rank
from regraft.core.errors import InputError, nearest
from regraft.design.file import DeathCounts, Design, Question, TestName
from regraft.design.outcomes.exact_tables import boschloo_p, fisher_tail
from regraft.design.single_arm.one_sample_log_rank import exact_poisson_p
from regraft.endpoints.definition import Definition
from regraft.endpoints.derive import derive
from regraft.study.tables import Study

_DAYS_PER_YEAR = 365.25


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedStatistic:
    """z, positive for the first arm; the people and events it was read from, and people whose outcome is unknown."""

    z: float
    people: int
    events: int
    unknown: int


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answered:
    """The answers of subjects, shape (subjects,): days watched, event, of the first arm or not; how many have none."""

    time: FloatArray
    event: BoolArray
    first: BoolArray
    unknown: int


def recorded_statistic(design: Design, study: Study, definitions: Definition, arms: Sequence[str]) -> RecordedStatistic:
    """Return the statistic of a design's test from recorded data.

    Parameters
    ----------
    definitions : Definition
        By which the endpoint is derived.
    arms : sequence of str
        Names of the arms in the study, the experimental one first; empty for one arm.

    Raises
    ------
    InputError
        The design words no estimand of its own, an arm nobody is in, an endpoint that was not recorded, or a test that
        is not read from tables.
    """
    name = design.hypothesis.estimand
    question = next((one for one in design.estimand if one.name == name), None)
    if question is None:
        raise InputError(
            f"hypothesis.estimand = {name!r}: add [[estimand]] with endpoint, years and death to the file."
        )
    answered = answer(study, definitions, question, arms)
    z = _z(design, question, answered)
    return RecordedStatistic(z=z, people=answered.time.size, events=int(answered.event.sum()), unknown=answered.unknown)


def answer(study: Study, definitions: Definition, question: Question, arms: Sequence[str]) -> Answered:
    """Return what became of everybody, with deaths and intercurrent events as the question has them."""
    derived = from_enrolment(study, definitions) if arms else derive(study, definitions)
    every = derived.events.join(study.table("subjects").select("subject_id", "arm"), on="subject_id")
    rows = every.filter(pl.col("endpoint") == question.endpoint).sort("subject_id")
    known = {one for one in rows["arm"].unique().to_list() if one is not None}
    if question.endpoint not in derived.catalogue.endpoints:
        said = nearest(question.endpoint, derived.catalogue.endpoints)
        raise InputError(f"endpoint {question.endpoint!r}: the definitions {definitions.name} derive none. {said}")
    missing = [one for one in arms if one not in known]
    if missing:
        raise InputError(f"arms: nobody is in {missing[0]!r}. {nearest(missing[0], known) if known else ''}")
    if arms:
        rows = rows.filter(pl.col("arm").is_in(list(arms)))
    died = every.filter((pl.col("endpoint") == "death") & (pl.col("status") == "event"))
    deaths = dict(zip(died["subject_id"], died["time_days"], strict=True))
    death = np.array([deaths.get(one, np.inf) for one in rows["subject_id"]], dtype=np.float64)
    event = (rows["status"] == "event").to_numpy()
    sure = (rows["status"] != "unknown").to_numpy()
    time: FloatArray = np.where(sure, rows["time_days"].fill_null(0.0).to_numpy(), np.inf)
    time, event, sure = _with_deaths(time, event, sure, death, question.death)
    changed = intercurrent_days(study)
    days = np.array([changed.get(one, np.inf) for one in rows["subject_id"]], dtype=np.float64)
    time, event = applied(time.astype(np.float64), event, days, question.strategy)
    horizon = question.years * _DAYS_PER_YEAR
    seen = np.minimum(time, horizon)
    first = (rows["arm"] == arms[0]).fill_null(value=False).to_numpy() if arms else np.ones(len(rows), dtype=np.bool_)
    return Answered(
        time=seen[sure], event=(event & (time <= horizon))[sure], first=first[sure], unknown=int((~sure).sum())
    )


def _with_deaths(
    time: FloatArray, event: BoolArray, sure: BoolArray, death: FloatArray, counts: DeathCounts
) -> tuple[FloatArray, BoolArray, BoolArray]:
    """Return times, events and who is known, deaths given their meaning."""
    first = death < np.where(event, time, np.inf)
    if counts is DeathCounts.EVENT:
        return np.where(first, death, time), event | first, sure | first
    if counts is DeathCounts.COMPETING:
        return np.where(first, np.inf, time), event & ~first, sure
    return np.where(first, np.minimum(time, death), time), event & ~first, sure


def _z(design: Design, question: Question, of: Answered) -> float:
    test, horizon = design.hypothesis.test, question.years * _DAYS_PER_YEAR
    if test is TestName.LOG_RANK:
        return float(weighted_log_rank(of.time, of.event, of.first.astype(int), (GRhoGamma(),)).z[0])
    if test is TestName.MAX_COMBO:
        weights = tuple(GRhoGamma(rho=rho, gamma=gamma) for rho, gamma in design.hypothesis.weights)
        return _of_p(max_combo(of.time, of.event, of.first.astype(int), weights).p_value)
    if test is TestName.RMST:
        both = [restricted_mean(of.time[who], of.event[who], horizon) for who in (of.first, ~of.first)]
        return float((both[0].mean - both[1].mean) / np.hypot(both[0].standard_error, both[1].standard_error))
    if test is TestName.ONE_SAMPLE_LOG_RANK and design.hypothesis.reference is not None:
        per_day = -np.log(design.hypothesis.reference.free_pct / 100.0)
        per_day /= design.hypothesis.reference.years * _DAYS_PER_YEAR
        return _of_p(exact_poisson_p(int(of.event.sum()), float(per_day * of.time.sum())))
    whole = of.event | (of.time >= horizon - 1.0)
    free, people = (~of.event & whole), whole
    counts = [(int(free[who].sum()), int(people[who].sum())) for who in (of.first, ~of.first)]
    if test is TestName.FISHER:
        return _of_p(float(fisher_tail(counts[0][1], counts[1][1])[counts[0][0], counts[1][0]]))
    if test is TestName.BOSCHLOO:
        (a, first), (b, second) = counts
        p = boschloo_p((a, b), (first, second)) / 2.0  # two-sided is twice the smaller side
        return _of_p(p if a * second >= b * first else 1.0 - p)
    if test is TestName.EXACT_BINOMIAL and design.hypothesis.reference is not None:
        successes, n = counts[0]
        return _of_p(float(bdtrc(successes - 1, n, design.hypothesis.reference.free_pct / 100.0)) if successes else 1.0)
    raise InputError(f"hypothesis.test = {test.value!r}: is not read from tables here. Give its statistic with --z.")


def _of_p(p: float) -> float:
    return float(-ndtri(min(max(p, 1e-300), 1.0 - 1e-16)))
