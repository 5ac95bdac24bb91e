"""What happens is seen at the first visit or scan due after it, whatever the calendar: no schedule delays or loses it.

The truth is simulated: a person worsens for good, or a lesion forms, between two dates of the protocol's own calendar.
"""

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from regraft.core.units import DAYS_PER_MONTH
from regraft.endpoints.derive import derive
from regraft.study.schema import BY_NAME
from regraft.study.tables import DTYPES, Study, StudyAbout
from regraft.trial.protocol import Protocol, list_protocols, load_protocol
from regraft.trial.schedule import due_days

ZERO = date(2010, 1, 1)
YEARS = 4.0
# on time; each late and the next early; each early and the next late: the widest and the narrowest gaps of a window
SHIFTS = {"on time": (0.0, 0.0), "late, early": (1.0, -1.0), "early, late": (-1.0, 1.0)}


def table(name: str, rows: list[dict[str, object]]) -> pl.DataFrame:
    schema = {column.name: DTYPES[column.kind] for column in BY_NAME[name].columns}
    return pl.DataFrame(rows, schema={column: schema[column] for column in (rows[0] if rows else schema)}, orient="row")


def calendars() -> dict[str, list[str]]:
    """Return the packaged protocols by one that stands for all with the same visits, scans and definitions."""
    alike: dict[str, list[str]] = {}
    for name in list_protocols():
        protocol = load_protocol(name)
        key = f"{protocol.visits} {protocol.mri} {protocol.endpoints.definitions}"
        alike.setdefault(key, []).append(name)
    return {names[0]: names for names in alike.values()}


CALENDARS = calendars()


def days_held(protocol: Protocol, shift: str) -> np.ndarray:
    due = due_days(protocol.visits, YEARS)
    early, late = SHIFTS[shift]
    window = protocol.visits.window_days * np.where(np.arange(due.size) % 2 == 0, early, late)
    return np.floor(due + window)


def study_of(protocol: Protocol, visits: np.ndarray, worse: np.ndarray, scans: np.ndarray, new: np.ndarray) -> Study:
    """Return a study of one person per onset; rows of `worse` and `new` say who is worse, or has a lesion, when."""
    people = [f"P{k}" for k in range(len(worse))]
    on = [ZERO + timedelta(days=int(day)) for day in visits]
    seen = [ZERO + timedelta(days=int(day)) for day in scans]
    least = protocol.definition.mri.new_lesions_at_least
    before, start = ZERO - timedelta(days=7), ZERO - timedelta(days=1)
    rows = {
        "subjects": [{"subject_id": one, "ms_diagnosis_date": date(2005, 1, 1)} for one in people],
        "procedures": [{"subject_id": one, "date": ZERO, "procedure": "transplant"} for one in people],
        "visits": [
            {"subject_id": one, "date": day, "edss": edss}
            for k, one in enumerate(people)
            for day, edss in ((before, 3.0), *((day, 5.0 if worse[k, j] else 3.0) for j, day in enumerate(on)))
        ],
        "mri_scans": [
            {"subject_id": one, "date": day, "gd_lesions": 0, "new_t2_lesions": lesions}
            for k, one in enumerate(people)
            for day, lesions in ((start, None), *((day, least * int(new[k, j])) for j, day in enumerate(seen)))
        ],
        "relapses": [],
        "dispositions": [{"subject_id": one, "date": on[-1], "event": "completed"} for one in people],
    }
    return Study(
        {name: table(name, part) for name, part in rows.items()}, StudyAbout(title="t", simulated=True, source="t")
    )


def found(protocol: Protocol, study: Study, endpoint: str) -> list[tuple[str, float]]:
    events = derive(study, protocol.definition).events.filter(pl.col("endpoint") == endpoint)
    order = events.with_columns(pl.col("subject_id").str.slice(1).cast(pl.Int64).alias("k")).sort("k")
    return list(order.select("status", "time_days").iter_rows())


@pytest.mark.parametrize("name", CALENDARS)
@pytest.mark.parametrize("shift", SHIFTS)
def test_worsening_counts_on_the_first_visit_that_shows_it(name: str, shift: str) -> None:
    protocol = load_protocol(name)
    visits = days_held(protocol, shift)
    first = visits[:-3]
    first = first[first >= protocol.definition.worsening.counts_from_day]
    worse = visits[None, :] >= first[:, None]
    scans = np.floor(due_days(protocol.mri, YEARS))
    study = study_of(protocol, visits, worse, scans, np.zeros((first.size, scans.size), bool))
    assert found(protocol, study, "edss_worsening_24w") == [("event", day) for day in first]


@pytest.mark.parametrize("name", CALENDARS)
def test_a_lesion_counts_on_the_first_scan_that_shows_it(name: str) -> None:
    protocol = load_protocol(name)
    definition = protocol.definition
    visits = days_held(protocol, "on time")
    again = protocol.mri.rebaseline_months * DAYS_PER_MONTH
    scans = np.unique(np.floor(np.append(due_days(protocol.mri, YEARS), [again] if again else [])))
    reference = max(definition.mri.reference_until_days, definition.composite.neda_rebaseline_days + 21)
    counted = scans[(scans > reference) & (scans < visits[-1])]
    new = scans[None, :] == counted[:, None]
    study = study_of(protocol, visits, np.zeros((counted.size, visits.size), bool), scans, new)
    assert counted.size
    assert found(protocol, study, "neda3_failure") == [("event", day) for day in counted]


def test_half_yearly_visits_count_a_rise_at_six_months_confirmed_at_twelve_at_six() -> None:
    protocol = load_protocol("mist-2019")
    visits = days_held(protocol, "on time")[:2]
    assert [round(day / DAYS_PER_MONTH) for day in visits] == [6, 12]
    study = study_of(protocol, visits, np.ones((1, 2), bool), visits, np.zeros((1, 2), bool))
    assert found(protocol, study, "progression_free_survival") == [("event", visits[0])]


def test_the_gaps_of_a_calendar_leave_room_to_confirm() -> None:
    """A visit and the one half a year on may be too near for 24 weeks; the next confirms it, and nothing is lost."""
    for name in CALENDARS:
        protocol = load_protocol(name)
        gaps = [after - before for before, after in pairwise(days_held(protocol, "late, early"))]
        assert min(a + b for a, b in pairwise(gaps)) >= 7 * 24 or protocol.visits.months_first_phase < 6
