"""Repeated measures (EDSS, brain volume) by generalised least squares with an unstructured covariance.

Every visit has its own variance and every pair of visits its own correlation; subjects with missed visits stay in with
what they have (valid when values are missing at random). REML by Fisher scoring. Equal to R's nlme::gls with corSymm
and varIdent. Sources: Laird NM, Ware JH. Biometrics 1982;38:963; Jennrich RI, Schluchter MD. Biometrics 1986;42:805.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike

from regraft.analysis.arrays import FloatArray, IntArray, floats, labels
from regraft.analysis.coefficients import Coefficients
from regraft.analysis.result import Result
from regraft.core.errors import InputError

_ITERATIONS = 500
_SETTLED, _NEAR = 1e-12, 1e-8  # last step, relative to the largest variance
_SINGULAR = 1e-12  # smallest eigenvalue of the correlations that is still inverted
_NOTHING = 1e-8  # share of the largest variance, or smallest eigenvalue of the correlations


class Likelihood(StrEnum):
    """Which likelihood is maximised.

    Examples
    --------
    >>> import regraft as rg
    >>> [one.value for one in rg.stats.Likelihood]
    ['restricted', 'full']
    """

    RESTRICTED = "restricted"
    FULL = "full"


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Repeated(Result):
    """A fitted repeated-measures regression.

    Parameters
    ----------
    coefficients : Coefficients
        Fixed effects. As in nlme, intervals use Student's t with `observations - p` degrees of freedom, and under the
        full likelihood the covariance is enlarged by observations / (observations - p).
    visits : tuple
        Labels of the visits, sorted.
    covariance : array, shape (visits, visits)
        Covariance of the measurements of one subject.
    log_likelihood : float
        Restricted or full.
    likelihood : Likelihood
    subjects, observations : int

    Examples
    --------
    >>> import regraft as rg
    >>> x, names = rg.stats.visit_design([1.0, 2.0] * 8, [0, 0, 1, 1] * 4)
    >>> change = [0.0, 0.5, 1.0, 1.0, 0.5, 0.5, 0.0, 1.0, -0.5, 0.0, 0.5, 1.5, 0.0, 1.0, 1.0, 0.5]
    >>> found = rg.stats.repeated_measures(change, [k // 2 for k in range(16)], [1.0, 2.0] * 8, x, names)
    >>> found.visits, found.observations, found.coefficients.names
    ((1.0, 2.0), 16, ('visit 1.0', 'visit 2.0', 'difference at visit 1.0', 'difference at visit 2.0'))
    """

    coefficients: Coefficients
    visits: tuple[Any, ...]
    covariance: FloatArray
    log_likelihood: float
    likelihood: Likelihood
    subjects: int
    observations: int


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Pattern:
    """All subjects with the same visits: y (subjects, seen), x (subjects, seen, p), seen: indices of visits."""

    seen: IntArray
    y: FloatArray
    x: FloatArray


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _State:
    """The fit of the fixed effects at one covariance, with the derivatives for the next one."""

    value: float
    beta: FloatArray
    inverse: FloatArray
    gradient: FloatArray
    information: FloatArray


def repeated_measures(
    value: ArrayLike,
    subject: ArrayLike,
    visit: ArrayLike,
    covariates: ArrayLike,
    names: tuple[str, ...],
    *,
    likelihood: Likelihood = Likelihood.RESTRICTED,
    level: float = 0.95,
    begin: FloatArray | None = None,
) -> Repeated:
    """Fit a linear model to repeated measurements.

    Parameters
    ----------
    value, subject, visit : array-like, shape (n,)
        Measurement, label of the subject, label of the visit; at most one row per subject and visit.
    covariates : array-like, shape (n, p)
        Design matrix as it is (an intercept is a column of ones; `visit_design` makes the usual one).
    names : tuple of str
        Names of the columns.
    likelihood : Likelihood
        Restricted (the default) or full.
    level : float
        Coverage of the intervals.
    begin : array, shape (visits, visits), optional
        Covariance to begin the search with, that of nearly the same data: a last step of 1e-8 then ends the search.

    Raises
    ------
    InputError
        Two values at one visit, columns that determine each other, or visits too rarely seen together.

    Examples
    --------
    >>> import regraft as rg
    >>> x, names = rg.stats.visit_design([1.0, 2.0] * 8, [0, 0, 1, 1] * 4)
    >>> change = [0.0, 0.5, 1.0, 1.0, 0.5, 0.5, 0.0, 1.0, -0.5, 0.0, 0.5, 1.5, 0.0, 1.0, 1.0, 0.5]
    >>> who = [k // 2 for k in range(16)]
    >>> rg.stats.repeated_measures(change, who, [1.0, 2.0] * 8, x, names).subjects
    8
    """
    y = floats(value, "value")
    x = np.asarray(covariates, dtype=np.float64)
    if x.shape != (y.size, len(names)) or not np.isfinite(x).all():
        raise InputError(f"covariates: shape {x.shape}, expected ({y.size}, {len(names)}) without missing values.")
    if np.linalg.matrix_rank(x) < len(names):
        raise InputError(f"covariates: {', '.join(names)} determine each other. Leave one of them out.")
    people, who = labels(subject, y.size, "subject")
    visits, when = labels(visit, y.size, "visit")
    _refuse_unknowable(who, when, len(people), visits)
    patterns = tuple(_patterns(y, x, who, when, len(people), len(visits)))
    restricted = likelihood is Likelihood.RESTRICTED
    first = _start(y, x, when, len(visits)) if begin is None else begin
    settled = _SETTLED if begin is None else _NEAR
    covariance, state = _fit(patterns, first, settled, restricted=restricted)
    _refuse_unbounded(covariance, visits)
    degrees = y.size - len(names)
    size = degrees if restricted else y.size
    correction = 1.0 if restricted else y.size / degrees
    constant = -0.5 * size * np.log(2.0 * np.pi)
    return Repeated(
        coefficients=Coefficients(
            names=names, estimate=state.beta, covariance=correction * state.inverse, level=level, degrees=degrees
        ),
        visits=visits,
        covariance=covariance,
        log_likelihood=float(state.value + constant),
        likelihood=likelihood,
        subjects=len(people),
        observations=y.size,
    )


def visit_design(visit: ArrayLike, group: ArrayLike) -> tuple[FloatArray, tuple[str, ...]]:
    """Return the design visit * group: a mean per visit, and the difference of the second group at each visit.

    Parameters
    ----------
    visit, group : array-like, shape (n,)
        Labels; two groups.

    Returns
    -------
    array, shape (n, 2 * visits), and tuple of str
        Columns "visit v" and "difference at visit v".

    Raises
    ------
    InputError
        Not exactly two groups.

    Examples
    --------
    >>> import regraft as rg
    >>> x, names = rg.stats.visit_design([1.0, 2.0, 1.0, 2.0], [0, 0, 1, 1])
    >>> x.shape, len(names)
    ((4, 4), 4)
    """
    length = np.asarray(visit).size
    visits, when = labels(visit, length, "visit")
    groups, who = labels(group, length, "group")
    if len(groups) != 2:
        raise InputError(f"group: {len(groups)} labels. This design compares two.")
    at = (when[:, None] == np.arange(len(visits))).astype(np.float64)
    names = (*(f"visit {v}" for v in visits), *(f"difference at visit {v}" for v in visits))
    return np.column_stack((at, at * who[:, None])), names


def _refuse_unknowable(who: IntArray, when: IntArray, people: int, visits: tuple[Any, ...]) -> None:
    seen = np.zeros((people, len(visits)))
    np.add.at(seen, (who, when), 1.0)
    if (seen > 1).any():
        raise InputError(f"visit: {int((seen > 1).sum())} times two values of one subject at one visit. Keep one.")
    together = seen.T @ seen
    if (together < 2).any():
        i, j = np.argwhere(together < 2)[0]
        raise InputError(
            f"visit: {visits[i]} and {visits[j]} were seen together in {int(together[i, j])} subjects, too few for an "
            "unstructured covariance. Group the visits or leave one out."
        )


def _refuse_unbounded(covariance: FloatArray, visits: tuple[Any, ...]) -> None:
    """Refuse a visit without variance, or one that others determine: the likelihood then has no maximum."""
    variance = np.diag(covariance)
    least = int(np.argmin(variance))
    if variance[least] <= _NOTHING * variance.max():
        raise InputError(
            f"value: the covariates explain visit {visits[least]} without remainder. Leave this visit out."
        )
    if _least_independent(covariance) <= _NOTHING:
        raise InputError("value: visits determine each other without remainder. Leave one of them out.")


def _least_independent(covariance: FloatArray) -> float:
    """Return the smallest eigenvalue of the correlations: 0 where visits determine each other."""
    spread = np.sqrt(np.diag(covariance))
    return float(np.linalg.eigvalsh(covariance / spread / spread[:, None])[0])


def _patterns(
    y: FloatArray, x: FloatArray, who: IntArray, when: IntArray, people: int, visits: int
) -> Iterator[_Pattern]:
    """Group subjects by the visits they have."""
    row = np.full((people, visits), -1)
    row[who, when] = np.arange(y.size)
    kinds, kind = np.unique(row >= 0, axis=0, return_inverse=True)
    for index, present in enumerate(kinds):
        rows = row[kind.ravel() == index][:, present]
        yield _Pattern(seen=np.flatnonzero(present), y=y[rows], x=x[rows])


def _start(y: FloatArray, x: FloatArray, when: IntArray, visits: int) -> FloatArray:
    residual = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    if not (residual**2).sum() > 1e-20 * max(float((y**2).sum()), 1e-300):
        raise InputError("value: the covariates explain it without remainder. Nothing is left to estimate.")
    floor = residual.var() * 1e-3
    return np.diag([max(float(residual[when == v].var()), floor) for v in range(visits)])


def _fit(
    patterns: tuple[_Pattern, ...], covariance: FloatArray, settled: float, *, restricted: bool
) -> tuple[FloatArray, _State]:
    """Return the covariance at the maximum and the fit there."""
    lower = np.tril_indices(covariance.shape[0])
    state = _evaluate(patterns, covariance, restricted=restricted)
    for _ in range(_ITERATIONS):
        step = np.zeros_like(covariance)
        try:
            step[lower] = np.linalg.solve(state.information, state.gradient)
        except np.linalg.LinAlgError:
            break
        step = step + np.tril(step, -1).T
        scale, there = 1.0, None
        while scale > 1e-8:
            there = _evaluate(patterns, covariance + scale * step, restricted=restricted)
            if there.value >= state.value - 1e-12 * (1.0 + abs(state.value)):
                break
            scale /= 2.0
        if there is None or scale <= 1e-8:
            break
        covariance, state = covariance + scale * step, there
        if np.abs(step).max() <= settled * np.abs(covariance).max():
            return covariance, state
    raise InputError("value: the covariance does not settle. Too few subjects for so many visits: leave some out.")


def _evaluate(patterns: tuple[_Pattern, ...], covariance: FloatArray, *, restricted: bool) -> _State:
    """Return the log-likelihood (without constant) at one covariance; minus infinity where it is none."""
    visits, p = covariance.shape[0], patterns[0].x.shape[2]
    if not np.diag(covariance).min() > 0 or _least_independent(covariance) <= _SINGULAR:
        nothing = np.zeros(0)
        return _State(value=-np.inf, beta=nothing, inverse=nothing, gradient=nothing, information=nothing)
    inverses = [np.linalg.inv(covariance[np.ix_(q.seen, q.seen)]) for q in patterns]
    xvx, xvy = np.zeros((p, p)), np.zeros(p)
    weighed = [v @ q.x for q, v in zip(patterns, inverses, strict=True)]
    for q, vx in zip(patterns, weighed, strict=True):
        flat = vx.reshape(-1, p)
        xvx += q.x.reshape(-1, p).T @ flat
        xvy += flat.T @ q.y.ravel()
    beta, inverse = np.linalg.solve(xvx, xvy), np.linalg.inv(xvx)
    value = -0.5 * float(np.linalg.slogdet(xvx)[1]) if restricted else 0.0
    slope, wholes = np.zeros((visits, visits)), np.zeros((len(patterns), visits, visits))
    for q, v, vx, whole in zip(patterns, inverses, weighed, wholes, strict=True):
        left = q.y - q.x @ beta
        residual = left @ v
        value -= 0.5 * float((residual * left).sum())
        value += 0.5 * q.y.shape[0] * float(np.linalg.slogdet(v)[1])
        part = residual.T @ residual - q.y.shape[0] * v
        if restricted:
            by_visit = (vx.transpose(1, 0, 2).reshape(q.seen.size, -1), (vx @ inverse).transpose(1, 0, 2))
            part += by_visit[0] @ by_visit[1].reshape(q.seen.size, -1).T
        slope[np.ix_(q.seen, q.seen)] += 0.5 * part
        whole[np.ix_(q.seen, q.seen)] = np.sqrt(0.5 * q.y.shape[0]) * v
    flat = wholes.reshape(len(patterns), -1)  # the sum of Kronecker's products of the inverses with themselves
    information = (flat.T @ flat).reshape((visits,) * 4).transpose(0, 2, 1, 3).reshape((visits * visits,) * 2)
    copies = _duplication(visits)
    return _State(
        value=value,
        beta=beta,
        inverse=inverse,
        gradient=copies.T @ slope.ravel(),
        information=copies.T @ information @ copies,
    )


def _duplication(size: int) -> FloatArray:
    """Return the matrix that writes the lower triangle of a symmetric matrix out in full."""
    rows, columns = np.tril_indices(size)
    copies = np.zeros((size * size, rows.size))
    index = np.arange(rows.size)
    copies[rows * size + columns, index] = 1.0
    copies[columns * size + rows, index] = 1.0
    return copies
