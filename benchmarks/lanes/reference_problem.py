"""The reference problem (`benchmarks/reference_model.py`) in lanes, and without drug no exponential.

The same equations in the variables that the lanes like best: all six states are relative to baseline, and the feedback,
``neutrophils ** -gamma``, is a state with a rate of its own, ``-gamma * feedback * d ln(neutrophils) / dt``; so without
drug a rate is plus, minus, times and one division. The drug's part is in closed form as in `closed_form` there.
"""

from typing import Any, TypeAlias

import numpy as np

from lanes.dormand_prince import between, dormand_prince
from regraft.core.arrays import Floats
from regraft.core.kernels import kernel
from regraft.core.lanes.kind import any_of, choose, everywhere, exp, least, put_row, row_of
from regraft.core.lanes.stepper import Clock, LaneRoom, accept, make_room
from regraft.core.lanes.vector import LANES

Lanes: TypeAlias = Any  # a kernel's own types have no name outside
Mask: TypeAlias = Any
DAYS, DOSES, INTERVAL_H, DOSE_MG, KA_PER_H, BASE = 60, 16, 6.0, 60.0, 1.5, 5.0
GONE_MG, SMALL, ORDER = 1e-9, 1e-3, 5.0
PROGENITORS, FIRST, SECOND, THIRD, NEUTROPHILS, FEEDBACK, STATES = range(7)
SINCE, DEPOT, CENTRAL, DOSE, DAY, WHO, INPUTS = range(7)
BLOCK = 256  # patients who wait for each other between the days with drug and those without
KE, KILL_PER_MG, KTR, GAMMA, INTO_CENTRAL, PARAMETERS = range(6)
CLOCK = 2 * STATES + INPUTS + PARAMETERS  # where a patient's row has the clock
LAST_H, SAME_MOMENT = 24.0 * DAYS, 1e-12


@kernel
def _left(t: Lanes, u: Floats, p: Floats) -> tuple[Lanes, Lanes]:
    """Depot and central amount [mg] at time t."""
    since, depot = t - row_of(u, SINCE), row_of(u, DEPOT)
    gone, waiting = exp(-(row_of(p, KE) * since)), exp(since * -KA_PER_H)
    return depot * waiting, row_of(u, CENTRAL) * gone + depot * row_of(p, INTO_CENTRAL) * (gone - waiting)


@kernel
def _eliminated(left: tuple[Lanes, Lanes], u: Floats) -> Lanes:
    """What has been eliminated since the last dose [mg]."""
    return row_of(u, DEPOT) + row_of(u, CENTRAL) - left[0] - left[1]


@kernel
def _rates(y: Floats, p: Floats, killed: Lanes, dividing: Lanes, out: Floats) -> None:
    """Rates of all states per hour, by the kill since the last dose and the progenitors that it has left."""
    ktr, feedback, neutrophils = row_of(p, KTR), row_of(y, FEEDBACK), row_of(y, NEUTROPHILS)
    first, second, third = row_of(y, FIRST), row_of(y, SECOND), row_of(y, THIRD)
    circulating = ktr * (third - neutrophils)
    by_feedback = row_of(p, GAMMA) * circulating / neutrophils
    put_row(out, PROGENITORS, row_of(y, PROGENITORS) * (ktr * (feedback - 1.0) - killed * by_feedback))
    put_row(out, FIRST, ktr * (dividing - first))
    put_row(out, SECOND, ktr * (first - second))
    put_row(out, THIRD, ktr * (second - third))
    put_row(out, NEUTROPHILS, circulating)
    put_row(out, FEEDBACK, -(feedback * by_feedback))


@kernel
def rates(t: Lanes, y: Floats, u: Floats, p: Floats, out: Floats) -> None:
    """Rates of all states per hour; progenitors are counted without what the drug has killed since the last dose."""
    progenitors = row_of(y, PROGENITORS)
    if any_of(row_of(u, DEPOT) + row_of(u, CENTRAL) > 0.0):
        killed = row_of(p, KILL_PER_MG) * _eliminated(_left(t, u, p), u) * row_of(y, FEEDBACK)
        _rates(y, p, killed, progenitors * exp(-killed), out)
    else:
        _rates(y, p, everywhere(0.0), progenitors, out)


attempt = dormand_prince(rates)


@kernel
def _restart(t: Lanes, where: Mask, room: LaneRoom) -> None:
    """Put the kill since the last dose into the progenitors, and begin to count anew, in the lanes of a mask."""
    y, u, p = room.y, room.inputs, room.p
    left, progenitors = _left(t, u, p), row_of(y, PROGENITORS)
    killed = row_of(p, KILL_PER_MG) * _eliminated(left, u) * row_of(y, FEEDBACK)
    put_row(y, PROGENITORS, choose(where, progenitors * exp(-killed), progenitors))
    put_row(u, DEPOT, choose(where, choose(left[0] < GONE_MG, 0.0, left[0]), row_of(u, DEPOT)))
    put_row(u, CENTRAL, choose(where, choose(left[1] < GONE_MG, 0.0, left[1]), row_of(u, CENTRAL)))
    put_row(u, SINCE, choose(where, t, row_of(u, SINCE)))
    k0, fresh = room.rates, room.stages[0]
    _rates(y, p, everywhere(0.0), row_of(y, PROGENITORS), fresh)
    for i in range(STATES):
        put_row(k0, i, choose(where, row_of(fresh, i), row_of(k0, i)))


@kernel
def _go_on(room: LaneRoom) -> None:
    """Where lanes have arrived at a dose, or at a day on which drug is left, begin anew; say where they go next."""
    u, clock = room.inputs, room.clock
    t, dose = row_of(clock, Clock.NOW), row_of(u, DOSE)
    arrived = (t == row_of(clock, Clock.END)) & (t < LAST_H)
    if any_of(arrived):
        is_due = arrived & (dose < DOSES)
        _restart(t, arrived, room)
        put_row(u, DEPOT, row_of(u, DEPOT) + choose(is_due, everywhere(DOSE_MG), 0.0))
        dose = dose + choose(is_due, everywhere(1.0), 0.0)
        put_row(u, DOSE, dose)
        drug_left = row_of(u, DEPOT) + row_of(u, CENTRAL) > 0.0
        end = choose(dose < DOSES, dose * INTERVAL_H, choose(drug_left, least(row_of(u, DAY) * 24.0, LAST_H), LAST_H))
        put_row(clock, Clock.END, choose(arrived, end, row_of(clock, Clock.END)))


@kernel
def _rest(one: Floats, room: LaneRoom, waiting: Floats) -> None:
    """Write a patient at rest before the first dose, by way of lane 0."""
    y, u, p, clock = room.y, room.inputs, room.p, room.clock
    p[KE, 0], p[KILL_PER_MG, 0], p[KTR, 0], p[GAMMA, 0] = one[0] / one[1], one[2] * one[4] / one[0], one[2], one[3]
    p[INTO_CENTRAL, 0] = KA_PER_H / (KA_PER_H - p[KE, 0])
    for i in range(STATES):
        y[i, 0] = 1.0
    for i in range(INPUTS):
        u[i, 0] = 0.0
    for i in range(clock.shape[0]):
        clock[i, 0] = 0.0
    u[DAY, 0] = clock[Clock.STEP, 0] = 1.0
    _leave(0, room, waiting)


@kernel
def _leave(lane: int, room: LaneRoom, waiting: Floats) -> None:
    for i in range(waiting.shape[0]):
        waiting[i] = room.whole[i, lane]


@kernel
def _sit_down(lane: int, who: int, room: LaneRoom, waiting: Floats) -> None:
    for i in range(waiting.shape[0]):
        room.whole[i, lane] = waiting[i]
    room.inputs[WHO, lane] = who


@kernel
def _stay_empty(lane: int, room: LaneRoom) -> None:
    """Let nothing happen in a lane: its clock stands at the end."""
    room.clock[Clock.NOW, lane] = room.clock[Clock.END, lane] = LAST_H
    room.inputs[WHO, lane] = -1.0


@kernel
def _note_days(room: LaneRoom, out: Floats) -> None:
    """Write down the neutrophils of the days that the attempted steps reach."""
    u, clock, scratch = room.inputs, room.clock, room.stages[0]
    t, h, end = row_of(clock, Clock.NOW), row_of(clock, Clock.TRIED), row_of(clock, Clock.END)
    reached = choose(end - (t + h) <= SAME_MOMENT, end, t + h)
    sits = (row_of(u, WHO) >= 0.0) & (row_of(clock, Clock.SQUARED_ERROR) <= 1.0)
    while True:
        day = row_of(u, DAY)
        now = sits & (day * 24.0 <= reached) & (day <= DAYS)
        if not any_of(now):
            return
        put_row(scratch, 0, between(room, NEUTROPHILS, (day * 24.0 - t) / h) * BASE)
        put_row(scratch, 1, choose(now, everywhere(1.0), 0.0))
        for lane in range(LANES):
            if scratch[1, lane] > 0.0:
                out[int(u[WHO, lane]), int(u[DAY, lane])] = scratch[0, lane]
        put_row(u, DAY, day + row_of(scratch, 1))


@kernel
def _through(mark: int, first: int, waiting: Floats, room: LaneRoom, rtol: float, out: Floats) -> bool:
    """Take all who wait until the row `mark` of their clock shows the end; whoever is there makes room for the next."""
    clock, begun, sitting = room.clock, 0, 0
    for lane in range(LANES):
        _stay_empty(lane, room)
    while True:
        _go_on(room)
        if any_of(row_of(clock, mark) == LAST_H):
            for lane in range(LANES):
                if clock[mark, lane] == LAST_H:
                    who = int(room.inputs[WHO, lane])
                    if who >= 0:
                        _leave(lane, room, waiting[who - first])
                        sitting -= 1
                    if begun < waiting.shape[0]:
                        _sit_down(lane, first + begun, room, waiting[begun])
                        begun, sitting = begun + 1, sitting + 1
                    else:
                        _stay_empty(lane, room)
            if sitting == 0:
                return True
            _go_on(room)
        attempt(room, rtol, SMALL * rtol)
        _note_days(room, out)
        accept(room, ORDER)
        if any_of(row_of(clock, Clock.FAULT) > 0.0):
            return False


@kernel
def _steps(waiting: Floats) -> int:
    steps = 0
    for i in range(waiting.shape[0]):
        steps += int(waiting[i, CLOCK + Clock.STEPS] + waiting[i, CLOCK + Clock.REFUSED])
    return steps


@kernel
def _solve(
    start: int, stop: int, parameters: Floats, rtol: float, room: LaneRoom, block: Floats, out: Floats
) -> tuple[int, int]:
    steps, with_drug = 0, 0
    for first in range(start, stop, block.shape[0]):
        waiting = block[: min(block.shape[0], stop - first)]
        for i in range(waiting.shape[0]):
            _rest(parameters[first + i], room, waiting[i])
            out[first + i, 0] = BASE
        if not _through(Clock.END, first, waiting, room, rtol, out):
            return -1, 0
        with_drug += _steps(waiting)
        if not _through(Clock.NOW, first, waiting, room, rtol, out):
            return -1, 0
        steps += _steps(waiting)
    return steps, with_drug


def solve(start: int, stop: int, parameters: Floats, rtol: float, out: Floats) -> tuple[int, int]:
    """Solve patients `start` to `stop` - 1 into ``out[patient, day]``.

    Return the steps taken, or -1, and how many of them were taken while there was drug.
    """
    room = make_room(STATES, INPUTS, PARAMETERS)
    return _solve(start, stop, parameters, rtol, room, np.zeros((BLOCK, room.whole.shape[0])), out)
