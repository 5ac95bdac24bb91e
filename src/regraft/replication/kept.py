"""Rows that a long computation has made: in memory, or in parts with which the same computation goes on."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import final

import polars as pl

from regraft.writing.parts import Parts

_ROWS = "rows.parquet"


@final
@dataclass(frozen=True, slots=True)
class KeptRows:
    """Rows by the name of the people they are about.

    Parameters
    ----------
    parts : Parts, optional
        Where they are kept; None: in memory.
    """

    parts: Parts | None
    _found: dict[str, pl.DataFrame] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Return whether the rows are there already; the file of a part is read.

        Raises
        ------
        FileProblem
            It was changed since it was written.
        """
        return name in self._found if self.parts is None else self.parts.is_whole(name)

    def put(self, name: str, rows: pl.DataFrame) -> None:
        """Keep rows."""
        if self.parts is None:
            self._found[name] = rows
        else:
            self.parts.write(name, {}, lambda folder: put_rows(rows, folder / _ROWS))

    def take(self, names: Iterable[str]) -> pl.DataFrame:
        """Return rows in the order of their names, which are not asked for again."""
        if self.parts is None:
            return pl.concat([self._found.pop(name) for name in names])
        return pl.concat([pl.read_parquet(self.parts.path(name) / _ROWS) for name in names])


def put_rows(rows: pl.DataFrame, path: Path) -> None:
    """Write rows as Parquet; a full disk is told as Python tells it."""
    content = BytesIO()
    rows.write_parquet(content, compression="zstd")
    path.write_bytes(content.getvalue())
