"""A study derived block by block is the study derived at once, also where somebody alone has a thing."""

from dataclasses import fields

import polars as pl
import pytest

from regraft.endpoints.definition import load_definition, load_progression
from regraft.endpoints.derive import Derived, derive
from regraft.endpoints.outcomes import derive_outcomes, outcomes_of
from regraft.endpoints.progression.rows import derive_progression
from regraft.study import blocks
from regraft.study.schema import BY_NAME

RULES = load_definition("consensus")
PEOPLE = ("D", "A", "E", "C", "B")
VISITS = [(name, day, 3.0 + (day > 200 and name in "BD")) for name in PEOPLE for day in (-10, 100, 300, 500, 700)]


def someone_alone(study_of, day, name):
    """Return five people, one of whom alone had a timed walk, a graded system, a scan, bilirubin, intensive care."""
    study = study_of(
        PEOPLE,
        visits=VISITS,
        relapses=[{"subject_id": "C", "onset_date": day(250), "confirmed": None}],
        functional_systems=[{"subject_id": name, "date": day(at), "pyramidal": 3} for at in (-10, 300)],
        mri_scans=[
            {"subject_id": name, "date": day(at), "gd_lesions": 0, "brain_volume_change_pct": -0.2} for at in (-20, 180)
        ],
        labs=[
            {"subject_id": name, "date": day(at), "test": "bilirubin", "value": 1.0, "unit": "mg/dL"} for at in range(5)
        ],
        procedures=[{"subject_id": name, "date": day(3), "procedure": "intensive_care", "end_date": day(5)}],
        dispositions=[{"subject_id": "E", "date": day(400), "event": "died", "death_cause": "treatment"}],
    )
    walk = study.tables["visits"].with_columns(t25fw_seconds=None).cast({"t25fw_seconds": float})
    timed = walk["subject_id"] == name
    walked = walk.with_columns(t25fw_seconds=timed.cast(float).replace(0.0, None) * 6.0)
    return type(study)({**study.tables, "visits": walked}, study.about)


@pytest.mark.parametrize("alone", ["A", "C", "E"])
@pytest.mark.parametrize("people", [1, 2])
def test_blocks_give_what_all_people_give_at_once(study_of, day, monkeypatch, alone, people):
    study = someone_alone(study_of, day, alone)
    whole, columns = derive(study, RULES), derive_outcomes(study, RULES)
    monkeypatch.setattr(blocks, "PEOPLE_PER_BLOCK", people)
    parts = someone_alone(study_of, day, alone)
    assert_same(derive(parts, RULES), whole)
    for name in whole.catalogue.endpoints:
        assert derive_outcomes(parts, RULES).events(name).equals(columns.events(name))
    assert derive_outcomes(parts, RULES).not_derivable == whole.not_derivable


def assert_same(found: Derived, expected: Derived):
    for field in fields(Derived):
        mine, other = getattr(found, field.name), getattr(expected, field.name)
        same = mine.equals(other) if hasattr(mine, "equals") else field.name == "catalogue" or mine == other
        assert same, field.name


def test_columns_say_what_the_tables_say(study_of, day):
    study = someone_alone(study_of, day, "C")
    columns, tables = derive_outcomes(study, RULES), outcomes_of(derive(study, RULES))
    assert columns.people.equals(tables.people)
    assert (columns.endpoints, dict(columns.not_at_risk)) == (tables.endpoints, dict(tables.not_at_risk))
    for name in columns.endpoints:
        seen = tables.events(name).select("subject_id", "endpoint", "status", "time_days")
        assert columns.events(name).equals(seen)
        assert columns.reason(name) == tables.reason(name)
    for name in columns.catalogue.measures:
        assert columns.measure(name).equals(tables.measure(name).alias("value"))
    some = columns.among(study.subjects["subject_id"].head(2))
    assert some.people.to_list() == ["A", "D"]
    assert set(some.events("relapse")["subject_id"]) == {"A", "D"}


@pytest.mark.parametrize("people", [1, 2])
def test_confirmed_events_stand_in_the_order_of_the_table_of_subjects(study_of, monkeypatch, people):
    rules = load_progression("consensus-cdw-24w")
    whole = derive_progression(study_of(PEOPLE, visits=VISITS, relapses=[]), rules).rows
    monkeypatch.setattr(blocks, "PEOPLE_PER_BLOCK", people)
    done = []
    found = derive_progression(study_of(PEOPLE, visits=VISITS, relapses=[]), rules, done.append).rows
    assert found.equals(whole)
    assert list(dict.fromkeys(found["subject_id"])) == list(PEOPLE)
    assert sum(done) == len(PEOPLE)


def test_the_made_up_study_has_the_columns_that_are_one_persons_alone(study_of, day):
    study = someone_alone(study_of, day, "E")
    for table, column in (("functional_systems", "pyramidal"), ("visits", "t25fw_seconds")):
        assert column in {one.name for one in BY_NAME[table].columns}
        known = study.tables[table].drop_nulls(column)
        assert set(known["subject_id"]) == {"E"}


def test_of_nobody_every_endpoint_is_said_and_none_is_seen(study_of, day):
    nobody = someone_alone(study_of, day, "A").only(pl.Series([], dtype=pl.String))
    found = derive(nobody, RULES)
    assert found.events.is_empty()
    assert derive_outcomes(nobody, RULES).people.is_empty()
