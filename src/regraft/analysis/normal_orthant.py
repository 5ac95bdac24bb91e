"""Chances of correlated normal variates to pass a bound: exact for two, a lattice rule for more.

SciPy's ``multivariate_normal.cdf`` differs at each call from three variates on, unless it is given a generator, and
loses small chances beside 1. Here the chance that any passes is a sum of small chances, each by Genz's transformation
on a fixed lattice, so that it is the same at each call.

Source: Genz A. J Comput Graph Stat 1992;1:141; Richtmyer's lattice by square roots of primes.
"""

import numpy as np
from scipy.special import ndtr, ndtri

from regraft.analysis.arrays import FloatArray
from regraft.analysis.roots import find_root
from regraft.core.errors import InputError

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(128)
_PRIMES = np.array([2.0, 3.0, 5.0, 7.0, 11.0, 13.0, 17.0, 19.0, 23.0, 29.0])
_POINTS = 2**14  # relative error below 1e-4 for up to four statistics
_REACH = 9.0


def chance_any_above(bounds: FloatArray, correlation: FloatArray, *, points: int = _POINTS) -> float:
    """Return the chance that any of k standard normal variates lies above its bound.

    Parameters
    ----------
    bounds : array, shape (k,)
        Bounds; subtract means before.
    correlation : array, shape (k, k)
        Correlation of the variates; may be singular.
    points : int
        Points of the lattice, for three variates and more.

    Raises
    ------
    InputError
        Not a correlation matrix, or more than eleven variates.
    """
    c = np.asarray(correlation, dtype=np.float64)
    k = len(bounds)
    if (
        c.shape != (k, k)
        or k > _PRIMES.size + 1
        or np.abs(np.diag(c) - 1.0).max() > 1e-6
        or np.linalg.eigvalsh(c)[0] < -1e-8
    ):
        raise InputError(
            f"correlation of {k} statistics: not a correlation matrix. Leave out a test that repeats another."
        )
    total = float(ndtr(-bounds[0]))
    for j in range(1, k):
        total += _above_and_below(bounds, c, j, points)
    return min(total, 1.0)


def critical_of_maximum(correlation: FloatArray, alpha: float) -> float:
    """Return the value that the largest of k standard normal variates passes with a chance."""
    k = len(correlation)
    low, high = float(ndtri(1.0 - alpha)) - 1e-9, float(ndtri(1.0 - alpha / k)) + 1e-9
    if k == 1:
        return float(ndtri(1.0 - alpha))
    return find_root(lambda c: chance_any_above(np.full(k, c), correlation) - alpha, low, high)


def _above_and_below(bounds: FloatArray, correlation: FloatArray, j: int, count: int) -> float:
    """Return the chance that the j-th variate lies above its bound and all before it below theirs."""
    others = correlation[:j, j]
    left = correlation[:j, :j] - np.outer(others, others)
    if j == 1:
        return _two(float(bounds[0]), float(bounds[1]), float(others[0]))
    root = _triangular(left)
    points = (np.arange(1, count + 1)[:, None] * np.sqrt(_PRIMES[:j])) % 1.0
    uniform = np.abs(2.0 * points - 1.0)  # the baker's transformation makes the rule periodic
    first = -ndtri(uniform[:, 0] * ndtr(-bounds[j]))
    mass = np.ones(count)
    drawn = np.empty((count, j))
    for i in range(j):
        known = drawn[:, :i] @ root[i, :i] + others[i] * first
        room = bounds[i] - known
        if root[i, i] <= 1e-7:
            mass *= room >= 0.0
            drawn[:, i] = 0.0
            continue
        below = ndtr(room / root[i, i])
        mass *= below
        if i + 1 < j:
            drawn[:, i] = ndtri(np.clip(below * uniform[:, i + 1], 1e-300, 1.0 - 1e-16))
    return float(ndtr(-bounds[j]) * mass.mean())


def _two(first: float, second: float, correlation: float) -> float:
    """Return the chance that a variate lies above `second` and its fellow below `first`."""
    top = max(second, -_REACH)
    edges = np.linspace(top, max(top, _REACH) + 1.0, 9)
    half = np.diff(edges)[:, None] / 2.0
    z, weight = (edges[:-1, None] + half * (1.0 + _NODES)).ravel(), (half * _WEIGHTS).ravel()
    spread = np.sqrt(max(1.0 - correlation**2, 0.0))
    room = first - correlation * z
    below = ndtr(room / spread) if spread > 1e-12 else (room >= 0.0).astype(np.float64)
    return float(weight @ (np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi) * below))


def _triangular(covariance: FloatArray) -> FloatArray:
    """Return a lower triangular root of a covariance that may be singular."""
    k = covariance.shape[0]
    root = np.zeros((k, k))
    for i in range(k):
        for j in range(i + 1):
            rest = covariance[i, j] - root[i, :j] @ root[j, :j]
            if i == j:
                root[i, i] = np.sqrt(max(rest, 0.0))
            elif root[j, j] > 1e-7:
                root[i, j] = rest / root[j, j]
    return root
