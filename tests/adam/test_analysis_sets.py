"""Analysis sets hold what was derived, nothing less, and every event leads back to a record of the SDTM export."""

import csv
import io
import json
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import polars as pl
import pytest

from regraft.adam.analysis_sets import analysis_set_files, analysis_sets
from regraft.adam.formats import SetFormat
from regraft.adam.time_to_event import parameter_codes
from regraft.analysis.summary import summarise
from regraft.core.library import LIBRARY
from regraft.endpoints.catalogue import catalogue_of
from regraft.endpoints.definition import list_definitions, load_definition
from regraft.endpoints.derive import Derived, derive
from regraft.study.exchange.define_xml import ODM
from regraft.study.exchange.sdtm_write import sdtm_datasets, study_header
from regraft.study.exchange.xpt import read_xpt
from regraft.study.store import read_study
from regraft.study.tables import Study

NOW = datetime(2026, 11, 30, tzinfo=UTC)
FOLDERS = (LIBRARY / "examples" / "registry-sample", Path(__file__).parents[1] / "data" / "intact-study")


def files_of(study: Study, found: Derived, to: SetFormat, created: datetime) -> dict[str, bytes]:
    """Return the files of the analysis sets of a study."""
    header = study_header(study.about, created)
    return analysis_set_files(analysis_sets(study, found, header), header, to)


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda folder: folder.name)
def derived(request: pytest.FixtureRequest) -> tuple[Study, Derived]:
    study = read_study(request.param)
    return study, derive(study, load_definition("consensus"))


def plain(values: pl.Series) -> list[object]:
    """Return values as a transport file has them: days as numbers, a missing text as an empty one."""
    if values.dtype == pl.Date:
        return [None if day is None else float((day - date(1960, 1, 1)).days) for day in values]
    return values.fill_null("").to_list() if values.dtype == pl.String else values.to_list()


def sets_of(study: Study, found: Derived) -> dict[str, pl.DataFrame]:
    return {made.name: made.frame for made in analysis_sets(study, found, study_header(study.about, NOW))}


def test_every_endpoint_of_every_subject_is_in_adtte_with_its_status_and_time(derived: tuple[Study, Derived]) -> None:
    study, found = derived
    subjects = {row["SUBJID"]: row["USUBJID"] for row in sets_of(study, found)["ADSL"].iter_rows(named=True)}
    censor = {"event": 0, "censored": 1, "competing": 2, "unknown": None}
    expected = {
        (subjects[row["subject_id"]], row["endpoint"]): (censor[row["status"]], row["time_days"])
        for row in found.events.iter_rows(named=True)
    } | {
        (subjects[row["subject_id"]], row["endpoint"]): (None, None) for row in found.not_at_risk.iter_rows(named=True)
    }
    rows = sets_of(study, found)["ADTTE"].iter_rows(named=True)
    assert {(row["USUBJID"], row["ENDPNT"]): (row["CNSR"], row["AVAL"]) for row in rows} == expected
    assert len(expected) == len(subjects) * len(found.catalogue.endpoints)


def test_every_event_leads_to_a_record_of_its_day_in_the_sdtm_export(derived: tuple[Study, Derived]) -> None:
    study, found = derived
    header = study_header(study.about, NOW)
    export = {dataset.name: dataset.frame for dataset in sdtm_datasets(study, header)}
    events = sets_of(study, found)["ADTTE"].filter((pl.col("CNSR") == 0) | (pl.col("CNSR") == 2))
    assert events.height
    for event in events.iter_rows(named=True):
        record = export[event["SRCDOM"]].filter(
            (pl.col("USUBJID") == event["USUBJID"]) & (pl.col(f"{event['SRCDOM']}SEQ") == event["SRCSEQ"])
        )
        assert record[event["SRCVAR"]].to_list() == [event["ADT"].isoformat()]


def test_baseline_is_the_last_value_up_to_day_zero_and_changes_count_from_it(derived: tuple[Study, Derived]) -> None:
    study, found = derived
    sets = sets_of(study, found)
    zero = dict(sets["ADSL"].select("USUBJID", "ZERODT").iter_rows())
    edss = sets["ADMS"].filter(pl.col("PARAMCD") == "EDSS0101")
    for (subject,), rows in edss.group_by("USUBJID", maintain_order=True):
        before = [row for row in rows.iter_rows(named=True) if row["ADT"] <= zero[subject]]
        flagged = rows.filter(pl.col("ABLFL") == "Y")
        assert flagged["ADT"].to_list() == ([before[-1]["ADT"]] if before else [])
        for row in rows.filter(pl.col("CHG").is_not_null()).iter_rows(named=True):
            assert row["CHG"] == row["AVAL"] - before[-1]["AVAL"]
            assert row["ADY"] == (row["ADT"] - zero[subject]).days > 0


def test_transport_files_hold_the_same_and_count_days_from_1960(derived: tuple[Study, Derived], tmp_path: Path) -> None:
    study, found = derived
    made = sets_of(study, found)
    for name, content in files_of(study, found, SetFormat.XPT, NOW).items():
        if not name.endswith(".xpt"):
            continue
        (tmp_path / name).write_bytes(content)
        read, frame = read_xpt(tmp_path / name).frame, made[name.removesuffix(".xpt").upper()]
        assert read is not None
        assert read.height == frame.height
        for column, values in frame.to_dict().items():
            assert plain(read[column]) == plain(values), column


def test_a_record_is_longer_than_a_card_so_that_no_reader_takes_the_last_one_for_filling(
    derived: tuple[Study, Derived],
) -> None:
    for name, content in files_of(*derived, SetFormat.XPT, NOW).items():
        if name.endswith(".xpt"):
            count = int(content[80 * 7 : 80 * 8].split(b"!!!!!!!000000")[1][:4])
            described = content[80 * 8 : 80 * 8 + 140 * count]
            lengths = [int.from_bytes(described[140 * k + 4 : 140 * k + 6], "big") for k in range(count)]
            assert sum(lengths) > 80


def test_dataset_json_says_which_variables_are_numeric_dates(derived: tuple[Study, Derived]) -> None:
    document = json.loads(files_of(*derived, SetFormat.DATASET_JSON, NOW)["adsl.json"])
    columns = {column["name"]: column for column in document["columns"]}
    assert columns["ZERODT"]["targetDataType"] == "integer"
    assert columns["ZERODT"]["displayFormat"] == "DATE9."
    assert "targetDataType" not in columns["SEX"]


def test_define_xml_describes_every_variable_of_every_set(derived: tuple[Study, Derived]) -> None:
    study, found = derived
    text = files_of(study, found, SetFormat.CSV, NOW)["define.xml"]
    root = ET.fromstring(text)  # noqa: S314  # our own
    described = {item.get("OID") for item in root.iter(f"{{{ODM}}}ItemDef")}
    made = sets_of(study, found)
    assert described == {f"IT.{name}.{column}" for name, frame in made.items() for column in frame.columns}
    assert {group.get("Purpose") for group in root.iter(f"{{{ODM}}}ItemGroupDef")} == {"Analysis"}


@pytest.mark.parametrize("to", SetFormat)
def test_the_scripts_remake_the_main_table_without_regraft(
    derived: tuple[Study, Derived], to: SetFormat, tmp_path: Path
) -> None:
    study, found = derived
    for name, content in files_of(study, found, to, NOW).items():
        (tmp_path / name).write_bytes(content)
    rows = summarise(study, found, found.catalogue.definition).rows
    expected = {
        (row.endpoint, row.statistic): (row.n, row.events, row.estimate, row.low, row.high)
        for row in rows
        if row.endpoint in found.catalogue.endpoints
    }
    text = (tmp_path / "main-table.py").read_text(encoding="utf-8")
    assert "import regraft" not in text
    assert "from regraft" not in text
    if to is SetFormat.XPT:
        pytest.importorskip("pandas", reason="transport files are read by pandas there")
    programs = [[sys.executable, "main-table.py"]]
    if to is SetFormat.CSV and shutil.which("Rscript"):
        programs.append(["Rscript", "main-table.R"])
    for program in programs:
        done = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, check=True)
        remade = {
            (row["endpoint"], row["statistic"]): tuple(
                float(row[name]) for name in ("n", "events", "estimate", "low", "high")
            )
            for row in csv.DictReader(io.StringIO(done.stdout))
        }
        for key, values in expected.items():
            assert remade[key] == pytest.approx(values, rel=1e-9, abs=1e-12), (program, key)


def test_codes_are_short_different_and_start_with_a_letter_in_every_set_of_definitions() -> None:
    for name in list_definitions():
        codes = parameter_codes(catalogue_of(load_definition(name)).endpoints)
        assert len(set(codes.values())) == len(codes)
        assert all(code[0].isalpha() and code.isalnum() and len(code) <= 8 for code in codes.values())
