"""Events known only to lie between two visits: the share still free of them, without pretending to know the day.

Source: Turnbull BW. J R Stat Soc B 1976;38:290 (the estimate); Gentleman R, Geyer CJ. Biometrika 1994;81:618 (when it
is the maximum); Varadhan R, Roland C. Scand J Stat 2008;35:335 (the acceleration).
"""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from regraft.analysis.arrays import FloatArray, IntArray
from regraft.analysis.result import Result
from regraft.core.errors import InputError

_optimize: Any = optimize
_MOST_STEPS, _MOST_NEWTON = 500, 60
_NEAR, _FAR = 1e-3, 1e-2  # by how much the slope may exceed 1: before Newton's steps, and at the very end
_LARGEST = 3_000_000  # cells of the matrix of Newton's steps
_LEAST_CHANCE = 1e-13  # at the maximum no subject's intervals hold less than one part in all subjects


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IntervalCensored(Result):
    """Where the events can lie and how many, relative to all.

    Parameters
    ----------
    after, until : array, shape (m,)
        Intervals (after, until] that hold all the mass; inside them the data cannot say where. `until` may be infinite.
    mass : array, shape (m,)
        Share of the subjects whose event lies in each; sums to 1.
    subjects : int
        Subjects.
    excess : float
        By how much the slope of the log-likelihood per subject exceeds 1 along any mass: 0 at the maximum. Below 1e-6,
        except where thousands of different intervals stop the search earlier, below 1e-3.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.stats.interval_censored([0.0, 1.0, 2.0, 3.0], [2.0, 3.0, float("inf"), float("inf")])
    >>> found.after.tolist(), found.until.tolist(), found.mass.round(3).tolist()
    ([1.0, 3.0], [2.0, inf], [0.5, 0.5])
    """

    after: FloatArray
    until: FloatArray
    mass: FloatArray
    subjects: int
    excess: float

    def free_at(self, moment: float) -> tuple[float, float]:
        """Return the least and the greatest share still free at a moment.

        They differ when the moment lies inside an interval: no data say where in it the events were. Both are
        estimates; the two are no confidence interval.
        """
        least = float(self.mass[(self.after >= moment) & (self.until > moment)].sum())
        greatest = float(self.mass[self.until > moment].sum())
        return min(least, 1.0), min(greatest, 1.0)


def interval_censored(after: ArrayLike, until: ArrayLike) -> IntervalCensored:
    """Estimate when events happened that are known to lie in (after, until].

    Parameters
    ----------
    after : array_like, shape (n,)
        Last time at which each subject was seen free of the event, at least 0; equal to `until` for an event whose time
        is known.
    until : array_like, shape (n,)
        First time at which the event was seen; infinity for who was free when last seen.

    Returns
    -------
    IntervalCensored
        The maximum-likelihood estimate. It equals R's ``survfit(Surv(after, until, type = "interval2") ~ 1)`` run to
        convergence, and Kaplan-Meier where every event is known to the day.

    Raises
    ------
    InputError
        No subjects, a missing or negative time, or an event seen before the subject was last free.

    Examples
    --------
    >>> found = interval_censored([0.0, 1.0, 2.0, 3.0], [2.0, 3.0, np.inf, np.inf])
    >>> found.mass.round(4).tolist(), [round(free, 4) for free in found.free_at(3.0)]
    ([0.5, 0.5], [0.5, 0.5])
    """
    low, high = usable(after, until)
    rows, weight = np.unique(np.column_stack((low, high)), axis=0, return_counts=True)
    left, right = rows.T
    starts, ends = innermost(left, right)
    first, last = covered(left, right, starts, ends)
    mass, excess = _maximise(first, last, weight.astype(np.float64), starts.size)
    kept = mass > 1e-12
    begin = np.where(np.nextafter(starts, np.inf) == ends, ends, starts)  # an event whose time is known
    return IntervalCensored(
        after=begin[kept], until=ends[kept], mass=mass[kept] / mass[kept].sum(), subjects=low.size, excess=excess
    )


def usable(after: ArrayLike, until: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return both ends of the intervals; one of length zero opens just before its time.

    Raises
    ------
    InputError
        No subjects, a missing or negative time, or an event seen before the subject was last free.
    """
    low, high = np.asarray(after, dtype=np.float64), np.asarray(until, dtype=np.float64)
    if low.ndim != 1 or low.shape != high.shape or low.size == 0:
        raise InputError(
            f"after has shape {low.shape}, until {high.shape}. Give two vectors with one value per subject."
        )
    if np.isnan(high).any() or not np.isfinite(low).all() or (low < 0).any():
        raise InputError(
            "after and until: missing, infinite or negative times. Leave these subjects out and report how many."
        )
    if (high < low).any():
        raise InputError(f"until is before after for {int((high < low).sum())} subjects. Correct their dates.")
    return np.where(low == high, np.nextafter(low, -np.inf), low), high


def innermost(left: FloatArray, right: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the intervals that hold all the mass: a left end directly followed by a right end."""
    value = np.concatenate((left, right))
    is_left = np.repeat([1, 0], (left.size, right.size))
    order = np.lexsort((is_left, value))  # at one time, right ends come first: left ends are open
    value, is_left = value[order], is_left[order]
    pair = np.flatnonzero((is_left[:-1] == 1) & (is_left[1:] == 0))
    return value[pair], value[pair + 1]


def covered(left: FloatArray, right: FloatArray, starts: FloatArray, ends: FloatArray) -> tuple[IntArray, IntArray]:
    """Return the first of the innermost intervals that each subject's holds, and the one after the last."""
    return np.searchsorted(starts, left, side="left"), np.searchsorted(ends, right, side="right")


def _maximise(first: IntArray, last: IntArray, weight: FloatArray, size: int) -> tuple[FloatArray, float]:
    """Return the masses and the excess of the slope; subject `i` covers intervals first[i] to last[i] - 1.

    Self-consistency, accelerated, brings them near. Newton's steps end the search: a mass that falls to zero does so
    without end under self-consistency.
    """
    problem = _Problem(first=first, last=last, weight=weight, size=size)
    mass, step = np.full(size, 1.0 / size), 0
    while (rise := problem.gain(mass)).max() > 1.0 + _NEAR and step < _MOST_STEPS:
        step += 1
        one = mass * rise
        two = one * problem.gain(one)
        change, bend = one - mass, two - 2.0 * one + mass
        stretch = np.sqrt((change**2).sum() / max((bend**2).sum(), 1e-300))
        leap = np.maximum(mass + 2.0 * stretch * change + stretch**2 * bend, 0.1 * two)
        leap = leap / leap.sum()
        mass = leap if problem.likelihood(leap) >= problem.likelihood(two) else two / two.sum()
    mass = problem.newton(mass)
    excess = float(problem.gain(mass).max() - 1.0)
    if excess > _FAR:
        raise InputError("after and until: the estimate did not settle. Round the times to days or weeks.")
    return mass, max(excess, 0.0)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _Problem:
    """Who covers which interval, and how often."""

    first: IntArray
    last: IntArray
    weight: FloatArray
    size: int

    def chance(self, mass: FloatArray) -> FloatArray:
        below = np.concatenate(([0.0], np.cumsum(mass)))
        return np.asarray(np.maximum(below[self.last] - below[self.first], _LEAST_CHANCE))

    def likelihood(self, mass: FloatArray) -> float:
        return float((self.weight * np.log(self.chance(mass))).sum())

    def gain(self, mass: FloatArray) -> FloatArray:
        """Return the slope of the log-likelihood along each mass, per subject: at most 1 at the maximum."""
        share = self.weight / self.chance(mass)
        edges: Any = np.bincount(self.first, share, self.size + 1) - np.bincount(self.last, share, self.size + 1)
        return np.asarray(np.cumsum(edges)[:-1] / self.weight.sum())

    def newton(self, mass: FloatArray) -> FloatArray:
        """Return the masses after Newton's steps that keep them at or above zero (Wang Y. J R Stat Soc B 2007;69:185).

        Each step moves the masses above zero and those at which the slope asks for some.
        """
        root, total = np.sqrt(self.weight), self.weight.sum()
        heavy = 1e4 * np.sqrt(total)  # holds the sum of the masses at 1
        kept = np.where(mass > 1e-4 / total, mass, 0.0)
        mass = kept / kept.sum() if self.chance(kept).min() > 1e-2 / total else mass
        for _ in range(_MOST_NEWTON):
            rise = self.gain(mass)
            places = np.flatnonzero((mass > 0.0) | (rise > 1.0))
            if rise.max() <= 1.0 + 1e-12 or places.size * self.first.size > _LARGEST:
                break
            covers = (places >= self.first[:, None]) & (places < self.last[:, None])
            matrix = np.vstack((covers * (root / self.chance(mass))[:, None], np.full(places.size, heavy)))
            aim = np.zeros(self.size)
            aim[places], _ = _optimize.nnls(matrix, np.append(2.0 * root, heavy))
            move, now, part = aim / aim.sum() - mass, self.likelihood(mass), 1.0
            while self.likelihood(mass + part * move) < now and part > 1e-6:
                part /= 2.0
            if part > 1e-6:
                mass = mass + part * move
            if part <= 1e-6 or np.abs(move).max() < 1e-13:
                break
        return mass
