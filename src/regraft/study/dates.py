"""From cells to dates: ISO dates, dates with a time of day, dates known to the month or year; others are named.

Nothing is guessed: a date in another format is an error that says how a mapping file reads it, as far as the column
itself shows it (a first number above 12 is a day).
"""

from collections.abc import Callable
from typing import TypeAlias

import polars as pl

from regraft.core.errors import Finding
from regraft.study.findings import finding
from regraft.study.partial_dates import range_columns, ranges, taken
from regraft.study.reading_rules import Imputation

At: TypeAlias = Callable[..., list[Finding]]
_ISO = r"^\d{4}-\d{2}-\d{2}$"
_MIDNIGHT = r"^(\d{4}-\d{2}-\d{2})[T ]00:00(?::00(?:\.0+)?)?$"  # how pandas and R write a date
_OTHER_DATES = {
    r"^\d{1,2}/\d{1,2}/\d{2,4}$": ("/", "day/month/year or month/day/year"),
    r"^\d{1,2}\.\d{1,2}\.\d{2,4}$": (".", "day.month.year"),
    r"^\d{1,2}-\d{1,2}-\d{2,4}$": ("-", "day-month-year"),
    r"^\d{8}$": ("", "yyyymmdd"),
    r"^\d{4}-\d{1,2}-\d{1,2}[T ]\d{1,2}:\d{2}": ("", "date with time"),
    r"^\d{4}/\d{1,2}/\d{1,2}$": ("", "year/month/day"),
    r"^\d{1,2}[- ]?[A-Za-z]{3,9}[- ]?\d{2,4}$": ("", "day month-name year"),
    r"^\d{5}(?:\.\d+)?$": ("", "a day number, as spreadsheets count"),
}
_WRITE_DATE = "Write dates as YYYY-MM-DD, or name the format in a mapping file (date_format)"


def as_date(
    cells: pl.Series, at: At, rule: Imputation, declared: bool, place: str
) -> tuple[pl.Series, list[pl.Series], list[Finding]]:
    """Return a column as dates, the ranges of those known to the month or year, and the findings.

    Parameters
    ----------
    cells : polars.Series
        Text without blanks around, or dates, or moments.
    at : callable
        Gives findings for the cells marked in a series (see `cells.Place.at`).
    rule : Imputation
        What a partial date stands for.
    declared : bool
        Whether a person declared the rule.
    place : str
        Table and column, for the remedy.
    """
    if cells.dtype == pl.Date:
        return cells, [], []
    if cells.dtype == pl.Datetime:
        return _local_date(cells, at)
    text = cells.cast(pl.String)
    iso = text.str.contains(_ISO).fill_null(value=False)
    date = text.set(~iso, None).str.to_date("%Y-%m-%d", strict=False)
    if int(iso.sum()) + text.null_count() < len(text):
        midnight = text.set(iso, None).str.extract(_MIDNIGHT, 1)
        iso |= midnight.is_not_null()
        date = date.fill_null(midnight.str.to_date("%Y-%m-%d", strict=False))
    impossible = iso & date.is_null()
    other = text.is_not_null() & ~iso
    if not other.any():
        return date, [], at(impossible, "there is no such day", "Correct the date")
    days = ranges(text.set(~other, None))
    partial = days["earliest"].is_not_null()
    found = _partial(partial, at, rule, declared=declared, place=place)
    found += at(impossible, "there is no such day", "Correct the date")
    left = other & ~partial
    found += _other_dates(text, left, at, mixed=bool(iso.any()))
    hidden: list[pl.Series] = []
    if partial.any() and rule is not Imputation.REFUSE:
        date = date.fill_null(taken(days, rule))
        hidden = [
            days[name].alias(column)
            for name, column in zip(days.columns, range_columns(place.split(".")[1]), strict=True)
        ]
    return date, hidden, found


def _local_date(cells: pl.Series, at: At) -> tuple[pl.Series, list[pl.Series], list[Finding]]:
    """Return the dates of moments where they were recorded: the clock of their zone, not Greenwich's."""
    local = cells.dt.replace_time_zone(None)
    late = (local != local.dt.truncate("1d")).fill_null(value=False)
    problem, remedy = "a date with a time of day", "Store the date alone"
    if late.any() and local.dt.time().drop_nulls().n_unique() <= 2:
        problem += ", the same in all rows: midnight of another time zone?"
        remedy = "Store the date alone, as it was where it was recorded: by this clock it may be a day early or late"
    return local.dt.date(), [], at(late, problem, remedy)


def _partial(partial: pl.Series, at: At, rule: Imputation, *, declared: bool, place: str) -> list[Finding]:
    if not partial.any():
        return []
    key = f'[partial_dates] "{place}"'
    if rule is Imputation.REFUSE:
        problem = "the date is known to the month or year only"
        return at(partial, problem, f'Complete it, or declare in a mapping file what it stands for: {key} = "earliest"')
    first = pl.Series([False] * len(partial)).scatter(int(partial.arg_max() or 0), True)  # a cell
    whose = "as declared" if declared else "which is regraft's own rule"
    problem = f"{int(partial.sum())} dates are known to the month or year only and taken as the {rule} day, {whose}"
    return at(first, problem, f"Nothing to do if that is right; {key} in a mapping file sets another", "warning")


def _other_dates(text: pl.Series, other: pl.Series, at: At, *, mixed: bool) -> list[Finding]:
    """Name the formats found; a column in two formats is one finding more."""
    found: list[Finding] = []
    left = other
    shapes = []
    for pattern, (mark, words) in _OTHER_DATES.items():
        here = left & text.str.contains(pattern).fill_null(value=False)
        if here.any():
            told, remedy = _order(text.filter(here), mark, words)
            shapes.append(told)
            found += at(here, f"the date is not YYYY-MM-DD but {told}", remedy)
            left &= ~here
    found += at(left, "not a date", _WRITE_DATE)
    if len(shapes) + mixed > 1:
        every = [*(["YYYY-MM-DD"] if mixed else []), *shapes]
        (where, *_) = found
        problem = f"dates in {len(every)} formats: {', '.join(every)}"
        found.insert(0, finding(where.file, problem, _WRITE_DATE, column=where.column))
    return found


def _order(cells: pl.Series, mark: str, words: str) -> tuple[str, str]:
    """Return what the numbers of a column say about the order of day and month, and the remedy that follows."""
    if not mark:
        return words, _WRITE_DATE
    parts = cells.str.split(mark)
    first, second = (parts.list.get(place).cast(pl.Int64, strict=False) > 12 for place in (0, 1))
    year = "%Y" if cells.str.contains(r"\d{4}$").all() else "%y"
    if first.any() and second.any():
        return (
            f"day{mark}month{mark}year in some rows and month{mark}day{mark}year in others",
            "Correct the rows of one kind",
        )
    if first.any() or mark == ".":
        form = f"%d{mark}%m{mark}{year}"
        return f"day{mark}month{mark}year", f'{_WRITE_DATE}: date_format = "{form}"'
    if second.any():
        form = f"%m{mark}%d{mark}{year}"
        return f"month{mark}day{mark}year", f'{_WRITE_DATE}: date_format = "{form}"'
    return f"day{mark}month{mark}year or month{mark}day{mark}year, which these rows do not tell", _WRITE_DATE
