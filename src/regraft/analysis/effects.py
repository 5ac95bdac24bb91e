"""One number per study on the scale on which studies are pooled: logit of a proportion, log of a ratio, or as it is."""

from dataclasses import dataclass
from enum import StrEnum
from typing import final

import numpy as np
from numpy.typing import ArrayLike

from regraft.analysis.arrays import FloatArray
from regraft.analysis.distributions import interval_factor
from regraft.core.errors import InputError


class Scale(StrEnum):
    """On which scale studies are pooled.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.stats.Scale.LOGIT.back(0.0), rg.stats.Scale.RAW.back(0.25)
    (0.5, 0.25)
    """

    LOGIT = "logit"  # proportions between 0 and 1
    LOG = "log"  # ratios and rates, above 0
    RAW = "raw"  # anything

    def forward(self, value: float) -> float:
        """Return a value on this scale.

        Raises
        ------
        InputError
            The value does not lie where the scale is defined.
        """
        if self is Scale.LOGIT:
            if not 0 < value < 1:
                raise InputError(f"proportion {value:g}: a logit needs one between 0 and 1. Give counts instead.")
            return float(np.log(value / (1.0 - value)))
        if self is Scale.LOG:
            if not value > 0:
                raise InputError(f"ratio {value:g}: a logarithm needs one above 0. Give counts instead.")
            return float(np.log(value))
        return value

    def back(self, value: float) -> float:
        """Return a value of this scale as a proportion, a ratio, or as it is."""
        if self is Scale.LOGIT:
            return float(1.0 / (1.0 + np.exp(-value)))
        return float(np.exp(value)) if self is Scale.LOG else value


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Effects:
    """Estimates of k studies with their variances on one scale, each of shape (k,).

    Examples
    --------
    >>> import regraft as rg
    >>> effects = rg.stats.from_counts([2, 5, 1], [20, 30, 25])
    >>> effects.scale.value, effects.variance.round(3).tolist()
    ('logit', [0.556, 0.24, 1.042])
    """

    scale: Scale
    estimate: FloatArray
    variance: FloatArray


def from_counts(events: ArrayLike, totals: ArrayLike) -> Effects:
    """Return logits of proportions; one half is added to both cells of a study with 0 or all events.

    Parameters
    ----------
    events, totals : array-like, shape (k,)
        Counts; fractional ones stand for effective numbers.

    Raises
    ------
    InputError
        No subjects, or more events than subjects.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.stats.from_counts([2, 0], [20, 30]).estimate.round(2).tolist()
    [-2.2, -4.11]
    """
    happened, subjects = np.asarray(events, dtype=np.float64), np.asarray(totals, dtype=np.float64)
    if (subjects <= 0).any() or (happened < 0).any() or (happened > subjects).any():
        raise InputError("events: must lie between 0 and the number of subjects, which must be above 0.")
    rest = subjects - happened
    added = np.where((happened == 0) | (rest == 0), 0.5, 0.0)
    a, b = happened + added, rest + added
    return Effects(scale=Scale.LOGIT, estimate=np.log(a / b), variance=1.0 / a + 1.0 / b)


def from_interval(value: float, low: float, high: float, scale: Scale, level: float) -> tuple[float, float]:
    """Return estimate and variance on a scale from a published interval, taken as symmetric there.

    Parameters
    ----------
    value, low, high : float
        Published number with its limits.
    scale : Scale
        Scale of pooling.
    level : float
        Coverage of the interval, such as 0.95.

    Raises
    ------
    InputError
        Limits that do not enclose the value, or lie outside the range of the scale.

    Examples
    --------
    >>> estimate, variance = from_interval(0.07, 0.02, 0.24, Scale.LOG, 0.95)
    >>> round(estimate, 3), round(variance, 3)
    (-2.659, 0.402)
    """
    if not low <= value <= high or low == high:
        raise InputError(f"interval {low:g} to {high:g}: must enclose {value:g}. Correct the evidence file.")
    width = scale.forward(high) - scale.forward(low)
    return scale.forward(value), (width / (2.0 * interval_factor(level))) ** 2
