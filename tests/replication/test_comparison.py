"""Published beside simulated: units, intervals, zeros, and rows that cannot be compared."""

import polars as pl
import pytest

from regraft.evidence.registry import load_trial
from regraft.replication.comparison import published_beside
from regraft.replication.published import PublishedRow


def simulated(key: str, values: list[float], events: list[float]) -> pl.DataFrame:
    return pl.DataFrame(
        {"trial_number": range(len(values)), "key": key, "value": values, "n": 24.0, "events": events},
        schema_overrides={"value": pl.Float64, "events": pl.Float64},
    )


def row_of(rows: tuple[PublishedRow, ...], label: str) -> PublishedRow:
    return next(row for row in rows if row.label == label)


@pytest.fixture(scope="module")
def rows() -> tuple[PublishedRow, ...]:
    frames = [
        simulated("activity_free@3y", [float(v) for v in range(50, 91)], [0.0] * 41),
        simulated("relapse_free", [100.0] * 30 + [95.0] * 10, [0.0] * 30 + [1.0] * 10),
        simulated("gd_before", [1.0, 2.0, 5.0], [48.0, 96.0, 240.0]),
        simulated("serious_busulfan_toxicity", [0.0] * 99 + [4.2], [0.0] * 99 + [1.0]),
    ]
    return published_beside((load_trial("atkins-2016"),), pl.concat(frames))


def test_a_value_within_the_predictive_interval_is_inside(rows: tuple[PublishedRow, ...]) -> None:
    row = row_of(rows, "MS activity-free survival at 3 years")
    assert (row.published, row.published_low, row.published_high) == (69.6, 46.6, 84.2)
    assert row.predicted == 70.0
    assert row.inside is True
    assert row.monte_carlo_error == pytest.approx(11.979 / 41**0.5, abs=0.01)
    assert (row.predicted_low, row.predicted_high, row.replicates) == (50.0, 90.0, 41)
    assert row.width_ratio == pytest.approx((90 - 50) / (100 * 9 / 23), rel=0.15)


def test_a_zero_is_answered_with_its_probability_and_not_scored(rows: tuple[PublishedRow, ...]) -> None:
    row = row_of(rows, "No relapse after transplantation")
    assert row.probability_of_zero == 0.75
    assert row.inside is None
    assert not row.scored
    assert row.published_low == pytest.approx(85.2, abs=0.05)  # exact: 0.025 ** (1 / 23)


def test_a_published_total_is_held_against_a_rate(rows: tuple[PublishedRow, ...]) -> None:
    assert row_of(rows, "Gd-enhancing lesions before transplantation").published == pytest.approx(188 / 48)


def test_patients_become_percent_with_an_exact_interval(rows: tuple[PublishedRow, ...]) -> None:
    row = row_of(rows, "Serious busulfan toxicity")
    assert row.published == pytest.approx(100 * 2 / 24)
    assert (row.published_low, row.published_high) == (pytest.approx(1.0, abs=0.05), pytest.approx(27.0, abs=0.05))
    assert row.inside is False


def test_every_result_of_the_paper_appears_compared_or_with_a_reason(rows: tuple[PublishedRow, ...]) -> None:
    trial = load_trial("atkins-2016")
    assert len([row for row in rows if row.study == "atkins-2016"]) >= len(trial.outcomes)
    assert all(row.predicted is not None or row.not_scored_reason for row in rows)


def test_the_same_quantity_in_other_words_points_to_the_row_that_compares_it(rows: tuple[PublishedRow, ...]) -> None:
    reasons = {row.endpoint: row.not_scored_reason for row in rows if row.predicted is None}
    assert reasons["transplant_related_death"] == "compared above as “Treatment-related death”"
    assert reasons["icu_admission"] == "nothing in the simulated tables corresponds to it"


def test_names_of_rows_that_are_not_compared_are_words(rows: tuple[PublishedRow, ...]) -> None:
    labels = {row.endpoint: row.label for row in rows if row.predicted is None}
    assert labels["icu_admission"] == "Intensive-care admission"
    assert labels["lasting_symptom_reversal_pct"] == "Lasting symptom reversal"
