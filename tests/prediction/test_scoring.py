"""Scores of predictions, against values worked by hand."""

import numpy as np
import pytest
from scipy import stats

from regraft.calibration.synthetic import prior_draws
from regraft.core.streams import binomial_quantile, uniform
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
    large = at_published_size(small, 100, 500, 1, "a")
    assert large.mean() == pytest.approx(small.mean())
    expected = 100.0 * np.sqrt(0.05**2 + 0.7 * 0.3 / 500)
    assert large.std() == pytest.approx(expected, rel=0.05)
    assert np.array_equal(at_published_size(small, 100, 80, 1, "a"), small)


def test_rare_events_are_counted_at_the_published_size() -> None:
    chances = 0.004 * np.exp(0.5 * prior_draws(4000, 1, 5)[:, 0] - 0.125)
    hits = np.array([binomial_quantile(uniform(9, i, 1, 0, 0), 96.0, p) for i, p in enumerate(chances)])
    small = 100.0 * hits / 96.0
    large = at_published_size(small, 96, 507, 1, "deaths")
    assert np.allclose(large * 507 / 100, np.round(large * 507 / 100))
    assert large.mean() == pytest.approx(small.mean(), rel=0.1)
    assert (large == 0.0).mean() == pytest.approx(float(np.mean((1.0 - chances) ** 507)), abs=0.05)
    assert np.array_equal(large, at_published_size(small, 96, 507, 1, "deaths"))
