"""Cumulative incidence with competing risks (Aalen-Johansen) and its variance.

Sources: Aalen OO, Johansen S. Scand J Stat 1978;5:141; Gray RJ. Ann Stat 1988;16:1141 (the variance, with the
correction for tied events that R's cmprsk uses); Marubini E, Valsecchi MG. Wiley 1995 (log-log interval).
"""

from dataclasses import dataclass
from typing import final

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from regraft.analysis.arrays import FloatArray, IntArray, statuses, times
from regraft.analysis.distributions import interval_factor
from regraft.analysis.result import Result
from regraft.core.errors import InputError


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CumulativeIncidence(Result):
    """The share that has had one cause first, as a step function that jumps at `time`.

    Parameters
    ----------
    cause : int
        The cause.
    time : array, shape (m,)
        Distinct times of any event, ascending.
    at_risk : array, shape (m,)
        Subjects at risk just before each time.
    incidence, variance : array, shape (m,)
        Estimate from each time on, and its variance.
    low, high : array, shape (m,)
        Limits, symmetric on the log-log scale; equal to the estimate while that is 0.
    followed_to : float
        Last time of follow-up; the function is not known beyond.

    Examples
    --------
    >>> import regraft as rg
    >>> cause = [1, 2, 1, 0]  # relapse, another cause first, relapse, neither
    >>> found = rg.stats.cumulative_incidence([1.0, 2.0, 3.0, 4.0], cause)
    >>> found.incidence.tolist()
    [0.25, 0.25, 0.5]
    """

    cause: int
    time: FloatArray
    at_risk: IntArray
    incidence: FloatArray
    variance: FloatArray
    low: FloatArray
    high: FloatArray
    followed_to: float

    def at(self, moments: ArrayLike) -> pl.DataFrame:
        """Return estimate, standard error and limits at the moments asked for; null beyond follow-up."""
        asked = np.asarray(moments, dtype=np.float64)
        index = np.searchsorted(self.time, asked * (1.0 + 1e-9), side="right")
        known = pl.Series(asked <= self.followed_to * (1.0 + 1e-9))
        columns = {
            "incidence": self.incidence,
            "standard_error": np.sqrt(self.variance),
            "low": self.low,
            "high": self.high,
        }
        read = {name: np.concatenate(([0.0], column))[index] for name, column in columns.items()}
        shown = [pl.when(known).then(pl.col(name)).alias(name) for name in read]
        return pl.DataFrame({"time": asked, **read}).with_columns(shown)

    def to_frame(self) -> pl.DataFrame:
        """Return one row per time."""
        columns = ("time", "at_risk", "incidence", "variance", "low", "high")
        return pl.DataFrame({name: getattr(self, name) for name in columns})


def cumulative_incidence(
    time: ArrayLike, status: ArrayLike, cause: int = 1, *, level: float = 0.95
) -> CumulativeIncidence:
    """Estimate the cumulative incidence of one cause.

    Parameters
    ----------
    time : array-like, shape (n,)
        Follow-up.
    status : array-like of int, shape (n,)
        0 censored, 1, 2, ... the cause of the first event.
    cause : int
        The cause asked for.
    level : float
        Coverage of the interval.

    Raises
    ------
    InputError
        Unusable arrays, or `cause` is not above 0.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.stats.cumulative_incidence([1.0, 2.0, 3.0, 4.0], [1, 2, 1, 0])
    >>> found.to_frame().columns
    ['time', 'at_risk', 'incidence', 'variance', 'low', 'high']
    """
    t = times(time)
    code = statuses(status, t.size)
    if cause < 1:
        raise InputError(f"cause {cause}: 0 means censored. Causes count from 1.")
    moments = np.unique(t[code > 0])
    at_risk = t.size - np.searchsorted(np.sort(t), moments, side="left")
    own = _counts(moments, t[code == cause])
    other = _counts(moments, t[(code > 0) & (code != cause)])
    survival = np.cumprod(1.0 - (own + other) / at_risk)
    before = np.concatenate(([1.0], survival[:-1])) if moments.size else survival
    incidence = np.cumsum(before * own / at_risk)
    variance = _variance(own, other, at_risk, before, survival, incidence)
    low, high = log_log_limits(incidence, variance, level)
    return CumulativeIncidence(
        cause=cause,
        time=moments,
        at_risk=at_risk,
        incidence=incidence,
        variance=variance,
        low=low,
        high=high,
        followed_to=float(t.max()),
    )


def _counts(moments: FloatArray, happened: FloatArray) -> IntArray:
    return np.bincount(np.searchsorted(moments, happened), minlength=moments.size)


def _variance(
    own: IntArray, other: IntArray, at_risk: IntArray, before: FloatArray, survival: FloatArray, incidence: FloatArray
) -> FloatArray:
    """Return the variance of the incidence F at each time from the increments of both cause-specific hazards.

    An event of the cause at u moves F(t) by 1 - (F(t) - F(u)) / S(u), a competing one by -(F(t) - F(u)) / S(u);
    expanding the square leaves three running sums.
    """
    inverse = np.where(survival > 0, 1.0 / np.where(survival > 0, survival, 1.0), 0.0)
    ratio = incidence * inverse
    by_own = before**2 * own / at_risk**2 * _ties(own, at_risk)
    by_other = np.where(survival > 0, before**2 * other / at_risk**2 * _ties(other, at_risk), 0.0)
    constant = np.cumsum((1.0 + ratio) ** 2 * by_own + ratio**2 * by_other)
    linear = np.cumsum(inverse * ((1.0 + ratio) * by_own + ratio * by_other))
    square = np.cumsum(inverse**2 * (by_own + by_other))
    return np.maximum(constant - 2.0 * incidence * linear + incidence**2 * square, 0.0)


def _ties(count: IntArray, at_risk: IntArray) -> FloatArray:
    """Return the finite-population factor of tied events."""
    return 1.0 - np.where(count > 1, (count - 1) / np.maximum(at_risk - 1, 1), 0.0)


def log_log_limits(incidence: FloatArray, variance: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    """Return limits of a proportion that are symmetric on the log(-log) scale, shape as given."""
    inside = (incidence > 0) & (incidence < 1)
    p = np.where(inside, incidence, 0.5)
    reach = interval_factor(level) * np.sqrt(variance) / (p * np.abs(np.log(p)))
    reach = np.minimum(reach, 700.0)
    low = np.where(inside, p ** np.exp(reach), incidence)
    high = np.where(inside, p ** np.exp(-reach), incidence)
    return low, high
