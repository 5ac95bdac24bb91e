"""Relapses that may be none: over within a day, or with fever or infection; what is not recorded is not known."""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from regraft.clinical.infections import is_fever_or_infection
from regraft.core.kernels import kernel
from regraft.endpoints.clock import Clock, Ragged, along, start_clock
from regraft.endpoints.definition import Hygiene
from regraft.study.lab_limits import with_bounds
from regraft.study.lab_units import in_standard_units
from regraft.study.tables import Study


class PassingRules(Protocol):
    """What tells a passing worsening from a relapse; definitions of both kinds have it."""

    @property
    def passing(self) -> Hygiene:
        """Rule for a relapse over before `least_days`."""

    @property
    def least_days(self) -> int:
        """Least days from first to last day."""

    @property
    def fever(self) -> Hygiene:
        """Rule for a relapse with fever or infection."""

    @property
    def fever_within_days(self) -> int:
        """How far these may lie from the onset."""

    @property
    def fever_from_degc(self) -> float:
        """Least temperature of a fever."""


def lasting_reports(study: Study, rules: PassingRules) -> pl.DataFrame:
    """Return the table of relapses without those shown to be passing worsening; the study's own where no rule asks.

    Parameters
    ----------
    study : Study
        The study.
    rules : PassingRules
        What does not count.
    """
    table = study.table("relapses")
    if rules.passing is Hygiene.IGNORED and rules.fever is Hygiene.IGNORED:
        return table
    clock = start_clock(study)
    numbered = table.with_row_index("row").join(
        clock.subjects.select("subject_id", "zero"), on="subject_id", how="left"
    )
    numbered = numbered.with_columns(last_day=(pl.col("end_date") - pl.col("zero")).dt.total_days())
    reports = along(clock, numbered.drop("zero"), "onset_date", ("row", "last_day"))
    passing = reports.values["row"][holds(reports, study, clock, rules) == 0.0]
    return table.with_row_index("row").filter(~pl.col("row").is_in(passing.astype(np.int64).tolist())).drop("row")


def holds(reports: Ragged, study: Study, clock: Clock, rules: PassingRules) -> NDArray[np.float64]:
    """Return for each reported relapse 1.0 (no passing worsening), 0.0 (one) or NaN (cannot be said).

    Parameters
    ----------
    reports : Ragged
        Reported relapses with column ``last_day`` (days from day zero; NaN where not recorded).
    study, clock : Study, Clock
        The study and its subjects.
    rules : PassingRules
        Which relapses count.
    """
    lasting = np.ones(reports.day.size)
    if rules.passing is not Hygiene.IGNORED:
        length = reports.values["last_day"] - reports.day
        shown = np.where(length < rules.least_days, 0.0, 1.0)
        lasting = np.where(np.isnan(length), _not_recorded(rules.passing), shown)
    well = np.ones(reports.day.size)
    if rules.fever is not Hygiene.IGNORED:
        ill = _ill(study, clock, rules)
        found = np.zeros(reports.day.size, dtype=np.bool_)
        last_day = np.maximum(ill.values["last_day"], ill.day)
        _near(reports.offsets, reports.day, ill.offsets, ill.day, last_day, float(rules.fever_within_days), found)
        well = np.where(found, 0.0, 1.0 if study.has("adverse_events") else _not_recorded(rules.fever))
    return np.where((lasting == 0.0) | (well == 0.0), 0.0, lasting * well)


def _not_recorded(rule: Hygiene) -> float:
    return np.nan if rule is Hygiene.KNOWN else 1.0


def _ill(study: Study, clock: Clock, rules: PassingRules) -> Ragged:
    """Return days with fever or infection: ``day`` to ``last_day`` (an end that is not recorded is the first day)."""
    events = study.table("adverse_events").filter(matching("term", is_fever_or_infection))
    events = events.select("subject_id", first="start_date", last=pl.coalesce("end_date", "start_date"))
    hot = with_bounds(in_standard_units(study.table("labs").filter(pl.col("test") == "temperature")))
    hot = hot.filter(pl.col("value") >= rules.fever_from_degc).select("subject_id", first="date", last="date")
    days = pl.concat([events, hot]).join(clock.subjects.select("subject_id", "zero"), on="subject_id")
    days = days.with_columns(last_day=(pl.col("last") - pl.col("zero")).dt.total_days())
    return along(clock, days.drop("zero"), "first", ("last_day",))


def matching(column: str, means: Callable[[str], bool]) -> pl.Expr:
    """Return which rows hold a term that `means` accepts; every distinct term is looked at once."""

    def accepted(terms: pl.Series) -> pl.Series:
        distinct = [term for term in terms.unique().drop_nulls().to_list() if means(term)]
        return terms.is_in(distinct)

    return pl.col(column).map_batches(accepted, return_dtype=pl.Boolean)


@kernel
def _near(offsets: Any, days: Any, ill_offsets: Any, ill_first: Any, ill_last: Any, within: float, found: Any) -> None:
    """Mark each day that lies at most `within` days before or after an interval of illness of the same subject."""
    for s in range(offsets.size - 1):
        for i in range(offsets[s], offsets[s + 1]):
            for j in range(ill_offsets[s], ill_offsets[s + 1]):
                if ill_first[j] - within <= days[i] <= ill_last[j] + within:
                    found[i] = True
