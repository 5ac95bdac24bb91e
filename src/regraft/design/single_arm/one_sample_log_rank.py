"""One arm followed over time against a known hazard: sizes of the one-sample log-rank test, and its exact Poisson form.

Under the reference hazard, events counted against the summed cumulative hazard of the people are a Poisson process. So
if the trial is read when that sum (the events expected under the reference) reaches a planned value, the test of few
events against a Poisson tail is exact, and its power under proportional hazards is a Poisson tail too.

Sources: Breslow NE. Int Stat Rev 1975;43:45; Wu J. Pharm Stat 2015;14:26 (normal sizes; recalled, not checked).
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from scipy.special import ndtri, pdtr

from regraft.analysis.arrays import FloatArray
from regraft.analysis.roots import find_root
from regraft.core.errors import InputError

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SingleArmPlan:
    """A single arm with exponential times, uniform accrual and a fixed end.

    Parameters
    ----------
    reference_hazard, hoped_hazard : float
        Events per person and unit of time under the value to beat and under the one hoped for (lower).
    accrual, follow_up : float
        Length of accrual, and follow-up of the last patient, in the same unit.
    """

    reference_hazard: float
    hoped_hazard: float
    accrual: float
    follow_up: float

    def __post_init__(self) -> None:
        """Refuse hazards and spans that make no trial."""
        if not 0.0 < self.hoped_hazard < self.reference_hazard:
            raise InputError(
                f"hazards {self.hoped_hazard:g} and {self.reference_hazard:g}: the one hoped for must lie above 0 and "
                "below the reference. Give events per person and unit of time."
            )
        if self.accrual < 0.0 or self.follow_up < 0.0 or self.accrual + self.follow_up <= 0.0:
            raise InputError(f"accrual {self.accrual:g}, follow-up {self.follow_up:g}: nobody would be followed.")


def plan_from_free_shares(
    reference_free: float, hoped_free: float, at_time: float, accrual: float, follow_up: float
) -> SingleArmPlan:
    """Return the plan whose shares free of the event at one time are given."""
    if not 0.0 < reference_free < hoped_free < 1.0 or at_time <= 0.0:
        raise InputError(f"free shares {reference_free:g} and {hoped_free:g} at {at_time:g}: the hoped must be higher.")
    return SingleArmPlan(
        reference_hazard=-float(np.log(reference_free)) / at_time,
        hoped_hazard=-float(np.log(hoped_free)) / at_time,
        accrual=accrual,
        follow_up=follow_up,
    )


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PerPerson:
    """What one person adds under the hoped hazard: events, reference events, and the variance of their difference."""

    events: float
    expected: float
    variance: float


def per_person(plan: SingleArmPlan) -> PerPerson:
    """Return the moments of one person's events and expected events under the hoped hazard."""
    span = plan.follow_up + plan.accrual / 2.0 * (1.0 + _NODES)
    weight = _WEIGHTS / 2.0
    h, ref = plan.hoped_hazard, plan.reference_hazard
    gone = -np.expm1(-h * span)
    # moments of min(T, c): E, E2 and E with the event
    mean = gone / h
    with_event = (gone - h * span * np.exp(-h * span)) / h
    square = 2.0 * with_event / h
    events, expected = float(weight @ gone), float(weight @ mean) * ref
    variance = events - events**2 + ref**2 * float(weight @ square) - expected**2
    variance -= 2.0 * (ref * float(weight @ with_event) - events * expected)
    return PerPerson(events=events, expected=expected, variance=variance)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class LogRankSizes:
    """Patients by the two normal formulas: the classical null variance (cautious), and Wu's mean of both (bold)."""

    classical: float
    wu: float


def one_sample_sizes(plan: SingleArmPlan, alpha: float, beta: float) -> LogRankSizes:
    """Return the sizes by normal formulas, not rounded.

    With few events the classical test falls short of its size and Wu's exceeds it; `exact_poisson` is exact.
    """
    one = per_person(plan)
    z_alpha, z_beta = float(ndtri(1.0 - alpha)), float(ndtri(1.0 - beta))
    gain = one.expected - one.events
    spread = z_beta * np.sqrt(one.variance)
    return LogRankSizes(
        classical=float(((z_alpha * np.sqrt(one.expected) + spread) / gain) ** 2),
        wu=float(((z_alpha * np.sqrt((one.expected + one.events) / 2.0) + spread) / gain) ** 2),
    )


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ExactPoisson:
    """The exact form of the one-sample log-rank test.

    Parameters
    ----------
    reject_at : int
        Events up to which the reference is rejected.
    expected : float
        Events expected under the reference at which the trial is read.
    patients : float
        Patients whose expected follow-up under the hoped hazard gives that, not rounded.
    alpha, power : float
        Exact Poisson errors.
    """

    reject_at: int
    expected: float
    patients: float
    alpha: float
    power: float


def exact_poisson(plan: SingleArmPlan, alpha: float, beta: float, *, most_events: int = 500) -> ExactPoisson:
    """Return the design with the fewest expected events that holds both errors exactly.

    Raises
    ------
    InputError
        More than `most_events` would be needed.
    """
    ratio = plan.hoped_hazard / plan.reference_hazard
    for reject_at in range(most_events + 1):
        expected = _expected_at(reject_at, alpha)
        power = float(pdtr(reject_at, ratio * expected))
        if power >= 1.0 - beta:
            return ExactPoisson(
                reject_at=reject_at,
                expected=expected,
                patients=expected / per_person(plan).expected,
                alpha=float(pdtr(reject_at, expected)),
                power=power,
            )
    raise InputError(f"hazard ratio {ratio:g}: needs more than {most_events} events. Use the normal sizes.")


def exact_poisson_p(events: int, expected: float) -> float:
    """Return the one-sided p value of so few events against those expected under the reference."""
    if expected <= 0.0 or events < 0:
        raise InputError(f"{events} events against {expected:g} expected: expected events must be above 0.")
    return float(pdtr(events, expected))


def poisson_power(expected: float, hazard_ratio: FloatArray, alpha: float) -> FloatArray:
    """Return the exact power of the Poisson form read at so many expected events, for each hazard ratio."""
    reject_at = -1
    while pdtr(reject_at + 1, expected) <= alpha:
        reject_at += 1
    if reject_at < 0:
        return np.zeros_like(hazard_ratio)
    return np.asarray(pdtr(reject_at, expected * hazard_ratio))


def _expected_at(reject_at: int, alpha: float) -> float:
    """Return the expected events of which so few are seen with probability `alpha`."""
    return find_root(lambda expected: float(pdtr(reject_at, expected)) - alpha, 1e-9, 4.0 * reject_at + 60.0)
