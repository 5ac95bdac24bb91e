"""What a trial with looks says at its end: stage-wise p, median-unbiased estimate, its interval, repeated intervals.

Ordering of outcomes is stage-wise: an earlier stop for efficacy is more extreme than any later one. Futility is left
out, as for a boundary that does not bind.

Sources: Tsiatis AA, Rosner GL, Mehta CR. Biometrics 1984;40:797; Jennison C, Turnbull BW. J R Stat Soc B 1989;51:305
(repeated intervals).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import final

import numpy as np

from regraft.analysis.arrays import FloatArray
from regraft.analysis.roots import find_root
from regraft.core.errors import InputError
from regraft.design.looks.boundaries import Boundaries, LookPlan, boundaries
from regraft.design.looks.conditional import Seen
from regraft.design.looks.crossing import exits, paths_from


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """An estimate with its interval, on the scale of the drift or of the effect."""

    value: float
    low: float
    high: float

    def over(self, root_information: float) -> "Estimate":
        """Return the effect behind a drift: the drift over the root of the largest information."""
        return Estimate(
            value=self.value / root_information, low=self.low / root_information, high=self.high / root_information
        )


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class FinalInference:
    """What is said at the end of a trial with looks, on the scale of the drift.

    Parameters
    ----------
    p_value : float
        One-sided stage-wise p value.
    median_unbiased : Estimate
        Estimate that lies too high as often as too low, with its interval of level 1 - 2 alpha.
    naive : float
        What the statistic alone points to, biased away from zero after an early stop.
    repeated : Estimate
        Repeated interval at the look of the stop around the naive estimate; it holds whatever made the trial stop.
    repeated_p_value : float
        Smallest alpha of the same plan that would have rejected by this look.
    """

    p_value: float
    median_unbiased: Estimate
    naive: float
    repeated: Estimate
    repeated_p_value: float


def final_inference(plan: LookPlan, statistics: tuple[float, ...]) -> FinalInference:
    """Return what is said after a stop.

    Parameters
    ----------
    plan : LookPlan
        The looks, with the information fractions at which they were really made.
    statistics : tuple of float
        z at every look up to that of the stop.

    Raises
    ------
    InputError
        More statistics than looks, or none.
    """
    bounds = boundaries(replace(plan, futility=None))
    look = len(statistics)
    if not 1 <= look <= bounds.fractions.size:
        raise InputError(f"statistics: {look} for {bounds.fractions.size} looks. Give z at each look up to the stop.")
    stop = Seen(look=look, z=statistics[-1])
    root = float(np.sqrt(bounds.fractions[look - 1]))
    naive = stop.z / root
    middle, low, high = (drift_at(bounds, stop, chance) for chance in (0.5, plan.alpha, 1.0 - plan.alpha))
    reach = float(bounds.upper[look - 1]) / root
    return FinalInference(
        p_value=stage_wise_p(bounds, stop, 0.0),
        median_unbiased=Estimate(value=middle, low=low, high=high),
        naive=naive,
        repeated=Estimate(value=naive, low=naive - reach, high=naive + reach),
        repeated_p_value=repeated_p(plan, statistics),
    )


def stage_wise_p(bounds: Boundaries, stop: Seen, drift: float) -> float:
    """Return the chance, under a drift, of an outcome as extreme as a stop at a look with z."""
    fractions = bounds.fractions[: stop.look]
    upper = np.append(bounds.upper[: stop.look - 1], stop.z)
    never: FloatArray = np.full(stop.look, -np.inf)
    return float(exits(paths_from(), fractions, never, upper, drift).efficacy.sum())


def drift_at(bounds: Boundaries, stop: Seen, chance: float) -> float:
    """Return the drift under which an outcome as extreme has a chance: with one half, the median-unbiased estimate."""
    centre = stop.z / float(np.sqrt(bounds.fractions[stop.look - 1]))
    return find_root(lambda drift: stage_wise_p(bounds, stop, drift) - chance, *_bracket(bounds, stop, chance, centre))


def _bracket(bounds: Boundaries, stop: Seen, chance: float, centre: float) -> tuple[float, float]:
    reach = 2.0
    while not (stage_wise_p(bounds, stop, centre - reach) < chance < stage_wise_p(bounds, stop, centre + reach)):
        reach *= 1.5
        if reach > 200.0:
            raise InputError(f"z {stop.z:g} at look {stop.look}: too far out for an estimate. Check the statistic.")
    return centre - reach, centre + reach


def repeated_p(plan: LookPlan, statistics: tuple[float, ...]) -> float:
    """Return the smallest alpha at which the plan would have rejected at one of the looks made."""
    return min(_alpha_that_rejects(plan, look, z) for look, z in enumerate(statistics, start=1))


def _alpha_that_rejects(plan: LookPlan, look: int, z: float) -> float:
    def over(alpha: float) -> float:
        at = replace(plan, alpha=alpha, beta=0.5 * (1.0 - alpha), futility=None)
        return z - float(boundaries(at).upper[look - 1])

    return _root_or_edge(over, 1e-12, 0.5 - 1e-9)


def _root_or_edge(function: Callable[[float], float], low: float, high: float) -> float:
    """Return the root of a rising function, or the edge of the range it lies beyond."""
    if function(low) >= 0.0:
        return low
    return find_root(function, low, high) if function(high) > 0.0 else 1.0
