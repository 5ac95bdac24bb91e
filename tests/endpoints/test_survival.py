import pytest

from regraft.endpoints.definition import list_definitions, load_definition
from regraft.endpoints.derive import derive
from regraft.endpoints.labels import label_of
from regraft.endpoints.wording import definition_of
from regraft.trial.design import ENDPOINTS

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
def test_a_protocol_may_name_every_endpoint_that_is_derived_and_no_other(study_of, day, name):
    derived = derive(study_of(visits=VISITS), load_definition(name))
    names = {*derived.events["endpoint"], *derived.not_at_risk["endpoint"]}
    assert names == set(ENDPOINTS)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_every_endpoint_has_a_name_and_a_definition_in_words(endpoint):
    assert "_" not in label_of(endpoint)
    assert definition_of(endpoint, load_definition("consensus")).endswith(".")


def test_lesions_end_activity_free_survival_only_where_the_definition_counts_them(study_of, outcome, rules, day):
    seen = scans(day, ((180, 0, 0), (560, 2, 3), (1100, 0, 0)))
    study = study_of(visits=VISITS, relapses=attacks(day, 800), mri_scans=seen, dispositions=ended(day))
    blind = rules("consensus", composite={"lesions_count": False})
    for name in ("event_free_survival", "activity_free_survival_death_event", "activity_free_survival_death_censored"):
        assert outcome(study, name) == [("event", 560.0)]
        assert outcome(study, name, blind) == [("event", 800.0)]
        assert "lesion" in definition_of(name, rules())
        assert "lesion" not in definition_of(name, blind)
    assert outcome(study, "neda3_failure", blind) == outcome(study, "neda3_failure")


def test_the_russian_set_counts_no_lesions_and_needs_no_scan(study_of, outcome, day):
    study = study_of(visits=VISITS, relapses=attacks(day, 800), dispositions=ended(day))
    assert outcome(study, "event_free_survival", load_definition("shevchenko-2015")) == [("event", 800.0)]
