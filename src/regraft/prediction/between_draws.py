"""Intervals of what simulated people show when groups of them live under different draws of the parameters.

A share or mean over all people averages the draws. What a clinician asks is what very many such people would show if
one of the draws were the truth: the interval has to hold how the draws differ, and the chance that comes with
so few people under each. Both are told apart by a random effect of the draw: beta-binomial for shares (Williams DA.
Biometrics 1975;31:949), normal for differences and means (Gelman A et al. Bayesian Data Analysis, 3rd ed, 5.4). Few
people under few draws fix the spread between draws badly, so it is not estimated but integrated over, with a prior on
its standard deviation (Gelman A. Bayesian Anal 2006;1:515): half-normal, of the size that the screen of all parameters
found, for shares, and uniform for means. The interval is that of one further draw, as a
prediction interval of a meta-analysis is that of one further study (Higgins JPT et al. J R Stat Soc A 2009;172:137).
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from scipy.special import betainc, betaln, expit, logit, ndtri

from regraft.core.arrays import Floats, Ints

PEOPLE_PER_DRAW = 10
"""People who live under one draw: the spread between draws is learned best with about one over their correlation, and
twenty draws of 200 people are few enough (a choice)."""
_TAIL = 0.025
_CENTRES, _SPREADS = 31, 24
_WIDEST = 0.8  # of the standard deviation between draws, as a share of the largest there could be
_USUAL = (
    0.4  # that standard deviation as the screen found it: root mean squares over shares 0.33 to 0.48 in four trials
)
_REACH = 4.5  # standard errors to each side of the observed share
_LIGHT = 1e-3  # nodes of less weight than so much of the heaviest change no digit
_HALVINGS = 17  # to a hundred-thousandth
_TYPICAL_CORRELATION = 0.2  # sets the grid's width only


@final
@dataclass(frozen=True, slots=True)
class Draws:
    """Which draw each person lives under: numbers, shape (people,)."""

    of_person: Ints

    @property
    def count(self) -> int:
        """Return how many draws there are."""
        return len(np.unique(self.of_person))

    def groups(self, known: np.ndarray) -> tuple[Ints, Ints]:
        """Return for the known people the place of their draw, and how many there are under each draw."""
        _, place, count = np.unique(self.of_person[known], return_inverse=True, return_counts=True)
        return place, count


def share_interval(events: Floats, draws: Draws) -> tuple[float, float]:
    """Return the 95% interval of a share under one further draw.

    Parameters
    ----------
    events : float64, shape (people,)
        1 or 0; NaN for people who are not counted, of whom there must be others.
    draws : Draws
        What they live under.

    Returns
    -------
    tuple of float
        Between 0 and 1; an end is 0 or 1 where nobody or everybody had the event.

    Examples
    --------
    >>> alike = np.tile([1.0, 0.0, 0.0, 0.0, 0.0], 40)
    >>> low, high = share_interval(alike, Draws(np.repeat(np.arange(20), 10)))
    >>> bool(0.12 < low < 0.14 and 0.28 < high < 0.30)
    True
    """
    known = np.isfinite(events)
    place, people = draws.groups(known)
    hit = np.asarray(np.bincount(place, weights=events[known], minlength=len(people)), np.float64)
    total, count = float(hit.sum()), float(people.sum())
    centre, spread = _grid(total, count, float(people.mean()))
    weight = _beta_binomial_weights(hit, people, centre, spread)
    kept = weight > _LIGHT * weight.max()
    low, high = _quantiles(centre[kept], spread[kept], weight[kept] / weight[kept].sum())
    return 0.0 if total == 0.0 else low, 1.0 if total == count else high


def _quantiles(centre: Floats, spread: Floats, weight: Floats) -> tuple[float, float]:
    """Return the ends of the central 95% of a mixture of beta distributions, by bisection."""
    size = 1.0 / spread**2 - 1.0
    first, second = centre * size, (1.0 - centre) * size
    wanted = np.array([_TAIL, 1.0 - _TAIL])
    low, high = np.zeros(2), np.ones(2)
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        below = betainc(first[:, np.newaxis], second[:, np.newaxis], middle).T @ weight < wanted
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return float(low[0]), float(high[1])


def _grid(total: float, count: float, per_draw: float) -> tuple[Floats, Floats]:
    """Return centres of the draws and spreads between them, on which the likelihood is laid out: two flat arrays."""
    error = np.sqrt((1.0 / (total + 0.5) + 1.0 / (count - total + 0.5)) * (1.0 + per_draw * _TYPICAL_CORRELATION))
    middle = logit((total + 0.5) / (count + 1.0))
    centres = expit(middle + np.linspace(-_REACH, _REACH, _CENTRES) * error)
    spreads = _WIDEST * (np.arange(_SPREADS) + 0.5) / _SPREADS
    centre, spread = np.meshgrid(np.clip(centres, 1e-9, 1.0 - 1e-9), spreads)
    return centre.ravel(), spread.ravel()


def _beta_binomial_weights(hit: Floats, people: Ints, centre: Floats, spread: Floats) -> Floats:
    """Return the posterior weight of each node, the prior being uniform in the share.

    The standard deviation is ``spread * sqrt(centre * (1 - centre))``, so the correlation within a draw is its square.
    """
    size = 1.0 / spread**2 - 1.0
    first, second = centre * size, (1.0 - centre) * size
    kinds, how_often = np.unique(np.stack([hit, people.astype(np.float64)]), axis=1, return_counts=True)
    likelihood = np.log(centre * (1.0 - centre))  # the grid of centres is even on the logit scale
    likelihood -= 0.5 * (spread / _USUAL) ** 2
    for (of_these, among), times in zip(kinds.T, how_often, strict=True):
        likelihood += times * (betaln(of_these + first, among - of_these + second) - betaln(first, second))
    weight = np.exp(likelihood - likelihood.max())
    return np.asarray(weight / weight.sum())


def mean_half_width(values: Floats, draws: Draws, variance: float | None = None) -> float | None:
    """Return half of the 95% interval of a mean under one further draw.

    Parameters
    ----------
    values : float64, shape (people,)
        NaN for people who are not counted.
    draws : Draws
        What they live under.
    variance : float, optional
        Of one person's value within a draw where values are differences of shares, which have the prior of shares;
        None: that of the values, and no prior.

    Returns
    -------
    float or None
        None where fewer than two people, or two draws, are counted.
    """
    known = np.isfinite(values)
    place, people = draws.groups(known)
    if len(people) < 2:
        return None
    means = np.bincount(place, weights=values[known]) / people
    within = _within(values[known], means[place], len(people)) if variance is None else variance
    if within <= 0.0 and float(np.ptp(means)) == 0.0:
        return 0.0
    spread = _spreads(means)
    total = spread[:, np.newaxis] ** 2 + within / people
    weight = 1.0 / np.maximum(total, 1e-300)
    centre = (weight * means).sum(axis=1) / weight.sum(axis=1)
    left = (weight * (means - centre[:, np.newaxis]) ** 2).sum(axis=1)
    likelihood = 0.5 * (np.log(weight).sum(axis=1) - np.log(weight.sum(axis=1)) - left)
    if variance is not None:
        likelihood -= 0.5 * spread**2 / (_USUAL**2 * (spread**2 + variance))
    share = np.exp(likelihood - likelihood.max())
    share /= share.sum()
    middle = float((share * centre).sum())
    around = float((share * (spread**2 + 1.0 / weight.sum(axis=1) + (centre - middle) ** 2)).sum())
    return -float(ndtri(_TAIL)) * around**0.5


def _within(values: Floats, means: Floats, draws: int) -> float:
    """Return the variance within draws; with one person a draw, that of all."""
    free = len(values) - draws
    return float(((values - means) ** 2).sum()) / free if free > 0 else float(values.var(ddof=1))


def _spreads(means: Floats) -> Floats:
    """Return standard deviations between draws, from none to three times what the draws show."""
    most = 3.0 * float(means.std(ddof=1))
    return np.linspace(0.0, most, 81)[1:] if most > 0.0 else np.zeros(1)
