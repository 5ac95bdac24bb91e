"""The Kaplan-Meier estimate with plain, log and log-log intervals, in NumPy; equal to R's ``survfit``."""

from dataclasses import dataclass
from enum import StrEnum
from typing import final

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from regraft.analysis.arrays import tie_width
from regraft.analysis.result import Result
from regraft.core.arrays import Floats, Ints
from regraft.core.kernels import kernel

_TIE = 1e-9  # a moment asked for is that of the curve if it differs by less than this share


class Interval(StrEnum):
    """The scale on which the interval is symmetric.

    Examples
    --------
    >>> import regraft as rg
    >>> curve = rg.stats.kaplan_meier([1.0, 2.0, 3.0], [True, True, False], interval=rg.stats.Interval.PLAIN)
    >>> curve.interval.value
    'plain'
    """

    PLAIN = "plain"
    LOG = "log"
    LOG_LOG = "log-log"


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KaplanMeier(Result):
    """A Kaplan-Meier curve; every array has shape (times,).

    Parameters
    ----------
    time : ndarray of float
        Distinct times at which somebody had the event or was censored, ascending.
    at_risk, events, censored : ndarray of int
        Subjects still at risk just before each time, and those with the event or censored at it.
    survival : ndarray of float
        Proportion without the event just after each time.
    standard_error : ndarray of float
        Greenwood's standard error of the logarithm of `survival`.
    low, high : ndarray of float
        Bounds of the interval; NaN where it is not defined.
    interval : Interval
        Scale of the interval.
    level : float
        Confidence level.

    Examples
    --------
    >>> import regraft as rg
    >>> curve = rg.stats.kaplan_meier([1.0, 2.0, 3.0, 4.0], [True, False, True, False])
    >>> curve.survival.tolist(), curve.number_at_risk([0.0, 2.5]).tolist(), curve.median()
    ([0.75, 0.75, 0.375, 0.375], [4, 2], (3.0, 1.0, nan))
    """

    time: NDArray[np.float64]
    at_risk: NDArray[np.int64]
    events: NDArray[np.int64]
    censored: NDArray[np.int64]
    survival: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    interval: Interval
    level: float

    def to_frame(self) -> pl.DataFrame:
        """Return one row per time."""
        columns = ("time", "at_risk", "events", "censored", "survival", "standard_error", "low", "high")
        return pl.DataFrame({name: getattr(self, name) for name in columns})

    def at(self, moment: float) -> tuple[float, float, float]:
        """Return estimate and bounds at one time; NaN beyond the last observation unless nobody is left.

        Parameters
        ----------
        moment : float
            Time in the unit of `time`.
        """
        index = int(np.searchsorted(self.time, moment * (1.0 + _TIE), side="right")) - 1
        if index < 0:
            return (1.0, 1.0, 1.0) if self.time.size else (np.nan, np.nan, np.nan)
        beyond = index == self.time.size - 1 and moment > self.time[-1] * (1.0 + _TIE)
        if beyond and self.survival[-1] > 0.0:
            return np.nan, np.nan, np.nan
        return float(self.survival[index]), float(self.low[index]), float(self.high[index])

    def number_at_risk(self, moments: ArrayLike) -> NDArray[np.int64]:
        """Return how many are still at risk at each moment (their time is that moment or later).

        Parameters
        ----------
        moments : array_like of float, shape (moments,)
            Times in the unit of `time`.
        """
        leaving = np.append(self.at_risk, 0)
        return leaving[np.searchsorted(self.time, np.asarray(moments, dtype=np.float64) * (1.0 - _TIE))]

    def median(self) -> tuple[float, float, float]:
        """Return the median time with its bounds; NaN for what is not reached."""
        return (
            _first_crossing(self.time, self.survival, self.events),
            _first_crossing(self.time, self.low, self.events),
            _first_crossing(self.time, self.high, self.events),
        )


def kaplan_meier(
    time: ArrayLike, event: ArrayLike, *, interval: Interval = Interval.LOG_LOG, level: float = 0.95
) -> KaplanMeier:
    """Estimate the proportion without the event over time.

    Parameters
    ----------
    time : array_like of float, shape (subjects,)
        Time to the event or to censoring; who is censored at the time of an event was still at risk of it.
    event : array_like of bool, shape (subjects,)
        Whether the event happened.
    interval : Interval
        Scale of the interval.
    level : float
        Confidence level.

    Returns
    -------
    KaplanMeier
        Estimate, numbers at risk and pointwise interval at every distinct time.

    References
    ----------
    Kaplan EL, Meier P. J Am Stat Assoc 1958;53:457. Greenwood M. Rep Public Health Med Subj 1926;33:1.

    Examples
    --------
    >>> curve = kaplan_meier([1.0] * 7 + [5.0] * 16, [True] * 7 + [False] * 16)
    >>> [round(value, 3) for value in curve.at(3.0)]
    [0.696, 0.466, 0.842]
    """
    moments, happened = np.asarray(time, dtype=np.float64), np.asarray(event, dtype=np.bool_)
    order = np.argsort(moments, kind="stable")
    moments, happened = moments[order], happened[order]
    starts = np.flatnonzero(np.diff(moments, prepend=-np.inf) > tie_width(moments))
    events = np.add.reduceat(happened, starts, dtype=np.int64) if starts.size else np.zeros(0, dtype=np.int64)
    at_risk = moments.size - starts
    left = np.diff(np.append(starts, moments.size))
    survival = np.cumprod(1.0 - events / np.maximum(at_risk, 1), dtype=np.float64)
    with np.errstate(divide="ignore"):
        steps = np.where(events > 0, events / (at_risk * (at_risk - events).astype(np.float64)), 0.0)
    error = np.sqrt(np.cumsum(steps))
    low, high = _bounds(survival, error, interval, level)
    return KaplanMeier(
        time=moments[starts],
        at_risk=at_risk,
        events=events,
        censored=left - events,
        survival=survival,
        standard_error=error,
        low=low,
        high=high,
        interval=interval,
        level=level,
    )


def _bounds(
    survival: NDArray[np.float64], error: NDArray[np.float64], interval: Interval, level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the pointwise interval; where nobody is left it is not defined, before the first event it is 1 to 1."""
    z = float(ndtri((1.0 + level) / 2.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.log(survival)
        if interval is Interval.PLAIN:
            low, high = survival - z * error * survival, survival + z * error * survival
        elif interval is Interval.LOG:
            low, high = np.exp(log - z * error), np.exp(log + z * error)
        else:
            half = z * error / log
            low, high = np.exp(-np.exp(np.log(-log) - half)), np.exp(-np.exp(np.log(-log) + half))
    untouched, nobody = survival == 1.0, survival == 0.0
    low = np.where(untouched, 1.0, np.where(nobody, np.nan, np.clip(low, 0.0, 1.0)))
    high = np.where(untouched, 1.0, np.where(nobody, np.nan, np.clip(high, 0.0, 1.0)))
    return low, high


def _first_crossing(time: NDArray[np.float64], curve: NDArray[np.float64], events: NDArray[np.int64]) -> float:
    """Return where a falling curve first reaches one half; the middle of the step where it rests exactly on it."""
    steps = events > 0
    moments, heights = time[steps], curve[steps]
    with np.errstate(invalid="ignore"):
        reached = np.flatnonzero(heights < 0.5 + 1e-12)
    if reached.size == 0:
        return float("nan")
    first = int(reached[0])
    if abs(heights[first] - 0.5) > 1e-12:
        return float(moments[first])
    later = np.flatnonzero(heights < 0.5 - 1e-12)
    return float((moments[first] + (moments[int(later[0])] if later.size else time[-1])) / 2.0)


@kernel
def _free_at(offsets: Ints, time: Floats, event: Ints, moment: float, out: Floats) -> None:
    """Product-limit estimate of each trial at one moment; times ascend within a trial."""
    for trial in range(offsets.size - 1):
        a, b = offsets[trial], offsets[trial + 1]
        free = 1.0
        i = a
        while i < b and time[i] <= moment:
            j = i
            happened = 0
            while j < b and time[j] == time[i]:
                happened += event[j]
                j += 1
            free *= 1.0 - happened / (b - i)
            i = j
        known = b > a and (time[b - 1] >= moment or free == 0.0)
        out[trial] = free if known else np.nan


def free_at_by_trial(
    trial: NDArray[np.int64], time: NDArray[np.float64], event: NDArray[np.bool_], trials: int, moment: float
) -> NDArray[np.float64]:
    """Return the Kaplan-Meier estimate of every trial at one moment.

    Parameters
    ----------
    trial : ndarray of int, shape (subjects,)
        Trial of each subject, from 0 to ``trials - 1``.
    time : ndarray of float, shape (subjects,)
        Time to event or censoring.
    event : ndarray of bool, shape (subjects,)
        Whether the event happened.
    trials : int
        Number of trials.
    moment : float
        Time at which the curves are read.

    Returns
    -------
    ndarray of float, shape (trials,)
        Proportion without the event; NaN where a trial's observation ends before and somebody is left.
    """
    order = np.lexsort((time, trial))
    offsets = np.searchsorted(trial[order], np.arange(trials + 1))
    out = np.empty(trials, dtype=np.float64)
    _free_at(offsets, time[order], event[order].astype(np.int64), moment, out)
    return out
