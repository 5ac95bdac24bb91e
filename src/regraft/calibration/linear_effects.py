"""What moves an observable, learned from simulated studies under many draws: a linear surface on the fitted scale.

Few effects are large and many are small or none, and there are as many parameters as draws. The large ones are chosen
one after the other for as long as the extended Bayesian information criterion falls (Chen & Chen 2008, Biometrika
95:759), which counts how many could have been chosen; all others share one small spread, found by leaving out each draw
(ridge), and none where that predicts no better. What is left unexplained is part of the answer: it is measured at draws
left out, so an effect that chance made up costs as much as it seemed to say.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from scipy.special import expit, logit

from regraft.core.arrays import Flags, Floats

_LARGE_PER_DRAW = 0.1  # as many effects as a tenth of the draws may be chosen
_SPREADS = np.geomspace(1e-4, 1e-1, 13)  # of the small effects, as variance over that of what is left unexplained
_ROUNDS = 5  # of the working values of a share
_NOTHING = 1e-12
_FARTHEST = 3.5  # logits: farther out a working value says nothing that a study could tell


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Effects:
    """The surface of one observable.

    Parameters
    ----------
    constant : float
        Its value where all quantities are zero, on the fitted scale.
    slopes : float64, shape (quantities,)
        By how much it moves with one unit of each.
    unexplained : float64, shape (draws,)
        What simulated studies differ from the surface made without them, beyond their own chance where that is known
        only by size; not a number where a draw showed nothing.
    beyond_chance : float
        The variance of that which is not the chance of the simulated people.
    explained : float
        The share of what differs between draws, chance aside, that the surface explains in draws left out.
    chosen : int
        How many effects were chosen as large.
    """

    constant: float
    slopes: Floats
    unexplained: Floats
    beyond_chance: float
    explained: float
    chosen: int


def effects_on_values(quantities: Floats, values: Floats, sizes: Floats, chance: float, may: Flags) -> Effects:
    """Return the surface of a mean, or of the logarithm of a rate.

    Parameters
    ----------
    quantities : float64, shape (draws, quantities)
        Under which each study was simulated.
    values, sizes : float64, shape (draws,)
        What it showed, on the fitted scale (not a number: nothing), and the people or units behind it.
    chance : float
        Variance of what one person or unit adds: a study of n has `chance` / n.
    may : bool, shape (quantities,)
        Which quantities can act on it at all.
    """
    known = np.isfinite(values) & (sizes > 0)
    n = sizes[known]
    weights = n / n.mean()
    fitted = _fit(quantities[known], values[known], weights, may)
    own = float(np.mean(weights * chance / n))
    return _effects(fitted, weights, known, own)


def effects_on_shares(quantities: Floats, shares: Floats, sizes: Floats, may: Flags) -> Effects:
    """Return the surface of a share on the logit, by working values (iteratively weighted least squares).

    Parameters are those of `effects_on_values`; shares from 0 to 1.
    """
    known = np.isfinite(shares) & (sizes > 0)
    x, y, n = quantities[known], shares[known], sizes[known]
    middle = float((np.sum(y * n) + 0.5) / (np.sum(n) + 1.0))
    height = np.full(len(y), logit(middle))
    for _ in range(_ROUNDS):
        chance = expit(height)
        variance = chance * (1.0 - chance)
        fitted = _fit(x, height + (y - chance) / variance, n * variance / np.mean(n * variance), may)
        height = np.clip(fitted.expected(x), -_FARTHEST, _FARTHEST)
    chance = expit(height)
    variance = chance * (1.0 - chance)
    weights = n * variance / np.mean(n * variance)
    own = float(np.mean(weights / (n * variance)))
    return _effects(fitted, weights, known, own)


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Fitted:
    """A fit, and how far it is from each value when made without it."""

    constant: float
    slopes: Floats
    left_out: Floats
    around: Floats
    chosen: int

    def expected(self, x: Floats) -> Floats:
        """Return the surface at points, shape (rows,)."""
        return np.asarray(self.constant + x @ self.slopes)


def _effects(fitted: _Fitted, weights: Floats, known: Flags, chance: float) -> Effects:
    """Return the effects; of what they leave unexplained, chance explains so much [weighted mean square]."""
    whole = max(float(np.mean(weights * fitted.around**2)) - chance, _NOTHING)
    beyond = max(float(np.mean(weights * fitted.left_out**2)) - chance, 0.0)
    unexplained = np.full(len(known), np.nan)
    unexplained[known] = np.sqrt(weights) * fitted.left_out
    return Effects(
        constant=fitted.constant,
        slopes=fitted.slopes,
        unexplained=unexplained,
        beyond_chance=beyond,
        explained=float(np.clip(1.0 - beyond / whole, 0.0, 1.0)),
        chosen=fitted.chosen,
    )


def _fit(x: Floats, y: Floats, weights: Floats, may: Flags) -> _Fitted:
    """Fit large and small effects by weighted least squares."""
    columns = np.flatnonzero(may & (x.std(axis=0) > 0.0))
    root = np.sqrt(weights)[:, None]
    total = weights.sum()
    middle_x, middle_y = weights @ x[:, columns] / total, float(weights @ y / total)
    a, b = root * (x[:, columns] - middle_x), root[:, 0] * (y - middle_y)
    large = _large(a, b)
    basis = np.linalg.qr(a[:, large])[0] if large else np.empty((len(b), 0))
    small = np.setdiff1d(np.arange(len(columns)), large)
    rest_x, rest_y = a[:, small] - basis @ (basis.T @ a[:, small]), b - basis @ (basis.T @ b)
    known = weights / total + (basis**2).sum(axis=1)  # leverage of the constant and of the large effects
    few, error = _small(rest_x, rest_y, known)
    own = np.zeros(len(columns))
    own[small] = few
    if large:
        own[large] = np.linalg.lstsq(a[:, large], b - a[:, small] @ few, rcond=None)[0]
    slopes = np.zeros(x.shape[1])
    slopes[columns] = own
    return _Fitted(
        constant=middle_y - float(middle_x @ own),
        slopes=slopes,
        left_out=error / root[:, 0],
        around=b / root[:, 0],
        chosen=len(large),
    )


def _large(a: Floats, b: Floats) -> list[int]:
    """Return the columns chosen one after the other by the extended criterion."""
    draws, width = a.shape
    rest_a, rest_b, chosen = a.copy(), b.copy(), list[int]()
    price = np.log(draws) + 2.0 * np.log(max(width, 2))
    squares = float(rest_b @ rest_b)
    for _ in range(int(_LARGE_PER_DRAW * draws)):
        lengths = np.sqrt((rest_a**2).sum(axis=0))
        usable = lengths > 1e-6 * np.sqrt(draws)
        along = np.where(usable, rest_a.T @ rest_b / np.where(usable, lengths, 1.0), 0.0)
        along[chosen] = 0.0
        best = int(np.argmax(np.abs(along)))
        left = max(squares - float(along[best]) ** 2, _NOTHING * squares)
        if squares <= 0.0 or draws * np.log(squares / left) <= price:
            break
        unit = rest_a[:, best] / lengths[best]
        rest_a -= np.outer(unit, unit @ rest_a)
        rest_b -= unit * (unit @ rest_b)
        chosen.append(best)
        squares = float(rest_b @ rest_b) if left > _NOTHING * squares else 0.0
    return sorted(chosen)


def _small(a: Floats, b: Floats, known: Floats) -> tuple[Floats, Floats]:
    """Return the small effects and what each value differs from a fit without it; none where they predict no better."""
    alone = b / np.maximum(1.0 - known, 1e-3)
    best = (np.zeros(a.shape[1]), alone)
    if a.shape[1] == 0:
        return best
    sizes, vectors = _axes(a)
    turned = vectors.T @ b
    lowest = np.inf
    for spread in _SPREADS:
        shrink = spread * sizes / (1.0 + spread * sizes)
        error = (b - vectors @ (shrink * turned)) / np.maximum(1.0 - known - vectors**2 @ shrink, 1e-3)
        gain = alone**2 - error**2
        sure = gain.mean() > gain.std() / np.sqrt(len(b))  # by more than one standard error
        if sure and float(np.mean(error**2)) < lowest:
            lowest = float(np.mean(error**2))
            best = (spread * (a.T @ (vectors @ (turned / (1.0 + spread * sizes)))), error)
    return best


def _axes(a: Floats) -> tuple[Floats, Floats]:
    """Return the squared lengths of the axes of a matrix, and their directions among its rows."""
    if len(a) <= a.shape[1]:
        sizes, vectors = np.linalg.eigh(a @ a.T)
        return np.maximum(sizes, 0.0), vectors
    sizes, turned = np.linalg.eigh(a.T @ a)
    told = sizes > _NOTHING * sizes[-1]
    return sizes[told], a @ turned[:, told] / np.sqrt(sizes[told])
