"""Power over what is believed about the truth: the mean over draws, its spread, and how well it is known.

A trial lives under one draw of the truth, so draws are clusters: many trials under few draws do not make it sure.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import ArrayLike

from regraft.analysis.arrays import floats
from regraft.core.errors import InputError


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Assurance:
    """Power over draws of the truth.

    Parameters
    ----------
    mean : float
        The assurance.
    standard_error : float
        Monte Carlo error of the mean: that between draws, which more trials per draw do not lower.
    lower_quartile, median, upper_quartile : float
        Of power over draws.
    draws : int
        How many.
    """

    mean: float
    standard_error: float
    lower_quartile: float
    median: float
    upper_quartile: float
    draws: int


def assurance(power_by_draw: ArrayLike) -> Assurance:
    """Return assurance from the power under each draw.

    Raises
    ------
    InputError
        Fewer than two draws, or a power outside 0 to 1.
    """
    power = floats(power_by_draw, "power of each draw")
    if power.size < 2 or power.min() < 0.0 or power.max() > 1.0:
        raise InputError(f"power of each draw: {power.size} values. Two draws at least are needed, each from 0 to 1.")
    low, middle, high = (float(q) for q in np.quantile(power, [0.25, 0.5, 0.75]))
    return Assurance(
        mean=float(power.mean()),
        standard_error=float(power.std(ddof=1) / np.sqrt(power.size)),
        lower_quartile=low,
        median=middle,
        upper_quartile=high,
        draws=power.size,
    )
