"""From the tables of a study to the courses a search goes through: visits from a start on, and relapses that count."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from regraft.core.errors import Finding, StudyProblem
from regraft.core.kernels import kernel
from regraft.core.streams import Purpose, address, uniform
from regraft.endpoints.clock import start_clock
from regraft.endpoints.definition import RelapseCount
from regraft.endpoints.passing import lasting_reports
from regraft.endpoints.progression.batch import Courses
from regraft.endpoints.progression.choices import Edss10, Outcome, Start
from regraft.endpoints.progression.rules import ImputationRules, ProgressionDefinition, RelapseRules
from regraft.study.tables import Study

_OF_VISITS = {Outcome.EDSS: "edss", Outcome.SDMT: "sdmt", Outcome.T25FW: "t25fw_seconds", Outcome.NHPT: "nhpt_seconds"}
_SYSTEMS = "functional_systems"
WORST_EDSS = 10.0
_VISIT = ("index", "day", "value", "may_confirm", "terminal")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class StudyCourses:
    """The courses of a study's subjects, in the order of its table of subjects.

    Parameters
    ----------
    subject_id : polars.Series
        The subjects, as written.
    courses : Courses
        Their visits and relapses; days count from 1970-01-01.
    origin : ndarray of float, shape (subjects,)
        The day that time to an event is counted from; NaN for who has nothing to start with.
    """

    subject_id: pl.Series
    courses: Courses
    origin: NDArray[np.float64]


def place_of(outcome: Outcome) -> tuple[str, str]:
    """Return the table and the column that a scale stands in.

    Examples
    --------
    >>> place_of(Outcome.T25FW), place_of(Outcome.PYRAMIDAL)
    (('visits', 't25fw_seconds'), ('functional_systems', 'pyramidal'))
    """
    return ("visits", _OF_VISITS[outcome]) if outcome in _OF_VISITS else (_SYSTEMS, outcome.value)


def study_courses(study: Study, definition: ProgressionDefinition) -> StudyCourses:
    """Lay out what a definition needs of a study.

    Raises
    ------
    StudyProblem
        The scale was never recorded, or worsening is to be told apart by relapses and there is no table of them.
    """
    _refuse_what_cannot_be_said(study, definition)
    subjects = study.table("subjects").select("subject_id").with_row_index("index")
    visits = _visits(study, definition, subjects)
    relapses = _relapses(study, definition.relapses, subjects)
    count = subjects.height
    relapse_days = relapses["day"].to_numpy()
    relapse_offsets = _offsets(relapses, count)
    days, offsets = visits["day"].to_numpy(), _offsets(visits, count)
    origin = np.append(days, np.nan)[np.where(np.diff(offsets) > 0, offsets[:-1], days.size)]
    earliest = origin + definition.event.from_day
    if definition.baseline.start is Start.DAY_ZERO:
        origin = _day_zero(study, subjects)
        first = np.full(count, -1, dtype=np.int64)
        near = definition.baseline
        _start_rows(
            offsets,
            days,
            relapse_offsets,
            relapse_days,
            origin,
            near.days_after_relapse,
            near.days_before_relapse,
            first,
        )
        kept = np.arange(days.size) >= np.repeat(np.where(first < 0, days.size, first), np.diff(offsets))
        visits = visits.filter(pl.Series(kept))
        days, offsets = visits["day"].to_numpy(), _offsets(visits, count)
        origin = np.where(np.diff(offsets) > 0, origin, np.nan)
        earliest = origin + max(definition.event.from_day, 1.0)
    terminal = np.zeros(count, dtype=np.bool_)
    terminal[visits["index"].filter(visits["terminal"]).to_numpy()] = True
    courses = Courses(
        offsets=offsets,
        days=days,
        values=visits["value"].to_numpy(),
        may_confirm=visits["may_confirm"].to_numpy(),
        relapse_offsets=relapse_offsets,
        relapse_days=relapse_days,
        earliest=earliest,
        impute_within=_impute_within(subjects["subject_id"], definition.imputation),
        terminal=terminal,
    )
    return StudyCourses(subject_id=subjects["subject_id"], courses=courses, origin=origin)


def _refuse_what_cannot_be_said(study: Study, definition: ProgressionDefinition) -> None:
    table, column = place_of(definition.outcome)
    found = []
    if not study.recorded(table, column):
        remedy = f"Record it, or choose a definition of another scale than {definition.outcome.value}"
        found.append(_finding(table, column, "the scale the definition reads was never recorded", remedy))
    if definition.needs_relapses and not study.has("relapses"):
        problem = f"the table is missing, and {definition.name} tells worsening apart by relapses"
        found.append(_finding("relapses", None, problem, "Add it (without rows if no relapse happened)"))
    if found:
        raise StudyProblem(found)


def _finding(file: str, column: str | None, problem: str, remedy: str) -> Finding:
    return Finding(file=file, row=None, column=column, value=None, problem=problem, remedy=remedy)


def _visits(study: Study, definition: ProgressionDefinition, subjects: pl.DataFrame) -> pl.DataFrame:
    """Return the visits with a value by subject and day; a death due to MS is one where the definition says so."""
    table, column = place_of(definition.outcome)
    refused = list(definition.confirmation.not_at_visit_types)
    visits = study.table(table).filter(pl.col(column).is_not_null())
    if table == _SYSTEMS:
        kinds = study.table("visits").select("subject_id", "date", "visit_type")
        visits = visits.join(kinds, on=["subject_id", "date"], how="left")
    edss_10_is_recorded = definition.outcome is not Outcome.EDSS or definition.edss_10 is Edss10.AS_RECORDED
    if not edss_10_is_recorded:
        visits = visits.filter(pl.col(column) < WORST_EDSS)
    visits = visits.select(
        "subject_id",
        "date",
        value=pl.col(column).cast(pl.Float64),
        terminal=pl.lit(value=False),
        may_confirm=~pl.col("visit_type").is_in(refused).fill_null(value=False),
    )
    if not edss_10_is_recorded and definition.edss_10 is Edss10.MS_DEATH:
        visits = _with_deaths(visits, study)
    return (
        visits.join(subjects, on="subject_id", how="inner")
        .with_columns(day=pl.col("date").cast(pl.Int32).cast(pl.Float64))
        .select(_VISIT)
        .sort("index", "day")
    )


def _with_deaths(visits: pl.DataFrame, study: Study) -> pl.DataFrame:
    """Add each death recorded as due to MS as a visit with EDSS 10, in place of a visit on that day."""
    deaths = study.table("dispositions").filter((pl.col("event") == "died") & (pl.col("death_cause") == "ms"))
    ends = deaths.unique("subject_id", keep="first", maintain_order=True).select(
        "subject_id", "date", value=pl.lit(WORST_EDSS), terminal=pl.lit(value=True), may_confirm=pl.lit(value=True)
    )
    return pl.concat([visits.join(ends, on=["subject_id", "date"], how="anti"), ends])


def _relapses(study: Study, rules: RelapseRules, subjects: pl.DataFrame) -> pl.DataFrame:
    """Return index and day of the relapses that count; a report soon after another one belongs to it.

    Without a table of relapses the days since the last one, where visits give them, tell when they began.
    """
    if study.has("relapses"):
        reports = lasting_reports(study, rules).rename({"onset_date": "date"})
        if rules.count is RelapseCount.CONFIRMED:
            reports = reports.filter(pl.col("confirmed"))
        elif rules.count is RelapseCount.UNLESS_REFUTED:
            reports = reports.filter(pl.col("confirmed").fill_null(value=True))
    else:
        known = study.table("visits").filter(pl.col("days_since_relapse").is_not_null())
        reports = known.with_columns(pl.col("date") - pl.duration(days="days_since_relapse")).unique(
            ["subject_id", "date"]
        )
    found = (
        reports.filter(pl.col("date").is_not_null())
        .join(subjects, on="subject_id", how="inner")
        .select("index", day=pl.col("date").cast(pl.Int32).cast(pl.Float64))
        .sort("index", "day")
    )
    keep = np.ones(found.height, dtype=np.bool_)
    _merge(_offsets(found, subjects.height), found["day"].to_numpy(), rules.merge_within_days, keep)
    return found.filter(pl.Series(keep))


def _offsets(rows: pl.DataFrame, count: int) -> NDArray[np.int64]:
    return np.searchsorted(rows["index"].to_numpy(), np.arange(count + 1)).astype(np.int64)


def _day_zero(study: Study, subjects: pl.DataFrame) -> NDArray[np.float64]:
    """Return day zero of every subject (`regraft.endpoints.clock`), in days since 1970-01-01; NaN without one."""
    clock = start_clock(study)
    zero = np.where(clock.has_zero, clock.zero.astype(np.float64), np.nan)
    dated = clock.subjects.select("subject_id", zero=pl.Series(zero))
    return subjects.join(dated, on="subject_id", how="left", maintain_order="left")["zero"].to_numpy()


def _impute_within(names: pl.Series, rules: ImputationRules) -> NDArray[np.float64]:
    """Return for how many days of follow-up each subject's last worsening is imputed; -1 for never.

    A probability between 0 and 1 is drawn per subject from its name, so that the order of subjects changes nothing.
    """
    limit = np.inf if rules.within_days is None else rules.within_days
    if rules.probability in {0.0, 1.0}:
        return np.full(len(names), limit if rules.probability else -1.0)
    drawn = np.array([uniform(rules.seed, address(name), int(Purpose.REPORTING), 0, 0) for name in names])
    return np.where(drawn < rules.probability, limit, -1.0)


@kernel
def _merge(offsets: Any, days: Any, within: float, keep: Any) -> None:
    """Strike out each report fewer than `within` days after the first report of the same relapse."""
    for s in range(offsets.size - 1):
        first = offsets[s]
        for i in range(offsets[s] + 1, offsets[s + 1]):
            keep[i] = days[i] - days[first] >= within
            if keep[i]:
                first = i


@kernel
def _start_rows(
    offsets: Any, days: Any, relapse_offsets: Any, relapse_days: Any, zero: Any, after: float, before: float, first: Any
) -> None:
    """Find the last visit up to day zero that is not near a relapse, else the last one up to day zero, else none."""
    for s in range(offsets.size - 1):
        calm_found = False
        for i in range(offsets[s], offsets[s + 1]):
            if not days[i] <= zero[s]:
                break
            calm = True
            for r in range(relapse_offsets[s], relapse_offsets[s + 1]):
                gap = days[i] - relapse_days[r]
                calm &= not (0.0 <= gap < after or 0.0 <= -gap < before)
            if calm or not calm_found:
                first[s] = i
            calm_found |= calm
