"""What a formula says where one exists, printed beside the simulation: same effect, same looks, no safety rule.

Exact tests are counted over all tables, or all paths of counts, at the true shares of the pool. Others are taken as
normal with the mean that large trials from the same pool have, brought down to the size asked: so the effect need not
be proportional, but z has variance one, and information comes as planned.
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import final

import numpy as np
from scipy.special import bdtrc, ndtr, pdtr, pdtrik

from regraft.analysis.normal_orthant import chance_any_above, critical_of_maximum
from regraft.core.arrays import Floats
from regraft.design.file import ReestimationKind, TestName
from regraft.design.looks.boundaries import boundaries
from regraft.design.looks.characteristics import operating
from regraft.design.looks.reestimation import grown_operating
from regraft.design.outcomes.blinded import blinded_reject
from regraft.design.planned import blinded_plan
from regraft.design.planned_belief import posterior_decision
from regraft.design.single_arm.exact_looks import count_chances
from regraft.design.single_arm.one_stage import binomial_masses
from regraft.simulated_design.case import Case
from regraft.simulated_design.draw import Drawn, Seen
from regraft.simulated_design.read import posterior_z, scores_of, table_z
from regraft.simulated_design.statistics import Trials
from regraft.simulated_design.trials import World, against_last, people_of, reference_per_day

_LARGE = 256  # trials from which the mean of z is taken
_TABLES = (TestName.FISHER, TestName.BOSCHLOO, TestName.POSTERIOR)
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(41)
_AT_EFFECT = "normal, at the effect of the pool"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """Power by a formula, futility obeyed; `formula` names it, `drift` is the mean of z at the end (exact: None)."""

    power: float
    formula: str
    drift: float | None


def analytic_twin(world: World) -> Twin | None:
    """Return what the formula says; None where none is known."""
    case = world.case
    if len(case.arms) == 1:
        return _one_arm(world)
    if case.lives.blocks and case.test not in _TABLES:
        return None  # there are no people to draw larger trials from
    asked = case.design.reestimation
    if asked is not None and asked.kind is ReestimationKind.BLINDED:
        return _blinded(world) if case.test is not TestName.LOG_RANK else None
    if case.test in _TABLES:
        return _by_tables(world) if case.design.looks is None else None
    if len(case.arms) > 2:
        return _of_comparisons(world) if case.design.looks is None else None
    if case.test is TestName.MAX_COMBO and len(case.design.hypothesis.weights) > 1:
        return _of_largest(world) if case.design.looks is None else None
    drift = _drift(world)
    if case.growth is not None:
        plan = case.growth
        power = grown_operating(plan, drift / float(np.sqrt(plan.first + plan.second))).reject
        return Twin(power=power, formula=f"{_AT_EFFECT}, second stage grown", drift=drift)
    if case.looks_plan is None:
        power = float(ndtr(drift - float(world.bounds.upper[-1])))
    else:
        power = float(operating(boundaries(case.looks_plan), drift).efficacy.sum())
    return Twin(power=power, formula=_AT_EFFECT, drift=drift)


def lived_shares(world: World) -> Floats:
    """Return the share free in each arm as it is lived: that of all but the last mixed with what the others live."""
    share, free = world.case.scenario.effect_share, world.free
    reference = world.case.design.hypothesis.reference
    other = free[-1] if free.size > 1 else (reference.free_pct / 100.0 if reference is not None else np.nan)
    mixed = share * free[: max(1, free.size - 1)] + (1.0 - share) * other if share < 1.0 else free
    return np.array([*mixed[: max(1, free.size - 1)], *free[1:][-1:]])


# ------------------------------------------------------------------ exact
def _one_arm(world: World) -> Twin | None:
    case, free = world.case, float(lived_shares(world)[0])
    if case.counts is not None:
        chances = count_chances(case.counts, free * _known_share(world))
        return Twin(power=float(chances.efficacy.sum()), formula="exact counts, at the share of the pool", drift=None)
    if case.test is TestName.ONE_SAMPLE_LOG_RANK:
        return None if case.lives.blocks else _one_sample(world)
    asked = case.design.hypothesis.reference
    assert asked is not None
    successes = np.arange(case.patients + 1)
    tail = np.where(successes > 0, bdtrc(np.maximum(successes - 1, 0), case.patients, asked.free_pct / 100.0), 1.0)
    power = float(binomial_masses(case.patients, free) @ (tail <= case.design.hypothesis.alpha))
    return Twin(power=power, formula="exact binomial, at the share of the pool", drift=None)


def _known_share(world: World) -> float:
    """Return the share of people whose outcome the data can tell; who lives the reference is always known."""
    share = world.case.scenario.effect_share
    return share * float((world.truth.known == 1).mean()) + 1.0 - share


def _by_tables(world: World) -> Twin:
    """Return the chance that any arm is shown to be better than the last, over all tables."""
    case, free = world.case, lived_shares(world)
    upper, people = float(world.bounds.upper[-1]), people_by_arm(case)
    last = binomial_masses(people[-1], float(free[-1]))
    none = np.ones(last.size)
    for n, share in zip(people[:-1], free[:-1], strict=True):
        if case.test is TestName.POSTERIOR:
            z = posterior_z(posterior_decision(case.design, (case.arms[0], case.arms[-1]), (n, people[-1])))
        else:
            z = table_z(case.test, n, people[-1], upper)
        none *= 1.0 - binomial_masses(n, float(share)) @ (z >= upper)
    power = float(last @ (1.0 - none))
    return Twin(power=power, formula=f"{case.test.value}, all tables at the shares of the pool", drift=None)


def _blinded(world: World) -> Twin:
    """Return the chance of the pooled z test with the size set by the pooled share at the look."""
    free = lived_shares(world)
    power = blinded_reject(blinded_plan(world.case.design, world.case.patients), float(free[0]), float(free[1]))
    return Twin(power=power, formula="pooled z, all tables at the shares of the pool, size as seen blinded", drift=None)


def people_by_arm(case: Case) -> tuple[int, ...]:
    """Return the people of each arm if allocation comes out as planned."""
    weights = [arm.allocation for arm in case.protocol.arm]
    edges = [round(case.patients * sum(weights[:k]) / sum(weights)) for k in range(len(weights) + 1)]
    return tuple(b - a for a, b in pairwise(edges))


# ------------------------------------------------------------------ normal
def _large_trials(world: World) -> tuple[Drawn, Seen]:
    """Return the people of trials that take whole clusters, every cluster once or, in small pools, over and over."""
    large = replace(world, case=replace(world.case, patients=world.pool.lives.cluster))
    return people_of(large, 0, max(_LARGE, world.pool.clusters))


def _scaled(world: World) -> float:
    """Return the root by which the mean of z in trials of a whole cluster comes down to that of the size asked."""
    share = 1.0
    if world.planned[-1] > 1.0:  # looks by events: the last is made at so many, whatever would still come
        share = min(1.0, world.planned[-1] / max(world.expected_events, 1e-9))
    return float(np.sqrt(world.case.patients / world.pool.lives.cluster * share))


def _drift(world: World, arm: int = 0) -> float:
    """Return the mean of z of an arm against the last, of whole trials of the size asked."""
    if world.case.scenario.effect_share == 0.0:
        return 0.0
    drawn, seen = _large_trials(world)
    if world.pool.arms > 2:
        drawn, seen = against_last(drawn, seen, arm, world.pool.arms - 1)
    read = world.reader.read(Trials(drawn, seen, np.full(len(drawn.month), np.inf)), float(world.bounds.upper[-1]))
    return float(read.z.mean()) * _scaled(world)


def _of_comparisons(world: World) -> Twin:
    """Return the chance that any arm is shown to be better than the last: correlated normals, sharing the last arm."""
    people = np.array(people_by_arm(world.case), dtype=np.float64)
    root = np.sqrt(people[:-1] / (people[:-1] + people[-1]))
    correlation = np.outer(root, root)
    np.fill_diagonal(correlation, 1.0)
    drift = np.array([_drift(world, arm) for arm in range(people.size - 1)])
    power = chance_any_above(float(world.bounds.upper[-1]) - drift, correlation)
    return Twin(power=power, formula=f"{_AT_EFFECT}, arms that share the last", drift=float(drift.max()))


def _of_largest(world: World) -> Twin:
    """Return the chance that the largest of several weighted statistics passes its bound, multivariate normal."""
    drawn, seen = _large_trials(world)
    case = world.case
    z, correlation = scores_of(case, world.drawing.stratum, Trials(drawn, seen, np.full(len(drawn.month), np.inf)))
    drift = np.zeros(len(correlation)) if case.scenario.effect_share == 0.0 else z.mean(axis=0) * _scaled(world)
    critical = critical_of_maximum(correlation, case.design.hypothesis.alpha_each)
    power = chance_any_above(critical - drift, correlation)
    return Twin(power=power, formula=f"multivariate {_AT_EFFECT}", drift=float(drift.max()))


def _one_sample(world: World) -> Twin:
    """Return the chance of the exact Poisson test: its events and those expected are taken as jointly normal.

    Their moments are those of people of the pool; the events are whole numbers, which half an event allows for.
    """
    case = world.case
    drawn, seen = _large_trials(world)
    counted = (seen.known == 1) & np.isfinite(drawn.month)
    expected = reference_per_day(case.design) * np.maximum(seen.time[counted], 0.0)
    mean = float(counted.mean()) * case.patients
    events = (seen.event[counted] == 1).astype(np.float64)
    (of_events, both), (_, of_expected) = np.cov(events, expected) * mean
    sums = expected.mean() * mean + np.sqrt(of_expected) * _NODES
    inside = sums > 0.0
    slope = both / of_expected if of_expected > 0.0 else 0.0
    most = np.where(inside, _most_events(np.where(inside, sums, 1.0), case.design.hypothesis.alpha), -1.0)
    middle = events.mean() * mean + slope * (sums - expected.mean() * mean)
    spread = np.sqrt(max(of_events - slope * both, 1e-12))
    chance = np.where(most >= 0.0, ndtr((most + 0.5 - middle) / spread), 0.0)
    power = float(_WEIGHTS @ chance / _WEIGHTS.sum())
    return Twin(power=power, formula="exact Poisson, events and expected events jointly normal", drift=None)


def _most_events(expected: Floats, alpha: float) -> Floats:
    """Return the most events that are too few against so many expected; -1 where none are."""
    return np.where(pdtr(0, expected) <= alpha, np.floor(pdtrik(alpha, expected) + 1e-9), -1.0)
