"""Negative-binomial regression of counts over time at risk: relapse rates and their ratios.

Variance mean + mean^2 / theta. Sources: Lawless JF. Can J Stat 1987;15:209; Venables WN, Ripley BD. Modern Applied
Statistics with S. Springer 2002 (MASS::glm.nb: covariance from the expected information at the estimated theta).
"""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike
from scipy import special
from scipy.special import gammaln

from regraft.analysis.arrays import FloatArray, covariate_matrix, floats
from regraft.analysis.coefficients import Coefficients
from regraft.analysis.newton import Evaluated, maximise
from regraft.analysis.result import Result
from regraft.analysis.roots import find_root
from regraft.core.errors import InputError

INTERCEPT = "(intercept)"
_LARGEST = 1_000_000  # count
_LEAST, _MOST = 1e-5, 100.0  # ends of the search: dispersion times the largest mean, dispersion per subject
_SPACING = 0.7  # of the search, on the log scale
_SMALL = 1e-3
_SETTLED = 1e-10  # last step of the coefficients
_zeta: Any = special.zeta  # zeta(2, x) is the trigamma function


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NegativeBinomial(Result):
    """A fitted rate regression.

    Parameters
    ----------
    coefficients : Coefficients
        Log rate per unit of exposure (the intercept) and log rate ratios.
    theta : float
        Size; infinite where the counts vary no more than Poisson's (then the fit is Poisson's).
    theta_standard_error : float
        From the observed information; NaN where theta is infinite.
    log_likelihood : float
        At the maximum, constants included.
    subjects : int
    events : int
    exposure : float
        Totals.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.stats.negative_binomial([0, 1, 0, 3, 2, 0], [2.0, 2.0, 1.0, 2.0, 2.0, 1.5])
    >>> found.events, found.exposure, found.subjects
    (6, 10.5, 6)
    """

    coefficients: Coefficients
    theta: float
    theta_standard_error: float
    log_likelihood: float
    subjects: int
    events: int
    exposure: float


def negative_binomial(
    counts: ArrayLike,
    exposure: ArrayLike,
    covariates: ArrayLike | None = None,
    names: tuple[str, ...] = (),
    *,
    level: float = 0.95,
) -> NegativeBinomial:
    """Fit a log-linear rate with an intercept by maximum likelihood.

    Parameters
    ----------
    counts, exposure : array-like, shape (n,)
        Events and time at risk of each subject.
    covariates : array-like, shape (n, p), optional
        Covariates, one column per name; none gives the pooled rate.
    names : tuple of str
        Names of the covariates.
    level : float
        Coverage of the intervals.

    Raises
    ------
    InputError
        No event at all, counts that are no counts, exposure not above zero, or a covariate whose ratio is infinite.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.stats.negative_binomial([0, 1, 0, 3, 2, 0], [2.0, 2.0, 1.0, 2.0, 2.0, 1.5])
    >>> found.events
    6
    """
    y = floats(counts, "counts")
    time = floats(exposure, "exposure", y.size)
    if (y < 0).any() or (y != np.round(y)).any():
        raise InputError("counts: must be 0, 1, 2, ... Give events, not rates.")
    if y.max(initial=0.0) > _LARGEST:
        raise InputError(f"counts: {y.max():g} is above {_LARGEST}. Check the column: these are no counts of events.")
    if (time <= 0).any():
        raise InputError(
            f"exposure: {int((time <= 0).sum())} subjects without time at risk. Leave them out, and say so."
        )
    if y.sum() == 0:
        raise InputError("counts: no event, so no ratio can be estimated. Report the exact Poisson bound of the rate.")
    given: FloatArray = np.empty((y.size, 0))
    if names:
        given = covariate_matrix(covariates if covariates is not None else given, y.size, names)
    terms, centre, spread = (INTERCEPT, *names), given.mean(axis=0), given.std(axis=0)
    x = np.column_stack((np.ones(y.size), (given - centre) / spread))
    scale = np.concatenate(([0.0], np.ones(spread.size)))
    problem = _Problem(y=y, x=x, offset=np.log(time), names=terms, scale=scale, above=_above(y))
    beta, dispersion = problem.highest()
    mean = problem.mean(beta)
    information = (x * (mean / (1.0 + dispersion * mean))[:, None]).T @ x
    back = np.diag(np.concatenate(([1.0], 1.0 / spread)))
    back[0, 1:] = -centre / spread
    covariance = back @ np.linalg.inv(information) @ back.T
    theta = 1.0 / dispersion if dispersion > 0 else np.inf
    return NegativeBinomial(
        coefficients=Coefficients(names=terms, estimate=back @ beta, covariance=covariance, level=level),
        theta=theta,
        theta_standard_error=_theta_error(y, mean, theta),
        log_likelihood=problem.value(beta, dispersion) + problem.constant(dispersion),
        subjects=y.size,
        events=int(y.sum()),
        exposure=float(time.sum()),
    )


def _above(y: FloatArray) -> FloatArray:
    """Return how many counts are above j, for j from 0 to the largest count less one."""
    return np.asarray(y.size - np.cumsum(np.bincount(y.astype(np.int64)))[:-1], dtype=np.float64)


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Problem:
    """The likelihood in the dispersion a = 1 / theta, which is 0 for Poisson's; sums over counts leave no cancellation.

    The coefficients are unique at each dispersion (the likelihood is concave in them), so the likelihood is searched
    along the dispersion; it may have several maxima there, of which 0 may be one.
    """

    y: FloatArray
    x: FloatArray
    offset: FloatArray
    names: tuple[str, ...]
    scale: FloatArray
    above: FloatArray

    def mean(self, beta: FloatArray) -> FloatArray:
        return np.exp(self.x @ beta + self.offset)

    def value(self, beta: FloatArray, dispersion: float) -> float:
        """Return the log-likelihood without the terms of `constant`, which hold no coefficient."""
        eta = self.x @ beta + self.offset
        mean = np.exp(eta)
        if dispersion == 0:
            return float(self.y @ eta - mean.sum())
        return float(self.y @ eta - (self.y + 1.0 / dispersion) @ np.log1p(dispersion * mean))

    def constant(self, dispersion: float) -> float:
        rising = float(self.above @ np.log1p(dispersion * np.arange(self.above.size)))
        return rising - float(gammaln(self.y + 1.0).sum())

    def slope(self, beta: FloatArray, dispersion: float) -> float:
        """Return the derivative of the log-likelihood along the dispersion."""
        mean, step = self.mean(beta), np.arange(self.above.size)
        rising = float(self.above @ (step / (1.0 + dispersion * step)))
        return rising + float((mean**2 * _bend(dispersion * mean) - self.y * mean / (1.0 + dispersion * mean)).sum())

    def best(self, dispersion: float, start: FloatArray) -> FloatArray:
        """Return the coefficients at one dispersion."""

        def evaluate(beta: FloatArray) -> Evaluated:
            mean = self.mean(beta)
            shrunk = 1.0 + dispersion * mean
            information = (self.x * (mean * (1.0 + dispersion * self.y) / shrunk**2)[:, None]).T @ self.x
            return self.value(beta, dispersion), self.x.T @ ((self.y - mean) / shrunk), information

        return maximise(start, evaluate, self.names, scale=self.scale, tolerance=_SETTLED)[0]

    def highest(self) -> tuple[FloatArray, float]:
        """Return the coefficients and the dispersion of the highest maximum."""
        start = np.zeros(self.x.shape[1])
        start[0] = np.log(self.y.sum() / np.exp(self.offset).sum())
        poisson = beta = self.best(0.0, start)
        least = _LEAST / max(float(self.mean(poisson).max()), float(self.y.max()))
        grid = np.geomspace(least, _MOST * self.y.size, int(np.log(_MOST * self.y.size / least) / _SPACING) + 2)
        peaks, rises = [(poisson, 0.0)], self.slope(poisson, 0.0) > 0
        for low, high in zip(np.concatenate(([0.0], grid[:-1])), grid, strict=True):
            before = beta
            try:
                beta = self.best(high, beta)
            except InputError:
                if rises:
                    raise
                break  # past a maximum the likelihood falls until a coefficient runs away
            if rises and self.slope(beta, high) <= 0:
                peaks.append(self.between(before, low, high))
            rises = self.slope(beta, high) > 0
        if rises:
            raise InputError("counts: the dispersion has no finite estimate. A few counts are far above all others.")
        return max(peaks, key=lambda peak: self.value(*peak) + self.constant(peak[1]))

    def between(self, beta: FloatArray, low: float, high: float) -> tuple[FloatArray, float]:
        """Return the maximum between two dispersions."""
        dispersion = find_root(lambda at: self.slope(self.best(at, beta), at), low, high)
        return self.best(dispersion, beta), dispersion


def _bend(share: FloatArray) -> FloatArray:
    """Return (log(1 + s) - s / (1 + s)) / s^2; by its series where the difference would cancel."""
    safe = np.maximum(share, _SMALL)
    whole = (np.log1p(safe) - safe / (1.0 + safe)) / safe**2
    return np.where(share < _SMALL, 0.5 - share * (2.0 / 3.0 - share * (0.75 - 0.8 * share)), whole)


def _theta_error(y: FloatArray, mean: FloatArray, theta: float) -> float:
    """Return the standard error of theta from the observed information, as MASS does."""
    if np.isinf(theta):
        return float("nan")
    terms = _zeta(2, theta) - _zeta(2, theta + y) - 1.0 / theta
    terms = terms + 2.0 / (mean + theta) - (y + theta) / (mean + theta) ** 2
    curvature = float(terms.sum())
    return float(1.0 / np.sqrt(curvature)) if curvature > 0 else float("nan")
