"""Formats of others are read in pieces: the same tables and the same words about the same cells as of a whole file."""

import pytest

from regraft.study import csv_text
from regraft.study.check import findings_of
from regraft.study.convert import write_as
from regraft.study.exchange import dataset_json, xpt
from regraft.study.formats import Format
from regraft.study.loading import Loaded, load

STRANGE = {  # lines of a REDCap export, and what is said of sixty of them
    "P{0},some form,1,,,": "60 rows belong to instruments that regraft does not know",
    "P{0},visits,1,female,2020-01-20,2": "10 more rows: a field of the instrument subjects is filled",
    "P{0},,,male,,": "10 more rows: the events of this record give different values",
    "P{0},visits,{0},,,": "10 more rows: the instance of visits was opened and not filled in",
    "P{0},visits,{0},,spring,2": "10 more rows: ",
    ",visits,1,,2020-03-01,2": "10 more rows: a required value is missing",
}
EXPORT = "subject_id,redcap_repeat_instrument,redcap_repeat_instance,sub_sex,vis_date,vis_edss,unused\n"
MAPPING = """
[study]
title = "t"
source = "s"
[missing]
values = ["NA"]
[[table]]
name = "subjects"
file = "all.csv"
distinct = true
columns = { subject_id = "id", sex = { column = "sex", values = { F = "female", M = "male" } } }
[[table]]
name = "visits"
file = "all.csv"
where = { form = "v" }
columns = { subject_id = "id", date = { column = "day", date_format = "%d/%m/%Y" }, edss = "edss" }
"""


def in_pieces(monkeypatch, folder, size=60) -> tuple[Loaded, Loaded, int]:
    """Return a folder read at once and in pieces of a row or two, and how many pieces there were."""
    whole, add = load(folder), csv_text._Read.add
    pieces = []

    def counted(read, piece, separator):
        pieces.append(piece)
        add(read, piece, separator)

    monkeypatch.setattr(csv_text._Read, "add", counted)
    monkeypatch.setattr(csv_text, "_TAKEN", size)
    monkeypatch.setattr(xpt, "_BLOCK", 1)
    monkeypatch.setattr(dataset_json, "_PIECE", size)
    return whole, load(folder), len(pieces)


def assert_alike(whole: Loaded, pieces: Loaded) -> None:
    assert findings_of(pieces) == findings_of(whole)
    assert list(pieces.tables) == list(whole.tables)
    for name, frame in whole.tables.items():
        assert pieces.tables[name].schema == frame.schema
        assert pieces.tables[name].equals(frame), name
    assert (pieces.files, pieces.origins) == (whole.files, whole.origins)


@pytest.mark.parametrize("to", [Format.XPT, Format.REDCAP, Format.DATASET_JSON])
def test_a_study_comes_back_alike_from_pieces(tmp_path, monkeypatch, full_study, created, to):
    write_as(full_study, tmp_path, to, created)
    whole, pieces, count = in_pieces(monkeypatch, tmp_path, size=600)
    assert_alike(whole, pieces)
    assert count > 10 or to is not Format.REDCAP


@pytest.mark.parametrize(("line", "told"), STRANGE.items())
def test_what_is_strange_in_a_redcap_export_is_told_alike_from_pieces(tmp_path, monkeypatch, line, told):
    people = [f"P{row},,,female,,,\nP{row},visits,1,,2020-01-0{1 + row % 9},2,x\n" for row in range(120)]
    strange = [line.format(row) + ",\n" for row in range(60)]
    (tmp_path / "export.csv").write_text(EXPORT + "".join((*people[:60], *strange, *people[60:])))
    whole, pieces, count = in_pieces(monkeypatch, tmp_path)
    assert_alike(whole, pieces)
    assert count > 60
    assert [found.problem for found in findings_of(pieces) if found.problem.startswith(told)] != []


def test_a_mapped_file_is_told_alike_from_pieces_and_its_unused_rows_are_counted(tmp_path, monkeypatch):
    rows = [f"P{row // 2},{'vx'[row % 2]},{'FMZ'[row % 3]},{row % 80}/01/2020,{row % 9},NA\n" for row in range(300)]
    (tmp_path / "all.csv").write_text("id,form,sex,day,edss,note\n" + "".join(rows) + ",,,,,NA\n")
    (tmp_path / "mapping.toml").write_text(MAPPING)
    whole, pieces, count = in_pieces(monkeypatch, tmp_path)
    assert_alike(whole, pieces)
    assert count > 60
    problems = [found.problem for found in findings_of(pieces)]
    assert "the column is not mapped and will be left out" in problems
    assert any("more rows: the date is not in the format" in problem for problem in problems)


def test_rows_that_no_table_takes_are_counted_over_all_pieces(tmp_path, monkeypatch):
    (tmp_path / "all.csv").write_text("id,form,sex,day,edss\n" + "P1,v,F,01/01/2020,2\nP2,x,F,,\n,,,,\n" * 40)
    text = MAPPING.replace("distinct = true\n", 'where = { form = "v" }\ndistinct = true\n')
    (tmp_path / "mapping.toml").write_text(text)
    whole, pieces, _ = in_pieces(monkeypatch, tmp_path)
    assert_alike(whole, pieces)
    told = [found.problem for found in findings_of(pieces) if "used by no table" in found.problem]
    assert told == ["40 of 120 rows are used by no table of the mapping (first rows: 2, 5, 8, 11, 14)"]
