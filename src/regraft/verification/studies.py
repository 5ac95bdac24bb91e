"""The statistic of a published study, computed in many replicate studies of its size.

A pool of simulated people stands for the population; each replicate study draws its n from the pool with replacement.
What is compared is the statistic of a study, not the spread of single people. Values of one person may be missing (not
a number: left out, as a study would) or infinite (an event that never came: it counts in medians and proportions).
"""

import numpy as np

from regraft.core.arrays import Floats, Ints
from regraft.core.kernels import kernel
from regraft.core.streams import Purpose, address, uniform
from regraft.verification.observables import Observable, Statistic
from regraft.verification.rates import OF_EVENTS, rates

REPLICATES = 400
_SCENARIO = int(Purpose.SCENARIO)
NEVER = 1e6  # days; stands for an event that never came, so that quantiles can be taken


@kernel
def _draw(seed: int, key: int, people: int, first: int, out: Ints) -> None:
    """Fill `out` (replicates, n) with positions in a pool of `people`."""
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = int(people * uniform(seed, key, _SCENARIO, first + i, j))


def replicate_studies(
    values: Floats, observable: Observable, *, seed: int, replicates: int = REPLICATES, first: int = 0
) -> Floats:
    """Return the statistic of each replicate study, shape (replicates,): not a number where nobody could be measured.

    Parameters
    ----------
    values : float64, shape (people,) or (people, 2 or 3)
        One number per simulated person; two for a correlation or a shortening; for those of events see `rates`.
    observable : Observable
        Its statistic and its n.
    seed, replicates, first : int
        Seed, number of replicate studies, and the number of the first one.
    """
    if not len(values):
        return np.full(replicates, np.nan)
    chosen = np.empty((replicates, observable.size), dtype=np.int64)
    _draw(seed, address(observable.key) % 2**31, len(values), first, chosen)
    return statistic_of(values[chosen], observable)


def statistic_of(drawn: Floats, observable: Observable) -> Floats:
    """Return the statistic over axis 1 of (replicates, n) or (replicates, n, 2)."""
    with np.errstate(invalid="ignore"):
        match observable.statistic:
            case Statistic.MEDIAN:
                return _quantile(drawn, 0.5)
            case Statistic.QUANTILE:
                return _quantile(drawn, observable.quantile or 0.5)
            case Statistic.PROPORTION:
                return 100.0 * np.nanmean(drawn, axis=1)
            case Statistic.SPREAD:
                return np.nanstd(drawn, axis=1)
            case Statistic.SHORTENING:
                return 100.0 * (1.0 - np.nanmean(drawn[:, :, 0], axis=1) / np.nanmean(drawn[:, :, 1], axis=1))
            case kind if kind in OF_EVENTS:
                return rates(drawn, kind)
            case Statistic.CORRELATION:
                return np.array([np.corrcoef(study.T)[0, 1] for study in drawn])
            case _:
                return np.nanmean(np.where(np.isfinite(drawn), drawn, np.nan), axis=1)


def _quantile(drawn: Floats, share: float) -> Floats:
    """Quantiles over axis 1; an event that never came sorts last."""
    return np.asarray(np.nanquantile(np.where(np.isinf(drawn), NEVER, drawn), share, axis=1))
