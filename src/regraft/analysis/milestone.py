"""The difference of two groups in the share free of the event at one time, plain and on the log-log scale.

The plain test is defined as soon as one group had an event by then; the log-log one needs a share strictly between 0
and 1 in both, and says so. Source: Klein JP, Logan B, Harhoff M, Andersen PK. Stat Med 2007;26:4505 (recalled).
"""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from regraft.analysis.arrays import events, labels, times
from regraft.analysis.result import Result
from regraft.analysis.survival import kaplan_meier
from regraft.core.errors import InputError


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class MilestoneTest(Result):
    """Difference of the second group minus the first (benefit positive), its standard error, z and one-sided p.

    `z` is 0 and p one half where nobody had the event by then: nothing differs, and nothing is infinite.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.stats.milestone_difference([1.0, 9.0, 9.0, 9.0], [True, False, False, False], list("aabb"), 5.0)
    >>> found.groups, found.difference, round(found.z, 3)
    (('a', 'b'), 0.5, 1.414)
    """

    groups: tuple[Any, Any]
    free: tuple[float, float]
    difference: float
    standard_error: float
    z: float
    p_value: float


def milestone_difference(time: ArrayLike, event: ArrayLike, group: ArrayLike, at_time: float) -> MilestoneTest:
    """Return the plain difference of the Kaplan-Meier shares at a time, with Greenwood's standard error.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.stats.milestone_difference([1.0, 9.0, 9.0, 9.0], [True, False, False, False], list("aabb"), 5.0).free
    (0.5, 1.0)
    """
    names, free, errors = _shares(time, event, group, at_time)
    return _tested(names, free, free[1] - free[0], float(np.hypot(free[0] * errors[0], free[1] * errors[1])))


def milestone_log_log(time: ArrayLike, event: ArrayLike, group: ArrayLike, at_time: float) -> MilestoneTest:
    """Return the difference of the log cumulative hazards at a time (benefit positive).

    Raises
    ------
    InputError
        All or none of a group are free: the scale ends there.

    Examples
    --------
    >>> import regraft as rg
    >>> time, event = [1.0, 9.0, 2.0, 9.0, 9.0], [True, False, True, False, False]
    >>> round(rg.stats.milestone_log_log(time, event, list("aabbb"), 5.0).difference, 3)
    0.536
    """
    names, free, errors = _shares(time, event, group, at_time)
    if min(free) <= 0.0 or max(free) >= 1.0:
        raise InputError(
            f"shares free at {at_time:g}: {free[0]:.3g} and {free[1]:.3g}. The log-log scale needs both "
            "strictly between 0 and 1. Use the plain difference, or an exact test."
        )
    hazards = -np.log(free)
    return _tested(
        names,
        free,
        float(np.log(hazards[0] / hazards[1])),
        float(np.hypot(errors[0] / hazards[0], errors[1] / hazards[1])),
    )


def _shares(
    time: ArrayLike, event: ArrayLike, group: ArrayLike, at_time: float
) -> tuple[tuple[Any, Any], tuple[float, float], tuple[float, float]]:
    """Return labels, Kaplan-Meier shares, and standard errors of their logarithms."""
    t = times(time)
    d = events(event, t.size)
    names, g = labels(group, t.size, "group")
    if len(names) != 2:
        raise InputError(f"group: {len(names)} labels. A difference compares two.")
    free, errors = [], []
    for j in (0, 1):
        curve = kaplan_meier(t[g == j], d[g == j])
        share = curve.at(at_time)[0]
        if np.isnan(share):
            raise InputError(f"time {at_time:g}: {names[j]!r} is not followed so long. Choose an earlier time.")
        last = int(np.searchsorted(curve.time, at_time * (1.0 + 1e-9), side="right")) - 1
        free.append(share)
        errors.append(float(curve.standard_error[last]) if last >= 0 and share > 0.0 else 0.0)
    return (names[0], names[1]), (free[0], free[1]), (errors[0], errors[1])


def _tested(names: tuple[Any, Any], free: tuple[float, float], difference: float, error: float) -> MilestoneTest:
    if error == 0.0 and difference != 0.0:
        raise InputError(
            f"shares free {free[0]:g} and {free[1]:g} have no spread: all of one group had the event. "
            "Use an exact test."
        )
    z = difference / error if error > 0.0 else 0.0
    return MilestoneTest(
        groups=names, free=free, difference=difference, standard_error=error, z=z, p_value=float(ndtr(-z))
    )
