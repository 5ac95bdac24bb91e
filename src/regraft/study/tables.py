"""A study in memory: its tables as polars frames, and what is known about where it came from."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast, final

import polars as pl

from regraft.core.errors import nearest
from regraft.core.notebook import notebook_html
from regraft.study.schema import BY_NAME, ColumnType, Table

T = TypeVar("T")
DTYPES: Mapping[ColumnType, type[pl.DataType]] = {
    ColumnType.TEXT: pl.String,
    ColumnType.CODE: pl.String,
    ColumnType.DATE: pl.Date,
    ColumnType.INTEGER: pl.Int32,
    ColumnType.NUMBER: pl.Float64,
    ColumnType.FLAG: pl.Boolean,
}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class StudyAbout:
    """What a study is and where it came from; written to ``study.toml``.

    Parameters
    ----------
    title : str
        Name of the study, shown at the top of reports.
    simulated : bool
        True for the output of a simulated trial; its tables and figures carry SIMULATED.
    source : str
        Where the data came from.
    protocol : str, optional
        Name of the protocol that was simulated.
    seed : int, optional
        Seed of the simulation.
    version : str
        Version of regraft that wrote the tables; empty when another program did.
    notes : tuple of str
        Anything a reader must know, one sentence each.
    """

    title: str
    simulated: bool
    source: str
    protocol: str | None = None
    seed: int | None = None
    version: str = ""
    notes: tuple[str, ...] = ()


@final
@dataclass(frozen=True, slots=True)
class Study:
    """The tables of one study, which do not change; what several analyses need of them is made once.

    Parameters
    ----------
    tables : mapping of str to polars.DataFrame
        Frames by table name (`schema.TABLES`); optional tables and columns may be absent.
    about : StudyAbout
        What the study is.
    partial_dates : polars.DataFrame, optional
        Dates that were known to the month or year only: columns subject_id, table, column, row (place in the table,
        from 0), taken (the day that stands there), earliest and latest.

    Examples
    --------
    >>> import regraft as rg
    >>> study = rg.read_study(rg.example("registry-sample"))
    >>> study.visits.columns[:2]
    ['subject_id', 'date']
    """

    tables: Mapping[str, pl.DataFrame]
    about: StudyAbout
    partial_dates: pl.DataFrame | None = None
    _made: dict[Hashable, object] = field(default_factory=dict, init=False, repr=False, compare=False)

    def once(self, make: "Callable[..., T]", *args: Hashable) -> T:
        """Return what ``make(study, *args)`` makes of this study, made at the first call."""
        key = (make, args)
        if key not in self._made:
            self._made[key] = make(self, *args)
        return cast("T", self._made[key])

    def _repr_html_(self) -> str:
        rows = {"table": list(self.tables), "rows": [frame.height for frame in self.tables.values()]}
        return notebook_html(self.about.title, pl.DataFrame(rows), simulated=self.about.simulated)

    def __getattr__(self, name: str) -> pl.DataFrame:
        """Return a table of the schema by its name: ``study.visits`` is ``study.table("visits")``."""
        if name in BY_NAME:
            return self.table(name)
        raise AttributeError(f"a study has no {name}. {nearest(name, BY_NAME)}")

    def has(self, name: str) -> bool:
        """Return whether the study has the table `name` (it may still have no rows)."""
        return name in self.tables

    def recorded(self, name: str, column: str) -> bool:
        """Return whether `column` of table `name` holds at least one value."""
        frame = self.tables.get(name)
        return frame is not None and column in frame.columns and frame[column].null_count() < frame.height

    def table(self, name: str) -> pl.DataFrame:
        """Return one table with every column of the schema, in its order and type.

        Missing optional columns are filled with nulls; a missing table has no rows. Columns the schema does not know
        are left out.

        Parameters
        ----------
        name : str
            Name of the table; KeyError for a name the schema does not know.
        """
        schema = BY_NAME[name]
        frame = self.tables.get(name)
        return empty_table(schema) if frame is None else conform(frame, schema)

    def only(self, subjects: pl.Series) -> "Study":
        """Return the study of some of its subjects; `subjects` holds their names."""
        chosen = pl.col("subject_id").is_in(subjects.implode())
        return self.rows({name: frame.select(chosen.arg_true())["subject_id"] for name, frame in self.tables.items()})

    def rows(self, rows: Mapping[str, pl.Series]) -> "Study":
        """Return the study with some rows of every table; `rows` has their places, from 0 and ascending."""
        tables = {name: frame[rows[name]] for name, frame in self.tables.items()}
        return Study(tables, self.about, self._partial_dates_of(rows))

    def _partial_dates_of(self, rows: Mapping[str, pl.Series]) -> pl.DataFrame | None:
        """Return the partial dates of some rows, with their places among these."""
        if self.partial_dates is None:
            return None
        places = [
            pl.DataFrame({"table": name, "row": kept.cast(pl.Int64)}).with_row_index("now").cast({"now": pl.Int64})
            for name, kept in rows.items()
        ]
        moved = self.partial_dates.join(pl.concat(places), on=["table", "row"], maintain_order="left")
        return moved.with_columns(row="now").drop("now")


def empty_table(schema: Table) -> pl.DataFrame:
    """Return a frame without rows that has the columns and types of `schema`."""
    return pl.DataFrame(schema={column.name: DTYPES[column.kind] for column in schema.columns})


def conform(frame: pl.DataFrame, schema: Table) -> pl.DataFrame:
    """Return `frame` with exactly the columns of `schema`, in order and type; missing ones are null."""
    if frame.schema == pl.Schema({column.name: DTYPES[column.kind] for column in schema.columns}):
        return frame
    absent = [column for column in schema.columns if column.name not in frame.columns]
    whole = frame.with_columns(pl.lit(None, dtype=DTYPES[column.kind]).alias(column.name) for column in absent)
    return whole.select(pl.col(column.name).cast(DTYPES[column.kind]) for column in schema.columns)
