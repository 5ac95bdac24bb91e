"""Exact binomial intervals."""

from scipy.special import betaincinv


def exact_interval(events: int, total: int, level: float = 0.95) -> tuple[float, float]:
    """Return the Clopper-Pearson interval of a proportion.

    Parameters
    ----------
    events, total : int
        Subjects with the event, and all subjects.
    level : float
        Confidence level.

    Returns
    -------
    tuple of float
        Lower and upper bound, both between 0 and 1; NaN without subjects.

    References
    ----------
    Clopper CJ, Pearson ES. Biometrika 1934;26:404. Equal to R's ``binom.test``.

    Examples
    --------
    >>> low, high = exact_interval(0, 23)
    >>> low, round(high, 4)
    (0.0, 0.1482)
    """
    if total <= 0:
        return float("nan"), float("nan")
    tail = (1.0 - level) / 2.0
    low = 0.0 if events == 0 else float(betaincinv(events, total - events + 1, tail))
    high = 1.0 if events == total else float(betaincinv(events + 1, total - events, 1.0 - tail))
    return low, high
