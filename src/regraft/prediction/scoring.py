"""How well a prediction did: inside or not, interval score, log score, and where the value lies among the predicted.

Sources: Gneiting and Raftery 2007, JASA 102:359 (interval and log score); Czado 2009, Biometrics 65:1254 (randomised
PIT).
"""

from math import exp, fsum, log, pi, sqrt

import numpy as np
from scipy.special import betaincinv

from regraft.core.arrays import Floats
from regraft.core.streams import Purpose, address, binomial_quantile, uniform

_STUDY = int(Purpose.STUDY)
_RARE = 0.05  # below this share, or above its complement, events are drawn anew at another size
_SMALLEST_WIDTH = 0.02  # of the larger of observed and predicted: nothing is published more exactly


def interval_score(observed: float, low: float, high: float, level: float = 0.95) -> float:
    """Return the interval score of a central interval: its width, and a penalty for a value outside; lower is better.

    Examples
    --------
    >>> interval_score(50.0, 40.0, 60.0)
    20.0
    >>> interval_score(30.0, 40.0, 60.0)
    420.0
    """
    penalty = 2.0 / (1.0 - level)
    missed = max(0.0, low - observed) + max(0.0, observed - high)
    return (high - low) + round(penalty, 9) * missed


def log_score(values: Floats, observed: float) -> float:
    """Return the log density of `observed` among predicted values, by a Gaussian kernel; higher is better.

    The kernel is never narrower than 2% of the values, so that a quantity predicted without spread has a finite score.

    Parameters
    ----------
    values : float64, shape (replicates,)
        Predicted values, in the unit of `observed`.
    """
    one_by_one = values.tolist()  # sums of an array may differ in the last bit with where it lies in memory
    count = len(one_by_one)
    mean = fsum(one_by_one) / count
    sd = sqrt(fsum((value - mean) ** 2 for value in one_by_one) / count)
    width = max(1.06 * sd * count**-0.2, _SMALLEST_WIDTH * max(abs(observed), abs(mean), 1e-9))
    exponents = [-0.5 * ((observed - value) / width) ** 2 for value in one_by_one]
    nearest = max(exponents)
    density = fsum(exp(exponent - nearest) for exponent in exponents)
    return nearest + log(density) - log(count) - log(width * sqrt(2.0 * pi))


def randomised_pit(values: Floats, observed: float, seed: int, name: str) -> float:
    """Return the share of predicted values below `observed`, ties split at random by the project's own streams.

    Under a right prediction it is uniform between 0 and 1.
    """
    below = float((values < observed - 1e-9).mean())
    equal = float((np.abs(values - observed) <= 1e-9).mean())
    return below + equal * uniform(seed, 0, _STUDY, 1, address(name))


def at_published_size(values: Floats, simulated_n: int, published_n: int, seed: int, name: str) -> Floats:
    """Return predicted percentages of smaller simulated trials with the sampling noise of the published size.

    The spread between draws of the parameters stays; only the binomial part of the variance shrinks from `simulated_n`
    to `published_n`. Rare events are drawn anew at the published size, each trial with a chance of its own from a beta
    distribution of the simulated mean and spread between draws: shrinking would leave no trial without an event.

    Parameters
    ----------
    values : float64, shape (replicates,)
        Percentages.
    simulated_n, published_n : int
        Patients of a simulated and of the published trial.
    seed, name : int, str
        Key of the random numbers of rare events.
    """
    if published_n <= simulated_n or len(values) < 2:
        return values
    centre, total = float(values.mean()), float(values.var())
    share = min(1.0, max(0.0, centre / 100.0))
    binomial = 1e4 * share * (1.0 - share) / simulated_n
    between = max(0.0, total - binomial)
    if total <= 0.0:
        return values
    if min(share, 1.0 - share) < _RARE:
        return _drawn_anew(len(values), share, 1e-4 * between, published_n, seed, address(f"size/{name}"))
    wanted = between + min(total, binomial) * simulated_n / published_n
    return centre + (values - centre) * sqrt(wanted / total)


def at_own_size(values: Floats, simulated_n: int, published_n: int, seed: int, name: str) -> Floats:
    """Return predicted percentages with the sampling noise of a published n, larger or smaller than the simulated one.

    Parameters as of `at_published_size`. At a smaller n every trial is drawn anew, its chance from a beta distribution
    of the simulated mean and of the spread between draws.
    """
    if published_n >= simulated_n or len(values) < 2:
        return at_published_size(values, simulated_n, published_n, seed, name)
    share, total = min(1.0, max(0.0, float(values.mean()) / 100.0)), float(values.var())
    between = max(0.0, 1e-4 * total - share * (1.0 - share) / simulated_n)
    return (
        _drawn_anew(len(values), share, between, published_n, seed, address(f"size/{name}")) if total > 0.0 else values
    )


def _drawn_anew(count: int, share: float, between: float, n: int, seed: int, slot: int) -> Floats:
    """Return percentages of `count` trials of `n`, chances beta with mean `share` and variance `between`."""
    chances = np.full(count, share)
    if between > 0.0:
        size = max(share * (1.0 - share) / between - 1.0, 1e-6)
        u = np.array([uniform(seed, i, _STUDY, 3, slot) for i in range(count)])
        chances = betaincinv(share * size, (1.0 - share) * size, u)
    hits = [binomial_quantile(uniform(seed, i, _STUDY, 4, slot), float(n), float(p)) for i, p in enumerate(chances)]
    return 100.0 * np.array(hits, dtype=np.float64) / n
