"""The test of a design, applied to many trials at once: z positive for the first arm, events, and an estimate."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import final

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrc, ndtr, ndtri, pdtr

from regraft.analysis.normal_orthant import chance_any_above, critical_of_maximum
from regraft.core.arrays import Floats, Ints
from regraft.core.units import DAYS_PER_YEAR
from regraft.design.belief.decisions import PosteriorDecision, chances_first_larger
from regraft.design.file import Clock, TestName
from regraft.design.outcomes.exact_tables import TableTest, fisher_tail, rejection_region
from regraft.design.planned_belief import posterior_decision
from regraft.simulated_design.case import SINGLE_ARM, Case
from regraft.simulated_design.statistics import (
    Counted,
    Curve,
    Curves,
    DayRoom,
    Expected,
    Hierarchy,
    PairRoom,
    Rated,
    RateRoom,
    Recurring,
    Scored,
    Trials,
    Weights,
    Won,
    count_some,
    curve_some,
    expect_some,
    rate_some,
    score_some,
    win_some,
)

_GRID = 1.0 - 1.2 * np.linspace(1.0, 0.0, 49) ** 2  # denser near 1, where the bound bends
_MOST_Z = 12.0
_POINTS = 2**11  # of the lattice for three statistics and more: error of p below a thousandth of p
DISPERSIONS: Floats = np.concatenate(([0.0], np.geomspace(1e-3, 1e2, 26)))
_HAZARDS = "log hazard ratio, one step"
_SHARES = "difference of shares free"
_OVER_REFERENCE = "share free minus the reference"


@final
@dataclass(frozen=True, eq=False)
class Read:
    """Statistics of trials at one look, each of shape (trials,).

    ``information`` is what errors are spent by: events where looks wait for them, else 1. ``amount`` is that about the
    estimate: 1 over its squared error (not a number where the test has none).
    """

    z: Floats
    events: Ints
    estimate: Floats
    information: Floats
    amount: Floats


@final
@dataclass(frozen=True, eq=False)
class Reader:
    """The test of one case.

    Parameters
    ----------
    read : callable
        From trials and the bound on z to the statistics; where it counts, z is the number of people free.
    estimated : str
        What its estimate is, in words.
    sign : float
        1 where a larger estimate is better for the first arm, -1 where a smaller one is.
    """

    read: Callable[[Trials, float], Read]
    estimated: str
    sign: float = 1.0


def reader_of(case: Case, stratum: Ints, lived: Hierarchy | Recurring | None) -> Reader:
    """Return the test of a case.

    Parameters
    ----------
    stratum : array of int, shape (people,)
        Stratum of randomisation, used where the analysis is stratified.
    lived : Hierarchy or Recurring, optional
        What the pool knows beyond the first event of one kind: the levels of a win ratio, or every relapse.
    """
    return _one_arm(case) if case.test in SINGLE_ARM or len(case.arms) == 1 else _two_arms(case, stratum, lived)


def _two_arms(case: Case, stratum: Ints, lived: Hierarchy | Recurring | None) -> Reader:
    asked = case.design.hypothesis
    days = int(case.follow_up_years * DAYS_PER_YEAR) + 2
    own = stratum if asked.stratified else np.zeros_like(stratum)
    by_events = case.design.looks is not None and case.design.looks.by is Clock.EVENTS
    moment = case.question.years * DAYS_PER_YEAR
    test = case.test
    if test is TestName.LOG_RANK:
        weights = _weights(((0.0, 0.0),), own)
        return Reader(lambda t, _: _log_rank(t, weights, days, by_events=by_events), _HAZARDS, -1.0)
    if test is TestName.MAX_COMBO:
        weights = _weights(asked.weights, own)
        return Reader(lambda t, upper: _max_combo(t, weights, days, upper), _HAZARDS, -1.0)
    if test in {TestName.DIFFERENCE_AT, TestName.RMST}:
        curve = Curve(moment, np.zeros_like(stratum))
        first = 0 if test is TestName.DIFFERENCE_AT else 2
        what = _SHARES if first == 0 else "difference of mean days free"
        return Reader(lambda t, _: _curves(t, curve, days, first), what)
    if test in {TestName.FISHER, TestName.BOSCHLOO}:
        return Reader(lambda t, upper: _tables(t, moment, lambda n, m: table_z(test, n, m, upper)), _SHARES)
    if test is TestName.POSTERIOR:
        design, arms = case.design, (case.arms[0], case.arms[-1])
        return Reader(
            lambda t, _: _tables(t, moment, lambda n, m: posterior_z(posterior_decision(design, arms, (n, m)))), _SHARES
        )
    if test is TestName.NEGATIVE_BINOMIAL:
        assert isinstance(lived, Recurring)
        return Reader(lambda t, _: _rates(t, lived), "log rate ratio", -1.0)
    assert isinstance(lived, Hierarchy)
    return Reader(lambda t, _: _wins(t, lived), "log win ratio")


def _one_arm(case: Case) -> Reader:
    asked = case.design.hypothesis.reference
    assert asked is not None
    null, moment = asked.free_pct / 100.0, asked.years * DAYS_PER_YEAR
    if case.counts is not None:
        return Reader(lambda t, _: _counted(t, moment, null), _OVER_REFERENCE)
    if case.test is TestName.EXACT_BINOMIAL:
        return Reader(lambda t, _: _binomial(t, moment, null), _OVER_REFERENCE)
    per_day = -float(np.log(null)) / moment
    return Reader(lambda t, _: _poisson(t, per_day), "log standardised event ratio", -1.0)


def _weights(pairs: tuple[tuple[float, float], ...], stratum: Ints) -> Weights:
    rho, gamma = (np.array([pair[k] for pair in pairs]) for k in (0, 1))
    return Weights(rho, gamma, stratum, int(stratum.max(initial=0)) + 1)


def _room(days: int, weights: int = 1) -> DayRoom:
    return DayRoom(np.zeros((days, 2), np.int64), np.zeros((days, 2), np.int64), np.zeros(weights))


def _scores(trials: Trials, weights: Weights, days: int) -> Scored:
    count, k = trials.until.size, weights.rho.size
    out = Scored(trials, np.empty((count, k)), np.empty((count, k, k)), np.empty((count, 2), np.int64))
    score_some(0, count, weights, out, _room(days, k))
    return out


def _over(score: Floats, variance: Floats) -> Floats:
    """Return a score over its error; 0 where nothing varies, since nothing then tells the arms apart."""
    return np.where(variance > 0.0, score / np.sqrt(np.where(variance > 0.0, variance, 1.0)), 0.0)


def _log_rank(trials: Trials, weights: Weights, days: int, *, by_events: bool) -> Read:
    out = _scores(trials, weights, days)
    score, variance = out.score[:, 0], out.covariance[:, 0, 0]
    events = out.events.sum(axis=1)
    information = events.astype(np.float64) if by_events else np.ones(events.size)
    estimate = np.where(variance > 0.0, -score / np.where(variance > 0.0, variance, 1.0), np.nan)
    return Read(_over(score, variance), events, estimate, information, variance)


def _max_combo(trials: Trials, weights: Weights, days: int, upper: float) -> Read:
    """Return the largest of several weighted statistics as the z of its p value.

    For two, it is moved by how much higher its bound is than that of one statistic, which is the same at the bound.
    """
    out, k = _scores(trials, weights, days), weights.rho.size
    variance = np.stack([out.covariance[:, w, w] for w in range(k)], axis=1)
    z = np.stack([_over(out.score[:, w], variance[:, w]) for w in range(k)], axis=1)
    events, ones = out.events.sum(axis=1), np.ones(z.shape[0])
    first = np.where(variance[:, 0] > 0.0, variance[:, 0], 1.0)
    estimate = np.where(variance[:, 0] > 0.0, -out.score[:, 0] / first, np.nan)
    if k == 2:
        largest = z.max(axis=1) - _higher_of_two(out.covariance, upper)
    elif k == 1:
        largest = z[:, 0]
    else:
        largest = np.array([_z_of_largest(one, spread) for one, spread in zip(z, out.covariance, strict=True)])
    return Read(largest, events, estimate, ones, variance[:, 0])


def scores_of(case: Case, stratum: Ints, trials: Trials) -> tuple[Floats, Floats]:
    """Return z of every weighted statistic of trials, (trials, weights), and their mean correlation."""
    asked = case.design.hypothesis
    weights = _weights(asked.weights, stratum if asked.stratified else np.zeros_like(stratum))
    out = _scores(trials, weights, int(case.follow_up_years * DAYS_PER_YEAR) + 2)
    error = np.sqrt(np.stack([out.covariance[:, w, w] for w in range(weights.rho.size)], axis=1))
    sure = (error > 0.0).all(axis=1)
    z, error = _over(out.score, error**2), error[sure]
    return z, (out.covariance[sure] / (error[:, :, None] * error[:, None, :])).mean(axis=0)


def _z_of_largest(z: Floats, covariance: Floats) -> float:
    """Return the z of the p value of the largest statistic; one without variance is left out."""
    kept = np.diag(covariance) > 0.0
    if not kept.any():
        return 0.0
    error = np.sqrt(np.diag(covariance)[kept])
    correlation = covariance[np.ix_(kept, kept)] / np.outer(error, error)
    p = chance_any_above(np.full(error.size, z[kept].max()), correlation, points=_POINTS)
    return float(np.clip(-ndtri(np.clip(p, 1e-300, 1.0)), -_MOST_Z, _MOST_Z))


def _higher_of_two(covariance: Floats, upper: float) -> Floats:
    """Return by how much the bound of the larger of two statistics is higher than that of one, shape (trials,)."""
    variance = np.stack([covariance[:, w, w] for w in range(2)], axis=1)
    both = (variance > 0.0).all(axis=1)
    root = np.sqrt(np.where(both, variance[:, 0] * variance[:, 1], 1.0))
    correlation = np.where(both, covariance[:, 0, 1] / root, 1.0)
    return np.interp(correlation, _GRID, _criticals(float(ndtr(-upper)))) - upper


@lru_cache(maxsize=64)
def _criticals(alpha: float) -> Floats:
    """Return the critical value of the larger of two normals by their correlation."""
    return np.array([critical_of_maximum(np.array([[1.0, r], [r, 1.0]]), alpha) for r in np.minimum(_GRID, 0.999999)])


def _curves(trials: Trials, curve: Curve, days: int, first: int) -> Read:
    out = Curves(trials, np.empty((trials.until.size, 2, 4)))
    curve_some(0, trials.until.size, curve, out, _room(max(days, int(curve.day) + 2)))
    gain = out.out[:, 0, first] - out.out[:, 1, first]
    variance = out.out[:, 0, first + 1] + out.out[:, 1, first + 1]
    counted = (trials.seen.event == 1) & (trials.seen.known == 1)
    events = (counted & (trials.seen.enter + trials.seen.time <= trials.until[:, None])).sum(axis=1)
    return Read(_over(gain, variance), events, gain, np.ones(events.size), _one_over(variance))


def _one_over(variance: Floats) -> Floats:
    return np.where(variance > 0.0, 1.0 / np.where(variance > 0.0, variance, 1.0), np.nan)


def counts_at(trials: Trials, moment: float) -> Ints:
    """Return people free, with the event, and unknown at a moment, by arm, shape (trials, 2, 3)."""
    out = Counted(trials, np.empty((trials.until.size, 2, 3), np.int64))
    count_some(0, trials.until.size, moment, out, 0)
    return out.out


def _tables(trials: Trials, moment: float, z_of: Callable[[int, int], Floats]) -> Read:
    """Read a test of the people whose outcome is known at the moment; `z_of` gives z of every table of two arms."""
    counts = counts_at(trials, moment)
    free, known = counts[:, :, 0], counts[:, :, 0] + counts[:, :, 1]
    share = np.where(known > 0, free / np.maximum(known, 1), np.nan)
    gain = share[:, 0] - share[:, 1]
    z = np.zeros(len(gain))
    for first, second in np.unique(known, axis=0):
        if first == 0 or second == 0:
            continue
        here = (known[:, 0] == first) & (known[:, 1] == second)
        z[here] = z_of(int(first), int(second))[free[here, 0], free[here, 1]]
    variance = (share * (1.0 - share) / np.maximum(known, 1)).sum(axis=1)
    return Read(z, counts[:, :, 1].sum(axis=1), gain, np.ones(len(gain)), _one_over(variance))


@lru_cache(maxsize=4_000)
def posterior_z(decision: PosteriorDecision) -> Floats:
    """Return z of every table: that of the posterior chance that the first arm has the larger share free."""
    chance = chances_first_larger(decision)
    return np.clip(ndtri(np.clip(chance, 1e-300, 1.0)), -_MOST_Z, _MOST_Z)


@lru_cache(maxsize=20_000)
def table_z(test: TestName, first: int, second: int, upper: float) -> Floats:
    """Return z of every table; Boschloo's is Fisher's, raised to the bound where Boschloo's region rejects."""
    z = np.clip(-ndtri(np.clip(fisher_tail(first, second), 1e-300, 1.0)), -_MOST_Z, _MOST_Z)
    if test is TestName.FISHER or not np.isfinite(upper):
        return z
    region = rejection_region(TableTest.BOSCHLOO, (first, second), 2.0 * float(ndtr(-upper)))
    share = np.arange(first + 1)[:, None] / first - np.arange(second + 1)[None, :] / second
    return np.where(region.rejects & (share > 0.0), np.maximum(z, upper), np.minimum(z, upper - 1e-9))


def _binomial(trials: Trials, moment: float, null: float) -> Read:
    """Read the exact test of those whose outcome is known; there is one arm."""
    counts = counts_at(trials, moment)[:, 0]
    free, known = counts[:, 0], counts[:, 0] + counts[:, 1]
    tail = np.where(free > 0, bdtrc(np.maximum(free - 1, 0), np.maximum(known, 1), null), 1.0)
    z = np.clip(-ndtri(np.clip(tail, 1e-300, 1.0)), -_MOST_Z, _MOST_Z)
    return _of_one_arm(np.where(known > 0, z, -_MOST_Z), free, counts[:, 1], null)


def _counted(trials: Trials, moment: float, null: float) -> Read:
    """Read the people free by the moment, of all that are there: who is unknown is not free."""
    counts = counts_at(trials, moment)[:, 0]
    return _of_one_arm(counts[:, 0].astype(np.float64), counts[:, 0], counts[:, 1], null)


def _of_one_arm(z: Floats, free: Ints, failed: Ints, null: float) -> Read:
    known = free + failed
    share = np.where(known > 0, free / np.maximum(known, 1), np.nan)
    amount = _one_over(share * (1.0 - share) / np.maximum(known, 1))
    return Read(z, failed, share - null, np.ones(len(z)), amount)


def _poisson(trials: Trials, per_day: float) -> Read:
    out = Expected(trials, np.empty((trials.until.size, 2)))
    expect_some(0, trials.until.size, per_day, out, 0)
    seen, expected = out.out[:, 0], out.out[:, 1]
    tail = np.where(expected > 0.0, pdtr(seen, np.maximum(expected, 1e-300)), 1.0)
    z = np.clip(-ndtri(np.clip(tail, 1e-300, 1.0)), -_MOST_Z, _MOST_Z)
    ratio = np.where((seen > 0.0) & (expected > 0.0), seen / np.maximum(expected, 1e-300), np.nan)
    return Read(z, seen.astype(np.int64), np.log(ratio), np.ones(len(z)), np.where(seen > 0.0, seen, np.nan))


def _rates(trials: Trials, recurring: Recurring) -> Read:
    count, people = trials.drawn.person.shape
    out = Rated(trials, np.empty((count, 4)))
    arm, own = np.empty(people, np.int64), np.empty(people, np.int64)
    room = RateRoom(np.empty(people), np.empty(people), arm, own, np.empty(2), np.empty(2), np.empty(2))
    rate_some(0, count, recurring, out, room)
    ratio, error, z, events = out.out.T
    return Read(z, events.astype(np.int64), ratio, np.ones(count), _one_over(np.nan_to_num(error) ** 2))


def _wins(trials: Trials, hierarchy: Hierarchy) -> Read:
    count, people = trials.drawn.person.shape
    out = Won(trials, np.empty((count, 4)))
    win_some(0, count, hierarchy, out, PairRoom(np.empty(people), np.empty(people)))
    won, lost, pairs, variance = out.out.T
    net = np.where(pairs > 0.0, (won - lost) / np.maximum(pairs, 1.0), 0.0)
    both = (won > 0.0) & (lost > 0.0) & (variance > 0.0)
    ratio = np.log(np.where(both, won, 1.0) / np.where(both, lost, 1.0))
    error = 2.0 * np.sqrt(np.where(both, variance, 1.0)) * np.maximum(pairs, 1.0) / np.maximum(won + lost, 1.0)
    z = np.where(both, ratio / error, _over(net, np.nan_to_num(variance)))
    decided: NDArray[np.int64] = (won + lost).astype(np.int64)
    amount = np.where(both, 1.0 / error**2, np.nan)
    return Read(z, decided, np.where(both, ratio, np.nan), np.ones(count), amount)
