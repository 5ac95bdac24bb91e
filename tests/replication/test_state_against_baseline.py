"""Shares improved, worsened or stable against baseline at a time and at the last visit, confirmed or not."""

from datetime import date, timedelta

import polars as pl
import pytest

from regraft.endpoints.catalogue import catalogue_of
from regraft.endpoints.definition import load_definition
from regraft.endpoints.derive import Derived
from regraft.replication.rules import rule_of
from regraft.replication.statistics import Form, TrialStatistic, per_trial
from regraft.study.tables import Study, StudyAbout

ZERO = date(2020, 1, 1)
BEFORE = {"a": 4.0, "b": 4.0, "c": 5.5, "d": 1.5, "e": 6.5}
TWO_YEARS = {"a": 3.0, "b": 5.0, "c": 6.0, "d": 0.0}  # e has no visit near two years
LAST = {"a": 4.0, "b": 3.0, "c": 5.5, "d": 1.0, "e": 7.0}


def _trial() -> tuple[Study, Derived]:
    who = list(BEFORE)
    number = {"trial_number": pl.Int32}
    subjects = pl.DataFrame(
        {"subject_id": who, "trial_number": [0] * 5, "enrolment_date": [ZERO] * 5}, schema_overrides=number
    )
    seen = [(name, ZERO + timedelta(days=730), value) for name, value in TWO_YEARS.items()]
    seen += [(name, ZERO + timedelta(days=1826), value) for name, value in LAST.items()]
    visits = pl.DataFrame(seen, schema=["subject_id", "date", "edss"], orient="row").with_columns(
        visit_type=pl.lit("planned")
    )
    transplants = pl.DataFrame({"subject_id": who, "procedure": ["transplant"] * 5, "date": [ZERO] * 5})
    levels = [
        (name, 0, measure, value)
        for measure, of in (("edss_baseline", BEFORE), ("edss_last", LAST))
        for name, value in of.items()
    ]
    measures = pl.DataFrame(
        levels, schema=["subject_id", "trial_number", "measure", "value"], orient="row", schema_overrides=number
    )
    events = pl.DataFrame(
        schema={
            "subject_id": pl.String,
            "trial_number": pl.Int32,
            "endpoint": pl.String,
            "status": pl.String,
            "time_days": pl.Float64,
        }
    )
    tables = {"subjects": subjects, "visits": visits, "procedures": transplants}
    study = Study(tables, StudyAbout(title="t", simulated=True, source="test"))
    catalogue = catalogue_of(load_definition("consensus"))
    return study, Derived(
        events=events, measures=measures, not_at_risk=pl.DataFrame(), not_derivable=(), catalogue=catalogue
    )


@pytest.mark.parametrize(
    ("state", "at_two_years", "at_the_last"),
    # at two years a improved, b and c (0.5 from 5.5) worsened, d cannot improve from 1.5; at last b improved, e worse
    [("improved", 25.0, 20.0), ("worsened", 50.0, 20.0), ("stable", 25.0, 60.0)],
)
def test_the_state_is_that_of_the_visit_by_the_steps_of_the_definitions(
    state: str, at_two_years: float, at_the_last: float
) -> None:
    study, derived = _trial()
    then = TrialStatistic(key="then", form=Form.EDSS_STATE_AT, of=("edss", state), years=2.0)
    last = TrialStatistic(key="last", form=Form.EDSS_STATE_LAST, of=("edss_last", state))
    rows = {row["key"]: row for row in per_trial(study, derived, [then, last]).iter_rows(named=True)}
    assert (rows["then"]["value"], rows["then"]["n"]) == (pytest.approx(at_two_years), 4)
    assert (rows["last"]["value"], rows["last"]["n"]) == (pytest.approx(at_the_last), 5)


def test_the_names_ask_for_these() -> None:
    assert rule_of("outcomes", "edss_improved_at_time_pct").form is Form.EDSS_STATE_AT  # type: ignore[union-attr]
    assert rule_of("outcomes", "edss_stable_at_last_visit_pct").form is Form.EDSS_STATE_LAST  # type: ignore[union-attr]
    assert rule_of("outcomes", "death_by_day_100_pct").of == ("death_by_day_100",)  # type: ignore[union-attr]
