"""The same statistics for every replicate trial at once: what predictive intervals are made from."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from regraft.analysis.catalogue import Kind, Statistic, catalogue
from regraft.analysis.summary import DAYS_PER_YEAR, USUAL_YEARS
from regraft.analysis.survival import free_at_by_trial
from regraft.endpoints.derive import Derived


def summarise_trials(derived: Derived, *, years: Sequence[float] = USUAL_YEARS) -> pl.DataFrame:
    """Return every statistic of every trial.

    Parameters
    ----------
    derived : Derived
        Endpoints of subjects with trial numbers.
    years : sequence of float
        Times at which Kaplan-Meier curves are read.

    Returns
    -------
    polars.DataFrame
        Columns trial_number, endpoint, statistic, n (subjects it rests on), events (null where there are none) and
        estimate (null where the trial cannot say). Estimate and n are those `summarise` gives for the trial alone.
    """
    events = derived.events.filter(pl.col("trial_number").is_not_null())
    numbers = events["trial_number"].unique().sort()
    position = pl.DataFrame({"trial_number": numbers}).with_row_index("trial")
    by_endpoint = {
        str(key[0]): frame
        for key, frame in events.join(position, on="trial_number").partition_by("endpoint", as_dict=True).items()
    }
    measures = derived.measures.filter(pl.col("trial_number").is_not_null()).join(position, on="trial_number")
    by_measure = {str(key[0]): frame for key, frame in measures.partition_by("measure", as_dict=True).items()}
    frames = []
    for statistic in catalogue(list(by_endpoint), years):
        if statistic.kind in {Kind.FREE_AT, Kind.PROPORTION}:
            n, count, estimate = _of_events(statistic, by_endpoint[statistic.endpoint], len(numbers))
        else:
            n, count, estimate = _of_measures(statistic, by_measure, len(numbers))
        frames.append(
            pl.DataFrame({"trial_number": numbers, "n": n.astype(np.int64), "events": count, "estimate": estimate}).select(
                "trial_number", endpoint=pl.lit(statistic.endpoint), statistic=pl.lit(statistic.name), n="n",
                events=pl.col("events").fill_nan(None), estimate=pl.col("estimate").fill_nan(None),
            )
        )  # fmt: skip
    return pl.concat(frames)


def _of_events(
    statistic: Statistic, frame: pl.DataFrame, trials: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return subjects, events and estimate of each trial; who is unknown is left out."""
    known = frame.filter(pl.col("status") != "unknown")
    trial = known["trial"].to_numpy().astype(np.int64)
    event = (known["status"] == "event").to_numpy()
    n = np.bincount(trial, minlength=trials).astype(np.float64)
    if statistic.kind is Kind.PROPORTION:
        count = np.bincount(trial, weights=event, minlength=trials).astype(np.float64)
        return n, count, _divide(count, n)
    days = known["time_days"].to_numpy()
    moment = (statistic.years or 0.0) * DAYS_PER_YEAR
    count = np.bincount(trial, weights=event & (days <= moment), minlength=trials).astype(np.float64)
    return n, count, free_at_by_trial(trial, days, event, trials, moment)


def _of_measures(
    statistic: Statistic, by_measure: dict[str, pl.DataFrame], trials: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return subjects, events and estimate of each trial; subjects without the value are left out."""
    nothing = np.full(trials, np.nan)
    if statistic.kind is Kind.RATE:
        frame = by_measure[statistic.over[0]]
        trial = frame["trial"].to_numpy().astype(np.int64)
        above, below = (by_measure[name]["value"].to_numpy() for name in statistic.over)
        known = ~np.isnan(above) & ~np.isnan(below)
        count = np.bincount(trial[known], weights=above[known], minlength=trials).astype(np.float64)
        exposure = np.bincount(trial[known], weights=below[known], minlength=trials).astype(np.float64)
        return np.bincount(trial[known], minlength=trials).astype(np.float64), count, _divide(count, exposure)
    frame = by_measure[statistic.endpoint].filter(pl.col("value").is_not_null())
    middle = pl.col("value").median() if statistic.kind is Kind.MEDIAN else pl.col("value").mean()
    grouped = frame.group_by("trial").agg(pl.len().alias("n"), middle.alias("estimate"))
    n, estimate = np.zeros(trials), nothing.copy()
    where = grouped["trial"].to_numpy().astype(np.int64)
    n[where], estimate[where] = grouped["n"].to_numpy(), grouped["estimate"].to_numpy()
    return n, nothing, estimate


def _divide(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(below > 0.0, above / np.where(below > 0.0, below, 1.0), np.nan)
