"""Dates known to the month or year go out as they came in, in every format, and are taken by the same rule again."""

import shutil
from pathlib import Path

import polars as pl
import pytest

from regraft.study.convert import write_as
from regraft.study.formats import Format
from regraft.study.schema import TABLES
from regraft.study.store import read_study

INTACT = Path(__file__).parents[2] / "data" / "intact-study"
CHANGES = (
    ("subjects.csv", "1980-05-01", "1980"),
    ("relapses.csv", "2009-03-01", "2009-03"),
    ("visits.csv", "A,2010-07-01", "A,2010-07"),
    ("mri_scans.csv", "2010-01-02", "2010-01"),
    ("labs.csv", "2010-03-12", "2010-03"),
)
RULES = (
    '[partial_dates]\n"relapses.onset_date" = "latest"\nvisits = "earliest"\nmri_scans = "middle"\nlabs = "latest"\n'
)
ORDER = ["table", "column", "subject_id", "taken"]


@pytest.fixture
def study(tmp_path):
    folder = shutil.copytree(INTACT, tmp_path / "in")
    for name, old, new in CHANGES:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text, (name, old)
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    (folder / "mapping.toml").write_text(RULES)
    return read_study(folder)


@pytest.mark.parametrize("to", Format)
def test_partial_dates_come_back_with_their_ranges_and_days(study, to, tmp_path, created):
    write_as(study, tmp_path / "out", to, created)
    back = read_study(tmp_path / "out")
    assert study.partial_dates.height == len(CHANGES)
    names = [name for name in study.partial_dates.columns if name != "row"]
    assert back.partial_dates.select(names).sort(ORDER).equals(study.partial_dates.select(names).sort(ORDER))
    for table in TABLES:
        if study.has(table.name):
            mine, theirs = (one.table(table.name).sort(pl.all()) for one in (study, back))
            assert theirs.equals(mine), table.name


def test_a_partial_date_stands_in_the_file_as_it_was_written(study, tmp_path, created):
    write_as(study, tmp_path / "out", Format.CSV, created)
    assert "A,2009-03," in (tmp_path / "out" / "relapses.csv").read_text()
    assert '"visits.date" = "earliest"' in (tmp_path / "out" / "mapping.toml").read_text()


def test_the_partial_dates_of_some_people_stay_with_their_rows(study):
    one = study.only(pl.Series(["A"]))
    for row in one.partial_dates.iter_rows(named=True):
        assert one.table(row["table"])[row["column"]][row["row"]] == row["taken"]
    assert study.only(pl.Series(["B"])).partial_dates.is_empty()
