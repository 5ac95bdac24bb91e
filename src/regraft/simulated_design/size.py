"""The size a design needs, found on the same people: the smallest that has the chance asked, and how sure that is.

All sizes draw the same people in the same order, so the curve over sizes is smooth but for exact tests, whose power is
a saw: for these every size around is looked at, and the size from which all larger ones hold is said too.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, final

import numpy as np

from regraft.core.errors import InputError
from regraft.core.grounds import RestsOn
from regraft.core.results import plain
from regraft.design.file import Design, Method
from regraft.design.planned_belief import planned_stages
from regraft.simulated_design.case import AT_A_TIME, Case, cases
from regraft.simulated_design.curve import resized
from regraft.simulated_design.operating import Value, mean_by_cluster
from regraft.simulated_design.pool import Pool, fill_pool
from regraft.simulated_design.run import rests_on_of
from regraft.simulated_design.trials import draw_trials, world_of

_AROUND = 8  # sizes to either side that are looked at where power is a saw


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SizePoint:
    """One size: chance to show efficacy, treatment deaths expected, and grade 4 or 5 harm."""

    patients: int
    efficacy: Value
    treatment_deaths: Value
    serious_harm: Value


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSize:
    """The size of one candidate under one scenario.

    Parameters
    ----------
    wanted : float
        Chance asked.
    smallest, lasting : int or None
        Smallest size that has it, and the size from which all larger ones looked at have it; None where none has.
    low, high : int or None
        Sizes at which the chance plus or minus two standard errors reaches what was asked.
    most : int
        Largest size the pool allows.
    curve : tuple of SizePoint
        Every size looked at.
    rests_on : RestsOn
        Files and definitions behind it.
    """

    candidate: str
    scenario: str
    wanted: float
    smallest: int | None
    lasting: int | None
    low: int | None
    high: int | None
    most: int
    curve: tuple[SizePoint, ...]
    rests_on: RestsOn

    def document(self) -> dict[str, Any]:
        """Return everything as plain values."""
        found = {one.name: plain(getattr(self, one.name)) for one in fields(self) if one.name != "rests_on"}
        return {"simulated": True} | found | self.rests_on.record


def find_size(
    design: Design,
    wanted: float,
    *,
    scenario: str | None = None,
    pools: Path | None = None,
    threads: int = 1,
    on_people: Callable[[int], None] | None = None,
    on_trials: Callable[[int], None] | None = None,
) -> tuple[FoundSize, ...]:
    """Return the size of every candidate under a scenario (None: the first with an effect).

    Raises
    ------
    InputError
        A chance that is none, or no such scenario.
    """
    if not design.hypothesis.alpha < wanted < 1.0:
        raise InputError(f"power {wanted:g}: must lie between alpha and 1, such as 0.8.")
    if design.run.method is Method.BLOCKS:
        raise InputError("run.method = blocks: a size is found on one pool of people. Take pool.")
    if planned_stages(design) is not None:
        raise InputError("looks.two_stage: sets the size itself. See `regraft design bounds`.")
    every = cases(design)
    names = list(dict.fromkeys(one.scenario.name for one in every if one.scenario.effect_share > 0.0))
    chosen = scenario if scenario is not None else (names[0] if names else None)
    found = [one for one in every if one.scenario.name == chosen]
    if not found or chosen not in names:
        raise InputError(f"scenario {chosen!r}: no scenario with an effect has this name. Known: {', '.join(names)}.")
    out, behind = [], rests_on_of(design, found)
    for case in found:
        pool = fill_pool(case.lives, case.clusters, pools, threads=threads, on_done=on_people)
        out.append(_of_case(case, pool, wanted, threads, on_trials, behind))
    return tuple(out)


def _of_case(
    case: Case,
    pool: Pool,
    wanted: float,
    threads: int,
    on_trials: Callable[[int], None] | None,
    behind: RestsOn,
) -> FoundSize:
    step = _step(case)
    sizes = np.arange(step * max(1, -(-4 // step)), case.lives.cluster + 1, step)
    known: dict[int, SizePoint] = {}

    def at(index: int) -> float:
        patients = int(sizes[index])
        if patients not in known:
            known[patients] = point(resized(case, patients), pool, threads, on_trials)
        return known[patients].efficacy.value or 0.0

    index = _first_index(at, len(sizes), wanted)
    around = _AROUND if case.test in AT_A_TIME else 1
    centre = index if index is not None else len(sizes) - 1
    for near in range(max(0, centre - around), min(len(sizes), centre + around + 1)):
        at(near)
    for share in (0.5, 0.75, 1.25, 1.5):
        at(int(np.clip(round(centre * share), 0, len(sizes) - 1)))
    curve = tuple(known[n] for n in sorted(known))
    return FoundSize(
        candidate=case.candidate.name,
        scenario=case.scenario.name,
        wanted=wanted,
        smallest=_smallest(curve, wanted, 0.0),
        lasting=_lasting(curve, wanted),
        low=_smallest(curve, wanted, 2.0),
        high=_smallest(curve, wanted, -2.0),
        most=int(sizes[-1]),
        curve=curve,
        rests_on=behind,
    )


def _step(case: Case) -> int:
    """Return by how much sizes differ: people of both arms as allocated, one person in a single arm."""
    return sum(arm.allocation for arm in case.protocol.arm) or 1


def point(case: Case, pool: Pool, threads: int, on_trials: Callable[[int], None] | None) -> SizePoint:
    """Return one size."""
    done = draw_trials(world_of(case, pool), case.design.run.trials, threads=threads, on_done=on_trials)
    cluster = np.arange(done.decision.size) % pool.clusters

    def mean(values: np.ndarray) -> Value:
        return mean_by_cluster(values.astype(np.float64), cluster)

    return SizePoint(
        patients=case.patients,
        efficacy=mean(done.shown),
        treatment_deaths=mean(done.treatment_deaths),
        serious_harm=mean(done.serious),
    )


def _first_index(at: Callable[[int], float], count: int, wanted: float) -> int | None:
    """Return the first index by bisection, as if the chance rose evenly; None where the last one is too small."""
    if at(count - 1) < wanted:
        return None
    low, high = -1, count - 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if at(middle) >= wanted else (middle, high)
    return high


def _smallest(curve: tuple[SizePoint, ...], wanted: float, errors: float) -> int | None:
    """Return the smallest size whose chance, moved by so many standard errors, reaches what was asked."""
    moved = ((one.patients, (one.efficacy.value or 0.0) + errors * (one.efficacy.error or 0.0)) for one in curve)
    return next((patients for patients, chance in moved if chance >= wanted), None)


def _lasting(curve: tuple[SizePoint, ...], wanted: float) -> int | None:
    """Return the size from which all larger ones looked at have the chance."""
    held = None
    for one in reversed(curve):
        if (one.efficacy.value or 0.0) < wanted:
            return held
        held = one.patients
    return held
