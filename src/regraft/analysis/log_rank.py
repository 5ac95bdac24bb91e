"""Log-rank tests: k samples, stratified and weighted, and one sample against an expected hazard.

Sources: Fleming TR, Harrington DP. Counting Processes and Survival Analysis. Wiley 1991 (the G-rho family);
Breslow NE. Int Stat Rev 1975;43:45 (one sample).
"""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
import polars as pl
from numpy.typing import ArrayLike
from scipy.sparse import csgraph

from regraft.analysis.arrays import BoolArray, FloatArray, IntArray, events, floats, labels, times
from regraft.analysis.counts import exact_rate_interval
from regraft.analysis.distributions import chi_square_p
from regraft.analysis.result import Result
from regraft.core.errors import InputError


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogRank(Result):
    """A k-sample log-rank test.

    Parameters
    ----------
    groups : tuple
        The k labels, sorted.
    subjects : array, shape (k,)
        Subjects per group.
    observed, expected : array, shape (k,)
        Events, and events expected if all groups had one hazard (weighted when rho is not 0).
    covariance : array, shape (k, k)
        Covariance of observed minus expected.
    chi_square, degrees, p_value : float
        The test. The degrees of freedom are the rank of the covariance: groups that were never at risk together at an
        event (in no stratum) are not compared.

    Examples
    --------
    >>> import regraft as rg
    >>> time, event = [5.0, 8.0, 12.0, 13.0, 15.0, 20.0], [True, True, False, True, True, False]
    >>> found = rg.stats.log_rank(time, event, list("ababab"))
    >>> found.observed.tolist(), found.expected.round(3).tolist()
    ([2.0, 2.0], [1.733, 2.267])
    """

    groups: tuple[Any, ...]
    subjects: IntArray
    observed: FloatArray
    expected: FloatArray
    covariance: FloatArray
    chi_square: float
    degrees: int
    p_value: float

    def to_frame(self) -> pl.DataFrame:
        """Return one row per group."""
        columns = ("subjects", "observed", "expected")
        return pl.DataFrame({"group": [str(name) for name in self.groups], **{c: getattr(self, c) for c in columns}})


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class OneSampleLogRank(Result):
    """Observed against expected events, with the exact Poisson interval of their ratio.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.stats.one_sample_log_rank([True, False, True], [0.5, 1.0, 1.5])
    >>> round(found.ratio, 3), round(found.low, 3), round(found.high, 3)
    (0.667, 0.081, 2.408)
    """

    observed: int
    expected: float
    ratio: float
    low: float
    high: float
    chi_square: float
    p_value: float


def log_rank(
    time: ArrayLike, event: ArrayLike, group: ArrayLike, *, strata: ArrayLike | None = None, rho: float = 0.0
) -> LogRank:
    """Compare the hazards of two or more groups.

    Parameters
    ----------
    time, event, group : array-like, shape (n,)
        Follow-up (any unit), true for an event, and the label of the group.
    strata : array-like, shape (n,), optional
        Labels within which groups are compared.
    rho : float
        Weight S(t-)^rho from the pooled curve of the stratum; 0 is the log-rank test, 1 Peto and Peto's Wilcoxon.

    Raises
    ------
    InputError
        Fewer than two groups, or no event that two groups were at risk for.

    Examples
    --------
    >>> import regraft as rg
    >>> time, event = [5.0, 8.0, 12.0, 13.0, 15.0, 20.0], [True, True, False, True, True, False]
    >>> round(rg.stats.log_rank(time, event, list("ababab")).p_value, 3)
    0.786
    """
    t = times(time)
    d = events(event, t.size)
    names, g = labels(group, t.size, "group")
    strata_names, s = labels(strata, t.size, "strata")
    if len(names) < 2:
        raise InputError(f"group: only {names[0]!r}. A log-rank test compares two groups or more.")
    k = len(names)
    observed, expected, covariance = np.zeros(k), np.zeros(k), np.zeros((k, k))
    for stratum in range(len(strata_names)):
        inside = s == stratum
        o, e, v = _stratum(t[inside], d[inside], g[inside], k, rho)
        observed, expected, covariance = observed + o, expected + e, covariance + v
    chi_square, degrees = _chi_square(observed - expected, covariance)
    if degrees == 0:
        raise InputError("no event happened while two groups were at risk: nothing to compare.")
    return LogRank(
        groups=names,
        subjects=np.bincount(g, minlength=k),
        observed=observed,
        expected=expected,
        covariance=covariance,
        chi_square=chi_square,
        degrees=degrees,
        p_value=chi_square_p(chi_square, degrees),
    )


def _chi_square(difference: FloatArray, covariance: FloatArray) -> tuple[float, int]:
    """Return the statistic and its degrees of freedom, the rank of the covariance.

    Two groups have a covariance if they met at an event in some stratum. Groups that hang together by such meetings are
    compared with each other and not with the rest; each such cluster of c groups gives c - 1 degrees of freedom.
    """
    clusters, cluster = csgraph.connected_components(covariance != 0, directed=False)
    chi_square, degrees = 0.0, 0
    for index in range(clusters):
        kept = np.flatnonzero(cluster == index)[1:]
        if kept.size:
            own = difference[kept]
            chi_square += float(own @ np.linalg.solve(covariance[np.ix_(kept, kept)], own))
            degrees += kept.size
    return chi_square, degrees


def _stratum(t: FloatArray, d: BoolArray, g: IntArray, k: int, rho: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return observed and expected events and their covariance in one stratum."""
    if not d.any():
        return np.zeros(k), np.zeros(k), np.zeros((k, k))
    moments = np.unique(t[d])
    deaths, at_risk = np.empty((moments.size, k)), np.empty((moments.size, k))
    for j in range(k):
        followed = np.sort(t[g == j])
        at_risk[:, j] = followed.size - np.searchsorted(followed, moments, side="left")
        deaths[:, j] = np.bincount(np.searchsorted(moments, t[d & (g == j)]), minlength=moments.size)
    total, n = deaths.sum(axis=1), at_risk.sum(axis=1)
    before = np.concatenate(([1.0], np.cumprod(1.0 - total / n)[:-1]))
    weight = before**rho
    share = at_risk / n[:, None]
    spread = weight**2 * total * np.where(n > 1, (n - total) / np.maximum(n - 1, 1), 0.0)
    covariance = np.diag(spread @ share) - (share * spread[:, None]).T @ share
    return weight @ deaths, weight @ (share * total[:, None]), covariance


def one_sample_log_rank(event: ArrayLike, expected_hazard: ArrayLike, *, level: float = 0.95) -> OneSampleLogRank:
    """Compare observed events with those expected under a known hazard (a population table, a historical rate).

    Parameters
    ----------
    event : array-like, shape (n,)
        True for an event.
    expected_hazard : array-like, shape (n,)
        Cumulative hazard of each subject over the own follow-up, such as rate times time.
    level : float
        Coverage of the interval of observed over expected.

    Raises
    ------
    InputError
        A negative hazard, or none at all.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.stats.one_sample_log_rank([True, False, True], [0.5, 1.0, 1.5])
    >>> found.observed, found.expected
    (2, 3.0)
    """
    hazard = floats(expected_hazard, "expected hazard")
    d = events(event, hazard.size)
    if hazard.size == 0 or hazard.min() < 0 or hazard.sum() <= 0:
        raise InputError("expected hazard: must be zero or more, and above zero in someone. Check rate and follow-up.")
    observed, expected = int(d.sum()), float(hazard.sum())
    chi_square = (observed - expected) ** 2 / expected
    low, high = exact_rate_interval(observed, expected, level)
    return OneSampleLogRank(
        observed=observed,
        expected=expected,
        ratio=observed / expected,
        low=low,
        high=high,
        chi_square=chi_square,
        p_value=chi_square_p(chi_square, 1),
    )
