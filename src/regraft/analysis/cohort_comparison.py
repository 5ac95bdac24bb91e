"""Two cohorts compared on one time-to-event endpoint with overlap weights: curves, shares free of it, hazard ratio.

Sources: Li F, Morgan KL, Zaslavsky AM. JASA 2018;113:390 (the weights); Lin DY, Wei LJ. JASA 1989;84:1074 (the robust
variance of the weighted hazard ratio; it takes the weights as known, which makes its interval somewhat wide).
"""

from dataclasses import dataclass
from typing import final

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from regraft.analysis.arrays import BoolArray, FloatArray, covariate_matrix, events, times
from regraft.analysis.coefficients import Coefficients
from regraft.analysis.cox import Structure, cox
from regraft.analysis.overlap_weights import OverlapWeights, overlap_weights
from regraft.analysis.result import Result
from regraft.core.errors import InputError


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CohortComparison(Result):
    """Two cohorts, weighted to those whom both could have enrolled.

    Parameters
    ----------
    names : tuple of str
        Names of the treated and of the control cohort.
    balance : polars.DataFrame
        Standardised mean difference of each covariate before and after weighting.
    coefficients : Coefficients
        Log hazard ratio, treated against control, with robust covariance.
    crude : Coefficients
        The same without weights.
    moments : array, shape (m,)
        Times at which the curves are read.
    free_treated, free_control : array, shape (m,)
        Weighted Kaplan-Meier share without the event; NaN beyond follow-up.
    subjects, events : tuple of int
        Numbers in the treated and in the control cohort.
    effective : tuple of float
        Effective numbers of subjects after weighting.

    Examples
    --------
    >>> import regraft as rg
    >>> treated, time = [True] * 4 + [False] * 4, [9.0, 4.0, 8.0, 7.0, 2.0, 6.0, 3.0, 5.0]
    >>> age = [[30.0], [41.0], [36.0], [44.0], [38.0], [33.0], [47.0], [40.0]]
    >>> found = rg.stats.compare_cohorts(treated, time, [False, True] * 4, age, ("age",))
    >>> [round(people, 2) for people in found.effective]
    [3.88, 3.89]
    """

    names: tuple[str, str]
    balance: pl.DataFrame
    coefficients: Coefficients
    crude: Coefficients
    moments: FloatArray
    free_treated: FloatArray
    free_control: FloatArray
    subjects: tuple[int, int]
    events: tuple[int, int]
    effective: tuple[float, float]

    def to_frame(self) -> pl.DataFrame:
        """Return the hazard ratios, crude and weighted."""
        both = {"crude": self.crude, "overlap weights": self.coefficients}
        frames = [
            part.to_frame(ratios=True).select(pl.lit(name).alias("analysis"), pl.all()) for name, part in both.items()
        ]
        return pl.concat(frames)


def compare_cohorts(
    treated: ArrayLike,
    time: ArrayLike,
    event: ArrayLike,
    covariates: ArrayLike,
    names: tuple[str, ...],
    *,
    moments: ArrayLike = (),
    cohorts: tuple[str, str] = ("treated", "control"),
    level: float = 0.95,
) -> CohortComparison:
    """Compare two cohorts with overlap weights.

    Parameters
    ----------
    treated : array-like of bool, shape (n,)
        True for the first cohort.
    time, event : array-like, shape (n,)
        Follow-up and true for an event.
    covariates : array-like, shape (n, p)
        Confounders known before treatment, one column per name.
    names : tuple of str
        Names of the confounders.
    moments : array-like
        Times at which the curves are read, in the unit of `time`.
    cohorts : tuple of str
        Names of the two cohorts.
    level : float
        Coverage of the intervals.

    Raises
    ------
    InputError
        One cohort only, no overlap, unusable arrays, or events in one cohort alone.

    Examples
    --------
    >>> import regraft as rg
    >>> treated, time = [True] * 4 + [False] * 4, [9.0, 4.0, 8.0, 7.0, 2.0, 6.0, 3.0, 5.0]
    >>> age = [[30.0], [41.0], [36.0], [44.0], [38.0], [33.0], [47.0], [40.0]]
    >>> rg.stats.compare_cohorts(treated, time, [False, True] * 4, age, ("age",)).events
    (2, 2)
    """
    t = times(time)
    d = events(event, t.size)
    z = events(treated, t.size)
    weights = overlap_weights(z, covariate_matrix(covariates, t.size, names), names)
    here = np.asarray(z, dtype=np.float64)[:, None]
    label = (f"{cohorts[0]} against {cohorts[1]}",)
    with_event = (int(d[z].sum()), int(d[~z].sum()))
    if 0 in with_event:
        raise InputError(
            f"event: {with_event[0]} in {cohorts[0]}, {with_event[1]} in {cohorts[1]}. Without events in one cohort "
            "the hazard ratio is 0 or infinite: report the shares with exact bounds."
        )
    usable = t > 0.0  # nobody is at risk before the first moment
    structure = Structure(weights=weights.weight[usable])
    weighted = cox(t[usable], d[usable], here[usable], label, structure=structure, robust=True, level=level)
    asked = np.asarray(moments, dtype=np.float64)
    return CohortComparison(
        names=cohorts,
        balance=weights.balance,
        coefficients=weighted.coefficients,
        crude=cox(t[usable], d[usable], here[usable], label, level=level).coefficients,
        moments=asked,
        free_treated=_free(t, d, weights, z, asked),
        free_control=_free(t, d, weights, ~z, asked),
        subjects=(int(z.sum()), int((~z).sum())),
        events=with_event,
        effective=(weights.effective_treated, weights.effective_control),
    )


def _free(t: FloatArray, d: BoolArray, weights: OverlapWeights, cohort: BoolArray, moments: FloatArray) -> FloatArray:
    """Return the weighted Kaplan-Meier estimate of one cohort at the moments; NaN beyond follow-up."""
    own, happened, w = t[cohort], d[cohort], weights.weight[cohort]
    steps = np.unique(own[happened])
    at_risk = np.array([w[own >= step].sum() for step in steps])
    lost = np.array([w[happened & (own == step)].sum() for step in steps])
    curve = np.concatenate(([1.0], np.cumprod(1.0 - lost / at_risk)))
    free = curve[np.searchsorted(steps, moments * (1.0 + 1e-9), side="right")]
    return np.where(moments <= own.max() * (1.0 + 1e-9), free, np.nan)
