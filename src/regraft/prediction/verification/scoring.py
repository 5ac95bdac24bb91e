"""Whether a published statistic lies where the model puts it: the study is repeated many times at its own size.

A pool of simulated people stands for the population; each replicate study draws its n from the pool with replacement.
What is compared is the statistic of a study, not the spread of single people. Values of one person may be missing (not
a number: left out, as a study would) or infinite (an event that never came: it counts in medians and proportions).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regraft.core.kernels import kernel
from regraft.core.streams import Purpose, address, uniform
from regraft.prediction.verification.observables import Observable, Statistic
from regraft.prediction.verification.rates import OF_EVENTS, rates
from regraft.prediction.verification.rows import VerifiedRow

Floats = NDArray[np.float64]
REPLICATES = 400
INTERVAL = (0.05, 0.95)
_SCENARIO = int(Purpose.SCENARIO)
_ROUND_OFF = 1e-9
NEVER = 1e6  # days; stands for an event that never came, so that quantiles can be taken


@kernel
def _draw(seed: int, key: int, people: int, out: Any) -> None:
    """Fill `out` (replicates, n) with positions in a pool of `people`."""
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = int(people * uniform(seed, key, _SCENARIO, i, j))


def replicate_studies(values: Floats, observable: Observable, *, seed: int, replicates: int = REPLICATES) -> Floats:
    """Return the statistic of each replicate study, shape (replicates,).

    Parameters
    ----------
    values : float64, shape (people,) or (people, 2 or 3)
        One number per simulated person; two for a correlation or a shortening; for those of events see `rates`.
    """
    chosen = np.empty((replicates, observable.size), dtype=np.int64)
    _draw(seed, address(observable.key) % 2**31, len(values), chosen)
    return _statistic(values[chosen], observable)


def _statistic(drawn: Floats, observable: Observable) -> Floats:
    """Return the statistic over axis 1 of (replicates, n) or (replicates, n, 2)."""
    with np.errstate(invalid="ignore"):
        match observable.statistic:
            case Statistic.MEDIAN:
                return _quantile(drawn, 0.5)
            case Statistic.QUANTILE:
                return _quantile(drawn, observable.quantile or 0.5)
            case Statistic.PROPORTION:
                return 100.0 * np.nanmean(drawn, axis=1)
            case Statistic.SHORTENING:
                return 100.0 * (1.0 - np.nanmean(drawn[:, :, 0], axis=1) / np.nanmean(drawn[:, :, 1], axis=1))
            case kind if kind in OF_EVENTS:
                return rates(drawn, kind)
            case Statistic.CORRELATION:
                return np.array([np.corrcoef(study.T)[0, 1] for study in drawn])
            case _:
                return np.nanmean(np.where(np.isfinite(drawn), drawn, np.nan), axis=1)


def _quantile(drawn: Floats, share: float) -> Floats:
    """Quantiles over axis 1; an event that never came sorts last."""
    return np.asarray(np.nanquantile(np.where(np.isinf(drawn), NEVER, drawn), share, axis=1))


def score(values: Floats, observable: Observable, *, seed: int, replicates: int = REPLICATES) -> dict[str, Any]:
    """Return predicted, predicted_low, predicted_high and inside of one observable.

    Parameters
    ----------
    values : float64
        What `replicate_studies` takes.
    observable : Observable
        What was published, with its n and its digits.
    seed, replicates : int
        Seed and number of replicate studies.
    """
    studies = np.round(replicate_studies(values, observable, seed=seed, replicates=replicates), observable.digits)
    studies = np.sort(studies[~np.isnan(studies)])
    if not studies.size:
        return {"not_scored_reason": "the model gave no value: nobody of the simulated population could be measured"}
    studies[studies >= NEVER] = np.inf
    low, middle, high = (float(studies[round(share * (studies.size - 1))]) for share in (INTERVAL[0], 0.5, INTERVAL[1]))
    return {"predicted": middle, "predicted_low": low, "predicted_high": high,
            "inside": _inside(observable, low, middle, high)}  # fmt: skip


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
        study=observable.study, role=str(observable.use), endpoint=observable.key, definition=observable.words,
        unit=observable.unit, statistic=name, published=observable.value, published_low=observable.low,
        published_high=observable.high, predicted=outcome.get("predicted"), predicted_low=outcome.get("predicted_low"),
        predicted_high=outcome.get("predicted_high"), inside=outcome.get("inside"), population=population,
        tuned=observable.tuned, n=observable.size if observable.scored else observable.n,
        n_assumed=observable.n_assumed or (observable.scored and observable.n is None), source=observable.source,
        checked=observable.checked, not_scored_reason=reason, explanation=observable.explanation,
    )  # fmt: skip
