"""Follow-up ends with death: whatever a study holds after it gives no event and no time."""

from datetime import date

import polars as pl
import pytest

from regraft.endpoints.clock import start_clock
from regraft.endpoints.definition import load_definition
from regraft.endpoints.derive import derive

RULES = load_definition("consensus")
LATER = (("data_cutoff", 2000), ("completed", 2500))


def times(study):
    derived = derive(study, RULES)
    return derived.events.filter(pl.col("endpoint") == "death")["time_days"], derived.events["time_days"].max()


@pytest.mark.parametrize(("event", "day_of_it"), LATER)
def test_a_status_after_death_adds_no_follow_up(study_of, day, event, day_of_it):
    rows = [
        {"subject_id": "A", "date": day(1000), "event": "died", "death_cause": "other"},
        {"subject_id": "A", "date": day(day_of_it), "event": event, "death_cause": None},
    ]
    clock = start_clock(study_of(visits=[("A", 0, 3.0), ("A", 900, 3.0)], dispositions=rows))
    assert clock.last_contact.tolist() == [1000.0]
    assert clock.death.tolist() == [1000.0]


def test_an_event_after_death_is_none(study_of, day):
    study = study_of(
        visits=[("A", 0, 3.0), ("A", 900, 3.0), ("A", 1100, 6.0), ("A", 1300, 6.0), ("A", 1500, 6.0)],
        relapses=[{"subject_id": "A", "onset_date": day(1200), "confirmed": True}],
        dispositions=[{"subject_id": "A", "date": day(1000), "event": "died", "death_cause": "other"}],
    )
    derived = derive(study, RULES)
    assert derived.events["time_days"].max() <= 1000
    wrong = derived.events.filter(pl.col("endpoint").is_in(["relapse", "edss_worsening_24w"]))
    assert "event" not in wrong["status"].to_list()


def test_a_death_known_to_the_year_comes_no_earlier_than_the_person_was_last_seen(study_of, day):
    study = study_of(
        visits=[("A", 0, 3.0), ("A", 1300, 4.0)],
        dispositions=[{"subject_id": "A", "date": date(2013, 7, 1), "event": "died", "death_cause": "other"}],
    )
    row = ["A", "dispositions", "date", 0, date(2013, 7, 1), date(2013, 1, 1), date(2013, 12, 31)]
    names = ["subject_id", "table", "column", "row", "taken", "earliest", "latest"]
    partial = pl.DataFrame([row], schema=names, orient="row")
    clock = start_clock(type(study)(study.tables, study.about, partial))
    assert clock.death.tolist() == [1300.0]  # 2013-07-24, and not the middle of the year
