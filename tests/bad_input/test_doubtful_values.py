"""Values, dates and names that are most likely wrong: errors, warnings, and never silence."""

import polars as pl
import pytest

from regraft.study.check import check_study
from regraft.study.store import read_study

TODAY_IS_LATER = "2106-07-01"


def spoilt(folder, file, old, new):
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def told(folder, words, severity):
    return [f for f in check_study(folder) if words in f.problem and f.severity == severity]


def labs(folder, *rows):
    (folder / "labs.csv").write_text("\n".join(["subject_id,date,test,value,unit", *rows]) + "\n")


@pytest.mark.parametrize("value", ["-999", "1e300", "99999", "-0.1"])
def test_a_laboratory_value_that_nobody_has_is_an_error(intact, value):
    labs(intact, f"A,2010-03-12,neutrophils,{value},1e9/L", "A,2010-03-13,neutrophils,1.2,1e9/L")
    (found,) = told(intact, "neutrophils cannot be so", "error")
    assert (found.row, found.column) == (1, "value")
    assert "[missing]" in found.remedy


def test_a_declared_code_is_a_missing_value_in_the_study_s_own_tables_too(intact):
    labs(intact, "A,2010-03-12,neutrophils,-999,1e9/L", "A,2010-03-13,neutrophils,1.2,1e9/L")
    (intact / "mapping.toml").write_text("[missing]\nvalues = [-999]\n")
    assert read_study(intact).table("labs")["value"].to_list() == [None, 1.2]
    assert not told(intact, "code for a missing", "warning")


def test_codes_inside_the_range_are_suspected_where_they_stand_apart(intact):
    rows = "".join(f"A,201{n}-02-01,0,12,0\n" for n in range(2, 8))
    text = f"subject_id,date,gd_lesions,t2_lesions,brain_volume_change_pct\n{rows}A,2019-02-01,99,999,-9\n"
    (intact / "mri_scans.csv").write_text(text)
    found = told(intact, "is often a code for a missing value", "warning")
    assert [(f.column, f.value) for f in found] == [
        ("gd_lesions", "99"),
        ("t2_lesions", "999"),
        ("brain_volume_change_pct", "-9.0"),
    ]


def test_a_high_number_among_others_of_its_size_is_no_code(intact):
    rows = "".join(f"A,2012-0{n}-01,{value}\n" for n, value in enumerate((95, 97, 99, 101, 103), start=1))
    (intact / "visits.csv").write_text(f"subject_id,date,sdmt\n{rows}B,2010-03-01,100\n")
    assert not told(intact, "code for a missing value", "warning")


@pytest.mark.parametrize("word", ["NASK", "UNK", "ND"])
def test_a_word_for_a_missing_value_is_said_to_be_one(intact, word):
    spoilt(intact, "visits.csv", "4.5,2", f"{word},2")
    (found,) = told(intact, "a word for a missing value", "error")
    assert "[missing]" in found.remedy


def test_a_date_that_has_not_come_yet_is_an_error(intact):
    spoilt(intact, "visits.csv", "A,2010-07-01", f"A,{TODAY_IS_LATER}")
    assert [f.row for f in told(intact, "lies in the future", "error")] == [2]


def test_a_status_after_death_is_an_error_but_the_cut_off_is_everybody_s(intact):
    (intact / "dispositions.csv").write_text(
        "subject_id,date,event,death_cause\nB,2011-01-01,died,other\nB,2014-01-01,completed,\nB,2015-01-01,data_cutoff,\n"
    )
    assert [f.row for f in told(intact, "after the subject's death", "error")] == [2]


def test_odd_orders_are_told_by_their_weight(intact):
    spoilt(intact, "subjects.csv", "2004-01-01,2004-06-01", "2012-01-01,2012-06-01")
    assert told(intact, "the transplantation lies before the onset of MS", "error")
    assert told(intact, "the relapse lies before the onset of MS", "warning")
    (intact / "dispositions.csv").write_text(
        "subject_id,date,event\nB,2010-03-01,lost_to_follow_up\nB,2010-03-02,completed\n"
    )
    assert told(intact, "last status, lost to follow up", "warning")
    assert told(intact, "both completed and lost to follow up", "warning")


def test_a_year_alone_is_kept_as_a_range_and_taken_by_a_rule(intact):
    spoilt(intact, "subjects.csv", "1980-05-01", "1980")
    study = read_study(intact)
    assert str(study.table("subjects")["birth_date"][0]) == "1980-07-01"
    (row,) = study.partial_dates.cast(pl.String).rows()
    assert row == ("A", "subjects", "birth_date", "0", "1980-07-01", "1980-01-01", "1980-12-31")
    assert told(intact, "known to the month or year only and taken as the middle day", "warning")


def test_a_month_an_endpoint_counts_from_needs_a_declared_rule(intact):
    spoilt(intact, "relapses.csv", "2009-03-01", "2009-03")
    (found,) = told(intact, "known to the month or year only", "error")
    assert '[partial_dates] "relapses.onset_date"' in found.remedy
    (intact / "mapping.toml").write_text('[partial_dates]\n"relapses.onset_date" = "latest"\n')
    assert str(read_study(intact).table("relapses")["onset_date"][0]) == "2009-03-31"


def test_an_imputed_date_never_makes_an_order_wrong(intact):
    spoilt(intact, "subjects.csv", "2004-01-01,2004-06-01", "2004,2004-03-01")
    assert not told(intact, "the diagnosis lies before the onset", "error")


@pytest.mark.parametrize(("rule", "value"), [("worst", 6.5), ("last", 3.0), ("first", 6.5), ("scheduled", 3.0)])
def test_contradicting_visits_of_a_day_want_a_rule(intact, rule, value):
    text = "subject_id,date,visit_type,edss\nA,2010-01-01,unscheduled,6.5\nA,2010-01-01,scheduled,3.0\n"
    (intact / "visits.csv").write_text(text)
    (found,) = told(intact, "another row has the same", "error")
    assert "[same_day] visits" in found.remedy
    (intact / "mapping.toml").write_text(f'[same_day]\nvisits = "{rule}"\n')
    assert read_study(intact).table("visits")["edss"].to_list() == [value]


def test_the_worst_of_two_blood_counts_is_the_lowest_and_of_two_enzymes_the_highest(intact):
    rows = [
        f"A,2010-03-12,{test},{value},{unit}"
        for test, unit in (("neutrophils", "K/uL"), ("alt", "U/L"))
        for value in (9, 2)
    ]
    labs(intact, *rows)
    (intact / "mapping.toml").write_text('[same_day]\nlabs = "worst"\n')
    assert sorted(read_study(intact).table("labs").select("test", "value").rows()) == [
        ("alt", 9.0),
        ("neutrophils", 2.0),
    ]


def test_rows_of_one_day_that_do_not_contradict_each_other_are_one(intact):
    (intact / "visits.csv").write_text("subject_id,date,edss,sdmt\nA,2010-01-01,4.0,\nA,2010-01-01,,50\n")
    assert read_study(intact).table("visits").select("edss", "sdmt").rows() == [(4.0, 50.0)]
    assert told(intact, "they are taken as one", "warning")


@pytest.mark.parametrize(
    ("unit", "value"),
    [("K/uL", 1.5), ("10^6/L", 0.0015), ("10^3/uL", 1.5), ("x10E9/L", 1.5), ("/mm3", 0.0015), ("GI/L", 1.5)],
)
def test_the_spellings_of_a_unit_are_read_by_their_size(intact, unit, value):
    from regraft.study.lab_units import in_standard_units

    labs(intact, f"A,2010-03-12,neutrophils,1.5,{unit}")
    assert in_standard_units(read_study(intact).table("labs"))["value"].to_list() == [pytest.approx(value)]


def test_no_unit_of_another_size_is_offered_as_a_correction(intact):
    labs(intact, "A,2010-03-12,neutrophils,1.5,M/uL")
    (found,) = told(intact, "the unit is not known", "error")
    assert "Did you mean" not in found.remedy
    assert "1 /uL = 0.001 1e9/L" in found.remedy


def test_a_comma_before_three_digits_may_part_thousands(intact):
    labs(intact, 'A,2010-03-12,platelets,"1,234",1e9/L')
    (found,) = told(intact, "thousands or decimals", "error")
    assert "1234 or 1.234" in found.remedy


def test_blanks_make_no_second_site_and_another_case_is_named(intact):
    text = "subject_id,site\nA,S1 \nB,S1\nC,s1\n"
    (intact / "subjects.csv").write_text(text)
    assert sorted(set(read_study(intact).table("subjects")["site"])) == ["S1", "s1"]
    assert told(intact, "differs from 'S1'", "warning")


def test_days_and_months_are_told_apart_by_the_column(intact):
    spoilt(intact, "relapses.csv", "2009-03-01", "31/03/2009")
    (found,) = told(intact, "day/month/year", "error")
    assert 'date_format = "%d/%m/%Y"' in found.remedy


def test_a_moment_keeps_the_date_of_its_own_zone(intact):
    visits = pl.read_csv(intact / "visits.csv", try_parse_dates=True)
    zoned = visits.with_columns(pl.col("date").cast(pl.Datetime("us")).dt.replace_time_zone("Europe/Berlin"))
    (intact / "visits.csv").unlink()
    zoned.write_parquet(intact / "visits.parquet")
    assert read_study(intact).table("visits")["date"].to_list() == visits["date"].to_list()
    zoned.with_columns(pl.col("date").dt.convert_time_zone("UTC")).write_parquet(intact / "visits.parquet")
    assert told(intact, "midnight of another time zone", "error")


def test_a_small_file_of_many_rows_is_refused_by_its_footer(intact):
    rows = 6_000_000
    (intact / "visits.csv").unlink()
    frame = pl.DataFrame(
        {"subject_id": pl.repeat("A", rows, eager=True), "date": pl.repeat("2010-01-01", rows, eager=True)}
    )
    frame.write_parquet(intact / "visits.parquet")
    assert told(intact, "6,000,000 rows", "error")


def test_zeros_that_a_spreadsheet_dropped_are_named(intact):
    (intact / "subjects.csv").write_text("subject_id\n001\n002\n")
    (intact / "visits.csv").write_text("subject_id,date,edss\n1,2010-01-01,4.0\n")
    for path in intact.glob("*.csv"):
        if path.name not in {"subjects.csv", "visits.csv"}:
            path.unlink()
    assert told(intact, "differs by zeros at the start", "error")
