"""The emulator and the synthetic published values, on targets whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest

from regraft.calibration.design import design_points
from regraft.calibration.emulator import Emulator, fit_emulator
from regraft.calibration.simulated_sets import SimulatedSets
from regraft.calibration.synthetic import prior_draws, published_targets, synthetic_targets
from regraft.calibration.targets import Target, TargetKind
from regraft.core.arrays import Floats
from regraft.core.calibrated import Block, Calibrated, Learned, ModelError

POINTS, QUANTITIES = 120, 3


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
    return fit_emulator(sets_of(z, np.stack([share, mean, rate])), TARGETS)


def sets_of(z: Floats, values: Floats, again: Floats | None = None, near: int = 0) -> SimulatedSets:
    """Return values of 80 people at every point, the last `near` of them drawn near the posterior."""
    repeats = np.empty((len(values), 0)) if again is None else again
    return SimulatedSets(
        points=z,
        values=values,
        sizes=np.full(values.shape, 80.0),
        near=np.arange(len(z)) >= len(z) - near,
        again=repeats,
        again_sizes=np.full(repeats.shape, 80.0),
    )


def test_surfaces_find_the_truth(emulator: Emulator) -> None:
    z = prior_draws(50, QUANTITIES, 9)
    expected = emulator.expected(z)
    assert np.abs(expected[:, 0] - (0.5 + z[:, 0])).max() < 0.5
    assert np.abs(expected[:, 1] - (2.0 + z[:, 1] + 0.5 * z[:, 1] ** 2)).max() < 0.25
    assert np.abs(expected[:, 2] - (-0.5 + 0.3 * z[:, 2])).max() < 0.15
    assert min(surface.wide.explained for surface in emulator.surfaces if surface.wide is not None) > 0.8


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
    share, mean, rate = (surface.wide for surface in emulator.surfaces)
    assert share is not None
    assert share.explainable is not None
    assert share.explained < share.explainable < 1.0
    assert mean is not None
    assert rate is not None
    assert (mean.explainable, rate.explainable) == (None, None)


def test_one_point_played_again_by_other_people_tells_the_luck_of_means_and_of_shares_that_scatter_more() -> None:
    z = design_points(60, 1)
    luck = prior_draws(60, 2, 1)
    share = np.clip(50.0 + 20.0 * z[:, 0] + 10.0 * luck[:, 0], 0.0, 100.0)
    mean = z[:, 0] + 0.5 * luck[:, 1]
    repeated = prior_draws(25, 2, 2)
    again = np.stack([50.0 + 10.0 * repeated[:, 0], 0.5 * repeated[:, 1]])
    told = explainable(sets_of(z, np.stack([share, mean]), again))
    plain = explainable(sets_of(z, np.stack([share, mean])))
    assert told[1] == pytest.approx(1.0 - 0.25 / np.var(mean), abs=0.08)
    assert told[0] == pytest.approx(1.0 - 100.0 / np.var(share), abs=0.08)
    assert plain[0] > told[0] + 0.05


def explainable(sets: SimulatedSets) -> list[float]:
    """Return the share of variance that is no luck, of a share and a mean; not a number where that is not known."""
    found = [surface.wide for surface in fit_emulator(sets, TARGETS[:2]).surfaces]
    return [np.nan if one is None or one.explainable is None else one.explainable for one in found]


def test_surfaces_are_judged_where_the_posterior_lives() -> None:
    z = np.concatenate([design_points(60, 1), 0.05 * design_points(40, 1)])
    mean = (z[:, 0] + 0.3 * prior_draws(100, 1, 1)[:, 0])[np.newaxis]
    without = fit_emulator(sets_of(z, mean), TARGETS[1:2]).surfaces[0]
    found = fit_emulator(sets_of(z, mean, near=40), TARGETS[1:2]).surfaces[0]
    assert without.near is None
    assert found.wide is not None
    assert found.near is not None
    assert found.wide.explained > 0.6
    assert found.near.explained < 0.2


def test_what_a_surface_does_not_know_of_itself_is_doubt_of_the_published_values(emulator: Emulator) -> None:
    surface = emulator.surfaces[1]
    unsure = replace(surface, process=replace(surface.process, own_sd=1.0))
    z = np.zeros((2000, QUANTITIES))
    calibrated = [Calibrated(name=n, block=Block.DISEASE, median=0.5, low=0.0, high=1.0) for n in "abc"]
    spread = [synthetic_targets(Emulator((one,), QUANTITIES), calibrated, z, seed=3).std() for one in (surface, unsure)]
    assert spread[0] < 0.2
    assert spread[1] == pytest.approx(1.0, rel=0.1)


def test_quantities_that_move_no_simulated_trial_are_not_read() -> None:
    z = design_points(60, 2)
    found = fit_emulator(sets_of(z, z[:, :1].T), TARGETS[1:2], columns=(0,))
    moved = z.copy()
    moved[:, 1] += 1.0
    assert np.array_equal(found.expected(moved), found.expected(z))


def _curve(emulator: Emulator, *years: float) -> Emulator:
    """Return the share as points of one curve, later ones lower, with a model error."""
    share = emulator.surfaces[0]
    return Emulator(
        tuple(
            replace(
                share,
                process=replace(share.process, level=share.process.level + 1.5 - 0.7 * k, own_sd=0.0),
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
        process = emulator.surfaces[2].process
        flat = replace(process, weights=np.zeros_like(process.weights), own_sd=0.0)
        rate = replace(emulator.surfaces[2], process=flat, noise_sd=0.0)
        one = replace(rate, target=replace(rate.target, error=error, discrepancy=0.2))
        spread[error] = synthetic_targets(Emulator((one,), QUANTITIES), [*others, factor], z, seed=3).std()
    assert spread[ModelError.ACTIVITY_RATE] == pytest.approx(0.6, rel=0.05)
    assert spread[ModelError.NATURAL_HISTORY_RATE] == pytest.approx(0.2, rel=0.05)
