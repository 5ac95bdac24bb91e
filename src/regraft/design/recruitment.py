"""Recruitment as Poisson processes of sites whose rates are gamma: forecasts with intervals, before and during a trial.

Each site recruits from the month it opens; its rate is gamma distributed between sites, and updated by what it has
recruited. A forecast sums negative binomial counts of all sites, exactly.

Source: Anisimov VV, Fedorov VV. Stat Med 2007;26:4958.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
from scipy.special import betainc, gammaln, xlog1py, xlogy

from regraft.analysis.arrays import FloatArray
from regraft.analysis.roots import find_root
from regraft.core.errors import InputError

_TAIL = 1e-13


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What is believed about a rate per month: gamma with a shape and an inverse scale in months."""

    shape: float
    months: float

    def __post_init__(self) -> None:
        """Refuse what is no gamma distribution."""
        if self.shape <= 0.0 or self.months <= 0.0:
            raise InputError(f"recruitment: {self.shape:g} patients in {self.months:g} months: both must be above 0.")

    @property
    def mean(self) -> float:
        """Patients expected per month."""
        return self.shape / self.months

    def after(self, recruited: int, months: float) -> "Rate":
        """Return the belief after so many recruits in so many months."""
        if recruited < 0 or months < 0.0:
            raise InputError(f"recruitment: {recruited} recruits in {months:g} months: neither may be negative.")
        return Rate(shape=self.shape + recruited, months=self.months + months)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """A count or a time: its mean, median and the intervals that hold it with 50% and 95%."""

    mean: float
    median: float
    half: tuple[float, float]
    wide: tuple[float, float]


def count_chances(rate: Rate, months: float, at_most: int | None = None) -> FloatArray:
    """Return the chance of 0, 1, 2, ... recruits in months to come: up to `at_most`, or all but 1e-13 of the chance."""
    if months < 0.0:
        raise InputError(f"months {months:g}: a forecast looks forward.")
    share = rate.months / (rate.months + months)
    most = 16
    while (at_most is None or most < at_most) and 1.0 - float(betainc(rate.shape, most + 1.0, share)) > _TAIL:
        most *= 2
    most = most if at_most is None else min(most, at_most)
    n = np.arange(most + 1)
    log = gammaln(n + rate.shape) - gammaln(rate.shape) - gammaln(n + 1.0)
    return np.asarray(np.exp(log + xlogy(rate.shape, share) + xlog1py(n, -share)))


def of_counts(chances: FloatArray) -> Forecast:
    """Return mean, median and intervals of a count from the chances of 0, 1, 2, ..."""

    def quantile(probability: float) -> float:
        return float(np.searchsorted(np.cumsum(chances), probability * chances.sum()))

    return _forecast(float(chances @ np.arange(chances.size) / chances.sum()), quantile)


def _forecast(mean: float, quantile: Callable[[float], float]) -> Forecast:
    return Forecast(
        mean=mean,
        median=quantile(0.5),
        half=(quantile(0.25), quantile(0.75)),
        wide=(quantile(0.025), quantile(0.975)),
    )


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site.

    Parameters
    ----------
    name : str
        Its name.
    opens_month : float
        Month of the trial in which it opens.
    per_month : float
        Mean of the rate believed before it has recruited.
    shape : float
        Shape of the gamma between sites: 1.2 is a wide spread, 20 hardly any.
    recruited : int
        Recruits so far.
    """

    name: str
    opens_month: float
    per_month: float
    shape: float
    recruited: int = 0

    def __post_init__(self) -> None:
        """Refuse a site that cannot recruit."""
        if self.per_month <= 0.0 or self.shape <= 0.0 or self.opens_month < 0.0 or self.recruited < 0:
            raise InputError(
                f"site {self.name}: opens in month {self.opens_month:g}, {self.per_month:g} a month, "
                f"shape {self.shape:g}, "
                f"{self.recruited} recruited: rate and shape must be above 0, the others 0 or more."
            )


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Recruitment:
    """Recruitment of a trial.

    Parameters
    ----------
    sites : tuple of Site
        All sites, open or not.
    now_month : float
        Month of the trial at which `Site.recruited` was counted; 0 before the start.
    refuses : float
        Share of eligible people who refuse because of the arm they may be allotted to; rates before any recruit are of
        eligible people, so they are thinned by it.
    stops_month : float
        Month after which nobody is recruited.
    """

    sites: tuple[Site, ...]
    now_month: float = 0.0
    refuses: float = 0.0
    stops_month: float = np.inf

    def __post_init__(self) -> None:
        """Refuse recruitment that cannot be."""
        if not self.sites:
            raise InputError("recruitment: no site. Name one at least.")
        if not 0.0 <= self.refuses < 1.0:
            raise InputError(f"refuses {self.refuses:g}: a share of 0 or more and below 1; percent are divided by 100.")
        early = [site.name for site in self.sites if site.recruited and site.opens_month >= self.now_month]
        if early:
            raise InputError(f"site {early[0]}: has recruited before it opens. Correct its month or the month of now.")

    def rates(self) -> tuple[tuple[Rate, float], ...]:
        """Return each site's rate given its recruits so far, with the month it opens."""
        found = []
        for site in self.sites:
            prior = Rate(shape=site.shape, months=site.shape / (site.per_month * (1.0 - self.refuses)))
            open_for = max(self.now_month - site.opens_month, 0.0)
            found.append((prior.after(site.recruited, open_for), site.opens_month))
        return tuple(found)

    @property
    def recruited(self) -> int:
        """Recruits so far."""
        return sum(site.recruited for site in self.sites)


def recruited_by(recruitment: Recruitment, month: float, at_most: int | None = None) -> FloatArray:
    """Return the chance of 0, 1, 2, ... further recruits from now to a month of the trial, `at_most` so many."""
    end = min(month, recruitment.stops_month)
    chances = np.ones(1)
    for rate, opens in recruitment.rates():
        span = end - max(opens, recruitment.now_month)
        if span > 0.0:
            chances = np.convolve(chances, count_chances(rate, span, at_most))
            kept = int(np.searchsorted(np.cumsum(chances), 1.0 - _TAIL)) + 1
            chances = chances[: kept if at_most is None else min(kept, at_most + 1)]
    return chances


def month_of(recruitment: Recruitment, patients: int) -> Forecast:
    """Return the month of the trial in which so many patients in all are recruited.

    Infinite where recruitment stops before with at least that chance; the mean is then infinite too.

    Raises
    ------
    InputError
        So many have been recruited already.
    """
    missing = patients - recruitment.recruited
    if missing < 1:
        raise InputError(f"patients {patients}: {recruitment.recruited} are recruited already. Ask for more.")

    def reached(month: float) -> float:
        return 1.0 - float(recruited_by(recruitment, month, missing - 1).sum())  # later counts would fill the memory

    def quantile(probability: float) -> float:
        latest = recruitment.now_month + 12.0
        while reached(latest) < probability:
            if latest > min(recruitment.stops_month, 1e5):
                return float("inf")
            latest *= 1.5
        return find_root(lambda month: reached(month) - probability, recruitment.now_month, latest)

    return _forecast(_mean_month(recruitment, reached, quantile), quantile)


def _mean_month(
    recruitment: Recruitment, reached: Callable[[float], float], quantile: Callable[[float], float]
) -> float:
    """Return the mean of a month: the area above its distribution, by Gauss-Legendre up to where nearly all is done."""
    end = quantile(0.9999)
    if not np.isfinite(end):
        return float("inf")
    nodes, weights = np.polynomial.legendre.leggauss(48)
    half = (end - recruitment.now_month) / 2.0
    left = np.array([1.0 - reached(recruitment.now_month + half * (1.0 + x)) for x in nodes])
    return recruitment.now_month + float(half * (weights @ left))
