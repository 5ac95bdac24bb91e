"""Every endpoint of one study as numbers with intervals, each with its definition in words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import polars as pl
from scipy.special import stdtrit

from regraft.analysis.binomial import exact_interval
from regraft.analysis.catalogue import Statistic, statistics_of
from regraft.analysis.counts import exact_rate_interval
from regraft.analysis.survival import Interval, kaplan_meier
from regraft.core.notebook import notebook_html
from regraft.core.results import rows_to_frame, to_json
from regraft.endpoints.catalogue import Catalogue
from regraft.endpoints.definition import Definition
from regraft.endpoints.derive import Derived
from regraft.endpoints.endpoint import Endpoint, Group, Rate, Reading
from regraft.endpoints.outcomes import Outcomes, outcomes_of
from regraft.study.tables import Study, StudyAbout

DAYS_PER_YEAR = 365.25
USUAL_YEARS = (1.0, 2.0, 3.0, 5.0, 10.0)
_SCHEMA: dict[str, type[pl.DataType]] = {
    "endpoint": pl.String,
    "label": pl.String,
    "definition": pl.String,
    "statistic": pl.String,
    "n": pl.Int64,
    "events": pl.Float64,
    "estimate": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "level": pl.Float64,
    "unit": pl.String,
    "note": pl.String,
    "unknown": pl.Int64,
    "not_at_risk": pl.Int64,
}


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
    unknown, not_at_risk : int
        Subjects left out: the data cannot say, or the event is not defined for them.
    group : Group
        Where a report shows it.
    reading : Reading
        How subjects became one number.
    years : float or None
        For a Kaplan-Meier reading, its time.
    exposure : float or None
        For a rate, what the events are divided by.
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
    unknown: int
    not_at_risk: int
    group: Group
    reading: Reading
    years: float | None = None
    exposure: float | None = None


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

    Examples
    --------
    >>> import regraft as rg
    >>> ends = rg.derive(rg.example("registry-sample"))
    >>> found = rg.stats.summarise(ends.study, ends.derived, ends.definition)
    >>> found.definition, found.simulated, len(found.rows) > 10
    ('consensus', False, True)
    """

    title: str
    simulated: bool
    definition: str
    unverified: tuple[str, ...]
    rows: tuple[SummaryRow, ...]
    not_derivable: tuple[tuple[str, str], ...]

    def _repr_html_(self) -> str:
        return notebook_html(self.title, self.to_frame(), simulated=self.simulated)

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

    Examples
    --------
    >>> import regraft as rg
    >>> ends = rg.derive(rg.example("registry-sample"))
    >>> rg.stats.summarise(ends.study, ends.derived, ends.definition).to_frame().height > 10
    True
    """
    columns = columns_of(outcomes_of(derived))
    return summarise_columns(study.about, columns, derived.catalogue, definitions, years=years, level=level)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeColumns:
    """Outcomes of everybody, one endpoint or measure at a time: where they are too many, each is read when asked for.

    Parameters
    ----------
    endpoints : tuple of str
        Endpoints of which anybody was at risk, in the order of the catalogue.
    events : callable
        Takes the name of one, and returns columns status and time_days of all at risk.
    measure : callable
        Takes the name of a measure, and returns its values, null where there is none.
    not_at_risk : mapping of str to int
        People not at risk of an endpoint.
    not_derivable : tuple of (str, str)
        What nothing is known of, with the reason.
    """

    endpoints: tuple[str, ...]
    events: Callable[[str], pl.DataFrame]
    measure: Callable[[str], pl.Series]
    not_at_risk: Mapping[str, int]
    not_derivable: tuple[tuple[str, str], ...]


def columns_of(outcomes: Outcomes) -> OutcomeColumns:
    """Return what a summary reads of endpoints and measures."""
    return OutcomeColumns(
        endpoints=outcomes.endpoints,
        events=outcomes.events,
        measure=outcomes.measure,
        not_at_risk=outcomes.not_at_risk,
        not_derivable=outcomes.not_derivable,
    )


def summarise_columns(
    about: StudyAbout,
    columns: OutcomeColumns,
    catalogue: Catalogue,
    definitions: Definition,
    *,
    years: Sequence[float] = USUAL_YEARS,
    level: float = 0.95,
) -> StudySummary:
    """Return every endpoint as numbers with intervals: `summarise` where only one column is in memory at a time."""
    missing = {name for name, _ in columns.not_derivable}
    present = [name for name in columns.endpoints if name not in missing]
    rows = []
    read, frame = "", pl.DataFrame()
    for statistic in statistics_of(catalogue, present, years):
        of = statistic.of
        if isinstance(of, Endpoint):
            read, frame = of.name, frame if of.name == read else columns.events(of.name)
            found = _of_events(statistic, frame, columns.not_at_risk.get(of.name, 0), level)
        elif isinstance(of, Rate):
            found = _of_rate(of, columns.measure(of.above), columns.measure(of.below), level)
        else:
            found = _of_measure(statistic, columns.measure(of.name), level)
        if found is not None:
            rows.append(_row(statistic, found))
    return StudySummary(
        title=about.title,
        simulated=about.simulated,
        definition=catalogue.definition.name,
        unverified=definitions.unverified,
        rows=tuple(rows),
        not_derivable=columns.not_derivable,
    )


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What was computed: the estimate with its interval, on whom it rests, and what must be said of it."""

    n: int
    values: tuple[float, float, float]
    notes: tuple[str, ...]
    events: float | None = None
    level: float | None = None
    unknown: int = 0
    not_at_risk: int = 0
    exposure: float | None = None


def _row(statistic: Statistic, found: _Found) -> SummaryRow:
    estimate, low, high = (None if np.isnan(value) else float(value) for value in found.values)
    return SummaryRow(
        endpoint=statistic.of.name,
        label=statistic.label,
        definition=statistic.of.rule,
        statistic=statistic.name,
        n=found.n,
        events=found.events,
        estimate=estimate,
        low=low,
        high=high,
        level=found.level,
        unit=statistic.unit,
        note="; ".join(found.notes),
        unknown=found.unknown,
        not_at_risk=found.not_at_risk,
        group=statistic.of.group,
        reading=statistic.reading,
        years=statistic.years,
        exposure=found.exposure,
    )


def _of_events(statistic: Statistic, frame: pl.DataFrame, out_of_risk: int, level: float) -> _Found | None:
    """Return a Kaplan-Meier reading or a proportion; who is unknown is left out and counted."""
    known = frame.filter(pl.col("status") != "unknown")
    n, unknown = known.height, frame.height - known.height
    event = (known["status"] == "event").to_numpy()
    notes = [f"{unknown} of {frame.height} unknown and left out"] if unknown else []
    notes += [f"{out_of_risk} not at risk and left out"] if out_of_risk else []
    left_out = {"unknown": unknown, "not_at_risk": out_of_risk}
    if statistic.reading is Reading.PROPORTION:
        events = int(event.sum())
        values = (events / n if n else np.nan, *exact_interval(events, n, level))
        notes.append("exact interval")
        return _Found(n=n, events=events, values=values, level=level, notes=tuple(notes), **left_out)
    if (known["status"] == "competing").any():
        notes.append("competing deaths are censored")
    days, years = known["time_days"].to_numpy(), statistic.years or 0.0
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
    elif estimate == 0.0:
        low, high = exact_interval(0, events, level)
        notes.append(f"nobody free: exact bound from the {events} who had the event")
    else:
        notes.append("Kaplan-Meier, log-log interval")
    values = (estimate, low, high)
    return _Found(n=n, events=events, values=values, level=level, notes=tuple(notes), **left_out)


def _of_rate(rate: Rate, counted: pl.Series, divisor: pl.Series, level: float) -> _Found | None:
    """Return a sum over a sum; subjects without one of the two are left out."""
    above, below = counted.to_numpy(), divisor.to_numpy()
    known = ~np.isnan(above) & ~np.isnan(below)
    events, exposure = float(above[known].sum()), float(below[known].sum())
    if exposure <= 0.0:
        return None
    low, high = exact_rate_interval(events, exposure, level)
    decimals = 1 if rate.per == 1.0 else 0
    note = f"{events:g} over {exposure:.{decimals}f} {rate.exposure}; Poisson interval, too narrow if subjects differ"
    values = (rate.per * events / exposure, rate.per * low, rate.per * high)
    return _Found(n=int(known.sum()), events=events, values=values, level=level, notes=(note,), exposure=exposure)


def _of_measure(statistic: Statistic, column: pl.Series, level: float) -> _Found | None:
    """Return a mean or a median; subjects without the value are left out."""
    values = column.drop_nulls().to_numpy()
    if values.size == 0:
        return None
    if statistic.reading is Reading.MEDIAN:
        low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
        note = f"quartiles; range {values.min():.3g} to {values.max():.3g}"
        return _Found(n=values.size, values=(middle, low, high), notes=(note,))
    mean, half = float(values.mean()), np.nan
    if values.size > 1:
        half = float(stdtrit(values.size - 1, (1.0 + level) / 2.0) * values.std(ddof=1) / np.sqrt(values.size))
    return _Found(n=values.size, values=(mean, mean - half, mean + half), level=level, notes=("t interval",))
