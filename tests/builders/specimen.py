"""A small study in which every table and every column is filled: what the formats are tested on.

It is made up, plausible enough to pass `check`, and says nothing about MS. Some cells are null, some text is not
English.
"""

from datetime import date, timedelta
from itertools import cycle

import polars as pl

from regraft.study.lab_plausible import LIMITS
from regraft.study.lab_units import UNITS
from regraft.study.schema import BY_NAME, TABLES, Column, ColumnType, Table
from regraft.study.tables import Study, StudyAbout, conform

SUBJECTS = ("001", "é-2", "Ω 3", "a,b", 'q"uote', "0010")
_START = date(2005, 3, 1)
_LIFE = {
    "birth_date": date(1971, 5, 4),
    "ms_onset_date": date(1996, 2, 29),
    "ms_diagnosis_date": date(1997, 6, 30),
    "enrolment_date": date(2005, 2, 1),
}
_EDSS = (2.0, 3.0, 3.5, 4.0, 4.0, 4.5, 4.5, 3.0, 1.5, 0.0)
_LONG = "Pneumonie à Haemophilus; ß 多発性硬化症 — "


def specimen_study(rows_per_subject: int = 6, *, simulated: bool = False) -> Study:
    """Return the made-up study.

    Parameters
    ----------
    rows_per_subject : int
        Rows of each subject in every table but subjects.
    simulated : bool
        Whether the study calls itself simulated (and has trial numbers).
    """
    about = StudyAbout(
        title="Étude complète, «β»",
        simulated=simulated,
        source="made up to test the formats " + "s" * 250,
        protocol="atkins-2016" if simulated else None,
        seed=7 if simulated else None,
        version="specimen",
        notes=("One note.", "Another, " + "long " * 80 + "end"),
    )
    tables = {table.name: _table(table, rows_per_subject) for table in TABLES}
    if not simulated:
        tables["subjects"] = tables["subjects"].with_columns(trial_number=pl.lit(None, dtype=pl.Int32))
    return Study(tables, about)


def _table(table: Table, rows_per_subject: int) -> pl.DataFrame:
    if table.name == "subjects":
        rows, names = len(SUBJECTS), list(SUBJECTS)
    else:
        rows = len(SUBJECTS) * rows_per_subject
        names = [SUBJECTS[row // rows_per_subject] for row in range(rows)]
    each = 1 if table.name == "subjects" else rows_per_subject
    columns = {column.name: _column(table, column, rows, each) for column in table.columns}
    columns["subject_id"] = list(names)
    return conform(_made_plausible(table.name, pl.DataFrame(columns, strict=False)), table)


def _column(table: Table, column: Column, rows: int, each: int) -> list[object]:
    """Return the cells of a column; every third is null where the column may be empty."""
    made = [_cell(column, row, row % each) for row in range(rows)]
    if column.kind is ColumnType.CODE:
        codes = cycle(column.allowed)
        made = [next(codes) for _ in range(rows)]
    kept = column.required or column.name in table.key
    return made if kept else [None if row % 3 == 2 else cell for row, cell in enumerate(made)]


def _cell(column: Column, row: int, own: int) -> object:
    low = column.minimum if column.minimum is not None else 0.1
    high = column.maximum if column.maximum is not None else low + 90
    match column.kind:
        case ColumnType.DATE:
            late = 9 if column.name == "end_date" else 0
            return _LIFE.get(column.name, _START + timedelta(days=61 * own + late))
        case ColumnType.FLAG:
            return row % 2 == 0
        case ColumnType.INTEGER:
            return int(low) + row % (int(high) - int(low) + 1)
        case ColumnType.NUMBER:
            return _EDSS[row % len(_EDSS)] if column.name == "edss" else low + (high - low) * (row % 11 + 1) / 13
        case _:
            return f"{_LONG}{column.name} {row}, «{'x' * 80}»" if row == 1 else f"{column.name} {row}\nzweite Zeile"


def _between(test: str) -> tuple[pl.Expr, pl.Expr]:
    """Return the limits between which a laboratory value is plausible."""
    low, high = ({name: limits[place] for name, limits in LIMITS.items()} for place in (0, 1))
    names = pl.col(test)
    return names.replace_strict(low, return_dtype=pl.Float64), names.replace_strict(high, return_dtype=pl.Float64)


def _made_plausible(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows so that `check` finds no error: known units, each event once, causes only for deaths."""
    if name == "labs":
        units = {test: next(iter(accepted)) for test, accepted in UNITS.items()}
        usual = {test: limits[0] + (limits[1] - limits[0]) / 4 for test, limits in LIMITS.items()}
        value = pl.col("value") * pl.col("test").replace_strict(usual, return_dtype=pl.Float64) / 45
        return frame.with_columns(unit=pl.col("test").replace_strict(units), value=value.clip(*_between("test")))
    if name == "subjects":
        return frame.with_columns(karnofsky=100 - 10 * pl.col("karnofsky"))
    if name != "dispositions":
        return frame
    order = BY_NAME[name].column("event").allowed
    place = pl.col("event").replace_strict({event: number for number, event in enumerate(order)}, return_dtype=pl.Int64)
    return frame.with_columns(
        date=pl.date(2019, 1, 1) + pl.duration(days=place),
        death_cause=pl.when(pl.col("event") == "died").then(pl.lit("other")),
    )
