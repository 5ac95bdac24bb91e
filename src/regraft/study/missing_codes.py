"""Codes that stand for a missing value: those declared are taken out, those that look like one are named.

A code such as -9 or 999 that nobody declared is a wrong number without a word. What lies outside the range of a column
is an error; here are the codes inside it: one that stands apart from all other values, or is piled up.
"""

import polars as pl

from regraft.core.errors import Finding
from regraft.study.places import Origin, hidden
from regraft.study.reading_rules import Reading
from regraft.study.schema import ColumnType, Table

NUMBERS = (
    -9999.0, -999.0, -998.0, -997.0, -888.0, -777.0, -99.0, -98.0, -97.0, -88.0, -77.0, -66.0, -9.0, -8.0, -7.0,
    9.0, 77.0, 88.0, 97.0, 98.0, 99.0, 666.0, 777.0, 888.0, 997.0, 998.0, 999.0, 7777.0, 8888.0, 9998.0, 9999.0,
    99999.0,
)  # fmt: skip
WORDS = frozenset(
    [
        "NA",
        "N/A",
        "N.A.",
        "NAN",
        "NULL",
        "NONE",
        "NIL",
        ".",
        "..",
        "-",
        "--",
        "?",
        "ND",
        "NE",
        "NK",
        "NI",
        "NP",
        "NS",
        "NR",
        "INV",
        "UNK",
        "UNKN",
        "UNKNOWN",
        "NASK",
        "ASKU",
        "NAV",
        "MSK",
        "MSNG",
        "MISSING",
        "UN",
        "NOTDONE",
    ]
) | {"NOT DONE", "NOT KNOWN", "NOT ASKED", "NOT RECORDED", "NOT AVAILABLE", "NOT APPLICABLE", "NO DATA"}
DECLARE = "If it is a code for a missing value, declare it in a mapping file ([missing] values); else correct it"
_APART = 0.2  # of the range of the others: how far a code lies outside them to be named; assumed
_TWO_DIGITS = 10.0
_ENOUGH = 3  # values besides
_PILED, _TIMES = 4, 4  # so often a code must stand there, and so many times as often as all values near it; assumed


def is_code(number: float) -> bool:
    """Return whether a number is one that people use for a missing value."""
    return number in NUMBERS or abs(number) >= 1e100


def without_codes(frame: pl.DataFrame, table: str, reading: Reading) -> pl.DataFrame:
    """Return a table of cells (text or typed) with the declared codes taken out.

    Examples
    --------
    >>> cells = pl.DataFrame({"edss": ["2.0", "-9"]})
    >>> without_codes(cells, "visits", Reading(missing=("-9.0",)))["edss"].to_list()
    ['2.0', None]
    """
    if not reading.missing and not reading.missing_in:
        return frame
    changed = []
    for name in frame.columns:
        codes = [code.strip() for code in reading.codes(table, name)]
        dtype = frame.schema[name]
        if not codes or name in hidden(frame) or not (dtype == pl.String or dtype.is_numeric()):
            continue
        numbers = [number for code in codes if (number := _number(code)) is not None]
        cell = pl.col(name)
        as_number = (
            cell.str.strip_chars().cast(pl.Float64, strict=False) if dtype == pl.String else cell.cast(pl.Float64)
        )
        gone = as_number.is_in(numbers)
        if name == "subject_id":
            gone = pl.lit(value=False)
        if dtype == pl.String:
            gone = gone.fill_null(value=False) | cell.str.strip_chars().is_in(codes)
        changed.append(pl.when(gone).then(None).otherwise(cell).alias(name))
    return frame.with_columns(changed)


def _number(code: str) -> float | None:
    try:
        return float(code)
    except ValueError:
        return None


def codes_in(numbers: pl.Series) -> tuple[float, ...]:
    """Return the usual codes among the numbers of a column that stand apart from the others."""
    coded = numbers.is_in(list(NUMBERS))
    others = numbers.filter(~coded).drop_nulls()
    present = numbers.filter(coded).value_counts(sort=True).rows()
    return tuple(float(code) for code, count in present if _why(float(code), int(count), others))


def suspected(frame: pl.DataFrame, schema: Table, origin: Origin) -> list[Finding]:
    """Return a warning for every usual code of a typed table that stands apart from the other values of its column."""
    found: list[Finding] = []
    for column in schema.columns:
        if column.name not in frame.columns or column.kind not in {ColumnType.NUMBER, ColumnType.INTEGER}:
            continue
        if column.name == "value" and schema.name == "labs":
            for (test, unit), part in frame.select("test", "unit", "value").group_by(
                "test", "unit", maintain_order=True
            ):
                mine = pl.col("test").eq_missing(test) & pl.col("unit").eq_missing(unit)
                found += _of_column(part["value"], frame, mine, origin)
        else:
            found += _of_column(frame[column.name], frame, pl.lit(value=True), origin)
    return found


def _of_column(cells: pl.Series, frame: pl.DataFrame, mine: pl.Expr, origin: Origin) -> list[Finding]:
    """Return the warnings for the cells of a column, those of the rows of `frame` for which `mine` holds."""
    column, values = cells.name, cells.cast(pl.Float64)
    coded = values.is_in(list(NUMBERS))
    present = values.filter(coded).value_counts()
    if present.is_empty():
        return []
    others = values.filter(~coded).drop_nulls()
    found: list[Finding] = []
    for code, count in present.rows():
        words = _why(float(code), int(count), others)
        if words:
            bad = frame.filter(mine & (pl.col(column) == code))
            problem = f"{code:g} is often a code for a missing value, and {words}"
            found += origin.told(column, bad, bad[column], problem, DECLARE, "warning")
    return found


def _why(code: float, count: int, others: pl.Series) -> str:
    """Return what makes a code suspicious among the other values; nothing when it fits them."""
    if others.is_empty():
        return "no other value stands in the column" if abs(code) >= _TWO_DIGITS or code < 0 else ""
    low, high = float(others.min()), float(others.max())  # type: ignore[arg-type]  # of numbers
    gap = max(low - code, code - high)
    plausible = 0 <= code < _TWO_DIGITS  # a count or a score; only a heap of them is strange
    if not plausible and gap > max(_APART * (high - low), 1.0) and (len(others) >= _ENOUGH or code < 0):
        return f"all other values lie from {low:g} to {high:g}"
    near = int(((others - code).abs() <= max(0.05 * abs(code), 1.0)).sum())
    if count >= _PILED and count > _TIMES * near:
        return f"it stands there {count} times, with {near} other values near it"
    return ""
