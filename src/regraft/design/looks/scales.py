"""A boundary on z, said on the scale a committee reads: p, hazard ratio, difference.

One convention everywhere: z is positive when the first named arm (the experimental one) does better, so a hazard ratio
below 1 belongs to a positive z.
"""

import numpy as np
from scipy.special import ndtr

from regraft.core.errors import InputError


def one_sided_p(z: float) -> float:
    """Return the one-sided p value of z."""
    return float(ndtr(-z))


def hazard_ratio_of_z(z: float, events: float, experimental_share: float = 0.5) -> float:
    """Return the hazard ratio (experimental over control) that a log-rank z stands for, by Schoenfeld's approximation.

    Parameters
    ----------
    z : float
        Positive when the experimental arm does better.
    events : float
        Events at the look.
    experimental_share : float
        Share of patients in the experimental arm.
    """
    return float(np.exp(-z / root_information_of_events(events, experimental_share)))


def z_of_hazard_ratio(hazard_ratio: float, events: float, experimental_share: float = 0.5) -> float:
    """Return the log-rank z that a hazard ratio stands for."""
    if hazard_ratio <= 0.0:
        raise InputError(f"hazard ratio {hazard_ratio:g}: must be above 0. Experimental over control is meant.")
    return float(-np.log(hazard_ratio) * root_information_of_events(events, experimental_share))


def root_information_of_events(events: float, experimental_share: float = 0.5) -> float:
    """Return the root of the information about a log hazard ratio: events times both shares (Schoenfeld 1981)."""
    if events <= 0.0:
        raise InputError(f"events {events:g}: must be above 0. Nothing is known before the first event.")
    if not 0.0 < experimental_share < 1.0:
        raise InputError(f"share of the experimental arm {experimental_share:g}: must lie between 0 and 1.")
    return float(np.sqrt(events * experimental_share * (1.0 - experimental_share)))


def difference_of_z(z: float, standard_error: float) -> float:
    """Return the difference that z stands for, given its standard error at the look."""
    return z * standard_error
