import numpy as np
import polars as pl
import pytest

from regraft.analysis.summary import summarise
from regraft.endpoints.derive import derive

VISITS = [("A", -10, 4.0), ("A", 500, 4.0)]


def labs(day, test, unit, *pairs):
    return [{"subject_id": "A", "date": day(d), "test": test, "value": value, "unit": unit} for d, value in pairs]


def neutrophils(day):
    low = [(d, 0.1) for d in range(2, 10)]
    return labs(day, "neutrophils", "1e9/L", (-12, 4.0), (0, 2.0), *low, *[(d, 1.0) for d in range(10, 30)])


def happened(day, *events):
    return [{"subject_id": "A", "start_date": day(d), "term": term} for d, term in events]


def done(day, *rows):
    return [{"subject_id": "A", "date": day(d), "procedure": name, "detail": str(d)} for d, name in rows]


def test_infections_are_counted_by_period_over_the_days_observed(study_of, measure, day):
    events = happened(
        day,
        (-5, "bacteraemia"),
        (3, "sepsis"),
        (9, "Febrile neutropenia"),
        (10, "Shingles"),
        (99, "CMV reactivation"),
        (100, "pneumonia"),
        (365, "urinary tract infection"),
        (400, "flu-like symptoms"),
    )
    study = study_of(visits=VISITS, labs=neutrophils(day), adverse_events=events)
    periods = ("to_engraftment", "early", "first_year", "later")
    assert [measure(study, f"infections_{name}") for name in periods] == [[1.0], [2.0], [1.0], [1.0]]
    assert [measure(study, f"infection_days_{name}") for name in periods] == [[10.0], [90.0], [265.0], [135.0]]


def test_infection_density_is_per_thousand_days_with_exact_bounds(study_of, rules, day):
    study = study_of(visits=VISITS, labs=neutrophils(day), adverse_events=happened(day, (20, "sepsis"), (30, "sepsis")))
    rows = {row.endpoint: row for row in summarise(study, derive(study, rules()), rules()).rows}
    early = rows["infection_density_early"]
    assert early.estimate == pytest.approx(1000 * 2 / 90)
    assert early.high == pytest.approx(1000 * 7.224688 / 90)  # R: poisson.test(2, 90)$conf.int * 1000
    assert rows["infection_density_later"].estimate == 0.0
    assert rows["infection_density_later"].high > 0.0


def test_without_adverse_events_no_infection_is_unknown_not_none(study_of, measure, day):
    study = study_of(visits=VISITS, labs=neutrophils(day))
    assert measure(study, "infections_early") == [None]
    assert measure(study, "infection_days_early") == [90.0]


def test_an_unknown_engraftment_leaves_the_first_two_periods_unknown(study_of, measure, day):
    study = study_of(visits=VISITS, adverse_events=happened(day, (20, "sepsis"), (200, "sepsis")))
    assert measure(study, "infections_to_engraftment") == [None]
    assert measure(study, "infections_early") == [None]
    assert measure(study, "infections_first_year") == [1.0]


def test_the_worst_grade_carries_its_version(study_of, rules, day):
    study = study_of(visits=VISITS, labs=neutrophils(day))
    worst = pl.col("measure") == "worst_ctcae_grade_neutrophils"
    for version, grade in (("5", 4.0), ("6", 3.0)):
        measures = derive(study, rules("consensus", safety={"ctcae_version": version})).measures.filter(worst)
        assert measures.select("value", "unit").row(0) == (grade, f"grade (CTCAE {version})")


def test_the_baseline_of_a_grade_is_the_last_value_before_conditioning(study_of, measure, day):
    begun = done(day, (-8, "conditioning_start"))
    normal = study_of(visits=VISITS, procedures=begun, labs=labs(day, "alt", "U/L", (-9, 30.0), (5, 130.0)))
    raised = study_of(visits=VISITS, procedures=begun, labs=labs(day, "alt", "U/L", (-9, 60.0), (5, 130.0)))
    assert measure(normal, "worst_ctcae_grade_alt") == [2.0]
    assert measure(raised, "worst_ctcae_grade_alt") == [1.0]
    assert measure(raised, "worst_ctcae_grade_platelets") == [None]
    assert measure(study_of(visits=VISITS, labs=labs(day, "alt", "U/L", (-9, 900.0))), "worst_ctcae_grade_alt") == [
        None
    ]


def test_hospital_days_and_transfusions_are_counted_and_what_nobody_had_is_not_said(study_of, measure, day):
    rows = done(
        day,
        (-8, "conditioning_start"),
        (-30, "platelet_transfusion"),
        (4, "platelet_transfusion"),
        (6, "platelet_transfusion"),
        (20, "discharge"),
    )
    study = study_of(visits=VISITS, procedures=rows)
    assert measure(study, "hospital_days") == [28.0]
    assert measure(study, "platelet_transfusions") == [2.0]
    assert measure(study, "red_cell_transfusions") == [None]
    assert np.isnan([np.nan if value is None else value for value in measure(study, "intensive_care_admissions")]).all()


def test_days_in_intensive_care_count_the_first_and_the_last(study_of, measure, day):
    graft, stay = done(day, (0, "transplant"), (12, "intensive_care"))
    graft["end_date"] = None
    known = study_of(visits=VISITS, transplanted=False, procedures=[graft, {**stay, "end_date": day(15)}])
    assert measure(known, "intensive_care_days") == [4.0]
    assert measure(known, "intensive_care_admissions") == [1.0]
    assert measure(study_of(visits=VISITS, procedures=[stay]), "intensive_care_days") == [None]


def test_who_was_not_transplanted_has_none_of_these(study_of, measure, day):
    study = study_of(visits=VISITS, transplanted=False, adverse_events=happened(day, (20, "sepsis")))
    assert measure(study, "infections_later") == [None]
