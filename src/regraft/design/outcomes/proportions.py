"""Two proportions by the normal formula with a pooled variance under the null.

Equal to R's ``power.prop.test`` (one tail), rpact's ``getSampleSizeRates`` and gsDesign's ``nBinomial`` at a null
difference of 0. The formula says nothing about the size of an exact test: see `exact_tables`.

Source: Fleiss JL. Statistical Methods for Rates and Proportions. Wiley 1981, chapter 3 (recalled, not checked).
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from scipy.special import ndtr, ndtri

from regraft.analysis.roots import find_root
from regraft.core.errors import InputError


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TwoProportions:
    """Proportions of what is good in the experimental and in the control arm, and the share of people in the first."""

    experimental: float
    control: float
    experimental_share: float = 0.5

    def __post_init__(self) -> None:
        """Refuse proportions and shares out of range."""
        for name, value in (("experimental", self.experimental), ("control", self.control)):
            if not 0.0 < value < 1.0:
                raise InputError(f"{name} proportion {value:g}: must lie between 0 and 1; percent are divided by 100.")
        if not 0.0 < self.experimental_share < 1.0:
            raise InputError(f"share of the experimental arm {self.experimental_share:g}: must lie between 0 and 1.")

    def spreads(self) -> tuple[float, float]:
        """Return the standard deviation of the difference times the root of all patients: pooled, and not pooled."""
        first, second = self.experimental_share, 1.0 - self.experimental_share
        pooled = first * self.experimental + second * self.control
        apart = self.experimental * (1 - self.experimental) / first + self.control * (1 - self.control) / second
        return float(np.sqrt(pooled * (1 - pooled) * (1 / first + 1 / second))), float(np.sqrt(apart))


def proportions_size(pair: TwoProportions, alpha: float, power: float) -> float:
    """Return all patients of both arms, not rounded, for a one-sided test of superiority.

    Raises
    ------
    InputError
        The experimental proportion is not above the control's.
    """
    difference = pair.experimental - pair.control
    if difference <= 0.0:
        raise InputError(
            f"proportions {pair.experimental:g} and {pair.control:g}: no size shows a benefit that is not there. "
            "Count what is good, with the experimental arm first."
        )
    pooled, apart = pair.spreads()
    return float(((ndtri(1.0 - alpha) * pooled + ndtri(power) * apart) / difference) ** 2)


def proportions_power(pair: TwoProportions, patients: float, alpha: float) -> float:
    """Return the power of a one-sided test in so many patients in all."""
    return float(ndtr(proportions_drift(pair, patients, alpha) - ndtri(1.0 - alpha)))


def proportions_drift(pair: TwoProportions, patients: float, alpha: float) -> float:
    """Return the mean of z at the last look that gives this power: what `looks.characteristics.operating` takes.

    The null's variance is pooled, so the mean is shifted rather than divided by one standard error (as rpact does).
    """
    if patients < 2.0:
        raise InputError(f"patients {patients:g}: each arm needs one at least.")
    pooled, apart = pair.spreads()
    z = float(ndtri(1.0 - alpha))
    return float((np.sqrt(patients) * (pair.experimental - pair.control) - z * pooled) / apart + z)


def detectable_proportion(control: float, patients: float, alpha: float, power: float) -> float:
    """Return the proportion of the experimental arm that is found with a power, arms of equal size.

    Raises
    ------
    InputError
        Even 99.9% would not be found.
    """

    def short(proportion: float) -> float:
        pair = TwoProportions(experimental=proportion, control=control)
        return proportions_power(pair, patients, alpha) - power

    if short(0.999) < 0.0:
        raise InputError(f"{patients:g} patients against {control:g}: not even 0.999 is found with power {power:g}.")
    return find_root(short, control + 1e-9, 0.999)
