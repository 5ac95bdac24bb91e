"""CSV as spreadsheets write it, what `regraft map` proposes for it, and CSV that is safe to open in one."""

import pytest
from specimen import specimen_study

from regraft.study.check import check_study
from regraft.study.convert import write_as
from regraft.study.csv_text import read_csv_text
from regraft.study.exchange.mapping_text import mapping_text
from regraft.study.exchange.propose_mapping import propose_mapping
from regraft.study.formats import Format
from regraft.study.store import read_study
from regraft.study.tables import Study


def proposed(folder):
    text = mapping_text(propose_mapping(folder), "t")
    (folder / "mapping.toml").write_text(text, encoding="utf-8")
    return text


def errors(folder):
    return [str(found) for found in check_study(folder) if found.severity == "error"]


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\na;b\n1;2\n",
        '"sep=;"\na;b\n1;2\n',
        '"a";b\n"x, y";2\n',
        "a\tb\n1,5\t2\n",
        "a|b\n1|2\n",
    ],
)
def test_the_separator_is_what_parts_the_cells(tmp_path, text):
    path = tmp_path / "x.csv"
    path.write_text(text)
    assert read_csv_text(path).frame.columns == ["a", "b"]


def test_a_separator_inside_a_quoted_header_is_text(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text('"EDSS, total";date\n3,5;2020-01-01\n')
    assert read_csv_text(path).frame.columns == ["EDSS, total", "date"]


def test_decimal_commas_day_numbers_codes_and_blanks_are_proposed(tmp_path):
    rows = [" A ;42005;6,5;7,25", "A;42370;6,5;-999", "B;42005;2,0;12,5", "B ;42370;3,5;8,5"]
    (tmp_path / "v.csv").write_text("\n".join(["sep=;", "Patient;Datum;EDSS;T25FW", *rows]))
    text = proposed(tmp_path)
    for line in ('decimal = ","', 'date_format = "excel"', '"visits.t25fw_seconds" = ["-999"]'):
        assert line in text
    assert errors(tmp_path) == []
    visits = read_study(tmp_path).table("visits").cast({"date": str})
    assert visits.select("subject_id", "date", "t25fw_seconds").rows()[:2] == [
        ("A", "2015-01-01", 7.25),
        ("A", "2016-01-01", None),
    ]


def test_marks_between_thousands_are_proposed_and_what_does_not_fit_is_an_error(tmp_path):
    header = "Patient;Datum;EDSS\n"
    (tmp_path / "edss.csv").write_text(f"{header}A;31.01.2015;6,5\nA;31.01.2016;6,0\n")
    labs = "Patient;Datum;Test;Result;Unit\nA;31.01.2015;platelets;1.234,5;/uL\nA;28.02.2015;platelets;210.000;/uL\n"
    (tmp_path / "labs.csv").write_text(labs)
    assert 'thousands = "."' in proposed(tmp_path)
    assert read_study(tmp_path).table("labs")["value"].to_list() == [1234.5, 210000.0]
    (tmp_path / "labs.csv").write_text(labs.replace("1.234,5", "1.5"))
    assert any("is not written with the decimal ','" in found for found in errors(tmp_path))


def test_a_doubtful_order_of_days_follows_the_other_dates_of_the_folder(tmp_path):
    (tmp_path / "visits.csv").write_text("id,date,EDSS\n1,01/25/2020,2\n1,03/04/2020,3\n")
    (tmp_path / "relapses.csv").write_text("id,relapse date\n1,02/03/2020\n")
    proposed(tmp_path)
    assert str(read_study(tmp_path).table("relapses")["onset_date"][0]) == "2020-02-03"


def test_a_redcap_project_of_other_names_is_proposed_by_its_instruments(tmp_path):
    (tmp_path / "e.csv").write_text(
        "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,gender,dob,visit_date,edss_score,"
        "relapse_onset_date,relapse_steroids,relapse_complete\n"
        "1,baseline_arm_1,,,Female,1980-03-01,2015-01-10,3.5,,,\n1,month_12_arm_1,,,,,2016-01-10,4.0,,,\n"
        "1,baseline_arm_1,relapses,1,,,,,2015-03-01,Yes,2\n1,baseline_arm_1,relapses,2,,,,,,,0\n"
        "2,baseline_arm_1,,,Male,1970-04-02,2015-02-10,2.0,,,\n2,month_12_arm_1,,,,,2016-02-10,-99,,,\n"
    )
    proposed(tmp_path)
    study = read_study(tmp_path)
    assert study.table("subjects")["sex"].to_list() == ["female", "male"]
    assert study.table("visits")["edss"].to_list() == [3.5, 4.0, 2.0, None]
    assert study.table("relapses").height == 1


def test_years_of_two_digits_are_never_in_the_future(tmp_path):
    (tmp_path / "patients.csv").write_text("id,DOB\n1,31.12.60\n2,30.11.55\n")
    (tmp_path / "visits.csv").write_text("id,date,EDSS\n1,31.12.14,2\n2,30.11.15,3\n")
    assert "two digits" in proposed(tmp_path)
    assert [day.year for day in read_study(tmp_path).table("subjects")["birth_date"]] == [1960, 1955]


def test_a_labelled_redcap_export_is_known_as_one(tmp_path):
    (tmp_path / "export.csv").write_text(
        "Subject,Event Name,Repeat Instrument,Repeat Instance,Sex at birth\nA,Enrol,,,Female\n"
    )
    assert any("labels as headers" in found and "raw headers" in found for found in errors(tmp_path))


def test_an_instance_opened_and_not_filled_in_is_left_out(tmp_path):
    (tmp_path / "export.csv").write_text(
        "subject_id,redcap_repeat_instrument,redcap_repeat_instance,vis_date,rel_onset_date,relapses_complete\n"
        "A,visits,1,2015-01-10,,\nA,relapses,1,,2015-03-01,2\nA,relapses,2,,,0\n"
    )
    assert errors(tmp_path) == []
    assert read_study(tmp_path).table("relapses").height == 1


def test_a_table_without_rows_survives_redcap_in_recorded_data(tmp_path, created):
    whole = specimen_study()
    about = whole.about.__class__(title="t", simulated=False, source="s")
    write_as(
        Study(dict(whole.tables) | {"relapses": whole.table("relapses").clear()}, about),
        tmp_path,
        Format.REDCAP,
        created,
    )
    assert read_study(tmp_path).has("relapses")


@pytest.mark.parametrize("raw", [False, True])
def test_text_that_begins_like_a_formula_is_safe_in_csv_and_comes_back(tmp_path, created, raw):
    whole = specimen_study()
    odd = {"001": "=HYPERLINK(1)", "0010": "'@x"}
    tables = {name: frame.with_columns(frame["subject_id"].replace(odd)) for name, frame in whole.tables.items()}
    write_as(Study(tables, whole.about), tmp_path, Format.CSV, created, raw=raw)
    assert ("\n=HYPERLINK" in (tmp_path / "subjects.csv").read_text(encoding="utf-8")) == raw
    assert set(odd.values()) <= set(read_study(tmp_path).table("visits")["subject_id"])
    assert any("begins like a formula" in found.problem for found in check_study(tmp_path))


def test_a_mapping_of_the_row_number_is_a_missing_column(tmp_path):
    (tmp_path / "v.csv").write_text("ID,D\nA,2015-01-01\n")
    (tmp_path / "mapping.toml").write_text(
        '[study]\ntitle="x"\nsource="y"\n[[table]]\nname="visits"\nfile="v.csv"\n[table.columns]\nsubject_id="ID"\ndate="_row"\n'
    )
    assert any("the column named in the mapping is missing" in found for found in errors(tmp_path))


def test_a_rule_for_what_there_is_not_is_refused(tmp_path):
    (tmp_path / "mapping.toml").write_text('[same_day]\nvisit = "last"\n')
    (tmp_path / "subjects.csv").write_text("subject_id\nA\n")
    assert any("Did you mean visits?" in found for found in errors(tmp_path))
