"""Sums of measures and counts of events over people, only where both the numerator and the denominator are known."""

import polars as pl


def total_over(measures: pl.DataFrame, top: str, bottom: str) -> tuple[float, float] | None:
    """Return the sums of two measures over the people who have both, or None if the denominator is zero or unknown.

    Parameters
    ----------
    measures : polars.DataFrame
        Derived measures.
    top, bottom : str
        Names of the measures, such as ``relapses_after`` and ``years_after``.
    """
    above = measures.filter(pl.col("measure") == top).select("subject_id", above="value")
    below = measures.filter(pl.col("measure") == bottom).select("subject_id", below="value")
    both = above.join(below, on="subject_id").drop_nulls()
    sums = float(both["above"].sum()), float(both["below"].sum())
    return sums if sums[1] > 0 else None


def happened(events: pl.DataFrame, endpoint: str) -> tuple[int, int]:
    """Return how many people had an endpoint and for how many it is known.

    Parameters
    ----------
    events : polars.DataFrame
        Derived endpoints.
    endpoint : str
        Name of the endpoint.
    """
    known = events.filter((pl.col("endpoint") == endpoint) & (pl.col("status") != "unknown"))
    return known.filter(pl.col("status") == "event").height, known.height
