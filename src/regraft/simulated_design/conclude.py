"""What a simulated trial says at its end: stage-wise p and the median-unbiased estimate, for many trials at once.

Both depend on the look of the stop and on z there alone, so they are calculated on a grid of z for each look and
interpolated. Information is taken as planned, and futility as a boundary that does not bind.
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.special import ndtr, ndtri

from regraft.core.arrays import Floats
from regraft.design.looks.boundaries import LookPlan, boundaries
from regraft.design.looks.conditional import Seen
from regraft.design.looks.final import drift_at, stage_wise_p

_GRID: Floats = np.linspace(-6.0, 8.0, 57)
_LEAST = 1e-12


def concluded(plan: LookPlan | None, look: np.ndarray, z: Floats) -> tuple[Floats, Floats]:
    """Return the p value and the median-unbiased drift of trials.

    Parameters
    ----------
    plan : LookPlan or None
        The looks; None: one look, at the end.
    look : array of int, shape (trials,)
        Look of the stop, from 1.
    z : array, shape (trials,)
        Statistic there; where it is not a number, nothing is said.
    """
    if plan is None:
        return ndtr(-z), z
    p, drift = np.full(z.size, np.nan), np.full(z.size, np.nan)
    for k, (of_p, of_drift) in enumerate(_curves(replace(plan, futility=None, binding=False)), start=1):
        here = (look == k) & ~np.isnan(z)
        inside = np.clip(z[here], _GRID[0], _GRID[-1])
        p[here], drift[here] = ndtr(-of_p(inside)), of_drift(inside)
    return p, drift


@lru_cache(maxsize=64)
def _curves(plan: LookPlan) -> tuple[tuple[CubicSpline, CubicSpline], ...]:
    """Return for every look the p value (as a normal quantile) and the median-unbiased drift by z."""
    bounds = boundaries(plan)
    found = []
    for look in range(1, bounds.fractions.size + 1):
        at = [Seen(look=look, z=float(z)) for z in _GRID]
        p = np.clip([stage_wise_p(bounds, one, 0.0) for one in at], _LEAST, 1.0 - _LEAST)
        found.append((CubicSpline(_GRID, -ndtri(p)), CubicSpline(_GRID, [drift_at(bounds, one, 0.5) for one in at])))
    return tuple(found)
