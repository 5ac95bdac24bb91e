"""Two means: sizes by the normal formula, power by the noncentral t; equal to R's ``power.t.test``."""

import numpy as np
from scipy.special import nctdtr, ndtri, stdtrit

from regraft.core.errors import InputError


def detectable_difference(per_arm: float, alpha: float, power: float) -> float:
    """Return the difference in standard deviations that is found, by the normal formula.

    Parameters
    ----------
    per_arm : float
        Patients in each arm.
    alpha : float
        One-sided level.
    """
    if per_arm < 1.0:
        raise InputError(f"patients {per_arm:g} in each arm: needs one at least.")
    return float((ndtri(1.0 - alpha) + ndtri(power)) * np.sqrt(2.0 / per_arm))


def means_size(difference: float, alpha: float, power: float) -> float:
    """Return patients in each arm, not rounded, for a difference in standard deviations, by the normal formula."""
    if difference <= 0.0:
        raise InputError(f"difference {difference:g}: must be above 0, in standard deviations, good counted positive.")
    return float(2.0 * ((ndtri(1.0 - alpha) + ndtri(power)) / difference) ** 2)


def means_power(difference: float, per_arm: int, alpha: float) -> float:
    """Return the power of the t test of two equal arms, one-sided."""
    if per_arm < 2:
        raise InputError(f"patients {per_arm} in each arm: a t test needs two at least.")
    degrees = 2 * per_arm - 2
    critical = float(stdtrit(degrees, 1.0 - alpha))
    return float(1.0 - nctdtr(degrees, difference * np.sqrt(per_arm / 2.0), critical))


def recruits_for(evaluable: float, dropout: float) -> float:
    """Return how many to recruit so that so many remain, not rounded.

    Examples
    --------
    >>> recruits_for(90, 0.2)
    112.5
    """
    if not 0.0 <= dropout < 1.0:
        raise InputError(f"dropout {dropout:g}: a share of 0 or more and below 1.")
    return evaluable / (1.0 - dropout)
