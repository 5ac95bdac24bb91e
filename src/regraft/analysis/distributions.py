"""Tails and quantiles of the distributions that tests and intervals use, without the slow import of scipy.stats."""

from typing import Any

import numpy as np
from scipy.special import chdtrc, chdtri, ndtr, ndtri, stdtr, stdtrit


def chi_square_p(statistic: float, degrees: float) -> float:
    """Return the upper tail of chi-square."""
    return float(chdtrc(degrees, statistic))


def chi_square_quantile(probability: float, degrees: float) -> float:
    """Return the value below which chi-square lies with a probability.

    Examples
    --------
    >>> round(chi_square_quantile(0.95, 1), 4)
    3.8415
    """
    return float(chdtri(degrees, 1.0 - probability))


def two_sided_p(statistic: Any, degrees: float | None = None) -> Any:
    """Return the two-sided p value of z, or of t with `degrees`; a float, or an array shaped as the statistic."""
    size = -np.abs(statistic)
    return 2.0 * (ndtr(size) if degrees is None else stdtr(degrees, size))


def interval_factor(level: float, degrees: float | None = None) -> float:
    """Return how many standard errors an interval reaches to either side.

    Examples
    --------
    >>> round(interval_factor(0.95), 4), round(interval_factor(0.95, 5), 4)
    (1.96, 2.5706)
    """
    tail = 0.5 + level / 2.0
    return float(ndtri(tail) if degrees is None else stdtrit(degrees, tail))
