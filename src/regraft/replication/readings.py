"""Readings of many trials at once that no derived endpoint holds: EDSS at a time, its slope, and who was enrolled.

Every function returns one row per trial: trial_number, value (null where it cannot be said), n, events.
"""

import numpy as np
import polars as pl

from regraft.endpoints.derive import Derived
from regraft.study.tables import Study

DAYS_PER_YEAR = 365.25
NEAREST_WITHIN_DAYS = 183.0  # half the distance of yearly visits, the widest schedule in use


def edss_at(study: Study, derived: Derived, years: float, *, median: bool, change: bool) -> pl.DataFrame:
    """Return the mean or median EDSS (or its change from baseline) at the visit nearest to a time after day zero.

    Visits at relapses are left out; who has no visit within half a year of the time is not counted.
    """
    seen = _nearest_visits(study, years)
    if change:
        before = derived.measures.filter(pl.col("measure") == "edss_baseline").select("subject_id", before="value")
        seen = seen.join(before, on="subject_id").with_columns(pl.col("edss") - pl.col("before"))
    return averaged(seen, "edss", median=median)


def edss_state(study: Study, derived: Derived, state: str, years: float | None) -> pl.DataFrame:
    """Return the share of subjects who are improved, worsened or stable against their baseline, confirmed or not.

    Parameters
    ----------
    study, derived : Study, Derived
        The trials; the steps of worsening and improvement are those of the definitions they were derived by.
    state : {"improved", "worsened", "stable"}
        Which.
    years : float or None
        At the visit nearest to this time, as `edss_at`; None: at each subject's last visit.
    """
    baselines = derived.measures.filter(pl.col("measure") == "edss_baseline").drop_nulls("value")
    before = baselines.select("subject_id", before="value")
    if years is None:
        last = derived.measures.filter(pl.col("measure") == "edss_last").drop_nulls("value")
        seen = last.select("subject_id", "trial_number", edss="value")
    else:
        seen = _nearest_visits(study, years).select("subject_id", "trial_number", "edss")
    rules = derived.catalogue.definition
    base, change = pl.col("before"), pl.col("edss") - pl.col("before")
    up = (
        pl.when(base < 1.0)
        .then(rules.worsening.step_from_0)
        .when(base < 5.5)
        .then(rules.worsening.step_from_1_to_5)
        .when(base < 6.0)
        .then(rules.worsening.step_from_5_5)
        .otherwise(rules.worsening.step_above_5_5)
    )
    down = pl.when(base < 6.0).then(rules.improvement.step_to_5_5).otherwise(rules.improvement.step_above_5_5)
    worsened = change >= up
    improved = (change <= -down) & (base >= rules.improvement.baseline_at_least)
    asked = {"improved": improved, "worsened": worsened, "stable": ~(worsened | improved)}[state]
    counted = (
        seen.join(before, on="subject_id")
        .group_by("trial_number")
        .agg(pl.len().alias("n"), asked.sum().alias("events"))
    )
    return counted.with_columns((100.0 * pl.col("events") / pl.col("n")).alias("value"))


def edss_slope(study: Study) -> pl.DataFrame:
    """Return the slope of EDSS on time [per year], pooled over subjects who each have a level of their own."""
    visits = (
        _visits_after_zero(study).with_columns((pl.col("day") / DAYS_PER_YEAR).alias("year")).sort("subject_id", "day")
    )
    middle = [(pl.col(name) - pl.col(name).mean().over("subject_id")).alias(f"own_{name}") for name in ("year", "edss")]
    own = visits.with_columns(middle).with_columns(
        above=pl.col("own_year") * pl.col("own_edss"), below=pl.col("own_year") ** 2
    )
    counts = own.group_by("trial_number").agg(pl.col("subject_id").n_unique().alias("n"))
    sums = counts.join(summed(own, "above"), on="trial_number").join(summed(own, "below"), on="trial_number")
    slope = pl.when(pl.col("below") > 0.0).then(pl.col("above") / pl.col("below"))
    return sums.select("trial_number", slope.alias("value"), "n", pl.lit(None, pl.Float64).alias("events"))


def enrolled(study: Study, derived: Derived, of: tuple[str, ...], *, median: bool) -> pl.DataFrame:
    """Return a property of the people enrolled: the share with one of the codes, or the mean or median of a number."""
    subjects = study.table("subjects")
    name, codes = of[0], list(of[1:])
    if codes:
        counted = subjects.group_by("trial_number").agg(
            pl.len().alias("n"), pl.col(name).is_in(codes).sum().alias("events")
        )
        return counted.with_columns((100.0 * pl.col("events") / pl.col("n")).alias("value"))
    if name in subjects.columns:
        return averaged(subjects, name, median=median)
    return averaged(derived.measures.filter(pl.col("measure") == name), "value", median=median)


def averaged(frame: pl.DataFrame, name: str, *, median: bool) -> pl.DataFrame:
    """Return the mean or median of a column per trial, missing values left out."""
    known = frame.filter(pl.col(name).is_not_null()).select("trial_number", "subject_id", pl.col(name).cast(pl.Float64))
    counted = known.group_by("trial_number").agg(
        pl.col(name).median().alias("value"), pl.len().alias("n"), pl.lit(None, pl.Float64).alias("events")
    )
    if median:
        return counted
    total = summed(known.sort("subject_id").rename({name: "total"}), "total")
    return counted.join(total, on="trial_number").with_columns(value=pl.col("total") / pl.col("n")).drop("total")


def summed(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return the sum of a column per trial, in the order of the rows.

    A sum of parts would depend on the number of cores.
    """
    known = frame.filter(pl.col(name).is_not_null())
    numbers, position = np.unique(known["trial_number"].to_numpy(), return_inverse=True)
    sums = np.bincount(position, weights=known[name].to_numpy(), minlength=len(numbers))
    return pl.DataFrame({"trial_number": pl.Series(numbers, dtype=frame.schema["trial_number"]), name: sums})


def _nearest_visits(study: Study, years: float) -> pl.DataFrame:
    """Return of every subject the visit nearest to a time, if there is one within half a year of it."""
    target = years * DAYS_PER_YEAR
    visits = _visits_after_zero(study).with_columns((pl.col("day") - target).abs().alias("away"))
    near = visits.filter(pl.col("away") <= NEAREST_WITHIN_DAYS).sort("subject_id", "away")
    return near.unique("subject_id", keep="first", maintain_order=True)


def _visits_after_zero(study: Study) -> pl.DataFrame:
    """Return the visits of every subject after day zero (transplantation, else enrolment), with their day."""
    transplants = study.table("procedures").filter(pl.col("procedure") == "transplant")
    zero = transplants.group_by("subject_id").agg(pl.col("date").min().alias("transplant"))
    subjects = study.table("subjects").select("subject_id", "trial_number", "enrolment_date")
    start = subjects.join(zero, on="subject_id", how="left").select(
        "subject_id", "trial_number", zero=pl.coalesce("transplant", "enrolment_date")
    )
    visits = study.table("visits").filter(pl.col("edss").is_not_null() & (pl.col("visit_type") != "relapse"))
    dated = visits.select("subject_id", "date", "edss").join(start, on="subject_id")
    return dated.with_columns((pl.col("date") - pl.col("zero")).dt.total_days().cast(pl.Float64).alias("day")).filter(
        pl.col("day") > 0.0
    )
