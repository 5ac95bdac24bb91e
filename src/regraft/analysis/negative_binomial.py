"""Negative-binomial regression of counts over time at risk: relapse rates and their ratios.

Variance mean + mean^2 / theta. Sources: Lawless JF. Can J Stat 1987;15:209; Venables WN, Ripley BD. Modern Applied
Statistics with S. Springer 2002 (MASS::glm.nb: covariance from the expected information at the estimated theta).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike
from scipy import special
from scipy.special import gammaln, psi

from regraft.analysis.arrays import FloatArray, covariate_matrix, floats
from regraft.analysis.coefficients import Coefficients
from regraft.analysis.newton import Evaluated, maximise
from regraft.analysis.result import Result
from regraft.analysis.roots import find_root
from regraft.core.errors import InputError

INTERCEPT = "(intercept)"
_LOG_THETA = (-15.0, 15.0)
_ROUNDS = 200
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
    """
    y = floats(counts, "counts")
    time = floats(exposure, "exposure", y.size)
    if (y < 0).any() or (y != np.round(y)).any():
        raise InputError("counts: must be 0, 1, 2, ... Give events, not rates.")
    if (time <= 0).any():
        raise InputError(
            f"exposure: {int((time <= 0).sum())} subjects without time at risk. Leave them out, and say so."
        )
    if y.sum() == 0:
        raise InputError("counts: no event, so no ratio can be estimated. Report the exact Poisson bound of the rate.")
    x = np.ones((y.size, 1))
    scale = np.zeros(1)
    if names:
        given = covariate_matrix(covariates if covariates is not None else np.empty((y.size, 0)), y.size, names)
        x, scale = np.column_stack((x, given)), np.concatenate(([0.0], given.std(axis=0)))
    terms = (INTERCEPT, *names)
    beta, theta = _alternate(y, x, np.log(time), terms, scale)
    mean = np.exp(x @ beta + np.log(time))
    information = (x * (mean / (1.0 + mean / theta))[:, None]).T @ x
    return NegativeBinomial(
        coefficients=Coefficients(names=terms, estimate=beta, covariance=np.linalg.inv(information), level=level),
        theta=theta,
        theta_standard_error=_theta_error(y, mean, theta),
        log_likelihood=_log_likelihood(y, mean, theta),
        subjects=y.size,
        events=int(y.sum()),
        exposure=float(time.sum()),
    )


def _alternate(
    y: FloatArray, x: FloatArray, offset: FloatArray, names: tuple[str, ...], scale: FloatArray
) -> tuple[FloatArray, float]:
    """Return coefficients and theta; each is maximised given the other (they are orthogonal, so this is fast)."""
    beta: FloatArray = np.zeros(x.shape[1])
    beta[0] = np.log(y.sum() / np.exp(offset).sum())
    theta = _best_theta(y, np.exp(beta[0] + offset))
    for _ in range(_ROUNDS):
        before = beta
        beta, _ = maximise(beta, _at_theta(y, x, offset, theta), names, scale=scale)
        if np.max(np.abs(beta - before)) <= 1e-11:
            return beta, theta
        theta = _best_theta(y, np.exp(x @ beta + offset))
    raise InputError("counts: theta does not settle. The rate model does not describe these counts.")


def _at_theta(y: FloatArray, x: FloatArray, offset: FloatArray, theta: float) -> Callable[[FloatArray], Evaluated]:
    """Return the log-likelihood of the coefficients at one theta, with gradient and observed information."""

    def evaluate(beta: FloatArray) -> Evaluated:
        mean = np.exp(x @ beta + offset)
        shrunk = 1.0 + mean / theta
        information = (x * (mean * (1.0 + y / theta) / shrunk**2)[:, None]).T @ x
        return _log_likelihood(y, mean, theta), x.T @ ((y - mean) / shrunk), information

    return evaluate


def _log_likelihood(y: FloatArray, mean: FloatArray, theta: float) -> float:
    if np.isinf(theta):
        return float((y * np.log(mean) - mean - gammaln(y + 1.0)).sum())
    kernel = gammaln(theta + y) - gammaln(theta) - gammaln(y + 1.0)
    return float((kernel - (theta + y) * np.log1p(mean / theta) + y * np.log(mean / theta)).sum())


def _best_theta(y: FloatArray, mean: FloatArray) -> float:
    """Return the theta at which the likelihood is largest given the means; infinite without extra variation."""

    def slope(log_theta: float) -> float:
        theta = np.exp(log_theta)
        terms = psi(theta + y) - psi(theta) - np.log1p(mean / theta) + (mean - y) / (mean + theta)
        return float(theta * terms.sum())

    low, high = _LOG_THETA
    if float(((y - mean) ** 2 - y).sum()) <= 0 or slope(high) >= 0:
        return np.inf
    return float(np.exp(find_root(slope, low, high)))


def _theta_error(y: FloatArray, mean: FloatArray, theta: float) -> float:
    """Return the standard error of theta from the observed information, as MASS does."""
    if np.isinf(theta):
        return float("nan")
    terms = _zeta(2, theta) - _zeta(2, theta + y) - 1.0 / theta
    terms = terms + 2.0 / (mean + theta) - (y + theta) / (mean + theta) ** 2
    return float(1.0 / np.sqrt(terms.sum()))
