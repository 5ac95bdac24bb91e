import polars as pl
import pytest

from regraft.figures.activity import active_scans_by_year, draw_activity, relapses_by_year
from regraft.study.tables import Study


def test_relapses_count_from_the_diagnosis_to_the_last_contact(hand_made, on):
    people = [f"S{number}" for number in range(4)]
    visits = [{"subject_id": name, "date": on(1.0), "edss": 4.0} for name in people]
    relapses = [
        {"subject_id": "S0", "onset_date": on(-0.5), "confirmed": True},
        {"subject_id": "S1", "onset_date": on(-1.5), "confirmed": True},
        {"subject_id": "S1", "onset_date": on(-3.0), "confirmed": True},
        {"subject_id": "S2", "onset_date": on(0.5), "confirmed": None},
        {"subject_id": "S3", "onset_date": on(0.5), "confirmed": False},
    ]
    years = {item.year: item for item in relapses_by_year(hand_made(visits=visits, relapses=relapses))}
    assert sorted(years) == [-2, -1, 0]
    assert [years[year].count for year in (-2, -1, 0)] == [1, 1, 1]
    assert years[0].total == pytest.approx(4.0, abs=0.01)
    assert years[0].rate == pytest.approx(0.25, abs=0.01)


def test_without_a_relapse_table_there_is_no_rate_instead_of_zero(hand_made, on):
    visits = [{"subject_id": f"S{number}", "date": on(2.0), "edss": 4.0} for number in range(4)]
    assert relapses_by_year(hand_made(visits=visits)) == ()


def test_a_scan_without_a_count_is_left_out(hand_made, on):
    scans = [
        {"subject_id": "A", "date": on(0.5), "gd_lesions": 0},
        {"subject_id": "A", "date": on(0.6), "gd_lesions": 3},
        {"subject_id": "A", "date": on(0.7), "gd_lesions": None},
    ]
    (year,) = active_scans_by_year(hand_made(mri_scans=scans))
    assert (year.year, year.count, year.total) == (0, 1, 2.0)
    assert (year.low, year.high) == (pytest.approx(0.0126, abs=1e-4), pytest.approx(0.9874, abs=1e-4))


def test_an_empty_panel_says_that_nothing_was_recorded(hand_made, on):
    scans = [{"subject_id": "A", "date": on(0.5), "gd_lesions": 0}]
    figure = draw_activity((), active_scans_by_year(hand_made(mri_scans=scans)), simulated=True)
    assert [text.get_text() for text in figure.axes[0].texts] == ["not recorded"]


def test_people_who_were_not_transplanted_are_left_out_where_others_were(hand_made, on):
    scans = [{"subject_id": name, "date": on(0.5), "gd_lesions": 1} for name in "AB"]
    study = hand_made(mri_scans=scans)
    only_a = study.tables["procedures"].filter(pl.col("subject_id") == "A")
    (year,) = active_scans_by_year(Study({**study.tables, "procedures": only_a}, study.about))
    assert year.total == 1.0
