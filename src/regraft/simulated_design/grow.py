"""Trials whose size is re-estimated at a look: who comes after it, what the last look waits for, how z is combined.

Whoever was not planned comes after the decision of the look, in the order and at the distances of the pool's arrivals.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from regraft.core.arrays import Floats, Ints
from regraft.core.units import DAYS_PER_MONTH, DAYS_PER_YEAR
from regraft.design.file import Reestimation, TestName
from regraft.design.looks.reestimation import TwoStagePlan
from regraft.design.planned import blinded_plan, planned_boundaries, planned_events
from regraft.design.survival.log_rank_size import schoenfeld_events
from regraft.simulated_design.case import Case
from regraft.simulated_design.draw import Drawn, Seen
from regraft.simulated_design.look_times import LookTimes, look_times
from regraft.simulated_design.read import Read, counts_at
from regraft.simulated_design.statistics import Trials

ReadAt = Callable[[LookTimes, int], Read]


class Grown(NamedTuple):
    """People that each trial wants, shape (trials,), and the events its last look waits for (None: those planned)."""

    wanted: Ints
    last_events: Floats | None


def grow(case: Case, drawn: Drawn, seen: Seen, expected_events: float, read: ReadAt) -> Grown:
    """Let each trial have the people that its look asks for, in place; return how many, and when its last look is.

    Parameters
    ----------
    drawn, seen : Drawn, Seen
        The most people a trial may have; those it has not will have come never.
    read : callable
        The test of these trials at a look.
    """
    asked = case.design.reestimation
    if asked is None:
        return Grown(np.full(drawn.month.shape[0], case.patients), None)
    month, enter, planned = drawn.month.copy(), seen.enter.copy(), case.patients
    _send_away(drawn, seen, np.full(month.shape[0], planned))
    times = look_times(case, drawn, seen, expected_events)
    k = asked.at_look - 1
    if case.growth is not None:
        size, last_events = _promising(case, case.growth, read(times, k).z)
    else:
        size, last_events = _blinded(case, asked, Trials(drawn, seen, np.ascontiguousarray(times.until[:, k]))), None
    made, decided = times.made[:, k], times.decided[:, k]
    there = (drawn.month * DAYS_PER_MONTH <= decided[:, None]).sum(axis=1)
    size = np.where(made, np.clip(size, there, case.most_patients), planned)
    wait = np.maximum(decided / DAYS_PER_MONTH - month[:, planned - 1], 0.0)
    wait = np.where(np.isfinite(wait), wait, 0.0)[:, None]
    late = np.arange(month.shape[1]) >= planned
    drawn.month[:], seen.enter[:] = month + wait * late, enter + wait * DAYS_PER_MONTH * late
    stops = None if case.design.recruitment is None else case.design.recruitment.stops_after_months
    if stops is not None:
        drawn.month[drawn.month > stops] = np.inf
        seen.enter[np.isinf(drawn.month)] = np.inf
    _send_away(drawn, seen, size)
    if last_events is None:
        return Grown(size, None)
    events = planned_events(case.design)
    assert events is not None
    return Grown(size, np.where(made, last_events, events[-1]))


def _send_away(drawn: Drawn, seen: Seen, size: Ints) -> None:
    """Let nobody come beyond each trial's size."""
    beyond = np.arange(drawn.month.shape[1]) >= size[:, None]
    drawn.month[beyond], seen.enter[beyond] = np.inf, np.inf


def _promising(case: Case, plan: TwoStagePlan, z: Floats) -> tuple[Ints, Floats | None]:
    """Return the size after z at the look, and the events the last look waits for where looks are by events."""
    whole = (plan.first + plan.second_stage(z)).astype(np.float64)
    size: Ints = np.ceil(case.patients * whole / (plan.first + plan.second) - 1e-9).astype(np.int64)
    return size, whole if planned_events(case.design) is not None else None


def _blinded(case: Case, asked: Reestimation, trials: Trials) -> Ints:
    """Return the size by what is seen of both arms together."""
    if case.test is TestName.LOG_RANK:
        return _blinded_by_events(case, asked, trials)
    plan = blinded_plan(case.design, case.patients)
    counts = counts_at(trials, case.question.years * DAYS_PER_YEAR).sum(axis=1)
    free, known = counts[:, 0], counts[:, 0] + counts[:, 1]
    sizes = [
        plan.size(one / n) if n > 0 else case.patients for one, n in zip(free.tolist(), known.tolist(), strict=True)
    ]
    return np.array(sizes, dtype=np.int64)


def _blinded_by_events(case: Case, asked: Reestimation, trials: Trials) -> Ints:
    """Return the size that brings the events needed, if all go on to have them at the rate seen in both arms."""
    ratio, hypothesis = case.design.assumed.hazard_ratio, case.design.hypothesis
    assert ratio is not None
    inflation = planned_boundaries(case.design).inflation
    needed = schoenfeld_events(ratio, hypothesis.alpha, hypothesis.power, hypothesis.experimental_share) * inflation
    counted = (trials.seen.known == 1) & np.isfinite(trials.drawn.month)
    enter = np.where(counted, trials.seen.enter, 0.0)
    watched = np.maximum(np.minimum(trials.until[:, None] - enter, trials.seen.time), 0.0)
    had = counted & (trials.seen.event == 1) & (enter + trials.seen.time <= trials.until[:, None])
    days = np.where(counted, watched, 0.0).sum(axis=1)
    hazard = had.sum(axis=1) / np.maximum(days, 1.0)
    share = -np.expm1(-hazard * case.follow_up_years * DAYS_PER_YEAR)
    most = asked.maximum_patients
    return np.minimum(np.ceil(needed / np.maximum(share, needed / (2.0 * most))), most).astype(np.int64)


def combined(case: Case, times: LookTimes, reads: list[Read]) -> list[Read]:
    """Return reads in which the last z combines both stages by the weights of the plan, where the second may grow."""
    if case.growth is None:
        return reads
    first, last = reads
    weights = case.growth.weights
    before, whole = np.nan_to_num(first.amount), np.nan_to_num(last.amount)
    more = np.maximum(whole - before, 0.0)
    score = last.z * np.sqrt(whole) - first.z * np.sqrt(before)
    second = np.where(more > 0.0, score / np.sqrt(np.where(more > 0.0, more, 1.0)), 0.0)
    z = np.where(times.made[:, 0], weights[0] * first.z + weights[1] * second, last.z)
    return [first, Read(z, last.events, last.estimate, last.information, last.amount)]
