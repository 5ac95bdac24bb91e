"""Restricted mean survival time with the standard error of the estimate, and the difference of two groups.

The standard error is that of the estimate (Greenwood), not the standard deviation of the restricted time.
Source: Royston P, Parmar MKB. BMC Med Res Methodol 2013;13:152.
"""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike

from regraft.analysis.arrays import events, labels, times
from regraft.analysis.distributions import interval_factor, two_sided_p
from regraft.analysis.result import Result
from regraft.analysis.survival import kaplan_meier
from regraft.core.errors import InputError

_TIE = 1e-9  # a horizon beyond the last time by less than this share is that time


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictedMean(Result):
    """Mean time without event up to a horizon, in the unit of the times.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.stats.restricted_mean([1.0, 3.0, 5.0, 5.0], [True, True, False, False], 5.0)
    >>> found.horizon, found.mean, round(found.standard_error, 3)
    (5.0, 3.5, 0.829)
    """

    horizon: float
    mean: float
    standard_error: float
    low: float
    high: float


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictedMeanDifference(Result):
    """Restricted mean of the second group minus that of the first.

    Examples
    --------
    >>> import regraft as rg
    >>> time, event = [1.0, 3.0, 5.0, 5.0, 2.0, 4.0], [True, True, False, False, True, True]
    >>> found = rg.stats.restricted_mean_difference(time, event, [0, 0, 0, 1, 1, 1], 5.0)
    >>> [round(one.mean, 3) for one in found.means], round(found.p_value, 3)
    ([3.0, 3.667], 0.574)
    """

    groups: tuple[Any, ...]
    means: tuple[RestrictedMean, RestrictedMean]
    difference: float
    standard_error: float
    low: float
    high: float
    p_value: float


def restricted_mean(time: ArrayLike, event: ArrayLike, horizon: float, *, level: float = 0.95) -> RestrictedMean:
    """Return the area under the Kaplan-Meier curve up to the horizon.

    Parameters
    ----------
    time, event : array-like, shape (n,)
        Follow-up and true for an event.
    horizon : float
        Where the area ends, in the unit of `time`.
    level : float
        Coverage of the normal interval.

    Raises
    ------
    InputError
        The curve is not known up to the horizon: somebody was censored before it and nobody was followed longer.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.stats.restricted_mean([1.0, 3.0, 5.0, 5.0], [True, True, False, False], 5.0)
    >>> found.mean
    3.5
    """
    t = times(time)
    d = events(event, t.size)
    if not 0 < horizon < np.inf:
        raise InputError(f"horizon {horizon:g}: must be above zero. Give it in the unit of the times.")
    curve = kaplan_meier(t, d)
    last = float(curve.time[-1])
    if horizon > last * (1.0 + _TIE) and curve.survival[-1] > 0:
        raise InputError(
            f"horizon {horizon:g}: follow-up ends at {last:g} with {int(curve.censored[-1])} subjects still without "
            "event. Choose an earlier horizon."
        )
    used = (curve.events > 0) & (curve.time <= horizon)
    moments, deaths, at_risk = curve.time[used], curve.events[used], curve.at_risk[used]
    pieces = np.concatenate(([1.0], curve.survival[used])) * np.diff(np.concatenate(([0.0], moments, [horizon])))
    mean = float(pieces.sum())
    area_after = np.cumsum(pieces[::-1])[::-1][1:]
    left = at_risk - deaths
    step = np.where(left > 0, deaths / (at_risk * np.maximum(left, 1)), 0.0)
    error = float(np.sqrt((area_after**2 * step).sum()))
    reach = interval_factor(level) * error
    return RestrictedMean(horizon=horizon, mean=mean, standard_error=error, low=mean - reach, high=mean + reach)


def restricted_mean_difference(
    time: ArrayLike, event: ArrayLike, group: ArrayLike, horizon: float, *, level: float = 0.95
) -> RestrictedMeanDifference:
    """Return the restricted mean of the second label (in sorted order) minus that of the first.

    Raises
    ------
    InputError
        Not exactly two groups, or a curve that ends before the horizon.

    Examples
    --------
    >>> import regraft as rg
    >>> time, event = [1.0, 3.0, 5.0, 5.0, 2.0, 4.0], [True, True, False, False, True, True]
    >>> round(rg.stats.restricted_mean_difference(time, event, [0, 0, 0, 1, 1, 1], 5.0).difference, 3)
    0.667
    """
    t = times(time)
    d = events(event, t.size)
    names, g = labels(group, t.size, "group")
    if len(names) != 2:
        raise InputError(f"group: {len(names)} labels. A difference of restricted means compares two.")
    first, second = (restricted_mean(t[g == j], d[g == j], horizon, level=level) for j in (0, 1))
    difference = second.mean - first.mean
    error = float(np.hypot(first.standard_error, second.standard_error))
    if error == 0:
        raise InputError("no event before the horizon in either group: no difference to test.")
    reach = interval_factor(level) * error
    return RestrictedMeanDifference(
        groups=names,
        means=(first, second),
        difference=difference,
        standard_error=error,
        low=difference - reach,
        high=difference + reach,
        p_value=float(two_sided_p(difference / error)),
    )
