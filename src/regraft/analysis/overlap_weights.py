"""Comparison of two cohorts by propensity-score overlap weighting.

Each treated subject counts with the probability of not being treated, each control with that of being treated; the
result speaks for those whom both cohorts could have enrolled (ATO), and all covariates of the score balance exactly.
Standard errors come from the stacked estimating equations, so they count that the score was estimated.
Sources: Li F, Morgan KL, Zaslavsky AM. JASA 2018;113:390; Lunceford JK, Davidian M. Stat Med 2004;23:2937.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from regraft.analysis.arrays import BoolArray, FloatArray, covariate_matrix, events, floats
from regraft.analysis.distributions import interval_factor, two_sided_p
from regraft.analysis.newton import Evaluated, maximise
from regraft.analysis.result import Result
from regraft.core.errors import InputError


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OverlapWeights(Result):
    """Propensity scores and overlap weights.

    Parameters
    ----------
    treated : array, shape (n,)
        True for a treated subject.
    design : array, shape (n, p + 1)
        Intercept and covariates of the score.
    score, weight : array, shape (n,)
        Probability of treatment; overlap weight, not normalised.
    information : array, shape (p + 1, p + 1)
        Information of the logistic regression.
    balance : polars.DataFrame
        Standardised mean difference of each covariate before and after weighting.
    effective_treated, effective_control : float
        Effective numbers of subjects, (sum w)^2 / sum w^2.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.stats.overlap_weights([True, True, False, False], [[30.0], [41.0], [36.0], [44.0]], ("age",))
    >>> found.balance["after"].round(6).to_list(), found.weight.size
    ([0.0], 4)
    """

    treated: BoolArray
    design: FloatArray
    score: FloatArray
    weight: FloatArray
    information: FloatArray
    balance: pl.DataFrame
    effective_treated: float
    effective_control: float


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedDifference(Result):
    """Weighted mean (or share) of the treated minus that of the controls, with sandwich standard errors.

    Examples
    --------
    >>> import regraft as rg
    >>> weights = rg.stats.overlap_weights([True, True, False, False], [[30.0], [41.0], [36.0], [44.0]], ("age",))
    >>> found = rg.stats.weighted_difference([1.0, 0.0, 0.0, 1.0], weights)
    >>> round(found.treated, 3), round(found.control, 3)
    (0.236, 0.3)
    """

    treated: float
    control: float
    difference: float
    standard_error: float
    low: float
    high: float
    p_value: float


def overlap_weights(treated: ArrayLike, covariates: ArrayLike, names: tuple[str, ...]) -> OverlapWeights:
    """Estimate the propensity score by logistic regression and derive overlap weights.

    Parameters
    ----------
    treated : array-like, shape (n,)
        True for a treated subject.
    covariates : array-like, shape (n, p)
        Confounders, one column per name.
    names : tuple of str
        Names of the confounders.

    Raises
    ------
    InputError
        One cohort only, unusable arrays, or cohorts without overlap.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.stats.overlap_weights([True, True, False, False], [[30.0], [41.0], [36.0], [44.0]], ("age",))
    >>> found.balance.columns
    ['covariate', 'before', 'after']
    """
    length = np.asarray(treated).size
    z = events(treated, length)
    if z.all() or not z.any():
        raise InputError("treated: all subjects are of one cohort. Give both.")
    given = covariate_matrix(covariates, length, names)
    x = np.column_stack((np.ones(length), given))
    centred = np.column_stack((np.ones(length), given - given.mean(axis=0)))

    def evaluate(beta: FloatArray) -> Evaluated:
        eta = centred @ beta
        p = 1.0 / (1.0 + np.exp(-eta))
        value = float(eta[z].sum() - np.logaddexp(0.0, eta).sum())
        return value, centred.T @ (z - p), (centred * (p * (1.0 - p))[:, None]).T @ centred

    scale = np.concatenate(([0.0], given.std(axis=0)))
    beta, _ = maximise(np.zeros(x.shape[1]), evaluate, ("intercept", *names), scale=scale)
    score = 1.0 / (1.0 + np.exp(-(centred @ beta)))
    weight = np.where(z, 1.0 - score, score)
    return OverlapWeights(
        treated=z,
        design=centred,
        score=score,
        weight=weight,
        information=(centred * (score * (1.0 - score))[:, None]).T @ centred,
        balance=_balance(z, given, weight, names),
        effective_treated=_effective(weight[z]),
        effective_control=_effective(weight[~z]),
    )


def weighted_difference(outcome: ArrayLike, weights: OverlapWeights, *, level: float = 0.95) -> WeightedDifference:
    """Return the weighted difference of an outcome (a measure, or 0 and 1) between treated and controls.

    Parameters
    ----------
    outcome : array-like, shape (n,)
        Outcome of each subject, in the order the weights were made in.
    weights : OverlapWeights
        From `overlap_weights`.
    level : float
        Coverage of the normal interval.

    Raises
    ------
    InputError
        Another number of subjects, or missing outcomes.

    Examples
    --------
    >>> import regraft as rg
    >>> weights = rg.stats.overlap_weights([True, True, False, False], [[30.0], [41.0], [36.0], [44.0]], ("age",))
    >>> round(rg.stats.weighted_difference([1.0, 0.0, 0.0, 1.0], weights).difference, 3)
    -0.064
    """
    z, w = weights.treated, weights.weight
    y = floats(outcome, "outcome", z.size)
    treated, control = float(np.average(y[z], weights=w[z])), float(np.average(y[~z], weights=w[~z]))
    influence = _influence(weights, z, y - treated) - _influence(weights, ~z, y - control)
    error = float(np.sqrt((influence**2).sum()))
    difference = treated - control
    if error <= 1e-12 * max(1.0, float(np.abs(y).max())):
        raise InputError("outcome: it does not vary within the cohorts, so the difference has no standard error.")
    reach = interval_factor(level) * error
    return WeightedDifference(
        treated=treated,
        control=control,
        difference=difference,
        standard_error=error,
        low=difference - reach,
        high=difference + reach,
        p_value=float(two_sided_p(difference / error)),
    )


def _influence(weights: OverlapWeights, cohort: BoolArray, residual: FloatArray) -> FloatArray:
    """Return what each subject moves in the weighted mean of one cohort, directly and through the score."""
    score_residual = weights.treated - weights.score
    weighted = np.where(cohort, weights.weight * residual, 0.0)
    direction = -1.0 if bool(cohort[weights.treated].all()) else 1.0
    slope = direction * weights.score * (1.0 - weights.score) * np.where(cohort, residual, 0.0)
    through = weights.design @ np.linalg.solve(weights.information, weights.design.T @ slope) * score_residual
    return (weighted + through) / weights.weight[cohort].sum()


def _effective(weight: FloatArray) -> float:
    return float(weight.sum() ** 2 / (weight**2).sum())


def _balance(z: BoolArray, x: FloatArray, weight: FloatArray, names: tuple[str, ...]) -> pl.DataFrame:
    """Return standardised mean differences (pooled standard deviation of the unweighted cohorts)."""
    spread = np.sqrt((x[z].var(axis=0) + x[~z].var(axis=0)) / 2.0)
    spread = np.where(spread > 0, spread, 1.0)
    before = (x[z].mean(axis=0) - x[~z].mean(axis=0)) / spread
    after = np.average(x[z], axis=0, weights=weight[z]) - np.average(x[~z], axis=0, weights=weight[~z])
    return pl.DataFrame({"covariate": list(names), "before": before, "after": after / spread})
