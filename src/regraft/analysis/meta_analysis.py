"""Random-effects meta-analysis: DerSimonian-Laird or REML, Hartung-Knapp interval, prediction interval.

Equal to R's metafor. Sources: DerSimonian R, Laird N. Control Clin Trials 1986;7:177; Viechtbauer W. J Educ Behav Stat
2005;30:261 (REML), Stat Med 2007;26:37 (Q-profile); Knapp G, Hartung J. Stat Med 2003;22:2693; Higgins JPT, Thompson
SG, Spiegelhalter DJ. J R Stat Soc A 2009;172:137 (prediction); Jackson D et al. Stat Med 2017;36:3923 (the floor).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import final

import numpy as np

from regraft.analysis.arrays import FloatArray
from regraft.analysis.distributions import chi_square_p, chi_square_quantile, interval_factor
from regraft.analysis.effects import Effects, Scale
from regraft.analysis.result import Result
from regraft.analysis.roots import find_root
from regraft.core.errors import InputError


class Heterogeneity(StrEnum):
    """How the variance between studies is estimated.

    Examples
    --------
    >>> import regraft as rg
    >>> effects = rg.stats.from_counts([2, 9, 1], [20, 30, 25])
    >>> rg.stats.pool(effects, heterogeneity=rg.stats.Heterogeneity.NONE).tau2
    0.0
    """

    REML = "REML"
    DERSIMONIAN_LAIRD = "DL"
    NONE = "EE"  # one common effect


class Inference(StrEnum):
    """How the interval of the pooled estimate is made.

    Examples
    --------
    >>> import regraft as rg
    >>> effects = rg.stats.from_counts([2, 9, 1], [20, 30, 25])
    >>> found = rg.stats.pool(effects, inference=rg.stats.Inference.NORMAL)
    >>> round(found.back(found.low), 3), round(found.back(found.high), 3)
    (0.039, 0.379)
    """

    NORMAL = "normal"
    HARTUNG_KNAPP = "hartung-knapp"  # without floor: may be narrower than the normal one (metafor "knha")
    HARTUNG_KNAPP_FLOORED = "hartung-knapp-floored"  # never below the normal standard error (metafor "adhoc")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled(Result):
    """A pooled estimate on its scale; `back` gives any number as a proportion or ratio.

    Parameters
    ----------
    scale : Scale
        Scale of all estimates and limits below.
    studies : int
        Number of studies k.
    heterogeneity, inference
        The methods.
    estimate, standard_error, low, high : float
        Pooled estimate with its interval.
    prediction_low, prediction_high : float
        Where the true effect of a new study is expected: estimate -+ factor * sqrt(tau2 + se^2), the factor being that
        of Student's t with k - 1 degrees of freedom under Hartung-Knapp, else of the normal distribution (as metafor).
    tau2, tau2_low, tau2_high : float
        Variance between studies with its Q-profile interval.
    i2, h2 : float
        Share (percent) of the total variance that lies between studies; total over within.
    q, q_p_value : float
        Cochran's test of one common effect.
    level : float
        Coverage of all intervals.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.stats.pool(rg.stats.from_counts([2, 5, 1], [20, 30, 25]))
    >>> [round(found.back(value), 3) for value in (found.low, found.estimate, found.high)]
    [0.026, 0.121, 0.418]
    """

    scale: Scale
    studies: int
    heterogeneity: Heterogeneity
    inference: Inference
    estimate: float
    standard_error: float
    low: float
    high: float
    prediction_low: float
    prediction_high: float
    tau2: float
    tau2_low: float
    tau2_high: float
    i2: float
    h2: float
    q: float
    q_p_value: float
    level: float

    def back(self, value: float) -> float:
        """Return a number of the scale as a proportion, a ratio, or as it is."""
        return self.scale.back(value)


def pool(
    effects: Effects,
    *,
    heterogeneity: Heterogeneity = Heterogeneity.REML,
    inference: Inference = Inference.HARTUNG_KNAPP_FLOORED,
    level: float = 0.95,
) -> Pooled:
    """Pool studies by inverse-variance weights.

    Parameters
    ----------
    effects : Effects
        Estimates and variances of at least two studies.
    heterogeneity : Heterogeneity
        Estimator of the variance between studies.
    inference : Inference
        The interval; the default is Hartung-Knapp with the floor.
    level : float
        Coverage of all intervals.

    Raises
    ------
    InputError
        Fewer than two studies, or a variance that is not above zero.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.stats.pool(rg.stats.from_counts([2, 5, 1], [20, 30, 25]))
    >>> found.studies
    3
    """
    y, v = effects.estimate, effects.variance
    k = y.size
    _refuse_unusable(y, v)
    tau2 = _tau2(y, v, heterogeneity)
    weight = 1.0 / (v + tau2)
    estimate = float(weight @ y / weight.sum())
    spread = float(weight @ (y - estimate) ** 2) / (k - 1)
    factor = {Inference.NORMAL: 1.0, Inference.HARTUNG_KNAPP: spread}.get(inference, max(1.0, spread))
    error = float(np.sqrt(factor / weight.sum()))
    reach = interval_factor(level, None if inference is Inference.NORMAL else k - 1)
    low, high = tau2_interval(y, v, level)
    typical = _typical_variance(v)
    around = reach * float(np.hypot(np.sqrt(tau2), error))
    q = cochran_q(y, v, 0.0)
    return Pooled(
        scale=effects.scale,
        studies=k,
        heterogeneity=heterogeneity,
        inference=inference,
        estimate=estimate,
        standard_error=error,
        low=estimate - reach * error,
        high=estimate + reach * error,
        prediction_low=estimate - around,
        prediction_high=estimate + around,
        tau2=tau2,
        tau2_low=low,
        tau2_high=high,
        i2=100.0 * tau2 / (tau2 + typical),
        h2=(tau2 + typical) / typical,
        q=q,
        q_p_value=chi_square_p(q, k - 1),
        level=level,
    )


def _refuse_unusable(y: FloatArray, v: FloatArray) -> None:
    if y.size < 2:
        raise InputError(f"{y.size} studies: pooling needs two or more.")
    if not (v > 0).all() or not np.isfinite(y).all():
        raise InputError("variance: every study needs a finite estimate and a variance above zero.")


def cochran_q(y: FloatArray, v: FloatArray, tau2: float) -> float:
    """Return the weighted sum of squares around the pooled estimate at one variance between studies."""
    weight = 1.0 / (v + tau2)
    return float(weight @ (y - weight @ y / weight.sum()) ** 2)


def tau2_interval(y: FloatArray, v: FloatArray, level: float) -> tuple[float, float]:
    """Return the Q-profile interval of the variance between studies, cut at zero."""
    k = y.size
    tail = (1.0 - level) / 2.0

    def limit(target: float) -> float:
        if cochran_q(y, v, 0.0) <= target:
            return 0.0
        above = float(v.max())
        while cochran_q(y, v, above) > target:
            above *= 2.0
        return find_root(lambda tau2: cochran_q(y, v, tau2) - target, 0.0, above)

    return limit(chi_square_quantile(1.0 - tail, k - 1)), limit(chi_square_quantile(tail, k - 1))


def _typical_variance(v: FloatArray) -> float:
    w = 1.0 / v
    return float((v.size - 1) * w.sum() / (w.sum() ** 2 - (w**2).sum()))


def _tau2(y: FloatArray, v: FloatArray, heterogeneity: Heterogeneity) -> float:
    if heterogeneity is Heterogeneity.NONE:
        return 0.0
    if heterogeneity is Heterogeneity.DERSIMONIAN_LAIRD:
        w = 1.0 / v
        return max(0.0, (cochran_q(y, v, 0.0) - (y.size - 1)) / float(w.sum() - (w**2).sum() / w.sum()))
    return _reml_tau2(y, v)


def _reml_tau2(y: FloatArray, v: FloatArray) -> float:
    """Return the highest maximum of the restricted likelihood; it may have several, so the slope is searched."""

    def value(tau2: float) -> float:
        w = 1.0 / (v + tau2)
        return -0.5 * float(np.log(v + tau2).sum() + np.log(w.sum()) + cochran_q(y, v, tau2))

    def slope(tau2: float) -> float:
        w = 1.0 / (v + tau2)
        residual = y - w @ y / w.sum()
        return 0.5 * float(w**2 @ residual**2 - w.sum() + (w**2).sum() / w.sum())

    highest = 10.0 * (float(np.var(y)) + float(v.max()))
    grid = np.concatenate(([0.0], np.geomspace(1e-8 * highest, highest, 400)))
    slopes = np.array([slope(tau2) for tau2 in grid])
    peaks = [0.0] if slopes[0] <= 0 else []
    peaks += [find_root(slope, grid[i], grid[i + 1]) for i in np.flatnonzero((slopes[:-1] > 0) & (slopes[1:] <= 0))]
    return max(peaks, key=value)
