"""From cells to typed values, column by column: what does not fit is reported and becomes null, nothing is coerced."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, final

import polars as pl

from regraft.core.errors import Finding, closest, nearest
from regraft.study.dates import as_date
from regraft.study.findings import finding
from regraft.study.missing_codes import DECLARE, WORDS, is_code
from regraft.study.places import Origin, file_of, hidden, name_of, row_of
from regraft.study.reading_rules import AS_WRITTEN, Reading
from regraft.study.schema import Column, ColumnType, Table

_TRUE, _FALSE = ("true", "1", "yes", "1.0", "checked"), ("false", "0", "no", "0.0", "unchecked")
_BLANKS = " \t\r\n\x0b\x0c\u00a0\u2002\u2003\u2007\u2009\u200b\u202f\u3000\ufeff"
_THOUSANDS = r"^[-+]?\d{1,3}(,\d{3})+$"  # 1,234 is 1.234 or 1234: nobody can say which
Typed: TypeAlias = tuple[pl.Series, list[Finding]]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The cells of a column and where they stand."""

    column: Column
    cells: pl.Series
    frame: pl.DataFrame
    origin: Origin

    def at(self, bad: pl.Series, problem: str, remedy: str, severity: str = "error") -> list[Finding]:
        """Return findings for the cells marked in `bad`."""
        if not bad.any():
            return []
        name = self.column.name
        own = [part for part in (row_of(name), file_of(name), name_of(name)) if part in self.frame.columns]
        places = self.frame.select(*[part for part in hidden(self.frame) if ":" not in part], *own).filter(bad)
        return self.origin.told(name, places, self.cells.filter(bad), problem, remedy, severity)


def typed_table(
    frame: pl.DataFrame, schema: Table, origin: Origin, reading: Reading = AS_WRITTEN, *, tidy: bool = False
) -> tuple[pl.DataFrame, list[Finding]]:
    """Return the columns of `schema` that `frame` has, typed, with a finding for every cell that does not fit.

    Parameters
    ----------
    frame : polars.DataFrame
        Cells as text (CSV) or already typed (Parquet), with the row numbers in column ``_row``.
    schema : Table
        What the table must look like.
    origin : Origin
        Where the table came from, for the findings.
    reading : Reading
        The declared rules for doubtful dates.
    tidy : bool
        It is known that no cell has a blank around it and none is empty text.

    Returns
    -------
    polars.DataFrame
        The typed columns and the hidden ones (see `places`); a date that stands for a range has its first and last day
        in hidden columns of its own.
    """
    found = column_names(frame.columns, schema, origin.file)
    typed = [frame[name] for name in hidden(frame)]
    for column in schema.columns:
        if column.name in frame.columns:
            cells = frame[column.name] if tidy else _stripped(frame[column.name])
            place = Place(column=column, cells=cells, frame=frame, origin=origin)
            series, problems = _typed_column(place, schema.name, reading)
            typed += series
            found += problems
    return pl.DataFrame(typed), found


def _stripped(cells: pl.Series) -> pl.Series:
    """Return text without the blanks around it; an empty text is a missing one."""
    if cells.dtype != pl.String:
        return cells
    plain = cells.str.strip_chars(_BLANKS)
    return plain.replace("", None) if plain.str.len_bytes().min() == 0 else plain


def column_names(names: list[str], schema: Table, file: str) -> list[Finding]:
    """Return findings for required columns that are missing and for columns the table does not have."""
    known = [column.name for column in schema.columns]
    missing = [column.name for column in schema.columns if column.required and column.name not in names]
    found = [
        finding(file, "the required column is missing", f"Add it: {schema.column(name).meaning}", column=name)
        for name in missing
    ]
    absent = [name for name in known if name not in names]
    for name in names:
        if name in known or name.startswith("_"):
            continue
        if closest(name, absent) is not None:
            advice = nearest(name, absent)
            found.append(finding(file, "unknown column", f"{advice} Rename it, or remove it", column=name))
        else:
            remedy = "Remove it, or rename it if it holds one of the table's columns"
            found.append(
                finding(file, "the column is not used: unknown to the table", remedy, column=name, severity="warning")
            )
    return found


def _typed_column(place: Place, table: str, reading: Reading) -> tuple[list[pl.Series], list[Finding]]:
    """Return one column in its type with its hidden companions, and the findings about its cells."""
    column, cells = place.column, place.cells
    if column.kind is ColumnType.DATE:
        series, ranges, found = as_date(
            cells, place.at, *reading.imputation(table, column.name), f"{table}.{column.name}"
        )
    else:
        series, found = _CONVERT[column.kind](place)
        ranges = []
    if column.required:
        found += place.at(cells.is_null(), "a required value is missing", f"Fill in: {column.meaning}")
    if column.kind in {ColumnType.NUMBER, ColumnType.INTEGER}:
        found += _out_of_range(series, place)
    return [series.alias(column.name), *ranges], found


def _out_of_range(series: pl.Series, place: Place) -> list[Finding]:
    column = place.column
    if column.minimum is None and column.maximum is None:
        return []
    below = (series < column.minimum).fill_null(value=False) if column.minimum is not None else None
    above = (series > column.maximum).fill_null(value=False) if column.maximum is not None else None
    found = []
    for bad, word in ((below, "below"), (above, "above")):
        if bad is None or not bad.any():
            continue
        limit = column.minimum if word == "below" else column.maximum
        problem = "the value is negative" if word == "below" and limit == 0 else f"the value is {word} {limit:g}"
        codes = bad & series.is_in([value for value in series.filter(bad).unique() if is_code(float(value))])
        remedy = f"{column.meaning}: {_range_words(column)}"
        found += place.at(bad & ~codes, problem, remedy)
        found += place.at(codes, problem, f"{remedy}. {DECLARE}")
    return found


def _range_words(column: Column) -> str:
    if column.maximum is None:
        return f"{column.minimum:g} or more"
    if column.minimum is None:
        return f"{column.maximum:g} or less"
    return f"from {column.minimum:g} to {column.maximum:g}"


def _as_text(place: Place) -> Typed:
    return place.cells.cast(pl.String), []


def _as_code(place: Place) -> Typed:
    text, allowed = place.cells.cast(pl.String), place.column.allowed
    bad = (~text.is_in(list(allowed))).fill_null(value=False)
    found = []
    for value in text.filter(bad).unique(maintain_order=True).head(50):
        remedy = DECLARE if value.upper() in WORDS else nearest(value.lower(), allowed)
        found += place.at(bad & (text == value), "not one of the allowed values", remedy)
    return text.set(bad, None), found


def _as_number(place: Place) -> Typed:
    cells = place.cells
    if cells.dtype == pl.Boolean or cells.dtype.is_temporal():
        found = place.at(cells.is_not_null(), f"{cells.dtype} where a number belongs", "Store numbers")
        return pl.Series(place.column.name, [None] * len(cells), dtype=pl.Float64), found
    number = cells.cast(pl.Float64, strict=False)
    finite = number.is_finite().fill_null(value=False)
    if int(finite.sum()) + cells.null_count() == len(cells):
        return number, []
    strange = (number.is_nan() | number.is_infinite()).fill_null(value=False)
    missing = "Leave the cell empty where the value is not known"
    found = _not_numbers(place, cells.is_not_null() & number.is_null(), missing)
    found += place.at(strange, "not a finite number", missing)
    return number.set(strange, None), found


def _not_numbers(place: Place, bad: pl.Series, missing: str) -> list[Finding]:
    """Say of every cell that is no number what it may be; no advice here may change a value."""
    text = place.cells.cast(pl.String)
    codes = bad & text.str.to_uppercase().is_in(list(WORDS))
    thousand = bad & text.str.contains(_THOUSANDS)
    comma = bad & ~thousand & text.str.contains(r"^[-+]?\d+,\d+$")
    other = bad & ~thousand & ~comma & ~codes
    both = "Write 1234 or 1.234, whichever it is; for a whole file a mapping can say so (thousands, or decimal)"
    found = place.at(thousand, "the comma may part thousands or decimals (1,234 is 1234 or 1.234)", both)
    remedy = 'Write a decimal point, or give decimal = "," in a mapping file'
    found += place.at(comma, "a decimal comma", remedy)
    found += place.at(
        codes, "not a number, but a word for a missing value", f"{missing}, or declare it under [missing]"
    )
    return found + place.at(other, "not a number", f"Write a number. {missing}")


def _as_integer(place: Place) -> Typed:
    number, found = _as_number(place)
    fraction = (number != number.floor()).fill_null(value=False)
    huge = (number.abs() > 2_000_000_000).fill_null(value=False)
    remedy = f"Correct it: {place.column.meaning}"
    found += place.at(fraction, "a whole number is needed", remedy)
    found += place.at(huge, "the number is far too large", f"{remedy}. {DECLARE}")
    return number.set(fraction | huge, None).cast(pl.Int32), found


def _as_flag(place: Place) -> Typed:
    cells = place.cells
    if cells.dtype == pl.Boolean:
        return cells, []
    text = cells.cast(pl.String).str.to_lowercase()
    flag = pl.DataFrame({"t": text}).select(
        pl.when(pl.col("t").is_in(_TRUE)).then(statement=True).when(pl.col("t").is_in(_FALSE)).then(statement=False)
    )
    series = flag.to_series().cast(pl.Boolean)
    bad = text.is_not_null() & series.is_null()
    codes = bad & text.str.to_uppercase().is_in(list(WORDS))
    remedy = "Write true or false; leave it empty where it is not known"
    found = place.at(bad & ~codes, "neither true nor false", remedy)
    return series, found + place.at(codes, "neither true nor false", f"{remedy}, or declare it under [missing]")


_CONVERT: dict[ColumnType, Callable[[Place], Typed]] = {
    ColumnType.TEXT: _as_text,
    ColumnType.CODE: _as_code,
    ColumnType.NUMBER: _as_number,
    ColumnType.INTEGER: _as_integer,
    ColumnType.FLAG: _as_flag,
}
