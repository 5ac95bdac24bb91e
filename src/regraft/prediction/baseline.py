"""What to beat: the random-effects meta-analysis of trials that judge nothing, as a prediction for a new study."""

from dataclasses import dataclass
from math import sqrt
from typing import final

from regraft.analysis.effects import Scale
from regraft.analysis.evidence_entries import Question
from regraft.analysis.evidence_pool import pool_evidence
from regraft.analysis.meta_analysis import Pooled
from regraft.core.errors import InputError
from regraft.evidence.registry import load_library
from regraft.evidence.schema import Role

_SUBGROUPS = ((), ("RRMS",), ("progressive", "SPMS"))
_SAME_TIME_YEARS = 1.0
_ANY_TIME_YEARS = 100.0
_ROLES = (Role.FIT, Role.CONTEXT)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PoolPrediction:
    """What pooling predicts for a new study: median and interval [percent], and from how many cohort groups."""

    low: float
    middle: float
    high: float
    studies: int


def baseline_interval(
    endpoint: str, years: float | None, n: int | None, cohort_group: str, level: float = 0.95
) -> PoolPrediction | None:
    """Return what pooling published results predicts for a new study of `n`, or None.

    Parameters
    ----------
    endpoint : str
        As the evidence names it.
    years : float, optional
        Time of the result; results within a year of it are pooled, and results at any time; None: only these.
    n : int, optional
        Size of the new study, whose sampling variance is added; None adds none.
    cohort_group : str
        What is predicted: no study of this group is pooled.

    Returns
    -------
    PoolPrediction or None
        The narrowest of the pools over all patients, relapsing and progressive ones, at the same time and at any; None
        when fewer than two cohort groups that judge nothing report the endpoint, or not as a proportion.
    """
    others = [trial for trial in load_library() if trial.use.cohort_group != cohort_group]
    found = []
    windows = (_ANY_TIME_YEARS,) if years is None else (_SAME_TIME_YEARS, _ANY_TIME_YEARS)
    for window in windows:
        for subgroups in _SUBGROUPS:
            question = Question(
                endpoint=endpoint, subgroups=subgroups, years=years, roles=_ROLES, window=window, level=level
            )
            try:
                pooled = pool_evidence(question, others).pooled
            except InputError:
                continue
            if pooled.scale is Scale.LOGIT:
                found.append(_prediction(pooled, n))
    return min(found, key=lambda one: one.high - one.low, default=None)


def _prediction(pooled: Pooled, n: int | None) -> PoolPrediction:
    """Widen the interval for a new study's true share by the sampling variance of its size."""
    share = pooled.back(pooled.estimate)
    sampling = 0.0 if n is None else 1.0 / (n * share * (1.0 - share))
    true = pooled.tau2 + pooled.standard_error**2
    reach = (pooled.prediction_high - pooled.estimate) * sqrt((true + sampling) / true)
    low, high = (100.0 * pooled.back(pooled.estimate + side * reach) for side in (-1.0, 1.0))
    return PoolPrediction(low=low, middle=100.0 * share, high=high, studies=pooled.studies)
