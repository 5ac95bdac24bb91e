"""Whatever a source holds goes into a table, is counted with its reason, or refuses the study."""

import pytest
from small_sdtm import base, said, write

from regraft.cli.analyse import analyse
from regraft.study.check import check_study
from regraft.study.store import read_study


@pytest.fixture
def study(tmp_path):
    return base(tmp_path)


def test_a_height_of_somebody_who_is_not_in_dm_is_an_error(study):
    rows = [["S1-01", "HEIGHT", "170", "cm", "2015-01-10"], ["S1-09", "HEIGHT", "180", "cm", "2015-01-10"]]
    write(study, "VS", ["USUBJID", "VSTESTCD", "VSSTRESN", "VSSTRESU", "VSDTC"], rows)
    assert "1 results at enrolment belong to people who are not in DM (S1-09)" in said(study, "error")


def test_heights_of_several_visits_are_counted_and_the_first_is_used(study):
    rows = [["S1-01", "HEIGHT", size, "cm", f"201{year}-01-10"] for year, size in ((5, "170"), (6, "171"))]
    write(study, "VS", ["USUBJID", "VSTESTCD", "VSSTRESN", "VSSTRESU", "VSDTC"], rows)
    assert "1 results repeat a test of the same subject before treatment" in said(study)
    assert read_study(study).table("subjects")["height_cm"][0] == 170.0


def test_results_without_a_date_are_counted_one_by_one(study):
    rows = [
        ["S1-01", "EDSS0101", "3.5", ""],
        ["S1-01", "EDSS0101", "4.0", ""],
        ["S1-02", "EDSS0101", "4.0", "2015-01-10"],
    ]
    write(study, "RS", ["USUBJID", "RSTESTCD", "RSORRES", "RSDTC"], rows)
    assert "2 results have no date and are left out" in said(study)


def test_an_edss_in_two_datasets_is_told_and_the_first_is_used(study):
    rows = [["S1-01", "EDSS0101", "3.5", "2015-01-10"], ["S1-02", "EDSS0101", "6.0", "2015-01-10"]]
    write(study, "QS", ["USUBJID", "QSTESTCD", "QSORRES", "QSDTC"], rows)
    assert "2 results repeat a test that another dataset has" in said(study)
    assert "1 of them differ" in said(study)
    assert set(read_study(study).table("visits")["edss"]) == {3.5}


def test_qualifiers_without_a_place_are_named(study):
    rows = [["CE", "S1-02", "", "", "SEVERE", "Y"], ["CE", "S1-02", "", "", "CONFIRM", "Y"]]
    write(study, "SUPPCE", ["RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QVAL"], rows)
    assert "1 supplemental qualifiers are not used: no study table has a place for them (SEVERE)" in said(study)
    assert read_study(study).table("relapses")["confirmed"].to_list() == [True]


def test_a_trial_summary_that_is_none_is_told(study):
    write(study, "TS", ["STUDYID", "TSSEQ"], [["S1", "1"]])
    assert "the trial summary has no TSPARMCD and TSVAL, and is not used (1 records)" in said(study)


def test_the_date_of_onset_is_told_by_its_own_record(study):
    write(
        study,
        "MH",
        ["USUBJID", "MHTERM", "MHEVDTYP", "MHSTDTC"],
        [
            ["S1-01", "MULTIPLE SCLEROSIS", "SYMPTOM ONSET", "2001-13-40"],
        ],
    )
    assert "mh.json, row 1, column MHSTDTC" in said(study, "error")


def test_rows_are_told_by_their_own_file_where_another_dataset_gave_none(study):
    write(study, "EX", ["USUBJID", "EXTRT"], [["S1-01", "CYCLOPHOSPHAMIDE"]])
    rows = [["S1-01", "NATALIZUMAB", "2014-13-01"]]
    write(study, "CM", ["USUBJID", "CMTRT", "CMSTDTC"], rows)
    assert "cm.json, row 1, column CMSTDTC" in said(study, "error")
    assert "ex.json, row 1" not in said(study, "error")


def test_a_file_that_lies_beside_the_study_is_told(study):
    (study / "labs.xlsx").write_bytes(b"PK")
    (study / "more.csv").write_text("a\n1\n")
    (study / "define.xml").write_text("<a/>")
    told = said(study)
    assert "labs.xlsx: the file is not read: the study is read from dataset-json" in told
    assert "more.csv: the file is not read" in told
    assert "define.xml" not in told


def test_rows_that_no_where_takes_are_counted(tmp_path):
    (tmp_path / "e.csv").write_text("id,form,day,edss\n1,v,2015-01-10,3.5\n1,v,2016-01-10,3.5\n1,x,2017-01-10,4\n")
    (tmp_path / "mapping.toml").write_text(
        '[study]\ntitle = "t"\nsource = "s"\n[[table]]\nname = "subjects"\nfile = "e.csv"\ndistinct = true\n'
        'where = { form = "v" }\n[table.columns]\nsubject_id = "id"\n[[table]]\nname = "visits"\nfile = "e.csv"\n'
        'where = { form = "v" }\n[table.columns]\nsubject_id = "id"\ndate = "day"\nedss = "edss"\n'
    )
    assert "1 of 3 rows are used by no table of the mapping (first rows: 3)" in said(tmp_path)


def test_a_folder_named_like_a_file_and_a_dead_link_stop_nothing(study, tmp_path_factory):
    (study / "old.json").mkdir()
    (study / "old.json" / "note.txt").write_text("n")
    (study / "x.toml").symlink_to("nowhere")
    (study / "y.csv").symlink_to("nowhere")
    assert check_study(study) == ()
    out = tmp_path_factory.mktemp("out") / "report"
    analyse(study, out=out)
    assert (out / "report.html").is_file()


def test_a_file_of_an_older_excel_says_how_to_mend_it(tmp_path):
    (tmp_path / "subjects.csv").write_bytes("subject_id,site\n1,Zürich\n".encode("cp1252"))
    (tmp_path / "visits.csv").write_text("subject_id,date,edss\n1,2015-01-10,2.0\n")
    told = said(tmp_path, "error")
    assert "line 2 is not UTF-8" in told
    assert "Zürich" in told
    assert "iconv -f WINDOWS-1252 -t UTF-8 subjects.csv" in told
