"""Confirmed worsening event by event: small courses by hand, and what no course may break."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regraft.core.errors import FileProblem, SettingsProblem, StudyProblem
from regraft.core.library import LIBRARY
from regraft.endpoints.definition import list_progressions, load_progression
from regraft.endpoints.multiverse import Question, apply_all, disagreement
from regraft.endpoints.progression.choices import Edss10, Scale, Target
from regraft.endpoints.progression.msprog import msprog
from regraft.endpoints.progression.rows import derive_progression
from regraft.endpoints.progression.rules import RelapsesNearby, ThresholdRow
from regraft.endpoints.relapse_rules import Pseudorelapse

REFERENCE = load_progression("consensus-cdw-24w")


def events(study, rules=REFERENCE):
    rows = derive_progression(study, rules).rows
    return rows.select("subject_id", "event_type", "time_to_event_days").rows()


def changed(rules, **sections):
    """Return a definition with single rules changed: ``changed(rules, baseline={...}, edss_10=...)``."""
    update = {
        name: getattr(rules, name).model_copy(update=value) if isinstance(value, dict) else value
        for name, value in sections.items()
    }
    return rules.model_copy(update=update)


PYRAMIDAL = ((-30, 3.0, 2), (100, 3.0, 3), (300, 3.5, 3), (500, 3.5, 3))
WORSE = [("A", -30, 3.0), ("A", 100, 4.0), ("A", 280, 4.0), ("A", 500, 4.0)]


def test_the_first_visit_that_a_later_one_confirms_is_the_event(study_of, day):
    rows = derive_progression(study_of(visits=WORSE), REFERENCE).rows
    row = rows.row(0, named=True)
    assert (row["event_type"], row["time_to_event_days"], row["confirmed_after_days"]) == ("CDW", 100, 180)
    assert (row["sustained_days"], row["baseline_value"], row["event_value"]) == (400, 3.0, 4.0)
    assert row["event_date"] == day(100)
    assert row["visits"].startswith("baseline EDSS 3.0 on 2009-12-02; event 4.0 on 2010-04-11; confirmed 2010-10-08")


def test_a_subject_without_event_has_one_row_with_the_follow_up(study_of):
    study = study_of(visits=[("A", -30, 3.0), ("A", 400, 3.5)])
    assert events(study) == [("A", "", 400)]
    assert derive_progression(study, REFERENCE).rows["event_number"].to_list() == [0]


def test_without_a_baseline_nothing_can_be_said(study_of):
    study = study_of(
        ("A", "B"), visits=[("A", 20, 3.0), ("A", 400, 5.0), ("A", 800, 5.0), ("B", -1, 2.0), ("B", 90, 2.0)]
    )
    assert events(study) == [("A", "", None), ("B", "", 90)]
    told = derive_progression(study, REFERENCE).rows["visits"].to_list()
    assert told == ["unknown: no EDSS up to day zero", ""]


@pytest.mark.parametrize(("name", "happens"), [("consensus-cdw-24w", True), ("msbase", False), ("halt-ms", False)])
def test_half_a_point_at_a_baseline_of_5_5_counts_as_the_definition_says(name, happens, study_of):
    visits = [("A", -30, 5.5), ("A", 100, 6.0), ("A", 300, 6.0), ("A", 600, 6.0)]
    assert bool(events(study_of(visits=visits), load_progression(name))[0][1]) is happens


def test_in_mist_worsening_counts_from_the_first_half_yearly_evaluation_on(study_of):
    visits = [("A", -30, 3.0), ("A", 100, 4.0), ("A", 300, 4.0), ("A", 380, 4.0), ("A", 600, 4.0)]
    assert events(study_of(visits=visits), load_progression("mist")) == [("A", "CDW", 300)]


def test_improvement_is_not_defined_below_a_baseline_of_two_unless_the_package_says_so(study_of):
    study = study_of(visits=[("A", -30, 1.5), ("A", 100, 0.0), ("A", 300, 0.0)])
    both = changed(REFERENCE, events=Target.MULTIPLE)
    assert events(study, both) == [("A", "", 300)]
    assert events(study, load_progression("msprog-first-cdi-24w-fixed")) == [("A", "CDI", 130)]


def test_raw_follows_a_relapse_and_pira_does_not(study_of, day):
    visits = [("A", -30, 3.0), ("A", 100, 4.0), ("A", 280, 4.0), ("A", 500, 4.0)]
    rules = load_progression("msprog-multiple-24w-roving")

    def kind(*onsets):
        relapses = [{"subject_id": "A", "onset_date": day(onset)} for onset in onsets]
        rows = derive_progression(study_of(visits=visits, relapses=relapses), rules).rows
        return rows["cdw_kind"].to_list()

    assert kind(60) == ["RAW"]
    assert kind(-400) == ["PIRA"]
    assert kind(120) == ["undefined"]


def test_a_relapse_shown_to_be_a_pseudorelapse_makes_no_raw(study_of, day):
    raw = load_progression("raw-90d")
    ill = [{"subject_id": "A", "start_date": day(78), "term": "Pneumonia"}]
    relapses = [{"subject_id": "A", "onset_date": day(80), "end_date": day(80)}]
    study = study_of(visits=WORSE, relapses=relapses, adverse_events=ill)
    assert events(study, raw) == [("A", "CDW", 100)]
    assert events(study, changed(raw, relapses={"pseudorelapse_by_length": Pseudorelapse.UNLESS_SHOWN})) == [
        ("A", "", 500)
    ]
    assert events(study, changed(raw, relapses={"pseudorelapse_by_fever": Pseudorelapse.UNLESS_SHOWN})) == [
        ("A", "", 500)
    ]
    assert events(
        study, changed(raw, relapses={"pseudorelapse_by_fever": Pseudorelapse.UNLESS_SHOWN, "fever_within_days": 1})
    ) == [("A", "CDW", 100)]
    with pytest.raises(ValueError, match="refused"):
        RelapsesNearby(**{**dict(raw.relapses), "pseudorelapse_by_length": Pseudorelapse.KNOWN})


def test_without_a_table_of_relapses_pira_is_refused_and_worsening_is_not(study_of):
    study = study_of(visits=WORSE)
    assert events(study) == [("A", "CDW", 100)]
    with pytest.raises(StudyProblem, match="tells worsening apart by relapses"):
        derive_progression(study, load_progression("pira-cagol-2022"))


def test_a_functional_system_is_a_scale_like_another(study_of, day):
    grades = [{"subject_id": "A", "date": day(d), "pyramidal": grade, "visual": None} for d, _, grade in PYRAMIDAL]
    study = study_of(visits=[("A", d, edss) for d, edss, _ in PYRAMIDAL], functional_systems=grades)
    pyramidal = changed(
        REFERENCE, scale=Scale.PYRAMIDAL, worsening={"rows": (ThresholdRow(baseline_from=0.0, points=1.0),)}
    )
    assert events(study, pyramidal) == [("A", "CDW", 100)]
    assert events(study) == [("A", "", 500)]
    assert derive_progression(study, pyramidal).rows["visits"][0].startswith("baseline PYRAMIDAL 2.0 on 2009-12-02")
    with pytest.raises(StudyProblem, match="visual"):
        events(study, changed(REFERENCE, scale=Scale.VISUAL))


def test_a_scale_never_recorded_is_refused(study_of):
    with pytest.raises(StudyProblem, match="never recorded"):
        derive_progression(study_of(visits=WORSE), msprog(outcome="sdmt"))


@pytest.mark.parametrize(("rule", "expected"), [("ms_death", ("CDW", 300)), ("left_out", ("", 100))])
def test_a_death_due_to_ms_counts_as_the_definition_declares(rule, expected, study_of, day):
    died = [{"subject_id": "A", "date": day(300), "event": "died", "death_cause": "ms"}]
    study = study_of(visits=[("A", -30, 3.0), ("A", 100, 3.0)], dispositions=died)
    assert events(study, changed(REFERENCE, edss_10=Edss10(rule))) == [("A", *expected)]


def test_a_treatment_death_is_never_a_worsening(study_of, day):
    died = [{"subject_id": "A", "date": day(300), "event": "died", "death_cause": "treatment"}]
    study = study_of(visits=[("A", -30, 3.0), ("A", 100, 3.0)], dispositions=died)
    for name in list_progressions():
        rules = load_progression(name)
        if not rules.needs_relapses:
            assert {kind for _, kind, _ in events(study, rules)} == {""}


def test_a_last_visit_is_imputed_by_name_and_not_by_place(study_of):
    names = tuple(f"s{i:02d}" for i in range(40))
    visits = [(name, day, edss) for name in names for day, edss in ((-30, 3.0), (100, 5.0))]
    rules = changed(REFERENCE, imputation={"probability": 0.5})
    forward = dict(row[:2] for row in events(study_of(names, visits=visits), rules))
    backward = dict(row[:2] for row in events(study_of(names[::-1], visits=visits), rules))
    assert forward == backward
    assert 5 < sum(kind == "CDW" for kind in forward.values()) < 35


def test_visits_of_some_types_may_not_confirm(study_of):
    study = study_of(visits=WORSE[:3])
    visits = study.tables["visits"].with_columns(visit_type=pl.lit("unscheduled"))
    unscheduled = type(study)({**study.tables, "visits": visits}, study.about)
    strict = changed(REFERENCE, confirmation={"not_at_visit_types": ("unscheduled",)})
    assert [events(unscheduled, rules)[0][1] for rules in (REFERENCE, strict)] == ["CDW", ""]


def test_an_unknown_name_offers_the_nearest(tmp_path: Path):
    with pytest.raises(FileProblem, match="Did you mean msprog-first-cdw-24w-fixed"):
        load_progression("msprog-first-cdw-24-fixed")
    broken = tmp_path / "mine.toml"
    text = (LIBRARY / "definitions" / "consensus-cdw-24w.toml").read_text()
    broken.write_text(text.replace('moves = "fixed"', 'moves = "rovin"'))
    with pytest.raises(SettingsProblem, match=r"progression.baseline.moves.*roving"):
        load_progression(broken)


def test_every_packaged_definition_says_its_source_and_what_is_unverified():
    for name in list_progressions():
        rules = load_progression(name)
        assert rules.name == name
        assert rules.source
        assert rules.unverified or name.startswith("msprog")


COURSES = st.lists(st.tuples(st.integers(20, 200), st.integers(0, 15)), min_size=1, max_size=12)


def course(steps, subject="A"):
    day, visits = -40, []
    for gap, doubled in steps:
        visits.append((subject, day, 0.0 if doubled == 1 else doubled / 2))
        day += gap
    return visits


@given(steps=COURSES, gap=st.integers(1, 400), doubled=st.integers(0, 19))
@settings(max_examples=60)
def test_a_visit_after_the_last_one_never_removes_an_event_under_a_fixed_baseline(study_of, steps, gap, doubled):
    visits = course(steps)
    later = ("A", visits[-1][1] + gap, 0.0 if doubled == 1 else doubled / 2)
    before, after = (events(study_of(visits=rows)) for rows in (visits, [*visits, later]))
    if before[0][1]:
        assert after == before


@given(
    many=st.lists(COURSES, min_size=2, max_size=4),
    shuffle=st.randoms(use_true_random=False),
    shift=st.integers(-3000, 3000),
)
@settings(max_examples=30)
def test_order_of_rows_and_a_constant_shift_of_dates_change_nothing(study_of, many, shuffle, shift):
    names = tuple(f" {i:03d}" for i in range(len(many)))
    visits = [visit for name, steps in zip(names, many, strict=True) for visit in course(steps, name)]
    rules = load_progression("msprog-multiple-24w-roving")
    found = events(study_of(names, visits=visits, transplanted=False), rules)
    shuffle.shuffle(visits)
    moved = [(name, day + shift, edss) for name, day, edss in visits]
    assert events(study_of(names, visits=moved, transplanted=False), rules) == found


def test_the_multiverse_compares_only_answers_to_the_same_question(study_of, day):
    relapses = [{"subject_id": "A", "onset_date": day(-500)}]
    study = study_of(("A", "B"), visits=[*WORSE, ("B", -30, 5.5), ("B", 90, 6.0), ("B", 300, 6.0)], relapses=relapses)
    found = apply_all(study, [load_progression(name) for name in list_progressions()])
    assert not found.left_out
    by_name = {answer.definition.name: answer for answer in found.answers}
    apart = disagreement(by_name["msbase"], by_name["consensus-cdw-24w"])
    assert (apart.compared, apart.only_here, apart.only_there, apart.other_date) == (2, 0, 1, 0)
    assert by_name["pira-cagol-2022"].question is Question.PIRA
    assert by_name["pira-cagol-2022"].event.tolist() == [True, True]


def test_the_multiverse_says_what_the_study_cannot_answer(study_of):
    found = apply_all(study_of(visits=WORSE), [load_progression("raw-90d"), REFERENCE])
    assert [answer.definition.name for answer in found.answers] == ["consensus-cdw-24w"]
    assert found.left_out[0][0] == "raw-90d"
