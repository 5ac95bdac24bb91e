"""Operating characteristics of a case from its trials, each with the error of simulation and of the pool together.

Trials of one cluster share their people and their draw, so errors are taken over clusters: they hold how far another
pool, and another set of draws, would have given another number.
"""

from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np
from numpy.typing import ArrayLike

from regraft.core.arrays import Floats
from regraft.simulated_design.trials import EFFICACY, FUTILITY, SAFETY, Results, Tipped, World, free_by_cluster, tipping
from regraft.simulated_design.twin import Twin, analytic_twin

_TIPPED_TRIALS = 400  # of a tipping grid: an error of two or three points in a hundred
EQUAL_WITHIN = 2.0  # standard errors of a paired difference, below which two candidates are shown as equal


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A mean over trials with its standard error; None where there is none."""

    value: float | None
    error: float | None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class AtLook:
    """One look: chance to stop there, and months to it (mean over trials that made it, and their share)."""

    look: int
    made: float
    efficacy: Value
    futility: Value
    month: float | None


class AtDraw(NamedTuple):
    """The true gain in the share free, in points of a hundred, and the chance to show efficacy under it."""

    gain_pct: float
    chance: float


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Operating:
    """One candidate under one scenario.

    Parameters
    ----------
    efficacy : Value
        Chance that efficacy is shown: power, or the type I error where there is no effect; under draws, assurance.
    averaged_over : int
        Draws it is averaged over; 0: typical values, or one draw.
    efficacy_by_draw : tuple of float
        5%, 25%, 50%, 75% and 95% of the chance by cluster; empty where trials are too few for each.
    effect_by_draw : tuple of AtDraw
        True effect of each cluster and the chance under it; empty where the last is.
    without_safety, futility_overruled, if_unknown_fail, if_unknown_differ : Value
        The chance had there been no safety rule, had futility been overruled too, had all unknown outcomes failed, had
        those of the first arm failed and those of the second not.
    estimate, estimate_when_shown, estimate_without_stopping, estimate_unbiased : Value
        Mean estimate of all trials at their end, of those that show efficacy, of the last look had nothing stopped any,
        and of the median-unbiased one. An early stop biases the first, and more so the second.
    unknown_pct_by_arm : tuple of float
        Share of each arm whose outcome stays unknown: leaving may depend on what happens to people.
    tipping : tuple of Tipped
        The chance had shares of the unknown outcomes of the arms tested, and of the last one, failed; some trials only.
    twin : Twin or None
        What a formula says, where one exists.
    errors_apart : float or None
        Simulated minus analytic in standard errors; None where draws are averaged over: the formula is at their mean.
    free_pct : tuple of float
        True share free of the event at the estimand's time by arm.
    """

    candidate: str
    scenario: str
    parameters: str
    effect_share: float
    estimand: str
    definitions: str
    test: str
    patients: int
    follow_up_years: float
    trials: int
    arms: tuple[str, ...]
    free_pct: tuple[float | None, ...]
    efficacy: Value
    averaged_over: int
    efficacy_by_draw: tuple[float, ...]
    effect_by_draw: tuple[AtDraw, ...]
    without_safety: Value
    futility_overruled: Value
    if_unknown_fail: Value
    if_unknown_differ: Value
    futility: Value
    safety_stop: Value
    safety_met: Value
    not_recruited: Value
    looks: tuple[AtLook, ...]
    people: Value
    events: Value
    months: Value
    months_quantiles: tuple[float, float, float]
    treatment_deaths: Value
    any_treatment_death: Value
    two_treatment_deaths: Value
    deaths: Value
    serious_harm: Value
    people_on_worse_arm: Value | None
    unknown_pct: Value
    unknown_pct_by_arm: tuple[float | None, ...]
    tipping: tuple[Tipped, ...]
    estimated: str
    estimate: Value
    estimate_when_shown: Value
    estimate_without_stopping: Value
    estimate_unbiased: Value
    twin: Twin | None
    errors_apart: float | None

    @property
    def is_null(self) -> bool:
        """Whether there is no effect in truth, so that the chance is a type I error."""
        return self.effect_share == 0.0


def operating(world: World, results: Results) -> Operating:
    """Return the operating characteristics of a case."""
    case = world.case
    count = results.decision.size
    cluster = np.arange(count) % world.pool.clusters

    def mean(values: ArrayLike) -> Value:
        return mean_by_cluster(np.asarray(values, dtype=np.float64), cluster)

    twin = analytic_twin(world)
    efficacy = mean(results.shown)
    worse = None if world.worse_arm < 0 else mean(results.worse)
    draws = 0 if case.lives.draws is None else min(len(case.lives.draws), world.pool.clusters, count)
    averaged, effect = draws > 1, case.scenario.effect_share
    by_draw = _by_draw(results.shown.astype(np.float64), cluster) if averaged else ()
    return Operating(
        candidate=case.candidate.name,
        scenario=case.scenario.name,
        parameters=case.scenario.parameters,
        effect_share=case.scenario.effect_share,
        estimand=case.question.name,
        definitions=case.definitions,
        test=case.test.value,
        patients=case.patients,
        follow_up_years=case.follow_up_years,
        trials=count,
        arms=case.arms,
        free_pct=tuple(None if np.isnan(one) else 100.0 * float(one) for one in world.free),
        efficacy=efficacy,
        averaged_over=draws if averaged else 0,
        efficacy_by_draw=by_draw,
        effect_by_draw=_effect_by_draw(world, results, cluster) if by_draw else (),
        without_safety=mean(results.without_safety),
        futility_overruled=mean(results.overruled),
        if_unknown_fail=mean(results.if_unknown_fail),
        if_unknown_differ=mean(results.if_unknown_differ),
        futility=mean(results.decision == FUTILITY),
        safety_stop=mean(results.decision == SAFETY),
        safety_met=mean(results.met_safety),
        not_recruited=mean(results.not_recruited),
        looks=tuple(_at_look(results, k, mean) for k in range(results.z.shape[1])),
        people=mean(results.recruited),
        events=mean(results.events),
        months=mean(results.month),
        months_quantiles=_three(results.month),
        treatment_deaths=mean(results.treatment_deaths),
        any_treatment_death=mean(results.treatment_deaths >= 1),
        two_treatment_deaths=mean(results.treatment_deaths >= 2),
        deaths=mean(results.deaths),
        serious_harm=mean(results.serious),
        people_on_worse_arm=worse,
        unknown_pct=mean(100.0 * results.unknown / np.maximum(results.recruited, 1)),
        unknown_pct_by_arm=tuple(_percent(one) for one in results.unknown_of_arm.T),
        tipping=tipping(world, min(count, _TIPPED_TRIALS)) if results.unknown.any() else (),
        estimated=world.reader.estimated,
        estimate=mean(results.estimate),
        estimate_when_shown=mean(np.where(results.shown, results.estimate, np.nan)),
        estimate_without_stopping=mean(results.unstopped),
        estimate_unbiased=mean(results.unbiased),
        twin=twin,
        errors_apart=None
        if averaged and (effect > 0.0 or len(case.arms) > 1)
        else _apart(results.without_safety, cluster, twin),
    )


def _percent(shares: Floats) -> float | None:
    return 100.0 * float(np.nanmean(shares)) if not np.isnan(shares).all() else None


def mean_by_cluster(values: Floats, cluster: np.ndarray) -> Value:
    """Return the mean of trials and its standard error over clusters; values that are not numbers are left out."""
    known = ~np.isnan(values)
    if not known.any():
        return Value(value=None, error=None)
    counts = np.bincount(cluster[known])
    sums = np.bincount(cluster[known], weights=values[known])
    mean = float(values[known].mean())
    groups = int((counts > 0).sum())
    if groups < 2:
        return Value(value=mean, error=None)
    residual = sums - counts * mean
    error = float(np.sqrt((residual**2).sum() * groups / (groups - 1))) / float(known.sum())
    return Value(value=mean, error=error)


def _at_look(results: Results, k: int, mean: object) -> AtLook:
    assert callable(mean)
    made = ~np.isnan(results.month_of_look[:, k])
    return AtLook(
        look=k + 1,
        made=float(made.mean()),
        efficacy=mean((results.decision == EFFICACY) & (results.look == k + 1)),
        futility=mean((results.decision == FUTILITY) & (results.look == k + 1)),
        month=float(results.month_of_look[made, k].mean()) if made.any() else None,
    )


def _by_draw(shown: Floats, cluster: np.ndarray) -> tuple[float, ...]:
    counts = np.bincount(cluster)
    if counts.min() < 10:
        return ()
    chances = np.bincount(cluster, weights=shown) / counts
    return tuple(float(one) for one in np.quantile(chances, [0.05, 0.25, 0.5, 0.75, 0.95]))


def _effect_by_draw(world: World, results: Results, cluster: np.ndarray) -> tuple[AtDraw, ...]:
    """Return the true gain in the share free by cluster, as it is lived, and the chance to show efficacy there."""
    free = free_by_cluster(world)
    reference = world.case.design.hypothesis.reference
    other = free[:, -1] if free.shape[1] > 1 else (reference.free_pct / 100.0 if reference is not None else np.nan)
    gain = 100.0 * world.case.scenario.effect_share * (free[:, 0] - other)
    counts = np.bincount(cluster)
    chance = np.bincount(cluster, weights=results.shown.astype(np.float64)) / counts
    return tuple(AtDraw(float(one), float(at)) for one, at in zip(gain, chance, strict=False) if not np.isnan(one))


def _three(values: Floats) -> tuple[float, float, float]:
    low, middle, high = (float(one) for one in np.quantile(values, [0.1, 0.5, 0.9]))
    return low, middle, high


def _apart(shown: np.ndarray, cluster: np.ndarray, twin: Twin | None) -> float | None:
    """Return how far trials without a safety rule, which no formula knows, lie from the formula, in errors."""
    simulated = mean_by_cluster(shown.astype(np.float64), cluster)
    if twin is None or simulated.value is None or not simulated.error:
        return None
    return (simulated.value - twin.power) / simulated.error


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two candidates under one scenario on the same people: difference of the chance to show efficacy (second - first).

    ``equal`` where it lies within two paired standard errors.
    """

    scenario: str
    first: str
    second: str
    difference: Value
    equal: bool


def paired(scenario: str, first: tuple[str, Results], second: tuple[str, Results], clusters: int) -> Pair:
    """Return the paired difference of two candidates that were drawn from pools of the same shape."""
    gap = second[1].shown.astype(np.float64) - first[1].shown.astype(np.float64)
    found = mean_by_cluster(gap, np.arange(gap.size) % clusters)
    near = found.value is not None and abs(found.value) <= EQUAL_WITHIN * (found.error or 0.0)
    return Pair(scenario=scenario, first=first[0], second=second[0], difference=found, equal=near)


def kind_of(one: Operating) -> str:
    """Return what the chance to show efficacy is called."""
    if one.is_null:
        return "type I error"
    return "assurance" if one.averaged_over else "power"
