from datetime import date, timedelta

import polars as pl
import pytest

from regraft.study import blocks
from regraft.study.blocks import block_count, blocks_of
from regraft.study.tables import Study, StudyAbout

NAMES = ["10", "9", "1", "b", "a"]  # in the order of names: 1, 10, 9, a, b


@pytest.fixture
def study():
    visits = [(name, date(2020, 1, 1) + timedelta(days=7 * k), 2.0 + k) for k in range(3) for name in NAMES]
    partial = {"subject_id": ["9", "a"], "table": "visits", "column": "date", "row": [1, 14]}
    return Study(
        {
            "subjects": pl.DataFrame({"subject_id": NAMES}),
            "visits": pl.DataFrame(visits, schema=["subject_id", "date", "edss"], orient="row"),
        },
        StudyAbout(title="blocks", simulated=False, source="made up"),
        pl.DataFrame(partial),
    )


def test_blocks_have_the_people_in_the_order_of_their_names_each_with_all_rows_as_they_stood(study, monkeypatch):
    monkeypatch.setattr(blocks, "PEOPLE_PER_BLOCK", 2)
    found = list(blocks_of(study))
    assert block_count(study) == 3
    assert [sorted(one.subjects["subject_id"]) for one in found] == [["1", "10"], ["9", "a"], ["b"]]
    assert [one.tables["visits"]["subject_id"].to_list() for one in found] == [
        ["10", "1"] * 3,
        ["9", "a"] * 3,
        ["b"] * 3,
    ]
    assert found[2].tables["visits"]["edss"].to_list() == [2.0, 3.0, 4.0]


def test_partial_dates_stay_with_their_rows_in_a_block(study, monkeypatch):
    monkeypatch.setattr(blocks, "PEOPLE_PER_BLOCK", 2)
    first, second, third = (one.partial_dates for one in blocks_of(study))
    assert (first.height, third.height) == (0, 0)
    assert second.select("subject_id", "row").rows() == [("9", 0), ("a", 5)]


def test_a_small_study_is_one_block_itself(study):
    assert list(blocks_of(study)) == [study]


def test_rows_of_people_who_are_not_in_the_study_are_in_one_block(study, monkeypatch):
    monkeypatch.setattr(blocks, "PEOPLE_PER_BLOCK", 2)
    stranger = study.tables["visits"].head(1).with_columns(subject_id=pl.lit("stranger"))
    more = Study({**study.tables, "visits": pl.concat([study.tables["visits"], stranger])}, study.about)
    heights = [one.tables["visits"].height for one in blocks_of(more)]
    assert heights == [7, 6, 3]
