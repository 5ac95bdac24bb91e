"""Every subject's own clock: day zero, last contact, and death, in days; and tables laid out along it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np
import polars as pl

from regraft.core.arrays import Flags, Floats, Ints
from regraft.study.blocks import block_count, blocks_of
from regraft.study.tables import Study

_CONTACT = (
    ("visits", "date"),
    ("functional_systems", "date"),
    ("relapses", "onset_date"),
    ("mri_scans", "date"),
    ("procedures", "date"),
    ("labs", "date"),
    ("grafts", "date"),
    ("dispositions", "date"),
    ("adverse_events", "start_date"),
)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The subjects of a study in the order of their names, with the dates that everything is counted from.

    Parameters
    ----------
    subjects : polars.DataFrame
        Columns subject_id, index (position) and zero (day zero, Date; null without any date).
    trial_number : polars.Series
        Number of the simulated trial; null for recorded subjects.
    zero : ndarray of int, shape (subjects,)
        Day zero in days since 1970-01-01; 0 where there is none.
    has_zero : ndarray of bool, shape (subjects,)
        Whether the subject has a day zero.
    transplanted : ndarray of bool, shape (subjects,)
        Whether day zero is a transplantation.
    last_contact : ndarray of float, shape (subjects,)
        Days from day zero to the last date recorded of the subject, at the latest their death; NaN without one.
    death : ndarray of float, shape (subjects,)
        Days from day zero to death; NaN for who is not known to have died.
    death_cause : tuple of str
        Cause of death; empty for the living.
    """

    subjects: pl.DataFrame
    trial_number: pl.Series
    zero: Ints
    has_zero: Flags
    transplanted: Flags
    last_contact: Floats
    death: Floats
    death_cause: tuple[str, ...]

    @property
    def count(self) -> int:
        """Number of subjects."""
        return self.subjects.height

    def days_of(self, dates: pl.Series) -> Floats:
        """Return dates, one per subject, as days from day zero; NaN for null."""
        absolute = dates.cast(pl.Int32).cast(pl.Float64).to_numpy()
        return np.where(self.has_zero, absolute - self.zero, np.nan)


class Timeline(NamedTuple):
    """On which days something happened, by subject, as kernels read it.

    Parameters
    ----------
    offsets : ndarray of int, shape (subjects + 1,)
        Subject `i` owns days ``offsets[i]`` to ``offsets[i + 1] - 1``.
    day : ndarray of float, shape (rows,)
        Days, ascending within a subject.
    """

    offsets: Ints
    day: Floats


@final
@dataclass(frozen=True, slots=True)
class Ragged:
    """Rows of one table, by subject and day: subject `i` owns rows ``offsets[i]`` to ``offsets[i + 1] - 1``.

    Parameters
    ----------
    offsets : ndarray of int, shape (subjects + 1,)
        Where each subject's rows start.
    day : ndarray of float, shape (rows,)
        Days from day zero, ascending within a subject.
    values : mapping of str to ndarray, each of shape (rows,)
        Numeric columns as float; null is NaN.
    """

    offsets: Ints
    day: Floats
    values: Mapping[str, Floats]

    def timeline(self) -> Timeline:
        """Return the days alone."""
        return Timeline(self.offsets, self.day)

    def owner(self) -> Ints:
        """Return the position of each row's subject, shape (rows,)."""
        return np.repeat(np.arange(self.offsets.size - 1), np.diff(self.offsets))

    def per_subject(self, values: Floats) -> Floats:
        """Return the sum of `values` over each subject's rows, shape (subjects,)."""
        return np.bincount(self.owner(), weights=values, minlength=self.offsets.size - 1).astype(np.float64)


def start_clock(study: Study) -> Clock:
    """Return the clock of a study.

    Day zero is the transplantation, else the enrolment, else the first visit with an EDSS, else the first visit.
    """
    return study.once(_clock)


def joined_clocks(clocks: Sequence[Clock]) -> Clock:
    """Return the clock of the people of several blocks, one after the other."""
    if len(clocks) == 1:
        return clocks[0]
    subjects = pl.concat([clock.subjects.drop("index") for clock in clocks]).with_row_index("index")
    arrays = ("zero", "has_zero", "transplanted", "last_contact", "death")
    return Clock(
        subjects=subjects.select(clocks[0].subjects.columns),
        trial_number=pl.concat([clock.trial_number for clock in clocks]),
        death_cause=tuple(cause for clock in clocks for cause in clock.death_cause),
        **{name: np.concatenate([getattr(clock, name) for clock in clocks]) for name in arrays},
    )


def _clock(study: Study) -> Clock:
    return _one_clock(study) if block_count(study) == 1 else joined_clocks([start_clock(b) for b in blocks_of(study)])


def _one_clock(study: Study) -> Clock:
    subjects = study.table("subjects").select("subject_id", "trial_number", "enrolment_date").sort("subject_id")
    procedures = study.table("procedures").filter(pl.col("procedure") == "transplant")
    transplant = procedures.group_by("subject_id").agg(transplant=pl.col("date").min())
    scored = pl.col("date").filter(pl.col("edss").is_not_null()).min()
    visit = study.table("visits").group_by("subject_id").agg(first_visit=pl.coalesce(scored, pl.col("date").min()))
    dated = (
        subjects.join(transplant, on="subject_id", how="left", maintain_order="left")
        .join(visit, on="subject_id", how="left", maintain_order="left")
        .join(_last_contact(study), on="subject_id", how="left", maintain_order="left")
        .join(_deaths(study), on="subject_id", how="left", maintain_order="left")
        .with_columns(zero=pl.coalesce("transplant", "enrolment_date", "first_visit"))
        .with_row_index("index")
    )
    zero = dated["zero"].cast(pl.Int32).cast(pl.Int64).fill_null(0).to_numpy()
    has_zero = dated["zero"].is_not_null().to_numpy()

    def days(column: str) -> Floats:
        absolute = dated[column].cast(pl.Int32).cast(pl.Float64).to_numpy()
        return np.where(has_zero, absolute - zero, np.nan)

    death = days("died")
    return Clock(
        subjects=dated.select("subject_id", "index", "zero"),
        trial_number=dated["trial_number"],
        zero=zero,
        has_zero=has_zero,
        transplanted=dated["transplant"].is_not_null().to_numpy(),
        last_contact=np.fmin(days("last_contact"), death),
        death=death,
        death_cause=tuple(dated["death_cause"].fill_null("").to_list()),
    )


def _last_contact(study: Study, *, seen: bool = False) -> pl.DataFrame:
    """Return the last date recorded of every subject; of dates on which they were seen, no status counts."""
    dates = [
        study.table(name).select("subject_id", last_contact=pl.col(column))
        for name, column in _CONTACT
        if study.has(name) and not (seen and name == "dispositions")
    ]
    return pl.concat(dates).group_by("subject_id").agg(pl.col("last_contact").max())


def _deaths(study: Study) -> pl.DataFrame:
    """Return day and cause of every death; of a month or year, no day before the person was last seen in it."""
    died = _dated_deaths(study)
    partial = study.partial_dates
    if partial is None or died.is_empty():
        return died
    partial = partial.filter((pl.col("table") == "dispositions") & (pl.col("column") == "date"))
    ranges = partial.select("subject_id", "earliest", "latest", died="taken").unique(["subject_id", "died"])
    seen = pl.col("last_contact").is_between("earliest", "latest")
    later = pl.when(seen).then(pl.max_horizontal("died", "last_contact")).otherwise("died")
    return (
        died.join(ranges, on=["subject_id", "died"], how="left", maintain_order="left")
        .join(_last_contact(study, seen=True), on="subject_id", how="left", maintain_order="left")
        .select("subject_id", later.alias("died"), "death_cause")
    )


def _dated_deaths(study: Study) -> pl.DataFrame:
    died = study.table("dispositions").filter(pl.col("event") == "died").sort("date")
    return died.group_by("subject_id", maintain_order=True).agg(
        died=pl.col("date").first(), death_cause=pl.col("death_cause").fill_null("unknown").first()
    )


def along(clock: Clock, frame: pl.DataFrame, date: str, columns: tuple[str, ...] = ()) -> Ragged:
    """Lay the rows of a table out by subject and day.

    Parameters
    ----------
    clock : Clock
        The subjects.
    frame : polars.DataFrame
        A table with ``subject_id``; rows without a date, after the subject's death, or of a subject without day zero
        are left out.
    date : str
        Its date column.
    columns : tuple of str
        Numeric or flag columns to carry along.
    """
    known = clock.subjects.filter(pl.col("zero").is_not_null())
    rows = (
        frame.filter(pl.col(date).is_not_null())
        .join(known, on="subject_id", how="inner")
        .select(
            "index",
            (pl.col(date).cast(pl.Int32) - pl.col("zero").cast(pl.Int32)).cast(pl.Float64).alias("_day"),
            *(pl.col(column).cast(pl.Float64) for column in columns),
        )
        .sort("index", "_day", *columns)
    )
    late = rows["_day"].to_numpy() > clock.death[rows["index"].to_numpy()]
    if late.any():
        rows = rows.filter(~late)
    offsets = np.searchsorted(rows["index"].to_numpy(), np.arange(clock.count + 1)).astype(np.int64)
    values = {column: rows[column].fill_null(np.nan).to_numpy() for column in columns}
    return Ragged(offsets, rows["_day"].to_numpy(), values)


def select_rows(ragged: Ragged, keep: Flags) -> Ragged:
    """Return only the rows marked in `keep`, shape (rows,)."""
    before = np.concatenate(([0], np.cumsum(keep)))
    offsets = before[ragged.offsets].astype(np.int64)
    return Ragged(offsets, ragged.day[keep], {name: column[keep] for name, column in ragged.values.items()})
