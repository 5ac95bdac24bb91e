"""A study in which every table and every column is filled, with nulls, letters of many scripts, and long text."""

from datetime import UTC, date, datetime, timedelta
from itertools import cycle

import polars as pl
import pytest

from regraft.study.schema import TABLES, Column, Kind, Table
from regraft.study.tables import Study, StudyAbout, conform

SUBJECTS = ("001", "é-2", "Ω 3", "a,b", 'q"uote')
CREATED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LONG = "Pneumonie à Haemophilus; ß 多発性硬化症 — " + "x" * 90


def _values(table: Table, column: Column, rows: int) -> list[object]:
    """Return values that fill a column: allowed codes in turn, numbers with many digits, a null every third row."""
    if column.kind is Kind.CODE:
        codes = cycle(column.allowed)
        made: list[object] = [next(codes) for _ in range(rows)]
    elif column.kind is Kind.FLAG:
        made = [row % 2 == 0 for row in range(rows)]
    elif column.kind is Kind.DATE:
        made = [date(2001, 2, 3) + timedelta(days=37 * row) for row in range(rows)]
    elif column.kind is Kind.INTEGER:
        low, high = int(column.minimum or 0), int(column.maximum or 9)
        made = [low + row % (high - low + 1) for row in range(rows)]
    elif column.kind is Kind.NUMBER:
        low = column.minimum if column.minimum is not None else 0.1
        high = column.maximum if column.maximum is not None else low + 1000
        made = [low + (high - low) * ((row + 1) / (rows + 7)) for row in range(rows)]
    else:
        made = [f"{column.name} {row}, größer; «{LONG}»" if row == 1 else f"t{row}\nzweite Zeile" for row in range(rows)]
    required = column.required or column.name in table.key
    return made if required else [None if row % 3 == 2 else value for row, value in enumerate(made)]


def _frame(table: Table) -> pl.DataFrame:
    rows = 3 * len(SUBJECTS) if table.name != "subjects" else len(SUBJECTS)
    columns = {column.name: _values(table, column, rows) for column in table.columns}
    columns["subject_id"] = [SUBJECTS[row % len(SUBJECTS)] for row in range(rows)]
    if table.name == "labs":
        units = {"bilirubin": "umol/L", "haemoglobin": "g/dL", "alt": "U/L"}
        columns["unit"] = [units.get(str(test), "1e9/L") for test in columns["test"]]
    if table.name == "visits":
        columns["edss"] = [None if row % 4 == 3 else row / 2 + 1 for row in range(rows)]
    return conform(pl.DataFrame(columns, strict=False), table)


@pytest.fixture
def full_study() -> Study:
    about = StudyAbout(
        title="Étude complète, «β»", simulated=True, source="made for the tests " + "s" * 300, protocol="atkins-2016",
        seed=7, version="0.1.0", notes=("One note.", "Another, " + "long " * 80 + "end"),
    )  # fmt: skip
    return Study({table.name: _frame(table) for table in TABLES}, about)
