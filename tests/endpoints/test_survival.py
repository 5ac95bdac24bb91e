import pytest

from regraft.core.errors import InputError
from regraft.endpoints.catalogue import catalogue_of
from regraft.endpoints.definition import list_definitions, load_definition
from regraft.endpoints.derive import derive

VISITS = [("A", -10, 4.0), *[("A", d, 4.0) for d in range(90, 1200, 90)]]
WORSE = [("A", -10, 4.0), ("A", 300, 5.0), ("A", 600, 5.0), ("A", 1000, 5.0)]
FROM_SIX_MONTHS = {"loss_reference_days": 182}
QUIET = ((180, 0, 0), (560, 0, 0), (1100, 0, 0))


def attacks(day, *days):
    return [{"subject_id": "A", "onset_date": day(d), "confirmed": True} for d in days]


def scans(day, rows=QUIET, volumes=(1500.0, 1499.0, 1497.0)):
    return [
        {"subject_id": "A", "date": day(d), "gd_lesions": gd, "new_t2_lesions": t2, "brain_volume_ml": volume}
        for (d, gd, t2), volume in zip(rows, volumes, strict=True)
    ]


def ended(day, at=1200, event="completed", cause=None):
    return [{"subject_id": "A", "date": day(at), "event": event, "death_cause": cause}]


def test_each_survival_ends_with_its_own_first_event(study_of, outcome, day):
    study = study_of(visits=WORSE, relapses=attacks(day, 700), mri_scans=scans(day), dispositions=ended(day))
    assert outcome(study, "progression_free_survival") == [("event", 300.0)]
    assert outcome(study, "relapse_free_survival") == [("event", 700.0)]
    assert outcome(study, "event_free_survival") == [("event", 300.0)]


def test_death_is_an_event_of_every_survival_where_the_definition_says_so(study_of, outcome, rules, day):
    died = ended(day, 1150, "died", "other")
    study = study_of(visits=VISITS[:-1], relapses=attacks(day), mri_scans=scans(day), dispositions=died)
    for name in ("progression_free_survival", "relapse_free_survival", "event_free_survival"):
        assert outcome(study, name) == [("event", 1150.0)]
        assert outcome(study, name, rules("consensus", survival={"death_is_event": False}))[0][0] == "censored"


def test_survival_needs_to_know_who_died_and_every_part(study_of, outcome, day):
    study = study_of(visits=VISITS, relapses=attacks(day), dispositions=ended(day))
    assert outcome(study, "relapse_free_survival") == [("censored", 1200.0)]
    assert outcome(study, "event_free_survival") == [("unknown", None)]
    nobody_knows = study_of(visits=VISITS, relapses=attacks(day))
    assert outcome(nobody_knows, "relapse_free_survival") == [("unknown", None)]


def test_fast_loss_of_brain_volume_ends_neda_4_and_not_neda_3(study_of, outcome, rules, day):
    fast = scans(day, volumes=(1500.0, 1480.0, 1470.0))
    study = study_of(visits=VISITS, relapses=attacks(day), mri_scans=fast, dispositions=ended(day))
    assert outcome(study, "neda3_failure")[0][0] == "censored"
    assert outcome(study, "neda4_failure", rules("consensus", brain=FROM_SIX_MONTHS)) == [("event", 560.0)]
    lenient = rules("consensus", brain={**FROM_SIX_MONTHS, "loss_pct_per_year": 2.0})
    assert outcome(study, "neda4_failure", lenient) == [("censored", 1100.0)]


def test_loss_before_the_reference_scan_is_left_out(study_of, outcome, rules, day):
    early = scans(day, ((-20, 0, 0), *QUIET), (1600.0, 1500.0, 1499.5, 1499.0))
    study = study_of(visits=VISITS, relapses=attacks(day), mri_scans=early, dispositions=ended(day))
    assert outcome(study, "neda4_failure", rules("consensus", brain=FROM_SIX_MONTHS)) == [("censored", 1100.0)]


@pytest.mark.parametrize("volumes", [(None, 1490.0, 1480.0), (1500.0, None, None), (None, None, None)])
def test_brain_volumes_that_cannot_be_compared_leave_neda_4_unknown(study_of, outcome, rules, day, volumes):
    study = study_of(
        visits=VISITS, relapses=attacks(day), mri_scans=scans(day, volumes=volumes), dispositions=ended(day)
    )
    assert outcome(study, "neda3_failure")[0][0] == "censored"
    assert outcome(study, "neda4_failure", rules("consensus", brain=FROM_SIX_MONTHS)) == [("unknown", None)]


@pytest.mark.parametrize("name", list_definitions())
def test_every_set_derives_what_its_catalogue_says_and_nothing_else(study_of, name):
    derived = derive(study_of(visits=VISITS), load_definition(name))
    assert {*derived.events["endpoint"], *derived.not_at_risk["endpoint"]} == set(derived.catalogue.endpoints)
    assert set(derived.measures["measure"]) == set(derived.catalogue.measures)
    for entry in (*derived.catalogue.endpoints.values(), *derived.catalogue.measures.values()):
        assert "_" not in entry.label
        assert entry.label[0].isupper()
    assert all(endpoint.rule.endswith(".") for endpoint in derived.catalogue.endpoints.values())


def test_a_set_with_its_own_weeks_and_levels_has_endpoints_named_by_them(rules):
    own = rules("consensus", milestones={"levels": (5.0,)}, brain={"at_years": 3.0}).model_copy(
        update={"confirmation_weeks": (48,)}
    )
    names = set(catalogue_of(own).endpoints)
    assert {"edss_milestone_5", "edss_worsening_48w", "edss_worsening_24w"} <= names
    assert not {"edss_milestone_6", "edss_worsening_12w"} & names
    assert "brain_volume_change_pct_3y" in catalogue_of(own).measures
    with pytest.raises(InputError, match="Did you mean edss_worsening_24w"):
        catalogue_of(own).endpoint("edss_worsening_12w")


def test_lesions_end_activity_free_survival_only_where_the_definition_counts_them(study_of, outcome, rules, day):
    seen = scans(day, ((180, 0, 0), (560, 2, 3), (1100, 0, 0)))
    study = study_of(visits=VISITS, relapses=attacks(day, 800), mri_scans=seen, dispositions=ended(day))
    blind = rules("consensus", composite={"lesions_count": False})
    for name in ("event_free_survival", "activity_free_survival_death_event", "activity_free_survival_death_censored"):
        assert outcome(study, name) == [("event", 560.0)]
        assert outcome(study, name, blind) == [("event", 800.0)]
        assert "lesion" in catalogue_of(rules()).endpoint(name).rule
        assert "lesion" not in catalogue_of(blind).endpoint(name).rule
    assert outcome(study, "neda3_failure", blind) == outcome(study, "neda3_failure")


def test_the_russian_set_counts_no_lesions_and_needs_no_scan(study_of, outcome, day):
    study = study_of(visits=VISITS, relapses=attacks(day, 800), dispositions=ended(day))
    assert outcome(study, "event_free_survival", load_definition("shevchenko-2015")) == [("event", 800.0)]
