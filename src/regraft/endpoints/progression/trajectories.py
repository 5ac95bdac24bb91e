"""From the tables of a study to what a search goes through: visits from a start on, and relapses that count."""

from dataclasses import dataclass
from typing import final

import numpy as np
import polars as pl

from regraft.core.arrays import Floats, Ints
from regraft.core.errors import Finding, StudyProblem
from regraft.core.streams import Purpose, address, uniform
from regraft.endpoints.clock import Timeline, start_clock
from regraft.endpoints.progression.baseline import baseline_rows
from regraft.endpoints.progression.batch import Trajectories
from regraft.endpoints.progression.choices import Edss10, Scale, Start
from regraft.endpoints.progression.rules import ImputationRules, ProgressionDefinition
from regraft.endpoints.pseudorelapse import told_true
from regraft.endpoints.relapse_reports import certainty, merge_reports, onsets_told_at_visits
from regraft.endpoints.relapse_rules import RelapseRules
from regraft.study.tables import Study

_OF_VISITS = {Scale.EDSS: "edss", Scale.SDMT: "sdmt", Scale.T25FW: "t25fw_seconds", Scale.NHPT: "nhpt_seconds"}
_SYSTEMS = "functional_systems"
WORST_EDSS = 10.0
_VISIT = ("index", "day", "value", "may_confirm", "terminal")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class StudyTrajectories:
    """The trajectories of a study's subjects, in the order of its table of subjects.

    Parameters
    ----------
    subject_id : polars.Series
        The subjects, as written.
    trajectories : Trajectories
        Their visits and relapses; days count from 1970-01-01.
    origin : ndarray of float, shape (subjects,)
        The day that time to an event is counted from; NaN for who has nothing to start with.
    """

    subject_id: pl.Series
    trajectories: Trajectories
    origin: Floats


def place_of(scale: Scale) -> tuple[str, str]:
    """Return the table and the column that a scale stands in.

    Examples
    --------
    >>> place_of(Scale.T25FW), place_of(Scale.PYRAMIDAL)
    (('visits', 't25fw_seconds'), ('functional_systems', 'pyramidal'))
    """
    return ("visits", _OF_VISITS[scale]) if scale in _OF_VISITS else (_SYSTEMS, scale.value)


def study_trajectories(study: Study, definition: ProgressionDefinition) -> StudyTrajectories:
    """Lay out what a definition needs of a study, or of a block of it (see `refuse_what_cannot_be_said`)."""
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
        near = definition.baseline
        first = baseline_rows(
            Timeline(offsets, days),
            Timeline(relapse_offsets, relapse_days),
            origin,
            near.days_after_relapse,
            near.days_before_relapse,
        )
        kept = np.arange(days.size) >= np.repeat(np.where(first < 0, days.size, first), np.diff(offsets))
        visits = visits.filter(pl.Series(kept))
        days, offsets = visits["day"].to_numpy(), _offsets(visits, count)
        origin = np.where(np.diff(offsets) > 0, origin, np.nan)
        earliest = origin + max(definition.event.from_day, 1.0)
    terminal = np.zeros(count, dtype=np.bool_)
    terminal[visits["index"].filter(visits["terminal"]).to_numpy()] = True
    trajectories = Trajectories(
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
    return StudyTrajectories(subject_id=subjects["subject_id"], trajectories=trajectories, origin=origin)


def refuse_what_cannot_be_said(study: Study, definition: ProgressionDefinition) -> None:
    """Refuse a study that lacks what a definition needs.

    Raises
    ------
    StudyProblem
        The scale was never recorded, or worsening is to be told apart by relapses and there is no table of them.
    """
    table, column = place_of(definition.scale)
    found = []
    if not study.recorded(table, column):
        remedy = f"Record it, or choose a definition of another scale than {definition.scale.value}"
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
    table, column = place_of(definition.scale)
    refused = list(definition.confirmation.not_at_visit_types)
    visits = study.table(table).filter(pl.col(column).is_not_null())
    if table == _SYSTEMS:
        kinds = study.table("visits").select("subject_id", "date", "visit_type")
        visits = visits.join(kinds, on=["subject_id", "date"], how="left")
    visits = visits.select(
        "subject_id",
        "date",
        value=pl.col(column).cast(pl.Float64),
        may_confirm=~pl.col("visit_type").is_in(refused).fill_null(value=False),
    )
    if definition.scale is Scale.EDSS:
        visits = with_edss_10(visits, study, definition.edss_10)
    else:
        visits = visits.with_columns(terminal=pl.lit(value=False))
    return (
        visits.join(subjects, on="subject_id", how="inner")
        .with_columns(day=pl.col("date").cast(pl.Int32).cast(pl.Float64))
        .select(_VISIT)
        .sort("index", "day")
    )


def with_edss_10(visits: pl.DataFrame, study: Study, rule: Edss10) -> pl.DataFrame:
    """Return visits with ``terminal`` added, and an EDSS of 10 as a definition has it.

    Parameters
    ----------
    visits : polars.DataFrame
        subject_id, date, value and perhaps may_confirm.
    study : Study
        With its deaths.
    rule : Edss10
        Whether 10 is kept as recorded or left out, and whether the first death recorded as due to MS is a terminal
        visit with EDSS 10, in place of a visit on that day.
    """
    told = visits.with_columns(terminal=pl.lit(value=False))
    if rule is Edss10.AS_RECORDED:
        return told
    told = told.filter(pl.col("value") < WORST_EDSS)
    if rule is Edss10.LEFT_OUT:
        return told
    deaths = study.table("dispositions").filter((pl.col("event") == "died") & (pl.col("death_cause") == "ms"))
    ends = deaths.group_by("subject_id").agg(pl.col("date").min()).drop_nulls()
    ends = ends.with_columns(value=pl.lit(WORST_EDSS), may_confirm=pl.lit(value=True), terminal=pl.lit(value=True))
    return pl.concat([told.join(ends, on=["subject_id", "date"], how="anti"), ends.select(told.columns)])


def _relapses(study: Study, rules: RelapseRules, subjects: pl.DataFrame) -> pl.DataFrame:
    """Return index and day of the relapses that count; a report soon after another one belongs to it.

    Without a table of relapses the days since the last one, where visits give them, tell when they began.
    """
    if study.has("relapses"):
        reports = study.table("relapses").select("subject_id", "onset_date", "confirmed")
        reports = reports.with_columns(holds=pl.Series(told_true(study, rules)))
    else:
        reports = onsets_told_at_visits(study).with_columns(confirmed=pl.lit(value=True), holds=pl.lit(1.0))
    found = (
        reports.filter(pl.col("onset_date").is_not_null())
        .join(subjects, on="subject_id", how="inner")
        .select(
            "index",
            "holds",
            day=pl.col("onset_date").cast(pl.Int32).cast(pl.Float64),
            confirmed=pl.col("confirmed").cast(pl.Float64).fill_null(np.nan),
        )
        .sort("index", "day")
    )
    states = np.column_stack((found["confirmed"].to_numpy(), found["holds"].to_numpy()))
    keep = merge_reports(_offsets(found, subjects.height), found["day"].to_numpy(), states, rules.merge_within_days)
    return found.filter(pl.Series(keep & (certainty(states[:, 0], states[:, 1], rules.count) == 1.0)))


def _offsets(rows: pl.DataFrame, count: int) -> Ints:
    return np.searchsorted(rows["index"].to_numpy(), np.arange(count + 1)).astype(np.int64)


def _day_zero(study: Study, subjects: pl.DataFrame) -> Floats:
    """Return day zero of every subject (`regraft.endpoints.clock`), in days since 1970-01-01; NaN without one."""
    clock = start_clock(study)
    zero = np.where(clock.has_zero, clock.zero.astype(np.float64), np.nan)
    dated = clock.subjects.select("subject_id", zero=pl.Series(zero))
    return subjects.join(dated, on="subject_id", how="left", maintain_order="left")["zero"].to_numpy()


def _impute_within(names: pl.Series, rules: ImputationRules) -> Floats:
    """Return for how many days of follow-up each subject's last worsening is imputed; -1 for never.

    A probability between 0 and 1 is drawn per subject from its name, so that the order of subjects changes nothing.
    """
    limit = np.inf if rules.within_days is None else rules.within_days
    if rules.probability in {0.0, 1.0}:
        return np.full(len(names), limit if rules.probability else -1.0)
    drawn = np.array([uniform(rules.seed, address(name), int(Purpose.REPORTING), 0, 0) for name in names])
    return np.where(drawn < rules.probability, limit, -1.0)
