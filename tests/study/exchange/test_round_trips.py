"""A study written in any format and read back is the same study."""

from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from specimen import specimen_study

from regraft.study.about import read_about
from regraft.study.check import check_study
from regraft.study.convert import write_as
from regraft.study.formats import Format
from regraft.study.loading import load
from regraft.study.schema import BY_NAME, TABLES, Column, ColumnType, Table
from regraft.study.store import read_study
from regraft.study.tables import Study, StudyAbout, conform

CREATED = datetime(2026, 1, 2, tzinfo=UTC)


def assert_same(read: Study, written: Study) -> None:
    assert {table.name for table in TABLES if read.has(table.name)} == set(written.tables)
    for table in TABLES:
        key = list(table.key)
        one, other = read.table(table.name).sort(key), written.table(table.name).sort(key)
        differing = {
            name: (one[name].to_list(), other[name].to_list())
            for name in one.columns
            if not one[name].equals(other[name])
        }
        assert differing == {}, table.name


def test_the_specimen_is_intact_and_fills_every_column():
    study = specimen_study(simulated=True)
    assert [found for found in check_study(study) if found.severity == "error"] == []
    empty = [(t.name, c.name) for t in TABLES for c in t.columns if not study.recorded(t.name, c.name)]
    assert empty == []


@pytest.mark.parametrize("to", list(Format))
def test_every_table_and_column_comes_back(full_study, to, tmp_path, created):
    write_as(full_study, tmp_path, to, created)
    read = read_study(tmp_path)
    assert_same(read, full_study)
    assert read.about == full_study.about


@pytest.mark.parametrize("to", list(Format))
def test_a_table_without_rows_stays_apart_from_a_missing_table(full_study, to, tmp_path, created):
    tables = {name: full_study.table(name) for name in ("subjects", "visits")}
    tables["relapses"] = full_study.table("relapses").clear()
    study = Study(tables, full_study.about)
    write_as(study, tmp_path, to, created)
    read = read_study(tmp_path)
    assert read.has("relapses")
    assert read.table("relapses").height == 0
    assert not read.has("mri_scans")


@pytest.mark.parametrize("to", list(Format))
def test_the_same_study_gives_the_same_bytes(full_study, to, tmp_path, created):
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        write_as(full_study, folder, to, created)
    assert {p.name: p.read_bytes() for p in one.iterdir()} == {p.name: p.read_bytes() for p in other.iterdir()}


@pytest.mark.parametrize("to", [Format.XPT, Format.DATASET_JSON])
def test_simulated_sdtm_says_so_even_without_its_trial_summary(to, tmp_path, created):
    write_as(specimen_study(simulated=True), tmp_path, to, created)
    for summary in tmp_path.glob("ts.*"):
        summary.unlink()
    assert read_study(tmp_path).about.simulated


def _cells(column: Column) -> st.SearchStrategy:
    match column.kind:
        case ColumnType.CODE:
            cells = st.sampled_from(column.allowed)
        case ColumnType.FLAG:
            cells = st.booleans()
        case ColumnType.DATE:
            cells = st.dates(date(1901, 1, 1), date(2100, 1, 1))
        case ColumnType.INTEGER:
            high = column.maximum if column.maximum is not None else 2e9
            cells = st.integers(int(column.minimum or 0), int(high))
        case ColumnType.NUMBER:
            low = column.minimum if column.minimum is not None else -1e6
            high = column.maximum if column.maximum is not None else 1e9
            cells = st.floats(low, high).map(lambda value: round(value, 12) + 0.0)
        case _:
            letters = st.characters(exclude_categories=("Cs",), exclude_characters="\0\ufeff\u200b")
            cells = st.text(letters, min_size=1, max_size=12).filter(lambda text: text == text.strip())
    return cells if column.required else st.none() | cells


def _rows(table: Table, subjects: list[str]) -> st.SearchStrategy:
    cells = {column.name: _cells(column) for column in table.columns}
    row = st.fixed_dictionaries(cells | {"subject_id": st.sampled_from(subjects)})
    return st.lists(row, max_size=4, unique_by=lambda row: tuple(row[name] for name in table.key))


@st.composite
def studies(draw) -> Study:
    identity = _cells(BY_NAME["subjects"].column("subject_id"))
    subjects = draw(st.lists(identity, min_size=1, max_size=3, unique=True))
    text = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=30)
    text = text.filter(lambda value: not value.endswith(" "))
    about = StudyAbout(
        title=draw(text), simulated=draw(st.booleans()), source=draw(text), version="t", notes=(draw(text),)
    )
    tables = {}
    for table in TABLES:
        rows = draw(_rows(table, subjects))
        if table.name == "subjects":
            rows = [{**row, "subject_id": name} for row, name in zip([*rows, *[{}] * 3], subjects, strict=False)]
        elif not table.required and draw(st.booleans()):
            continue
        if table.name == "labs":  # a comparator belongs to its limit
            rows = [{**row, "comparator": None if row["value"] is None else row["comparator"]} for row in rows]
        columns = {column.name: [row.get(column.name) for row in rows] for column in table.columns}
        tables[table.name] = conform(pl.DataFrame(columns, strict=False), table)
    return Study(tables, about)


@pytest.mark.parametrize("to", list(Format))
@settings(max_examples=15, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(study=studies())
def test_any_study_comes_back(to, study):
    with TemporaryDirectory() as folder:
        write_as(study, Path(folder), to, CREATED)
        loaded = load(Path(folder))
        assert [found for found in loaded.findings if found.severity == "error"] == []
        tables = {name: frame.drop("_row") for name, frame in loaded.tables.items()}
        assert_same(Study(tables, loaded.about), study)
        assert loaded.about == study.about
        if to in {Format.CSV, Format.PARQUET, Format.REDCAP}:
            assert read_about(Path(folder))[0] == study.about


@pytest.mark.parametrize("to", list(Format))
def test_an_empty_text_is_a_missing_one_in_every_format(to, tmp_path, created):
    study = specimen_study()
    tables = dict(study.tables) | {"procedures": study.table("procedures").with_columns(detail=pl.lit(""))}
    one_each = tables["procedures"].unique(["subject_id", "date", "procedure"], maintain_order=True)
    write_as(Study(tables | {"procedures": one_each}, study.about), tmp_path, to, created)
    assert read_study(tmp_path).table("procedures")["detail"].null_count() == one_each.height
