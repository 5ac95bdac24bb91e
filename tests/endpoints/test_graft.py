import pytest

from regraft.endpoints.derive import derive

VISITS = [("A", -10, 4.0), ("A", 90, 4.0)]


def counts(day, values):
    return [
        {"subject_id": "A", "date": day(d), "test": "neutrophils", "value": v, "unit": "1e9/L"}
        for d, v in values.items()
    ]


def low_between(first, last, until):
    return {d: 0.1 if first <= d < last else 2.0 for d in range(until)}


def died(day, at, cause="treatment"):
    return [{"subject_id": "A", "date": day(at), "event": "died", "death_cause": cause}]


@pytest.mark.parametrize(
    ("values", "primary", "secondary"),
    [
        (low_between(4, 12, 60), ("censored", 28.0), ("censored", 59.0)),
        (low_between(4, 35, 60), ("event", 28.0), ("censored", 59.0)),
        (low_between(4, 60, 60), ("event", 28.0), None),
        (low_between(4, 20, 20), ("unknown", None), None),
        ({**low_between(4, 12, 60), 40: 0.3, 41: 0.2, 42: 0.4}, ("censored", 28.0), ("event", 40.0)),
        ({**low_between(4, 12, 60), 40: 0.3, 41: 0.2}, ("censored", 28.0), ("censored", 59.0)),
    ],
)
def test_a_graft_fails_by_not_taking_in_time_or_by_being_lost(study_of, outcome, day, values, primary, secondary):
    study = study_of(visits=VISITS, labs=counts(day, values))
    assert outcome(study, "primary_graft_failure") == [primary]
    assert outcome(study, "secondary_graft_failure") == ([] if secondary is None else [secondary])


def test_recovery_seen_only_after_a_gap_over_day_28_is_not_called_failure(study_of, outcome, day):
    values = {**low_between(4, 99, 26), **dict.fromkeys((30, 31, 32), 2.0)}
    assert outcome(study_of(visits=VISITS, labs=counts(day, values)), "primary_graft_failure") == [("unknown", None)]


def test_death_in_aplasia_before_day_28_competes_with_failure_of_the_graft(study_of, outcome, day):
    study = study_of(visits=VISITS[:1], labs=counts(day, low_between(3, 99, 15)), dispositions=died(day, 15))
    assert outcome(study, "primary_graft_failure") == [("competing", 15.0)]


def test_who_never_fell_below_did_not_fail_and_who_was_not_measured_is_unknown(study_of, outcome, day):
    never = study_of(visits=VISITS, labs=counts(day, dict.fromkeys(range(40), 3.0)))
    assert outcome(never, "primary_graft_failure") == [("censored", 28.0)]
    assert outcome(study_of(visits=VISITS), "primary_graft_failure") == [("unknown", None)]
    assert outcome(study_of(visits=VISITS), "secondary_graft_failure") == [("unknown", None)]


@pytest.mark.parametrize(
    ("at", "cause", "early", "non_relapse", "treatment"),
    [
        (60, "treatment", ("event", 60.0), ("event", 60.0), ("event", 60.0)),
        (60, "ms", ("event", 60.0), ("competing", 60.0), ("competing", 60.0)),
        (60, "other", ("event", 60.0), ("event", 60.0), ("competing", 60.0)),
        (60, "unknown", ("event", 60.0), ("unknown", None), ("unknown", None)),
        (400, "treatment", ("censored", 100.0), ("event", 400.0), ("event", 400.0)),
    ],
)
def test_mortality_is_counted_in_three_separate_ways(study_of, outcome, day, at, cause, early, non_relapse, treatment):
    study = study_of(visits=VISITS[:1], dispositions=died(day, at, cause))
    assert outcome(study, "death_by_day_100") == [early]
    assert outcome(study, "non_relapse_death") == [non_relapse]
    assert outcome(study, "treatment_related_death") == [treatment]


def test_ebmt_2023_takes_what_the_older_criteria_leave_out_and_names_its_class(study_of, outcome, rules, day):
    labs = [
        {"subject_id": "A", "date": day(d), "test": "bilirubin", "value": 3.0 if d >= 12 else 0.6, "unit": "mg/dL"}
        for d in range(-3, 40)
    ]
    signs = [{"subject_id": "A", "start_date": day(13), "end_date": day(20), "term": "Ascites", "ctcae_grade": 2}]
    study = study_of(visits=VISITS, labs=labs, adverse_events=signs)
    assert outcome(study, "sos_baltimore")[0][0] == "censored"
    assert outcome(study, "sos_ebmt2023") == [("event", 13.0)]
    events = derive(study, rules()).events
    assert events.filter(endpoint="sos_ebmt2023")["detail"].to_list() == ["class probable"]
    assert outcome(study_of(visits=VISITS), "sos_ebmt2023") == [("unknown", None)]
