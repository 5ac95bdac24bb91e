"""What the named sets say of the same course, and sets that extend another."""

import pytest

from regraft.clinical.systems import System
from regraft.core.errors import SettingsProblem
from regraft.endpoints.catalogue import catalogue_of
from regraft.endpoints.composite import activity_in_words
from regraft.endpoints.definition import list_definitions, load_definition
from regraft.endpoints.relapse_rules import Pseudorelapse

MONTHS = tuple(range(90, 1500, 90))


def course(*values, before=4.0):
    return [("A", -10, before), *[("A", day, value) for day, value in zip(MONTHS, values, strict=False)]]


def scans(day, *rows):
    return [{"subject_id": "A", "date": day(d), "gd_lesions": gd, "new_t2_lesions": t2} for d, gd, t2 in rows]


def relapse(day, onset, **more):
    return [{"subject_id": "A", "onset_date": day(onset), **more}]


def test_every_packaged_set_loads_and_says_its_rules():
    assert {"atkins-2016", "consensus", "neda-3", "halt-ms", "mist", "ebmt", "shevchenko-2015"} <= set(
        list_definitions()
    )
    for name in list_definitions():
        rules = load_definition(name)
        assert rules.name == name
        assert catalogue_of(rules).endpoint("event_free_survival").rule.endswith(".")


def test_a_set_that_extends_another_changes_only_what_it_says(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(
        'extends = "consensus"\nname = "own"\ntitle = "O"\nsource = "me"\n[worsening]\nstep_from_5_5 = 1.0\n'
    )
    own, base = load_definition(path), load_definition("consensus")
    assert own.worsening.step_from_5_5 == 1.0
    assert own.worsening.step_from_0 == base.worsening.step_from_0
    assert own.relapse == base.relapse
    assert own.unverified == base.unverified


def test_a_name_is_never_inherited_and_a_chain_is_refused(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text('extends = "consensus"\n')
    with pytest.raises(SettingsProblem, match="name"):
        load_definition(path)
    path.write_text('extends = "halt-ms"\nname = "own"\n')
    with pytest.raises(SettingsProblem, match="extends"):
        load_definition(path)


def test_halt_ms_needs_two_new_lesions_from_year_one(study_of, outcome, day):
    quiet = course(*[4.0] * 15)
    one = study_of(visits=quiet, mri_scans=scans(day, (180, 5, 5), (365, 1, 1), (730, 0, 1)))
    two = study_of(visits=quiet, mri_scans=scans(day, (365, 0, 1), (730, 0, 2)))
    halt = load_definition("halt-ms")
    assert outcome(one, "mri_activity", halt) == [("censored", 730.0)]
    assert outcome(two, "mri_activity", halt) == [("event", 730.0)]
    assert outcome(one, "mri_activity") == [("event", 180.0)]


def test_halt_ms_calls_a_point_worse_whatever_the_baseline(study_of, outcome):
    halt = load_definition("halt-ms")
    for before, after, status in ((0.0, 1.0, "event"), (6.0, 6.5, "censored"), (6.0, 7.0, "event")):
        study = study_of(visits=course(*[before] * 4, *[after] * 6, before=before))
        assert outcome(study, "edss_worsening_12w", halt)[0][0] == status, (before, after)


def test_mist_counts_worsening_from_its_first_half_yearly_evaluation(study_of, outcome):
    mist = load_definition("mist")
    early = study_of(visits=course(5.0, 5.0, 5.0, *[4.0] * 8))
    lasting = study_of(visits=course(*[5.0] * 11))
    assert outcome(early, "edss_worsening_24w", mist) == [("censored", 990.0)]
    assert outcome(lasting, "edss_worsening_24w", mist) == [("event", 180.0)]  # day 90 is no evaluation
    assert outcome(lasting, "edss_worsening_24w") == [("event", 90.0)]


def test_a_relapse_over_within_a_day_or_with_fever_does_not_count(study_of, outcome, measure, rules, day):
    quiet, none = course(*[4.0] * 15), [{"subject_id": "A", "start_date": day(900), "term": "headache"}]
    short = study_of(visits=quiet, relapses=relapse(day, 200, end_date=day(200)), adverse_events=none)
    week = study_of(visits=quiet, relapses=relapse(day, 200, end_date=day(207)), adverse_events=none)
    ill = [{"subject_id": "A", "start_date": day(180), "end_date": day(195), "term": "Urinary tract infection"}]
    feverish = study_of(visits=quiet, relapses=relapse(day, 200, end_date=day(207)), adverse_events=ill)
    assert outcome(short, "relapse")[0][0] == "censored"
    assert outcome(short, "relapse_reported") == [("event", 200.0)]
    assert outcome(week, "relapse") == [("event", 200.0)]
    assert outcome(feverish, "relapse")[0][0] == "censored"
    assert measure(feverish, "relapses_after") == [0.0]
    assert outcome(feverish, "relapse", rules("consensus", relapse={"fever_within_days": 4})) == [("event", 200.0)]
    assert outcome(
        feverish, "relapse", rules("consensus", relapse={"pseudorelapse_by_fever": Pseudorelapse.IGNORED})
    ) == [("event", 200.0)]


def test_a_measured_fever_counts_as_one(study_of, outcome, day):
    hot = [{"subject_id": "A", "date": day(199), "test": "temperature", "value": 38.6, "unit": "degC"}]
    study = study_of(visits=course(*[4.0] * 15), relapses=relapse(day, 200, end_date=day(230)), labs=hot)
    assert outcome(study, "relapse")[0][0] == "censored"


def test_what_must_be_known_and_is_not_recorded_stays_unknown(study_of, outcome, measure, rules, day):
    study = study_of(visits=course(*[4.0] * 15), relapses=relapse(day, 200))
    for rule in ({"pseudorelapse_by_length": Pseudorelapse.KNOWN}, {"pseudorelapse_by_fever": Pseudorelapse.KNOWN}):
        strict = rules("consensus", relapse=rule)
        assert outcome(study, "relapse", strict) == [("unknown", None)]
        assert measure(study, "relapses_after", strict) == [None]
        assert outcome(study, "relapse_reported", strict) == [("event", 200.0)]
    assert outcome(study, "relapse") == [("event", 200.0)]


def test_what_activity_is_follows_the_set():
    sentences = {name: activity_in_words(load_definition(name)) for name in list_definitions()}
    assert sentences["atkins-2016"] == (
        "a relapse, a new T2 or Gd-enhancing lesion or an EDSS worsening confirmed at 24 weeks"
    )
    assert "12 weeks" in sentences["halt-ms"]
    assert "2 or more" in sentences["halt-ms"]
    assert "lesion" not in sentences["shevchenko-2015"]


def test_a_functional_system_has_the_step_of_all_or_its_own(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text('extends = "consensus"\nname = "own"\ntitle = "Own"\nsource = "test"\n[systems]\nsteps.visual = 2\n')
    systems = load_definition(str(own)).systems
    assert [systems.step_of(system) for system in (System.VISUAL, System.SENSORY)] == [2, 1]


@pytest.mark.parametrize(("key", "value"), [("cerebral", 6), ("visual", 0), ("cerebrall", 2)])
def test_a_step_that_no_grade_can_make_is_refused_with_its_key(tmp_path, key, value):
    own = tmp_path / "own.toml"
    own.write_text(
        f'extends = "consensus"\nname = "own"\ntitle = "Own"\nsource = "test"\n[systems]\nsteps.{key} = {value}\n'
    )
    with pytest.raises(SettingsProblem, match=rf"systems\.steps\.{key}"):
        load_definition(str(own))
