"""Limits of every latent state and every numeric column of the study tables.

Read from one table, and held against people.

The table is tests/harm/limits.toml, one ``[[limit]]`` per row. ``of`` names an array and a column of the latent course
(``weeks.TRUE_EDSS``, ``daily.ALT_RATIO``, ``result.volume_ml``, ``bags.VIABLE``, ``records.patient_weight_kg``), a
table and a column (``visits.edss``), or a laboratory test (``labs.neutrophils``). ``low`` and ``high`` are held, not
shown to be the extremes; ``unit`` says of what; ``source`` says where the limits come from, or ``assumed`` why they are
believed. ``low_of`` or ``high_of`` names a parameter that is itself the limit: where its range is sampled, people are
held to the end of the range.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from regraft.core.parameters import ParameterSet
from regraft.course.course import ENROLLED, Course
from regraft.disease.layout import Attack
from regraft.disease.layout import Weekly as Disease
from regraft.patient.record import COVARIATES
from regraft.physiology.signs import Daily
from regraft.study.schema import LAB_TESTS, TABLES, ColumnType
from regraft.study.tables import Study
from regraft.treatment.bags import Bag
from regraft.treatment.products import RESULT
from regraft.treatment.reconstitute import Weekly as Blood

FILE = Path(__file__).resolve().parents[1] / "tests" / "harm" / "limits.toml"
ARRAYS = {
    "weeks": ("weeks", Disease),
    "daily": ("daily", Daily),
    "lymphocytes": ("lymphocytes", Blood),
    "relapses": ("relapses", Attack),
}
EVENTS = ("CODE", "FIRST_DAY", "LAST_DAY", "GRADE")
DRUGS = ("CODE", "FIRST_WEEK", "LAST_WEEK")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Limits of one column, in `unit`, with source or reason, and the parameters that set them, if any."""

    of: str
    low: float
    high: float
    unit: str
    source: str = ""
    assumed: str = ""
    low_of: str = ""
    high_of: str = ""

    def sampled(self, parameters: ParameterSet) -> "Limit":
        """Return the limits where every parameter may be anywhere in its range."""
        low, high = self.low, self.high
        if self.low_of:
            low *= _end(parameters, self.low_of, "low") / parameters[self.low_of].value
        if self.high_of:
            high *= _end(parameters, self.high_of, "high") / parameters[self.high_of].value
        return replace(self, low=low, high=high)


def _end(parameters: ParameterSet, name: str, end: str) -> float:
    found = getattr(parameters[name], end)
    if found is None:
        raise ValueError(f"{name} sets a limit and has no range")
    return float(found)


def load_limits(path: Path = FILE, *, sampled: ParameterSet | None = None) -> Mapping[str, Limit]:
    """Return the limits by the column they belong to; a row without source or reason, or a second one, is an error.

    Parameters
    ----------
    path : Path
        The table.
    sampled : ParameterSet, optional
        Parameters whose ranges are sampled; None: all are at their typical values.
    """
    rows = [Limit(**row) for row in tomllib.loads(path.read_text(encoding="utf-8"))["limit"]]
    if sampled is not None:
        rows = [row.sampled(sampled) for row in rows]
    for row in rows:
        if not (row.source or row.assumed) or not row.low <= row.high:
            raise ValueError(f"{path}: {row.of}: needs a source or a reason, and low <= high")
    limits = {row.of: row for row in rows}
    if len(limits) != len(rows):
        twice = sorted({row.of for row in rows if sum(other.of == row.of for other in rows) > 1})
        raise ValueError(f"{path}: more than one row for {', '.join(twice)}")
    return limits


def names() -> tuple[str, ...]:
    """Return every name that needs limits."""
    found = [f"{array}.{column.name}" for array, (_, columns) in ARRAYS.items() for column in columns]
    found += [f"events.{name}" for name in EVENTS] + [f"drugs.{name}" for name in DRUGS]
    found += [f"result.{name}" for name in RESULT.names or () if name != "bags"]
    found += [f"bags.{column.name}" for column in Bag]
    found += [f"records.{name}" for name in COVARIATES]
    found += [f"enrolled.{name}" for name in ENROLLED.names or ()]
    for table in TABLES:
        for column in table.columns:
            if column.kind in (ColumnType.NUMBER, ColumnType.INTEGER) and (table.name, column.name) != (
                "labs",
                "value",
            ):
                found.append(f"{table.name}.{column.name}")
    return (*found, *(f"labs.{test}" for test in LAB_TESTS))


def latent(course: Course) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield every latent column with its values; the first axis is the patient."""
    for array, (field, columns) in ARRAYS.items():
        for column in columns:
            yield f"{array}.{column.name}", getattr(course, field)[..., int(column)]
    for number, name in enumerate(EVENTS):
        yield f"events.{name}", course.events[..., number]
    for number, name in enumerate(DRUGS):
        yield f"drugs.{name}", course.drugs[..., number]
    for name in RESULT.names or ():
        if name != "bags":
            yield f"result.{name}", course.result[name]
    for column in Bag:
        yield f"bags.{column.name}", course.result["bags"][..., int(column)]
    for name in COVARIATES:
        yield f"records.{name}", course.records[name]
    for name in course.enrolled.dtype.names or ():
        yield f"enrolled.{name}", course.enrolled[name]


def observed(study: Study) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield every numeric column of the tables as a frame of subject_id and value."""
    for table in TABLES:
        frame = study.table(table.name)
        for column in table.columns:
            if column.kind in (ColumnType.NUMBER, ColumnType.INTEGER) and (table.name, column.name) != (
                "labs",
                "value",
            ):
                yield (
                    f"{table.name}.{column.name}",
                    frame.select("subject_id", value=pl.col(column.name).cast(pl.Float64)),
                )
    for (test,), part in study.table("labs").group_by("test"):
        yield f"labs.{test}", part.select("subject_id", "value")


def beyond(course: Course, study: Study, limits: Mapping[str, Limit]) -> list[str]:
    """Return one line for every column with values beyond its limits: how many, how far, and the first person."""
    found = []
    for name, values in latent(course):
        limit = limits[name]
        bad = (values < limit.low) | (values > limit.high)  # a missing value is neither
        if bad.any():
            who = course.first + int(np.nonzero(bad)[0][0])
            found.append(_line(limit, np.asarray(values[bad], np.float64), f"patient {who}"))
    for name, frame in observed(study):
        limit = limits[name]
        out = frame.filter((pl.col("value") < limit.low) | (pl.col("value") > limit.high))
        if out.height:
            found.append(_line(limit, out["value"].to_numpy(), out["subject_id"][0]))
    return found


def _line(limit: Limit, values: NDArray[np.float64], who: str) -> str:
    return (
        f"{limit.of}: {values.size} values beyond {limit.low:g} to {limit.high:g} {limit.unit}, from {values.min():g} "
        "to "
        f"{values.max():g}; first: {who}"
    )
