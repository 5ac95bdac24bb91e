"""What a formula says where one exists, printed beside the simulation: same effect, same looks, no safety rule.

Exact tests are counted over all tables at the true shares of the pool. Others are taken as normal with the mean that
large trials from the same pool have, brought down to the size asked: so the effect need not be proportional, but z has
variance one, and information comes as planned.
"""

from dataclasses import dataclass, replace
from typing import final

import numpy as np
from scipy.special import bdtrc, ndtr

from regraft.core.arrays import Floats
from regraft.design.file import TestName
from regraft.design.looks.boundaries import boundaries
from regraft.design.looks.characteristics import operating
from regraft.design.planned import look_plan
from regraft.design.single_arm.one_stage import binomial_masses
from regraft.simulated_design.case import Case
from regraft.simulated_design.read import table_z
from regraft.simulated_design.statistics import Trials
from regraft.simulated_design.trials import World, people_of

_LARGE = 256  # trials from which the mean of z is taken
_EXACT = (TestName.FISHER, TestName.BOSCHLOO, TestName.EXACT_BINOMIAL)


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
    if case.test in _EXACT and case.design.looks is None:
        return _exact(world)
    if case.test in _EXACT or case.test is TestName.ONE_SAMPLE_LOG_RANK or case.test is TestName.MAX_COMBO:
        return None
    drift = _drift(world)
    if case.design.looks is None:
        power = float(ndtr(drift - float(world.bounds.upper[-1])))
    else:
        power = float(operating(boundaries(look_plan(case.design)), drift).efficacy.sum())
    return Twin(power=power, formula="normal, at the effect of the pool", drift=drift)


def lived_shares(world: World) -> Floats:
    """Return the share free in each arm as it is lived: the first arm's mixed with what the others of it live."""
    share, free = world.case.scenario.effect_share, world.free
    reference = world.case.design.hypothesis.reference
    other = free[1] if free.size > 1 else (reference.free_pct / 100.0 if reference is not None else np.nan)
    return np.array([share * free[0] + (1.0 - share) * other if share < 1.0 else free[0], *free[1:]])


def _exact(world: World) -> Twin:
    case, free = world.case, lived_shares(world)
    upper = float(world.bounds.upper[-1])
    if case.test is TestName.EXACT_BINOMIAL:
        asked = case.design.hypothesis.reference
        assert asked is not None
        counts = np.arange(case.patients + 1)
        tail = np.where(counts > 0, bdtrc(np.maximum(counts - 1, 0), case.patients, asked.free_pct / 100.0), 1.0)
        rejects = tail <= case.design.hypothesis.alpha
        power = float(binomial_masses(case.patients, float(free[0])) @ rejects)
        return Twin(power=power, formula="exact binomial, at the share of the pool", drift=None)
    first, second = people_by_arm(case)
    rejects = table_z(case.test, first, second, upper) >= upper
    power = float(binomial_masses(first, float(free[0])) @ rejects @ binomial_masses(second, float(free[1])))
    return Twin(power=power, formula=f"{case.test.value}, all tables at the shares of the pool", drift=None)


def people_by_arm(case: Case) -> tuple[int, int]:
    """Return the people of both arms if allocation comes out as planned."""
    first, second = (arm.allocation for arm in case.protocol.arm)
    mine = round(case.patients * first / (first + second))
    return mine, case.patients - mine


def _drift(world: World) -> float:
    """Return the mean of z of whole trials of the size asked, from trials that take whole clusters."""
    pool = world.pool
    if world.case.scenario.effect_share == 0.0 and pool.arms > 1:
        return 0.0
    large = replace(world, case=replace(world.case, patients=pool.lives.cluster))
    trials = max(_LARGE, pool.clusters)  # every cluster, the small pools' over and over
    drawn, seen = people_of(large, 0, trials)
    read = world.reader.read(Trials(drawn, seen, np.full(trials, np.inf)), float(world.bounds.upper[-1]))
    share = 1.0
    if world.planned[-1] > 1.0:  # looks by events: the last is made at so many, whatever would still come
        share = min(1.0, world.planned[-1] / max(world.expected_events, 1e-9))
    return float(read.z.mean()) * float(np.sqrt(world.case.patients / pool.lives.cluster * share))
