"""How far the people of whom nothing is known could move a proportion: every number of them with the event, exactly."""

from dataclasses import dataclass
from typing import final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import gammaln

from regraft.analysis.binomial import exact_interval
from regraft.analysis.result import Result
from regraft.core.errors import InputError


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TippingPoint(Result):
    """A proportion for every number of unknown people who may have had the event.

    Parameters
    ----------
    scenarios : polars.DataFrame
        One row per number: assumed, events, estimate, low, high (exact).
    threshold : float
        Proportion with the event that the upper limit is held against.
    tips_at : int or None
        Least number of unknown people with the event at which the upper limit reaches the threshold; None if it never
        does, 0 if it does without any.
    unknown : int
        People of whom nothing is known.
    level : float
        Coverage of the intervals.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.stats.tipping_point(7, 23, 3, threshold=0.4)
    >>> found.scenarios.height, found.unknown, found.tips_at
    (4, 3, 0)
    """

    scenarios: pl.DataFrame
    threshold: float
    tips_at: int | None
    unknown: int
    level: float


def tipping_point(events: int, known: int, unknown: int, *, threshold: float, level: float = 0.95) -> TippingPoint:
    """Return how many of the unknown would have to have had the event for a proportion to reach a threshold.

    Parameters
    ----------
    events, known, unknown : int
        People with the event, people of whom it is known, and people of whom it is not.
    threshold : float
        Proportion with the event that the exact upper limit must stay below.
    level : float
        Coverage of the exact intervals.

    Raises
    ------
    InputError
        Counts that cannot be.

    Examples
    --------
    >>> found = tipping_point(7, 23, 1, threshold=0.6)
    >>> found.scenarios["estimate"].round(3).to_list(), found.tips_at
    ([0.292, 0.333], None)
    """
    _checked(events, known, unknown)
    rows = []
    for assumed in range(unknown + 1):
        total, with_event = known + unknown, events + assumed
        low, high = exact_interval(with_event, total, level)
        rows.append((assumed, with_event, with_event / total, low, high))
    names = ["assumed", "events", "estimate", "low", "high"]
    scenarios = pl.DataFrame(rows, schema=names, orient="row")
    reached = scenarios.filter(pl.col("high") >= threshold)["assumed"]
    tips = int(reached[0]) if len(reached) else None
    return TippingPoint(scenarios=scenarios, threshold=threshold, tips_at=tips, unknown=unknown, level=level)


def tipping_grid(first: tuple[int, int, int], second: tuple[int, int, int]) -> pl.DataFrame:
    """Return Fisher's exact test of two groups for every possible outcome of the unknown people of both.

    Parameters
    ----------
    first, second : tuple of int
        Events, known and unknown people of each group.

    Returns
    -------
    polars.DataFrame
        One row per scenario: assumed_first, assumed_second, difference (of the proportions), p_value (two-sided).

    Examples
    --------
    >>> import regraft as rg
    >>> grid = rg.stats.tipping_grid((2, 10, 1), (3, 9, 2))
    >>> grid.height
    6
    """
    for group in (first, second):
        _checked(*group)
    rows = []
    totals = [known + unknown for _, known, unknown in (first, second)]
    for a in range(first[2] + 1):
        for b in range(second[2] + 1):
            x, y = first[0] + a, second[0] + b
            rows.append((a, b, x / totals[0] - y / totals[1], _fisher(x, totals[0], y, totals[1])))
    return pl.DataFrame(rows, schema=["assumed_first", "assumed_second", "difference", "p_value"], orient="row")


def _fisher(x: int, n: int, y: int, m: int) -> float:
    """Return the two-sided p-value of x of n against y of m: all tables no likelier than the one seen."""
    with_event = np.arange(max(0, x + y - m), min(n, x + y) + 1)
    ways = _log_ways(n, with_event) + _log_ways(m, x + y - with_event)
    chance = np.exp(ways - ways.max())
    seen = chance[with_event == x][0] * (1.0 + 1e-7)
    return float(min(chance[chance <= seen].sum() / chance.sum(), 1.0))


def _log_ways(people: int, chosen: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(gammaln(people + 1.0) - gammaln(chosen + 1.0) - gammaln(people - chosen + 1.0))


def _checked(events: int, known: int, unknown: int) -> None:
    if not (0 <= events <= known and unknown >= 0 and known + unknown > 0):
        raise InputError(f"{events} events of {known} known and {unknown} unknown cannot be. Check the counts.")
