"""One number per trial: the statistics a publication prints, from the derived endpoints of many replicate trials."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from typing import final

import numpy as np
import polars as pl

from regraft.analysis.survival import free_at_by_trial
from regraft.endpoints.deaths import OF_TREATMENT
from regraft.endpoints.derive import Derived
from regraft.replication.readings import averaged, edss_at, edss_slope, edss_state, enrolled, summed
from regraft.study.tables import Study

_DAYS_PER_YEAR = 365.25
_MONTHS_PER_YEAR = 12.0
_STABLE_DAYS = 3.0 * _DAYS_PER_YEAR
_WORSENING = "edss_worsening_24w"
_VISIT_AT_THE_TIME_DAYS = 91.0  # who was seen free so shortly before a time was seen at the visit due then


class Form(StrEnum):
    """How subjects are put together into one number."""

    FREE_AT = "free_at"  # Kaplan-Meier share without the event at a time, %
    EVENT_BY = "event_by"  # 100 minus it
    SHARE = "share"  # subjects with the event in all their follow-up, %
    FREE_SHARE = "free_share"  # subjects without it, %
    RATIO = "ratio"  # sum of one measure over the sum of another
    MEASURE = "measure"  # average of a measure
    ADVERSE_EVENT = "adverse_event"  # subjects with an adverse event of the named terms, %
    MEDIAN_TIME = "median_time"  # months until the Kaplan-Meier share reaches one half
    EDSS_AT = "edss_at"  # average at a time
    EDSS_CHANGE_AT = "edss_change_at"  # average change at a time
    EDSS_STATE_AT = "edss_state_at"  # share improved, worsened or stable against baseline at a time, confirmed or not
    EDSS_STATE_LAST = "edss_state_last"  # the same at each subject's last visit
    EDSS_SLOPE = "edss_slope"
    BASELINE = "baseline"  # average of a column of subjects or a measure; share of subjects where codes are given


class Average(StrEnum):
    """How subjects are averaged."""

    MEAN = "mean"
    MEDIAN = "median"


class Whom(StrEnum):
    """Who is counted in a share."""

    ALL = "all"
    SURVIVORS = "survivors"  # those who did not die of treatment
    STABLE_3_YEARS = "stable for 3 years"  # those followed for longer than 3 years who had not worsened by then


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TrialStatistic:
    """What is computed in each trial.

    Parameters
    ----------
    key : str
        Name of the statistic.
    form : Form
        How it is computed.
    of : tuple of str
        Endpoint, measure (and its denominator), adverse-event terms, column and codes, or EDSS and the state asked for.
    years : float, optional
        Time of a reading.
    whom : Whom
        Who is counted in a share of all follow-up.
    courses : tuple of str
        Courses at enrolment of those who count; empty: everybody.
    arm : str, optional
        Arm of those who count; None: everybody.
    average : Average
        Of a measure, an EDSS or a property at enrolment.
    """

    key: str
    form: Form
    of: tuple[str, ...]
    years: float | None = None
    whom: Whom = Whom.ALL
    courses: tuple[str, ...] = ()
    arm: str | None = None
    average: Average = Average.MEAN


def per_trial(study: Study, derived: Derived, statistics: Iterable[TrialStatistic]) -> pl.DataFrame:
    """Return every statistic of every trial in a batch.

    Returns
    -------
    polars.DataFrame
        Columns trial_number, key, value (null where it cannot be said), n (subjects or units below the line),
        events (the count above it, where there is one).
    """
    unique = {statistic.key: statistic for statistic in statistics}
    ordered = sorted(unique.values(), key=_who)
    frames = []
    for (courses, arm), group in groupby(ordered, key=_who):
        some, own = _only(study, derived, courses, arm)
        died = own.events.filter((pl.col("endpoint") == OF_TREATMENT) & (pl.col("status") == "event"))
        everybody = some.table("subjects").select("subject_id", "trial_number")
        counted = {
            Whom.ALL: everybody,
            Whom.SURVIVORS: everybody.join(died.select("subject_id"), on="subject_id", how="anti"),
            Whom.STABLE_3_YEARS: everybody.join(_stable(own), on="subject_id", how="semi"),
        }
        frames += [_one(some, own, counted[one.whom], one) for one in group]
    return pl.concat(frames).sort("trial_number", "key")


def derived_for(statistics: Iterable[TrialStatistic]) -> frozenset[str]:
    """Return the names of the endpoints and measures that these statistics may read."""
    named = {name for statistic in statistics for name in statistic.of}
    return frozenset({*named, OF_TREATMENT, _WORSENING, "edss_baseline"})


def _stable(derived: Derived) -> pl.DataFrame:
    """Return the subjects whose time to worsening, with an event or without, is longer than three years."""
    long = (pl.col("endpoint") == _WORSENING) & (pl.col("status") != "unknown") & (pl.col("time_days") > _STABLE_DAYS)
    return derived.events.filter(long).select("subject_id")


def _who(statistic: TrialStatistic) -> tuple[tuple[str, ...], str]:
    return statistic.courses, statistic.arm or ""


def _only(study: Study, derived: Derived, courses: tuple[str, ...], arm: str) -> tuple[Study, Derived]:
    """Return the part of a study that belongs to some courses and one arm."""
    if not courses and not arm:
        return study, derived
    subjects = study.table("subjects")
    if courses:
        subjects = subjects.filter(pl.col("ms_course").is_in(list(courses)))
    if arm:
        subjects = subjects.filter(pl.col("arm") == arm)
    chosen = pl.col("subject_id").is_in(subjects["subject_id"].implode())
    own = replace(derived, events=derived.events.filter(chosen), measures=derived.measures.filter(chosen))
    return study.only(subjects["subject_id"]), own


def _one(study: Study, derived: Derived, who: pl.DataFrame, statistic: TrialStatistic) -> pl.DataFrame:
    frame = _of_events(study, derived, who, statistic)
    if frame is None:
        frame = _of_values(study, derived, statistic)
    return frame.select(
        "trial_number",
        pl.lit(statistic.key).alias("key"),
        pl.col("value").cast(pl.Float64),
        pl.col("n").cast(pl.Float64),
        pl.col("events").cast(pl.Float64),
    )


def _of_events(study: Study, derived: Derived, who: pl.DataFrame, statistic: TrialStatistic) -> pl.DataFrame | None:
    """Return a statistic of events, or None for one of values."""
    match statistic.form:
        case Form.FREE_AT | Form.EVENT_BY:
            return _free_at(derived, statistic)
        case Form.SHARE | Form.FREE_SHARE:
            return _share(derived, who, statistic)
        case Form.ADVERSE_EVENT:
            return _adverse(study, who, statistic)
        case Form.MEDIAN_TIME:
            return _median_time(derived, statistic)
        case _:
            return None


def _of_values(study: Study, derived: Derived, statistic: TrialStatistic) -> pl.DataFrame:
    median = statistic.average is Average.MEDIAN
    match statistic.form:
        case Form.RATIO:
            return _ratio(derived, statistic)
        case Form.MEASURE:
            return averaged(derived.measures.filter(pl.col("measure") == statistic.of[0]), "value", median=median)
        case Form.EDSS_SLOPE:
            return edss_slope(study)
        case Form.EDSS_STATE_AT | Form.EDSS_STATE_LAST:
            return edss_state(study, derived, statistic.of[1], statistic.years)
        case Form.BASELINE:
            return enrolled(study, derived, statistic.of, median=median)
        case _:
            change = statistic.form is Form.EDSS_CHANGE_AT
            return edss_at(study, derived, statistic.years or 0.0, median=median, change=change)


def _share(derived: Derived, who: pl.DataFrame, statistic: TrialStatistic) -> pl.DataFrame:
    """Return the share of subjects with (or without) an event until a time, or in all follow-up.

    Unknown subjects are left out of both.
    """
    rows = derived.events.filter(pl.col("endpoint") == statistic.of[0]).select("subject_id", "status", "time_days")
    known = who.join(rows, on="subject_id").filter(pl.col("status") != "unknown")
    event = pl.col("status") == "event"
    if statistic.years is not None:
        event &= pl.col("time_days") <= statistic.years * _DAYS_PER_YEAR
    counted = known.group_by("trial_number").agg(pl.len().alias("n"), event.sum().alias("events"))
    share = 100.0 * pl.col("events") / pl.col("n")
    return counted.with_columns((100.0 - share if statistic.form is Form.FREE_SHARE else share).alias("value"))


def _judged(derived: Derived, endpoint: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return trial numbers, and each judged subject's position among them, time, and whether it is an event."""
    rows = derived.events.filter((pl.col("endpoint") == endpoint) & (pl.col("status") != "unknown"))
    numbers, position = np.unique(rows["trial_number"].to_numpy(), return_inverse=True)
    return numbers, position, rows["time_days"].to_numpy(), (rows["status"] == "event").to_numpy()


def _free_at(derived: Derived, statistic: TrialStatistic) -> pl.DataFrame:
    """Return the Kaplan-Meier share without the event; a subject who cannot be judged is left out."""
    days = (statistic.years or 0.0) * _DAYS_PER_YEAR
    numbers, position, time, event = _judged(derived, statistic.of[0])
    seen_then = ~event & (time >= days - _VISIT_AT_THE_TIME_DAYS)
    time = np.where(seen_then, np.maximum(time, days), time)
    free = free_at_by_trial(position, time, event, len(numbers), days)
    value = 100.0 * (1.0 - free) if statistic.form is Form.EVENT_BY else 100.0 * free
    return pl.DataFrame(
        {
            "trial_number": numbers.astype(np.int32),
            "value": pl.Series(value, dtype=pl.Float64, nan_to_null=True),
            "n": np.bincount(position, minlength=len(numbers)),
            "events": np.bincount(position, weights=event & (time <= days), minlength=len(numbers)),
        }
    )


def _median_time(derived: Derived, statistic: TrialStatistic) -> pl.DataFrame:
    """Return the months until the Kaplan-Meier share first reaches one half.

    The length of observation where it never does.
    """
    numbers, position, time, event = _judged(derived, statistic.of[0])
    order = np.lexsort((~event, time, position))
    offsets = np.searchsorted(position[order], np.arange(len(numbers) + 1))
    months = np.full(len(numbers), np.nan)
    for trial in range(len(numbers)):
        rows = order[offsets[trial] : offsets[trial + 1]]
        at_risk = len(rows) - np.arange(len(rows))
        free = np.cumprod(1.0 - event[rows] / at_risk)
        reached = np.flatnonzero(free <= 0.5 + 1e-12)
        last = reached[0] if reached.size else -1
        months[trial] = time[rows[last]] / _DAYS_PER_YEAR * _MONTHS_PER_YEAR
    return pl.DataFrame(
        {
            "trial_number": numbers.astype(np.int32),
            "value": pl.Series(months, dtype=pl.Float64, nan_to_null=True),
            "n": np.bincount(position, minlength=len(numbers)),
            "events": np.bincount(position, weights=event, minlength=len(numbers)),
        }
    )


def _ratio(derived: Derived, statistic: TrialStatistic) -> pl.DataFrame:
    above, below = (
        summed(derived.measures.filter(pl.col("measure") == name), "value").rename({"value": name})
        for name in statistic.of
    )
    joined = above.join(below, on="trial_number")
    return joined.select(
        "trial_number",
        (pl.col(statistic.of[0]) / pl.col(statistic.of[1])).alias("value"),
        pl.col(statistic.of[1]).alias("n"),
        pl.col(statistic.of[0]).alias("events"),
    )


def _adverse(study: Study, who: pl.DataFrame, statistic: TrialStatistic) -> pl.DataFrame:
    events = study.table("adverse_events").filter(pl.col("term").is_in(list(statistic.of)))
    hit = who.with_columns(pl.col("subject_id").is_in(events["subject_id"].unique().implode()).alias("hit"))
    counted = hit.group_by("trial_number").agg(pl.len().alias("n"), pl.col("hit").sum().alias("events"))
    return counted.with_columns((100.0 * pl.col("events") / pl.col("n")).alias("value"))
