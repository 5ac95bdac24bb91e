"""Exact intervals (stand-in until analysis has them)."""

from scipy.special import betaincinv, gammaincinv


def exact_interval(events: int, total: int) -> tuple[float, float]:
    """Return the Clopper-Pearson 95% interval."""
    low = 0.0 if events == 0 else float(betaincinv(events, total - events + 1, 0.025))
    high = 1.0 if events == total else float(betaincinv(events + 1, total - events, 0.975))
    return low, high


def exact_rate_interval(events: int, time: float) -> tuple[float, float]:
    """Return the exact Poisson 95% interval of a rate."""
    low = 0.0 if events == 0 else float(gammaincinv(events, 0.025))
    return low / time, float(gammaincinv(events + 1, 0.975)) / time


def kaplan_meier(days, events):  # noqa
    import numpy as np
    from scipy.special import ndtri

    times = np.unique(days[events])
    s, var = 1.0, 0.0
    rows = [(0.0, 1.0, 1.0, 1.0)]
    for t in times:
        n = int((days >= t).sum())
        d = int(((days == t) & events).sum())
        s *= 1 - d / n
        var += d / (n * (n - d)) if n > d else np.inf
        if 0 < s < 1:
            w = 1.959964 * np.sqrt(var) / abs(np.log(s))
            rows.append((t, s, s ** np.exp(w), s ** np.exp(-w)))
        else:
            rows.append((t, s, s, s))
    return np.array(rows)
