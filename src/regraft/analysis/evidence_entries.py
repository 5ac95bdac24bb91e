"""Which number a study of the evidence library enters a pooled estimate with, or why it does not.

Members of a cohort group share patients, so one member of each enters; meta-analyses never do, for they pool the
others, nor do studies whose patients are largely inside another one.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import final

import numpy as np

from regraft.analysis.binomial import exact_interval
from regraft.analysis.effects import Scale, from_counts, from_interval
from regraft.analysis.result import Result
from regraft.evidence.schema import Confidence, Outcome, Role, StudyType, Trial

POOLED_GROUP = "pooled"
_VERIFIED = (Confidence.FOUND, Confidence.DERIVED)
_ROLES = (Role.FIT, Role.SCORE, Role.CONTEXT)


class Basis(StrEnum):
    """What the variance of a study rests on."""

    COUNTS = "events of n"
    SHARE = "share of n"  # counts rounded from the share; censoring before the time is not counted
    INTERVAL = "published interval"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be pooled.

    Parameters
    ----------
    endpoint : str
        Endpoint as the evidence files name it.
    arm : str
        Arm of the studies.
    subgroups : tuple of str
        Subgroups taken (any of them); empty takes results about all patients.
    years : float, optional
        Time after transplantation; None takes the longest time each study reports.
    window : float
        How far from `years` a result may lie.
    roles : tuple of Role
        Roles of the studies taken.
    level : float
        Coverage of the intervals.

    Examples
    --------
    >>> import regraft as rg
    >>> asked = rg.stats.Question(endpoint="relapse_free_survival", years=2.0)
    >>> asked.arm, asked.window, asked.level
    ('ahsct', 1.0, 0.95)
    """

    endpoint: str
    arm: str = "ahsct"
    subgroups: tuple[str, ...] = ()
    years: float | None = None
    window: float = 1.0
    roles: tuple[Role, ...] = _ROLES
    level: float = 0.95


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Result):
    """The number a study enters with; percentages are proportions here.

    Parameters
    ----------
    value, low, high : float
        Published number with its interval of coverage `level`; exact limits where the study gives counts.
    estimate, variance : float
        The same on the scale of pooling.
    effective : tuple of int, optional
        Events and subjects that carry as much information (the counts themselves where given); proportions only.
    """

    study: str
    name: str
    year: int | None
    cohort_group: str
    role: Role
    subgroup: str | None
    time_years: float | None
    value: float
    low: float
    high: float
    estimate: float
    variance: float
    patients: int | None
    effective: tuple[int, int] | None
    basis: Basis
    level: float
    confidence: Confidence


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut(Result):
    """A study that has the endpoint and does not enter."""

    study: str
    cohort_group: str
    why: str


def choose_scale(trials: list[Trial], endpoint: str, unit: str) -> Scale:
    """Return the scale for an endpoint: logit for shares, log for ratios, else as it is."""
    values = [
        o.value for t in trials for o in t.outcomes if o.endpoint == endpoint and isinstance(o.value, int | float)
    ]
    if unit == "percent" and min(values, default=-1.0) >= 0:
        return Scale.LOGIT
    return Scale.LOG if unit == "ratio" else Scale.RAW


def enter(trial: Trial, question: Question, unit: str, scale: Scale) -> Entry | LeftOut:
    """Return the number a study enters with, or why it does not."""

    def out(why: str) -> LeftOut:
        return LeftOut(study=trial.id, cohort_group=trial.use.cohort_group, why=why)

    if trial.study_type is StudyType.META_ANALYSIS or trial.use.cohort_group == POOLED_GROUP:
        return out("pools or overlaps other studies")
    if trial.use.role not in question.roles:
        return out(f"role {trial.use.role}")
    rows = [o for o in trial.outcomes if o.endpoint == question.endpoint and o.arm == question.arm]
    if not rows:
        return out(f"not about {question.arm}")
    rows = [o for o in rows if o.is_number and o.unit == unit]
    if not rows:
        return out(f"no number in {unit}")
    asked = {name.casefold() for name in question.subgroups} or {""}
    of_group = [o for o in rows if (o.subgroup or "").casefold() in asked]
    if not of_group:
        groups = ", ".join(dict.fromkeys(o.subgroup or "all patients" for o in rows))
        return out(f"only about {groups}")
    rows = [o for o in of_group if _in_time(o, question)]
    if not rows:
        times = ", ".join("no time" if o.time_years is None else f"{o.time_years:g} y" for o in of_group)
        return out(f"at {times}, not within {question.window:g} y of {question.years:g} y")
    entries = [entry for o in rows if (entry := _number(trial, o, scale)) is not None]
    if not entries:
        return out("neither counts nor an interval, so no variance")
    return min(entries, key=lambda one: _preference(one, question))


def _in_time(outcome: Outcome, question: Question) -> bool:
    if question.years is None:
        return True
    return outcome.time_years is not None and abs(outcome.time_years - question.years) <= question.window


def _preference(entry: Entry, question: Question) -> tuple[bool, float]:
    """Return what makes one result of a study come before another: verified first, then near or late."""
    time = entry.time_years or 0.0
    return entry.confidence not in _VERIFIED, -time if question.years is None else abs(time - question.years)


def _number(trial: Trial, outcome: Outcome, scale: Scale) -> Entry | None:
    if isinstance(outcome.value, str):
        return None
    per = 100.0 if scale is Scale.LOGIT else 1.0
    value, level = outcome.value / per, (outcome.ci_level or 95.0) / 100.0
    effective: tuple[int, int] | None = None
    if outcome.ci_low is not None and outcome.ci_high is not None and outcome.events is None:
        low, high, basis = outcome.ci_low / per, outcome.ci_high / per, Basis.INTERVAL
        if scale is Scale.LOGIT and not 0 < low < high < 1:
            return None
        estimate, variance = from_interval(value, low, high, scale, level)
        if scale is Scale.LOGIT:
            total = round(1.0 / (variance * value * (1.0 - value)))
            effective = (round(value * total), total)
    elif scale is Scale.LOGIT and outcome.n is not None:
        effective = _counts(outcome, value, outcome.n)
        basis = Basis.SHARE if outcome.events is None else Basis.COUNTS
        value = effective[0] / effective[1] if basis is Basis.COUNTS else value
        level = 0.95
        low, high = exact_interval(*effective, level)
        logit = from_counts(*(np.array([float(count)]) for count in effective))
        estimate, variance = float(logit.estimate[0]), float(logit.variance[0])
    else:
        return None
    return Entry(
        study=trial.id,
        name=trial.short_name,
        year=trial.citation.year,
        cohort_group=trial.use.group_of(outcome.arm),
        role=trial.use.role,
        subgroup=outcome.subgroup,
        time_years=outcome.time_years,
        value=value,
        low=low,
        high=high,
        estimate=estimate,
        variance=variance,
        patients=outcome.n or trial.patients,
        effective=effective,
        basis=basis,
        level=level,
        confidence=outcome.confidence,
    )


def _counts(outcome: Outcome, value: float, n: int) -> tuple[int, int]:
    """Return how many of n the share counts; `events` may count those with or those without."""
    share = round(value * n)
    if outcome.events is None:
        return share, n
    return min((outcome.events, n - outcome.events), key=lambda count: abs(count - value * n)), n


def one_per_group(usable: list[Entry]) -> tuple[tuple[Entry, ...], list[LeftOut]]:
    """Keep one study of each cohort group: verified, then by role (fit, score, context), size and year."""
    chosen: dict[str, Entry] = {}
    left_out: list[LeftOut] = []
    for entry in sorted(usable, key=_rank):
        first = chosen.setdefault(entry.cohort_group, entry)
        if first is not entry:
            why = f"cohort group {entry.cohort_group} enters by {first.study}"
            left_out.append(LeftOut(study=entry.study, cohort_group=entry.cohort_group, why=why))
    return tuple(sorted(chosen.values(), key=lambda one: (one.year or 0, one.study))), left_out


def _rank(entry: Entry) -> tuple[bool, int, int, int, str]:
    unverified = entry.confidence not in _VERIFIED
    return unverified, _ROLES.index(entry.role), -(entry.patients or 0), -(entry.year or 0), entry.study
