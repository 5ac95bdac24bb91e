"""A Gaussian process over calibrated quantities: a straight plane and a smooth surface, each quantity with its own say.

The covariance is ``sum_d a_d z_d z'_d + s exp(-1/2 sum_d w_d (z_d - z'_d)^2)``: slopes ``a`` and relevances ``w`` are
found by marginal likelihood, under exponential priors that leave quantities without a say near zero (Rasmussen and
Williams, Gaussian Processes for Machine Learning, 2006, chapters 3 and 5). Shares have a binomial likelihood: counts
are linearised on the logit about the surface found before (its Laplace approximation).
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, get_lapack_funcs
from scipy.optimize import minimize
from scipy.special import expit, logit

from regraft.core.arrays import Floats

_LEVEL = 100.0  # prior variance of the overall level, as a multiple of what is seen
_SLOPE_PRIOR = 2.0  # rate of the exponential prior of a squared slope, in the variance seen
_RELEVANCE_PRIOR = 10.0  # the same of a relevance: length scales of a prior deviation or less are rare
_START_RELEVANCE = 0.02
_STEPS, _MORE_STEPS = 40, 20
_EDGE = 1e-3  # of a chance, where counts are linearised
_ROWS = 4096  # predicted at a time
_ENOUGH = 400  # points by which a likeness is found, spread over the design; all of them make the surface


@final
@dataclass(frozen=True, slots=True)
class Likeness:
    """What makes two points alike.

    ``slopes`` and ``relevances`` : float64, shape (quantities,). ``height`` : variance of the smooth part.
    ``luck`` : by what the stated variance of the values is multiplied.
    """

    slopes: Floats
    relevances: Floats
    height: float
    luck: float


@final
@dataclass(frozen=True, slots=True)
class GaussianProcess:
    """A fitted process.

    ``points`` : float64, shape (points, quantities). ``weights`` : float64, shape (points,), of every point in what is
    expected. ``own_sd`` : root mean square over the points of the standard deviation that the surface has at each of
    them without it.
    """

    likeness: Likeness
    points: Floats
    weights: Floats
    level: float
    own_sd: float

    def expected(self, z: Floats) -> Floats:
        """Return the expected value at `z`, shape (rows,), for points of shape (rows, quantities)."""
        plane = self.likeness.slopes * (self.weights @ self.points)
        found = np.empty(len(z))
        for first in range(0, len(z), _ROWS):
            rows = z[first : first + _ROWS]
            smooth = _smooth(rows, self.points, self.likeness) @ self.weights
            found[first : first + _ROWS] = self.level + rows @ plane + smooth
        return found


def fit_values(
    z: Floats,
    values: Floats,
    variances: Floats,
    where: NDArray[np.bool_] | None = None,
    start: Likeness | None = None,
) -> GaussianProcess:
    """Fit a process to values with normal errors.

    Parameters
    ----------
    z : float64, shape (points, quantities)
        Where.
    values, variances : float64, shape (points,)
        What was seen, and the variance of its luck up to a factor that is found.
    where : bool, shape (points,), optional
        The points at which the surface's own doubt is asked; all by default.
    start : Likeness, optional
        Of a process on similar values, to begin from.
    """
    level = float(np.average(values, weights=1.0 / variances))
    seen = values - level
    scale = float(np.var(seen)) + 1e-12
    theta, bounds = _start(z.shape[1], scale, float(np.mean(variances)), start)
    some = np.unique(np.linspace(0, len(z) - 1, min(len(z), _ENOUGH)).round().astype(np.int64))
    found = minimize(
        _negative_log_evidence,
        theta,
        args=(z[some], seen[some], variances[some], scale),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": _STEPS if start is None else _MORE_STEPS},
    )
    likeness = _likeness(found.x)
    noisy = _covariance(z, likeness, scale) + np.diag(likeness.luck * variances)
    factor = cho_factor(noisy, lower=True)
    weights = cho_solve(factor, seen)
    left_out = 1.0 / np.diag(cho_solve(factor, np.eye(len(z)))) - likeness.luck * variances
    shift = _LEVEL * scale * float(weights.sum())
    asked = slice(None) if where is None or not where.any() else where
    own_sd = float(np.sqrt(np.mean(np.maximum(left_out[asked], 0.0))))
    return GaussianProcess(likeness, z, weights, level + shift, own_sd)


def fit_shares(z: Floats, chance: Floats, sizes: Floats, where: NDArray[np.bool_] | None = None) -> GaussianProcess:
    """Fit a process on the logit to shares of people; parameters as `fit_values`, `chance` from 0 to 1."""
    hits = sizes * chance
    smoothed = (hits + 0.5) / (sizes + 1.0)
    middle = 0.5 * (smoothed + smoothed.mean())
    first = fit_values(z, logit(smoothed), 1.0 / (sizes * middle * (1.0 - middle)))
    surface = first.expected(z)
    near = np.clip(expit(surface), _EDGE, 1.0 - _EDGE)
    weight = sizes * near * (1.0 - near)
    return fit_values(z, surface + (hits - sizes * near) / weight, 1.0 / weight, where, first.likeness)


def _start(
    quantities: int, scale: float, luck: float, start: Likeness | None
) -> tuple[Floats, list[tuple[float, float]]]:
    """Return the logarithms to begin from and their bounds: slopes, relevances, height, luck."""
    if start is None:
        slopes, relevances = np.full(quantities, 0.3 * scale / quantities), np.full(quantities, _START_RELEVANCE)
        theta = np.concatenate([slopes, relevances, [0.3 * scale, 0.5 * scale / luck]])
    else:
        theta = np.concatenate([start.slopes, start.relevances, [start.height, start.luck]])
    low = np.concatenate(
        [np.full(quantities, 1e-6 * scale), np.full(quantities, 1e-5), [1e-4 * scale, 1e-3 * scale / luck]]
    )
    high = np.concatenate(
        [np.full(quantities, 3.0 * scale), np.full(quantities, 2.0), [20.0 * scale, 10.0 * scale / luck]]
    )
    return np.log(np.clip(theta, low, high)), list(zip(np.log(low), np.log(high), strict=True))


def _likeness(theta: Floats) -> Likeness:
    quantities = (len(theta) - 2) // 2
    found = np.exp(theta)
    return Likeness(found[:quantities], found[quantities:-2], float(found[-2]), float(found[-1]))


def _smooth(one: Floats, other: Floats, likeness: Likeness) -> Floats:
    w = likeness.relevances
    apart = ((one * w) * one).sum(axis=1)[:, None] + ((other * w) * other).sum(axis=1)[None, :]
    return likeness.height * np.exp(-0.5 * np.maximum(apart - 2.0 * (one * w) @ other.T, 0.0))


def _covariance(z: Floats, likeness: Likeness, scale: float) -> Floats:
    return (z * likeness.slopes) @ z.T + _smooth(z, z, likeness) + _LEVEL * scale


def _negative_log_evidence(
    theta: Floats, z: Floats, seen: Floats, variances: Floats, scale: float
) -> tuple[float, Floats]:
    """Return what is minimised, with its gradient in the logarithms of `theta`."""
    likeness = _likeness(theta)
    smooth = _smooth(z, z, likeness)
    noisy = (z * likeness.slopes) @ z.T + smooth + _LEVEL * scale
    noisy[np.diag_indices(len(z))] += likeness.luck * variances
    factor, _ = cho_factor(noisy, lower=True)
    weights = cho_solve((factor, True), seen)
    (potri,) = get_lapack_funcs(("potri",), (factor,))
    inverse, _ = potri(factor, lower=1)
    inverse = np.tril(inverse) + np.tril(inverse, -1).T
    pull = 0.5 * (inverse - np.outer(weights, weights))
    smooth_pull = pull * smooth
    slopes, relevances = likeness.slopes, likeness.relevances
    by_slope = np.einsum("ij,ij->j", z, pull @ z) + _SLOPE_PRIOR / scale
    by_relevance = np.einsum("ij,ij->j", z, smooth_pull @ z) - smooth_pull.sum(axis=1) @ (z * z) + _RELEVANCE_PRIOR
    value = 0.5 * float(seen @ weights) + float(np.log(np.diag(factor)).sum())
    value += _SLOPE_PRIOR / scale * float(slopes.sum()) + _RELEVANCE_PRIOR * float(relevances.sum())
    last = [smooth_pull.sum(), float((np.diag(pull) * variances).sum()) * likeness.luck]
    return value, np.concatenate([by_slope * slopes, by_relevance * relevances, last])
