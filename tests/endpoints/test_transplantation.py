import polars as pl
import pytest

from regraft.endpoints.derive import derive

VISITS = [("A", -10, 4.0), ("A", 90, 4.0)]


def lab(day, test, unit, values):
    return [{"subject_id": "A", "date": day(d), "test": test, "value": v, "unit": unit} for d, v in values.items()]


def counts(low_from, low_until, low, high, last=40):
    return {d: low if low_from <= d < low_until else high for d in range(last)}


def test_engraftment_of_neutrophils_and_platelets(study_of, outcome, measure, day):
    labs = lab(day, "neutrophils", "1e9/L", counts(5, 11, 0.1, 1.5))
    labs += lab(day, "platelets", "cells/uL", counts(7, 13, 10_000.0, 60_000.0))
    study = study_of(visits=VISITS, labs=labs)
    assert outcome(study, "neutrophil_engraftment") == [("event", 11.0)]
    assert outcome(study, "platelet_engraftment") == [("event", 13.0)]
    assert measure(study, "neutrophil_engraftment_day") == [11.0]
    given = [{"subject_id": "A", "date": day(12), "procedure": "platelet_transfusion", "detail": None}]
    transfused = study_of(visits=VISITS, labs=labs, procedures=given)
    assert outcome(transfused, "platelet_engraftment") == [("event", 19.0)]


def test_who_never_fell_below_has_not_engrafted_and_says_so(study_of, outcome, rules, day):
    study = study_of(visits=VISITS, labs=lab(day, "neutrophils", "1e9/L", counts(99, 99, 0.1, 1.5)))
    assert outcome(study, "neutrophil_engraftment") == []
    reason = derive(study, rules()).not_at_risk.filter(pl.col("endpoint") == "neutrophil_engraftment")["reason"]
    assert reason.to_list() == ["never below 0.5e9/L"]


def test_no_laboratory_values_are_not_no_engraftment(study_of, outcome, day):
    assert outcome(study_of(visits=VISITS), "neutrophil_engraftment") == [("unknown", None)]
    assert outcome(study_of(visits=VISITS), "sos_ebmt2016") == [("unknown", None)]
    once = study_of(visits=VISITS, labs=lab(day, "neutrophils", "1e9/L", {3: 0.1, 40: 2.0}))
    assert outcome(once, "neutrophil_engraftment")[0][0] in {"censored", "unknown"}


def test_death_in_aplasia_competes_with_engraftment(study_of, outcome, day):
    labs = lab(day, "neutrophils", "1e9/L", counts(3, 99, 0.0, 2.0, last=15))
    death = [{"subject_id": "A", "date": day(15), "event": "died", "death_cause": "treatment"}]
    study = study_of(visits=VISITS[:1], labs=labs, dispositions=death)
    assert outcome(study, "neutrophil_engraftment") == [("competing", 15.0)]


def test_obstruction_is_read_from_laboratory_values_and_signs(study_of, outcome, rules, day):
    labs = lab(day, "bilirubin", "umol/L", {d: 60.0 if d >= 12 else 9.0 for d in range(-3, 40)})
    labs += lab(day, "weight", "kg", {d: 76.0 if d >= 10 else 70.0 for d in range(-3, 40)})
    labs += lab(day, "creatinine", "mg/dL", dict.fromkeys(range(-3, 40), 0.9))
    labs += lab(day, "alt", "U/L", dict.fromkeys(range(-3, 40), 30.0))
    study = study_of(visits=VISITS, labs=labs)
    assert outcome(study, "sos_seattle") == [("event", 12.0)]
    assert outcome(study, "sos_baltimore")[0][0] == "censored"
    signs = [{"subject_id": "A", "start_date": day(13), "end_date": day(20), "term": "Ascites", "ctcae_grade": 2}]
    study = study_of(visits=VISITS, labs=labs, adverse_events=signs)
    assert outcome(study, "sos_baltimore") == [("event", 13.0)]
    assert outcome(study, "sos_ebmt2016") == [("event", 13.0)]
    detail = derive(study, rules()).events.filter(pl.col("endpoint") == "sos_ebmt2016")["detail"][0]
    assert detail.startswith("severity ")


def test_cells_and_exposure_are_read_from_their_tables(study_of, measure, day):
    grafts = [
        {"subject_id": "A", "date": day(0), "stage": stage, "bag": bag, "cd34_1e6_per_kg": cells}
        for stage, bag, cells in (("frozen", 1, 9.0), ("infused", 1, 3.0), ("infused", 2, 2.5))
    ]
    study = study_of(visits=VISITS, grafts=grafts, labs=lab(day, "busulfan_auc", "umol*min/L", {-8: 13_400.0}))
    assert measure(study, "cd34_infused_1e6_per_kg") == [5.5]
    assert measure(study, "busulfan_auc_mg_h_per_l") == [pytest.approx(55.0, abs=0.1)]


def test_day_zero_is_the_transplantation_else_the_enrolment_else_the_first_visit(study_of, outcome):
    visits = [("A", -10, 4.0), *[("A", d, 6.0) for d in (90, 200, 400)]]
    assert outcome(study_of(visits=visits), "edss_worsening_24w") == [("event", 90.0)]
    assert outcome(study_of(visits=visits, transplanted=False), "edss_worsening_24w") == [("event", 100.0)]
    unscored = [("A", -40, None), *visits]
    assert outcome(study_of(visits=unscored, transplanted=False), "edss_worsening_24w") == [("event", 100.0)]
