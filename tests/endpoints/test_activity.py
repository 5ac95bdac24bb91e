import polars as pl
import pytest

from regraft.endpoints.derive import derive

VISITS = [("A", -10, 4.0), *[("A", d, 4.0) for d in range(90, 1200, 90)]]


def attacks(day, *pairs):
    return [{"subject_id": "A", "onset_date": day(d), "confirmed": confirmed} for d, confirmed in pairs]


def scans(day, *rows):
    return [{"subject_id": "A", "date": day(d), "gd_lesions": gd, "new_t2_lesions": t2} for d, gd, t2 in rows]


def alive(day):
    return [{"subject_id": "A", "date": day(1200), "event": "completed", "death_cause": None}]


def test_relapses_within_thirty_days_are_one(study_of, measure, day):
    study = study_of(visits=VISITS, relapses=attacks(day, (100, True), (120, True), (131, True), (200, True)))
    assert measure(study, "relapses_after") == [3.0]


def test_a_confirmed_report_confirms_the_relapse_it_belongs_to(study_of, outcome, rules, day):
    study = study_of(visits=VISITS, relapses=attacks(day, (100, False), (110, True)))
    assert outcome(study, "relapse", rules("atkins-2016")) == [("event", 100.0)]


def test_what_is_not_known_to_be_confirmed_stays_unknown(study_of, outcome, rules, day):
    study = study_of(visits=VISITS, relapses=attacks(day, (100, None), (400, True)))
    assert outcome(study, "relapse", rules("atkins-2016")) == [("unknown", None)]
    assert outcome(study, "relapse", rules("consensus")) == [("event", 100.0)]
    later = study_of(visits=VISITS, relapses=attacks(day, (100, True), (400, None)))
    assert outcome(later, "relapse", rules("atkins-2016")) == [("event", 100.0)]


def test_a_refuted_relapse_is_reported_but_does_not_count(study_of, outcome, day):
    study = study_of(visits=VISITS, relapses=attacks(day, (100, False)))
    assert outcome(study, "relapse")[0][0] == "censored"
    assert outcome(study, "relapse_reported") == [("event", 100.0)]


def test_relapses_before_day_zero_make_no_event(study_of, outcome, measure, rules, day):
    study = study_of(visits=VISITS, relapses=attacks(day, (-400, True), (-100, None), (0, True)))
    assert outcome(study, "relapse")[0][0] == "censored"
    atkins = rules("atkins-2016")
    assert measure(study, "relapses_before", atkins) == [3.0]
    assert measure(study, "years_before", atkins) == [pytest.approx(4.0)]
    assert measure(study, "arr_before", atkins) == [pytest.approx(0.75)]
    assert measure(study, "arr_before", rules("consensus")) == [pytest.approx(1.5)]


def test_no_table_of_relapses_is_not_no_relapse(study_of, outcome, measure, rules):
    study = study_of(visits=VISITS)
    assert outcome(study, "relapse") == [("unknown", None)]
    assert measure(study, "relapses_after") == [None]
    assert ("relapse", "the study has no table relapses") in derive(study, rules()).not_derivable


def test_activity_is_a_gadolinium_or_a_new_t2_lesion_after_the_reference(study_of, outcome, rules, day):
    study = study_of(visits=VISITS, mri_scans=scans(day, (-5, 9, 3), (61, 1, 4), (180, 0, 0), (360, 0, 1), (540, 2, 0)))
    assert outcome(study, "mri_activity") == [("event", 360.0)]
    early = rules("consensus", mri={"reference_until_days": 0})
    assert outcome(study, "mri_activity", early) == [("event", 61.0)]


def test_an_unread_scan_is_not_a_quiet_scan(study_of, outcome, rules, day):
    read = scans(day, (180, 0, 0), (360, None, None))
    assert outcome(study_of(visits=VISITS, mri_scans=read), "mri_activity") == [("censored", 180.0)]
    half = study_of(visits=VISITS, mri_scans=scans(day, (180, 0, 0), (360, None, 0)))
    assert outcome(half, "mri_activity") == [("censored", 180.0)]
    assert outcome(half, "mri_activity", rules("consensus", mri={"quiet_scan_needs": "t2"})) == [("censored", 360.0)]
    nothing = study_of(visits=VISITS, mri_scans=scans(day, (180, None, None)))
    assert outcome(nothing, "mri_activity") == [("unknown", None)]


def test_gadolinium_lesions_are_counted_over_the_scans_that_show_them(study_of, measure, day):
    study = study_of(visits=VISITS, mri_scans=scans(day, (-30, 3, None), (-5, None, 1), (180, 0, 0), (360, 2, 0)))
    names = ("gd_lesions_before", "gd_scans_before", "gd_lesions_after", "gd_scans_after")
    assert [measure(study, name)[0] for name in names] == [3.0, 1.0, 2.0, 2.0]


def quiet(day):
    return {"relapses": [], "mri_scans": scans(day, *[(d, 0, 0) for d in range(180, 1100, 180)])}


def test_activity_free_survival_is_the_first_of_its_parts(study_of, outcome, rules, day):
    both = ("activity_free_survival_death_event", "activity_free_survival_death_censored")
    study = study_of(visits=VISITS, dispositions=alive(day), **quiet(day))
    for endpoint in both:
        assert outcome(study, endpoint) == [("censored", 1080.0)]
    parts = quiet(day) | {"relapses": attacks(day, (500, True))}
    study = study_of(visits=VISITS, dispositions=alive(day), **parts)
    for endpoint in both:
        assert outcome(study, endpoint) == [("event", 500.0)]
    detail = derive(study, rules()).events.filter(pl.col("endpoint") == both[0])["detail"][0]
    assert detail == "relapse: relapse of 2011-05-16"


def test_a_death_counts_exactly_as_the_name_says(study_of, outcome, rules, day):
    death = [{"subject_id": "A", "date": day(22), "event": "died", "death_cause": "treatment"}]
    study = study_of(visits=VISITS[:1], dispositions=death, **(quiet(day) | {"mri_scans": []}))
    assert outcome(study, "activity_free_survival_death_event") == [("event", 22.0)]
    assert outcome(study, "activity_free_survival_death_censored") == [("censored", 22.0)]
    assert outcome(study, "activity_free_survival_death_event", rules("atkins-2016")) == [("event", 22.0)]
    assert outcome(study, "activity_free_survival_death_censored", rules("atkins-2016")) == []
    assert outcome(study, "death") == [("event", 22.0)]
    assert outcome(study, "treatment_related_death") == [("event", 22.0)]


def test_an_unknown_part_makes_the_whole_unknown_unless_another_part_failed(study_of, outcome, day):
    parts = quiet(day) | {"mri_scans": scans(day, (180, None, None))}
    others = [("B", d, 4.0) for d in (-10, 90, 300)]
    more = [{"subject_id": "B", "date": day(180), "gd_lesions": 0, "new_t2_lesions": 0}]
    parts["mri_scans"] += more
    study = study_of(("A", "B"), visits=VISITS + others, dispositions=alive(day), **parts)
    assert outcome(study, "activity_free_survival_death_censored")[0] == ("unknown", None)
    parts["relapses"] = attacks(day, (500, True))
    study = study_of(("A", "B"), visits=VISITS + others, dispositions=alive(day), **parts)
    assert outcome(study, "activity_free_survival_death_censored")[0] == ("event", 500.0)


def test_without_scans_the_whole_cannot_be_derived_for_anybody(study_of, outcome, day):
    study = study_of(visits=VISITS, dispositions=alive(day), relapses=attacks(day, (500, True)))
    assert outcome(study, "activity_free_survival_death_censored") == [("unknown", None)]


def test_neda_counts_from_the_re_baseline(study_of, outcome, rules, day):
    early = quiet(day) | {"relapses": attacks(day, (60, True))}
    worse = [("A", -10, 4.0), *[("A", d, 5.0) for d in range(90, 1200, 90)]]
    study = study_of(visits=worse, dispositions=alive(day), **early)
    assert outcome(study, "activity_free_survival_death_censored") == [("event", 60.0)]
    assert outcome(study, "neda3_failure", rules("neda-3")) == [("censored", 1080.0)]
    late = quiet(day) | {"relapses": attacks(day, (60, True), (700, True))}
    assert outcome(study_of(visits=worse, **late), "neda3_failure", rules("neda-3")) == [("event", 700.0)]


def test_death_of_unknown_cause_is_not_taken_for_another_cause(study_of, outcome, day):
    death = [{"subject_id": "A", "date": day(22), "event": "died", "death_cause": None}]
    study = study_of(visits=VISITS[:1], dispositions=death)
    assert outcome(study, "death") == [("event", 22.0)]
    assert outcome(study, "treatment_related_death") == [("unknown", None)]


def test_who_died_is_unknown_without_a_table_of_dispositions(study_of, outcome):
    assert outcome(study_of(visits=VISITS), "death") == [("unknown", None)]


def test_brain_volume_is_compared_with_the_mean_of_the_baseline_scans(study_of, measure, day):
    volumes = [
        (-200, 1510.0),
        (-10, 1490.0),
        (365, 1470.0),
        (913, 1455.0),
        (1300, 1452.0),
        (1665, 1449.0),
        (2030, 1446.0),
    ]
    rows = [{"subject_id": "A", "date": day(d), "brain_volume_ml": v} for d, v in volumes]
    study = study_of(visits=VISITS, mri_scans=rows)
    assert measure(study, "brain_volume_change_pct_2_5y") == [pytest.approx(-3.0)]
    assert measure(study, "brain_volume_rate_pct_per_year_late") == [pytest.approx(-0.2, abs=0.01)]
    assert measure(study_of(visits=VISITS, mri_scans=rows[2:]), "brain_volume_change_pct_2_5y") == [None]


def test_who_was_not_transplanted_does_not_count_where_only_the_transplanted_do(study_of, outcome, measure, rules, day):
    study = study_of(visits=VISITS, transplanted=False, dispositions=alive(day), **quiet(day))
    atkins = rules("atkins-2016")
    for endpoint in ("relapse", "activity_free_survival_death_event", "activity_free_survival_death_censored"):
        assert outcome(study, endpoint, atkins) == []
        assert outcome(study, endpoint, rules("consensus"))[0][0] == "censored"
    assert outcome(study, "death", atkins)[0][0] == "censored"
    assert measure(study, "relapses_after", atkins) == [None]
    assert ("relapse", "not transplanted") in derive(study, atkins).not_derivable
