"""A reading at the end of follow-up: who was seen at the visit due then was seen then."""

import polars as pl
import pytest

from regraft.endpoints.catalogue import catalogue_of
from regraft.endpoints.definition import load_definition
from regraft.endpoints.derive import Derived
from regraft.replication.statistics import Form, TrialStatistic, per_trial
from regraft.study.tables import Study, StudyAbout


@pytest.mark.parametrize(("last_day", "free"), [(5 * 365.25 - 20, 75.0), (4 * 365.25, None)])
def test_a_last_visit_shortly_before_the_time_is_the_visit_at_the_time(last_day: float, free: float | None) -> None:
    subjects = pl.DataFrame(
        {"subject_id": list("abcd"), "trial_number": [0] * 4}, schema_overrides={"trial_number": pl.Int32}
    )
    events = pl.DataFrame(
        {
            "subject_id": list("abcd"),
            "trial_number": [0] * 4,
            "endpoint": ["death"] * 4,
            "status": ["event", "censored", "censored", "censored"],
            "time_days": [300.0, last_day, last_day, last_day],
        },
        schema_overrides={"trial_number": pl.Int32},
    )
    study = Study({"subjects": subjects}, StudyAbout(title="t", simulated=True, source="test"))
    empty = pl.DataFrame()
    derived = Derived(
        events=events,
        measures=empty,
        not_at_risk=empty,
        not_derivable=(),
        catalogue=catalogue_of(load_definition("consensus")),
    )
    row = per_trial(study, derived, [TrialStatistic(key="k", form=Form.FREE_AT, of=("death",), years=5.0)]).row(
        0, named=True
    )
    half = per_trial(study, derived, [TrialStatistic(key="m", form=Form.MEDIAN_TIME, of=("death",))]).row(0, named=True)
    assert half["value"] == pytest.approx(last_day / 365.25 * 12.0)  # never reached: at least as long as observed
    assert row["value"] == (pytest.approx(free) if free is not None else None)
