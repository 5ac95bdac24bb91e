"""Fine-Gray regression of the subdistribution hazard of one cause, with the variance of Fine and Gray.

Source: Fine JP, Gray RJ. JASA 1999;94:496. Who died of a competing cause stays in the risk set with the weight
G(t-) / G(own time-), G being the Kaplan-Meier estimate of staying uncensored; ties as Breslow.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import ArrayLike

from regraft.analysis.arrays import BoolArray, FloatArray, IntArray, covariate_matrix, statuses, times
from regraft.analysis.coefficients import Coefficients
from regraft.analysis.distributions import chi_square_p
from regraft.analysis.newton import Evaluated, maximise
from regraft.analysis.result import Result
from regraft.core.errors import InputError


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FineGray(Result):
    """A fitted Fine-Gray regression; the covariance counts the estimated censoring distribution.

    Examples
    --------
    >>> import regraft as rg
    >>> time, status = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], [1, 2, 1, 0, 1, 1, 2, 1]
    >>> found = rg.stats.fine_gray(time, status, [0.0, 1.0, 1.0, 0.0] * 2, ("drug",))
    >>> found.events, found.competing, round(found.p_value, 3)
    (5, 2, 0.344)
    """

    cause: int
    coefficients: Coefficients
    log_likelihood_null: float
    log_likelihood: float
    likelihood_ratio: float
    p_value: float
    subjects: int
    events: int
    competing: int


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sets:
    """Subjects sorted by time, and where each distinct event time stands among them.

    Parameters
    ----------
    time, x : array, shape (n,) and (n, p)
        Sorted follow-up and covariates.
    event, competing : array, shape (n,)
        Failure from the cause, from another cause.
    stay : array, shape (n,)
        G at each subject's own time, left limit.
    first : array, shape (m,)
        Index of the first subject with the distinct event time or a later one.
    count, stay_then : array, shape (m,)
        Events, and G just before.
    """

    time: FloatArray
    x: FloatArray
    event: BoolArray
    competing: BoolArray
    stay: FloatArray
    first: IntArray
    count: IntArray
    stay_then: FloatArray

    def sums(self, values: FloatArray) -> FloatArray:
        """Return weighted sums of `values` (n, ...) over the risk set of each distinct event time."""
        shape = (-1,) + (1,) * (values.ndim - 1)
        kept = np.where(self.competing, 1.0 / self.stay, 0.0).reshape(shape) * values
        return _from_end(values)[self.first] + self.stay_then.reshape(shape) * _from_start(kept)[self.first]

    def evaluate(self, beta: FloatArray) -> Evaluated:
        """Return log-likelihood, gradient and information."""
        risk = np.exp(self.x @ beta)
        s0 = self.sums(risk)
        mean = self.sums(risk[:, None] * self.x) / s0[:, None]
        squares = self.sums(risk[:, None, None] * self.x[:, :, None] * self.x[:, None, :])
        information = np.einsum("e,eij->ij", self.count / s0, squares) - (mean * self.count[:, None]).T @ mean
        value = float((self.x[self.event] @ beta).sum() - self.count @ np.log(s0))
        return value, self.x[self.event].sum(axis=0) - self.count @ mean, information


def fine_gray(
    time: ArrayLike,
    status: ArrayLike,
    covariates: ArrayLike,
    names: tuple[str, ...],
    cause: int = 1,
    *,
    level: float = 0.95,
) -> FineGray:
    """Fit a Fine-Gray regression.

    Parameters
    ----------
    time, status : array-like, shape (n,)
        Follow-up; 0 censored, 1, 2, ... the cause of the first event.
    covariates : array-like, shape (n, p)
        Covariates, one column per name.
    names : tuple of str
        Names of the covariates.
    cause : int
        The cause modelled.
    level : float
        Coverage of the intervals.

    Raises
    ------
    InputError
        No event of the cause, unusable arrays, or a covariate that separates.

    Examples
    --------
    >>> import regraft as rg
    >>> time, status = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], [1, 2, 1, 0, 1, 1, 2, 1]
    >>> found = rg.stats.fine_gray(time, status, [0.0, 1.0, 1.0, 0.0] * 2, ("drug",))
    >>> found.coefficients.names
    ('drug',)
    """
    t = times(time)
    code = statuses(status, t.size)
    x = covariate_matrix(covariates, t.size, names)
    if not (code == cause).any():
        raise InputError(f"cause {cause}: nobody had it, so no ratio can be estimated. Report the exact bound instead.")
    order = np.argsort(t, kind="stable")
    sets = _build(t[order], code[order], (x - x.mean(axis=0))[order], cause)
    start = np.zeros(len(names))
    null = sets.evaluate(start)
    estimate, fitted = maximise(start, sets.evaluate, names, scale=x.std(axis=0))
    inverse = np.linalg.inv(fitted[2])
    influence = (_score_residuals(sets, estimate) + _censoring_residuals(sets, estimate)) @ inverse
    ratio = 2.0 * (fitted[0] - null[0])
    return FineGray(
        cause=cause,
        coefficients=Coefficients(names=names, estimate=estimate, covariance=influence.T @ influence, level=level),
        log_likelihood_null=null[0],
        log_likelihood=fitted[0],
        likelihood_ratio=ratio,
        p_value=chi_square_p(ratio, len(names)),
        subjects=t.size,
        events=int(sets.event.sum()),
        competing=int(sets.competing.sum()),
    )


def _build(t: FloatArray, code: IntArray, x: FloatArray, cause: int) -> _Sets:
    moments, count = np.unique(t[code == cause], return_counts=True)
    first = np.searchsorted(t, moments, side="left")
    ends, censored = np.unique(t[code == 0], return_counts=True)
    at_risk = t.size - np.searchsorted(t, ends, side="left")
    stay = np.concatenate(([1.0], np.cumprod(1.0 - censored / at_risk)))
    own = stay[np.searchsorted(ends, t, side="left")]
    return _Sets(
        time=t,
        x=x,
        event=code == cause,
        competing=(code > 0) & (code != cause),
        stay=np.where(own > 0, own, 1.0),
        first=first,
        count=count,
        stay_then=own[first],
    )


def _score_residuals(sets: _Sets, beta: FloatArray) -> FloatArray:
    """Return each subject's integral of (x - mean) over its weighted martingale, shape (n, p)."""
    risk = np.exp(sets.x @ beta)
    s0 = sets.sums(risk)
    mean = sets.sums(risk[:, None] * sets.x) / s0[:, None]
    hazard = sets.count / s0
    until = np.searchsorted(sets.time[sets.first], sets.time, side="right")
    h, m = _from_start(hazard), _from_start(hazard[:, None] * mean)
    residuals = -risk[:, None] * (sets.x * h[until][:, None] - m[until])
    late, late_mean = _from_end(hazard * sets.stay_then), _from_end((hazard * sets.stay_then)[:, None] * mean)
    after = sets.x * late[until][:, None] - late_mean[until]
    residuals -= np.where(sets.competing, risk / sets.stay, 0.0)[:, None] * after
    residuals[sets.event] += sets.x[sets.event] - mean[until[sets.event] - 1]
    return residuals


def _censoring_residuals(sets: _Sets, beta: FloatArray) -> FloatArray:
    """Return each subject's part through the estimated censoring distribution, shape (n, p)."""
    risk = np.exp(sets.x @ beta)
    s0 = sets.sums(risk)
    mean = sets.sums(risk[:, None] * sets.x) / s0[:, None]
    hazard = sets.count / s0 * sets.stay_then
    is_censored = ~(sets.event | sets.competing)
    ends, count = np.unique(sets.time[is_censored], return_counts=True)
    before = np.searchsorted(sets.time, ends, side="left")
    later = np.searchsorted(sets.time[sets.first], ends, side="left")
    kept = np.where(sets.competing, risk / sets.stay, 0.0)
    weight, weighted = _from_start(kept)[before][:, None], _from_start(kept[:, None] * sets.x)[before]
    q = weighted * _from_end(hazard)[later][:, None] - weight * _from_end(hazard[:, None] * mean)[later]
    at_risk = (sets.time.size - before)[:, None]
    compensator = _from_start(q * count[:, None] / at_risk**2)
    residuals = -compensator[np.searchsorted(ends, sets.time, side="right")]
    residuals[is_censored] += (q / at_risk)[np.searchsorted(ends, sets.time[is_censored])]
    return residuals


def _from_start(values: FloatArray) -> FloatArray:
    """Return sums of all entries before each index, shape (n + 1, ...)."""
    out = np.zeros((values.shape[0] + 1, *values.shape[1:]))
    np.cumsum(values, axis=0, out=out[1:])
    return out


def _from_end(values: FloatArray) -> FloatArray:
    """Return sums of all entries from each index on, shape (n + 1, ...)."""
    out = np.zeros((values.shape[0] + 1, *values.shape[1:]))
    out[:-1] = np.cumsum(values[::-1], axis=0)[::-1]
    return out
