"""REDCap: the dictionary a centre imports, and the exports that come back."""

import csv
import io
import re

from regraft.study.check import check_study
from regraft.study.convert import redcap_dictionary_files
from regraft.study.exchange.redcap_dictionary import HEADER, dictionary_csv
from regraft.study.loading import load
from regraft.study.schema import TABLES
from regraft.study.store import read_study

ROWS = list(csv.DictReader(io.StringIO(dictionary_csv())))


def export(folder, text):
    (folder / "MSHSCT_DATA_2026-01-01.csv").write_text(text)
    return folder


def errors(folder):
    return [str(found) for found in check_study(folder) if found.severity == "error"]


def test_the_dictionary_has_the_columns_of_redcap_in_their_order():
    # Seen in the exports of many public projects; REDCap refuses a dictionary whose columns stand otherwise.
    assert HEADER[:6] == (
        "Variable / Field Name",
        "Form Name",
        "Section Header",
        "Field Type",
        "Field Label",
        "Choices, Calculations, OR Slider Labels",
    )
    assert len(HEADER) == 18


def test_fields_are_named_once_and_as_redcap_allows():
    names = [row["Variable / Field Name"] for row in ROWS]
    assert names[0] == "subject_id"
    assert len(names) == len(set(names)) == sum(len(table.columns) - 1 for table in TABLES) + 1
    assert all(re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) and len(name) <= 26 for name in names)


def test_every_table_is_an_instrument_and_all_but_subjects_repeat():
    assert list(dict.fromkeys(row["Form Name"] for row in ROWS)) == [table.name for table in TABLES]
    repeating = redcap_dictionary_files()["redcap_repeating_instruments.csv"].decode()
    assert [line.split(",")[0] for line in repeating.splitlines()[1:]] == [
        t.name for t in TABLES if t.name != "subjects"
    ]


def test_dates_numbers_and_ranges_are_validated():
    edss = next(row for row in ROWS if row["Variable / Field Name"] == "vis_edss")
    assert edss["Text Validation Type OR Show Slider Number"] == "number"
    assert (edss["Text Validation Min"], edss["Text Validation Max"]) == ("0", "10")
    date = next(row for row in ROWS if row["Variable / Field Name"] == "vis_date")
    assert date["Text Validation Type OR Show Slider Number"] == "date_ymd"
    assert date["Required Field?"] == "y"


def test_choices_are_coded_by_the_study_tables_own_codes():
    event = next(row for row in ROWS if row["Variable / Field Name"] == "disp_event")
    assert "lost_to_follow_up, lost to follow up" in event["Choices, Calculations, OR Slider Labels"]
    assert not [row for row in ROWS if row["Field Type"] == "checkbox"]


def test_labels_are_read_like_raw_codes(tmp_path):
    export(
        tmp_path,
        "subject_id,redcap_repeat_instrument,redcap_repeat_instance,sub_sex,vis_date,vis_edss,disp_date,disp_event,"
        "rel_onset_date,rel_confirmed\n"
        "1,,,Female,,,,,,\n1,Visits,1,,2020-01-01,2.5,,,,\n1,Dispositions,1,,,,2021-01-01,Lost to follow up,,\n"
        "1,Relapses,1,,,,,,2020-02-01,Yes\n",
    )
    study = read_study(tmp_path)
    assert study.table("subjects")["sex"].to_list() == ["female"]
    assert study.table("dispositions")["event"].to_list() == ["lost_to_follow_up"]
    assert study.table("relapses")["confirmed"].to_list() == [True]


def test_a_longitudinal_export_gathers_the_events_of_a_record(tmp_path):
    export(
        tmp_path,
        "subject_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,sub_sex,sub_arm,vis_date,"
        "vis_edss\n1,baseline_arm_1,,,female,,2020-01-01,2.0\n1,month_6_arm_1,,,,A,2020-07-01,2.5\n"
        "2,baseline_arm_1,,,male,B,2020-02-01,3.0\n",
    )
    study = read_study(tmp_path)
    assert study.table("subjects").select("subject_id", "sex", "arm").rows() == [
        ("1", "female", "A"),
        ("2", "male", "B"),
    ]
    assert study.table("visits")["edss"].to_list() == [2.0, 2.5, 3.0]


def test_events_that_contradict_each_other_are_an_error(tmp_path):
    export(tmp_path, "subject_id,redcap_event_name,sub_sex,vis_date\n1,a,female,2020-01-01\n1,b,male,2020-02-01\n")
    assert any("different values" in found for found in errors(tmp_path))


def test_an_instrument_nobody_used_is_not_recorded_rather_than_none_happened(tmp_path):
    export(
        tmp_path,
        "subject_id,redcap_repeat_instrument,redcap_repeat_instance,vis_date,vis_edss,rel_onset_date\n1,,,,,\n"
        "1,visits,1,2020-01-01,2,\n",
    )
    assert not read_study(tmp_path).has("relapses")
    assert any("not as none happened" in found.problem for found in check_study(tmp_path))


def test_rows_of_unknown_instruments_and_unknown_columns_are_reported(tmp_path):
    export(
        tmp_path,
        "subject_id,redcap_repeat_instrument,redcap_repeat_instance,vis_date,shoe_size\n1,,,,42\n"
        "1,visits,1,2020-01-01,\n1,shoes,1,,43\n",
    )
    said = " | ".join(str(found) for found in check_study(tmp_path))
    assert "1 rows belong to instruments that regraft does not know (shoes)" in said
    assert "shoe_size" in said


def test_a_value_under_the_wrong_instrument_is_an_error(tmp_path):
    export(
        tmp_path,
        "subject_id,redcap_repeat_instrument,redcap_repeat_instance,vis_date,vis_edss,rel_onset_date\n1,,,,,\n"
        "1,visits,1,2020-01-01,2,2020-02-02\n",
    )
    assert any("filled in a row of another instrument" in found for found in errors(tmp_path))


def test_two_exports_and_a_strange_record_id_are_refused(tmp_path):
    export(tmp_path, "record_id,redcap_repeat_instrument,vis_date\n1,visits,2020-01-01\n")
    assert any("no column subject_id" in found for found in errors(tmp_path))
    (tmp_path / "second.csv").write_text("subject_id,redcap_event_name\n1,a\n")
    assert any("a REDCap export too" in found for found in errors(tmp_path))
    assert load(tmp_path).tables == {}
