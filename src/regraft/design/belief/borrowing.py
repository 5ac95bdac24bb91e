"""Borrowing from earlier studies: a meta-analytic predictive prior, and a power prior.

Nothing of a study that judges the model may be borrowed: only studies whose role is to be fitted enter a likelihood.

Sources: Neuenschwander B, Capkun-Niggli G, Branson M, Spiegelhalter DJ. Clin Trials 2010;7:5 (MAP); Ibrahim JG, Chen
MH. Stat Sci 2000;15:46 (power prior). Both recalled, not checked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from scipy.special import expit, gammaln, log_expit, polygamma, psi

from regraft.analysis.arrays import FloatArray
from regraft.core.errors import InputError
from regraft.design.belief.beta_mixture import BetaMixture, beta
from regraft.evidence.schema import Outcome, Role, Trial

_MEANS = np.linspace(-7.0, 7.0, 281)
_SPREADS = 61  # points of the grid of the between-study standard deviation
_LOGITS = np.linspace(-9.0, 9.0, 721)
_ROUNDS = 3000


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One arm of an earlier study: events among patients."""

    study: str
    events: int
    patients: int

    def __post_init__(self) -> None:
        """Refuse counts that cannot be."""
        if not 0 <= self.events <= self.patients or self.patients < 1:
            raise InputError(f"{self.study}: {self.events} events among {self.patients} patients. Correct the counts.")


def borrow(trial: Trial, endpoint: str, arm: str, years: float) -> History:
    """Return who was free of an event in an arm of a study of the evidence library, if it may be borrowed.

    Parameters
    ----------
    endpoint, arm : str
        Names in the evidence file; the outcome is a share in per cent, with the people it was read from.
    years : float
        Time at which it is read, to half a year.

    Raises
    ------
    InputError
        The study is scored, shown only, or has no such result.
    """
    if trial.use.role is not Role.FIT:
        raise InputError(
            f"borrowing.from: {trial.id} has the role {trial.use.role.value}, and only a study to be fitted may be "
            "borrowed from: one that judges the model must not enter the design it would judge. Choose another study."
        )
    shares = [one for one in trial.outcomes if one.unit.startswith("percent") and _people_of(one) and one.arm == arm]
    wanted = [one for one in shares if one.endpoint == endpoint and abs((one.time_years or 0.0) - years) <= 0.5]
    if len(wanted) != 1:
        known = "; ".join(f"{one.endpoint} at {one.time_years or 0.0:g} years" for one in shares) or "none"
        raise InputError(
            f"borrowing.endpoint = {endpoint!r}: {trial.id} has {len(wanted)} such shares in arm {arm} at {years:g} "
            f"years. Shares with their people there: {known}. Give one of those, or leave the study out."
        )
    (one,) = wanted
    people = _people_of(one)
    return History(study=trial.id, events=round(people * float(one.value) / 100.0), patients=people)


def _people_of(outcome: Outcome) -> int:
    return 0 if isinstance(outcome.value, str) else round(outcome.n or outcome.n_effective_inferred or 0.0)


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predicted:
    """What a new study's proportion may be, given earlier ones.

    Parameters
    ----------
    logit, mass : array, shape (points,)
        Logits of the proportion and their probabilities.
    spread_mean : float
        Posterior mean of the standard deviation between studies, on the logit.
    """

    logit: FloatArray
    mass: FloatArray
    spread_mean: float

    @property
    def mean(self) -> float:
        """Mean of the proportion."""
        return float(self.mass @ expit(self.logit))

    @property
    def standard_deviation(self) -> float:
        """Standard deviation of the proportion."""
        return float(np.sqrt(self.mass @ (expit(self.logit) - self.mean) ** 2))


def meta_analytic_prediction(
    history: Sequence[History], *, spread_scale: float = 1.0, mean_spread: float = 2.0
) -> Predicted:
    """Return the predictive distribution of a new study by a normal hierarchy on the logit, on a grid.

    Parameters
    ----------
    history : sequence of History
        Earlier arms; with one only, the prior of the spread speaks.
    spread_scale : float
        Scale of the half-normal prior of the standard deviation between studies; 1 allows very large differences.
    mean_spread : float
        Standard deviation of the normal prior of the mean logit.

    Raises
    ------
    InputError
        No study.
    """
    if not history:
        raise InputError("borrowing: no earlier study. Name one at least.")
    if spread_scale <= 0.0 or mean_spread <= 0.0:
        raise InputError(f"borrowing: scales {spread_scale:g} and {mean_spread:g} must be above 0.")
    spreads = spread_scale * 4.0 * (np.arange(_SPREADS) + 0.5) / _SPREADS
    likelihood = np.array([_likelihood(one) for one in history])
    log = np.empty((_SPREADS, _MEANS.size))
    for k, spread in enumerate(spreads):
        each = likelihood @ _between(float(spread))  # (studies, means)
        log[k] = np.log(np.maximum(each, 1e-300)).sum(axis=0) - 0.5 * (spread / spread_scale) ** 2
    log -= 0.5 * (_MEANS / mean_spread) ** 2
    posterior = np.exp(log - log.max())
    posterior /= posterior.sum()
    mass = sum(_between(float(spread)) @ posterior[k] for k, spread in enumerate(spreads))
    assert isinstance(mass, np.ndarray)
    return Predicted(logit=_LOGITS, mass=mass / mass.sum(), spread_mean=float(posterior.sum(axis=1) @ spreads))


def _likelihood(one: History) -> FloatArray:
    """Return the likelihood of an arm over the grid of logits, its largest value 1."""
    log = one.events * log_expit(_LOGITS) + (one.patients - one.events) * log_expit(-_LOGITS)
    return np.exp(log - log.max())


def _between(spread: float) -> FloatArray:
    """Return the normal density of a study's logit around each mean, shape (logits, means)."""
    return np.exp(-0.5 * ((_LOGITS[:, None] - _MEANS) / spread) ** 2) / spread


def as_beta_mixture(predicted: Predicted, components: int = 3) -> BetaMixture:
    """Return the mixture of betas of largest likelihood, by expectation and maximisation from fixed starting points."""
    p = expit(predicted.logit)
    logs, logs_rest = np.log(p), np.log1p(-p)
    share = _first_split(predicted.mass, components)
    a, b = np.ones(components), np.ones(components)
    before = -np.inf
    for _ in range(_ROUNDS):
        weight = share * predicted.mass[:, None]
        total = weight.sum(axis=0)
        mean_log, mean_rest = logs @ weight / total, logs_rest @ weight / total
        for k in range(components):
            a[k], b[k] = _beta_of(float(mean_log[k]), float(mean_rest[k]), float(a[k]), float(b[k]))
        density = np.log(total) + _log_beta_density(logs[:, None], logs_rest[:, None], a, b)
        top = density.max(axis=1, keepdims=True)
        share = np.exp(density - top)
        norm = share.sum(axis=1, keepdims=True)
        share /= norm
        now = float(predicted.mass @ (top + np.log(norm))[:, 0])
        if now - before < 1e-7:
            break
        before = now
    order = np.argsort(-total)
    return BetaMixture(
        weights=tuple(map(float, total[order])), a=tuple(map(float, a[order])), b=tuple(map(float, b[order]))
    )


def _first_split(mass: FloatArray, components: int) -> FloatArray:
    """Return a first share of each component: a narrow one in the middle, wider ones around it."""
    centre = np.cumsum(mass) - mass / 2.0
    width = 0.15 * 2.0 ** np.arange(components)
    share = np.exp(-0.5 * ((centre[:, None] - 0.5) / width) ** 2) / width
    return share / share.sum(axis=1, keepdims=True)


def _log_beta_density(logs: FloatArray, logs_rest: FloatArray, a: FloatArray, b: FloatArray) -> FloatArray:
    return (a - 1.0) * logs + (b - 1.0) * logs_rest + gammaln(a + b) - gammaln(a) - gammaln(b)


def _beta_of(mean_log: float, mean_rest: float, a: float, b: float) -> tuple[float, float]:
    """Return the beta whose expected logarithms are given, by Newton's method on the logarithms of its parameters."""
    for _ in range(60):
        gap = np.array([psi(a) - psi(a + b) - mean_log, psi(b) - psi(a + b) - mean_rest])
        both = float(polygamma(1, a + b))
        slope = np.array([[polygamma(1, a) - both, -both], [-both, polygamma(1, b) - both]]) * [a, b]
        step = np.clip(np.linalg.solve(slope, gap), -1.0, 1.0)
        a, b = float(a * np.exp(-step[0])), float(b * np.exp(-step[1]))
        if np.abs(step).max() < 1e-12:
            break
    return a, b


def power_prior(initial: BetaMixture, history: Sequence[History], discount: float) -> BetaMixture:
    """Return a beta prior that counts each earlier patient as a share of one.

    Parameters
    ----------
    initial : BetaMixture
        A single beta, held before any study.
    discount : float
        The power a0: 0 borrows nothing, 1 pools.
    """
    if not 0.0 <= discount <= 1.0:
        raise InputError(f"a0 {discount:g}: must lie between 0 (nothing borrowed) and 1 (pooled).")
    if len(initial.weights) != 1:
        raise InputError("power prior: the initial prior must be one beta distribution.")
    events = sum(one.events for one in history)
    rest = sum(one.patients - one.events for one in history)
    return beta(initial.a[0] + discount * events, initial.b[0] + discount * rest)
