"""A process finds which quantities matter, and knows how unsure it is of itself."""

import numpy as np
import pytest

from regraft.calibration.design import design_points
from regraft.calibration.gaussian_process import _negative_log_evidence, fit_shares, fit_values
from regraft.calibration.synthetic import prior_draws


def test_a_quantity_without_a_say_has_neither_slope_nor_relevance() -> None:
    z = design_points(80, 3)
    values = z[:, 0] + np.sin(z[:, 1]) + 0.1 * prior_draws(80, 1, 1)[:, 0]
    found = fit_values(z, values, np.ones(80))
    slopes, relevances = found.likeness.slopes, found.likeness.relevances
    assert slopes[2] < 0.01 * slopes[0]
    assert relevances[2] < 0.1 * relevances[1]
    assert found.likeness.luck == pytest.approx(0.01, rel=0.5)


def test_the_gradient_of_the_evidence_is_that_of_its_differences() -> None:
    z = design_points(20, 2)
    seen = z[:, 0] - 0.5 * z[:, 1] ** 2
    theta = np.log(np.array([0.3, 0.2, 0.1, 0.4, 0.5, 0.2]))
    _, gradient = _negative_log_evidence(theta, z, seen, np.linspace(0.5, 1.5, 20), 1.3)
    for i in range(len(theta)):
        step = np.zeros(len(theta))
        step[i] = 1e-5
        up, _ = _negative_log_evidence(theta + step, z, seen, np.linspace(0.5, 1.5, 20), 1.3)
        down, _ = _negative_log_evidence(theta - step, z, seen, np.linspace(0.5, 1.5, 20), 1.3)
        assert gradient[i] == pytest.approx((up - down) / 2e-5, rel=1e-4, abs=1e-5)


def test_what_a_process_does_not_know_of_itself_is_how_far_it_is_off_at_points_it_never_saw() -> None:
    z, fresh = design_points(60, 4), prior_draws(300, 4, 5)

    def truth(at: np.ndarray) -> np.ndarray:
        return np.sin(1.5 * at[:, 0]) + at[:, 1] * at[:, 2]

    found = fit_values(z, truth(z) + 0.2 * prior_draws(60, 1, 1)[:, 0], np.ones(60))
    off = float(np.sqrt(np.mean((found.expected(fresh) - truth(fresh)) ** 2)))
    assert found.own_sd == pytest.approx(off, rel=0.4)


def test_shares_of_nobody_and_of_all_pull_no_surface_to_infinity() -> None:
    z = design_points(60, 1)
    chance = np.where(z[:, 0] > 0, 0.0, np.where(z[:, 0] < -1, 1.0, 0.5))
    found = fit_shares(z, chance, np.full(60, 20.0))
    assert np.abs(found.expected(z)).max() < 8.0
