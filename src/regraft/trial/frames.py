"""Small bridge from arrays to study tables: who, when, and typed columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from regraft.core.arrays import Floats, Ints
from regraft.study.schema import BY_NAME
from regraft.study.tables import DTYPES


@final
@dataclass(frozen=True, slots=True)
class Roster:
    """Who is in the tables: subject ids and the calendar day (since 1970-01-01) each was enrolled on."""

    subject_id: pl.Series
    enrolment_day: Ints

    def dates(self, patient: Ints, day: Floats) -> pl.Series:
        """Return calendar dates of days since enrolment; NaN becomes null."""
        known = ~np.isnan(day)
        ordinal = self.enrolment_day[patient] + np.where(known, np.floor(np.where(known, day, 0.0)), 0.0).astype(
            np.int64
        )
        dates = pl.Series(ordinal.astype(np.int32)).cast(pl.Date)
        return dates if known.all() else pl.select(pl.when(pl.Series(known)).then(dates)).to_series()


def subject_ids(patients: Ints) -> pl.Series:
    """Return the ids of simulated subjects; they say SIM so that no one takes them for people."""
    return pl.Series("subject_id", [f"SIM-{number + 1:06d}" for number in patients], dtype=pl.String)


def table(name: str, roster: Roster, patient: Ints, columns: Mapping[str, ArrayLike | pl.Series]) -> pl.DataFrame:
    """Return one study table.

    Parameters
    ----------
    name : str
        Table of the schema.
    patient : int array, shape (rows,)
        Position of each row's subject in the roster.
    columns : mapping
        Columns by name, each of shape (rows,); NaN becomes null.
    """
    schema = BY_NAME[name]
    frame = {"subject_id": roster.subject_id.gather(patient)}
    for key, values in columns.items():
        series = values if isinstance(values, pl.Series) else pl.Series(key, np.asarray(values), nan_to_null=True)
        kind = DTYPES[schema.column(key).kind]
        frame[key] = series if series.dtype == kind else series.cast(kind, strict=False)
    return pl.DataFrame(frame)


def stack(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return frames of one table joined below each other; columns missing in one are null there."""
    return pl.concat(frames, how="diagonal")


def coded(names: Sequence[str], codes: NDArray) -> pl.Series:
    """Return names by code; a negative or NaN code is null."""
    codes = np.asarray(codes, np.float64)
    known = ~np.isnan(codes) & (codes >= 0)
    chosen = pl.Series(list(names)).gather(np.where(known, codes, 0).astype(np.int64))
    return chosen if known.all() else pl.select(pl.when(pl.Series(known)).then(chosen)).to_series()
