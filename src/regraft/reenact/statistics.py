"""One number per trial: the statistics a publication prints, from the derived endpoints of many replicate trials."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import final

import numpy as np
import polars as pl

from regraft.analysis.survival import free_at_by_trial
from regraft.endpoints.derive import Derived
from regraft.study.tables import Study

_DAYS_PER_YEAR = 365.25


class Form(StrEnum):
    """How subjects are put together into one number."""

    FREE_AT = "free_at"  # Kaplan-Meier share without the event at a time, %
    SHARE = "share"  # subjects with the event in all their follow-up, %
    SHARE_OF_SURVIVORS = "share_of_survivors"  # the same among those who did not die of treatment, %
    FREE_SHARE_OF_SURVIVORS = "free_share_of_survivors"
    RATIO = "ratio"  # sum of one measure over the sum of another
    MEAN = "mean"  # mean of a measure
    ADVERSE_EVENT = "adverse_event"  # subjects with an adverse event of the named terms, %


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
        Endpoint, measure (and its denominator), or adverse-event terms.
    years : float, optional
        Time of a Kaplan-Meier reading.
    complement : bool
        Whether the share of subjects without the event is asked for.
    """

    key: str
    form: Form
    of: tuple[str, ...]
    years: float | None = None
    complement: bool = False


def per_trial(study: Study, derived: Derived, statistics: Iterable[TrialStatistic]) -> pl.DataFrame:
    """Return every statistic of every trial in a batch.

    Returns
    -------
    polars.DataFrame
        Columns trial_number, key, value (null where it cannot be said), n (subjects or units below the line),
        events (the count above it, where there is one).
    """
    trials = study.table("subjects").select("subject_id", "trial_number")
    died = derived.events.filter((pl.col("endpoint") == "treatment_related_death") & (pl.col("status") == "event"))
    survivors = trials.join(died.select("subject_id"), on="subject_id", how="anti")
    frames = [_one(study, derived, trials, survivors, statistic) for statistic in statistics]
    return pl.concat(frames).sort("trial_number", "key")


def _one(
    study: Study, derived: Derived, trials: pl.DataFrame, survivors: pl.DataFrame, statistic: TrialStatistic
) -> pl.DataFrame:
    match statistic.form:
        case Form.FREE_AT:
            frame = _free_at(derived, statistic)
        case Form.RATIO:
            frame = _ratio(derived, statistic)
        case Form.MEAN:
            frame = _mean(derived, statistic)
        case Form.ADVERSE_EVENT:
            frame = _adverse(study, trials, statistic)
        case Form.SHARE:
            frame = _share(derived, trials, statistic, event_counts=not statistic.complement)
        case Form.SHARE_OF_SURVIVORS:
            frame = _share(derived, survivors, statistic, event_counts=True)
        case Form.FREE_SHARE_OF_SURVIVORS:
            frame = _share(derived, survivors, statistic, event_counts=False)
    return frame.select(
        "trial_number", pl.lit(statistic.key).alias("key"), pl.col("value").cast(pl.Float64),
        pl.col("n").cast(pl.Float64), pl.col("events").cast(pl.Float64),
    )  # fmt: skip


def _share(derived: Derived, who: pl.DataFrame, statistic: TrialStatistic, *, event_counts: bool) -> pl.DataFrame:
    """Return the share of subjects with (or without) an event, unknown subjects left out of both."""
    status = derived.events.filter(pl.col("endpoint") == statistic.of[0]).select("subject_id", "status")
    known = who.join(status, on="subject_id").filter(pl.col("status") != "unknown")
    counted = known.group_by("trial_number").agg(
        pl.len().alias("n"), (pl.col("status") == "event").sum().alias("events")
    )
    share = 100.0 * pl.col("events") / pl.col("n")
    return counted.with_columns((share if event_counts else 100.0 - share).alias("value"))


def _free_at(derived: Derived, statistic: TrialStatistic) -> pl.DataFrame:
    """Return the Kaplan-Meier share without the event; a subject who cannot be judged is left out."""
    days = (statistic.years or 0.0) * _DAYS_PER_YEAR
    rows = derived.events.filter((pl.col("endpoint") == statistic.of[0]) & (pl.col("status") != "unknown"))
    numbers, position = np.unique(rows["trial_number"].to_numpy(), return_inverse=True)
    time, event = rows["time_days"].to_numpy(), (rows["status"] == "event").to_numpy()
    free = free_at_by_trial(position, time, event, len(numbers), days)
    return pl.DataFrame(
        {
            "trial_number": numbers.astype(np.int32), "value": pl.Series(100.0 * free, nan_to_null=True),
            "n": np.bincount(position, minlength=len(numbers)),
            "events": np.bincount(position, weights=event & (time <= days), minlength=len(numbers)),
        }
    )  # fmt: skip


def _ratio(derived: Derived, statistic: TrialStatistic) -> pl.DataFrame:
    above, below = (
        derived.measures.filter(pl.col("measure") == name)
        .group_by("trial_number")
        .agg(pl.col("value").sum().alias(name))
        for name in statistic.of
    )
    joined = above.join(below, on="trial_number")
    return joined.select(
        "trial_number", (pl.col(statistic.of[0]) / pl.col(statistic.of[1])).alias("value"),
        pl.col(statistic.of[1]).alias("n"), pl.col(statistic.of[0]).alias("events"),
    )  # fmt: skip


def _mean(derived: Derived, statistic: TrialStatistic) -> pl.DataFrame:
    rows = derived.measures.filter((pl.col("measure") == statistic.of[0]) & pl.col("value").is_not_null())
    return rows.group_by("trial_number").agg(
        pl.col("value").mean(), pl.len().alias("n"), pl.lit(None, pl.Float64).alias("events")
    )


def _adverse(study: Study, trials: pl.DataFrame, statistic: TrialStatistic) -> pl.DataFrame:
    events = study.table("adverse_events").filter(pl.col("term").is_in(list(statistic.of)))
    hit = trials.with_columns(pl.col("subject_id").is_in(events["subject_id"].unique().implode()).alias("hit"))
    counted = hit.group_by("trial_number").agg(pl.len().alias("n"), pl.col("hit").sum().alias("events"))
    return counted.with_columns((100.0 * pl.col("events") / pl.col("n")).alias("value"))
