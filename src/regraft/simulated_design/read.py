"""The test of a design, applied to many trials at once: z positive for the first arm, events, and an estimate."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import final

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrc, ndtr, ndtri, pdtr

from regraft.analysis.normal_orthant import critical_of_maximum
from regraft.core.arrays import Floats, Ints
from regraft.core.units import DAYS_PER_YEAR
from regraft.design.file import Clock, TestName
from regraft.design.outcomes.exact_tables import TableTest, fisher_tail, rejection_region
from regraft.simulated_design.case import Case
from regraft.simulated_design.statistics import (
    Counted,
    Curve,
    Curves,
    DayRoom,
    Expected,
    Hierarchy,
    PairRoom,
    Scored,
    Trials,
    Weights,
    Won,
    count_some,
    curve_some,
    expect_some,
    score_some,
    win_some,
)

_GRID = 1.0 - 1.2 * np.linspace(1.0, 0.0, 49) ** 2  # denser near 1, where the bound bends
_MOST_Z = 12.0


@final
@dataclass(frozen=True, eq=False)
class Read:
    """Statistics of trials at one look, each of shape (trials,)."""

    z: Floats
    events: Ints
    estimate: Floats
    information: Floats


@final
@dataclass(frozen=True, eq=False)
class Reader:
    """The test of one case; ``estimated`` says in words what its estimate is."""

    read: Callable[[Trials, float], Read]
    estimated: str


def reader_of(case: Case, stratum: Ints, hierarchy: Hierarchy | None) -> Reader:
    """Return the test of a case; `stratum` is that of randomisation, used where the analysis is stratified."""
    asked = case.design.hypothesis
    days = int(case.follow_up_years * DAYS_PER_YEAR) + 2
    own = stratum if asked.stratified else np.zeros_like(stratum)
    by_events = case.design.looks is not None and case.design.looks.by is Clock.EVENTS
    moment = case.question.years * DAYS_PER_YEAR
    test = case.test
    if test is TestName.LOG_RANK:
        weights = _weights(((0.0, 0.0),), own)
        return Reader(lambda t, _: _log_rank(t, weights, days, by_events=by_events), "log hazard ratio, one step")
    if test is TestName.MAX_COMBO:
        pairs = tuple((one[0], one[1]) for one in asked.max_combo) or ((0.0, 0.0), (0.0, 0.5))
        weights = _weights(pairs, own)
        return Reader(lambda t, upper: _max_combo(t, weights, days, upper), "log hazard ratio, one step")
    if test in {TestName.DIFFERENCE_AT, TestName.RMST}:
        curve = Curve(moment, np.zeros_like(stratum))
        first = 0 if test is TestName.DIFFERENCE_AT else 2
        what = "difference of shares free" if first == 0 else "difference of mean days free"
        return Reader(lambda t, _: _curves(t, curve, days, first), what)
    if test in {TestName.FISHER, TestName.BOSCHLOO}:
        return Reader(lambda t, upper: _tables(t, moment, test, upper), "difference of shares free")
    if test is TestName.WIN_RATIO:
        assert hierarchy is not None
        return Reader(lambda t, _: _wins(t, hierarchy), "log win ratio")
    assert asked.reference is not None
    if test is TestName.EXACT_BINOMIAL:
        null = asked.reference.free_pct / 100.0
        when = asked.reference.years * DAYS_PER_YEAR
        return Reader(lambda t, _: _binomial(t, when, null), "share free minus the reference")
    per_day = -float(np.log(asked.reference.free_pct / 100.0)) / (asked.reference.years * DAYS_PER_YEAR)
    return Reader(lambda t, _: _poisson(t, per_day), "log standardised event ratio")


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
    return Read(_over(score, variance), events, estimate, information)


def _max_combo(trials: Trials, weights: Weights, days: int, upper: float) -> Read:
    """Return the largest of two statistics, moved by how much higher its bound is than that of one statistic."""
    out = _scores(trials, weights, days)
    variance = np.stack([out.covariance[:, k, k] for k in range(2)], axis=1)
    z = np.stack([_over(out.score[:, k], variance[:, k]) for k in range(2)], axis=1)
    both = (variance > 0.0).all(axis=1)
    root = np.sqrt(np.where(both, variance[:, 0] * variance[:, 1], 1.0))
    correlation = np.where(both, out.covariance[:, 0, 1] / root, 1.0)
    shift = np.interp(correlation, _GRID, _criticals(float(ndtr(-upper)))) - upper
    first = np.where(variance[:, 0] > 0.0, variance[:, 0], 1.0)
    events = out.events.sum(axis=1)
    return Read(z.max(axis=1) - shift, events, -out.score[:, 0] / first, np.ones(events.size))


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
    return Read(_over(gain, variance), events, gain, np.ones(events.size))


def counts_at(trials: Trials, moment: float) -> Ints:
    """Return people free, with the event, and unknown at a moment, by arm, shape (trials, 2, 3)."""
    out = Counted(trials, np.empty((trials.until.size, 2, 3), np.int64))
    count_some(0, trials.until.size, moment, out, 0)
    return out.out


def _tables(trials: Trials, moment: float, test: TestName, upper: float) -> Read:
    """Read Fisher's or Boschloo's test of people whose outcome is known at the moment."""
    counts = counts_at(trials, moment)
    free, known = counts[:, :, 0], counts[:, :, 0] + counts[:, :, 1]
    share = np.where(known > 0, free / np.maximum(known, 1), np.nan)
    gain = share[:, 0] - share[:, 1]
    z = np.zeros(len(gain))
    for first, second in np.unique(known, axis=0):
        if first == 0 or second == 0:
            continue
        here = (known[:, 0] == first) & (known[:, 1] == second)
        z[here] = table_z(test, int(first), int(second), upper)[free[here, 0], free[here, 1]]
    return Read(z, counts[:, :, 1].sum(axis=1), gain, np.ones(len(gain)))


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
    share = np.where(known > 0, free / np.maximum(known, 1), np.nan)
    return Read(np.where(known > 0, z, -_MOST_Z), counts[:, 1], share - null, np.ones(len(z)))


def _poisson(trials: Trials, per_day: float) -> Read:
    out = Expected(trials, np.empty((trials.until.size, 2)))
    expect_some(0, trials.until.size, per_day, out, 0)
    seen, expected = out.out[:, 0], out.out[:, 1]
    tail = np.where(expected > 0.0, pdtr(seen, np.maximum(expected, 1e-300)), 1.0)
    z = np.clip(-ndtri(np.clip(tail, 1e-300, 1.0)), -_MOST_Z, _MOST_Z)
    ratio = np.where((seen > 0.0) & (expected > 0.0), seen / np.maximum(expected, 1e-300), np.nan)
    return Read(z, seen.astype(np.int64), np.log(ratio), np.ones(len(z)))


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
    return Read(z, decided, np.where(both, ratio, np.nan), np.ones(count))
