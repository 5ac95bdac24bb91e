"""Size of a trial compared by the win ratio; the test itself is `regraft.analysis.win_ratio`.

Source: Yu RX, Ganju J. Stat Med 2022;41:950 (recalled, not checked).
"""

import numpy as np
from scipy.special import ndtr, ndtri

from regraft.core.errors import InputError


def win_ratio_size(ratio: float, ties: float, alpha: float, power: float, *, experimental_share: float = 0.5) -> float:
    """Return all patients of both arms, not rounded.

    Parameters
    ----------
    ratio : float
        Win ratio hoped for, above 1.
    ties : float
        Share of pairs that no level decides.
    alpha : float
        One-sided level.
    """
    z = float(ndtri(1.0 - alpha) + ndtri(power))
    return _variance(ratio, ties, experimental_share) * (z / float(np.log(ratio))) ** 2


def win_ratio_power(
    ratio: float, ties: float, patients: float, alpha: float, *, experimental_share: float = 0.5
) -> float:
    """Return the power of a one-sided test in so many patients in all."""
    drift = np.log(ratio) * np.sqrt(patients / _variance(ratio, ties, experimental_share))
    return float(ndtr(drift - ndtri(1.0 - alpha)))


def _variance(ratio: float, ties: float, share: float) -> float:
    """Return the variance of the log win ratio times all patients, under no difference."""
    if ratio <= 1.0:
        raise InputError(f"win ratio {ratio:g}: must be above 1, wins of the experimental arm over its losses.")
    if not 0.0 <= ties < 1.0:
        raise InputError(f"ties {ties:g}: a share of pairs, 0 or more and below 1.")
    if not 0.0 < share < 1.0:
        raise InputError(f"share of the experimental arm {share:g}: must lie between 0 and 1.")
    return 4.0 * (1.0 + ties) / (3.0 * share * (1.0 - share) * (1.0 - ties))
