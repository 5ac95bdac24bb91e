"""Statistics of events in time over replicate studies.

Rate ratios, slopes of rates, and the chance that nothing happens.
"""

import numpy as np

from regraft.core.arrays import Floats
from regraft.verification.observables import Statistic

OF_EVENTS = frozenset(
    {
        Statistic.RATIO_OF_MEANS,
        Statistic.RATE_RATIO,
        Statistic.POISSON_SLOPE,
        Statistic.HAZARD_TREND,
        Statistic.CHANCE_OF_NONE,
        Statistic.ODDS_RATIO,
    }
)
_STEPS = 25


def rates(drawn: Floats, statistic: Statistic) -> Floats:
    """Return the statistic of each replicate study.

    Parameters
    ----------
    drawn : float64, shape (replicates, n) or (replicates, n, columns)
        `RATIO_OF_MEANS`: numerator and denominator; `RATE_RATIO`: events, exposure, mark of 1 or 0; `POISSON_SLOPE`:
        covariate, count; `HAZARD_TREND`: years, whether the event came; `CHANCE_OF_NONE`: 1 for a person without the
        event; `ODDS_RATIO`: event, mark of 1 or 0 (half a person is added to each of the four).
    statistic : Statistic
        One of `OF_EVENTS`.
    """
    match statistic:
        case Statistic.RATIO_OF_MEANS:
            return np.asarray(np.nanmean(drawn[:, :, 0], axis=1) / np.nanmean(drawn[:, :, 1], axis=1))
        case Statistic.RATE_RATIO:
            marked = drawn[:, :, 2] > 0.5
            rate = [
                np.where(who, drawn[:, :, 0], 0.0).sum(axis=1) / np.where(who, drawn[:, :, 1], 0.0).sum(axis=1)
                for who in (marked, ~marked)
            ]
            return np.asarray(rate[0] / rate[1])
        case Statistic.ODDS_RATIO:
            event, mark = drawn[:, :, 0] > 0.5, drawn[:, :, 1] > 0.5
            count = [0.5 + (a & b).sum(axis=1) for a in (event, ~event) for b in (mark, ~mark)]
            return np.asarray(count[0] * count[3] / (count[1] * count[2]))
        case Statistic.POISSON_SLOPE:
            return np.exp(_poisson_slope(drawn[:, :, 0], drawn[:, :, 1], np.ones(drawn.shape[:2])))
        case Statistic.HAZARD_TREND:
            years = np.arange(np.ceil(drawn[:, :, 0].max()))
            at_risk = np.clip(drawn[:, :, 0, None] - years, 0.0, 1.0).sum(axis=1)
            last = np.minimum(np.floor(drawn[:, :, 0]), years[-1])
            events = ((last[:, :, None] == years) & (drawn[:, :, 1, None] > 0.5)).sum(axis=1).astype(float)
            return np.exp(_poisson_slope(np.broadcast_to(years, events.shape), events, at_risk))
        case _:
            return np.full(len(drawn), 100.0 * float(drawn.mean()) ** drawn.shape[1])


def _poisson_slope(covariate: Floats, count: Floats, exposure: Floats) -> Floats:
    """Return the slope of log rate on a covariate, by Newton steps; one per row."""
    slope = np.zeros(len(covariate))
    for _ in range(_STEPS):
        weight = exposure * np.exp(np.minimum(slope[:, None] * covariate, 30.0))
        total = weight.sum(axis=1)
        mean = (weight * covariate).sum(axis=1) / total
        spread = (weight * covariate**2).sum(axis=1) / total - mean**2
        gradient = (count * covariate).sum(axis=1) - count.sum(axis=1) * mean
        slope += np.clip(gradient / np.maximum(count.sum(axis=1) * spread, 1e-12), -0.5, 0.5)
    return slope
