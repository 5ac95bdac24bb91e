"""Two proportions by counting every table: Fisher, Boschloo and the pooled z test, with their exact size and power.

The size printed is the largest over all common proportions, not the nominal one: the pooled z test exceeds it, Fisher's
stays far below.

Sources: Fisher RA. J R Stat Soc 1935;98:39; Boschloo RD. Stat Neerl 1970;24:1. ``scipy.stats.boschloo_exact`` gives the
p value of one table; the region of all tables is found here in one pass, because one call for each would take minutes.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, final

import numpy as np
from scipy import optimize
from scipy.special import gammaln, ndtr

from regraft.analysis.arrays import BoolArray, FloatArray
from regraft.core.errors import InputError
from regraft.design.outcomes.proportions import TwoProportions
from regraft.design.single_arm.one_stage import binomial_masses

_TIE = 1e-7  # tables whose probabilities differ by less, relatively, are equally extreme (R's fisher.test)
_GRID = np.linspace(0.0, 1.0, 257)[1:-1]
_minimize: Any = optimize.minimize_scalar


class TableTest(StrEnum):
    """Two-sided tests of two proportions."""

    FISHER = "fisher"
    BOSCHLOO = "boschloo"
    POOLED_Z = "pooled_z"


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Region:
    """Tables that reject: `rejects[i, j]` for i successes of the experimental and j of the control arm."""

    test: TableTest
    alpha: float
    rejects: BoolArray

    def chance(self, experimental: float, control: float) -> float:
        """Return the exact chance to reject at two true proportions."""
        rows, columns = (size - 1 for size in self.rejects.shape)
        return float(binomial_masses(rows, experimental) @ self.rejects @ binomial_masses(columns, control))

    def size(self) -> float:
        """Return the exact size: the largest chance to reject over all common proportions."""
        return _largest(self.rejects)


def rejection_region(test: TableTest, patients: tuple[int, int], alpha: float) -> Region:
    """Return all tables that a two-sided test rejects.

    Parameters
    ----------
    test : TableTest
        Fisher's test adds the tables that are no more likely; Boschloo's takes half of alpha to each side, as scipy.
    patients : tuple of int
        People in the experimental and in the control arm.
    alpha : float
        Nominal two-sided level.
    """
    first, second = patients
    if min(patients) < 1:
        raise InputError(f"patients {first} and {second}: each arm needs one at least.")
    if not 0.0 < alpha < 1.0:
        raise InputError(f"alpha {alpha:g}: must lie between 0 and 1; it is two-sided here.")
    if test is TableTest.FISHER:
        rejects = fisher_p(first, second) <= alpha
    elif test is TableTest.POOLED_Z:
        rejects = _pooled_z_p(first, second) <= alpha
    else:
        more = _boschloo_side(fisher_tail(first, second), alpha / 2.0)
        fewer = _boschloo_side(fisher_tail(second, first).T, alpha / 2.0)
        rejects = more | fewer
    return Region(test=test, alpha=alpha, rejects=rejects)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TableSize:
    """Patients per arm: the fewest with the power, and from which on every larger arm looked at has it."""

    smallest: int
    lasting: int


def table_size(test: TableTest, pair: TwoProportions, alpha: float, power: float, *, at_most: int = 150) -> TableSize:
    """Return patients per arm, arms of equal size.

    Raises
    ------
    InputError
        Not even `at_most` per arm have the power.
    """
    enough = np.array(
        [
            rejection_region(test, (n, n), alpha).chance(pair.experimental, pair.control) >= power
            for n in range(1, at_most + 1)
        ]
    )
    if not enough[-1]:
        raise InputError(f"{test.value}: {at_most} patients in each arm do not reach power {power:g}. Allow more.")
    short = np.flatnonzero(~enough)
    return TableSize(smallest=int(np.argmax(enough)) + 1, lasting=int(short[-1]) + 2 if short.size else 1)


def fisher_p(first: int, second: int) -> FloatArray:
    """Return Fisher's two-sided p of every table, shape (first + 1, second + 1)."""
    p = np.empty((first + 1, second + 1))
    for margin in range(first + second + 1):
        rows, masses = _given_margin(first, second, margin)
        order = np.argsort(masses, kind="stable")
        sums = np.cumsum(masses[order])
        at = np.searchsorted(masses[order], masses * (1.0 + _TIE), side="right")
        p[rows, margin - rows] = np.minimum(sums[at - 1], 1.0)
    return p


def fisher_tail(first: int, second: int) -> FloatArray:
    """Return Fisher's one-sided p of every table against more successes in the first arm."""
    p = np.empty((first + 1, second + 1))
    for margin in range(first + second + 1):
        rows, masses = _given_margin(first, second, margin)
        p[rows, margin - rows] = np.minimum(np.cumsum(masses[::-1])[::-1], 1.0)
    return p


def _given_margin(first: int, second: int, margin: int) -> tuple[np.ndarray, FloatArray]:
    """Return the possible successes of the first arm given all successes, and their hypergeometric masses."""
    rows = np.arange(max(0, margin - second), min(first, margin) + 1)
    log = _log_choose(first, rows) + _log_choose(second, margin - rows) - _log_choose(first + second, margin)
    return rows, np.exp(log)


def _log_choose(n: int, k: Any) -> Any:
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)


def _pooled_z_p(first: int, second: int) -> FloatArray:
    """Return the two-sided p of the pooled z test; 1 where all or none succeed, since nothing differs."""
    a, b = np.arange(first + 1)[:, None], np.arange(second + 1)[None, :]
    pooled = (a + b) / (first + second)
    variance = pooled * (1.0 - pooled) * (1.0 / first + 1.0 / second)
    z = np.where(variance > 0.0, (a / first - b / second) / np.sqrt(np.where(variance > 0.0, variance, 1.0)), 0.0)
    return np.asarray(2.0 * ndtr(-np.abs(z)))


def _boschloo_side(tail: FloatArray, alpha: float) -> BoolArray:
    """Return the largest set of tables, by Fisher's one-sided p, whose size is alpha at most."""
    cuts = _distinct(tail)
    low, high = -1, cuts.size - 1  # the set of all tables has size 1
    while high - low > 1:
        middle = (low + high) // 2
        if _largest(tail <= cuts[middle]) <= alpha:
            low = middle
        else:
            high = middle
    return tail <= cuts[low] if low >= 0 else np.zeros(tail.shape, dtype=np.bool_)


def _distinct(values: FloatArray) -> FloatArray:
    """Return distinct values, those that differ by rounding taken as one (the larger)."""
    ordered = np.unique(values)
    last = np.append(np.diff(ordered) > _TIE * ordered[:-1], True)
    return ordered[last] * (1.0 + 1e-12)


def boschloo_p(successes: tuple[int, int], patients: tuple[int, int]) -> float:
    """Return Boschloo's two-sided p of one table: twice the smaller of both sides, 1 at most."""
    (a, b), (first, second) = successes, patients
    more, fewer = fisher_tail(first, second), fisher_tail(second, first).T
    sides = [_largest(tail <= tail[a, b] * (1.0 + _TIE)) for tail in (more, fewer)]
    return min(1.0, 2.0 * min(sides))


def _largest(rejects: BoolArray) -> float:
    """Return the largest chance of a set of tables over all common proportions."""
    rows, columns = (size - 1 for size in rejects.shape)

    def chance(proportion: float) -> float:
        return float(binomial_masses(rows, proportion) @ rejects @ binomial_masses(columns, proportion))

    on_grid = np.array([chance(p) for p in _GRID])
    best = int(np.argmax(on_grid))
    around = (_GRID[max(best - 1, 0)], _GRID[min(best + 1, _GRID.size - 1)])
    refined = _minimize(lambda p: -chance(p), bounds=around, method="bounded", options={"xatol": 1e-10})
    return max(float(on_grid[best]), -float(refined.fun), chance(0.0), chance(1.0))
