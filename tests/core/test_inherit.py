"""A file may be like another: what it takes, what it changes, what it leaves out, and how errors name file and key."""

from pathlib import Path

import pytest

from regraft.core.errors import SettingsProblem
from regraft.core.inherit import read_with_parents
from regraft.trial.protocol import load_protocol

BASE = """
title = "base"
note = "kept"
[section]
one = 1
two = 2
[[drug]]
name = "a"
dose = 1.0
[[drug]]
name = "b"
dose = 2.0
[sources]
"section" = { origin = "assumed", why = "base" }
"drug.a" = { origin = "assumed", why = "base" }
"drug.b.dose" = { origin = "assumed", why = "base" }
"""


def read(folder: Path, child: str) -> dict:
    (folder / "base.toml").write_text(BASE, encoding="utf-8")
    path = folder / "child.toml"
    path.write_text('like = "base.toml"\n' + child, encoding="utf-8")
    return read_with_parents(path, folder, "thing", lambda _path: None)


def test_sections_merge_and_drugs_change_by_name(tmp_path) -> None:
    data = read(tmp_path, "[section]\ntwo = 3\n[drug.b]\ndose = 5.0\n[drug.c]\ndose = 7.0\n")
    assert data["section"] == {"one": 1, "two": 3}
    assert data["drug"] == [{"name": "a", "dose": 1.0}, {"name": "b", "dose": 5.0}, {"name": "c", "dose": 7.0}]
    assert (data["note"], "like" in data) == ("kept", False)


def test_a_list_replaces_a_list(tmp_path) -> None:
    assert read(tmp_path, '[[drug]]\nname = "z"\ndose = 9.0\n')["drug"] == [{"name": "z", "dose": 9.0}]


def test_what_is_left_out_is_gone_with_its_source(tmp_path) -> None:
    data = read(tmp_path, 'without = ["drug.a", "section.one"]\n')
    assert data["drug"] == [{"name": "b", "dose": 2.0}]
    assert data["section"] == {"two": 2}
    assert set(data["sources"]) == {"section.two", "drug.b.dose"}


def test_a_number_written_anew_loses_the_source_of_the_old_one(tmp_path) -> None:
    data = read(tmp_path, "[section]\ntwo = 3\n[drug.b]\ndose = 5.0\n")
    assert set(data["sources"]) == {"section.one", "drug.a.name", "drug.a.dose"}


def test_a_key_left_out_that_does_not_exist_is_named_with_the_nearest(tmp_path) -> None:
    with pytest.raises(SettingsProblem, match=r"child\.toml.*without\[0\].*section\.on[^e].*section\.one") as caught:
        read(tmp_path, 'without = ["section.on"]\n')
    assert caught.value.key == "without[0]"


def test_files_like_each_other_in_a_circle_are_refused(tmp_path) -> None:
    (tmp_path / "a.toml").write_text('like = "b.toml"\n', encoding="utf-8")
    (tmp_path / "b.toml").write_text('like = "a.toml"\n', encoding="utf-8")
    with pytest.raises(SettingsProblem, match="in a circle"):
        read_with_parents(tmp_path / "a.toml", tmp_path, "thing", lambda _path: None)


def test_without_needs_a_file_to_be_like(tmp_path) -> None:
    path = tmp_path / "alone.toml"
    path.write_text('without = ["a"]\ntitle = "t"\n', encoding="utf-8")
    with pytest.raises(SettingsProblem, match="nothing to leave out"):
        read_with_parents(path, tmp_path, "thing", lambda _path: None)


def test_a_protocol_of_ones_own_says_only_what_differs(tmp_path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'like = "atkins-2016"\nname = "mine"\ntitle = "t"\nwithout = ["amendment"]\n'
        "[conditioning.drug.busulfan]\ndose = 0.7\n",
        encoding="utf-8",
    )
    drugs = load_protocol(path).treatment.conditioning.drug
    assert [drug.dose for drug in drugs] == [0.7, 50.0, 1.25]
    path.write_text(path.read_text(encoding="utf-8").replace("0.7", "70.0"), encoding="utf-8")
    with pytest.raises(SettingsProblem, match=r"mine\.toml.*conditioning\.drug\[0\]\.dose"):
        load_protocol(path)


def test_what_is_wrong_in_the_other_file_is_told_with_its_name(tmp_path) -> None:
    (tmp_path / "other.toml").write_text(
        'like = "atkins-2016"\nname = "o"\ntitle = "o"\npatients = 0\n', encoding="utf-8"
    )
    path = tmp_path / "mine.toml"
    path.write_text('like = "other.toml"\nname = "mine"\ntitle = "t"\npatients = 5\n', encoding="utf-8")
    with pytest.raises(SettingsProblem, match=r"other\.toml.*patients"):
        load_protocol(path)
