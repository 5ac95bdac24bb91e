"""SDTM as sponsors have it: what did not happen is not counted, nobody is lost, and nothing unknown refuses a study."""

import pytest
from small_sdtm import PEOPLE, base, said, write

from regraft.study.check import check_study
from regraft.study.store import read_study


@pytest.fixture
def study(tmp_path):
    return base(tmp_path)


def test_what_did_not_happen_and_what_only_sounds_like_a_relapse_is_not_counted(study):
    rows = [
        ["S1-02", "MULTIPLE SCLEROSIS RELAPSE", "2016-03-01", "Y"],
        ["S1-03", "MULTIPLE SCLEROSIS RELAPSE", "2016-05-01", "N"],
        ["S1-04", "PSEUDORELAPSE", "2016-06-01", "Y"],
    ]
    write(study, "CE", ["USUBJID", "CETERM", "CESTDTC", "CEOCCUR"], rows)
    assert read_study(study).table("relapses")["subject_id"].to_list() == ["02"]
    assert "1 of 3 records did not happen" in said(study)
    assert "PSEUDORELAPSE" in said(study)


def test_relapses_of_another_domain_and_term_are_declared(study):
    write(study, "AE", ["USUBJID", "AETERM", "AESTDTC"], [["S1-03", "Multiple sclerosis relapse", "2016-05-01"]])
    assert "sound like relapses and are not counted" in said(study)
    rule = '[[sdtm.relapses]]\ndomain = "AE"\nterms = ["multiple sclerosis relapse"]\n'
    (study / "mapping.toml").write_text(rule)
    assert sorted(read_study(study).table("relapses")["subject_id"]) == ["02", "03"]


@pytest.mark.parametrize(("name", "value"), [("CMOCCUR", "N"), ("CMSTAT", "NOT DONE"), ("CMOCCUR", "U")])
def test_a_drug_that_was_not_taken_is_no_exposure(study, name, value):
    rows = [["S1-01", "NATALIZUMAB", "2014-03-01", value], ["S1-03", "NATALIZUMAB", "2015-05-01", ""]]
    write(study, "CM", ["USUBJID", "CMTRT", "CMSTDTC", name], rows)
    assert read_study(study).table("exposures")["subject_id"].to_list() == ["03"]


def test_a_death_that_only_dm_knows_is_a_death(study):
    rows = [[f"S1-{n}", n, "Y" if n == "03" else "", "2017-02-01" if n == "03" else ""] for n in PEOPLE]
    write(study, "DM", ["USUBJID", "SUBJID", "DTHFL", "DTHDTC"], rows)
    write(study, "DS", ["USUBJID", "DSDECOD", "DSSTDTC"], [["S1-01", "COMPLETED", "2018-01-10"]])
    status = read_study(study).table("dispositions")
    assert status.filter(status["event"] == "died").select("subject_id", "death_cause").rows() == [("03", "unknown")]
    assert "the death is taken from DM" in said(study)
    rows[2][3] = ""
    write(study, "DM", ["USUBJID", "SUBJID", "DTHFL", "DTHDTC"], rows)
    assert "no dataset says when" in said(study, "error")


@pytest.mark.parametrize(
    ("arm", "name"), [("SCRNFAIL", "ARMCD"), ("Screen Failure", "ARM"), ("SCREEN FAILURE", "ARMNRS")]
)
def test_who_failed_screening_is_nobody_of_the_study(study, arm, name):
    rows = [[f"S1-{n}", n, "A"] for n in PEOPLE] + [["S1-05", "05", arm]]
    write(study, "DM", ["USUBJID", "SUBJID", name], rows)
    write(
        study,
        "VS",
        ["USUBJID", "VSTESTCD", "VSORRES", "VSORRESU", "VSDTC"],
        [["S1-05", "TEMP", "37", "C", "2015-01-01"]],
    )
    assert read_study(study).table("subjects").height == 4
    assert "are people who failed screening, and are left out: 05" in said(study)
    (study / "mapping.toml").write_text('[sdtm]\nscreen_failures = "keep"\n')
    assert read_study(study).table("subjects").height == 5


def test_a_split_dataset_belongs_to_its_domain(study):
    (study / "rs.json").unlink()
    edss = [["QS", f"S1-{n}", "EDSS0101", "4.0", "2016-01-10"] for n in PEOPLE]
    write(study, "QSED", ["DOMAIN", "USUBJID", "QSTESTCD", "QSORRES", "QSDTC"], edss)
    other = [["QS", "S1-01", "PHQ0101", 2.0, "2016-01-10"]]
    write(study, "QSPH", ["DOMAIN", "USUBJID", "QSTESTCD", "QSORRES", "QSDTC"], other)
    assert read_study(study).table("visits")["edss"].drop_nulls().to_list() == [4.0] * 4
    assert "PHQ0101" in said(study)


def test_edss_of_a_code_and_domain_of_the_sponsors_own_is_declared(study):
    write(study, "FT", ["USUBJID", "FTTESTCD", "FTORRES", "FTDTC"], [["S1-01", "KURTZKE", "6.0", "2017-06-10"]])
    (study / "mapping.toml").write_text('[[sdtm.test]]\ncolumn = "visits.edss"\ndomain = "FT"\ncode = "KURTZKE"\n')
    assert 6.0 in read_study(study).table("visits")["edss"].to_list()


def test_causality_on_a_scale_is_read_and_what_is_unclear_is_left_out(study):
    terms = ["POSSIBLY RELATED", "NONE", "UNLIKELY", "PROBABLE", "NOT ASSESSED"]
    rows = [["S1-01", f"EVENT {n}", term, "GRADE 3", "2016-01-01"] for n, term in enumerate(terms)]
    write(study, "AE", ["USUBJID", "AETERM", "AEREL", "AETOXGR", "AESTDTC"], rows)
    events = read_study(study).table("adverse_events")
    assert events["treatment_related"].to_list() == [True, False, False, True, None]
    assert events["ctcae_grade"].to_list() == [3] * 5
    assert "NOT ASSESSED" in said(study)


def test_completing_an_epoch_is_not_completing_the_study(study):
    rows = [["S1-01", "COMPLETED", "2015-03-10", "SCREENING"], ["S1-01", "COMPLETED", "2018-01-10", "FOLLOW-UP"]]
    rows += [["S1-02", "COMPLETED", "2015-03-10", "SCREENING"]]
    write(study, "DS", ["USUBJID", "DSDECOD", "DSSTDTC", "EPOCH"], rows)
    status = read_study(study).table("dispositions")
    assert status.select("subject_id", "date").cast({"date": str}).rows() == [("01", "2018-01-10")]


def test_two_visits_of_a_day_are_one_and_contradicting_results_follow_the_declared_rule(study):
    visits = [["S1-01", 1, "2016-01-10"], ["S1-01", 1.1, "2016-01-10"]]
    write(study, "SV", ["USUBJID", "VISITNUM", "SVSTDTC"], visits)
    edss = [["S1-01", "EDSS0101", "5.0", "2016-01-10", 1.1], ["S1-01", "EDSS0101", "3.5", "2016-01-10", 1]]
    write(study, "RS", ["USUBJID", "RSTESTCD", "RSORRES", "RSDTC", "VISITNUM"], edss)
    assert read_study(study).table("visits")["edss"].to_list() == [3.5]  # the planned one
    for rule, value in (("worst", 5.0), ("last", 3.5), ("first", 5.0)):
        (study / "mapping.toml").write_text(f'[same_day]\nvisits = "{rule}"\n')
        assert read_study(study).table("visits")["edss"].to_list() == [value], rule


def test_a_value_has_the_unit_it_was_written_with(study):
    columns = ["USUBJID", "LBTESTCD", "LBORRES", "LBORRESU", "LBSTRESC", "LBSTRESN", "LBSTRESU", "LBDTC"]
    rows = [
        ["S1-01", "NEUT", "1500", "/uL", "", None, "10^9/L", "2015-02-01"],
        ["S1-01", "NEUT", "1500", "/uL", "1.5", 1.5, "10^9/L", "2015-02-02"],
        ["S1-01", "NEUT", "<0.1", "10^9/L", "<0.1", None, "10^9/L", "2015-02-03"],
        ["S1-01", "NEUT", "60", "%", "60", 60.0, "%", "2015-02-04"],
    ]
    write(study, "LB", columns, rows)
    labs = read_study(study).table("labs").select("value", "unit", "comparator").rows()
    assert labs == [(1500.0, "/uL", None), (1.5, "10^9/L", None), (0.1, "10^9/L", "below")]
    assert "neutrophils in %" in said(study)


def test_a_wrong_cell_is_named_in_its_own_file_and_variable(study):
    edss = [["S1-01", "EDSS0101", "3.5", "2015-01-10"], ["S1-01", "EDSS0101", "3,5", "2016-01-10"]]
    write(study, "RS", ["USUBJID", "RSTESTCD", "RSORRES", "RSDTC"], edss)
    (found,) = [found for found in check_study(study) if found.severity == "error"]
    assert (found.file, found.row, found.column, found.value) == ("rs.json", 2, "RSORRES", "3,5")
    edss[1][2] = "2.3"
    write(study, "RS", ["USUBJID", "RSTESTCD", "RSORRES", "RSDTC"], edss)
    (found,) = [found for found in check_study(study) if found.severity == "error"]
    assert (found.file, found.row, found.column) == ("rs.json", 2, "RSORRES")


@pytest.mark.parametrize("width", ["{}", "  {}", "{}.0", "00{}"])
def test_a_qualifier_finds_its_record_whatever_the_width_of_its_number(study, width):
    rows = [["CE", "S1-02", "CESEQ", width.format(7), "CONFIRM", "Y"]]
    write(study, "CE", ["USUBJID", "CESEQ", "CETERM", "CESTDTC"], [["S1-02", 7, "MS RELAPSE", "2016-03-01"]])
    write(study, "SUPPCE", ["RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QVAL"], rows)
    assert read_study(study).table("relapses")["confirmed"].to_list() == [True]


@pytest.mark.parametrize("form", ["ndjson", "dsjc"])
def test_dataset_json_by_lines_and_compressed_is_read(tmp_path, form):
    base(tmp_path, form)
    assert read_study(tmp_path).table("visits")["edss"].to_list() == [3.5] * 12


def test_a_compressed_file_that_is_cut_is_refused(tmp_path):
    base(tmp_path, "dsjc")
    whole = (tmp_path / "rs.dsjc").read_bytes()
    (tmp_path / "rs.dsjc").write_bytes(whole[: len(whole) // 2])
    assert "cannot be decompressed" in said(tmp_path, "error")


def test_half_characters_are_refused_with_a_finding(study):
    text = (study / "dm.json").read_text().replace("S1-01", "S1-\\ud800")
    (study / "dm.json").write_text(text)
    assert "half characters" in said(study, "error")


def test_unknown_domains_incomplete_records_and_trial_design_refuse_nothing(study):
    write(study, "XX", ["USUBJID", "XXTESTCD", "XXORRES"], [["S1-01", "FOO", "1"]])
    write(study, "TA", ["STUDYID", "ARMCD"], [["S1", "A"]])
    write(study, "CM", ["USUBJID", "CMTRT", "CMSTDTC"], [["S1-01", "ASPIRIN", ""], ["S1-01", "ASPIRIN", "2003"]])
    events = [["S1-01", "COUGH", "2016", "1"], ["S1-01", "COUGH", "2016", "2"]]
    write(study, "AE", ["USUBJID", "AETERM", "AESTDTC", "AETOXGR"], events)
    read = read_study(study)
    assert read.table("adverse_events")["ctcae_grade"].to_list() == [2]
    assert read.partial_dates.select("table", "column").unique().height == 2
    for words in ("XXTESTCD: FOO", "describes the trial", "1 records have no date", "repeat another of the same"):
        assert words in said(study)
