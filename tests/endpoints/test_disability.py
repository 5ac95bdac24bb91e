import polars as pl
import pytest

from regraft.endpoints.catalogue import catalogue_of
from regraft.endpoints.definition import SystemSteps
from regraft.endpoints.derive import derive


def course(*edss, every=91, start=-10):
    return [("A", start + every * k, value) for k, value in enumerate(edss)]


@pytest.mark.parametrize(
    ("baseline", "worse", "not_enough"),
    [(0.0, 1.5, 1.0), (1.0, 2.0, 1.5), (5.0, 6.0, 5.5), (5.5, 6.0, 5.5), (6.0, 6.5, 6.0), (8.0, 8.5, 8.0)],
)
def test_the_step_depends_on_the_baseline(study_of, outcome, baseline, worse, not_enough):
    assert outcome(study_of(visits=course(baseline, worse, worse, worse)), "edss_worsening_24w")[0][0] == "event"
    kept = study_of(visits=course(baseline, not_enough, not_enough, not_enough))
    assert outcome(kept, "edss_worsening_24w")[0][0] == "censored"


def test_the_step_at_five_and_a_half_is_a_choice_of_the_definition(study_of, outcome, rules):
    study = study_of(visits=course(5.5, 6.0, 6.0, 6.0))
    assert outcome(study, "edss_worsening_24w", rules(worsening={"step_from_5_5": 0.5}))[0][0] == "event"
    assert outcome(study, "edss_worsening_24w", rules(worsening={"step_from_5_5": 1.0}))[0][0] == "censored"


def test_the_event_is_the_first_visit_and_the_confirmation_a_later_one(study_of, rules):
    events = derive(study_of(visits=course(4.0, 4.0, 5.0, 5.5, 5.0, 5.0)), rules()).events
    (row,) = events.filter(pl.col("endpoint") == "edss_worsening_24w").to_dicts()
    assert row["time_days"] == 172
    assert row["detail"] == "EDSS 5 on 2010-06-22 from 4 on 2009-12-22, confirmed on 2010-12-21"


def test_twelve_weeks_confirm_what_twenty_four_do_not(study_of, outcome):
    study = study_of(visits=course(4.0, 5.0, 5.0, 4.0, 4.0))
    assert outcome(study, "edss_worsening_12w") == [("event", 81.0)]
    assert outcome(study, "edss_worsening_24w") == [("censored", 354.0)]


def test_a_visit_back_at_baseline_breaks_the_worsening(study_of, outcome):
    study = study_of(visits=course(4.0, 5.0, 4.0, 5.0, 5.0, 5.0))
    assert outcome(study, "edss_worsening_24w") == [("event", 263.0)]


def test_a_worsening_at_the_last_visit_is_not_an_event(study_of, outcome, rules):
    study = study_of(visits=course(4.0, 4.0, 6.0))
    assert outcome(study, "edss_worsening_24w") == [("censored", 172.0)]
    detail = derive(study, rules()).events.filter(pl.col("endpoint") == "edss_worsening_24w")["detail"][0]
    assert "not yet confirmed" in detail


def test_sustained_to_the_end_is_stricter(study_of, outcome, rules):
    study = study_of(visits=course(4.0, 5.0, 5.0, 5.0, 4.0))
    assert outcome(study, "edss_worsening_24w")[0][0] == "event"
    strict = rules(worsening={"sustained_to_end": True})
    assert outcome(study, "edss_worsening_24w", strict)[0][0] == "censored"


def test_a_visit_soon_after_a_relapse_confirms_nothing(study_of, outcome, day):
    visits = course(4.0, 5.0, 5.0, 5.0)
    relapses = [{"subject_id": "A", "onset_date": day(250), "confirmed": True}]
    assert outcome(study_of(visits=visits), "edss_worsening_24w") == [("event", 81.0)]
    assert outcome(study_of(visits=visits, relapses=relapses), "edss_worsening_24w") == [("censored", 263.0)]


def test_days_since_the_last_relapse_serve_where_no_dates_are_given(study_of, outcome):
    visits = course(4.0, 5.0, 5.0, 5.0)
    study = study_of(visits=visits)
    near = study.tables["visits"].with_columns(days_since_relapse=pl.Series([None, None, None, 12], dtype=pl.Int32))
    noted = type(study)({**study.tables, "visits": near}, study.about)
    assert outcome(noted, "edss_worsening_24w") == [("censored", 263.0)]


def test_the_baseline_is_not_taken_soon_after_a_relapse(study_of, outcome, day):
    visits = [("A", -200, 3.0), ("A", -5, 5.0), *[("A", d, 4.0) for d in (90, 180, 270)]]
    relapses = [{"subject_id": "A", "onset_date": day(-15), "confirmed": True}]
    assert outcome(study_of(visits=visits), "edss_worsening_24w")[0][0] == "censored"
    assert outcome(study_of(visits=visits, relapses=relapses), "edss_worsening_24w") == [("event", 90.0)]


def died(day, when, cause):
    return [{"subject_id": "A", "date": day(when), "event": "died", "death_cause": cause}]


def test_death_due_to_ms_is_a_worsening_and_no_other_death_is(study_of, outcome, day):
    visits = course(4.0, 4.0, 4.0)
    for cause, expected in (
        ("ms", ("event", 300.0)),
        ("treatment", ("competing", 300.0)),
        ("other", ("competing", 300.0)),
    ):
        study = study_of(visits=visits, dispositions=died(day, 300, cause))
        assert outcome(study, "edss_worsening_24w") == [expected], cause


def test_death_due_to_ms_confirms_the_worsening_that_led_to_it(study_of, outcome, day):
    study = study_of(visits=course(4.0, 4.0, 7.0), dispositions=died(day, 200, "ms"))
    assert outcome(study, "edss_worsening_24w") == [("event", 172.0)]


def test_a_recorded_edss_of_ten_without_such_a_death_is_left_out(study_of, outcome):
    assert outcome(study_of(visits=course(6.0, 6.0, 10.0, 10.0, 10.0)), "edss_worsening_24w") == [("censored", 81.0)]


def test_without_baseline_or_follow_up_nothing_is_said(study_of, outcome):
    assert outcome(study_of(visits=course(4.0)), "edss_worsening_24w") == [("unknown", None)]
    assert outcome(study_of(visits=[("A", 90, 4.0), ("A", 180, 6.0), ("A", 400, 6.0)]), "edss_worsening_24w") == [
        ("unknown", None)
    ]
    assert outcome(study_of(visits=course(4.0, None, None)), "edss_worsening_24w") == [("unknown", None)]


def test_who_died_before_any_visit_counts_as_the_definition_says(study_of, outcome, rules, day):
    study = study_of(visits=course(4.0), dispositions=died(day, 22, "treatment"))
    assert outcome(study, "edss_worsening_24w", rules("consensus")) == [("competing", 22.0)]
    assert outcome(study, "edss_worsening_24w", rules("atkins-2016")) == []
    left_out = derive(study, rules("atkins-2016")).not_at_risk
    reasons = left_out.filter(pl.col("endpoint") == "edss_worsening_24w")["reason"].to_list()
    assert reasons == ["died on day 22 before any assessment"]
    censored = rules("consensus", death={"in_efficacy": "censored"})
    assert outcome(study, "edss_worsening_24w", censored)[0][0] == "censored"


def test_improvement_needs_room_to_improve(study_of, outcome, rules):
    assert outcome(study_of(visits=course(4.0, 3.0, 3.0, 3.0)), "edss_improvement_24w") == [("event", 81.0)]
    assert outcome(study_of(visits=course(4.0, 3.5, 3.5, 3.5)), "edss_improvement_24w")[0][0] == "censored"
    assert outcome(study_of(visits=course(6.0, 5.5, 5.5, 5.5)), "edss_improvement_24w") == [("event", 81.0)]
    low = study_of(visits=course(1.5, 0.0, 0.0, 0.0))
    assert outcome(low, "edss_improvement_24w") == []
    reasons = derive(low, rules()).not_at_risk.filter(pl.col("endpoint") == "edss_improvement_24w")["reason"]
    assert reasons.to_list() == ["baseline 1.5 is below 2: improvement is not defined"]


def test_a_functional_system_improves_by_one_grade(study_of, outcome, day):
    rows = [
        {"subject_id": "A", "date": day(d), "visual": v, "pyramidal": 3, "sensory": None}
        for d, v in ((-10, 3), (90, 2), (180, 2), (270, 1))
    ]
    study = study_of(visits=course(4.0, 4.0, 4.0, 4.0), functional_systems=rows)
    assert outcome(study, "improvement_24w_visual") == [("event", 90.0)]
    assert outcome(study, "improvement_24w_pyramidal") == [("censored", 270.0)]
    assert outcome(study, "improvement_24w_sensory") == [("unknown", None)]


def test_each_functional_system_improves_by_its_own_step(study_of, outcome, rules, day):
    rows = [
        {"subject_id": "A", "date": day(d), "visual": grade, "sensory": grade}
        for d, grade in ((-10, 3), (90, 2), (180, 1), (360, 1))
    ]
    study = study_of(visits=course(4.0, 4.0, 4.0, 4.0), functional_systems=rows)
    own = rules("consensus", systems={"steps": SystemSteps(visual=2)})
    assert outcome(study, "improvement_24w_sensory", own) == [("event", 90.0)]
    assert outcome(study, "improvement_24w_visual", own) == [("event", 180.0)]
    told = catalogue_of(own).endpoints
    assert "At least 2 raw grades" in told["improvement_24w_visual"].rule
    assert "At least 1 raw grade " in told["improvement_24w_sensory"].rule


def test_who_starts_below_the_step_of_a_system_is_not_at_risk_of_its_improvement(study_of, outcome, rules, day):
    rows = [{"subject_id": "A", "date": day(d), "visual": grade} for d, grade in ((-10, 1), (90, 0), (270, 0))]
    study = study_of(visits=course(4.0, 4.0, 4.0, 4.0), functional_systems=rows)
    assert outcome(study, "improvement_24w_visual") == [("event", 90.0)]
    assert outcome(study, "improvement_24w_visual", rules("consensus", systems={"steps": SystemSteps(visual=2)})) == []


def test_edss_at_baseline_and_at_the_last_visit_alive(study_of, measure, day):
    study = study_of(visits=course(4.0, 4.5, 6.0), dispositions=died(day, 300, "ms"))
    assert measure(study, "edss_baseline") == [4.0]
    assert measure(study, "edss_last") == [6.0]
    assert measure(study_of(visits=course(4.0)), "edss_last") == [None]
