"""Every endpoint of one study as numbers with intervals, each with its definition in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import polars as pl
from scipy.special import stdtrit

from regraft.analysis.binomial import exact_interval
from regraft.analysis.catalogue import Kind, Statistic, catalogue
from regraft.analysis.counts import exact_rate_interval
from regraft.analysis.survival import Interval, kaplan_meier
from regraft.core.results import rows_to_frame, to_json
from regraft.endpoints.definition import Definition
from regraft.endpoints.derive import Derived
from regraft.endpoints.labels import label_of
from regraft.endpoints.wording import definition_of
from regraft.study.tables import Study

DAYS_PER_YEAR = 365.25
USUAL_YEARS = (1.0, 2.0, 3.0, 5.0, 10.0)
_SCHEMA: dict[str, type[pl.DataType]] = {
    "endpoint": pl.String, "label": pl.String, "definition": pl.String, "statistic": pl.String, "n": pl.Int64,
    "events": pl.Float64, "estimate": pl.Float64, "low": pl.Float64, "high": pl.Float64, "level": pl.Float64,
    "unit": pl.String, "note": pl.String,
}  # fmt: skip


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryRow:
    """One number of a study.

    Parameters
    ----------
    endpoint, label, definition : str
        What it is about: name, words for a table, and what counts.
    statistic : str
        ``free_at_3y``, ``proportion``, ``rate``, ``mean`` or ``median``.
    n : int
        Subjects it rests on.
    events : float or None
        Events among them (up to the time read), where there are events.
    estimate, low, high : float or None
        The number and its interval; None where it cannot be said. For a median, the quartiles.
    level : float or None
        Level of the interval; None for quartiles.
    unit : str
        Unit of the number.
    note : str
        What a reader must know: subjects left out, the kind of interval.
    """

    endpoint: str
    label: str
    definition: str
    statistic: str
    n: int
    events: float | None
    estimate: float | None
    low: float | None
    high: float | None
    level: float | None
    unit: str
    note: str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class StudySummary:
    """All numbers of a study.

    Parameters
    ----------
    title : str
        Title of the study.
    simulated : bool
        Whether the study is simulated; then every number is.
    definition : str
        Name of the endpoint definitions.
    unverified : tuple of str
        Rules of these definitions that could not be read in their source.
    rows : tuple of SummaryRow
        The numbers.
    not_derivable : tuple of (str, str)
        What the study says nothing about, with the reason.
    """

    title: str
    simulated: bool
    definition: str
    unverified: tuple[str, ...]
    rows: tuple[SummaryRow, ...]
    not_derivable: tuple[tuple[str, str], ...]

    def to_frame(self) -> pl.DataFrame:
        """Return one row per number."""
        return rows_to_frame(self.rows, _SCHEMA)

    def to_json(self) -> str:
        """Return everything as one JSON document."""
        return to_json(self)


def summarise(
    study: Study,
    derived: Derived,
    definitions: Definition,
    *,
    years: Sequence[float] = USUAL_YEARS,
    level: float = 0.95,
) -> StudySummary:
    """Return every endpoint of one study as numbers with intervals.

    Parameters
    ----------
    study : Study
        The study.
    derived : Derived
        Its endpoints.
    definitions : Definition
        The definitions they follow.
    years : sequence of float
        Times at which Kaplan-Meier curves are read.
    level : float
        Confidence level.
    """
    missing = {name for name, _ in derived.not_derivable}
    present = [name for name in derived.events["endpoint"].unique(maintain_order=True) if name not in missing]
    out_of_risk = dict(derived.not_at_risk.group_by("endpoint").len().iter_rows())
    by_endpoint = {str(key[0]): frame for key, frame in derived.events.partition_by("endpoint", as_dict=True).items()}
    by_measure = {str(key[0]): frame for key, frame in derived.measures.partition_by("measure", as_dict=True).items()}
    rows = []
    for statistic in catalogue(present, years):
        name = statistic.endpoint
        if statistic.kind in {Kind.FREE_AT, Kind.PROPORTION}:
            row = _of_events(statistic, by_endpoint[name], out_of_risk.get(name, 0), definitions, level)
        else:
            row = _of_measures(statistic, by_measure, definitions, level)
        if row is not None:
            rows.append(row)
    return StudySummary(
        title=study.about.title, simulated=study.about.simulated, definition=derived.definition,
        unverified=definitions.unverified, rows=tuple(rows), not_derivable=derived.not_derivable,
    )  # fmt: skip


def _row(  # the parts of one row
    statistic: Statistic,
    definitions: Definition,
    n: int,
    events: float | None,
    values: tuple[float, float, float],
    level: float | None,
    note: str,
) -> SummaryRow:
    estimate, low, high = (None if np.isnan(value) else float(value) for value in values)
    label = label_of(statistic.endpoint)
    if statistic.kind is Kind.PROPORTION and statistic.endpoint.startswith("activity_free"):
        label = f"Loss of {label}"  # the share counts who had the event, that is, who lost it
    return SummaryRow(
        endpoint=statistic.endpoint, label=label,
        definition=definition_of(statistic.endpoint, definitions), statistic=statistic.name, n=n, events=events,
        estimate=estimate, low=low, high=high, level=level, unit=statistic.unit, note=note,
    )  # fmt: skip


def _of_events(
    statistic: Statistic, frame: pl.DataFrame, out_of_risk: int, definitions: Definition, level: float
) -> SummaryRow | None:
    """Return a Kaplan-Meier reading or a proportion; who is unknown is left out and counted in the note."""
    known = frame.filter(pl.col("status") != "unknown")
    n = known.height
    event = (known["status"] == "event").to_numpy()
    notes = []
    if frame.height > n:
        notes.append(f"{frame.height - n} of {frame.height} unknown and left out")
    if out_of_risk:
        notes.append(f"{out_of_risk} not at risk and left out")
    if statistic.kind is Kind.PROPORTION:
        events = int(event.sum())
        low, high = exact_interval(events, n, level)
        notes.append("exact interval")
        values = (events / n if n else np.nan, low, high)
        return _row(statistic, definitions, n, events, values, level, "; ".join(notes))
    if (known["status"] == "competing").any():
        notes.append("competing deaths are censored")
    days = known["time_days"].to_numpy()
    years = statistic.years or 0.0
    moment = years * DAYS_PER_YEAR
    curve = kaplan_meier(days, event, interval=Interval.LOG_LOG, level=level)
    estimate, low, high = curve.at(moment)
    if np.isnan(estimate):
        return None
    events = int(event[days <= moment].sum())
    if events == 0:
        followed = int(curve.number_at_risk([moment])[0])
        low, high = exact_interval(followed, followed, level)
        notes.append(f"no event: exact bound from the {followed} still observed at {years:g} years")
    else:
        notes.append("Kaplan-Meier, log-log interval")
    return _row(statistic, definitions, n, events, (estimate, low, high), level, "; ".join(notes))


def _of_measures(
    statistic: Statistic, by_measure: dict[str, pl.DataFrame], definitions: Definition, level: float
) -> SummaryRow | None:
    """Return a rate, a mean or a median of measures; subjects without the value are left out."""
    if statistic.kind is Kind.RATE:
        above, below = (by_measure[name]["value"].to_numpy() for name in statistic.over)
        known = ~np.isnan(above) & ~np.isnan(below)
        events, exposure = float(above[known].sum()), float(below[known].sum())
        if exposure <= 0.0:
            return None
        low, high = exact_rate_interval(events, exposure, level)
        over = (
            f"{exposure:.1f} {statistic.unit.split('/')[1]}s"
            if statistic.per == 1.0
            else f"{exposure:.0f} patient-days"
        )
        note = f"{events:g} over {over}; Poisson interval, too narrow if subjects differ"
        rate = (statistic.per * events / exposure, statistic.per * low, statistic.per * high)
        return _row(statistic, definitions, int(known.sum()), events, rate, level, note)
    values = by_measure[statistic.endpoint]["value"].drop_nulls().to_numpy()
    if values.size == 0:
        return None
    if statistic.kind is Kind.MEDIAN:
        low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
        note = f"quartiles; range {values.min():.3g} to {values.max():.3g}"
        return _row(statistic, definitions, values.size, None, (middle, low, high), None, note)
    mean = float(values.mean())
    half = np.nan
    if values.size > 1:
        half = float(stdtrit(values.size - 1, (1.0 + level) / 2.0) * values.std(ddof=1) / np.sqrt(values.size))
    return _row(statistic, definitions, values.size, None, (mean, mean - half, mean + half), level, "t interval")
