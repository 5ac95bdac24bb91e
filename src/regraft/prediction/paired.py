"""Paired differences between two arms of the same simulated people, with intervals."""

from dataclasses import dataclass
from math import sqrt
from typing import final

import numpy as np
from scipy.special import ndtri, stdtrit

from regraft.core.arrays import Floats


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """The mean paired difference from the first arm and its 95% interval; ``pairs`` have a value in both arms."""

    pairs: int
    value: float | None
    low: float | None
    high: float | None


def mean_difference(arm: Floats, first: Floats) -> Contrast:
    """Return the mean of the paired differences with a t interval, over pairs known in both arms."""
    difference = arm - first
    known = difference[np.isfinite(difference)]
    interval = t_interval(known)
    value, low, high = interval if interval is not None else (None, None, None)
    return Contrast(pairs=len(known), value=value, low=low, high=high)


def share_difference(arm: Floats, first: Floats) -> Contrast:
    """Return the paired difference of two shares [percentage points].

    The interval is that of Agresti and Min: half a pair added to each of the four cells, so that no difference among
    few patients has no width of zero.

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
    half = float(ndtri(0.975)) * sqrt(b + c - (b - c) ** 2 / total) / total
    low, high = max(-1.0, centre - half), min(1.0, centre + half)
    return Contrast(pairs=n, value=100.0 * (more - less) / n, low=100.0 * low, high=100.0 * high)


def t_interval(values: Floats) -> tuple[float, float, float] | None:
    """Return a mean and its 95% t interval; None for fewer than two values."""
    n = len(values)
    if n < 2:
        return None
    mean = float(values.mean())
    half = float(stdtrit(n - 1, 0.975)) * float(values.std(ddof=1)) / sqrt(n)
    return mean, mean - half, mean + half
