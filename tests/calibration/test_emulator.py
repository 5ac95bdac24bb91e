"""The emulator and the synthetic published values, on targets whose truth is known."""

import numpy as np
import pytest

from regraft.calibration.design import design_points
from regraft.calibration.emulator import Emulator, fit_emulator
from regraft.calibration.synthetic import prior_draws, published_targets, synthetic_targets
from regraft.calibration.targets import Target, TargetKind
from regraft.core.calibrated import Block, Calibrated

POINTS, QUANTITIES = 200, 3


def target(kind: TargetKind, value: float) -> Target:
    return Target(
        study="a",
        cohort_group="a",
        key=f"a: {kind}",
        endpoint=str(kind),
        subgroup=None,
        time_years=None,
        block=Block.DISEASE,
        kind=kind,
        value=value,
        is_change=False,
        n_effective=40.0,
        discrepancy=0.0,
        why="a test",
    )


TARGETS = (target(TargetKind.SHARE, 70.0), target(TargetKind.MEAN, 1.0), target(TargetKind.RATE, 0.5))


@pytest.fixture(scope="module")
def emulator() -> Emulator:
    z = design_points(POINTS, QUANTITIES)
    noise = prior_draws(POINTS, 3, 1)
    chance = 1.0 / (1.0 + np.exp(-(0.5 + z[:, 0])))
    share = 100.0 * np.clip(chance + noise[:, 0] * np.sqrt(chance * (1.0 - chance) / 80), 0.0, 1.0)
    mean = 2.0 + z[:, 1] + 0.5 * z[:, 1] ** 2 + noise[:, 1] * 0.1
    rate = np.exp(-0.5 + 0.3 * z[:, 2] + noise[:, 2] * 0.1)
    return fit_emulator(z, np.stack([share, mean, rate]), np.full((3, POINTS), 80.0), TARGETS)


def test_surfaces_find_the_truth(emulator: Emulator) -> None:
    z = prior_draws(50, QUANTITIES, 9)
    expected = emulator.expected(z)
    assert np.abs(expected[:, 0] - (0.5 + z[:, 0])).max() < 0.5
    assert np.abs(expected[:, 1] - (2.0 + z[:, 1] + 0.5 * z[:, 1] ** 2)).max() < 0.25
    assert np.abs(expected[:, 2] - (-0.5 + 0.3 * z[:, 2])).max() < 0.15
    assert min(surface.explained for surface in emulator.surfaces) > 0.8


def test_synthetic_values_scatter_as_the_published_size_says(emulator: Emulator) -> None:
    z = np.zeros((2000, QUANTITIES))
    calibrated = [Calibrated(name=n, block=Block.DISEASE, median=0.5, low=0.0, high=1.0) for n in "abc"]
    values = synthetic_targets(emulator, calibrated, z, seed=3)
    chance = 1.0 / (1.0 + np.exp(-emulator.expected(z[:1])[0, 0]))
    assert values[:, 0].std() == pytest.approx(1.0 / np.sqrt(40.0 * chance * (1.0 - chance)), rel=0.1)
    assert values[:, 1].mean() == pytest.approx(emulator.expected(z[:1])[0, 1], abs=0.1)


def test_study_effects_widen_what_studies_show(emulator: Emulator) -> None:
    sd = Calibrated(name="sd", block=Block.DISEASE, median=0.6, low=0.0, high=1.2, group="g", is_study_sd=True)
    moved = Calibrated(name="b", block=Block.DISEASE, median=0.5, low=0.0, high=1.0, group="g")
    plain = Calibrated(name="c", block=Block.DISEASE, median=0.5, low=0.0, high=1.0)
    z = np.zeros((2000, QUANTITIES))
    with_effect = synthetic_targets(emulator, (sd, moved, plain), z, seed=3)
    without = synthetic_targets(emulator, (plain, plain, plain), z, seed=3)
    assert with_effect[:, 1].std() > 2.0 * without[:, 1].std()
    assert with_effect[:, 2].std() == pytest.approx(without[:, 2].std(), rel=0.01)


def test_published_values_are_put_on_the_fitted_scale() -> None:
    share, mean, rate = published_targets(TARGETS)
    assert share == pytest.approx(np.log(28.5 / 12.5))
    assert mean == 1.0
    assert rate == pytest.approx(np.log(0.5))


def test_some_targets_alone_show_what_they_show_among_all(emulator: Emulator) -> None:
    z = prior_draws(30, QUANTITIES, 7)
    calibrated = [Calibrated(name=n, block=Block.DISEASE, median=0.5, low=0.0, high=1.0) for n in "abc"]
    alone = Emulator(emulator.surfaces[1:], emulator.quantities)
    every = synthetic_targets(emulator, calibrated, z, seed=3)
    assert np.array_equal(synthetic_targets(alone, calibrated, z, seed=3), every[:, 1:])
