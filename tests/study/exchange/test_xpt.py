"""SAS transport files: the bytes, what pyreadstat wrote, and what the format refuses."""

from datetime import datetime
from hashlib import sha256
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regraft.core.errors import FileProblem
from regraft.study.exchange.dataset import Dataset, StudyHeader, Variable, VariableKind
from regraft.study.exchange.ibm_float import from_ibm, to_ibm
from regraft.study.exchange.xpt import read_xpt, xpt_bytes

DATA = Path(__file__).resolve().parents[2] / "data" / "xpt"
TEXT, FLOAT = VariableKind.TEXT, VariableKind.FLOAT


def header(created: datetime) -> StudyHeader:
    return StudyHeader(study_id="TOY", title="Toy", protocol="toy", created=created, version="0")


def toy(text: str = "é", name: str = "LBORRES", label: str = "Original Result") -> Dataset:
    variables = (
        Variable(name="STUDYID", label="Study Identifier", kind=TEXT),
        Variable(name="LBSTRESN", label="Numeric Result", kind=FLOAT),
        Variable(name=name, label=label, kind=TEXT),
    )
    frame = pl.DataFrame({"STUDYID": ["TOY"] * 3, "LBSTRESN": [0.1, None, -118.625], name: [text, None, "a"]})
    return Dataset(name="LB", label="Laboratory toy", variables=variables, frame=frame)


def test_what_pyreadstat_wrote_is_read():
    read = read_xpt(DATA / "pyreadstat-1.3.7-lb.xpt")  # pyreadstat.write_xport(..., file_format_version=5)
    assert read.findings == ()
    assert read.name == "LB"
    assert read.frame["LBSTRESN"].to_list() == [0.1, -118.625, 1 / 3, None, 1e-12]
    assert read.frame["USUBJID"].to_list() == [f"TOY-{number}" for number in range(1, 6)]
    assert read.frame["LBORRES"].to_list() == ["0.1", "-118.625", "0.3333", None, None]


def test_the_bytes_are_those_that_pyreadstat_was_seen_to_read(created):
    # pyreadstat 1.3.7 read_xport gave back names, labels, file label, text and numbers of these bytes exactly; pandas
    # 2.3.3 read_sas the text and numbers.
    content = xpt_bytes(toy(), header(created))
    assert len(content) % 80 == 0
    assert sha256(content).hexdigest() == "7243edd858a748a98dabee1ae07d090d03042decd714bf7556735b0f94d94ed2"


def test_a_dataset_comes_back(created, tmp_path):
    path = tmp_path / "lb.xpt"
    path.write_bytes(xpt_bytes(toy(" lead\nline"), header(created)))
    assert read_xpt(path).frame.equals(toy(" lead\nline").frame)


@given(st.lists(st.none() | st.floats(1e-70, 1e70) | st.floats(-1e70, -1e-70) | st.just(0.0), max_size=20))
def test_every_double_in_the_range_is_exact(values):
    numbers = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    assert np.array_equal(from_ibm(to_ibm(numbers)), numbers, equal_nan=True)


@pytest.mark.parametrize("value", [float("inf"), 1e76, 1e-80])
def test_a_number_outside_the_format_is_refused(value):
    with pytest.raises(ValueError, match="number"):
        to_ibm(np.array([value]))


@pytest.mark.parametrize(
    ("dataset", "words"),
    [
        (toy("x" * 201), "LBORRES of record 1 holds 201 bytes of text"),
        (toy("é" * 101), "holds 202 bytes of text"),
        (toy("blank "), "ends in a blank"),
        (toy("zero\0"), "zero byte"),
        (toy(name="LBORRESLONG"), "longer than 8 characters"),
        (toy(label="x" * 41), "longer than 40 characters"),
    ],
)
def test_what_does_not_fit_is_refused_and_never_cut(dataset, words, created):
    with pytest.raises(FileProblem, match=words):
        xpt_bytes(dataset, header(created))


def test_text_of_200_bytes_fits(created, tmp_path):
    path = tmp_path / "lb.xpt"
    path.write_bytes(xpt_bytes(toy("x" * 200), header(created)))
    assert read_xpt(path).frame["LBORRES"][0] == "x" * 200


@pytest.mark.parametrize("length", [79, 400, 1000, -1, -100])
def test_a_cut_file_is_reported(length, created, tmp_path):
    path = tmp_path / "lb.xpt"
    path.write_bytes(xpt_bytes(toy(), header(created))[:length])
    read = read_xpt(path)
    assert read.frame is None
    assert read.findings[0].severity == "error"


def test_version_8_is_named(tmp_path):
    path = tmp_path / "lb.xpt"
    path.write_bytes(b"HEADER RECORD*******LIBV8   HEADER RECORD!!!!!!!".ljust(800))
    assert "version 8" in read_xpt(path).findings[0].problem


def test_windows_letters_are_read_with_a_warning(created, tmp_path):
    path = tmp_path / "lb.xpt"
    path.write_bytes(xpt_bytes(toy("xx"), header(created)).replace(b"xx", "é".encode("cp1252") + b"x"))
    read = read_xpt(path)
    assert read.frame["LBORRES"][0] == "éx"
    assert [found.severity for found in read.findings] == ["warning"]
