"""The emulator and the synthetic published values, on targets whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest

from regraft.calibration.design import design_points
from regraft.calibration.emulator import Emulator, fit_emulator
from regraft.calibration.synthetic import prior_draws, published_targets, synthetic_targets
from regraft.calibration.targets import Target, TargetKind
from regraft.core.calibrated import Block, Calibrated, Learned, ModelError

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


def test_what_is_luck_of_the_simulated_people_is_told_from_what_a_surface_could_explain(emulator: Emulator) -> None:
    share, mean, rate = emulator.surfaces
    assert share.explainable is not None
    assert share.explained < share.explainable < 1.0
    assert (mean.explainable, rate.explainable) == (None, None)


def _curve(emulator: Emulator, *years: float) -> Emulator:
    """Return the share as points of one curve, later ones lower, with a model error."""
    share = emulator.surfaces[0]
    return Emulator(
        tuple(
            replace(
                share,
                intercept=2.0 - 0.7 * k,
                target=replace(share.target, key=f"a: {year}", time_years=year, discrepancy=0.5),
            )
            for k, year in enumerate(years)
        ),
        emulator.quantities,
    )


def test_points_of_one_curve_err_together_as_the_product_limit_estimate_does(emulator: Emulator) -> None:
    calibrated = [Calibrated(name=n, block=Block.DISEASE, median=0.5, low=0.0, high=1.0) for n in "abc"]
    z = np.zeros((4000, QUANTITIES))
    both = synthetic_targets(_curve(emulator, 1.0, 3.0), calibrated, z, seed=3)
    alone = synthetic_targets(_curve(emulator, 3.0), calibrated, z, seed=3)
    assert np.corrcoef(both.T)[0, 1] > 0.7
    assert both[:, 0].std() == pytest.approx(alone[:, 0].std(), rel=0.05)  # the same spread for each point
    apart = [
        replace(one, target=replace(one.target, study=one.target.key)) for one in _curve(emulator, 1.0, 3.0).surfaces
    ]
    free = synthetic_targets(Emulator(tuple(apart), QUANTITIES), calibrated, z, seed=3)
    assert abs(np.corrcoef(free.T)[0, 1]) < 0.06
    assert free.std(axis=0) == pytest.approx(both.std(axis=0), rel=0.06)


def test_each_kind_of_model_error_has_its_own_factor(emulator: Emulator) -> None:
    factor = Calibrated(
        name="discrepancy_activity", block=Block.DISEASE, median=1.0, low=0.2, high=4.0, error_of=Learned.ACTIVITY
    )
    others = [Calibrated(name=n, block=Block.DISEASE, median=0.5, low=0.0, high=1.0) for n in "ab"]
    z = np.zeros((2000, QUANTITIES))
    z[:, 2] = float(factor.z_of(np.array(3.0)))
    spread = {}
    for error in (ModelError.ACTIVITY_RATE, ModelError.NATURAL_HISTORY_RATE):
        rate = replace(emulator.surfaces[2], weights=np.zeros_like(emulator.surfaces[2].weights), noise_sd=0.0)
        one = replace(rate, target=replace(rate.target, error=error, discrepancy=0.2))
        spread[error] = synthetic_targets(Emulator((one,), QUANTITIES), [*others, factor], z, seed=3).std()
    assert spread[ModelError.ACTIVITY_RATE] == pytest.approx(0.6, rel=0.05)
    assert spread[ModelError.NATURAL_HISTORY_RATE] == pytest.approx(0.2, rel=0.05)
