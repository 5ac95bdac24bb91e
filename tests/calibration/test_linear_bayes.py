"""What was seen moves sampled parameters as far as it says something, and no farther: checked on synthetic truth."""

import numpy as np
import pytest
from scipy.special import expit, logit, ndtr

from regraft.calibration.linear_bayes import (
    Published,
    Surfaces,
    after_steps,
    expected,
    kept,
    plausible,
    ranges,
    surfaces_of,
)
from regraft.calibration.linear_effects import effects_on_shares, effects_on_values
from regraft.core.arrays import Floats
from regraft.core.streams import Purpose, binomial_quantile, fill_normals

PARAMETERS, QUANTITIES, OBSERVABLES, DRAWS = 120, 6, 40, 240
WITHIN_90 = 1.645
ERROR, CHANCE = 0.3, 0.4


class Chance:
    """Numbers of the project's own streams, other ones at every call."""

    def __init__(self, seed: int) -> None:
        self.seed, self.calls = seed, 0

    def normals(self, *shape: int) -> Floats:
        """Return standard normal numbers."""
        self.calls += 1
        out = np.zeros(int(np.prod(shape)))
        fill_normals(self.seed, self.calls, int(Purpose.CALIBRATION), 0, 0, out)
        return out.reshape(shape)

    def shares(self, n: int, chance: Floats) -> Floats:
        """Return shares of n people."""
        luck = ndtr(self.normals(len(chance)))
        return np.array([binomial_quantile(u, float(n), p) / n for u, p in zip(luck, chance, strict=True)])


class World:
    """A linear model with a few large effects on each observable, many small ones, and people of its own."""

    def __init__(self, seed: int, small: float = 0.05) -> None:
        self.chance = Chance(seed)
        self.on_sampled = small * self.chance.normals(OBSERVABLES, PARAMETERS)
        for row in self.on_sampled:
            row[np.argsort(self.chance.normals(PARAMETERS))[:4]] += np.sign(self.chance.normals(4))
        self.on_calibrated = 0.3 * self.chance.normals(OBSERVABLES, QUANTITIES)

    def shown(self, sampled: Floats, calibrated: Floats) -> Floats:
        """Return what is expected, shape (draws, observables)."""
        return 2.0 + sampled @ self.on_sampled.T + calibrated @ self.on_calibrated.T

    def surfaces(self, draws: int = DRAWS) -> Surfaces:
        """Return surfaces learned from simulated studies."""
        sampled = self.chance.normals(draws, PARAMETERS)
        calibrated = self.chance.normals(draws, QUANTITIES)
        shown = self.shown(sampled, calibrated)
        shown += CHANCE * self.chance.normals(*shown.shape)
        both, may = np.hstack([sampled, calibrated]), np.ones(PARAMETERS + QUANTITIES, dtype=bool)
        sizes = np.full(draws, 10.0)
        return surfaces_of([effects_on_values(both, y, sizes, 10.0 * CHANCE**2, may) for y in shown.T], PARAMETERS)

    def published(self, sampled: Floats, calibrated: Floats) -> Published:
        """Return what studies of one truth print."""
        truth = self.shown(sampled[None], calibrated[None])[0]
        return Published(values=truth + ERROR * self.chance.normals(OBSERVABLES), error=ERROR**2 * np.eye(OBSERVABLES))


def coverage(small: float) -> tuple[float, float, float]:
    """Return which share of identified parameters and observables lies in its 90%, and the width left of the latter."""
    world = World(7, small)
    surfaces = world.surfaces()
    every = np.ones(OBSERVABLES, dtype=bool)
    inside, shown, narrower = [], [], []
    for _ in range(60):
        sampled, calibrated = world.chance.normals(PARAMETERS), world.chance.normals(QUANTITIES)
        seen = world.published(sampled, calibrated)
        belief = after_steps([surfaces, surfaces], seen, every)
        sd = np.sqrt(np.diag(belief.spread))
        error = sampled - belief.centre - belief.slope @ calibrated
        inside.append(np.abs(error / sd)[sd < 0.8] < WITHIN_90)
        after = expected(belief, surfaces, seen, calibrated[None])
        before = expected(ranges(PARAMETERS, QUANTITIES), surfaces, seen, calibrated[None])
        truth = world.shown(sampled[None], calibrated[None])[0]
        shown.append(np.abs(truth - after.mean) < WITHIN_90 * after.of_model)
        narrower.append(after.of_model / before.of_model)
    return float(np.mean(np.concatenate(inside))), float(np.mean(shown)), float(np.mean(narrower))


@pytest.mark.parametrize("small", [0.0, 0.05])
def test_nine_tenths_of_true_parameters_and_observables_lie_in_their_intervals_and_these_are_narrower(
    small: float,
) -> None:
    of_parameters, of_observables, width = coverage(small)
    assert 0.85 < of_parameters < 0.96
    assert of_observables > 0.88
    assert width < 0.4


def test_parameters_that_move_nothing_stay_as_they_were() -> None:
    chance = Chance(3)
    draws = chance.normals(DRAWS, PARAMETERS)
    shown = 1.0 * draws[:, 0] + 0.3 * chance.normals(DRAWS)
    effects = effects_on_values(draws, shown, np.full(DRAWS, 5.0), 5.0 * 0.09, np.ones(PARAMETERS, dtype=bool))
    surfaces = surfaces_of([effects], PARAMETERS)
    seen = Published(values=np.array([1.5]), error=np.array([[0.04]]))
    belief = after_steps([surfaces], seen, np.array([True]))
    assert effects.chosen == 1
    assert belief.centre[0] == pytest.approx(1.5 / 1.04, abs=0.2)
    assert np.sqrt(belief.spread[0, 0]) < 0.35
    assert np.abs(belief.centre[1:]).max() < 0.1
    assert np.diag(belief.spread)[1:].min() > 0.98


def test_the_surface_of_a_share_is_found_from_few_people_and_bends_as_the_logit_does() -> None:
    luck = Chance(4)
    draws = luck.normals(400, 30)
    chance = expit(-1.0 + 1.5 * draws[:, 2] - 0.8 * draws[:, 5])
    n = np.full(400, 24.0)
    effects = effects_on_shares(draws, luck.shares(24, chance), n, np.ones(30, dtype=bool))
    assert effects.slopes[2] == pytest.approx(1.5, abs=0.15)
    assert effects.slopes[5] == pytest.approx(-0.8, abs=0.15)
    assert effects.constant == pytest.approx(-1.0, abs=0.15)
    assert effects.beyond_chance < 0.1
    assert effects.explained > 0.9


def test_what_cannot_act_is_never_moved_and_a_value_out_of_reach_is_named() -> None:
    chance = Chance(5)
    draws = chance.normals(DRAWS, 10)
    may = np.arange(10) != 0
    shown = draws[:, 0] + 0.1 * chance.normals(DRAWS)
    effects = effects_on_values(draws, shown, np.ones(DRAWS), 0.01, may)
    assert effects.slopes[0] == 0.0
    surfaces = surfaces_of([effects], 10)
    far, near = (Published(values=np.array([value]), error=np.array([[0.01]])) for value in (9.0, 1.0))
    assert not plausible(expected(ranges(10, 0), surfaces, far, np.zeros((2, 0))), far)[0]
    assert plausible(expected(ranges(10, 0), surfaces, near, np.zeros((2, 0))), near)[0]


def test_what_is_kept_gives_the_same_distribution() -> None:
    world = World(11)
    surfaces = world.surfaces()
    calibrated = np.full(QUANTITIES, 0.5)
    seen = world.published(world.chance.normals(PARAMETERS), calibrated)
    belief = after_steps([surfaces, surfaces], seen, np.ones(OBSERVABLES, dtype=bool))
    held = kept(belief, tuple(f"p{i}" for i in range(PARAMETERS)))
    independent = world.chance.normals(20_000, PARAMETERS)
    drawn = held.moved(independent, np.tile(calibrated, (20_000, 1)))
    assert np.abs(drawn.mean(axis=0) - belief.centre - belief.slope @ calibrated).max() < 0.06
    assert np.abs(np.cov(drawn.T) - belief.spread).max() < 0.06
    assert held.left() == pytest.approx(np.sqrt(np.diag(belief.spread)), abs=0.02)
    assert held.moved(independent[:50], np.tile(calibrated, (50, 1))).tobytes() == drawn[:50].tobytes()


def test_two_steps_hold_where_the_model_is_bent_and_are_narrower_than_one() -> None:
    luck, parameters, rows, people = Chance(12), 40, 12, 24
    on_sampled = 0.03 * luck.normals(rows, parameters)
    for row in on_sampled:
        row[np.argsort(luck.normals(parameters))[:4]] += 0.8 * luck.normals(4)
    middle, bend = luck.normals(rows), 0.15 * np.sign(luck.normals(rows))
    may, every, none = np.ones(parameters, dtype=bool), np.ones(rows, dtype=bool), np.zeros((150, 0))

    def height(sampled: Floats) -> Floats:
        along = sampled @ on_sampled.T
        return middle + along + bend * along**2

    def learned(sampled: Floats) -> Surfaces:
        shares = [luck.shares(people, chance) for chance in expit(height(sampled)).T]
        n = np.full(len(sampled), float(people))
        return surfaces_of([effects_on_shares(sampled, share, n, may) for share in shares], parameters)

    names = tuple(f"p{i}" for i in range(parameters))
    first = learned(luck.normals(150, parameters))
    inside, widths = [], []
    for _ in range(10):
        truth = height(luck.normals(1, parameters))[0]
        share = luck.shares(60, expit(truth))
        empirical = (60.0 * share + 0.5) / 61.0
        error = np.diag(1.0 / (60.0 * empirical * (1.0 - empirical)))
        seen = Published(values=logit(empirical), error=error)
        there = kept(after_steps([first], seen, every, 2), names).moved(luck.normals(150, parameters), none)
        for steps in ([first], [first, learned(there)]):
            held = kept(after_steps(steps, seen, every), names)
            drawn = height(held.moved(luck.normals(150, parameters), none))
            low, high = np.quantile(drawn, (0.05, 0.95), axis=0)
            inside.append(np.mean((low <= truth) & (truth <= high)))
            widths.append(np.mean(high - low))
    of_one, of_two = np.mean(np.reshape(inside, (-1, 2)), axis=0)
    width_of_one, width_of_two = np.mean(np.reshape(widths, (-1, 2)), axis=0)
    assert min(of_one, of_two) > 0.84
    assert width_of_two < width_of_one
