"""Rates of counts that vary more than Poisson: sizes for the negative binomial model of two arms.

Equal to rpact's ``getSampleSizeCounts`` with a fixed exposure time. Source: Zhu H, Lakkis H. Stat Med 2014;33:376
(their variance with the true rates under both hypotheses; recalled, not checked).
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from scipy.special import ndtr, ndtri

from regraft.core.errors import InputError


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TwoRates:
    """Events per person-year in both arms, the overdispersion they share, years followed, share in the first arm."""

    experimental: float
    control: float
    overdispersion: float
    years: float
    experimental_share: float = 0.5

    def __post_init__(self) -> None:
        """Refuse rates, dispersion and exposure out of range."""
        if min(self.experimental, self.control, self.years) <= 0.0 or self.overdispersion < 0.0:
            raise InputError(
                f"rates {self.experimental:g} and {self.control:g} over {self.years:g} years, overdispersion "
                f"{self.overdispersion:g}: rates and years must be above 0, overdispersion 0 (Poisson) or more."
            )
        if not 0.0 < self.experimental_share < 1.0:
            raise InputError(f"share of the experimental arm {self.experimental_share:g}: must lie between 0 and 1.")

    def variance(self) -> float:
        """Return the variance of the log rate ratio times all patients."""
        first = (1.0 / (self.experimental * self.years) + self.overdispersion) / self.experimental_share
        second = (1.0 / (self.control * self.years) + self.overdispersion) / (1.0 - self.experimental_share)
        return first + second


def rates_size(rates: TwoRates, alpha: float, power: float) -> float:
    """Return all patients of both arms, not rounded, one-sided.

    Raises
    ------
    InputError
        The experimental rate is not below the control's.
    """
    if rates.experimental >= rates.control:
        raise InputError(f"rates {rates.experimental:g} and {rates.control:g}: the experimental one must be lower.")
    z = float(ndtri(1.0 - alpha) + ndtri(power))
    return float(z**2 * rates.variance() / np.log(rates.experimental / rates.control) ** 2)


def rates_power(rates: TwoRates, patients: float, alpha: float) -> float:
    """Return the power of a one-sided test in so many patients in all."""
    return float(ndtr(rates_drift(rates, patients) - ndtri(1.0 - alpha)))


def rates_drift(rates: TwoRates, patients: float) -> float:
    """Return the mean of z, positive when the experimental arm has fewer events."""
    if patients < 2.0:
        raise InputError(f"patients {patients:g}: each arm needs one at least.")
    return float(-np.log(rates.experimental / rates.control) * np.sqrt(patients / rates.variance()))
