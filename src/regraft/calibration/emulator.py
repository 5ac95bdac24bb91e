"""An emulator: the expected value of every target as a smooth function of the calibrated quantities.

Simulated trials are noisy and cost seconds; what a trial would show on average is smooth in the parameters. One
penalised surface per target, quadratic at most, is fitted to a design of simulated trials: logistic for shares, linear
for means, linear on the logarithm for rates. Sampling noise is added afterwards at the published size
(`calibration.synthetic`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Any, final

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import KFold

from regraft.calibration.targets import Target, TargetKind
from regraft.core.arrays import Floats

_FOLDS = 4
_PENALTIES = (3.0, 30.0, 300.0)
_PAIRED = 12  # products of more quantities ask for more points than a calibration can afford


class Shape(StrEnum):
    """Which terms a surface has; left-out points decide."""

    LINEAR = "linear"
    ADDITIVE = "linear and squares"
    QUADRATIC = "linear, squares, and products of the quantities that matter most"


@final
@dataclass(frozen=True, slots=True)
class Surface:
    """One target's surface of a `Shape`: linear predictor ``intercept + features @ weights``.

    ``paired`` : the quantities whose products are terms.
    ``noise_sd`` is the spread of one simulated patient's contribution around the surface (means and log rates), and
    ``explained`` the share of the variance between held-out design points that the surface explains; ``explainable``
    the share that is not the luck of the simulated people (shares only; None: not known).
    """

    target: Target
    shape: Shape
    paired: tuple[int, ...]
    weights: Floats
    intercept: float
    noise_sd: float
    explained: float
    explainable: float | None


@final
@dataclass(frozen=True, slots=True)
class Emulator:
    """Surfaces of all targets over the same calibrated quantities."""

    surfaces: tuple[Surface, ...]
    quantities: int

    def expected(self, z: Floats) -> Floats:
        """Return the expected targets at `z` on their own scale (logit, identity, log), shape (rows, targets).

        Parameters
        ----------
        z : float64, shape (rows, quantities) or (targets, rows, quantities)
            Points on the scale of the priors; with three axes each target is read at its own study's points.
        """
        columns = []
        for i, surface in enumerate(self.surfaces):
            features = _features(z if z.ndim == 2 else z[i], surface.shape, surface.paired)
            columns.append(surface.intercept + features @ surface.weights)
        return np.stack(columns, axis=1)


def fit_emulator(z: Floats, simulated: Floats, sizes: Floats, targets: Sequence[Target]) -> Emulator:
    """Fit every surface to the design.

    Parameters
    ----------
    z : float64, shape (points, quantities)
        The design.
    simulated, sizes : float64, shape (targets, points)
        Per target: what the simulated trials showed (not a number where they could not say), and how many patients or
        units stood below the line.
    targets : sequence of Target
        In the same order.
    """
    surfaces = [_fit_one(z, y, n, target) for y, n, target in zip(simulated, sizes, targets, strict=True)]
    return Emulator(tuple(surfaces), z.shape[1])


def _features(z: Floats, shape: Shape, paired: tuple[int, ...]) -> Floats:
    if shape is Shape.LINEAR:
        return z
    terms = [z, z * z]
    if shape is Shape.QUADRATIC:
        terms += [z[:, [i]] * z[:, [j]] for i, j in combinations(paired, 2)]
    return np.concatenate(terms, axis=1)


def _fit_one(z: Floats, y: Floats, n: Floats, target: Target) -> Surface:
    known = np.isfinite(y) & (n > 0)
    z, y, n = z[known], y[known], n[known]
    linear, _ = _fit(z, y, n, target.kind, _PENALTIES[0])
    paired = tuple(sorted(int(i) for i in np.argsort(-np.abs(linear))[:_PAIRED]))
    tried = [(shape, penalty) for shape in Shape for penalty in _PENALTIES]
    is_share = target.kind is TargetKind.SHARE
    features = {shape: _features(z, shape, paired) for shape in Shape}
    scores = [_held_out(features[shape], y, n, target.kind, penalty) for shape, penalty in tried]
    best = int(np.argmax([score for score, _ in scores]))
    shape, penalty = tried[best]
    weights, intercept = _fit(features[shape], y, n, target.kind, penalty)
    explained, spread = scores[best]
    return Surface(
        target, shape, paired, weights, intercept, spread, explained, _explainable(y, n) if is_share else None
    )


def _explainable(y: Floats, n: Floats) -> float:
    """Return the share of the variance of simulated shares [%] that is not binomial."""
    chance = y / 100.0
    luck = float(np.mean(chance * (1.0 - chance) / np.maximum(n - 1.0, 1.0)))
    return max(0.0, 1.0 - luck / max(float(np.var(chance)), 1e-12))


def _fit(x: Floats, y: Floats, n: Floats, kind: TargetKind, penalty: float) -> tuple[Floats, float]:
    """Return weights and intercept of one penalised surface."""
    if kind is TargetKind.SHARE:
        hits = n * y / 100.0
        model: Any = LogisticRegression(C=1.0 / penalty, solver="newton-cholesky", max_iter=100)
        both = np.concatenate([np.ones(len(y), np.int64), np.zeros(len(y), np.int64)])
        model.fit(np.concatenate([x, x]), both, sample_weight=np.concatenate([hits, n - hits]) + 1e-9)
        return np.asarray(model.coef_[0]), float(model.intercept_[0])
    model = Ridge(alpha=penalty)
    model.fit(x, target_scale(y, kind), sample_weight=n / n.mean())
    return np.asarray(model.coef_), float(model.intercept_)


def target_scale(y: Floats, kind: TargetKind) -> Floats:
    """Return means as they are and rates as logarithms; a rate of zero counts as a hundredth."""
    return np.log(np.maximum(y, 0.01)) if kind is TargetKind.RATE else y


def _held_out(x: Floats, y: Floats, n: Floats, kind: TargetKind, penalty: float) -> tuple[float, float]:
    """Return the share of variance explained in left-out points, and the spread of one unit around the surface."""
    predicted = np.zeros(len(y))
    for train, test in KFold(_FOLDS, shuffle=True, random_state=0).split(x):
        weights, intercept = _fit(x[train], y[train], n[train], kind, penalty)
        predicted[test] = intercept + x[test] @ weights
    if kind is TargetKind.SHARE:
        residual, seen = y / 100.0 - 1.0 / (1.0 + np.exp(-predicted)), y / 100.0
    else:
        seen = target_scale(y, kind)
        residual = seen - predicted
    spread = float(np.sqrt(np.average(residual**2 * n)))
    return 1.0 - float(np.average(residual**2)) / max(float(np.var(seen)), 1e-12), spread
