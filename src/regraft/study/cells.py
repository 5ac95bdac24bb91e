"""From cells to typed values, column by column: what does not fit is reported and becomes null, nothing is coerced."""

from collections.abc import Callable
from typing import TypeAlias

import polars as pl

from regraft.core.errors import Finding, nearest
from regraft.study.findings import finding, findings_at
from regraft.study.schema import Column, Kind, Table

ROW = "_row"  # row number in the source file, from 1 below the header
_ISO = r"^\d{4}-\d{2}-\d{2}$"
_OTHER_DATES = {
    r"^\d{1,2}/\d{1,2}/\d{2,4}$": "day/month/year or month/day/year",
    r"^\d{1,2}\.\d{1,2}\.\d{2,4}$": "day.month.year",
    r"^\d{1,2}-\d{1,2}-\d{2,4}$": "day-month-year",
    r"^\d{8}$": "yyyymmdd",
    r"^\d{4}-\d{1,2}-\d{1,2}[T ]\d{1,2}:\d{2}": "date with time",
    r"^\d{4}/\d{1,2}/\d{1,2}$": "year/month/day",
    r"^\d{1,2}[- ]?[A-Za-z]{3,9}[- ]?\d{2,4}$": "day month-name year",
}
_WRITE_DATE = "Write dates as YYYY-MM-DD, or name the format in a mapping file (date_format)"
_TRUE, _FALSE = ("true", "1", "yes"), ("false", "0", "no")
Typed: TypeAlias = tuple[pl.Series, list[Finding]]


def typed_table(frame: pl.DataFrame, schema: Table, file: str) -> tuple[pl.DataFrame, list[Finding]]:
    """Return the columns of `schema` that `frame` has, typed, with a finding for every cell that does not fit.

    Parameters
    ----------
    frame : polars.DataFrame
        Cells as text (CSV) or already typed (Parquet), with the row numbers in column ``_row``.
    schema : Table
        What the table must look like.
    file : str
        Name of the file, for the findings.
    """
    found = column_names(frame.columns, schema, file)
    typed = [frame[ROW]]
    for column in schema.columns:
        if column.name in frame.columns:
            cells = frame[column.name]
            if cells.dtype == pl.String:
                cells = cells.replace("", None)  # Parquet can hold an empty text; it is missing there too
            series, problems = _typed_column(cells, column, file, frame[ROW])
            typed.append(series)
            found += problems
    return pl.DataFrame(typed), found


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
        if name in known or name == ROW:
            continue
        advice = nearest(name, absent) if absent else ""
        if advice.startswith("Did you mean"):
            found.append(finding(file, "unknown column", f"{advice} Rename it, or remove it", column=name))
        else:
            remedy = "Remove it, or rename it if it holds one of the table's columns"
            found.append(
                finding(file, "the column is not used: unknown to the table", remedy, column=name, severity="warning")
            )
    return found


def _typed_column(cells: pl.Series, column: Column, file: str, rows: pl.Series) -> Typed:
    """Return one column in its type, and the findings about its cells."""
    series, found = _CONVERT[column.kind](cells, column, file, rows)
    if column.required:
        empty = cells.is_null()
        found += _at(file, column, rows, cells, empty, "a required value is missing", f"Fill in: {column.meaning}")
    if column.kind in {Kind.NUMBER, Kind.INTEGER}:
        found += _out_of_range(series, cells, column, file, rows)
    return series.alias(column.name), found


def _at(
    file: str, column: Column, rows: pl.Series, cells: pl.Series, bad: pl.Series, problem: str, remedy: str
) -> list[Finding]:
    if not bad.any():
        return []
    return findings_at(file, column.name, rows.filter(bad), cells.filter(bad).head(60).to_list(), problem, remedy)


def _out_of_range(series: pl.Series, cells: pl.Series, column: Column, file: str, rows: pl.Series) -> list[Finding]:
    found = []
    if column.minimum is None and column.maximum is None:
        return []
    unit = f"{column.meaning}: {_range_words(column)}"
    if column.minimum is not None:
        below = (series < column.minimum).fill_null(value=False)
        word = "the value is negative" if column.minimum == 0 else f"the value is below {column.minimum:g}"
        found += _at(file, column, rows, cells, below, word, unit)
    if column.maximum is not None:
        above = (series > column.maximum).fill_null(value=False)
        found += _at(file, column, rows, cells, above, f"the value is above {column.maximum:g}", unit)
    return found


def _range_words(column: Column) -> str:
    if column.maximum is None:
        return f"{column.minimum:g} or more"
    if column.minimum is None:
        return f"{column.maximum:g} or less"
    return f"from {column.minimum:g} to {column.maximum:g}"


def _as_text(cells: pl.Series, column: Column, file: str, rows: pl.Series) -> Typed:
    del column, file, rows
    return cells.cast(pl.String), []


def _as_code(cells: pl.Series, column: Column, file: str, rows: pl.Series) -> Typed:
    text = cells.cast(pl.String).str.strip_chars()
    bad = (~text.is_in(list(column.allowed))).fill_null(value=False)
    found = []
    for value in text.filter(bad).unique(maintain_order=True).head(50):
        here = bad & (text == value)
        remedy = nearest(value.lower(), column.allowed)
        found += _at(file, column, rows, cells, here, "not one of the allowed values", remedy)
    return text.set(bad, None), found


def _as_number(cells: pl.Series, column: Column, file: str, rows: pl.Series) -> Typed:
    if cells.dtype == pl.Boolean or cells.dtype.is_temporal():
        bad = cells.is_not_null()
        found = _at(file, column, rows, cells, bad, f"{cells.dtype} where a number belongs", "Store numbers")
        return pl.Series(column.name, [None] * len(cells), dtype=pl.Float64), found
    text = cells.str.strip_chars() if cells.dtype == pl.String else cells
    number = text.cast(pl.Float64, strict=False)
    finite = number.is_finite().fill_null(value=False)
    if int(finite.sum()) + cells.null_count() == len(cells):
        return number, []
    not_number = cells.is_not_null() & number.is_null()
    comma = not_number & cells.cast(pl.String).str.contains(r"^\s*-?\d+,\d+\s*$")
    strange = (number.is_nan() | number.is_infinite()).fill_null(value=False)
    missing = "Leave the cell empty where the value is not known"
    found = _at(file, column, rows, cells, comma, "a decimal comma", "Write a decimal point")
    found += _at(file, column, rows, cells, not_number & ~comma, "not a number", f"Write a number. {missing}")
    found += _at(file, column, rows, cells, strange, "not a finite number", missing)
    return number.set(strange, None), found


def _as_integer(cells: pl.Series, column: Column, file: str, rows: pl.Series) -> Typed:
    number, found = _as_number(cells, column, file, rows)
    fraction = (number != number.floor()).fill_null(value=False)
    huge = (number.abs() > 2_000_000_000).fill_null(value=False)
    found += _at(file, column, rows, cells, fraction, "a whole number is needed", f"Correct it: {column.meaning}")
    found += _at(file, column, rows, cells, huge, "the number is far too large", f"Correct it: {column.meaning}")
    return number.set(fraction | huge, None).cast(pl.Int32), found


def _as_flag(cells: pl.Series, column: Column, file: str, rows: pl.Series) -> Typed:
    if cells.dtype == pl.Boolean:
        return cells, []
    text = cells.cast(pl.String).str.strip_chars().str.to_lowercase()
    flag = pl.DataFrame({"t": text}).select(
        pl.when(pl.col("t").is_in(_TRUE)).then(statement=True).when(pl.col("t").is_in(_FALSE)).then(statement=False)
    )
    series = flag.to_series().cast(pl.Boolean)
    bad = text.is_not_null() & series.is_null()
    remedy = "Write true or false; leave it empty where it is not known"
    return series, _at(file, column, rows, cells, bad, "neither true nor false", remedy)


def _as_date(cells: pl.Series, column: Column, file: str, rows: pl.Series) -> Typed:
    if cells.dtype == pl.Date:
        return cells, []
    if cells.dtype == pl.Datetime:
        return cells.cast(pl.Date), _time_of_day(cells, column, file, rows)
    text = cells.cast(pl.String).str.strip_chars()
    iso = text.str.contains(_ISO).fill_null(value=False)
    date = text.set(~iso, None).str.to_date("%Y-%m-%d", strict=False)
    impossible = iso & date.is_null()
    other = text.is_not_null() & ~iso
    found = _at(file, column, rows, cells, impossible, "there is no such day", "Correct the date")
    if other.any():
        found += _other_dates(cells, other, column, file, rows, mixed=iso.any())
    return date, found


def _time_of_day(cells: pl.Series, column: Column, file: str, rows: pl.Series) -> list[Finding]:
    late = (cells != cells.dt.truncate("1d")).fill_null(value=False)
    return _at(file, column, rows, cells, late, "a date with a time of day", "Store the date alone")


def _other_dates(
    cells: pl.Series, other: pl.Series, column: Column, file: str, rows: pl.Series, *, mixed: bool
) -> list[Finding]:
    """Name the formats found; a column in two formats is one finding more."""
    text = cells.cast(pl.String).str.strip_chars()
    found: list[Finding] = []
    left = other
    shapes = []
    for pattern, words in _OTHER_DATES.items():
        here = left & text.str.contains(pattern).fill_null(value=False)
        if here.any():
            shapes.append(words)
            found += _at(file, column, rows, cells, here, f"the date is not YYYY-MM-DD but {words}", _WRITE_DATE)
            left &= ~here
    found += _at(file, column, rows, cells, left, "not a date", _WRITE_DATE)
    if len(shapes) + mixed > 1:
        every = [*(["YYYY-MM-DD"] if mixed else []), *shapes]
        found.insert(
            0, finding(file, f"dates in {len(every)} formats: {', '.join(every)}", _WRITE_DATE, column=column.name)
        )
    return found


_CONVERT: dict[Kind, Callable[[pl.Series, Column, str, pl.Series], Typed]] = {
    Kind.TEXT: _as_text,
    Kind.CODE: _as_code,
    Kind.NUMBER: _as_number,
    Kind.INTEGER: _as_integer,
    Kind.FLAG: _as_flag,
    Kind.DATE: _as_date,
}
