"""Re-estimating the size without knowing arms: the pooled proportion, or the pooled variance, sets the final size.

Exact for two proportions: every outcome of the first stage is followed. Equal to R's blindrecalc with
``allocation = "exact"``.

Source: Gould AL, Shih WJ. Commun Stat Theory Methods 1992;21:2833 (the variance; recalled, not checked).
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from scipy.special import ndtri

from regraft.analysis.arrays import FloatArray
from regraft.core.errors import InputError
from regraft.design.outcomes.proportions import TwoProportions, proportions_size
from regraft.design.single_arm.one_stage import binomial_masses


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class BlindedPlan:
    """An internal pilot of two equal arms.

    Parameters
    ----------
    difference : float
        Difference of proportions to be found.
    alpha, power : float
        One-sided level and power.
    pilot : int
        Patients of both arms at the look, even.
    largest : int
        Most patients of both arms.
    """

    difference: float
    alpha: float
    power: float
    pilot: int
    largest: int = 10_000

    def __post_init__(self) -> None:
        """Refuse differences and pilots that cannot be."""
        if not 0.0 < self.difference < 1.0 or not 0.0 < self.alpha < 0.5:
            raise InputError(f"difference {self.difference:g}, alpha {self.alpha:g}: between 0 and 1, and 0 and 0.5.")
        if self.pilot < 2 or self.pilot % 2 or self.largest < self.pilot:
            raise InputError(f"pilot {self.pilot}: an even number of 2 or more, at most the largest ({self.largest}).")

    def size(self, pooled: float) -> int:
        """Return the even total for a pooled proportion; the pilot where the difference does not fit around it."""
        high, low = pooled + self.difference / 2.0, pooled - self.difference / 2.0
        if not (low >= 0.0 and high <= 1.0):
            return self.pilot
        inside = 1e-12
        pair = TwoProportions(experimental=min(high, 1 - inside), control=max(low, inside))
        whole = int(np.ceil(proportions_size(pair, self.alpha, self.power) - 1e-9))
        return min(max(whole + whole % 2, self.pilot), self.largest)


def blinded_reject(plan: BlindedPlan, experimental: float, control: float) -> float:
    """Return the exact chance of the pooled z test to reject, the size set by the pooled proportion at the pilot."""
    arm = plan.pilot // 2
    first, second = binomial_masses(arm, experimental), binomial_masses(arm, control)
    total = 0.0
    for events in range(2 * arm + 1):
        later = plan.size(events / plan.pilot) // 2 - arm
        rows = np.arange(max(0, events - arm), min(events, arm) + 1)
        mass = np.zeros((arm + 1, arm + 1))
        mass[rows, events - rows] = first[rows] * second[events - rows]
        at_end = _convolved(mass, binomial_masses(later, experimental), binomial_masses(later, control))
        total += float(at_end[_rejects(arm + later, plan.alpha)].sum())
    return total


def fixed_reject(plan: BlindedPlan, experimental: float, control: float) -> float:
    """Return the exact chance to reject if the trial ended with the pilot."""
    arm = plan.pilot // 2
    table = np.outer(binomial_masses(arm, experimental), binomial_masses(arm, control))
    return float(table[_rejects(arm, plan.alpha)].sum())


def _convolved(mass: FloatArray, first: FloatArray, second: FloatArray) -> FloatArray:
    rows = np.apply_along_axis(np.convolve, 0, mass, first)
    return np.apply_along_axis(np.convolve, 1, rows, second)


def _rejects(arm: int, alpha: float) -> np.ndarray:
    """Return the tables of two equal arms that the one-sided pooled z test rejects."""
    a, b = np.arange(arm + 1)[:, None], np.arange(arm + 1)[None, :]
    pooled = (a + b) / (2.0 * arm)
    variance = pooled * (1.0 - pooled) * 2.0 / arm
    z = np.where(variance > 0.0, (a - b) / arm / np.sqrt(np.where(variance > 0.0, variance, 1.0)), 0.0)
    return z > float(ndtri(1.0 - alpha))
