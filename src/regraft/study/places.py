"""Where every row and cell of a table came from: hidden columns that go with the table as far as the rules.

A table read from one file has the row numbers alone. One that was put together from several files has the file of each
row too, and columns taken from other files than their row have a row, a file and a name of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import final

import polars as pl

from regraft.core.errors import Finding
from regraft.study.findings import findings_at

ROW = "_row"  # row number in the source file, from 1 below the header
FILE = "_file"  # name of the source file, where a table comes from more than one
PLANNED = "_planned"  # whether the row belongs to a visit that was planned
_HIDDEN = "_"


def row_of(column: str) -> str:
    """Return the hidden column that holds the row numbers of `column`."""
    return f"{ROW}:{column}"


def file_of(column: str) -> str:
    """Return the hidden column that holds the files of `column`."""
    return f"{FILE}:{column}"


def name_of(column: str) -> str:
    """Return the hidden column that holds the names `column` has in the files."""
    return f"_name:{column}"


def hidden(frame: pl.DataFrame) -> list[str]:
    """Return the names of the hidden columns."""
    return [name for name in frame.columns if name.startswith(_HIDDEN)]


def without_places(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the table alone."""
    return frame.drop(hidden(frame))


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a table came from.

    Parameters
    ----------
    file : str
        The file, or the first of several.
    names : mapping of (str, str) to str
        The name a column has in a file, where it has another there.
    """

    file: str
    names: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def told(
        self, column: str, bad: pl.DataFrame, cells: pl.Series, problem: str, remedy: str, severity: str
    ) -> list[Finding]:
        """Return findings for the rows `bad` of the table, in the words of their files.

        Parameters
        ----------
        column : str
            Column of the study table.
        bad : polars.DataFrame
            The rows with their hidden columns.
        cells : polars.Series
            What stands there.
        problem, remedy, severity : str
            What is wrong, what to do, and ``error`` or ``warning``.
        """
        if bad.is_empty():
            return []
        one_file = FILE not in bad.columns and file_of(column) not in bad.columns
        if one_file:
            name = self.names.get((self.file, column), column)
            return findings_at(self.file, name, bad[ROW], cells, problem, remedy, severity)
        place = _places(bad, column, self.file).with_columns(value=pl.Series("value", cells))
        found: list[Finding] = []
        for (file, name), rows in place.group_by("file", "name", maintain_order=True):
            shown = self.names.get((str(file), column), column) if name is None else str(name)
            found += findings_at(str(file), shown, rows["row"], rows["value"], problem, remedy, severity)
        return found


def _places(bad: pl.DataFrame, column: str, file: str) -> pl.DataFrame:
    """Return row, file and name of every cell: the cell's own where it has them, else the row's."""
    row, named = pl.col(ROW), pl.lit(None, dtype=pl.String)
    whence = pl.col(FILE) if FILE in bad.columns else pl.lit(file)
    if file_of(column) in bad.columns:
        row, whence = pl.coalesce(row_of(column), row), pl.coalesce(file_of(column), whence)
        named = pl.col(name_of(column))
    return bad.select(row=row, file=whence.fill_null(file), name=named)


def all_distinct(frame: pl.DataFrame, key: list[str]) -> bool:
    """Return whether no two rows share a key; hashes show it, and only where two are alike the keys are compared."""
    if frame.select(pl.struct(key).hash().n_unique()).item() == frame.height:
        return True
    return frame.select(key).n_unique() == frame.height
