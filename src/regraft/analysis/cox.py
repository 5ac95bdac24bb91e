"""Cox proportional hazards regression with tied times, strata, weights, late entry and robust standard errors.

Sources: Efron B. JASA 1977;72:557 (ties); Breslow NE. Biometrics 1974;30:89; Lin DY, Wei LJ. JASA 1989;84:1074
(robust variance); Therneau TM, Grambsch PM. Modeling Survival Data. Springer 2000.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import final

import numpy as np
from numpy.typing import ArrayLike

from regraft.analysis.arrays import BoolArray, FloatArray, covariate_matrix, events, floats, labels, one_time, times
from regraft.analysis.coefficients import Coefficients
from regraft.analysis.newton import maximise
from regraft.analysis.result import Result
from regraft.analysis.risk_sets import RiskSets, build_risk_sets
from regraft.core.errors import InputError


class Ties(StrEnum):
    """How events at one time share their risk set.

    Examples
    --------
    >>> import regraft as rg
    >>> time, event = [5.0, 8.0, 12.0, 13.0, 15.0, 20.0], [True, True, False, True, True, False]
    >>> rg.stats.cox(time, event, [0.0, 1.0] * 3, ("drug",), ties=rg.stats.Ties.BRESLOW).ties.value
    'breslow'
    """

    EFRON = "efron"
    BRESLOW = "breslow"


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Structure:
    """How subjects hang together; every part is optional.

    Parameters
    ----------
    strata : array-like, shape (n,)
        Labels with a baseline hazard of their own.
    weights : array-like, shape (n,)
        Weights above zero, such as overlap weights (then ask for the robust covariance).
    entry : array-like, shape (n,)
        Time from which a subject is at risk (late entry).
    cluster : array-like, shape (n,)
        Labels whose members may depend on each other; the covariance is then robust.

    Examples
    --------
    >>> import regraft as rg
    >>> time, event = [5.0, 8.0, 12.0, 13.0, 15.0, 20.0], [True, True, False, True, True, False]
    >>> sites = rg.stats.Structure(strata=[0, 0, 0, 1, 1, 1])
    >>> rg.stats.cox(time, event, [0.0, 1.0] * 3, ("drug",), structure=sites).events
    4
    """

    strata: ArrayLike | None = None
    weights: ArrayLike | None = None
    entry: ArrayLike | None = None
    cluster: ArrayLike | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cox(Result):
    """A fitted Cox regression.

    Parameters
    ----------
    coefficients : Coefficients
        Log hazard ratios; the covariance is robust where `robust` says so.
    model_covariance : array, shape (p, p)
        Inverse of the information.
    log_likelihood_null, log_likelihood : float
        Partial log-likelihood without and with the covariates.
    likelihood_ratio, score_test : float
        Chi-square with p degrees of freedom.
    subjects, events : int
        Numbers used.

    Examples
    --------
    >>> import regraft as rg
    >>> time, event = [5.0, 8.0, 12.0, 13.0, 15.0, 20.0], [True, True, False, True, True, False]
    >>> found = rg.stats.cox(time, event, [0.0, 1.0] * 3, ("drug",))
    >>> round(found.likelihood_ratio, 4), found.subjects, found.events
    (0.0733, 6, 4)
    """

    coefficients: Coefficients
    model_covariance: FloatArray
    robust: bool
    ties: Ties
    log_likelihood_null: float
    log_likelihood: float
    likelihood_ratio: float
    score_test: float
    subjects: int
    events: int


def cox(
    time: ArrayLike,
    event: ArrayLike,
    covariates: ArrayLike,
    names: tuple[str, ...],
    *,
    ties: Ties = Ties.EFRON,
    structure: Structure | None = None,
    robust: bool = False,
    level: float = 0.95,
) -> Cox:
    """Fit a Cox regression by Newton's method.

    Parameters
    ----------
    time, event : array-like, shape (n,)
        Follow-up and true for an event.
    covariates : array-like, shape (n, p)
        Covariates, one column per name.
    names : tuple of str
        Names of the p covariates.
    ties : Ties
        Treatment of tied event times.
    structure : Structure, optional
        Strata, weights, late entry, clusters.
    robust : bool
        Whether the covariance is the Lin-Wei sandwich.
    level : float
        Coverage of the intervals.

    Raises
    ------
    InputError
        No events, unusable arrays, or a covariate that separates events from the others.

    Examples
    --------
    >>> import regraft as rg
    >>> time, event = [5.0, 8.0, 12.0, 13.0, 15.0, 20.0], [True, True, False, True, True, False]
    >>> found = rg.stats.cox(time, event, [0.0, 1.0] * 3, ("drug",))
    >>> found.coefficients.to_frame(ratios=True)["ratio"].round(3).to_list()
    [0.76]
    """
    given = structure or Structure()
    t, start = _span(times(time), given.entry)
    d = events(event, t.size)
    x = covariate_matrix(covariates, t.size, names)
    w = np.ones(t.size) if given.weights is None else floats(given.weights, "weights", t.size)
    _refuse_unusable(t, d, w, start)
    _, stratum = labels(given.strata, t.size, "strata")
    x = x - np.average(x, axis=0, weights=w)
    sets = build_risk_sets(t, d, x, w, start, stratum, efron=ties is Ties.EFRON)
    null = sets.evaluate(np.zeros(len(names)))
    estimate, fitted = maximise(np.zeros(len(names)), sets.evaluate, names, scale=x.std(axis=0))
    model_covariance = np.linalg.inv(fitted[2])
    robust = robust or given.cluster is not None
    covariance = _sandwich(sets, estimate, model_covariance, given.cluster) if robust else model_covariance
    return Cox(
        coefficients=Coefficients(names=names, estimate=estimate, covariance=covariance, level=level),
        model_covariance=model_covariance,
        robust=robust,
        ties=ties,
        log_likelihood_null=null[0],
        log_likelihood=fitted[0],
        likelihood_ratio=2.0 * (fitted[0] - null[0]),
        score_test=float(null[1] @ np.linalg.solve(null[2], null[1])),
        subjects=d.size,
        events=int(d.sum()),
    )


def _span(t: FloatArray, entry: ArrayLike | None) -> tuple[FloatArray, FloatArray]:
    """Return end and start of follow-up; an entry and an end that only rounding keeps apart are one time."""
    if entry is None:
        return t, np.full(t.size, -np.inf)
    both = one_time(np.concatenate((t, floats(entry, "entry", t.size))))
    return both[: t.size], both[t.size :]


def _refuse_unusable(t: FloatArray, d: BoolArray, w: FloatArray, start: FloatArray) -> None:
    if (w <= 0).any():
        raise InputError("weights: must be above zero. Leave subjects of weight zero out.")
    if (start >= t).any():
        raise InputError(f"entry: {int((start >= t).sum())} subjects enter at or after their end. Correct the times.")
    if not d.any():
        raise InputError("event: none happened, so no hazard ratio can be estimated. Report the exact bound instead.")


def _sandwich(
    sets: RiskSets, estimate: FloatArray, model_covariance: FloatArray, cluster: ArrayLike | None
) -> FloatArray:
    """Return the Lin-Wei covariance from the changes each subject (or cluster) makes to the estimate."""
    influence = (sets.score_residuals(estimate) * sets.weight[:, None]) @ model_covariance
    if cluster is not None:
        names, index = labels(cluster, sets.weight.size, "cluster")
        summed = np.zeros((len(names), influence.shape[1]))
        np.add.at(summed, index, influence)
        influence = summed
    return influence.T @ influence
