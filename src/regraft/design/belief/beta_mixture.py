"""Beliefs about a proportion as mixtures of beta distributions: updating, prediction, effective sample size.

Sources: Schmidli H et al. Biometrics 2014;70:1023 (robust mixtures); Neuenschwander B, Weber S, Schmidli H, O'Hagan A.
Biometrics 2020;76:578 (expected local information ratio); Morita S, Thall PF, Müller P. Biometrics 2008;64:595. Equal
to R's RBesT.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from scipy import optimize
from scipy.special import betainc, betaln, gammaln, log_expit

from regraft.analysis.arrays import FloatArray
from regraft.core.errors import InputError

_STEP = 1.0 / 32.0
_AT = np.arange(-5.5, 5.5 + _STEP / 2.0, _STEP)
# tanh-sinh points: densities that are infinite at 0 or 1 need no care, because the points crowd there
_LOG_P, _LOG_Q = log_expit(np.pi * np.sinh(_AT)), log_expit(-np.pi * np.sinh(_AT))
_P, _Q = np.exp(_LOG_P), np.exp(_LOG_Q)
_SLOPE = _STEP * np.pi * np.cosh(_AT)  # of the logit
_FLAT = 100.0  # Morita: how much flatter the prior is made with which it is compared
_FINE = {"xatol": 1e-12}
_minimize: Any = optimize.minimize_scalar


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class BetaMixture:
    """A mixture of beta distributions.

    Parameters
    ----------
    weights, a, b : tuple of float
        Weights that sum to 1, and both parameters of each component.
    """

    weights: tuple[float, ...]
    a: tuple[float, ...]
    b: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse weights and parameters that make no distribution."""
        if not len(self.weights) == len(self.a) == len(self.b) > 0:
            raise InputError("mixture: one weight, a and b are needed for each component.")
        if min(self.weights) < 0.0 or abs(sum(self.weights) - 1.0) > 1e-9:
            raise InputError(f"mixture: weights {self.weights} must be 0 or more and sum to 1.")
        if min(*self.a, *self.b) <= 0.0:
            raise InputError("mixture: a and b of each component must be above 0.")

    @property
    def mean(self) -> float:
        """Mean of the proportion."""
        w, a, b = self.arrays()
        return float(w @ (a / (a + b)))

    @property
    def standard_deviation(self) -> float:
        """Standard deviation of the proportion."""
        w, a, b = self.arrays()
        square = w @ (a * (a + 1.0) / ((a + b) * (a + b + 1.0)))
        return float(np.sqrt(square - self.mean**2))

    def density(self, proportion: FloatArray) -> FloatArray:
        """Return the density at proportions strictly between 0 and 1."""
        p = np.asarray(proportion)
        return np.exp(self.log_parts(np.log(p), np.log1p(-p))).sum(axis=-1)

    def log_parts(self, log_p: FloatArray, log_q: FloatArray) -> FloatArray:
        """Return the log of each component's share of the density, a last axis of components."""
        w, a, b = self.arrays()
        with np.errstate(divide="ignore"):
            return np.log(w) + (a - 1.0) * log_p[..., None] + (b - 1.0) * log_q[..., None] - betaln(a, b)

    def below(self, proportion: float | FloatArray) -> Any:
        """Return the chance that the proportion lies below a value."""
        w, a, b = self.arrays()
        return betainc(a, b, np.asarray(proportion)[..., None]) @ w

    def after(self, events: int, patients: int) -> "BetaMixture":
        """Return the belief after events among patients: components and their weights are updated."""
        if not 0 <= events <= patients:
            raise InputError(f"{events} events among {patients} patients: must lie between 0 and all.")
        w, a, b = self.arrays()
        logs = np.log(np.maximum(w, 1e-300)) + betaln(a + events, b + patients - events) - betaln(a, b)
        new = np.exp(logs - logs.max())
        new /= new.sum()
        return BetaMixture(weights=_tuple(new), a=_tuple(a + events), b=_tuple(b + patients - events))

    def predicted(self, patients: int) -> FloatArray:
        """Return the chance of 0 to `patients` events, shape (patients + 1,)."""
        w, a, b = self.arrays()
        r = np.arange(patients + 1)[:, None]
        choose = gammaln(patients + 1) - gammaln(r + 1) - gammaln(patients - r + 1)
        return np.asarray(np.exp(choose + betaln(a + r, b + patients - r) - betaln(a, b)) @ w)

    def robust(self, weight: float, mean: float = 0.5, patients: float = 1.0) -> "BetaMixture":
        """Return the mixture with a weak component, which takes over when data contradict the rest.

        Parameters
        ----------
        weight : float
            Weight of the weak component.
        mean, patients : float
            Its mean, and the people it is worth: a beta with parameters mean (patients + 1), as RBesT's ``robustify``.
        """
        if not 0.0 < weight < 1.0 or not 0.0 < mean < 1.0 or patients < 0.0:
            raise InputError(
                f"weak component: weight {weight:g} and mean {mean:g} between 0 and 1, patients 0 or more."
            )
        worth = patients + 1.0
        return BetaMixture(
            weights=(*(w * (1.0 - weight) for w in self.weights), weight),
            a=(*self.a, mean * worth),
            b=(*self.b, (1.0 - mean) * worth),
        )

    def arrays(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return weights and both parameters as arrays, each of shape (components,)."""
        return np.array(self.weights), np.array(self.a), np.array(self.b)


def beta(a: float, b: float) -> BetaMixture:
    """Return a single beta distribution."""
    return BetaMixture(weights=(1.0,), a=(a,), b=(b,))


def chances_larger(first: Sequence[BetaMixture], second: Sequence[BetaMixture]) -> FloatArray:
    """Return the chance that each of the first proportions exceeds each of the second, independent beliefs."""
    jacobian = (_LOG_P + _LOG_Q)[:, None]
    density = np.stack([np.exp(one.log_parts(_LOG_P, _LOG_Q) + jacobian).sum(axis=1) for one in first])
    below = np.stack([one.below(_P) for one in second], axis=1)
    return np.asarray((_SLOPE * density) @ below)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveSize:
    """How many people a prior is worth, by three definitions that differ widely for mixtures.

    `local_information` is predictively consistent, `moments` cautious, `morita` bold. Unknown (NaN) where a component
    has a parameter below 1, at which the first and third do not exist.
    """

    local_information: float
    moments: float
    morita: float


def effective_size(prior: BetaMixture) -> EffectiveSize:
    """Return the effective sample sizes of a prior."""
    mean, variance = prior.mean, prior.standard_deviation**2
    moments = mean * (1.0 - mean) / variance - 1.0
    if min(*prior.a, *prior.b) < 1.0:
        return EffectiveSize(local_information=float("nan"), moments=moments, morita=float("nan"))
    density = np.exp(prior.log_parts(_LOG_P, _LOG_Q)).sum(axis=1)
    local = float((_SLOPE * density) @ _scaled_information(prior, _LOG_P, _LOG_Q))
    return EffectiveSize(local_information=local, moments=moments, morita=_morita(prior))


def _scaled_information(prior: BetaMixture, log_p: FloatArray, log_q: FloatArray) -> FloatArray:
    """Return minus the second derivative of the log density, times the square of p (1 - p)."""
    _, a, b = prior.arrays()
    p, q = np.exp(log_p)[:, None], np.exp(log_q)[:, None]
    logs = prior.log_parts(log_p, log_q)
    share = np.exp(logs - logs.max(axis=1, keepdims=True))
    share /= share.sum(axis=1, keepdims=True)
    slope = (a - 1.0) * q - (b - 1.0) * p
    curve = -(a - 1.0) * q**2 - (b - 1.0) * p**2
    return np.asarray((share * slope).sum(axis=1) ** 2 - (share * (curve + slope**2)).sum(axis=1))


def _morita(prior: BetaMixture) -> float:
    """Return the curvature at the mode beyond that of a flat prior, over the information expected of one person."""
    grid = np.linspace(0.0, 1.0, 2001)[1:-1]
    best = grid[int(np.argmax(prior.density(grid)))]
    step = grid[1] - grid[0]
    around = (best - step, best + step)
    found = _minimize(lambda p: -float(prior.density(np.array(p))), bounds=around, method="bounded", options=_FINE)
    mode = float(found.x)
    flat = (mode / _FLAT - 1.0) / mode**2 + ((1.0 - mode) / _FLAT - 1.0) / (1.0 - mode) ** 2
    one = prior.mean / mode**2 + (1.0 - prior.mean) / (1.0 - mode) ** 2
    at = np.array([mode])
    curvature = _scaled_information(prior, np.log(at), np.log1p(-at))[0] / (mode * (1.0 - mode)) ** 2
    return float((curvature - flat) / one)


def _tuple(values: FloatArray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
