"""SDTM: what a reader of the standard expects to find, and datasets that other programs wrote."""

import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from specimen import specimen_study

from regraft.study.check import check_study
from regraft.study.convert import write_as
from regraft.study.exchange.define_xml import DEFINE, ODM, XLINK
from regraft.study.exchange.sdtm_summary import split_text
from regraft.study.exchange.sdtm_write import sdtm_datasets, study_header
from regraft.study.formats import Format
from regraft.study.store import read_study


@pytest.fixture
def datasets(full_study, created):
    return {d.name: d for d in sdtm_datasets(full_study, study_header(full_study.about, created))}


def test_every_name_label_and_test_fits_the_standard(datasets):
    for dataset in datasets.values():
        assert len(dataset.label) <= 40
        assert dataset.variables[0].name == "STUDYID"
        assert [v.name for v in dataset.variables] == dataset.frame.columns
        for variable in dataset.variables:
            assert len(variable.name) <= 8
            assert len(variable.label) <= 40
        if f"{dataset.name}TESTCD" in dataset.frame.columns:
            assert dataset.frame[f"{dataset.name}TESTCD"].str.len_chars().max() <= 8
            assert dataset.frame[f"{dataset.name}TEST"].str.len_chars().max() <= 40
        if "QLABEL" in dataset.frame.columns:
            assert dataset.frame["QLABEL"].str.len_chars().max() <= 40
            assert dataset.frame["QNAM"].str.len_chars().max() <= 8


def test_edss_and_functional_systems_are_clinical_classifications(datasets):
    rows = datasets["RS"].frame.select("RSTESTCD", "RSTEST").unique().rows()
    assert ("EDSS0101", "EDSS01-Expanded Disability Score") in rows
    assert ("KFSS101", "KFSS1-Pyramidal Functions") in rows


def test_sequence_numbers_are_unique_within_a_subject(datasets):
    for name, dataset in datasets.items():
        if f"{name}SEQ" in dataset.frame.columns and name != "TS":
            assert not dataset.frame.select("USUBJID", f"{name}SEQ").is_duplicated().any(), name


def test_a_text_is_split_without_loss():
    text = "ä" * 150 + " " * 30 + "b" * 300
    assert "".join(split_text(text)) == text
    assert all(len(piece.encode()) <= 200 and not piece.endswith(" ") for piece in split_text(text))


@pytest.mark.parametrize(("to", "suffix"), [(Format.XPT, "xpt"), (Format.DATASET_JSON, "json")])
def test_define_xml_describes_every_dataset_variable_and_code(full_study, to, suffix, tmp_path, created, datasets):
    # Checked once against the Define-XML 2.1 schema files of odmlib 0.2.1 (valid).
    write_as(full_study, tmp_path, to, created)
    root = ET.parse(tmp_path / "define.xml").getroot()  # noqa: S314  # our own file
    groups = {group.get("Name"): group for group in root.iter(f"{{{ODM}}}ItemGroupDef")}
    assert set(groups) == set(datasets)
    items = {item.get("OID") for item in root.iter(f"{{{ODM}}}ItemDef")}
    lists = {codes.get("OID") for codes in root.iter(f"{{{ODM}}}CodeList")}
    for name, group in groups.items():
        referred = [ref.get("ItemOID") for ref in group.iter(f"{{{ODM}}}ItemRef")]
        assert referred == [f"IT.{name}.{variable.name}" for variable in datasets[name].variables]
        assert set(referred) <= items
        href = group.find(f"{{{DEFINE}}}leaf").get(f"{{{XLINK}}}href")
        assert (tmp_path / href).is_file()
        assert href.endswith(suffix)
    assert {ref.get("CodeListOID") for ref in root.iter(f"{{{ODM}}}CodeListRef")} == lists
    assert "CL.DM.SEX" in lists
    description = root.find(f".//{{{ODM}}}StudyDescription").text
    assert ("SIMULATED" in description) == full_study.about.simulated


def test_every_value_of_a_coded_variable_is_in_its_code_list(datasets):
    for dataset in datasets.values():
        for variable in dataset.variables:
            if variable.codes:
                found = set(dataset.frame[variable.name].drop_nulls())
                assert found <= {code for code, _ in variable.codes}, (dataset.name, variable.name)


def test_simulated_stands_in_study_id_label_and_summary(created):
    study = specimen_study(simulated=True)
    header = study_header(study.about, created)
    assert header.study_id.startswith("SIMULATED-")
    for dataset in sdtm_datasets(study, header):
        assert dataset.label.startswith("SIMULATED")
        assert dataset.frame["STUDYID"].str.starts_with("SIMULATED").all()


def write(folder, name, columns, rows):
    document = {
        "datasetJSONCreationDateTime": "2026-01-01T00:00:00",
        "datasetJSONVersion": "1.1.0",
        "itemGroupOID": f"IG.{name}",
        "records": len(rows),
        "name": name,
        "label": name,
        "rows": rows,
        "columns": [{"itemOID": f"IT.{c}", "name": c, "label": c, "dataType": "string"} for c in columns],
    }
    (folder / f"{name.lower()}.json").write_text(json.dumps(document))


@pytest.fixture
def foreign(tmp_path):
    write(tmp_path, "DM", ["STUDYID", "USUBJID", "SUBJID", "SEX", "RFSTDTC"], [["X", "X-1", "1", "F", "2020-01-01"]])
    visits = [["X-1", 1, "2020-01-01T09:30"], ["X-1", 2, "2020-06-01"]]
    write(tmp_path, "SV", ["USUBJID", "VISITNUM", "SVSTDTC"], visits)
    results = [
        ["X-1", "EDSS0101", 2.0, "2.0", "2020-01-01"],
        ["X-1", "EDSS0101", 2.5, "2.5", "2020-06-01"],
        ["X-1", "EDSS0101", 3.0, "3.0", "2020-06-01"],
        ["X-1", "KFSS101", 1, "1", "2020-01-01"],
        ["X-1", "BDI0101", 4, "4", "2020-01-01"],
    ]
    write(tmp_path, "QS", ["USUBJID", "QSTESTCD", "QSSTRESN", "QSORRES", "QSDTC"], results)
    events = [["X-1", "Multiple sclerosis relapse", "2020-03-01"], ["X-1", "HEADACHE", "2020-03-01"]]
    write(tmp_path, "CE", ["USUBJID", "CETERM", "CESTDTC"], events)
    write(tmp_path, "EX", ["USUBJID", "EXTRT", "EXSTDTC"], [["X-1", "ocrelizumab", "2020-01-02"]])
    return tmp_path


def test_datasets_of_others_are_read_by_the_older_conventions(foreign):
    study = read_study(foreign)
    assert study.table("visits").select("subject_id", "edss").rows() == [("1", 2.0), ("1", 2.5)]
    assert study.table("functional_systems")["pyramidal"].to_list() == [1]
    assert study.table("relapses").height == 1
    assert study.table("exposures")["purpose"].to_list() == ["disease_modifying"]
    assert not study.has("labs")


def test_what_is_not_used_of_others_is_reported(foreign):
    said = " | ".join(str(found) for found in check_study(foreign))
    assert "1 of 5 records are not used" in said
    assert "BDI0101" in said
    assert "HEADACHE" in said
    assert "1 results repeat a test" in said
    assert "1 values carry a time of day" in said
    assert "their purpose is taken to be disease_modifying" in said


def test_a_partial_date_is_an_error_and_not_completed(foreign):
    write(foreign, "CE", ["USUBJID", "CETERM", "CESTDTC"], [["X-1", "RELAPSE", "2020-03"]])
    assert any(found.value == "2020-03" and found.severity == "error" for found in check_study(foreign))


def test_qualifiers_without_a_record_are_reported(foreign):
    columns = ["RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QVAL"]
    write(foreign, "SUPPSV", columns, [["SV", "X-1", "VISITNUM", "9", "RATER", "nobody"]])
    assert any("belong to no record" in found.problem for found in check_study(foreign))


def test_records_cut_off_where_xpt_cannot_show_it_are_missed_all_the_same(tmp_path, created):
    write_as(specimen_study(), tmp_path, Format.XPT, created)
    whole = (tmp_path / "ds.xpt").read_bytes()
    start = whole.index(b"HEADER RECORD*******OBS") + 80
    (tmp_path / "ds.xpt").write_bytes(whole[:start])
    assert any("says 36 records, and 0 were read" in found.problem for found in check_study(tmp_path))
    (tmp_path / "ds.xpt").unlink()
    assert any("DS with 36 records is missing" in found.problem for found in check_study(tmp_path))


def test_a_title_with_control_characters_still_gives_xml(tmp_path, created):
    study = specimen_study()
    write_as(replace(study, about=replace(study.about, title="a\x01\uffffb <&>")), tmp_path, Format.XPT, created)
    root = ET.parse(tmp_path / "define.xml").getroot()  # noqa: S314  # our own file
    assert root.find(f".//{{{ODM}}}StudyDescription").text == "a\ufffd\ufffdb <&>"
