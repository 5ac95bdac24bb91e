"""The model's own error as part of a prediction.

Every statistic of a replicate trial is moved as far as fitted ones missed.

Calibration states a size for shares (logit), for rates (logarithm), for a mean EDSS (points) and its slope (points a
year), and learns a factor for activity, one for disability and one for natural history; each posterior draw has its
own. A share of nothing or of everybody stays what it is, so a probability of zero events is the simulation's.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from regraft.core.arrays import Floats
from regraft.core.calibrated import ModelError
from regraft.core.streams import Purpose, address, normal
from regraft.evidence.schema import Trial
from regraft.replication.matches import match_rows
from regraft.trial.run import TrialPlan

_STUDY = int(Purpose.STUDY)
_STEP = 2  # 0 belongs to the effects of studies, 1 to ties of a randomised PIT
_RATES = (ModelError.ACTIVITY_RATE, ModelError.NATURAL_HISTORY_RATE)
_POINTS = (ModelError.EDSS_MEAN, ModelError.EDSS_SLOPE, ModelError.NATURAL_HISTORY_EDSS)


def with_model_error(
    statistics: pl.DataFrame, trials: tuple[Trial, ...], arms: Mapping[str, str] | None, plan: TrialPlan
) -> pl.DataFrame:
    """Return the statistics of replicate trials with the model's own error added to shares, rates and EDSS.

    Parameters
    ----------
    statistics : polars.DataFrame
        From `regraft.replication.replicate.measure_replicates`.
    trials, arms
        As for `regraft.replication.comparison.published_beside`.
    plan : TrialPlan
        What was simulated; the error is that of the draws it lived under, and there is none without draws.
    """
    draws = plan.draws
    if draws is None or not draws.model_error:
        return statistics
    kind = {match.statistic.key: match.rule.error for match in match_rows(trials, arms)[0]}
    parts = []
    for (key,), part in statistics.group_by("key", maintain_order=True):
        sort = kind.get(str(key))
        size = None if sort is None else draws.model_error.get(sort)
        if sort is None or size is None:
            parts.append(part)
            continue
        number = part["trial_number"].to_numpy()
        slot = address(f"{trials[0].use.cohort_group}/{key}")
        shift = np.array([normal(plan.seed, int(trial), _STUDY, _STEP, slot) for trial in number])
        shift *= size[number % len(size)]
        with_error = moved(part["value"].to_numpy(), shift, sort)
        parts.append(part.with_columns(pl.Series("value", with_error, dtype=pl.Float64).fill_nan(None)))
    return pl.concat(parts)


def moved(value: Floats, shift: Floats, kind: ModelError) -> Floats:
    """Return shares [%] moved on the logit scale, rates on the logarithmic one, EDSS by points; missing stays."""
    value = value.astype(np.float64)
    if kind in _RATES:
        return value * np.exp(shift)
    if kind in _POINTS:
        return value + shift  # a mean or a change: neither comes near the ends of the scale
    inner = (value > 0.0) & (value < 100.0)
    odds = np.where(inner, value, 50.0) / (100.0 - np.where(inner, value, 50.0)) * np.exp(shift)
    return np.where(inner, 100.0 * odds / (1.0 + odds), value)
