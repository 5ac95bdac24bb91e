"""Whether a published statistic lies where the model puts it: among those of many replicate studies of its size."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from regraft.core.arrays import Floats
from regraft.verification.observables import Observable, Statistic
from regraft.verification.rows import VerifiedRow
from regraft.verification.studies import NEVER, REPLICATES, replicate_studies

INTERVAL = (0.05, 0.95)
_ROUND_OFF = 1e-9


def score(values: Floats, observable: Observable, *, seed: int, replicates: int = REPLICATES) -> dict[str, Any]:
    """Return predicted, predicted_low, predicted_high and inside of one observable, from one pool of people.

    Parameters
    ----------
    values : float64
        What `replicate_studies` takes.
    observable : Observable
        What was published, with its n and its digits.
    seed, replicates : int
        Seed and number of replicate studies.
    """
    return place(replicate_studies(values, observable, seed=seed, replicates=replicates), observable)


def place(studies: Floats, observable: Observable) -> dict[str, Any]:
    """Return where the published statistic lies among those of replicate studies, shape (replicates,)."""
    studies = np.round(studies, observable.digits)
    studies = np.sort(studies[~np.isnan(studies)])
    if not studies.size:
        return {"not_scored_reason": "the model gave no value: nobody of the simulated population could be measured"}
    studies[studies >= NEVER] = np.inf
    low, middle, high = (float(studies[round(share * (studies.size - 1))]) for share in (INTERVAL[0], 0.5, INTERVAL[1]))
    return {
        "predicted": middle,
        "predicted_low": low,
        "predicted_high": high,
        "inside": _inside(observable, low, middle, high),
    }


def _inside(observable: Observable, low: float, middle: float, high: float) -> bool:
    if observable.value is not None:
        return low - _ROUND_OFF <= observable.value <= high + _ROUND_OFF
    above = observable.low is None or middle >= observable.low - _ROUND_OFF
    return above and (observable.high is None or middle <= observable.high + _ROUND_OFF)


def row_of(observable: Observable, population: str, outcome: Mapping[str, Any]) -> VerifiedRow:
    """Join what was published with what the model says.

    Parameters
    ----------
    observable : Observable
        What was published.
    population : str
        Whom the simulated people stand for, in words.
    outcome : mapping
        From `score`; empty for what is not scored.
    """
    reason = observable.not_scored_reason or outcome.get("not_scored_reason")
    kind = observable.statistic
    name = f"{observable.quantile:.0%} quantile" if kind is Statistic.QUANTILE else str(kind or "")
    return VerifiedRow(
        study=observable.study,
        role=str(observable.use),
        endpoint=observable.key,
        definition=observable.words,
        unit=observable.unit,
        statistic=name,
        published=observable.value,
        published_low=observable.low,
        published_high=observable.high,
        predicted=outcome.get("predicted"),
        predicted_low=outcome.get("predicted_low"),
        predicted_high=outcome.get("predicted_high"),
        inside=outcome.get("inside"),
        population=population,
        tuned=observable.tuned,
        n=observable.size if observable.scored else observable.n,
        n_assumed=observable.n_assumed or (observable.scored and observable.n is None),
        source=observable.source,
        checked=observable.checked,
        not_scored_reason=reason,
        explanation=observable.explanation,
        inside_without_model_error=outcome.get("inside_without_model_error"),
    )
