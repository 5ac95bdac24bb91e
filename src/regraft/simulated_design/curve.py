"""Power along sizes and along effects, on the people of the candidates: what figures of a design are drawn from.

Every point draws the same people in the same order, so curves are smooth and differences between them are paired.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np

from regraft.design.planned_belief import planned_stages
from regraft.simulated_design.case import Case
from regraft.simulated_design.operating import Value, mean_by_cluster
from regraft.simulated_design.pool import Pool
from regraft.simulated_design.trials import draw_trials, world_of
from regraft.simulated_design.twin import analytic_twin

MOST_TRIALS = 2000  # of each point: an error of one point in a hundred at most
_AROUND = (0.5, 1.5)  # sizes of curves, as shares of the smallest and the largest candidate
_POINTS = 6


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One point of a curve: candidates of one question and follow-up at a size, under a share of the effect.

    Parameters
    ----------
    label : str
        The candidate, the first of those that differ by their number of people only.
    along : str
        ``size`` or ``effect``: the curve it belongs to.
    efficacy, people, treatment_deaths : Value
        Chance to show efficacy; people recruited and treatment deaths expected.
    analytic : float or None
        What the formula says.
    """

    label: str
    scenario: str
    estimand: str
    definitions: str
    along: str
    patients: int
    effect_share: float
    efficacy: Value
    people: Value
    treatment_deaths: Value
    analytic: float | None


def curves(
    every: Sequence[Case],
    filled: Mapping[str, Pool],
    *,
    threads: int = 1,
    on_trials: Callable[[int], None] | None = None,
) -> tuple[Point, ...]:
    """Return the points of every curve."""
    return tuple(
        _point(case, along, filled[case.lives.digest], threads, on_trials) for along, case in cases_of_curves(every)
    )


def trials_of_curves(every: Sequence[Case]) -> int:
    """Return how many trials all points of curves take, for progress."""
    return sum(_trials(case) for _, case in cases_of_curves(every))


def cases_of_curves(every: Sequence[Case]) -> list[tuple[str, Case]]:
    """Return what is drawn for curves: each question at several sizes, and at its own under several effects.

    Under the first scenario with an effect; candidates that differ by their size alone are one.
    """
    with_effect = [case for case in every if case.scenario.effect_share > 0.0 and not case.lives.blocks]
    if not with_effect:
        return []
    own = [case for case in with_effect if case.scenario.name == with_effect[0].scenario.name]
    kinds: dict[tuple[object, ...], Case] = {}
    for case in own:
        kinds.setdefault((case.question, case.definitions, case.follow_up_years, case.lives.digest), case)
    found = []
    for case in kinds.values():
        found += [("size", resized(case, size)) for size in sizes_of(own, case)]
        found += [("effect", with_share(case, share)) for share in case.design.run.effects]
    return found


def sizes_of(own: Sequence[Case], case: Case) -> tuple[int, ...]:
    """Return the sizes of a curve: of the file, else from half the smallest candidate to one and a half the largest.

    Sizes that the pool cannot have, or that leave an arm empty, are left out; two stages have their own sizes.
    """
    if planned_stages(case.design) is not None:
        return ()
    step = sum(arm.allocation for arm in case.protocol.arm) or 1
    wanted = case.design.run.sizes
    if not wanted:
        low, high = min(one.patients for one in own), max(one.patients for one in own)
        spread = np.linspace(_AROUND[0] * low, _AROUND[1] * high, _POINTS)
        wanted = tuple(int(step * max(1, round(one / step))) for one in spread)
    blocks = case.protocol.randomisation.blocks if case.protocol.randomisation else 1
    return tuple(one for one in dict.fromkeys(wanted) if step * blocks <= one <= case.lives.cluster)


def with_share(case: Case, share: float) -> Case:
    """Return a case under another share of the effect."""
    return replace(case, scenario=case.scenario.model_copy(update={"effect_share": share}))


def resized(case: Case, patients: int) -> Case:
    """Return a case of another size; looks at numbers of events or people, and the most of them, grow with it."""
    if patients == case.patients:
        return case
    design, scale = case.design, patients / case.patients
    update: dict[str, object] = {}
    looks, again = design.looks, design.reestimation
    if looks is not None and looks.at and looks.by.value in {"events", "patients"}:
        at = tuple(max(1.0, float(round(one * scale))) for one in looks.at)
        update["looks"] = looks.model_copy(update={"at": at})
    if again is not None:
        most = min(case.lives.cluster, max(patients, round(again.maximum_patients * scale)))
        update["reestimation"] = again.model_copy(update={"maximum_patients": most})
    return replace(case, patients=patients, design=design.model_copy(update=update) if update else design)


def _trials(case: Case) -> int:
    return min(MOST_TRIALS, case.design.run.trials)


def _point(case: Case, along: str, pool: Pool, threads: int, on_trials: Callable[[int], None] | None) -> Point:
    world = world_of(case, pool)
    done = draw_trials(world, _trials(case), threads=threads, on_done=on_trials)
    cluster = np.arange(done.decision.size) % pool.clusters

    def mean(values: np.ndarray) -> Value:
        return mean_by_cluster(values.astype(np.float64), cluster)

    twin = analytic_twin(world)
    return Point(
        label=case.candidate.name,
        scenario=case.scenario.name,
        estimand=case.question.name,
        definitions=case.definitions,
        along=along,
        patients=case.patients,
        effect_share=case.scenario.effect_share,
        efficacy=mean(done.shown),
        people=mean(done.recruited),
        treatment_deaths=mean(done.treatment_deaths),
        analytic=None if twin is None else twin.power,
    )
