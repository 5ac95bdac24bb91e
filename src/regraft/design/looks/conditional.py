"""Conditional and predictive power: what a trial seen at a look may still show.

Sources: Lan KKG, Simon R, Halperin M. Commun Stat C 1982;1:207 (conditional); Spiegelhalter DJ, Freedman LS,
Blackburn PR. Control Clin Trials 1986;7:8 (predictive). Both recalled, not checked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
from scipy.special import ndtr

from regraft.analysis.arrays import FloatArray
from regraft.analysis.roots import find_root
from regraft.core.errors import InputError
from regraft.design.looks.boundaries import Boundaries
from regraft.design.looks.crossing import exits, paths_from

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(96)
_REACH = 9.0


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A trial at an interim look.

    Parameters
    ----------
    look : int
        Number of the look, from 1.
    z : float
        Statistic there, positive in favour of the experimental arm.
    """

    look: int
    z: float


def conditional_power(bounds: Boundaries, seen: Seen, drift: float) -> float:
    """Return the chance to cross an efficacy boundary at a later look, futility obeyed on the way.

    Parameters
    ----------
    bounds : Boundaries
        The looks.
    seen : Seen
        What was seen, at an interim look.
    drift : float
        Mean of z at the last look under the effect that is assumed for the rest: `Boundaries.drift` for the one
        planned, 0 for none, `drift_seen` for the one observed.

    Raises
    ------
    InputError
        Not an interim look.
    """
    return float(later_chances(bounds, seen, drift).sum())


def later_chances(bounds: Boundaries, seen: Seen, drift: float) -> FloatArray:
    """Return the chance to cross the efficacy boundary first at each later look, shape (looks - look,)."""
    now = _fraction(bounds, seen)
    rest = slice(seen.look, None)
    return exits(
        paths_from(seen.z, now), bounds.fractions[rest], bounds.lower[rest], bounds.upper[rest], drift
    ).efficacy


def drift_seen(bounds: Boundaries, seen: Seen) -> float:
    """Return the drift that the statistic at a look points to."""
    return float(seen.z / np.sqrt(_fraction(bounds, seen)))


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class NormalBelief:
    """A normal belief about the drift; an infinite standard deviation is a flat one."""

    mean: float
    standard_deviation: float


def predictive_power(bounds: Boundaries, seen: Seen, prior: NormalBelief) -> float:
    """Return conditional power averaged over what is believed about the drift after the look.

    Parameters
    ----------
    prior : NormalBelief
        Belief before the trial; flat for the classical predictive power.
    """
    now = _fraction(bounds, seen)
    precision = 1.0 / prior.standard_deviation**2 + now
    mean = (prior.mean / prior.standard_deviation**2 + seen.z * np.sqrt(now)) / precision
    spread = 1.0 / np.sqrt(precision)
    return _averaged(lambda drift: conditional_power(bounds, seen, drift), mean, float(spread))


def _averaged(function: Callable[[float], float], mean: float, spread: float) -> float:
    standard = _REACH * _NODES
    weight = _REACH * _WEIGHTS * np.exp(-0.5 * standard**2) / np.sqrt(2.0 * np.pi)
    return float(sum(w * function(mean + spread * s) for s, w in zip(standard, weight, strict=True)))


def z_for_conditional_power(bounds: Boundaries, look: int, power: float, drift: float | None) -> float:
    """Return the z at a look at which conditional power is just `power`: a futility rule said so, as a bound on z.

    Parameters
    ----------
    drift : float or None
        Effect assumed for the rest; None for the one observed.
    """
    if not 0.0 < power < 1.0:
        raise InputError(f"conditional power {power:g}: must lie between 0 and 1, as in 0.1.")

    def above(z: float) -> float:
        seen = Seen(look=look, z=z)
        return conditional_power(bounds, seen, drift_seen(bounds, seen) if drift is None else drift) - power

    return find_root(above, -12.0, 12.0)


def z_for_predictive_power(bounds: Boundaries, look: int, power: float, prior: NormalBelief) -> float:
    """Return the z at a look at which predictive power is just `power`."""
    if not 0.0 < power < 1.0:
        raise InputError(f"predictive power {power:g}: must lie between 0 and 1, as in 0.1.")
    return find_root(lambda z: predictive_power(bounds, Seen(look=look, z=z), prior) - power, -12.0, 12.0)


def assurance_of_looks(bounds: Boundaries, prior: NormalBelief) -> float:
    """Return power averaged over a normal belief about the drift, futility obeyed.

    Source: O'Hagan A, Stevens JW, Campbell MJ. Pharm Stat 2005;4:187.
    """

    def power(drift: float) -> float:
        return float(exits(paths_from(), bounds.fractions, bounds.lower, bounds.upper, drift).efficacy.sum())

    return _averaged(power, prior.mean, prior.standard_deviation)


def assurance_without_looks(critical_z: float, prior: NormalBelief) -> float:
    """Return the chance that z passes a bound if its mean is normally believed; closed form."""
    return float(ndtr((prior.mean - critical_z) / np.sqrt(1.0 + prior.standard_deviation**2)))


def _fraction(bounds: Boundaries, seen: Seen) -> float:
    looks = bounds.fractions.size
    if not 1 <= seen.look < looks:
        raise InputError(
            f"look {seen.look}: of {looks} looks the interim ones are 1 to {looks - 1}. Give one of those."
        )
    return float(bounds.fractions[seen.look - 1])
