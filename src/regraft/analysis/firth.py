"""Logistic regression with Firth's penalty, for few events and separated data.

The log-likelihood plus half the log-determinant of the information has a finite maximum always. Tests and intervals
come from the profile of that penalised likelihood, since Wald's are poor where the penalty matters.
Sources: Firth D. Biometrika 1993;80:27; Heinze G, Schemper M. Stat Med 2002;21:2409.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import final

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from regraft.analysis.arrays import BoolArray, FloatArray, covariate_matrix, events
from regraft.analysis.coefficients import Coefficients
from regraft.analysis.distributions import chi_square_p, interval_factor
from regraft.analysis.result import Result
from regraft.analysis.roots import find_root
from regraft.core.errors import InputError

INTERCEPT = "(intercept)"
_ITERATIONS = 500
_MAX_STEP = 5.0
_FURTHEST = 60.0
_SETTLED, _ROUNDING = 1e-12, 1e-13  # of the value: what Newton's last step could still gain; noise
_SMALLEST = 1e-14  # step that is none
_HALVINGS = 200
_FLAT = 1e-3
_NO_LIMIT = 1e-6  # of the deviance: what lies so far inside is no end of an interval
_ALL_AROUND, _FEW = 8.0, 3  # log odds ratios per spread; free coefficients of which all corners are tried
_COPIES = 1e-10  # least eigenvalue of correlations


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Firth(Result):
    """A fitted penalised logistic regression.

    Parameters
    ----------
    coefficients : Coefficients
        Log odds ratios with Wald's covariance (the inverse information).
    low, high : array, shape (p,)
        Limits from the profile of the penalised likelihood; these are the ones to report.
    p_value : array, shape (p,)
        From the penalised likelihood ratio.
    log_likelihood : float
        Penalised, at the maximum.
    subjects, events : int

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.stats.firth([True, True, False, False], [1.0, 1.0, 0.0, 0.0], ("drug",))  # separated
    >>> found.low.round(2).tolist(), found.events
    ([-6.54, -0.43], 2)
    """

    coefficients: Coefficients
    low: FloatArray
    high: FloatArray
    p_value: FloatArray
    log_likelihood: float
    subjects: int
    events: int

    def to_frame(self) -> pl.DataFrame:
        """Return one row per term with the profile limits and p values."""
        frame = self.coefficients.to_frame()
        shown = {"low": self.low, "high": self.high, "p_value": self.p_value}
        return frame.with_columns(pl.Series(name, column) for name, column in shown.items())


def firth(event: ArrayLike, covariates: ArrayLike, names: tuple[str, ...], *, level: float = 0.95) -> Firth:
    """Fit a logistic regression with an intercept and Firth's penalty.

    Parameters
    ----------
    event : array-like, shape (n,)
        True for an event.
    covariates : array-like, shape (n, p)
        Covariates, one column per name.
    names : tuple of str
        Names of the covariates.
    level : float
        Coverage of the intervals.

    Raises
    ------
    InputError
        Unusable arrays, or covariates that determine each other.

    Examples
    --------
    >>> import regraft as rg
    >>> separated = [True, True, True, False, False, False]
    >>> found = rg.stats.firth(separated, [1.0, 1.0, 1.0, 0.0, 0.0, 0.0], ("drug",))
    >>> round(found.p_value.tolist()[-1], 3)
    0.024
    """
    length = np.asarray(event).size
    d = events(event, length)
    given = covariate_matrix(covariates, length, names)
    centre, spread = given.mean(axis=0), given.std(axis=0)
    x = np.column_stack((np.ones(length), (given - centre) / spread))
    terms = (INTERCEPT, *names)
    if np.linalg.eigvalsh(x.T @ x / length)[0] < _COPIES:
        raise InputError(f"covariates: {', '.join(names)} determine each other. Leave one of them out.")
    free = np.ones(x.shape[1], dtype=np.bool_)
    beta, value = _highest(d, x, [*_around(np.zeros(x.shape[1]), free)], free)
    back = np.diag(np.concatenate(([1.0], 1.0 / spread)))
    back[0, 1:] = -centre / spread
    covariance = back @ np.linalg.inv(_information(x, beta)[0]) @ back.T
    profile = np.array([_profile(d, x, beta, value, row, level) for row in back])
    return Firth(
        coefficients=Coefficients(names=terms, estimate=back @ beta, covariance=covariance, level=level),
        low=profile[:, 0],
        high=profile[:, 1],
        p_value=profile[:, 2],
        log_likelihood=value + float(np.log(spread).sum()),
        subjects=length,
        events=int(d.sum()),
    )


def _information(x: FloatArray, beta: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the information, and the fitted probabilities of an event and of none, each exact however small."""
    eta = np.clip(x @ beta, -500.0, 500.0)
    small = np.exp(-np.abs(eta)) / (1.0 + np.exp(-np.abs(eta)))
    p, q = np.where(eta < 0, small, 1.0 - small), np.where(eta < 0, 1.0 - small, small)
    return (x * (p * q)[:, None]).T @ x, p, q


def _penalised(d: BoolArray, x: FloatArray, beta: FloatArray) -> float:
    eta = x @ beta
    sign, log_determinant = np.linalg.slogdet(_information(x, beta)[0])
    if sign <= 0:
        return -np.inf
    return float(eta[d].sum() - np.logaddexp(0.0, eta).sum() + 0.5 * log_determinant)


def _fit(d: BoolArray, x: FloatArray, beta: FloatArray, free: BoolArray) -> tuple[FloatArray, float]:
    """Return the maximum over the free coefficients and the value there, by Newton's method with step halving.

    The value is minus infinity where the start lies so far out that every probability is 0 or 1.
    """
    value = _penalised(d, x, beta)
    if not free.any() or not np.isfinite(value):
        return beta, value
    for _ in range(_ITERATIONS):
        step = np.zeros_like(beta)
        try:
            gradient, curvature = _slopes(d, x, beta, free)
            step[free] = np.linalg.solve(curvature, gradient)
        except np.linalg.LinAlgError:
            break  # so far out that nothing varies
        gain = float(gradient @ step[free])
        step = step * min(1.0, _MAX_STEP / max(float(np.abs(step).max()), 1e-300))
        there = _penalised(d, x, beta + step)
        while there < value - _ROUNDING * (1.0 + abs(value)) and np.abs(step).max() > _SMALLEST:
            step = step / 2.0
            there = _penalised(d, x, beta + step)
        beta, value = beta + step, there
        if gain <= _SETTLED * (1.0 + abs(value)) or np.abs(step).max() <= _SMALLEST:
            return beta, value
    raise InputError("event: the penalised likelihood does not settle. Use fewer covariates.")


def _slopes(d: BoolArray, x: FloatArray, beta: FloatArray, free: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Return gradient and minus the second derivative for the free coefficients.

    Where the second derivative is no maximum's, the information of the augmented data stands in for it.
    """
    information, p, q = _information(x, beta)
    variance = p * q
    inverse = np.linalg.inv(information)
    half = x @ inverse
    distance = (half * x).sum(axis=1)
    leverage = variance * distance
    bend = variance * (1.0 - 2.0 * p)
    turned = [x.T @ (x * (bend * column)[:, None]) for column in x.T]
    moved = -variance[:, None] * np.column_stack([((half @ one) * half).sum(axis=1) for one in turned])
    moved += (bend * distance)[:, None] * x
    augmented = (x * (variance * (1.0 + leverage))[:, None]).T @ x
    curvature = (augmented - (x * (0.5 - p)[:, None]).T @ moved)[np.ix_(free, free)]
    curvature = (curvature + curvature.T) / 2.0
    augmented = augmented[np.ix_(free, free)]
    if np.linalg.eigvalsh(curvature)[0] <= _FLAT * np.linalg.eigvalsh(augmented)[0]:
        curvature = augmented
    return (x.T @ (np.where(d, q, -p) + leverage * (0.5 - p)))[free], curvature


def _profile(
    d: BoolArray, x: FloatArray, beta: FloatArray, best: float, row: FloatArray, level: float
) -> tuple[float, float, float]:
    """Return the limits and the p value of `row @ beta` from the profile of the penalised likelihood.

    With the coefficient held, the others may have several maxima, of which the highest counts: they are followed from
    point to point, and looked for all around at the ends, for another may have become the highest on the way.
    The design is turned so that this combination is the first coefficient: turning keeps it as well conditioned as it
    is, however far the covariates lie from zero.
    """
    length = float(np.sqrt(row @ row))
    turn = np.linalg.qr(np.column_stack((row / length, np.eye(row.size))))[0]
    turn[:, 0] = row / length
    x, beta = x @ turn, turn.T @ beta
    free = np.arange(beta.size) > 0
    covariance = np.linalg.inv(_information(x, beta)[0])
    along = covariance[0] / covariance[0, 0]  # how the others move with it
    only = np.where(free, 0.0, 1.0)
    known = {float(beta[0]): beta}

    def deficit(at: float, *, all_around: bool = False) -> float:
        alone = beta + (at - beta[0]) * only
        starts = [beta + (at - beta[0]) * along, alone]
        below, above = (sorted(one for one in known if side * one <= side * at) for side in (1.0, -1.0))
        for near in below[-1:] + above[:1]:  # the highest maximum may be another one on either side
            starts += [known[near] + (at - near) * along, known[near] + (at - near) * only]
            starts += [known[near] * (at / near)] if near * at > 0 else []  # far out the best points lie on rays
        found, value = _highest(d, x, [*starts, *(_around(alone, free) if all_around else ())], free)
        if np.isfinite(value):
            known[at] = found
        return 2.0 * (best - value)

    wanted = interval_factor(level) ** 2
    reach = float(np.sqrt(covariance[0, 0]))
    ends = []
    for side in (-1.0, 1.0):
        end = _limit(lambda at: deficit(at) - wanted, float(beta[0]), side * reach)
        if np.isfinite(end) and deficit(end, all_around=True) < wanted - _NO_LIMIT:
            for one in [one for one in known if side * one > side * end]:
                del known[one]  # of a maximum that is not the highest
            end = _limit(lambda at: deficit(at, all_around=True) - wanted, end, side * reach)
        ends.append(end * length)
    return ends[0], ends[1], chi_square_p(max(deficit(0.0, all_around=True), 0.0), 1)


def _around(centre: FloatArray, free: BoolArray) -> Iterator[FloatArray]:
    """Yield a point and others in all directions of the free coefficients, of covariates of one spread."""
    many = np.count_nonzero(free) > _FEW
    steps = np.eye(int(free.sum())) if many else np.array([*product((-1.0, 0.0, 1.0), repeat=int(free.sum()))])
    for step in np.concatenate((steps, -steps)) if many else steps:
        point = centre.copy()
        point[free] += _ALL_AROUND * step
        yield point
    yield centre


def _highest(d: BoolArray, x: FloatArray, starts: list[FloatArray], free: BoolArray) -> tuple[FloatArray, float]:
    """Return the highest of the maxima reached from several starts; one that does not settle is none."""
    reached = []
    for start in starts:
        try:
            reached.append(_fit(d, x, start, free))
        except InputError:
            if start is starts[-1] and not reached:
                raise
    return max(reached, key=lambda one: one[1])


def _limit(excess: Callable[[float], float], start: float, reach: float) -> float:
    """Return where the excess becomes 0 on one side of the start; infinite if it does not within 60 reaches."""
    inside, width = start, reach
    while (at := excess(start + width)) < 0 and abs(width) < _FURTHEST * abs(reach):
        inside, width = start + width, 1.5 * width
    outside = start + width
    for _ in range(_HALVINGS if not np.isfinite(at) else 0):
        middle = (inside + outside) / 2.0
        at = excess(middle)
        if 0 <= at < np.inf:
            outside = middle
            break
        inside, outside = (middle, outside) if at < 0 else (inside, middle)
    if not np.isfinite(at):
        raise InputError("event: the profile of the penalised likelihood cannot be followed. Use fewer covariates.")
    return find_root(excess, inside, outside) if at >= 0 else float(np.copysign(np.inf, reach))
