"""How sure the share free at a moment is, where events are known only to lie between two visits.

The interval holds every share that the likelihood-ratio test does not reject: the likelihood is maximised over all
curves that go through the share at that moment. Where visits come on a common schedule, chi-square on one degree of
freedom is the limit of that ratio; where they come at any time, its limit is smaller (for one visit each its 0.95
quantile is about 2.3, recalled and not checked, against 3.84), so the interval is then too wide rather than too narrow.
A plain bootstrap cannot be relied on there. Sources: Banerjee M, Wellner JA. Ann Stat 2001;29:1699 (the ratio and its
limit without a schedule); Sen B, Banerjee M, Woodroofe M. Ann Stat 2010;38:1953 (the bootstrap of such estimates).
"""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from regraft.analysis.arrays import BoolArray, FloatArray, IntArray
from regraft.analysis.distributions import chi_square_quantile
from regraft.analysis.interval_censored import covered, innermost, interval_censored, usable
from regraft.analysis.result import Result
from regraft.analysis.roots import find_root
from regraft.core.errors import InputError

_optimize: Any = optimize
_MOST_ROWS = 1500  # different intervals
_MOST_STEPS, _MOST_NEWTON = 200, 40
_SETTLED = 1e-9  # of the log-likelihood
_EDGE = 1e-9
_HEAVY = 1e4  # holds the sums of masses


class TooManyIntervals(InputError):
    """More different intervals than the profile can be searched for."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class FreeShare(Result):
    """The share free of the event at a moment.

    Parameters
    ----------
    moment : float
    least, greatest : float
        Turnbull's estimate: one number where a visit decides, else the range that no visit decides.
    low, high : float
        Interval of the likelihood ratio; of the least at its low end and of the greatest at its high end. Where nobody
        is seen with the event by then, or everybody, the other end is that of the exact binomial interval for as many
        as are known.
    level : float

    Examples
    --------
    >>> import regraft as rg
    >>> after, until = [0.0] * 5 + [2.0] * 15, [1.0] * 5 + [float("inf")] * 15
    >>> found = rg.stats.free_share(after, until, 1.0)
    >>> found.moment, found.least, found.greatest
    (1.0, 0.75, 0.75)
    """

    moment: float
    least: float
    greatest: float
    low: float
    high: float
    level: float


def free_share(after: ArrayLike, until: ArrayLike, moment: float, *, level: float = 0.95) -> FreeShare:
    """Return the share still free of an event at a moment, with its interval.

    Parameters
    ----------
    after, until : array_like, shape (n,)
        Last time seen free and first time seen with the event, as for `interval_censored`.
    moment : float
        When, above zero.
    level : float
        Coverage of the interval.

    Raises
    ------
    InputError
        Unusable times, or a moment not above zero.
    TooManyIntervals
        More than 1,500 different intervals.

    Examples
    --------
    >>> found = free_share([0.0] * 5 + [2.0] * 15, [1.0] * 5 + [float("inf")] * 15, 1.0)
    >>> [round(value, 3) for value in (found.least, found.low, found.high)]
    [0.75, 0.538, 0.902]
    """
    low, high = usable(after, until)
    if not 0 < moment < np.inf:
        raise InputError(f"moment {moment:g}: must be above zero. Give a time after the start.")
    rows, weight = np.unique(np.column_stack((low, high)), axis=0, return_counts=True)
    if rows.shape[0] > _MOST_ROWS:
        raise TooManyIntervals(
            f"after and until: {rows.shape[0]} different intervals; this interval can be searched for {_MOST_ROWS}. "
            "Round the times to weeks or months."
        )
    least, greatest = interval_censored(after, until).free_at(moment)
    starts, ends = innermost(np.append(rows[:, 0], moment), np.append(rows[:, 1], moment))
    first, last = covered(rows[:, 0], rows[:, 1], starts, ends)
    profile = _Profile(first, last, weight.astype(np.float64), ends <= moment)
    usual, exact = chi_square_quantile(level, 1), -2.0 * float(np.log((1.0 - level) / 2.0))
    return FreeShare(
        moment=moment,
        least=least,
        greatest=greatest,
        low=profile.limit(least, 0.0, exact if greatest >= 1.0 - _EDGE else usual),
        high=profile.limit(greatest, 1.0, exact if least <= _EDGE else usual),
        level=level,
    )


class _Profile:
    """The likelihood over all curves through one share at the moment, which splits the masses into two blocks."""

    def __init__(self, first: IntArray, last: IntArray, weight: FloatArray, before: BoolArray) -> None:
        self.first, self.last, self.weight, self.before = first, last, weight, before
        places = np.arange(before.size)
        self.covers = ((places >= first[:, None]) & (places < last[:, None])).astype(np.float64)

    def limit(self, estimate: float, end: float, critical: float) -> float:
        """Return where the likelihood ratio reaches its critical value, between the estimate and an end."""
        if abs(estimate - end) <= _EDGE:
            return end
        inside = np.clip(estimate, _EDGE, 1.0 - _EDGE)
        best, mass = self.highest(inside, self.start(inside))
        masses = {inside: mass}

        def excess(share: float) -> float:
            near = min(masses, key=lambda one: abs(one - share))
            value, masses[share] = self.highest(share, masses[near])
            return 2.0 * (best - value) - critical

        outside = abs(end - 1e-7)
        return end if excess(outside) <= 0 else find_root(excess, *sorted((inside, outside)))

    def start(self, share: float) -> FloatArray:
        """Return equal masses within each block."""
        return self.scaled(np.ones(self.before.size), share)

    def scaled(self, mass: FloatArray, share: float) -> FloatArray:
        """Return masses of which `share` lies after the moment."""
        size = np.where(self.before, mass[self.before].sum(), mass[~self.before].sum())
        return mass / np.maximum(size, 1e-300) * np.where(self.before, 1.0 - share, share)

    def value(self, mass: FloatArray) -> float:
        with np.errstate(divide="ignore"):
            return float(self.weight @ np.log(np.maximum(self.covers @ mass, 0.0)))

    def highest(self, share: float, mass: FloatArray) -> tuple[float, FloatArray]:
        """Return the highest log-likelihood with this share, and its masses.

        Self-consistency within each block first, so that nobody is left without a chance; then Newton's steps.
        """
        mass = self.scaled(0.999 * mass + 0.001 * self.start(share), share)
        now = self.value(mass)
        for _ in range(_MOST_STEPS):
            mass = self.scaled(mass * (self.weight / (self.covers @ mass) @ self.covers), share)
            last, now = now, self.value(mass)
            if now - last < 1e-3:
                break
        for _ in range(_MOST_NEWTON):
            aim = self.newton(mass, share)
            part = 1.0
            while (there := self.value(mass + part * (aim - mass))) < now and part > 1e-4:
                part /= 2.0
            if there <= now:
                break
            mass, last, now = mass + part * (aim - mass), now, there
            if now - last < _SETTLED:
                break
        return now, mass

    def newton(self, mass: FloatArray, share: float) -> FloatArray:
        """Return the masses at the top of the parabola that touches the likelihood, at or above zero."""
        root, heavy = np.sqrt(self.weight), _HEAVY * np.sqrt(self.weight.sum())
        blocks = np.vstack((self.before, ~self.before)) * heavy
        matrix = np.vstack((self.covers * (root / (self.covers @ mass))[:, None], blocks))
        aim, _ = _optimize.nnls(matrix, np.concatenate((2.0 * root, [heavy * (1.0 - share), heavy * share])))
        return self.scaled(aim, share)
