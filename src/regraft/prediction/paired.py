"""Paired differences between two arms of the same simulated people, with intervals."""

from dataclasses import dataclass
from math import exp, log1p, sqrt
from typing import final

import numpy as np
from scipy.special import ndtri, stdtrit

from regraft.core.arrays import Floats
from regraft.prediction.between_draws import Draws, mean_half_width

_UPPER = float(ndtri(0.975))


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """The mean paired difference from the first arm and its 95% interval; ``pairs`` have a value in both arms."""

    pairs: int
    value: float | None
    low: float | None
    high: float | None


def mean_difference(arm: Floats, first: Floats, draws: Draws | None = None) -> Contrast:
    """Return the mean of the paired differences over pairs known in both arms.

    With a t interval; with `draws`, that of one further draw (`regraft.prediction.between_draws`).
    """
    difference = arm - first
    known = difference[np.isfinite(difference)]
    if draws is None:
        interval = t_interval(known)
        value, low, high = interval if interval is not None else (None, None, None)
        return Contrast(pairs=len(known), value=value, low=low, high=high)
    half = mean_half_width(difference, draws)
    if half is None:
        return Contrast(pairs=len(known), value=None, low=None, high=None)
    value = float(known.mean())
    return Contrast(pairs=len(known), value=value, low=value - half, high=value + half)


def share_difference(arm: Floats, first: Floats, draws: Draws | None = None) -> Contrast:
    """Return the paired difference of two shares [percentage points].

    The interval is that of Agresti and Min: half a pair added to each of the four cells, so that no difference among
    few patients has no width of zero. With `draws` it is that of one further draw
    (`regraft.prediction.between_draws`), with their variance within a draw.

    References
    ----------
    Agresti A, Min Y. Stat Med 2005;24:729.

    Examples
    --------
    >>> both = np.array([1.0, 0.0, 0.0, 0.0])
    >>> found = share_difference(both, both)
    >>> found.value, round(found.high, 1)
    (0.0, 32.7)
    """
    known = np.isfinite(arm) & np.isfinite(first)
    n = int(known.sum())
    if n == 0:
        return Contrast(pairs=0, value=None, low=None, high=None)
    more = float((arm[known] > first[known]).sum())
    less = float((arm[known] < first[known]).sum())
    b, c, total = more + 0.5, less + 0.5, n + 2.0
    centre = (b - c) / total
    per_pair = (b + c - (b - c) ** 2 / total) / total
    half = _UPPER * sqrt(per_pair / total)
    if draws is not None:
        half = max(half, mean_half_width(arm - first, draws, variance=per_pair) or 0.0)
    low, high = max(-1.0, centre - half), min(1.0, centre + half)
    return Contrast(pairs=n, value=100.0 * (more - less) / n, low=100.0 * low, high=100.0 * high)


def interval_between(values: Floats, draws: Draws) -> tuple[float, float, float] | None:
    """Return a mean and its 95% interval under one further draw; None where fewer than two draws have a value.

    A quantity that nobody has below zero (a day, a dose, a count) has the interval of a lognormal distribution of the
    same mean and variance, which never is below zero either.
    """
    half = mean_half_width(values, draws)
    if half is None:
        return None
    mean = float(np.nanmean(values))
    if mean <= 0.0 or float(np.nanmin(values)) < 0.0:
        return mean, mean - half, mean + half
    sigma = sqrt(log1p((half / _UPPER / mean) ** 2))
    return mean, mean * exp(-0.5 * sigma**2 - _UPPER * sigma), mean * exp(-0.5 * sigma**2 + _UPPER * sigma)


def t_interval(values: Floats) -> tuple[float, float, float] | None:
    """Return a mean and its 95% t interval; None for fewer than two values."""
    n = len(values)
    if n < 2:
        return None
    mean = float(values.mean())
    half = float(stdtrit(n - 1, 0.975)) * float(values.std(ddof=1)) / sqrt(n)
    return mean, mean - half, mean + half
