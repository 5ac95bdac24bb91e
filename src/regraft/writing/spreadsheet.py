"""Text that a spreadsheet would run: a cell that begins with =, +, - or @ is written with an apostrophe before it.

An apostrophe is how spreadsheets themselves say that a cell is text. Text that has apostrophes before such a letter
gets one more, so that taking one away gives back what was there.
"""

import polars as pl

_FORMULA = r"^('*[=+\-@\t\r])"
_SAFE = r"^'('*[=+\-@\t\r])"


def spreadsheet_safe(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table whose text no spreadsheet takes for a formula.

    Examples
    --------
    >>> spreadsheet_safe(pl.DataFrame({"id": ["=1+1", "A-1"], "x": [-1, 2]})).rows()
    [("'=1+1", -1), ('A-1', 2)]
    """
    return frame.with_columns(pl.col(pl.String).str.replace(_FORMULA, "'${1}"))


def as_it_was(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table that `spreadsheet_safe` wrote as it was before.

    Examples
    --------
    >>> as_it_was(pl.DataFrame({"id": ["'=1+1", "''@", "'tis"]})).rows()
    [('=1+1',), ("'@",), ("'tis",)]
    """
    return frame.with_columns(pl.col(pl.String).str.replace(_SAFE, "${1}"))
