"""Files a person writes: what is refused on reading, and how the refusals read."""

import os
import time

import pytest
from pydantic import Field

from regraft.core.errors import FileProblem, SettingsProblem
from regraft.core.origin import Origin
from regraft.core.settings import Choice, Issue, Many, Section, dotted, find_file, raise_issues, read_toml, validate
from regraft.core.sources import Source, count_origins, leaves, source_of, unmatched_sources


class Leaf(Section):
    dose: float
    days: int
    route: Choice[Origin]


class Root(Section):
    name: str
    leaf: Many[Leaf]
    named: dict[str, Source] = Field(default_factory=dict)


GOOD = {"name": "x", "leaf": [{"dose": 1, "days": 2, "route": "measured"}]}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"   \n\n", "the file is empty"),
        (b"a = 1\nb = \n", "line 2"),
        (b"a = 1\na = 2\n", "line 2"),
        (b"a = [1, 2", "cut off"),
        (b"\xff\xfea\x00", "UTF-16"),
        (b'a = 1\nb = "caf\xe9"\n', "line 2 is not UTF-8 (byte 0xe9)"),
        (b"a = 1\x00", "binary data"),
        (b"a = " + b"[" * 5000, "nested too deeply"),
        (b"a = '" + b"x" * 30_000 + b"'", "a line is longer"),
    ],
    ids=["empty", "blank", "half", "twice", "cut", "utf16", "latin1", "binary", "deep", "long"],
)
def test_a_file_nobody_can_have_written_is_refused(tmp_path, content, said):
    path = tmp_path / "file.toml"
    path.write_bytes(content)
    with pytest.raises(FileProblem) as caught:
        read_toml(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_huge_file_is_refused_without_reading_it(tmp_path):
    path = tmp_path / "huge.toml"
    with path.open("wb") as file:
        file.truncate(3_000_000_000)  # a sparse gigabyte of one line
    began = time.perf_counter()
    with pytest.raises(FileProblem, match="too large"):
        read_toml(path)
    assert time.perf_counter() - began < 0.5


def test_a_folder_a_missing_file_and_a_pipe_are_refused(tmp_path):
    with pytest.raises(FileProblem, match="folder"):
        read_toml(tmp_path)
    with pytest.raises(FileProblem, match="no such file"):
        read_toml(tmp_path / "none.toml")
    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(FileProblem, match="no such file"):
        read_toml(tmp_path / "pipe.toml")


def test_a_byte_order_mark_and_windows_line_ends_are_accepted(tmp_path):
    path = tmp_path / "file.toml"
    path.write_bytes(b"\xef\xbb\xbfa = 1\r\nb = 2\r\n")
    assert read_toml(path) == {"a": 1, "b": 2}


def test_a_good_file_becomes_a_frozen_value_and_whole_numbers_pass_for_numbers():
    root = validate(Root, GOOD, "f.toml")
    assert root.leaf[0].dose == 1.0
    with pytest.raises(ValueError, match="frozen"):
        root.name = "y"


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("dose", "1", "leaf[0].dose = '1': not a number"),
        ("dose", True, "leaf[0].dose = True: not a number"),
        ("dose", float("inf"), "not a finite number"),
        ("days", 2.5, "leaf[0].days = 2.5: not a whole number"),
        ("route", "measurd", "Did you mean measured?"),
        ("dosee", 1, "leaf[0].dosee = 1: unknown key. Did you mean dose?"),
    ],
)
def test_every_refusal_names_key_value_reason_and_remedy(key, value, shown):
    data = {"name": "x", "leaf": [{**GOOD["leaf"][0], key: value}]}
    with pytest.raises(SettingsProblem) as caught:
        validate(Root, data, "f.toml")
    assert shown in str(caught.value)
    assert str(caught.value).startswith("f.toml: ")


def test_all_problems_of_a_file_are_told_at_once():
    data = {"name": 3, "leaf": [{"dose": "x", "days": 2, "route": "measured"}], "nam": 1}
    with pytest.raises(SettingsProblem) as caught:
        validate(Root, data, "f.toml")
    assert str(caught.value).count("f.toml: ") == 3
    assert caught.value.key == "name"


def test_a_list_is_not_called_too_short_because_of_its_entries(tmp_path):
    with pytest.raises(SettingsProblem) as caught:
        validate(Root, {"name": "x", "leaf": [{"dose": 1}]}, "f.toml")
    assert "empty list" not in str(caught.value)


def test_no_issue_raises_nothing():
    raise_issues("f.toml", [])
    with pytest.raises(SettingsProblem, match="k: why"):
        raise_issues("f.toml", [Issue("k", None, "why", "what")])


def test_a_key_with_dots_stands_in_quotes():
    assert dotted(("sources", "a.b", "origin")) == 'sources."a.b".origin'


def test_a_name_is_looked_up_and_a_path_is_taken_as_it_is(tmp_path):
    (tmp_path / "alpha.toml").write_text("a = 1")
    assert find_file("alpha", tmp_path, "protocol") == tmp_path / "alpha.toml"
    assert str(find_file("./alpha.toml", tmp_path, "protocol")) == "alpha.toml"
    with pytest.raises(FileProblem, match="Did you mean alpha"):
        find_file("alfa", tmp_path, "protocol")


SOURCES = {
    "drug": Source(origin=Origin.ASSUMED, why="usual"),
    "drug.busulfan.dose": Source(origin=Origin.MEASURED, checked=False, source="paper"),
}


def test_numbers_are_counted_by_the_nearest_source_above_them():
    data = {"n": 1, "flag": True, "drug": [{"name": "busulfan", "dose": 0.8, "days": 3}], "sources": {"x": 1}}
    assert dict(leaves(data))["drug.busulfan.days"] == 3
    assert source_of("drug.busulfan.days", SOURCES).why == "usual"
    counts = count_origins(data, SOURCES)
    assert counts == {"no source given": 1, "measured, unchecked": 1, "assumed": 1}


def test_a_source_that_matches_nothing_is_told_with_the_nearest_key():
    issues = unmatched_sources({"drug": {"dose": 1}}, {"drug.doze": SOURCES["drug"]})
    assert [issue.remedy for issue in issues] == ["Did you mean drug.dose?"]


@pytest.mark.parametrize("entry", [{"origin": "assumed"}, {"origin": "measured"}, {"origin": "fitted", "why": "x"}])
def test_an_origin_without_its_source_or_reason_is_refused(entry):
    with pytest.raises(SettingsProblem, match="needs its"):
        validate(Root, {**GOOD, "named": {"a": entry}}, "f.toml")
