"""Binomial-normal meta-analysis of proportions: no continuity correction, zero events count as they are.

Events of study i are binomial with logit probability mu + sigma * u_i, u_i standard normal; the integral over u_i is
done by adaptive Gauss-Hermite quadrature. Equal to R's metafor::rma.glmm(measure = "PLO") with the same nodes (its
default of 7 is coarser than ours). Source: Stijnen T, Hamza TH, Ozdemir P. Stat Med 2010;29:3046.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, gammaln

from regraft.analysis.arrays import FloatArray
from regraft.analysis.distributions import interval_factor, two_sided_p
from regraft.analysis.effects import Scale
from regraft.analysis.result import Result
from regraft.core.errors import InputError

Surface = Callable[[FloatArray], tuple[float, FloatArray]]  # log-likelihood at (mu, sigma), and its gradient

_MODE_STEPS = 100
_NEWTON_STEPS = 60
_STEP = 5e-3  # of the differences that give the derivatives, relative
_SETTLED, _SMALLEST_STEP = 1e-6, 1e-10
_LEAST = 1e-3  # a smaller standard deviation of logits is none
_STARTS = (0.1, 0.5, 2.0, 5.0)  # standard deviations at which the search starts
_WIDEST = 8.0  # standard deviation of logits beyond which no estimate is called one


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PooledProportion(Result):
    """A pooled proportion on the logit scale, its interval, and where a new study is expected.

    Parameters
    ----------
    studies : int
        Number of studies.
    estimate, standard_error, low, high : float
        Logit of the proportion of the median study; normal interval.
    prediction_low, prediction_high : float
        Estimate -+ factor * sqrt(tau2 + se^2).
    tau2 : float
        Variance of the logits between studies (maximum likelihood).
    log_likelihood : float
        With the binomial constants.
    level : float
        Coverage of the intervals.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.stats.pool_proportions([2, 5, 1], [20, 30, 25])
    >>> found.studies, round(found.back(found.high), 3)
    (3, 0.199)
    """

    studies: int
    estimate: float
    standard_error: float
    low: float
    high: float
    prediction_low: float
    prediction_high: float
    tau2: float
    log_likelihood: float
    p_value: float
    level: float

    def back(self, value: float) -> float:
        """Return a logit as a proportion."""
        return Scale.LOGIT.back(value)


def pool_proportions(
    events: FloatArray, totals: FloatArray, *, nodes: int = 201, level: float = 0.95
) -> PooledProportion:
    """Pool proportions of two or more studies.

    Parameters
    ----------
    events, totals : array, shape (k,)
        Events and subjects of each study; whole numbers.
    nodes : int
        Quadrature nodes per study; 201 leave an error of the log-likelihood below 1e-8 even for studies without
        events that differ as much as an estimate is given for.
    level : float
        Coverage of the intervals.

    Raises
    ------
    InputError
        Fewer than two studies, counts that are none, or studies so different that no finite variance describes them.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.stats.pool_proportions([2, 5, 1], [20, 30, 25])
    >>> round(found.back(found.estimate), 3)
    0.107
    """
    x, n = np.asarray(events, dtype=np.float64), np.asarray(totals, dtype=np.float64)
    if x.size < 2:
        raise InputError(f"{x.size} studies: pooling needs two or more.")
    if (x < 0).any() or (x > n).any() or (n < 1).any() or (x != np.round(x)).any() or (n != np.round(n)).any():
        raise InputError("events: whole numbers from 0 to the number of subjects are needed. Round effective numbers.")
    if x.sum() in {0, n.sum()}:
        raise InputError("events: none (or only) events in all studies; no pooled logit. Report the exact bound.")
    if ((x == 0) | (x == n)).all():
        raise InputError(
            "events: every study has none or only events; the variance between them is infinite. Do not pool."
        )
    z, w = np.polynomial.hermite_e.hermegauss(nodes)

    def surface(point: FloatArray) -> tuple[float, FloatArray]:
        return _log_likelihood(x, n, float(point[0]), float(point[1]), z, np.log(w))

    mu, sigma, information = _maximum(surface, x, n)
    error = float(np.sqrt(np.linalg.inv(information)[0, 0]))
    reach = interval_factor(level)
    around = reach * float(np.hypot(sigma, error))
    constant = float((gammaln(n + 1.0) - gammaln(x + 1.0) - gammaln(n - x + 1.0)).sum())
    return PooledProportion(
        studies=x.size,
        estimate=mu,
        standard_error=error,
        low=mu - reach * error,
        high=mu + reach * error,
        prediction_low=mu - around,
        prediction_high=mu + around,
        tau2=sigma**2,
        log_likelihood=surface(np.array([mu, sigma]))[0] + constant,
        p_value=float(two_sided_p(mu / error)),
        level=level,
    )


def _log_likelihood(
    x: FloatArray, n: FloatArray, mu: float, sigma: float, z: FloatArray, log_weight: FloatArray
) -> tuple[float, FloatArray]:
    """Return the log-likelihood without binomial constants, and its gradient by mu and sigma.

    Nodes are centred and scaled at each study's mode; the likelihood is even in sigma.
    """
    u = _modes(x, n, mu, sigma)
    p = expit(mu + sigma * u)
    scale = 1.0 / np.sqrt(sigma**2 * n * p * (1.0 - p) + 1.0)
    at = u[:, None] + scale[:, None] * z
    eta = mu + sigma * at
    term = x[:, None] * eta - n[:, None] * np.logaddexp(0.0, eta) - 0.5 * at**2 + 0.5 * z**2 + log_weight
    top = term.max(axis=1)
    weight = np.exp(term - top[:, None])
    inside = weight.sum(axis=1)
    likelihood = float((np.log(inside) + top + np.log(scale) - 0.5 * np.log(2.0 * np.pi)).sum())
    pull = weight * (x[:, None] - n[:, None] * expit(eta))
    gradient = np.array([(pull.sum(axis=1) / inside).sum(), ((pull * at).sum(axis=1) / inside).sum()])
    return likelihood, gradient


def _modes(x: FloatArray, n: FloatArray, mu: float, sigma: float) -> FloatArray:
    """Return each study's likeliest random effect: Newton's method, halving where it would leave the bracket."""
    low, high = sigma * (x - n), sigma * x  # u = sigma (x - n p), and p lies between 0 and 1
    u: FloatArray = np.clip(np.zeros_like(x), low, high)
    for _ in range(_MODE_STEPS):
        p = expit(mu + sigma * u)
        slope = sigma * (x - n * p) - u
        low, high = np.where(slope >= 0.0, u, low), np.where(slope <= 0.0, u, high)
        there = u + slope / (sigma**2 * n * p * (1.0 - p) + 1.0)
        there = np.where((there < low) | (there > high), 0.5 * (low + high), there)
        moved = np.abs(there - u) / (1.0 + np.abs(there))
        u = there
        if np.max(moved) < 1e-12:
            break
    return u


def _maximum(surface: Surface, x: FloatArray, n: FloatArray) -> tuple[float, float, FloatArray]:
    """Return mu, sigma (not below 0) and the information; with sigma at 0 the information is that of mu alone."""
    share = x.sum() / n.sum()
    mu = float(np.log(share / (1.0 - share)))
    binomial = np.array([[n.sum() * share * (1.0 - share)]])
    climbs = [_climb(surface, np.array([mu, sigma])) for sigma in _STARTS]
    point = max(climbs, key=lambda one: surface(one)[0])
    if point[1] < _LEAST or surface(np.array([mu, 0.0]))[0] >= surface(point)[0] - 1e-12:
        return mu, 0.0, binomial
    point, information, step = _settle(surface, point)
    if np.abs(step).max() > _SETTLED or point[1] > _WIDEST or np.linalg.eigvalsh(information)[0] <= 0:
        raise InputError(
            "events: the studies differ so much that the variance between them has no finite estimate. Do not pool "
            "them."
        )
    return float(point[0]), float(point[1]), information


def _climb(surface: Surface, start: FloatArray) -> FloatArray:
    """Return where a quasi-Newton climb ends: the likelihood is concave in mu, but not in sigma."""

    def falling(point: FloatArray) -> tuple[float, FloatArray]:
        value, gradient = surface(point)
        return -value, -gradient

    found = minimize(falling, start, jac=True, method="L-BFGS-B", bounds=((-50.0, 50.0), (0.0, 2.0 * _WIDEST)))
    return np.asarray(found.x, dtype=np.float64)


def _settle(surface: Surface, point: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the maximum by Newton's method from nearby, the information there, and the last step.

    Derivatives are those of the likelihood as the nodes give it: with few of them its gradient is another function.
    """
    gradient, hessian = _derivatives(surface, point)
    step: FloatArray = np.ones(2)
    for _ in range(_NEWTON_STEPS):
        if np.linalg.eigvalsh(-hessian)[0] <= 0.0 or point[1] > _WIDEST:
            break
        step = np.clip(np.linalg.solve(-hessian, gradient), -2.0, 2.0)
        here = surface(point)[0]
        while surface(point + step)[0] < here - 1e-12 * (1.0 + abs(here)) and np.abs(step).max() > _SMALLEST_STEP:
            step = step / 2.0
        point = np.array([point[0] + step[0], abs(point[1] + step[1])])
        gradient, hessian = _derivatives(surface, point)
        if np.abs(step).max() <= _SMALLEST_STEP:
            break
    return point, -hessian, step


def _derivatives(surface: Surface, point: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return gradient and Hessian by central differences of the fourth order."""
    offsets, first, second = (
        np.array([-2.0, -1.0, 0.0, 1.0, 2.0]),
        np.array([1.0, -8.0, 0.0, 8.0, -1.0]) / 12.0,
        np.array([-1.0, 16.0, -30.0, 16.0, -1.0]) / 12.0,
    )
    h = _STEP * np.maximum(1.0, np.abs(point))
    grid = np.array([[surface(point + h * np.array([a, b]))[0] for b in offsets] for a in offsets])
    gradient = np.array([first @ grid[:, 2], first @ grid[2]]) / h
    mixed = float(first @ grid @ first) / (h[0] * h[1])
    diagonal = second @ grid[:, 2] / h[0] ** 2, second @ grid[2] / h[1] ** 2
    return gradient, np.array([[diagonal[0], mixed], [mixed, diagonal[1]]])
