"""Results beyond the limits of an assay.

Read from what laboratories write, kept in every format, refused without a limit.
"""

import polars as pl
import pytest
from specimen import SUBJECTS, specimen_study

from regraft.study.check import check_study
from regraft.study.convert import write_as
from regraft.study.exchange.sdtm_write import sdtm_datasets, study_header
from regraft.study.formats import Format
from regraft.study.store import read_study
from regraft.study.tables import Study


def with_labs(values: list[float | None], comparators: list[str | None]) -> Study:
    study = specimen_study()
    labs = study.table("labs").filter(pl.col("subject_id") == SUBJECTS[0]).head(len(values))
    labs = labs.with_columns(
        test=pl.lit("neutrophils"),
        unit=pl.lit("1e9/L"),
        value=pl.Series(values, dtype=pl.Float64),
        comparator=pl.Series(comparators, dtype=pl.String),
    )
    return Study({**study.tables, "labs": labs}, study.about)


@pytest.mark.parametrize(
    ("written", "value", "comparator"),
    [
        ("<0.1", 0.1, "below"),
        ("< 0.1", 0.1, "below"),
        ("<=0.1", 0.1, "below"),
        (">20", 20.0, "above"),
        ("0.3", 0.3, None),
    ],
)
def test_what_a_laboratory_writes_is_read_with_its_sign(tmp_path, created, written, value, comparator) -> None:
    write_as(with_labs([5.0], [None]), tmp_path, Format.CSV, created)
    text = (tmp_path / "labs.csv").read_text(encoding="utf-8")
    (tmp_path / "labs.csv").write_text(text.replace("5.0", written), encoding="utf-8")
    assert [str(found) for found in check_study(tmp_path) if found.severity == "error"] == []
    assert read_study(tmp_path).table("labs").select("value", "comparator").rows() == [(value, comparator)]


def test_sdtm_has_the_sign_in_the_text_and_no_number(created) -> None:
    study = with_labs([0.1, 2.5, None], ["below", None, None])
    made = {dataset.name: dataset for dataset in sdtm_datasets(study, study_header(study.about, created))}
    rows = made["LB"].frame.select("LBORRES", "LBSTRESC", "LBSTRESN", "LBSTAT").rows()
    assert rows == [("<0.1", "<0.1", None, None), ("2.5", "2.5", 2.5, None), (None, None, None, "NOT DONE")]


@pytest.mark.parametrize("to", list(Format))
def test_a_result_below_the_limit_comes_back_from_every_format(to, tmp_path, created) -> None:
    study = with_labs([0.1, 25.0, 2.5], ["below", "above", None])
    write_as(study, tmp_path, to, created)
    back = read_study(tmp_path).table("labs").sort("date").select("value", "comparator").rows()
    assert back == [(0.1, "below"), (25.0, "above"), (2.5, None)]


def test_a_comparator_without_its_limit_is_refused() -> None:
    found = [found for found in check_study(with_labs([None], ["below"])) if found.severity == "error"]
    assert [(error.file, error.row, error.column) for error in found] == [("labs", 1, "comparator")]
