"""One row per event: what `regraft endpoints` writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import polars as pl

from regraft.core.arrays import Floats, Ints
from regraft.core.notebook import notebook_html
from regraft.endpoints.progression.batch import Events, Trajectories, search_events
from regraft.endpoints.progression.choices import Start
from regraft.endpoints.progression.kind import EventKind
from regraft.endpoints.progression.plan import NONE
from regraft.endpoints.progression.rules import ProgressionDefinition
from regraft.endpoints.progression.trajectories import (
    StudyTrajectories,
    refuse_what_cannot_be_said,
    study_trajectories,
)
from regraft.study.blocks import OnDone, blocks_of, unwatched
from regraft.study.tables import Study
from regraft.writing.spreadsheet import spreadsheet_safe

_KINDS = {EventKind.RAW: "RAW", EventKind.PIRA: "PIRA", EventKind.CDW: "undefined"}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many subjects there are, with an event, and of whom nothing can be said; events by their kind."""

    subjects: int
    subjects_with_event: int
    unknown: int
    events: Mapping[str, int]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Progression:
    """The events of a study by one definition.

    Parameters
    ----------
    definition : ProgressionDefinition
        The rules.
    rows : polars.DataFrame
        One row per event, and one for each subject without: subject_id, event_number (0 without event), event_type
        (CDW, CDI or empty), time_to_event_days (follow-up without event; null where nothing can be said),
        confirmed_after_days, sustained_days, baseline_value, event_value, cdw_kind (RAW, PIRA, undefined or empty),
        baseline_date, event_date, confirmed_date, pira_confirmed_after_days, follow_up_days, visits (what made the
        event, or why nothing can be said); of a simulated study also data, SIMULATED everywhere.
    simulated : bool
        Whether the study is simulated.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.progression(rg.example("registry-sample"), "msprog-first-cdw-24w-fixed").counts.subjects
    40
    """

    definition: ProgressionDefinition
    rows: pl.DataFrame
    simulated: bool

    @property
    def counts(self) -> Counts:
        """How many subjects and events there are."""
        happened = self.rows.filter(pl.col("event_type") != "")
        kind = pl.concat_str("event_type", pl.lit(" "), "cdw_kind")
        named = happened.select(pl.when(pl.col("cdw_kind") == "").then(pl.col("event_type")).otherwise(kind))
        events = named.to_series().value_counts().sort("event_type")
        return Counts(
            subjects=self.rows["subject_id"].n_unique(),
            subjects_with_event=happened["subject_id"].n_unique(),
            unknown=self.rows["time_to_event_days"].null_count(),
            events=dict(events.iter_rows()),
        )

    def to_csv(self, *, raw: bool = False) -> bytes:
        """Return the rows as a CSV file, in which nothing is an empty cell.

        Parameters
        ----------
        raw : bool
            Leave text as it is, even where a spreadsheet would run it as a formula.
        """
        rows = self.rows if raw else spreadsheet_safe(self.rows)
        return rows.with_columns(pl.col("event_type", "cdw_kind", "visits").replace("", None)).write_csv().encode()

    def _repr_html_(self) -> str:
        return notebook_html(self.definition.title, self.rows, simulated=self.simulated)

    def to_frame(self) -> pl.DataFrame:
        """Return the rows."""
        return self.rows


def derive_progression(study: Study, definition: ProgressionDefinition, on_done: OnDone = unwatched) -> Progression:
    """Find the events of every subject of a study.

    Parameters
    ----------
    study : Study
        A study without errors.
    definition : ProgressionDefinition
        The rules.
    on_done : callable, optional
        Told how many people more are done.

    Raises
    ------
    StudyProblem
        The study lacks what the definition needs.
    """
    refuse_what_cannot_be_said(study, definition)
    parts = []
    for block in blocks_of(study):
        laid_out = study_trajectories(block, definition)
        parts.append(event_rows(laid_out, search_events(definition.plan(), laid_out.trajectories), definition))
        on_done(laid_out.trajectories.subjects)
    rows, simulated = _in_order(parts, study), study.about.simulated
    marked = rows.with_columns(data=pl.lit("SIMULATED")) if simulated else rows
    return Progression(definition=definition, rows=marked, simulated=simulated)


def _in_order(parts: Sequence[pl.DataFrame], study: Study) -> pl.DataFrame:
    """Return the rows of all blocks, subjects in the order of their table: blocks have them by name."""
    if len(parts) == 1:
        return parts[0]
    order = study.table("subjects").select("subject_id").with_row_index("index")
    rows = pl.concat(parts).join(order, on="subject_id", maintain_order="left")
    return rows.sort("index", "event_number").drop("index")


def event_rows(laid_out: StudyTrajectories, events: Events, definition: ProgressionDefinition) -> pl.DataFrame:
    """Return events as rows (see `Progression`), subjects in their order, with rows for those without events."""
    quiet = np.setdiff1d(np.arange(laid_out.trajectories.subjects), events.subject)
    rows = pl.concat([_with_event(laid_out, events, definition), _without_event(laid_out, quiet, definition)])
    return rows.sort("index", "event_number").drop("index")


def _with_event(laid_out: StudyTrajectories, events: Events, definition: ProgressionDefinition) -> pl.DataFrame:
    trajectories = laid_out.trajectories
    day = _days_at(trajectories, events.event)
    last = trajectories.offsets[events.subject + 1] - 1
    confirmed = _days_at(trajectories, _earliest(events.confirmed))
    pira = _days_at(trajectories, _earliest(events.pira_confirmed))
    kinds = [_KINDS.get(EventKind(kind), "") if definition.classifies else "" for kind in range(len(EventKind))]
    words = np.array(kinds, dtype=object)[events.kind]
    types = np.where(events.kind == EventKind.CDI, "CDI", "CDW")
    first = np.flatnonzero(np.diff(events.subject, prepend=-1))
    number = np.arange(events.subject.size) - np.repeat(first, np.diff(np.append(first, events.subject.size))) + 1
    frame = pl.DataFrame(
        {
            "index": events.subject,
            "event_number": number,
            "event_type": pl.Series(types, dtype=pl.String),
            "cdw_kind": pl.Series(words, dtype=pl.String),
            "time_to_event_days": day - laid_out.origin[events.subject],
            "confirmed_after_days": confirmed - day,
            "sustained_days": _days_at(trajectories, events.sustained) - day,
            "baseline_value": events.baseline_value,
            "event_value": events.event_value,
            "baseline_date": _days_at(trajectories, events.baseline),
            "event_date": day,
            "confirmed_date": confirmed,
            "pira_confirmed_after_days": pira - day,
            "last_seen": _days_at(trajectories, events.sustained),
            "follow_up_days": _days_at(trajectories, last) - laid_out.origin[events.subject],
        }
    )
    return _dressed(frame, laid_out, _story(definition))


def _without_event(laid_out: StudyTrajectories, quiet: Ints, definition: ProgressionDefinition) -> pl.DataFrame:
    last = laid_out.trajectories.offsets[quiet + 1] - 1
    followed = np.maximum(_days_at(laid_out.trajectories, last) - laid_out.origin[quiet], 0.0)
    scale = definition.scale.value.replace("_", " ").upper()
    since = "up to day zero" if definition.baseline.start is Start.DAY_ZERO else "recorded"
    why = (
        pl.when(pl.col("time_to_event_days").is_nan())
        .then(pl.lit(f"unknown: no {scale} {since}"))
        .otherwise(pl.lit(""))
    )
    nothing = np.full(quiet.size, np.nan)
    frame = pl.DataFrame(
        {
            "index": quiet,
            "event_number": np.zeros(quiet.size, dtype=np.int64),
            "event_type": pl.Series([""] * quiet.size, dtype=pl.String),
            "cdw_kind": pl.Series([""] * quiet.size, dtype=pl.String),
            "time_to_event_days": followed,
            "confirmed_after_days": nothing,
            "sustained_days": nothing,
            "baseline_value": nothing,
            "event_value": nothing,
            "baseline_date": nothing,
            "event_date": nothing,
            "confirmed_date": nothing,
            "pira_confirmed_after_days": nothing,
            "last_seen": nothing,
            "follow_up_days": followed,
        }
    )
    return _dressed(frame, laid_out, why)


def _story(definition: ProgressionDefinition) -> pl.Expr:
    """Return the visits that made an event, in words."""
    scale = definition.scale.value.replace("_", " ").upper()

    def on(column: str) -> pl.Expr:
        return pl.col(column).cast(pl.Int32, strict=False).cast(pl.Date).dt.to_string("%Y-%m-%d")

    confirmed = (
        pl.when(pl.col("confirmed_date").is_nan())
        .then(pl.lit("; at the last visit, not confirmed"))
        .otherwise(pl.concat_str(pl.lit("; confirmed "), on("confirmed_date"), ignore_nulls=True))
    )
    return pl.concat_str(
        pl.lit(f"baseline {scale} "),
        pl.col("baseline_value").cast(pl.String),
        pl.lit(" on "),
        on("baseline_date"),
        pl.lit("; event "),
        pl.col("event_value").cast(pl.String),
        pl.lit(" on "),
        on("event_date"),
        confirmed,
        pl.lit("; last seen "),
        on("last_seen"),
    )


def _dressed(frame: pl.DataFrame, laid_out: StudyTrajectories, story: pl.Expr) -> pl.DataFrame:
    """Return a frame with names of subjects, dates, whole days, and the visits in words; NaN becomes null."""
    dates = ("baseline_date", "event_date", "confirmed_date")
    spans = (
        "time_to_event_days",
        "confirmed_after_days",
        "sustained_days",
        "pira_confirmed_after_days",
        "follow_up_days",
    )

    def whole(name: str) -> pl.Expr:
        return pl.col(name).fill_nan(None).cast(pl.Int32)

    told = frame.with_columns(visits=story, subject_id=laid_out.subject_id.gather(frame["index"]))
    return told.select(
        "index",
        "subject_id",
        "event_number",
        "event_type",
        *(whole(name) for name in spans[:3]),
        pl.col("baseline_value").fill_nan(None),
        pl.col("event_value").fill_nan(None),
        "cdw_kind",
        *(whole(name).cast(pl.Date) for name in dates),
        whole(spans[3]),
        whole(spans[4]),
        "visits",
    )


def _days_at(trajectories: Trajectories, rows: Ints) -> Floats:
    """Return the day of each visit; NaN for none."""
    return np.append(trajectories.days, np.nan)[np.where(rows == NONE, trajectories.days.size, rows)]


def _earliest(rows: Ints) -> Ints:
    """Return the first visit of each event over all windows; -1 for none."""
    furthest = np.iinfo(np.int64).max
    first = np.where(rows == NONE, furthest, rows).min(axis=1, initial=furthest)
    return np.where(first == furthest, NONE, first)
