"""Sums of measures and counts of events over people, only where both the numerator and the denominator are known."""

from regraft.endpoints.outcomes import Outcomes


def total_over(outcomes: Outcomes, top: str, bottom: str) -> tuple[float, float] | None:
    """Return the sums of two measures over the people who have both, or None if the denominator is zero or unknown.

    Parameters
    ----------
    outcomes : Outcomes
        Endpoints and measures.
    top, bottom : str
        Names of the measures, such as ``relapses_after`` and ``years_after``.
    """
    above, below = outcomes.measure(top), outcomes.measure(bottom)
    both = above.is_not_null() & below.is_not_null()
    sums = float(above.filter(both).sum()), float(below.filter(both).sum())
    return sums if sums[1] > 0 else None


def happened(outcomes: Outcomes, endpoint: str) -> tuple[int, int]:
    """Return how many people had an endpoint and for how many it is known.

    Parameters
    ----------
    outcomes : Outcomes
        Endpoints and measures.
    endpoint : str
        Name of the endpoint.
    """
    status = outcomes.events(endpoint)["status"]
    return int((status == "event").sum()), int((status != "unknown").sum())
