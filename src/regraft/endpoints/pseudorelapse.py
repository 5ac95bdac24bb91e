"""Pseudorelapses: over within a day, or with fever or infection; what is not recorded is not known."""

from collections.abc import Callable

import numpy as np
import polars as pl

from regraft.clinical.infections import is_fever_or_infection
from regraft.core.arrays import Flags, Floats
from regraft.core.kernels import kernel
from regraft.endpoints.clock import Clock, Ragged, Timeline, along, start_clock
from regraft.endpoints.relapse_rules import Pseudorelapse, RelapseRules
from regraft.study.lab_limits import with_bounds
from regraft.study.lab_units import in_standard_units
from regraft.study.tables import Study


def told_true(study: Study, rules: RelapseRules) -> Floats:
    """Return what `holds` says of each row of the table of relapses, in its order; shape (rows,)."""
    table = study.table("relapses")
    true = np.ones(table.height)
    if not rules.asks_for_pseudorelapses:
        return true
    clock = start_clock(study)
    reports = reports_along(clock, table.with_row_index("row"), ("row",))
    true[reports.values["row"].astype(np.int64)] = holds(reports, study, clock, rules)
    return true


def reports_along(clock: Clock, table: pl.DataFrame, columns: tuple[str, ...]) -> Ragged:
    """Lay reports of relapses out by subject and day, with their ``last_day`` (days from day zero) and `columns`."""
    dated = table.join(clock.subjects.select("subject_id", "zero"), on="subject_id", how="left")
    dated = dated.with_columns(last_day=(pl.col("end_date") - pl.col("zero")).dt.total_days())
    return along(clock, dated.drop("zero"), "onset_date", (*columns, "last_day"))


def holds(reports: Ragged, study: Study, clock: Clock, rules: RelapseRules) -> Floats:
    """Return for each reported relapse 1.0 (no pseudorelapse), 0.0 (one) or NaN (cannot be said).

    Parameters
    ----------
    reports : Ragged
        Reported relapses with column ``last_day`` (days from day zero; NaN where not recorded).
    study, clock : Study, Clock
        The study and its subjects.
    rules : RelapseRules
        Which relapses count.
    """
    lasting = np.ones(reports.day.size)
    if rules.pseudorelapse_by_length is not Pseudorelapse.IGNORED:
        length = reports.values["last_day"] - reports.day
        shown = np.where(length < rules.least_days, 0.0, 1.0)
        lasting = np.where(np.isnan(length), _not_recorded(rules.pseudorelapse_by_length), shown)
    well = np.ones(reports.day.size)
    if rules.pseudorelapse_by_fever is not Pseudorelapse.IGNORED:
        ill = _ill(study, clock, rules)
        found = np.zeros(reports.day.size, dtype=np.bool_)
        last_day = np.maximum(ill.values["last_day"], ill.day)
        _near(reports.timeline(), ill.timeline(), last_day, float(rules.fever_within_days), found)
        well = np.where(found, 0.0, 1.0 if study.has("adverse_events") else _not_recorded(rules.pseudorelapse_by_fever))
    return np.where((lasting == 0.0) | (well == 0.0), 0.0, lasting * well)


def _not_recorded(rule: Pseudorelapse) -> float:
    return np.nan if rule is Pseudorelapse.KNOWN else 1.0


def _ill(study: Study, clock: Clock, rules: RelapseRules) -> Ragged:
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
def _near(reports: Timeline, ill: Timeline, ill_until: Floats, within: float, found: Flags) -> None:
    """Mark each day that lies at most `within` days before or after an interval of illness of the same subject."""
    for s in range(reports.offsets.size - 1):
        for i in range(reports.offsets[s], reports.offsets[s + 1]):
            for j in range(ill.offsets[s], ill.offsets[s + 1]):
                if ill.day[j] - within <= reports.day[i] <= ill_until[j] + within:
                    found[i] = True
