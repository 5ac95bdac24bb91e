"""Numbers as pages write them: never without their interval, and none of many with the bound it still allows."""

from regraft.analysis.binomial import exact_interval


def percent(value: float) -> str:
    """Return a share in percent."""
    return f"{value:.0f}%"


def with_interval(value: float, low: float, high: float) -> str:
    """Return a share in percent with its 95% interval; beyond the longest follow-up there is none."""
    if value != value:  # noqa: PLR0124  # NaN
        return "not known: follow-up ends before"
    return f"{value:.0f}% ({low:.0f} to {high:.0f})"


def count_of(events: int, people: int) -> str:
    """Return a count with what it means of 100, by its exact interval.

    Examples
    --------
    >>> count_of(0, 24), count_of(3, 24)
    ('0 of 24, up to 14 of 100', '3 of 24, 2.7 to 32 of 100')
    """
    if people == 0:
        return "nobody to judge"
    low, high = (100.0 * end for end in exact_interval(events, people))

    def shown(value: float) -> str:
        return f"{value:.0f}" if value >= 10 or float(value).is_integer() else f"{value:.1f}".removesuffix(".0")

    if events == 0:
        return f"0 of {people:,}, up to {shown(high)} of 100"
    if events == people:
        return f"all of {people:,}, at least {shown(low)} of 100"
    return f"{events:,} of {people:,}, {shown(low)} to {shown(high)} of 100"
