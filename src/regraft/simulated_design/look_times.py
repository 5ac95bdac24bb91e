"""When a trial is looked at, and by which bounds: what the looks wait for, read off the people of many trials."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import final

import numpy as np
from scipy.special import ndtri

from regraft.core.arrays import Floats
from regraft.core.units import DAYS_PER_MONTH, DAYS_PER_YEAR
from regraft.design.file import Clock, TestName
from regraft.design.looks.boundaries import LookPlan, boundaries
from regraft.design.looks.spending import Spending
from regraft.simulated_design.case import AT_A_TIME, Case
from regraft.simulated_design.draw import Drawn, Seen


@final
@dataclass(frozen=True, eq=False)
class Bounds:
    """Bounds on z at every look; infinite where not tested.

    ``plan`` gives the bound of a last look with other information than planned; None: its bound stays as it is.
    """

    upper: Floats
    lower: Floats
    plan: LookPlan | None

    @property
    def looks(self) -> int:
        """Number of looks, the last one included."""
        return self.upper.size


def bounds_of(case: Case) -> Bounds:
    """Return the bounds of a case; one without looks has one at its end.

    Where a single arm is decided by counts, the bounds are on the number of people free.
    """
    design = case.design
    counts = case.counts
    if counts is not None:
        return Bounds(np.array(counts.upper, dtype=np.float64), np.array(counts.lower, dtype=np.float64) + 1.0, None)
    if case.test is TestName.POSTERIOR:
        last: Floats = np.full(1, float(ndtri(design.hypothesis.posterior_above)))
        return Bounds(last, last, None)
    plan = case.looks_plan
    if plan is None:
        last = np.full(1, float(ndtri(1.0 - design.hypothesis.alpha_each)))
        return Bounds(last, last, None)
    found = boundaries(plan)
    spends = isinstance(plan.efficacy, Spending) and not (plan.binding and plan.futility is not None)
    upper, lower = found.upper.astype(np.float64), found.lower.astype(np.float64)
    free_to_move = spends and case.growth is None and design.hypothesis.comparisons == 1
    return Bounds(upper, lower, replace(plan, futility=None) if free_to_move else None)


def last_bounds(bounds: Bounds, planned: tuple[float, ...], information: Floats) -> Floats:
    """Return the bound of the last look of each trial by the information that is there, shape (trials,).

    What was not spent at the interim looks is spent at the end, by the plan's own clock.

    Parameters
    ----------
    planned : tuple of float
        Information planned at each look.
    information : array, shape (trials,)
        Information at the last look.
    """
    out = np.full(information.size, bounds.upper[-1])
    if bounds.plan is None or bounds.looks == 1:
        return out
    for value in np.unique(information):
        if value > planned[-2] and value != planned[-1]:
            out[information == value] = _last_bound(bounds.plan, planned, float(value))
    return out


@lru_cache(maxsize=4096)
def _last_bound(plan: LookPlan, planned: tuple[float, ...], information: float) -> float:
    fractions = (*(one / information for one in planned[:-1]), 1.0)
    return float(boundaries(replace(plan, fractions=fractions, clock=plan.fractions)).upper[-1])


@final
@dataclass(frozen=True, eq=False)
class LookTimes:
    """Calendar days of the looks, each of shape (trials, looks): data up to ``until``, known by ``decided``.

    ``made`` says which are made: an interim look that would fall on the last one or later is not.
    """

    until: Floats
    decided: Floats
    made: np.ndarray


def look_times(
    case: Case, drawn: Drawn, seen: Seen, expected_events: float, last_events: Floats | None = None
) -> LookTimes:
    """Return when trials are looked at, if nothing stops them before.

    Parameters
    ----------
    expected_events : float
        Events expected in a whole trial, for looks at fractions of the events.
    last_events : array, shape (trials,), optional
        Events that each trial's last look waits for, where they have been re-estimated.
    """
    asked = case.design.looks
    trials = drawn.month.shape[0]
    come = np.isfinite(drawn.month)
    last_entry = np.where(come, drawn.month, -np.inf).max(axis=1) * DAYS_PER_MONTH
    last_entry = np.maximum(last_entry, 0.0)
    horizon = case.question.years if case.test in AT_A_TIME else case.follow_up_years
    whole = np.where(come, seen.enter, -np.inf).max(axis=1)
    end = np.where(np.isfinite(whole), whole, 0.0) + horizon * DAYS_PER_YEAR + 1.0
    if asked is None:
        until = end[:, None]
        return LookTimes(until, until, np.ones((trials, 1), dtype=np.bool_))
    waits = [np.full(trials, value) for value in _values(case, expected_events)]
    if last_events is not None:
        waits[-1] = last_events
    days = [_day_of(case, value, seen, last_entry) for value in waits]
    if not asked.at:
        days[-1] = end
    days[-1] = np.maximum(days[-1], last_entry + asked.minimum_follow_up_months * DAYS_PER_MONTH)
    if asked.by is not Clock.CALENDAR:
        days[-1] = np.minimum(days[-1], end)
    gap = asked.minimum_gap_months * DAYS_PER_MONTH
    for k in range(1, len(days)):
        days[k] = np.maximum(days[k], days[k - 1] + gap) if k + 1 < len(days) else days[k]
    until = np.stack(days, axis=1)
    made = until < until[:, -1:] - gap
    made[:, -1] = True
    return LookTimes(until, until + asked.data_ready_after_months * DAYS_PER_MONTH, made)


def _values(case: Case, expected_events: float) -> tuple[float, ...]:
    """Return what each look waits for, in the units of its clock."""
    asked = case.design.looks
    assert asked is not None
    if case.counts is not None:
        return tuple(float(one) for one in case.counts.patients)
    if asked.at:
        return tuple(asked.at)
    whole = {Clock.EVENTS: expected_events, Clock.PATIENTS: float(case.patients)}.get(asked.by, 0.0)
    return tuple(share * whole for share in asked.fractions)


def information_planned(case: Case, expected_events: float) -> tuple[float, ...]:
    """Return the information planned at each look: events where looks wait for them, else shares."""
    asked = case.design.looks
    if asked is None:
        return (1.0,)
    values = _values(case, expected_events)
    return values if asked.by is Clock.EVENTS or asked.two_stage is not None else asked.shares


def _day_of(case: Case, value: Floats, seen: Seen, last_entry: Floats) -> Floats:
    """Return the calendar day on which a look's condition is met, shape (trials,); infinite for never."""
    looks = case.design.looks
    assert looks is not None
    if looks.by is Clock.CALENDAR:
        return value * DAYS_PER_MONTH
    if looks.by is Clock.FOLLOW_UP:
        return last_entry + value * DAYS_PER_MONTH
    if looks.by is Clock.PATIENTS:
        wait = case.question.years * DAYS_PER_YEAR + 1.0 if case.test in AT_A_TIME else 1.0
        return _nth(seen.enter, value) + wait
    counted = (seen.event == 1) & (seen.known == 1)
    return _nth(np.where(counted, seen.enter + np.floor(np.maximum(seen.time, 0.0)), np.inf), value) + 0.5


def _nth(days: Floats, number: Floats) -> Floats:
    """Return the day of the n-th of each trial's people, n rounded; infinite where there are fewer."""
    ordered = np.sort(days, axis=1)
    place = np.maximum(np.round(number).astype(np.int64), 1) - 1
    found = np.take_along_axis(ordered, np.minimum(place, days.shape[1] - 1)[:, None], axis=1)[:, 0]
    return np.where(place < days.shape[1], found, np.inf)
