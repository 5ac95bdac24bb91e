"""The interval that holds 95% of replicate trials, and how many of them it takes to have one."""

from math import floor

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
MIDDLE = 0.5
"""The level of the interval between the quartiles."""
LEAST_REPLICATES = 39
"""With fewer, even the whole span of the replicates holds the next one in less than 95%: (n - 1) / (n + 1)."""


def predictive_interval(values: NDArray[np.float64], level: float = LEVEL) -> tuple[float, float] | None:
    """Return two order statistics between which one further trial lies with at least the probability `level`.

    Trials being exchangeable, the next one lies between the r-th smallest and the r-th largest of n with the
    probability (n + 1 - 2r) / (n + 1), whatever their distribution; ties only add to it. r is the largest that keeps
    the level.

    Parameters
    ----------
    values : float64, shape (replicates,)
        One value per replicate trial.
    level : float
        95%, or 50% for the quartiles.

    Returns
    -------
    tuple of float, or None
        None where there are fewer than `LEAST_REPLICATES`; for the quartiles, fewer than 3.

    Examples
    --------
    >>> predictive_interval(np.arange(39.0)), predictive_interval(np.arange(38.0))
    ((0.0, 38.0), None)
    >>> predictive_interval(np.arange(39.0), MIDDLE)
    (9.0, 29.0)
    """
    count = len(values)
    rank = floor((1.0 - level) / 2.0 * (count + 1) + 1e-9)
    if rank < 1:
        return None
    ordered = np.sort(values)
    return float(ordered[rank - 1]), float(ordered[count - rank])


def no_interval(replicates: int) -> str:
    """Say that there is no interval, and why.

    Examples
    --------
    >>> no_interval(1)
    'no interval: 1 replicate'
    """
    return f"no interval: {replicates} replicate{'' if replicates == 1 else 's'}"
