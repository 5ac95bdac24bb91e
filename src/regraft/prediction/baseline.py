"""What to beat: the random-effects meta-analysis of the fitted trials, as a prediction for a new study."""

from math import sqrt

from regraft.analysis.effects import Scale
from regraft.analysis.evidence_entries import Question
from regraft.analysis.evidence_pool import pool_evidence
from regraft.analysis.meta_analysis import Pooled
from regraft.core.errors import InputError
from regraft.evidence.schema import Role

_RELAPSING = ("RRMS",)
_WINDOW_YEARS = 10.0  # every follow-up is taken: few fitted trials report an endpoint at the same time


def baseline_interval(endpoint: str, n: int | None, level: float = 0.95) -> tuple[float, float] | None:
    """Return the interval [percent] that pooling the fitted trials predicts for a new study of `n`, or None.

    Parameters
    ----------
    endpoint : str
        As the evidence names it.
    n : int, optional
        Size of the new study, whose sampling variance is added; None adds none.

    Returns
    -------
    tuple of float or None
        The narrower of two pools, over results about all patients and about relapsing ones; None when fewer than two
        cohort groups that may be fitted report the endpoint, or not as a proportion.
    """
    pools = []
    for subgroups in ((), _RELAPSING):
        question = Question(
            endpoint=endpoint, subgroups=subgroups, roles=(Role.FIT,), window=_WINDOW_YEARS, level=level
        )
        try:
            pools.append(pool_evidence(question).pooled)
        except InputError:
            continue
    usable = [pooled for pooled in pools if pooled.scale is Scale.LOGIT]
    intervals = [_interval(pooled, n) for pooled in usable]
    return min(intervals, key=lambda pair: pair[1] - pair[0], default=None)


def _interval(pooled: Pooled, n: int | None) -> tuple[float, float]:
    """Widen the interval for a new study's true share by the sampling variance of its size."""
    share = pooled.back(pooled.estimate)
    sampling = 0.0 if n is None else 1.0 / (n * share * (1.0 - share))
    true = pooled.tau2 + pooled.standard_error**2
    reach = (pooled.prediction_high - pooled.estimate) * sqrt((true + sampling) / true)
    return 100.0 * pooled.back(pooled.estimate - reach), 100.0 * pooled.back(pooled.estimate + reach)
