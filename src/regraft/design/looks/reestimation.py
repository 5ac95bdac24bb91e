"""Re-estimating the size at a look with arms known: promising zone and inverse normal combination.

The final statistic combines both stages with weights fixed by the plan, so that the type I error holds whatever the
second stage's size; the weighted statistic of Cui, Hung and Wang is the same.

Sources: Mehta CR, Pocock SJ. Stat Med 2011;30:3267; Cui L, Hung HMJ, Wang SJ. Biometrics 1999;55:853; Lehmacher W,
Wassmer G. Biometrics 1999;55:1286 (recalled, not checked).
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from scipy.special import ndtr, ndtri

from regraft.analysis.arrays import FloatArray
from regraft.core.errors import InputError

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(400)
_REACH = 9.0


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TwoStagePlan:
    """A plan of two stages whose second may grow.

    Parameters
    ----------
    first, second : float
        Information (patients or events) planned in each stage.
    largest_second : float
        Most that the second may grow to.
    critical : tuple of float
        Efficacy bounds on z at the look and on the combined z at the end, as from `boundaries`.
    futility_z : float
        Stop for futility below it at the look.
    zone : tuple of float
        Conditional power between which the second stage grows; outside it stays as planned.
    power : float
        Conditional power aimed at.
    """

    first: float
    second: float
    largest_second: float
    critical: tuple[float, float]
    futility_z: float = -np.inf
    zone: tuple[float, float] = (0.3, 0.8)
    power: float = 0.9

    def __post_init__(self) -> None:
        """Refuse stages, zones and powers that cannot be."""
        if min(self.first, self.second) <= 0.0 or self.largest_second < self.second:
            raise InputError(
                f"stages {self.first:g} and {self.second:g}, up to {self.largest_second:g}: each must be above 0, and "
                "the largest second at least what is planned."
            )
        if not (0.0 <= self.zone[0] < self.zone[1] <= 1.0 and 0.0 < self.power < 1.0):
            raise InputError(f"zone {self.zone}, power {self.power:g}: ordered conditional powers between 0 and 1.")

    @property
    def weights(self) -> tuple[float, float]:
        """Weights of both stages in the combined z, fixed by the plan."""
        total = self.first + self.second
        return float(np.sqrt(self.first / total)), float(np.sqrt(self.second / total))

    def needed_z(self, z: FloatArray) -> FloatArray:
        """Return the z of the second stage alone that rejects in the end, given z at the look."""
        first, second = self.weights
        return (self.critical[1] - first * np.asarray(z)) / second

    def conditional_power(self, z: FloatArray, second: float | FloatArray) -> FloatArray:
        """Return conditional power under the effect observed, for a size of the second stage."""
        effect = np.asarray(z) / np.sqrt(self.first)
        return np.asarray(ndtr(effect * np.sqrt(second) - self.needed_z(z)))

    def second_stage(self, z: FloatArray) -> FloatArray:
        """Return the size of the second stage after z at the look: grown inside the zone, else as planned."""
        z = np.asarray(z, dtype=np.float64)
        planned = self.conditional_power(z, self.second)
        effect = np.maximum(z, 1e-9) / np.sqrt(self.first)
        wanted = (np.maximum(self.needed_z(z) + float(ndtri(self.power)), 0.0) / effect) ** 2
        grown = np.clip(wanted, self.second, self.largest_second)
        return np.where((planned >= self.zone[0]) & (planned < self.zone[1]), grown, self.second)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class GrownOperating:
    """Operating characteristics at one true effect: chance to reject, to stop early, and information expected."""

    reject: float
    efficacy_early: float
    futility_early: float
    expected: float


def grown_operating(plan: TwoStagePlan, effect: float) -> GrownOperating:
    """Return the exact operating characteristics under normal theory.

    Parameters
    ----------
    effect : float
        Mean of z per root information; 0 under the null.
    """
    mean = effect * np.sqrt(plan.first)
    early = float(ndtr(mean - plan.critical[0]))
    stopped = float(ndtr(plan.futility_z - mean))
    z, density = _going_on(plan, mean)
    second = plan.second_stage(z)
    return GrownOperating(
        reject=early + float(density @ ndtr(effect * np.sqrt(second) - plan.needed_z(z))),
        efficacy_early=early,
        futility_early=stopped,
        expected=(early + stopped) * plan.first + float(density @ (plan.first + second)),
    )


def naive_reject(plan: TwoStagePlan, effect: float) -> float:
    """Return the chance to reject if stages were pooled by their real sizes, as if nothing had been looked at.

    This is what the combination avoids: under the null it may exceed alpha.
    """
    mean = effect * np.sqrt(plan.first)
    z, density = _going_on(plan, mean)
    second = plan.second_stage(z)
    needed = (plan.critical[1] * np.sqrt(plan.first + second) - z * np.sqrt(plan.first)) / np.sqrt(second)
    return float(ndtr(mean - plan.critical[0])) + float(density @ ndtr(effect * np.sqrt(second) - needed))


def _going_on(plan: TwoStagePlan, mean: float) -> tuple[FloatArray, FloatArray]:
    """Return z of trials that go on after the look, and their probability.

    The second stage jumps where the zone begins and ends, so that each part is integrated by itself.
    """
    low, high = max(plan.futility_z, mean - _REACH), min(plan.critical[0], mean + _REACH)
    if high <= low:
        return np.zeros(1), np.zeros(1)
    edges = np.unique([low, high, *_zone_edges(plan, low, high)])
    half = np.diff(edges)[:, None] / 2.0
    z = (edges[:-1, None] + half * (1.0 + _NODES)).ravel()
    return z, (half * _WEIGHTS).ravel() * np.exp(-0.5 * (z - mean) ** 2) / np.sqrt(2.0 * np.pi)


def _zone_edges(plan: TwoStagePlan, low: float, high: float) -> list[float]:
    """Return where conditional power under the plan enters and leaves the zone."""
    z = np.linspace(low, high, 20001)
    inside = plan.second_stage(z) > plan.second
    crossed = np.flatnonzero(np.diff(inside.astype(np.int8)))
    edges = []
    for k in crossed:
        left, right = z[k], z[k + 1]
        for _ in range(50):
            middle = (left + right) / 2.0
            if bool(plan.second_stage(np.array(middle)) > plan.second) == bool(inside[k]):
                left = middle
            else:
                right = middle
        edges.append((left + right) / 2.0)
    return edges
