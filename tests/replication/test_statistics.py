"""Per-trial statistics against counts done by hand."""

import os
import subprocess
import sys

import polars as pl
import pytest

from regraft.endpoints.catalogue import catalogue_of
from regraft.endpoints.definition import load_definition
from regraft.endpoints.derive import Derived
from regraft.replication.rules import load_rules
from regraft.replication.statistics import Form, TrialStatistic, Whom, per_trial
from regraft.study.tables import Study, StudyAbout

YEAR = 365.25


def derived_of(events: list[tuple[str, int, str, str, float]], measures: list[tuple[str, int, str, float]]) -> Derived:
    columns = ["subject_id", "trial_number", "endpoint", "status", "time_days"]
    return Derived(
        events=pl.DataFrame(events, schema=columns, orient="row").with_columns(pl.col("trial_number").cast(pl.Int32)),
        measures=pl.DataFrame(
            measures, schema=["subject_id", "trial_number", "measure", "value"], orient="row"
        ).with_columns(pl.col("trial_number").cast(pl.Int32)),
        not_at_risk=pl.DataFrame(),
        not_derivable=(),
        catalogue=catalogue_of(load_definition("consensus")),
    )


@pytest.fixture
def study() -> Study:
    subjects = pl.DataFrame({"subject_id": list("abcd"), "trial_number": [0, 0, 0, 0]})
    harm = pl.DataFrame({"subject_id": ["a", "a", "c"], "term": ["hepatic necrosis", "sepsis", "sepsis"]})
    tables = {"subjects": subjects.with_columns(pl.col("trial_number").cast(pl.Int32)), "adverse_events": harm}
    return Study(tables, StudyAbout(title="t", simulated=True, source="test"))


def value_of(study: Study, derived: Derived, statistic: TrialStatistic) -> tuple[float, float, float]:
    row = per_trial(study, derived, [statistic]).row(0, named=True)
    return row["value"], row["n"], row["events"]


EVENTS = [
    ("a", 0, "death", "event", 1.0 * YEAR),
    ("b", 0, "death", "censored", 2.0 * YEAR),
    ("c", 0, "death", "event", 2.5 * YEAR),
    ("d", 0, "death", "censored", 5.0 * YEAR),
    ("a", 0, "treatment_related_death", "event", 1.0),
    ("a", 0, "relapse", "unknown", float("nan")),
    ("b", 0, "relapse", "event", 10.0),
    ("c", 0, "relapse", "censored", 10.0),
    ("d", 0, "relapse", "unknown", float("nan")),
]
MEASURES = [
    ("a", 0, "relapses_before", 3.0),
    ("b", 0, "relapses_before", 1.0),
    ("a", 0, "years_before", 2.0),
    ("b", 0, "years_before", 6.0),
]


def test_a_kaplan_meier_reading_counts_those_at_risk(study: Study) -> None:
    statistic = TrialStatistic(key="k", form=Form.FREE_AT, of=("death",), years=3.0)
    # 4 at risk, one dies: 3/4; one censored; 2 at risk, one dies: 3/8
    assert value_of(study, derived_of(EVENTS, MEASURES), statistic) == (pytest.approx(37.5), 4, 2)


def test_an_unknown_subject_is_neither_above_nor_below_the_line(study: Study) -> None:
    statistic = TrialStatistic(key="k", form=Form.SHARE, of=("relapse",))
    assert value_of(study, derived_of(EVENTS, MEASURES), statistic) == (pytest.approx(50.0), 2, 1)


def test_a_share_until_a_time_counts_later_events_as_none(study: Study) -> None:
    days = sorted(row[4] for row in EVENTS if row[2] == "death" and row[3] == "event")
    late = TrialStatistic(key="k", form=Form.SHARE, of=("death",), years=days[-1] / YEAR + 0.01)
    early = TrialStatistic(key="k", form=Form.SHARE, of=("death",), years=days[-1] / YEAR - 0.01)
    assert value_of(study, derived_of(EVENTS, MEASURES), late) == (pytest.approx(50.0), 4, 2)
    assert value_of(study, derived_of(EVENTS, MEASURES), early) == (pytest.approx(25.0), 4, 1)


def test_survivors_of_treatment_leave_out_the_treatment_death(study: Study) -> None:
    statistic = TrialStatistic(key="k", form=Form.SHARE, of=("death",), whom=Whom.SURVIVORS)
    assert value_of(study, derived_of(EVENTS, MEASURES), statistic) == (pytest.approx(100 / 3), 3, 1)


def test_a_complement_keeps_counting_events(study: Study) -> None:
    statistic = TrialStatistic(key="k", form=Form.FREE_SHARE, of=("death",))
    assert value_of(study, derived_of(EVENTS, MEASURES), statistic) == (pytest.approx(50.0), 4, 2)


def test_a_rate_is_the_sum_over_the_sum(study: Study) -> None:
    statistic = TrialStatistic(key="k", form=Form.RATIO, of=("relapses_before", "years_before"))
    assert value_of(study, derived_of(EVENTS, MEASURES), statistic) == (pytest.approx(0.5), 8.0, 4.0)


def test_an_adverse_event_is_counted_once_a_subject(study: Study) -> None:
    statistic = TrialStatistic(key="k", form=Form.ADVERSE_EVENT, of=("hepatic necrosis", "sepsis"))
    assert value_of(study, derived_of(EVENTS, MEASURES), statistic) == (pytest.approx(50.0), 4, 2)


def test_every_rule_has_its_own_key_and_says_what_it_counts() -> None:
    rules = load_rules().rules
    assert len({rule.key for rule in rules}) == len(rules)
    assert all(rule.definition and rule.label and rule.of for rule in rules)


MANY = """
import numpy as np, polars as pl
from regraft.endpoints.catalogue import catalogue_of
from regraft.endpoints.definition import load_definition
from regraft.endpoints.derive import Derived
from regraft.replication.statistics import Form, TrialStatistic, per_trial
from regraft.study.tables import Study, StudyAbout

count = 60_000
random = np.random.default_rng(1)
subjects = pl.DataFrame({"subject_id": [f"s{i}" for i in range(count)]}).with_columns(
    trial_number=pl.Series(np.arange(count) // 24 % 60, dtype=pl.Int32))
measures = pl.concat([
    subjects.with_columns(measure=pl.lit(name), value=pl.Series(random.lognormal(size=count))) for name in ("a", "b")
])
derived = Derived(events=pl.DataFrame({"subject_id": [""], "trial_number": [0], "endpoint": [""], "status": [""],
                                       "time_days": [0.0]},
    schema_overrides={"trial_number": pl.Int32}), measures=measures, not_at_risk=pl.DataFrame(), not_derivable=(),
    catalogue=catalogue_of(load_definition("consensus")))
study = Study({"subjects": subjects}, StudyAbout(title="t", simulated=True, source="test"))
statistics = [TrialStatistic(key="r", form=Form.RATIO, of=("a", "b")),
              TrialStatistic(key="m", form=Form.MEASURE, of=("a",))]
print([value.hex() for value in per_trial(study, derived, statistics)["value"]])
"""


def test_sums_are_the_same_to_the_bit_for_any_number_of_cores() -> None:
    def printed(threads: int) -> str:
        environment = os.environ | {"POLARS_MAX_THREADS": str(threads)}
        done = subprocess.run([sys.executable, "-c", MANY], env=environment, capture_output=True, text=True, check=True)
        return done.stdout

    assert printed(1) == printed(2) == printed(7)
