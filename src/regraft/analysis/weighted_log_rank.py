"""Weighted log-rank tests of two groups with their covariance, and the largest of several (max-combo).

One sign everywhere: z is positive when the second label (in sorted order) has fewer events than expected. With no
event while both groups are at risk, z is 0 and p one half: nothing was learnt, and nothing is infinite.

Sources: Fleming TR, Harrington DP. Counting Processes and Survival Analysis. Wiley 1991; Magirr D, Burman CF. Stat Med
2019;38:3782 (modest weights); Karrison TG. Stata J 2016;16:678 (max-combo; recalled, not checked).
"""

from dataclasses import dataclass
from typing import Any, TypeAlias, final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from regraft.analysis.arrays import BoolArray, FloatArray, events, labels, times
from regraft.analysis.normal_orthant import chance_any_above
from regraft.analysis.result import Result
from regraft.core.errors import InputError


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class GRhoGamma:
    """Weight S(t-)^rho (1 - S(t-))^gamma of the pooled curve of the stratum.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.stats.GRhoGamma(gamma=1.0)  # late events count most
    GRhoGamma(rho=0.0, gamma=1.0)
    """

    rho: float = 0.0
    gamma: float = 0.0

    def of(self, before: FloatArray, moments: FloatArray) -> FloatArray:  # noqa: ARG002
        """Return the weight at event times, from the pooled curve just before each."""
        return before**self.rho * (1.0 - before) ** self.gamma


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Modest:
    """Weight 1 / max(S(t-), S(until)) of the pooled curve, as R's nphRCT; simtrial's ``mb`` is another definition.

    Examples
    --------
    >>> import regraft as rg
    >>> time, event = [5.0, 8.0, 12.0, 13.0, 15.0, 20.0], [True, True, False, True, True, False]
    >>> found = rg.stats.weighted_log_rank(time, event, list("ababab"), (rg.stats.Modest(until=10.0),))
    >>> found.z.round(3).tolist()
    [0.21]
    """

    until: float

    def of(self, before: FloatArray, moments: FloatArray) -> FloatArray:
        """Return the weight at event times, from the pooled curve just before each."""
        at = int(np.searchsorted(moments, self.until, side="right"))
        floor = before[at] if at < before.size else before[-1]
        return 1.0 / np.maximum(before, floor)


WeightOfTest: TypeAlias = GRhoGamma | Modest


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WeightedTests(Result):
    """Several weighted log-rank statistics of the same two groups.

    Parameters
    ----------
    groups : tuple
        Both labels, sorted.
    score, z, p_value : array, shape (k,)
        Expected minus observed events of the second group (weighted), its standardised form, one-sided p.
    covariance : array, shape (k, k)
        Covariance of the scores.

    Examples
    --------
    >>> import regraft as rg
    >>> time, event = [5.0, 8.0, 12.0, 13.0, 15.0, 20.0], [True, True, False, True, True, False]
    >>> late = (rg.stats.GRhoGamma(), rg.stats.GRhoGamma(gamma=1.0))
    >>> found = rg.stats.weighted_log_rank(time, event, list("ababab"), late)
    >>> found.groups, found.p_value.round(3).tolist()
    (('a', 'b'), [0.393, 0.381])
    """

    groups: tuple[Any, Any]
    score: FloatArray
    covariance: FloatArray
    z: FloatArray
    p_value: FloatArray


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MaxCombo(Result):
    """The largest of several weighted statistics, with the p value of correlated normals (one-sided).

    Examples
    --------
    >>> import regraft as rg
    >>> time, event = [5.0, 8.0, 12.0, 13.0, 15.0, 20.0], [True, True, False, True, True, False]
    >>> found = rg.stats.max_combo(time, event, list("ababab"))
    >>> found.z.size, round(found.largest, 3)
    (2, 0.272)
    """

    z: FloatArray
    correlation: FloatArray
    largest: float
    p_value: float


def weighted_log_rank(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    weights: tuple[WeightOfTest, ...],
    *,
    strata: ArrayLike | None = None,
) -> WeightedTests:
    """Compare the hazards of two groups under several weights at once.

    Parameters
    ----------
    time, event, group : array-like, shape (n,)
        Follow-up (any unit), true for an event, one of two labels.
    weights : tuple
        Weights, at least one.
    strata : array-like, shape (n,), optional
        Labels within which groups are compared.

    Raises
    ------
    InputError
        Not exactly two groups, or no weight.

    Examples
    --------
    >>> import regraft as rg
    >>> time, event, late = [5.0, 8.0, 12.0, 13.0], [True, True, False, True], (rg.stats.GRhoGamma(gamma=1.0),)
    >>> rg.stats.weighted_log_rank(time, event, list("abab"), late).z.round(3).tolist()
    [-0.707]
    """
    t = times(time)
    d = events(event, t.size)
    names, g = labels(group, t.size, "group")
    strata_names, s = labels(strata, t.size, "strata")
    if len(names) != 2:
        raise InputError(f"group: {len(names)} labels. A weighted log-rank test here compares two.")
    if not weights:
        raise InputError("weights: none. Give one at least; rho 0 and gamma 0 is the log-rank test.")
    k = len(weights)
    score, covariance = np.zeros(k), np.zeros((k, k))
    for stratum in range(len(strata_names)):
        inside = s == stratum
        one, spread = _stratum(t[inside], d[inside], g[inside] == 1, weights)
        score, covariance = score + one, covariance + spread
    error = np.sqrt(np.diag(covariance))
    z = np.where(error > 0.0, score / np.where(error > 0.0, error, 1.0), 0.0)
    return WeightedTests(
        groups=(names[0], names[1]), score=score, covariance=covariance, z=z, p_value=np.asarray(ndtr(-z))
    )


def max_combo(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    weights: tuple[GRhoGamma, ...] = (GRhoGamma(), GRhoGamma(gamma=0.5)),
    *,
    strata: ArrayLike | None = None,
) -> MaxCombo:
    """Test two groups by the largest of several weighted statistics.

    A weight that has no variance in these data is left out; without any, p is 1.

    Examples
    --------
    >>> import regraft as rg
    >>> time, event = [5.0, 8.0, 12.0, 13.0, 15.0, 20.0], [True, True, False, True, True, False]
    >>> round(rg.stats.max_combo(time, event, list("ababab")).p_value, 3)
    0.482
    """
    tests = weighted_log_rank(time, event, group, weights, strata=strata)
    error = np.sqrt(np.diag(tests.covariance))
    kept = error > 0.0
    if not kept.any():
        return MaxCombo(z=tests.z, correlation=np.eye(len(weights)), largest=0.0, p_value=1.0)
    correlation = tests.covariance[np.ix_(kept, kept)] / np.outer(error[kept], error[kept])
    largest = float(tests.z[kept].max())
    p_value = chance_any_above(np.full(int(kept.sum()), largest), correlation)
    return MaxCombo(z=tests.z, correlation=correlation, largest=largest, p_value=p_value)


def _stratum(
    t: FloatArray, d: BoolArray, second: BoolArray, weights: tuple[WeightOfTest, ...]
) -> tuple[FloatArray, FloatArray]:
    """Return the scores (expected minus observed of the second group) and their covariance in one stratum."""
    k = len(weights)
    if not d.any():
        return np.zeros(k), np.zeros((k, k))
    moments = np.unique(t[d])
    at_risk, of_second = (_at_risk(t[who], moments) for who in (np.ones(t.size, dtype=np.bool_), second))
    total, observed = (np.bincount(np.searchsorted(moments, t[who]), minlength=moments.size) for who in (d, d & second))
    before = np.concatenate(([1.0], np.cumprod(1.0 - total / at_risk)))
    weight = np.array([one.of(before, moments)[: moments.size] for one in weights])
    share = of_second / at_risk
    left = np.where(at_risk > 1, (at_risk - total) / np.maximum(at_risk - 1, 1), 0.0)
    spread = total * share * (1.0 - share) * left
    return weight @ (total * share - observed), (weight * spread) @ weight.T


def _at_risk(t: FloatArray, moments: FloatArray) -> FloatArray:
    return (t.size - np.searchsorted(np.sort(t), moments, side="left")).astype(np.float64)
