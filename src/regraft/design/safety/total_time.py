"""Safety rules over total time at risk: events come as a Poisson process in the summed follow-up.

Everyone is watched for a window (100 days after transplantation, say) or until the event. The constant is searched so
that a Poisson process up to the follow-up expected under the null stops with chance alpha. The chance printed is that
up to the largest follow-up, a little above alpha: the two differ because follow-up ends with an event.

Sources as in `rules`; equal to R's stoppingrule ``calc.rule.surv`` with ``maxInf = "expected"``.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from scipy.special import gammaincc, gammaln, ndtri, xlogy

from regraft.analysis.arrays import FloatArray, IntArray
from regraft.analysis.roots import find_root
from regraft.core.errors import InputError
from regraft.design.safety.rules import Family, SafetyRule


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TimeBoundary:
    """A calibrated rule over total time.

    Parameters
    ----------
    rule : SafetyRule
        The family; the prior of beta-binomial is read as events and total time of a gamma prior.
    window : float
        How long each person is watched.
    constant : float
        Constant of the rule.
    events : array of int, shape (steps,)
        Counts of events at which the trial stops.
    until : array, shape (steps,)
        Total time up to which each count stops.
    alpha : float
        Chance of a false stop up to the largest total time.
    """

    rule: SafetyRule
    window: float
    constant: float
    events: IntArray
    until: FloatArray
    alpha: float

    def stops(self, events: int, total_time: float) -> bool:
        """Return whether the trial stops at so many events in so much follow-up."""
        if events < 0 or total_time < 0.0:
            raise InputError(f"{events} events in a total time of {total_time:g}: neither may be negative.")
        allowed = np.flatnonzero(self.events <= events)
        return bool(allowed.size and total_time <= self.until[allowed[-1]])


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOperating:
    """At one true probability within the window: chance to stop, and events expected until the stop or the end."""

    probability: float
    stop: float
    expected_events: float


def calibrate_total_time(rule: SafetyRule, window: float, alpha: float) -> TimeBoundary:
    """Return the boundary over total time with a chance of a false stop of about `alpha`.

    Parameters
    ----------
    window : float
        How long each person is watched; the unit of total time.
    """
    if window <= 0.0 or not 0.0 < alpha < 1.0:
        raise InputError(f"window {window:g}, alpha {alpha:g}: a window above 0 and an error between 0 and 1.")
    hazard = -float(np.log1p(-rule.null)) / window
    expected = rule.patients * rule.null / hazard

    def excess(constant: float) -> float:
        events, until = _steps(rule, hazard, window, constant)
        return _stop_chances(events, np.minimum(until, expected), hazard).sum() - alpha

    low, high = _bracket(rule, alpha)
    constant = find_root(excess, low, high)
    events, until = _steps(rule, hazard, window, constant)
    chance = float(_stop_chances(events, until, hazard).sum())
    return TimeBoundary(rule=rule, window=window, constant=constant, events=events, until=until, alpha=chance)


def total_time_operating(boundary: TimeBoundary, probability: float) -> TimeOperating:
    """Return the chance to stop at a true probability of the event within the window."""
    if not 0.0 <= probability < 1.0:
        raise InputError(f"probability {probability:g}: must lie between 0 and 1; percent are divided by 100.")
    hazard = -float(np.log1p(-probability)) / boundary.window
    chances = _stop_chances(boundary.events, boundary.until, hazard)
    left = _last_states(boundary.events, boundary.until, hazard)
    counted = float(chances @ boundary.events) + float(left @ np.arange(left.size))
    return TimeOperating(probability=probability, stop=float(chances.sum()), expected_events=counted)


def _steps(rule: SafetyRule, hazard: float, window: float, constant: float) -> tuple[IntArray, FloatArray]:
    """Return counts that stop and the total time up to which each does."""
    longest = rule.patients * window
    events, until = [], []
    for count in range(1, rule.patients + 1):
        time = _time_of(rule, hazard, count, constant)
        if time <= 0.0:
            continue
        events.append(count)
        until.append(min(time, longest))
        if time >= longest:
            break
    return np.array(events, dtype=np.int64), np.array(until)


def _time_of(rule: SafetyRule, hazard: float, count: int, constant: float) -> float:
    """Return the total time at which a count no longer is too many."""
    spread = rule.patients * rule.null  # events expected under the null: what O'Brien-Fleming scales by
    match rule.family:
        case Family.POCOCK:
            return (count + 0.5 * (constant**2 - constant * np.sqrt(4.0 * count + constant**2))) / hazard
        case Family.OBRIEN_FLEMING:
            return (count - constant * np.sqrt(spread)) / hazard
        case Family.WANG_TSIATIS:
            delta = rule.delta or 0.0

            def short(events: float) -> float:
                return events + constant * spread ** (0.5 - delta) * events**delta - count

            return find_root(short, 0.0, float(count)) / hazard if short(0.0) < 0.0 else -1.0
        case Family.SPRT:
            assert rule.alternative is not None
            ratio = float(np.log1p(-rule.alternative) / np.log1p(-rule.null))
            return (count * np.log(ratio) - constant) / (hazard * (ratio - 1.0))
        case Family.MAX_SPRT:
            return find_root(lambda e: xlogy(count, count / e) - (count - e) - constant, 1e-12, float(count)) / hazard
        case Family.BETA_BINOMIAL:
            assert rule.prior is not None
            shape, rate = rule.prior

            def over(time: float) -> float:
                return float(gammaincc(shape + count, (rate + time) * hazard)) - constant

            if over(0.0) <= 0.0:
                return -1.0
            longest = 1e3 * rule.patients / hazard
            return find_root(over, 0.0, longest) if over(longest) < 0.0 else longest


def _bracket(rule: SafetyRule, alpha: float) -> tuple[float, float]:
    if rule.family is Family.BETA_BINOMIAL:
        return 0.3, 1.0 - 1e-9
    if rule.family in {Family.SPRT, Family.MAX_SPRT}:
        return 0.05, 25.0
    return float(ndtri(1.0 - alpha)) * 0.2, 25.0


def _moved(state: FloatArray, events: float) -> FloatArray:
    """Return the counts after more follow-up that expects so many events."""
    counts = np.arange(state.size)
    masses = np.exp(xlogy(counts, events) - events - gammaln(counts + 1.0))
    return np.convolve(state, masses)[: state.size]


def _walk(events: IntArray, until: FloatArray, hazard: float) -> tuple[FloatArray, FloatArray]:
    """Return the share that still goes on after each step, and the counts of those at the end."""
    state: FloatArray = np.zeros(int(events[-1]) + 1)
    state[0] = 1.0
    share, before = np.empty(events.size), 0.0
    for k, (count, time) in enumerate(zip(events, until, strict=True)):
        state = _moved(state, hazard * (time - before))
        state[count:] = 0.0
        share[k], before = state.sum(), time
    return share, state


def _stop_chances(events: IntArray, until: FloatArray, hazard: float) -> FloatArray:
    """Return the chance to stop within each step of the boundary."""
    if events.size == 0:
        return np.zeros(0)
    share, _ = _walk(events, until, hazard)
    return -np.diff(share, prepend=1.0)


def _last_states(events: IntArray, until: FloatArray, hazard: float) -> FloatArray:
    """Return the chance of each count among trials that never stopped."""
    return _walk(events, until, hazard)[1] if events.size else np.zeros(1)
