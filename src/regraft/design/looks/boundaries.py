"""Boundaries of a group sequential trial: efficacy by spending or by shape, futility binding or not.

A non-binding futility boundary is left out when the efficacy boundary is set, so that it may be overruled without
inflating the type I error; power and expected size count it. A binding one is used in both, and must be obeyed.

Sources: Lan and DeMets as in `spending`; Wang SK, Tsiatis AA. Biometrics 1987;43:193 (O'Brien and Fleming's and
Pocock's are two of the family); Haybittle JL. Br J Radiol 1971;44:793; Pampallona S, Tsiatis AA, Kim K. Drug Inf J
2001;35:1113 (spending beta; recalled, not checked).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, final

import numpy as np
from scipy.special import ndtri

from regraft.analysis.arrays import FloatArray
from regraft.analysis.roots import find_root
from regraft.core.errors import InputError
from regraft.design.looks.crossing import Paths, exits, paths_from
from regraft.design.looks.spending import Spending, increasing

_NEVER = 1e-300  # an error too small to be spent


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class WangTsiatis:
    """Efficacy at a constant times the information fraction to the power delta - 1/2.

    Delta 0 is O'Brien and Fleming's boundary, 1/2 Pocock's.
    """

    delta: float


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class HaybittlePeto:
    """Efficacy at one high z at every interim look; the last look takes what is left."""

    interim_z: float = 3.0


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class FutilityAt:
    """Stop for futility below given z at the interim looks; minus infinity where futility is not tested."""

    z: tuple[float, ...]


Efficacy: TypeAlias = Spending | WangTsiatis | HaybittlePeto
Futility: TypeAlias = Spending | FutilityAt


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class LookPlan:
    """What is planned about looks.

    Parameters
    ----------
    fractions : tuple of float
        Information at each look as a share of that at the last.
    alpha : float
        One-sided type I error.
    beta : float
        Type II error; with it comes the information that is needed.
    efficacy : Spending, WangTsiatis or HaybittlePeto
        Rule of the efficacy boundary.
    futility : Spending or FutilityAt, optional
        Rule of the futility boundary; spending spends `beta`.
    binding : bool
        Whether the futility boundary must be obeyed; not binding unless said.
    clock : tuple of float, optional
        Shares by which errors are spent where they are not `fractions`: planned information under an overrun, time.
    efficacy_at, futility_at : tuple of bool, optional
        Interim looks at which each boundary is tested; all unless said. The last look is always tested.
    """

    fractions: tuple[float, ...]
    alpha: float
    beta: float
    efficacy: Efficacy
    futility: Futility | None = None
    binding: bool = False
    clock: tuple[float, ...] | None = None
    efficacy_at: tuple[bool, ...] | None = None
    futility_at: tuple[bool, ...] | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Boundaries:
    """Boundaries on z, with the drift that gives the power asked for.

    Parameters
    ----------
    fractions, upper, lower : array, shape (looks,)
        Information fraction, efficacy and futility bound; infinite where not tested. The last two are equal.
    alpha, beta : float
        Errors planned.
    binding : bool
        Whether futility must be obeyed.
    drift : float
        Mean of z at the last look under the alternative.
    inflation : float
        Largest information over that of a trial without looks, of the same errors.
    """

    fractions: FloatArray
    upper: FloatArray
    lower: FloatArray
    alpha: float
    beta: float
    binding: bool
    drift: float
    inflation: float

    @property
    def has_futility(self) -> bool:
        """Whether any interim look may stop for futility."""
        return bool(np.isfinite(self.lower[:-1]).any())


def boundaries(plan: LookPlan) -> Boundaries:
    """Return the boundaries of a plan.

    Raises
    ------
    InputError
        Looks that do not increase or do not end at 1, errors out of range, or a rule that leaves nothing to the end.
    """
    t, tested, stopped = _checked(plan)
    clock = t if plan.clock is None else increasing(plan.clock, "clock of spending")
    never = np.full(t.size, -np.inf)
    upper = _upper(plan, t, clock, tested, never)
    fixed = float(ndtri(1.0 - plan.alpha) + ndtri(1.0 - plan.beta))

    def at(drift: float) -> tuple[FloatArray, FloatArray]:
        """Return both boundaries if the drift were this one."""
        if plan.futility is None:
            return upper, never
        lower = _lower(plan, t, clock, stopped, upper, drift)
        if not plan.binding:
            return upper, lower
        return _both_binding(plan, t, clock, (tested, stopped), drift)

    def short(drift: float) -> float:
        high, low = at(drift)
        return float(exits(paths_from(), t, low, high, drift).efficacy.sum()) - (1.0 - plan.beta)

    drift = find_root(short, 0.5 * fixed, 3.0 * fixed)
    high, low = at(drift)
    low = low.copy()
    low[-1] = high[-1]
    return Boundaries(
        fractions=t,
        upper=high,
        lower=low,
        alpha=plan.alpha,
        beta=plan.beta,
        binding=plan.binding and plan.futility is not None,
        drift=drift,
        inflation=(drift / fixed) ** 2,
    )


def _checked(plan: LookPlan) -> tuple[FloatArray, Sequence[bool], Sequence[bool]]:
    """Return fractions and where each boundary is tested, or say what cannot be."""
    t = increasing(plan.fractions, "looks")
    if abs(t[-1] - 1.0) > 1e-12:
        raise InputError(
            f"looks: the last stands at {t[-1]:g} of the information. Give shares of that at the last look, 1."
        )
    if not 0.0 < plan.alpha < 0.5:
        raise InputError(f"alpha {plan.alpha:g}: a one-sided error lies between 0 and 0.5. 0.025 is usual.")
    if not 0.0 < plan.beta < 1.0 - plan.alpha:
        raise InputError(f"beta {plan.beta:g}: must lie between 0 and 1 - alpha. 0.1 or 0.2 is usual.")
    if plan.clock is not None and len(plan.clock) != t.size:
        raise InputError(f"clock of spending: {len(plan.clock)} values for {t.size} looks. Give one for each.")
    return t, _where(plan.efficacy_at, t.size, "efficacy"), _where(plan.futility_at, t.size, "futility")


def _where(given: tuple[bool, ...] | None, looks: int, what: str) -> Sequence[bool]:
    if given is None:
        return (True,) * looks
    if len(given) not in {looks, looks - 1}:
        raise InputError(f"{what} at: {len(given)} values for {looks} looks. Give one for each look.")
    return (*given[: looks - 1], True)


def _upper(plan: LookPlan, t: FloatArray, clock: FloatArray, tested: Sequence[bool], lower: FloatArray) -> FloatArray:
    """Return the efficacy boundary against a futility boundary (minus infinity: none)."""
    rule = plan.efficacy
    if isinstance(rule, Spending):
        return _spent(np.where(tested, rule.by(clock, plan.alpha), -1.0), t, lower)
    shape = np.full(t.size, np.inf)
    if isinstance(rule, WangTsiatis):
        shape[list(tested)] = t[list(tested)] ** (rule.delta - 0.5)
        constant = find_root(lambda c: _type_one(c * shape, t, lower) - plan.alpha, 0.5, 20.0)
        return constant * shape
    shape[list(tested)] = rule.interim_z
    shape[-1] = np.inf
    used = _type_one(shape, t, lower)
    if used >= plan.alpha:
        raise InputError(f"interim z {rule.interim_z:g}: spends {used:.4g} of {plan.alpha:g} before the end. Raise it.")

    def left(last: float) -> float:
        return _type_one(np.append(shape[:-1], last), t, lower) - plan.alpha

    shape[-1] = find_root(left, 0.0, 40.0)
    return shape


def _type_one(upper: FloatArray, t: FloatArray, lower: FloatArray) -> float:
    return float(exits(paths_from(), t, lower, upper, 0.0).efficacy.sum())


def _spent(cumulative: FloatArray, t: FloatArray, lower: FloatArray) -> FloatArray:
    """Return bounds that spend a cumulative error, negative where a look is not tested."""
    upper = np.full(t.size, np.inf)
    paths, used = paths_from(), 0.0
    for k, now in enumerate(t):
        if cumulative[k] >= 0.0:
            upper[k] = _spending_bound(paths, now, cumulative[k] - used)
            used = max(used, float(cumulative[k]))
        if k + 1 < t.size:
            paths = paths.go_on(now, (lower[k], upper[k]), 0.0, float(t[k + 1]))
    return upper


def _spending_bound(paths: Paths, now: float, amount: float) -> float:
    """Return the z above which an amount of the null's paths lies."""
    if amount <= _NEVER:
        return float("inf")
    if paths.above(now, -40.0, 0.0) <= amount:
        return -40.0  # futility has taken more of the null than is left: met only on the way to the right drift
    return find_root(lambda z: paths.above(now, z, 0.0) - amount, -40.0, 40.0)


def _lower(
    plan: LookPlan, t: FloatArray, clock: FloatArray, stopped: Sequence[bool], upper: FloatArray, drift: float
) -> FloatArray:
    """Return the futility boundary against an efficacy boundary, under a drift; the last look has none of its own."""
    rule = plan.futility
    lower = np.full(t.size, -np.inf)
    if isinstance(rule, FutilityAt):
        if len(rule.z) != t.size - 1:
            raise InputError(f"futility: {len(rule.z)} values of z for {t.size - 1} interim looks. Give one for each.")
        lower[:-1] = np.where(stopped[:-1], rule.z, -np.inf)
        return lower
    assert isinstance(rule, Spending)
    cumulative, used, paths = rule.by(clock, plan.beta), 0.0, paths_from()
    for k in range(t.size - 1):
        shift = drift * (t[k] - paths.information)
        if stopped[k]:
            lower[k] = min(_spending_beta(paths, t[k], cumulative[k] - used, shift), upper[k])
            used = float(cumulative[k])
        paths = paths.go_on(t[k], (lower[k], upper[k]), shift, float(t[k + 1]))
    return lower


def _spending_beta(paths: Paths, now: float, amount: float, shift: float) -> float:
    """Return the z below which an amount of the alternative's paths lies."""
    if amount <= _NEVER:
        return float("-inf")
    if paths.below(now, 40.0, shift) <= amount:
        return float("inf")
    return find_root(lambda z: paths.below(now, z, shift) - amount, -40.0, 40.0)


def _both_binding(
    plan: LookPlan, t: FloatArray, clock: FloatArray, at: tuple[Sequence[bool], Sequence[bool]], drift: float
) -> tuple[FloatArray, FloatArray]:
    """Return boundaries of which each counts the other: the efficacy bound of a look needs futility before it only."""
    tested, stopped = at
    lower = np.full(t.size, -np.inf)
    upper = _upper(plan, t, clock, tested, lower)
    for _ in range(2 * t.size + 4):
        lower = _lower(plan, t, clock, stopped, upper, drift)
        before, upper = upper, _upper(plan, t, clock, tested, lower)
        if np.allclose(before[np.isfinite(before)], upper[np.isfinite(before)], rtol=0.0, atol=1e-12):
            break
    return upper, lower
