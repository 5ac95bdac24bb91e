"""Safety rules while people are still being watched: time-to-event weighting (TITE).

A person without the event counts as the share of the window already passed; one with it counts whole. The effective
number of people is the sum, and the rule is that of evaluable people with a fraction of a person allowed. Calibrated
over whole people, as R's stoppingrule ``calc.rule.tite``; Pocock's rule is that by the standard deviation there.
"""

from dataclasses import dataclass
from typing import final

import numpy as np

from regraft.analysis.arrays import FloatArray, IntArray
from regraft.analysis.roots import find_root
from regraft.core.errors import InputError
from regraft.design.safety.evaluable import stop_chance
from regraft.design.safety.rules import SafetyRule

_HALVINGS = 60


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EffectiveBoundary:
    """A calibrated rule over the effective number of people.

    Parameters
    ----------
    constant : float
        Constant of the rule.
    events : array of int, shape (steps,)
        Counts of events at which the trial stops.
    until : array, shape (steps,)
        Effective number of people up to which each count stops.
    alpha : float
        Exact chance of a false stop if everyone were evaluable.
    """

    rule: SafetyRule
    constant: float
    events: IntArray
    until: FloatArray
    alpha: float

    def stops(self, count: int, effective: float) -> bool:
        """Return whether the trial stops at so many events among an effective number of people."""
        if count < 0 or effective < count:
            raise InputError(f"{count} events among an effective number of {effective:g}: each event counts whole.")
        if count == 0 or not self.events.size or count < self.events[0]:
            return False
        found = self.rule.evidence(np.array(float(count)), np.array(effective), exact_tail=False)
        return bool(found >= self.constant)


def calibrate_effective(rule: SafetyRule, alpha: float) -> EffectiveBoundary:
    """Return the boundary that stops soonest with a chance of a false stop of `alpha` at most.

    stoppingrule 0.6 searches Pocock's constant up to the normal quantile of 1 - alpha / patients only and returns that
    end when it is too small: for 50 people, 5% and alpha 0.1 its rule stops falsely with a chance of 0.136.
    """
    if not 0.0 < alpha < 1.0:
        raise InputError(f"alpha {alpha:g}: the chance of a false stop must lie between 0 and 1, such as 0.05.")
    table = _table(rule)
    early, late = float(np.nanmin(table)) - 1.0, float(np.nanmax(table)) + 1.0
    for _ in range(_HALVINGS):
        middle = (early + late) / 2.0
        if stop_chance(table, middle, rule.null) <= alpha:
            late = middle
        else:
            early = middle
    return effective_boundary(rule, late)


def effective_boundary(rule: SafetyRule, constant: float) -> EffectiveBoundary:
    """Return the boundary of a given constant, with its exact chance of a false stop."""
    counts, until = _steps(rule, constant)
    chance = stop_chance(_table(rule), constant, rule.null)
    return EffectiveBoundary(rule=rule, constant=constant, events=counts, until=until, alpha=chance)


def effective_stop(boundary: EffectiveBoundary, probability: float) -> float:
    """Return the exact chance of a stop at a true probability, if everybody were evaluable."""
    return stop_chance(_table(boundary.rule), boundary.constant, probability)


def _table(rule: SafetyRule) -> FloatArray:
    """Return the evidence of every count among whole people; NaN: impossible."""
    people = np.arange(1, rule.patients + 1, dtype=np.float64)[:, None]
    counts = np.arange(rule.patients + 1, dtype=np.float64)[None, :]
    found = rule.evidence(np.minimum(counts, people), people, exact_tail=False)
    return np.where(counts <= people, found, np.nan)


def _steps(rule: SafetyRule, constant: float) -> tuple[IntArray, FloatArray]:
    """Return counts that stop, and the effective number up to which each does."""

    def over(count: int, people: float) -> float:
        return float(rule.evidence(np.array(float(count)), np.array(people), exact_tail=False)) - constant

    found, until = [], []
    for count in range(1, rule.patients + 1):
        if over(count, float(count)) < 0.0:
            continue
        found.append(count)
        if over(count, float(rule.patients)) >= 0.0:
            until.append(float(rule.patients))
            break
        until.append(find_root(lambda n, k=count: over(k, n), float(count), float(rule.patients)))  # type: ignore[misc]
    return np.array(found, dtype=np.int64), np.array(until)
