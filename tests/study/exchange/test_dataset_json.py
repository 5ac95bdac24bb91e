"""Dataset-JSON in pieces of a few bytes: the same columns and words about what is wrong as of a whole text."""

import json
import zlib

import pytest

from regraft.study.exchange import dataset_json
from regraft.study.exchange.dataset_json import read_dataset_json

HEAD = {"datasetJSONVersion": "1.1.0", "name": "x", "columns": [{"name": name} for name in "abcd"]}
ROWS = [
    [1, "a],[", None, 1.5],
    [2, "", None, 10**400],
    [3.25, "\U0001f600 and more than twelve", None, float("nan")],
    [True, 5, None, 2],
    [1.0, "t", None, 12345678901234567890],
]
COLUMNS = {
    "A": ["1", "2", "3.25", "True", "1.0"],
    "B": ["a],[", None, "\U0001f600 and more than twelve", "5", "t"],
    "C": [None] * 5,
    "D": [1.5, float("inf"), None, 2.0, 12345678901234567890.0],
}


def written(head: dict, rows: list, form: str) -> bytes:
    if form in {"rows first", "rows last"}:
        parts = ({"rows": rows}, head) if form == "rows first" else (head, {"rows": rows})
        return json.dumps({**parts[0], **parts[1]}, indent=1).replace("\n", "\r\n").encode()
    lines = "\n".join(json.dumps(one) for one in (head, *rows)).encode()
    return zlib.compress(lines) if form == "dsjc" else lines


@pytest.fixture(params=[1, 7, 1 << 21])
def read(request, tmp_path, monkeypatch):
    monkeypatch.setattr(dataset_json, "_PIECE", request.param)

    def reading(content: bytes, suffix: str = "json"):
        path = tmp_path / f"x.{suffix}"
        path.write_bytes(content)
        return read_dataset_json(path)

    return reading


@pytest.mark.parametrize("form", ["rows first", "rows last", "ndjson", "dsjc"])
def test_columns_of_numbers_of_text_and_of_both_are_read(read, form):
    found = read(written(HEAD | {"records": 5}, ROWS, form), form if form in {"ndjson", "dsjc"} else "json")
    assert found.findings == ()
    assert found.frame.to_dict(as_series=False) == COLUMNS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1, 2",
        '{"rows": [[1],\n [2] , ]}',
        '{"rows": [[1]],\n }',
        '{"rows": [[1]],\n\n "a" 1}',
        '{"rows": [\n[1, 2.5e',
        '{"rows": [[1, "a]}',
        '{"rows": [1.5, 2e]}',
        '{"rows": [[1],\r\n [nul]]}',
        '{"rows": [[1]]} x',
    ],
)
def test_what_is_no_json_is_told_with_its_place_in_the_whole_text(read, text):
    with pytest.raises(json.JSONDecodeError) as told:
        json.loads(text.replace("\r\n", "\n"))
    assert read(text.encode()).findings[0].problem == f"the file is not valid JSON ({told.value})"


@pytest.mark.parametrize(
    ("change", "rows", "problem"),
    [
        ({}, [[1, 2, 3, 4], [1, 2, 3]], "a row does not have the 4 values of the columns"),
        ({}, [[1, 2, 3, 4], 5], "a row does not have the 4 values of the columns"),
        ({"records": 3}, [[1, 2, 3, 4]], "the file says 3 records and holds 1"),
        ({}, [[1, 2, 3, 4], [1, [2], {}, 4]], "the column B holds lists or objects"),
        (
            {},
            [[1, 2, 3, 4], [1, "\ud83d", 3, 4]],
            "the file holds half characters (lone surrogates), which are no text",
        ),
        ({"label": "\ud83d"}, [[1, 2, 3, 4]], "the file holds half characters (lone surrogates), which are no text"),
        ({"columns": [{"name": "a"}, {"name": "A"}]}, [[1, 2]], "the columns have no names, or two of them the same"),
    ],
)
@pytest.mark.parametrize("form", ["rows first", "ndjson"])
def test_what_cannot_be_columns_is_refused(read, change, rows, problem, form):
    content = written(HEAD | {"records": len(rows)} | change, rows, form)
    found = read(content, "ndjson" if form == "ndjson" else "json")
    assert found.frame is None
    assert [one.problem for one in found.findings] == [problem]


def test_bytes_that_are_no_text_are_told_before_what_is_no_json(read):
    assert read(b'{"rows": [,' + b" " * 50 + b"\xff").findings[0].problem == "the file is not UTF-8"


def test_a_broken_end_of_a_compressed_file_is_told_before_what_is_no_text(read):
    packed = zlib.compress(b"\xff" + bytes(range(256)) * 20)
    assert "cannot be decompressed" in read(packed[:-3], "dsjc").findings[0].problem


def test_of_two_arrays_of_rows_the_last_one_counts(read):
    text = '{"rows": [[1], [2]], "rows": [["a"]], "columns": [{"name": "a"}], "records": 1, "datasetJSONVersion": "1"}'
    assert read(text.encode()).frame["A"].to_list() == ["a"]


def test_no_more_than_a_part_of_the_rows_is_held_at_once(read, monkeypatch):
    most, add = [], dataset_json._Rows.add

    def counted(rows, values, halves):
        most.append(len(values))
        add(rows, values, halves)

    monkeypatch.setattr(dataset_json._Rows, "add", counted)
    monkeypatch.setattr(dataset_json, "_PIECE", 500)
    content = written(HEAD | {"records": 1000}, [[1, "a", None, 2]] * 1000, "rows last")
    assert read(content).frame.height == 1000
    assert max(most) < 50
    assert len(most) < 200  # and not one by one, which would take long
