"""Rates of events over time at risk, with exact Poisson intervals."""

from scipy.special import gammaincinv


def exact_rate_interval(events: float, exposure: float, level: float = 0.95) -> tuple[float, float]:
    """Return the exact Poisson interval of a rate.

    Parameters
    ----------
    events : float
        Number of events.
    exposure : float
        Time (or scans, or patients) at risk.
    level : float
        Confidence level.

    Returns
    -------
    tuple of float
        Lower and upper bound, per unit of exposure; NaN without exposure. Where subjects differ in their rates the
        interval is too narrow.

    References
    ----------
    Garwood F. Biometrika 1936;28:437. Equal to R's ``poisson.test``.

    Examples
    --------
    >>> low, high = exact_rate_interval(0, 154.0)
    >>> low, round(high, 4)
    (0.0, 0.024)
    """
    if not exposure > 0.0:
        return float("nan"), float("nan")
    tail = (1.0 - level) / 2.0
    low = 0.0 if events == 0 else float(gammaincinv(events, tail))
    return low / exposure, float(gammaincinv(events + 1.0, 1.0 - tail)) / exposure
