"""Scores of predictions, against values worked by hand."""

import numpy as np
import pytest
from scipy import stats

from regraft.calibration.synthetic import prior_draws
from regraft.prediction.scoring import at_published_size, interval_score, log_score, randomised_pit


def test_a_value_outside_costs_forty_times_its_distance() -> None:
    assert interval_score(9.0, 10.0, 20.0) == 10.0 + 40.0 * 1.0
    assert interval_score(21.5, 10.0, 20.0) == 10.0 + 40.0 * 1.5
    assert interval_score(15.0, 10.0, 20.0) == 10.0


def test_the_log_score_nears_the_true_density() -> None:
    values = 50.0 + 5.0 * prior_draws(4000, 1, 2)[:, 0]
    for seen in (45.0, 50.0, 58.0):
        assert log_score(values, seen) == pytest.approx(float(stats.norm.logpdf(seen, 50.0, 5.0)), abs=0.15)


def test_ties_are_split_and_order_is_kept() -> None:
    values = np.array([0.0, 0.0, 10.0, 20.0])
    assert 0.0 < randomised_pit(values, 0.0, 1, "a") < 0.5
    assert randomised_pit(values, 15.0, 1, "a") == 0.75
    assert randomised_pit(values, 0.0, 1, "a") == randomised_pit(values, 0.0, 1, "a")


def test_only_the_binomial_part_shrinks_with_the_published_size() -> None:
    z = prior_draws(20000, 2, 4)
    between = 0.7 + 0.05 * z[:, 0]
    small = np.round(100.0 * between + 100.0 * np.sqrt(between * (1.0 - between) / 100) * z[:, 1])
    large = at_published_size(small, 100, 500)
    assert large.mean() == pytest.approx(small.mean())
    expected = 100.0 * np.sqrt(0.05**2 + 0.7 * 0.3 / 500)
    assert large.std() == pytest.approx(expected, rel=0.05)
    assert np.array_equal(at_published_size(small, 100, 80), small)
