"""Safety rules over people who are evaluable: exact calibration and operating characteristics.

Operating characteristics need no simulation: the number of events among the first n evaluable people is a chain.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import final

import numpy as np

from regraft.analysis.arrays import FloatArray, IntArray
from regraft.core.errors import InputError
from regraft.design.safety.rules import SafetyRule

_HALVINGS = 60


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a boundary: stop at so many events among at most so many evaluable people."""

    events: int
    people: int


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Boundary:
    """A calibrated rule.

    Parameters
    ----------
    rule : SafetyRule
        The family.
    constant : float
        Its constant: a tail probability for Pocock, a posterior probability for beta-binomial, else a deviation or a
        log likelihood ratio.
    stop_at : array of int, shape (patients,)
        Events at which the trial stops after 1, 2, ... evaluable people; above the number of people where none does.
    alpha : float
        Exact chance of a stop at the acceptable probability; at most what was asked, less where counts are coarse.
    """

    rule: SafetyRule
    constant: float
    stop_at: IntArray
    alpha: float

    def steps(self) -> tuple[Step, ...]:
        """Return the boundary as steps; those that cannot happen are left out."""
        people = np.arange(1, self.stop_at.size + 1)
        return tuple(
            Step(events=int(k), people=int(people[self.stop_at == k].max()))
            for k in np.unique(self.stop_at)
            if (people[self.stop_at == k] >= k).any()
        )

    def stops(self, events: int, people: int) -> bool:
        """Return whether the trial stops at so many events among so many evaluable people.

        Raises
        ------
        InputError
            More people than the rule was made for, or more events than people.
        """
        if not 0 <= events <= people or not 1 <= people <= self.stop_at.size:
            raise InputError(
                f"{events} events among {people} people: the rule is for 1 to {self.stop_at.size} people, "
                "and events cannot exceed them."
            )
        return bool(events >= self.stop_at[people - 1])


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyOperating:
    """At one true probability: chance to stop, people and events expected until the stop or the end."""

    probability: float
    stop: float
    expected_people: float
    expected_events: float


def calibrate(rule: SafetyRule, alpha: float) -> Boundary:
    """Return the boundary that stops soonest with a chance of a false stop of `alpha` at most.

    Raises
    ------
    InputError
        `alpha` out of range.
    """
    if not 0.0 < alpha < 1.0:
        raise InputError(f"alpha {alpha:g}: the chance of a false stop must lie between 0 and 1, such as 0.05.")
    table = _evidence(rule)
    late = float(np.nanmax(table)) + 1.0
    early = float(np.nanmin(table)) - 1.0
    for _ in range(_HALVINGS):
        middle = (early + late) / 2.0
        if stop_chance(table, middle, rule.null) <= alpha:
            late = middle
        else:
            early = middle
    stop_at = _stop_at(table, late)
    return Boundary(
        rule=rule,
        constant=abs(late),
        stop_at=stop_at,
        alpha=float(_stop_chances(stop_at, rule.null).sum()),
    )


def count_rule(rule: SafetyRule, stop_at: tuple[Step, ...]) -> Boundary:
    """Return a boundary that a protocol wrote as counts, with its exact chance of a false stop.

    Parameters
    ----------
    rule : SafetyRule
        Acceptable probability and number of people; its family is not read.
    stop_at : tuple of Step
        Events that stop among at most so many people, both ascending.
    """
    if not stop_at or any(b.events <= a.events or b.people <= a.people for a, b in pairwise(stop_at)):
        raise InputError("counts that stop: events and people must both increase from step to step.")
    bounds = np.full(rule.patients, rule.patients + 1, dtype=np.int64)
    for step in reversed(stop_at):
        bounds[: step.people] = step.events
    return Boundary(
        rule=rule, constant=float("nan"), stop_at=bounds, alpha=float(_stop_chances(bounds, rule.null).sum())
    )


def safety_operating(boundary: Boundary, probability: float) -> SafetyOperating:
    """Return the exact operating characteristics at a true probability of the event."""
    if not 0.0 <= probability <= 1.0:
        raise InputError(f"probability {probability:g}: must lie between 0 and 1; percent are divided by 100.")
    chances = _stop_chances(boundary.stop_at, probability)
    stop = float(chances.sum())
    people = np.arange(1, chances.size + 1)
    expected = float(chances @ people) + (1.0 - stop) * chances.size
    return SafetyOperating(
        probability=probability, stop=stop, expected_people=expected, expected_events=expected * probability
    )


def _evidence(rule: SafetyRule) -> FloatArray:
    """Return the evidence of every count among 1 to `patients` people; NaN where impossible."""
    people = np.arange(1, rule.patients + 1, dtype=np.float64)[:, None]
    events = np.arange(rule.patients + 1, dtype=np.float64)[None, :]
    found = rule.evidence(np.minimum(events, people), people)
    return np.where(events <= people, found, np.nan)


def stop_chance(table: FloatArray, constant: float, probability: float) -> float:
    """Return the chance of any stop where evidence of counts by people reaches a constant."""
    return float(_stop_chances(_stop_at(table, constant), probability).sum())


def _stop_at(table: FloatArray, constant: float) -> IntArray:
    """Return the fewest events whose evidence reaches a constant, for each number of people."""
    with np.errstate(invalid="ignore"):
        reached = table >= constant
    none = table.shape[1]
    return np.where(reached.any(axis=1), reached.argmax(axis=1), none).astype(np.int64)


def _stop_chances(stop_at: IntArray, probability: float) -> FloatArray:
    """Return the chance to stop first after 1, 2, ... evaluable people."""
    most = int(min(stop_at.max(), stop_at.size)) + 1
    going = np.zeros(most + 1)
    going[0] = 1.0
    chances = np.zeros(stop_at.size)
    for n, bound in enumerate(stop_at):
        moved = going * (1.0 - probability)
        moved[1:] += going[:-1] * probability
        if bound <= most:
            chances[n] = moved[bound:].sum()
            moved[bound:] = 0.0
        going = moved
    return chances
