"""Pool one endpoint of the evidence library over its cohort groups.

What is pooled here is shown; a pooled number that contains studies kept for judging may not enter a fit.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import polars as pl

from regraft.analysis.binomial_normal import PooledProportion, pool_proportions
from regraft.analysis.effects import Effects, Scale
from regraft.analysis.evidence_entries import Entry, LeftOut, Question, choose_scale, enter, one_per_group
from regraft.analysis.meta_analysis import Inference, Pooled, pool
from regraft.analysis.result import Result
from regraft.core.errors import InputError, nearest
from regraft.evidence.registry import load_library
from regraft.evidence.schema import Trial


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class EvidencePool(Result):
    """A pooled endpoint.

    Parameters
    ----------
    question : Question
    unit : str
        Unit of the published values; `percent` is shown as proportions.
    entries : tuple of Entry
        Studies that entered, in the order of the effects.
    weights : tuple of float
        Share of the weight of each, percent.
    left_out : tuple of LeftOut
        The others, with the reason.
    pooled, without_floor : Pooled
        REML random effects with Hartung-Knapp interval, with the floor and without.
    proportion : PooledProportion, optional
        Binomial-normal model, for proportions; None where it has no finite estimate.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.stats.pool_evidence(rg.stats.Question(endpoint="treatment_related_mortality"))
    >>> len(found.entries) == len(found.weights), found.to_frame().columns[:3]
    (True, ['study', 'name', 'year'])
    """

    question: Question
    unit: str
    entries: tuple[Entry, ...]
    weights: tuple[float, ...]
    left_out: tuple[LeftOut, ...]
    pooled: Pooled
    without_floor: Pooled
    proportion: PooledProportion | None

    def to_frame(self) -> pl.DataFrame:
        """Return one row per study that entered, with its weight in percent."""
        frame = pl.concat([entry.to_frame() for entry in self.entries], how="vertical_relaxed")
        return frame.with_columns(pl.Series("weight_percent", self.weights))

    def document(self) -> dict[str, Any]:
        """Return everything as one document; proportions lie between 0 and 1."""
        p, without = self.pooled, self.without_floor
        result: dict[str, Any] = {
            "endpoint": self.question.endpoint,
            "unit": "proportion" if p.scale == "logit" else self.unit,
            "scale": str(p.scale),
            "level": p.level,
            "studies": [
                _entry_document(entry, weight) for entry, weight in zip(self.entries, self.weights, strict=True)
            ],
            "left_out": [{"study": o.study, "cohort_group": o.cohort_group, "why": o.why} for o in self.left_out],
            "random_effects": {
                "heterogeneity": str(p.heterogeneity),
                "interval": str(p.inference),
                "estimate": p.back(p.estimate),
                "low": p.back(p.low),
                "high": p.back(p.high),
                "low_without_floor": p.back(without.low),
                "high_without_floor": p.back(without.high),
                "prediction_low": p.back(p.prediction_low),
                "prediction_high": p.back(p.prediction_high),
                "tau2": p.tau2,
                "tau2_low": p.tau2_low,
                "tau2_high": p.tau2_high,
                "i2_percent": p.i2,
                "q": p.q,
                "q_p_value": p.q_p_value,
            },
        }
        b = self.proportion
        if b is not None:
            names = ("estimate", "low", "high", "prediction_low", "prediction_high")
            result["binomial_normal"] = {**{name: b.back(getattr(b, name)) for name in names}, "tau2": b.tau2}
        return result

    def to_json(self) -> str:
        """Return `document` as JSON."""
        return json.dumps(self.document(), allow_nan=False)


def _entry_document(entry: Entry, weight: float) -> dict[str, Any]:
    counts = {"effective_events": entry.effective[0], "effective_n": entry.effective[1]} if entry.effective else {}
    return {
        "study": entry.study,
        "cohort_group": entry.cohort_group,
        "role": str(entry.role),
        "subgroup": entry.subgroup,
        "time_years": entry.time_years,
        "value": entry.value,
        "low": entry.low,
        "high": entry.high,
        "level": entry.level,
        **counts,
        "basis": str(entry.basis),
        "confidence": str(entry.confidence),
        "weight_percent": weight,
    }


def pool_evidence(question: Question, library: Iterable[Trial] | None = None) -> EvidencePool:
    """Pool an endpoint over the evidence library (or over other studies).

    Raises
    ------
    InputError
        No such endpoint (the nearest is named), or fewer than two cohort groups with usable numbers.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.stats.pool_evidence(rg.stats.Question(endpoint="treatment_related_mortality"))
    >>> len(found.entries) > 1
    True
    """
    trials = tuple(load_library() if library is None else library)
    having = [trial for trial in trials if any(o.endpoint == question.endpoint for o in trial.outcomes)]
    if not having:
        known = {outcome.endpoint for trial in trials for outcome in trial.outcomes}
        raise InputError(f"no study reports {question.endpoint!r}. {nearest(question.endpoint, known)}")
    unit = next((o.unit for t in having for o in t.outcomes if o.endpoint == question.endpoint and o.is_number), "text")
    scale = choose_scale(having, question.endpoint, unit)
    found = [enter(trial, question, unit, scale) for trial in having]
    chosen, doubled = one_per_group([one for one in found if isinstance(one, Entry)])
    left_out = [*(one for one in found if isinstance(one, LeftOut)), *doubled]
    if len(chosen) < 2:
        reasons = "; ".join(f"{one.study}: {one.why}" for one in left_out)
        raise InputError(
            f"{question.endpoint}: {len(chosen)} cohort groups with usable numbers, pooling needs two. Left out: "
            f"{reasons}"
        )
    effects = Effects(
        scale=scale,
        estimate=np.array([one.estimate for one in chosen]),
        variance=np.array([one.variance for one in chosen]),
    )
    pooled = pool(effects, inference=Inference.HARTUNG_KNAPP_FLOORED, level=question.level)
    weight = 1.0 / (effects.variance + pooled.tau2)
    return EvidencePool(
        question=question,
        unit=unit,
        entries=chosen,
        weights=tuple((100.0 * weight / weight.sum()).tolist()),
        left_out=tuple(sorted(left_out, key=lambda one: one.study)),
        pooled=pooled,
        without_floor=pool(effects, inference=Inference.HARTUNG_KNAPP, level=question.level),
        proportion=_binomial_normal(chosen, question.level) if scale is Scale.LOGIT else None,
    )


def _binomial_normal(entries: tuple[Entry, ...], level: float) -> PooledProportion | None:
    counts = [one.effective for one in entries if one.effective is not None]
    events, totals = (np.array(column, dtype=np.float64) for column in zip(*counts, strict=True))
    if len(counts) < len(entries):
        return None
    try:
        return pool_proportions(events, totals, level=level)
    except InputError:  # no event at all, or no finite variance between studies
        return None
