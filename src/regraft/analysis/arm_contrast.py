"""Arms of a randomised study compared under a named estimand, from study tables alone: simulated and recorded alike.

Time counts from randomisation (the enrolment date) in every arm, so that waiting for a transplantation is no time
without risk. An intercurrent event is a disease-modifying drug started beyond the one an arm begins with, or a
transplantation that was not given.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from regraft.analysis.binomial import exact_interval
from regraft.analysis.cox import cox
from regraft.analysis.survival import KaplanMeier, kaplan_meier
from regraft.clinical.intercurrent import Intercurrent
from regraft.core.errors import InputError
from regraft.endpoints.definition import Definition, EfficacySet
from regraft.endpoints.derive import Derived, derive
from regraft.endpoints.outcomes import Outcomes, derive_outcomes
from regraft.study.tables import Study

_DAYS_PER_YEAR = 365.25


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of the arms; `label` is the short name of the endpoint."""

    name: str
    endpoint: str
    label: str
    years: float
    strategy: Intercurrent


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ArmResult:
    """One arm: Kaplan-Meier share without the event [%] at the time asked, and how it differs from the first arm.

    The difference is in percentage points, this arm minus the first; None for the first arm, and where unknown.
    """

    arm: str
    subjects: int
    events: int
    intercurrent: int
    free_pct: float | None
    free_low: float | None
    free_high: float | None
    hazard_ratio: float | None = None
    hazard_ratio_low: float | None = None
    hazard_ratio_high: float | None = None
    difference: float | None = None
    difference_low: float | None = None
    difference_high: float | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ArmContrast:
    """The answer to one question; arms in the order given."""

    question: Question
    arms: tuple[ArmResult, ...]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class NotAnswered:
    """A question that the study cannot answer, and why."""

    question: Question
    not_answered: str


def from_enrolment(study: Study, definitions: Definition, only: Collection[str] | None = None) -> Derived:
    """Return the endpoints of everybody enrolled, with time counted from enrolment: what arms are compared by.

    `only` names the endpoints wanted; None: all.
    """
    return derive(from_randomisation(study), _counting_everybody(definitions), only)


def outcomes_from_enrolment(study: Study, definitions: Definition, only: Collection[str] | None = None) -> Outcomes:
    """Return the same as columns."""
    return derive_outcomes(from_randomisation(study), _counting_everybody(definitions), only)


def _counting_everybody(definitions: Definition) -> Definition:
    everybody = definitions.death.model_copy(update={"efficacy_set": EfficacySet.ALL})
    return definitions.model_copy(update={"death": everybody})


def judged(study: Study, definitions: Definition, endpoints: Sequence[str]) -> pl.DataFrame:
    """Return everybody who can be judged for some endpoints, with time counted from enrolment.

    Returns
    -------
    polars.DataFrame
        Columns subject_id, endpoint, arm, time_days, event and intercurrent_day (infinite for never), by subject.
    """
    outcomes = outcomes_from_enrolment(study, definitions, frozenset(endpoints))
    changed = intercurrent_days(study)
    rows = pl.concat([outcomes.events(name).filter(pl.col("status") != "unknown") for name in sorted({*endpoints})])
    rows = rows.join(study.table("subjects").select("subject_id", "arm"), on="subject_id")
    rows = rows.sort("endpoint", "subject_id", maintain_order=True)
    days = [changed.get(subject, np.inf) for subject in rows["subject_id"]]
    return rows.select(
        "subject_id",
        "endpoint",
        "arm",
        "time_days",
        event=pl.col("status") == "event",
        intercurrent_day=pl.Series(days, dtype=pl.Float64),
    )


def contrast(rows: pl.DataFrame, question: Question, arms: tuple[str, ...]) -> ArmContrast | NotAnswered:
    """Return the answer to a question by people `judged` for its endpoint, or why there is none."""
    days = rows["intercurrent_day"].to_numpy()
    time, event = applied(rows["time_days"].to_numpy(), rows["event"].to_numpy(), days, question.strategy)
    arm = rows["arm"].to_numpy()
    missing = [name for name in arms if not (arm == name).any()]
    if missing:
        why = f"no subject of arm {missing[0]!r} can be judged for {question.endpoint}"
        return NotAnswered(question=question, not_answered=why)
    try:
        results = [_result(name, arms[0], arm, time, event, days, question.years) for name in arms]
    except InputError as problem:
        return NotAnswered(question=question, not_answered=str(problem))
    return ArmContrast(question=question, arms=(results[0], *(_differing(one, results[0]) for one in results[1:])))


def answer_all(
    study: Study, definitions: Definition, questions: Sequence[Question], arms: tuple[str, ...]
) -> tuple[ArmContrast | NotAnswered, ...]:
    """Return the answer to every question, or why there is none (too few people in an arm)."""
    if not questions:
        return ()
    people = judged(study, definitions, [one.endpoint for one in questions])
    return tuple(contrast(people.filter(pl.col("endpoint") == one.endpoint), one, arms) for one in questions)


def _differing(one: ArmResult, first: ArmResult) -> ArmResult:
    """Return an arm with its difference from the first."""
    mine, other = _free(one), _free(first)
    if mine is None or other is None:
        return one
    difference, low, high = difference_of(mine, other)
    return replace(one, difference=difference, difference_low=low, difference_high=high)


def _free(one: ArmResult) -> tuple[float, float, float] | None:
    """Return the share free of the event with its interval; None where it cannot be said."""
    if one.free_pct is None or one.free_low is None or one.free_high is None:
        return None
    return one.free_pct, one.free_low, one.free_high


def difference_of(one: tuple[float, float, float], other: tuple[float, float, float]) -> tuple[float, float, float]:
    """Return the difference of two estimates with its interval, from each estimate and its own interval.

    Newcombe's square-and-add method (Stat Med 1998;17:873), which takes each arm's interval as it is, skew or not.

    Examples
    --------
    >>> difference_of((80.0, 60.0, 90.0), (50.0, 35.0, 65.0))
    (30.0, 5.0, 48.02...)
    """
    difference = one[0] - other[0]
    below = np.hypot(one[0] - one[1], other[2] - other[0])
    above = np.hypot(one[2] - one[0], other[0] - other[1])
    return difference, float(difference - below), float(difference + above)


def from_randomisation(study: Study) -> Study:
    """Return the study with day zero at enrolment for everybody: transplantations are not its zero."""
    procedures = study.table("procedures").filter(pl.col("procedure") != "transplant")
    return Study({**study.tables, "procedures": procedures}, study.about, study.partial_dates)


def intercurrent_days(study: Study) -> Mapping[str, float]:
    """Return the day since enrolment of each subject's first intercurrent event."""
    enrolled = study.table("subjects").select("subject_id", "enrolment_date")
    drugs = study.table("exposures").filter(pl.col("purpose") == "disease_modifying").join(enrolled, on="subject_id")
    drugs = drugs.filter(pl.col("start_date") > pl.col("enrolment_date")).sort("subject_id", "start_date")
    status = study.table("dispositions")
    meant = status.filter(pl.col("event").is_in(["transplanted", "not_transplanted"]))["subject_id"].unique()
    place = pl.int_range(pl.len()).over("subject_id")
    allowed = pl.when(pl.col("subject_id").is_in(meant.implode())).then(0).otherwise(1)
    further = drugs.filter(place >= allowed).group_by("subject_id").agg(pl.col("start_date").min().alias("date"))
    refused = status.filter(pl.col("event") == "not_transplanted").select("subject_id", "date")
    both = pl.concat([further, refused]).join(enrolled, on="subject_id")
    days = both.with_columns((pl.col("date") - pl.col("enrolment_date")).dt.total_days().cast(pl.Float64).alias("day"))
    first = days.group_by("subject_id").agg(pl.col("day").min())
    return dict(zip(first["subject_id"].to_list(), first["day"].to_list(), strict=True))


def applied(
    time: NDArray[np.float64], event: NDArray[np.bool_], intercurrent: NDArray[np.float64], strategy: Intercurrent
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return times and events after intercurrent events were given their meaning; all of shape (subjects,).

    Examples
    --------
    >>> time, event = np.array([100.0, 200.0]), np.array([True, False])
    >>> applied(time, event, np.array([50.0, np.inf]), Intercurrent.COMPOSITE)
    (array([ 50., 200.]), array([ True, False]))
    >>> applied(time, event, np.array([50.0, np.inf]), Intercurrent.WHILE_ON_TREATMENT)[1]
    array([False, False])
    """
    before = intercurrent < time
    if strategy is Intercurrent.TREATMENT_POLICY:
        return time, event
    return np.where(before, intercurrent, time), np.where(before, strategy is Intercurrent.COMPOSITE, event)


def free_at(curve: KaplanMeier, moment: float) -> tuple[float, float, float]:
    """Return the share free of the event at a moment with its interval; NaN where follow-up ends before.

    Where nobody had the event the bound is the exact one of those still observed, and where nobody is left that of
    those who had it.

    Examples
    --------
    >>> free, low, high = free_at(kaplan_meier([5.0] * 10, [False] * 10), 3.0)
    >>> free, round(low, 3), high
    (1.0, 0.692, 1.0)
    """
    free, low, high = curve.at(moment)
    if free == 1.0:
        observed = int(curve.number_at_risk([moment])[0])
        low, high = exact_interval(observed, observed, curve.level)
    elif free == 0.0:
        low, high = exact_interval(0, int(curve.events.sum()), curve.level)
    return free, low, high


def _result(
    name: str,
    reference: str,
    arm: NDArray,
    time: NDArray[np.float64],
    event: NDArray[np.bool_],
    intercurrent: NDArray[np.float64],
    years: float,
) -> ArmResult:
    own = arm == name
    free, low, high = free_at(kaplan_meier(time[own], event[own]), years * _DAYS_PER_YEAR)
    ratio = _hazard_ratio(arm, time, event, name, reference) if name != reference else (None, None, None)
    known = [None if np.isnan(value) else 100.0 * value for value in (free, low, high)]
    return ArmResult(
        arm=name,
        subjects=int(own.sum()),
        events=int(event[own].sum()),
        intercurrent=int(np.isfinite(intercurrent[own]).sum()),
        free_pct=known[0],
        free_low=known[1],
        free_high=known[2],
        hazard_ratio=ratio[0],
        hazard_ratio_low=ratio[1],
        hazard_ratio_high=ratio[2],
    )


def _hazard_ratio(
    arm: NDArray, time: NDArray[np.float64], event: NDArray[np.bool_], name: str, reference: str
) -> tuple[float | None, float | None, float | None]:
    """Return the hazard ratio of an arm against the reference with its interval; None where events cannot tell."""
    pair = ((arm == name) | (arm == reference)) & (time > 0.0)
    try:
        fitted = cox(time[pair], event[pair], (arm[pair] == name).astype(np.float64)[:, None], (name,))
    except InputError:
        return None, None, None
    c = fitted.coefficients
    return float(np.exp(c.estimate[0])), float(np.exp(c.low[0])), float(np.exp(c.high[0]))
