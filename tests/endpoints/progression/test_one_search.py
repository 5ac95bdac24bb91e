"""Reports and `regraft endpoints` ask one search.

It is held beside the rule told plainly, by every packaged set, and as it always was.
"""

import importlib.util
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regraft.endpoints.clock import Ragged, start_clock
from regraft.endpoints.confirmed import confirmed_changes
from regraft.endpoints.definition import list_definitions, list_progressions, load_definition, load_progression
from regraft.endpoints.derive import derive
from regraft.endpoints.endpoint import Subjects
from regraft.endpoints.progression.rows import derive_progression

FROZEN = Path(__file__).parents[2] / "data" / "confirmed-changes"
SUBJECTS, SEED = 150, 2026
SETS = tuple(load_definition(name) for name in list_definitions())
GAPS = st.sampled_from([1, 29, 30, 31, 70, 77, 84, 140, 154, 161, 168, 182, 365])
VALUES = st.sampled_from([0.0, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 5.5, 6.0, 6.5, 7.0])
ENDPOINTS = ("edss_", "nhpt_", "t25fw_", "improvement_", "neda3_failure", "progression_free_survival")


def told_plainly(days, values, relapses, rules, *, worse, last_is_death):
    """Return the days of baseline, event, confirmation and open change: the rule of a fixed baseline in plain words."""
    near, wait = rules.baseline.days_after_relapse, rules.confirmation.window[0]
    least = [row.points for row in (rules.worsening if worse else rules.improvement).rows]
    starts = [row.baseline_from for row in (rules.worsening if worse else rules.improvement).rows]

    def calm(day, distance):
        return all(not onset <= day < onset + distance for onset in relapses)

    before = [k for k, day in enumerate(days) if day <= 0]
    if not before:
        return None, None, None, None
    base = max((k for k in before if calm(days[k], near)), default=before[-1])
    step = least[sum(start <= values[base] for start in starts) - 1]
    shown = [(value - values[base] if worse else values[base] - value) >= step for value in values]
    first = max(1.0, rules.event.from_day)
    event = next((k for k in range(base + 1, len(days)) if days[k] >= first and shown[k]), None)
    while event is not None:
        end = next((k for k in range(event, len(days)) if not shown[k]), len(days))
        distance = rules.confirmation.days_after_relapse
        confirmed = [
            k
            for k in range(event, end)
            if (last_is_death and k == len(days) - 1)
            or (k > event and days[k] - days[event] >= wait.days - wait.early_days and calm(days[k], distance))
        ]
        if confirmed and (end == len(days) or not rules.confirmation.sustained_to_end):
            return days[base], days[event], days[confirmed[0]], None
        if end == len(days):
            return days[base], None, None, days[event]
        event = next((k for k in range(end, len(days)) if shown[k]), None)
    return days[base], None, None, None


@st.composite
def lives(draw):
    """Draw visits up to a death due to MS or not, and onsets of relapses."""
    start = draw(st.sampled_from([-400, -60, -30, -29, 0, 5]))
    visits = draw(st.lists(st.tuples(GAPS, VALUES), min_size=1, max_size=12))
    days = np.cumsum([start, *(gap for gap, _ in visits[:-1])]).astype(np.float64)
    values, died = np.array([value for _, value in visits]), draw(st.booleans())
    values[-1] = 10.0 if died else values[-1]
    return days, values, died, draw(st.lists(st.integers(-100, 1500), max_size=4, unique=True))


@st.composite
def sets_of_rules(draw):
    """Draw a packaged set and what it says of worsening or improvement."""
    definition = draw(st.sampled_from(SETS))
    weeks, sustained, worse = draw(st.sampled_from([12, 24, 48])), draw(st.booleans()), draw(st.booleans())
    rules = definition.confirmed_worsening(weeks) if worse else definition.confirmed_improvement(weeks)
    changed = {
        "improvement": rules.improvement.model_copy(update={"baseline_at_least": 0.0}),
        "confirmation": rules.confirmation.model_copy(update={"sustained_to_end": sustained}),
    }
    return definition, rules.model_copy(update=changed), worse


@given(life=lives(), rules_of_a_set=sets_of_rules())
@settings(max_examples=120)
def test_the_search_finds_what_the_rule_of_a_set_says_in_plain_words(study_of, day, life, rules_of_a_set):
    days, values, died, onsets = life
    definition, rules, worse = rules_of_a_set
    study = study_of(visits=[("A", 0, 1.0)], relapses=[{"subject_id": "A", "onset_date": day(o)} for o in onsets])
    subjects = Subjects(study=study, definition=definition, clock=start_clock(study))
    terminal = np.zeros(days.size)
    terminal[-1] = died
    scale = Ragged(np.array([0, days.size]), days, {"edss": values, "terminal": terminal})
    found = confirmed_changes(scale, "edss", subjects, rules)
    rows = (found.baseline, found.event, found.confirmation, found.unconfirmed)
    ours = tuple(None if row[0] < 0 else days[row[0]] for row in rows)
    assert ours == told_plainly(days, values, first_onsets(onsets), rules, worse=worse, last_is_death=died)


def first_onsets(onsets):
    """Return the first onset of each relapse: reports fewer than 30 days after it belong to it."""
    kept = []
    for onset in sorted(onsets):
        if not kept or onset - kept[-1] >= 30:
            kept.append(onset)
    return kept


@pytest.fixture(scope="module")
def study():
    place = importlib.util.spec_from_file_location("courses", FROZEN / "courses.py")
    courses = importlib.util.module_from_spec(place)
    place.loader.exec_module(courses)
    return courses.made_up_study(SUBJECTS, SEED)


@pytest.mark.parametrize("name", list_definitions())
def test_worsening_of_a_set_is_that_of_its_report_event_by_event(study, name):
    definition = load_definition(name)
    rules = load_progression(name)
    everybody = definition.model_copy(update={"death": load_definition("consensus").death})
    endpoint = f"edss_worsening_{definition.composite.worsening_weeks}w"
    reported = derive(study, everybody).events.filter(pl.col("endpoint") == endpoint, pl.col("status") == "event")
    rows = derive_progression(study, rules).rows.filter(pl.col("event_type") == "CDW")
    told = reported.select("subject_id", pl.col("time_days").cast(pl.Int32)).sort("subject_id")
    assert told.height > 10
    assert told.rows() == rows.select("subject_id", "time_to_event_days").sort("subject_id").rows()


@pytest.mark.parametrize("name", list_definitions())
def test_a_report_says_of_made_up_courses_what_it_always_said(study, name):
    frozen = pl.read_parquet(FROZEN / "reports.parquet").filter(pl.col("definition") == name).drop("definition")
    chosen = pl.col("endpoint").str.starts_with("edss_")
    for start in ENDPOINTS[1:]:
        chosen |= pl.col("endpoint").str.starts_with(start)
    events = derive(study, load_definition(name)).events.filter(chosen)
    now = events.select("endpoint", "subject_id", "status", "time_days", "detail").sort("endpoint", "subject_id")
    assert now.equals(frozen)


@pytest.mark.parametrize("name", sorted({*list_progressions()} - {*list_definitions()} | {"atkins-2016"}))
def test_the_events_of_made_up_courses_are_what_they_always_were(study, name):
    frozen = pl.read_parquet(FROZEN / "events.parquet").filter(pl.col("definition") == name).drop("definition")
    rows = derive_progression(study, load_progression(name)).rows
    assert rows["data"].unique().to_list() == ["SIMULATED"]
    assert rows.drop("data").equals(frozen)
