"""The stepper of `regraft.core.integrate` in lanes: each system has its own time, step and tolerance.

`rock4(rates)` compiles one attempt of all lanes; `accept` then takes or refuses it in each. A lane that has arrived
where it was going takes steps of no length, which change nothing, until its caller sends it on; a lane whose time is
not a number is empty.
"""

from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from regraft.core.arrays import Floats
from regraft.core.kernels import kernel
from regraft.core.lanes.kind import choose, everywhere, exp, greatest, least, log, put_row, row_of
from regraft.core.lanes.vector import LANES
from regraft.core.steps import (
    A21,
    A31,
    A32,
    A41,
    A42,
    A43,
    B1,
    B2,
    B3,
    B4,
    E1,
    E2,
    E3,
    E4,
    E5,
    ERROR_POWER,
    LEAST_LN_ERROR,
    LEAST_OF_REFUSED,
    LEAST_SHRINKAGE,
    LEAST_SQUARED_ERROR,
    MAX_STEPS,
    MOST_GROWTH,
    PREVIOUS_ERROR_POWER,
    SAFETY,
    SAME_MOMENT,
    SMALLEST_STEP,
    STEP_TOO_SMALL,
    TOO_MANY_STEPS,
    C,
)

_STAGES = 7
_CACHE_LINE = 8  # doubles


class Clock(IntEnum):
    """Rows of a clock, each a number per lane."""

    NOW = 0
    END = 1
    STEP = 2  # the step it would like to take next
    LN_PREVIOUS_ERROR = 3
    STEPS = 4  # taken since the caller put this to zero
    REFUSED = 5
    FAULT = 6  # 0, TOO_MANY_STEPS or STEP_TOO_SMALL; a lane with a fault goes to its end as it is
    RTOL = 7
    TRIED = 8  # the step of this attempt
    SQUARED_ERROR = 9  # its error, squared; at most 1 is good enough


class LaneRoom(NamedTuple):
    """The memory of as many systems as there are lanes; every array ends in the axis of lanes.

    whole (rows, lanes): all that belongs to the systems themselves, so that one of them is a column. Parts of it are y
    and the rates of the present state (states, lanes), inputs, p and clock. stages (7, states, lanes): the rates of an
    attempt after the first, and last the state that it leads to.
    """

    whole: Floats
    y: Floats
    rates: Floats
    inputs: Floats
    p: Floats
    clock: Floats
    stages: Floats


def make_room(states: int, inputs: int, parameters: int) -> LaneRoom:
    """Return the memory of as many systems as there are lanes, all zero."""
    edges = np.cumsum([states, states, inputs, parameters, len(Clock)])
    whole = rows_of_lanes(int(edges[-1]))
    stages = rows_of_lanes(_STAGES * states).reshape(_STAGES, states, LANES)
    y, rates, inputs_held, prepared, clock = np.split(whole, edges[:-1])
    return LaneRoom(whole, y, rates, inputs_held, prepared, clock, stages)


def rows_of_lanes(rows: int) -> Floats:
    """Return zeros, shape (rows, lanes), aligned to the processor's cache: else every access is two."""
    plain = np.zeros(rows * LANES + _CACHE_LINE)
    first = -(plain.ctypes.data // plain.itemsize) % _CACHE_LINE
    return plain[first : first + rows * LANES].reshape(rows, LANES)


def rock4(rates: Callable[..., None]) -> Callable[..., None]:
    """Return a kernel that tries one step in every lane, ``attempt(room, scales)``: ROCK4 with five stages.

    ``rates(t, y, inputs, p, out)`` takes t as lanes and rows of lanes for the others. Local errors are held to ``rtol *
    (scales[i] + largest)`` in root mean square, with each lane's own rtol; scales have the shape (states, lanes).
    """

    @kernel
    def attempt(room: LaneRoom, scales: Floats) -> None:
        y, u, p, clock, stages = room.y, room.inputs, room.p, room.clock, room.stages
        k0, k1, k2, k3, k4 = room.rates, stages[0], stages[1], stages[2], stages[3]
        begun, k5, trial, n = stages[4], stages[5], stages[6], y.shape[0]
        t, end, wanted = row_of(clock, Clock.NOW), row_of(clock, Clock.END), row_of(clock, Clock.STEP)
        left = end - t
        h = choose(wanted >= left, left, choose(wanted * 2.0 > left, left * 0.5, wanted))
        a = h * C
        for i in range(n):
            put_row(begun, i, row_of(y, i) + a * row_of(k0, i))
        rates(t + a, begun, u, p, k1)
        a = h * A21
        for i in range(n):
            put_row(trial, i, row_of(begun, i) + a * row_of(k1, i))
        rates(t + h * (C + A21), trial, u, p, k2)
        a, b = h * A31, h * A32
        for i in range(n):
            put_row(trial, i, row_of(begun, i) + (a * row_of(k1, i) + b * row_of(k2, i)))
        rates(t + h * (C + A31 + A32), trial, u, p, k3)
        a, b, c = h * A41, h * A42, h * A43
        for i in range(n):
            put_row(trial, i, row_of(begun, i) + (a * row_of(k1, i) + b * row_of(k2, i) + c * row_of(k3, i)))
        rates(t + h * (C + A41 + A42 + A43), trial, u, p, k4)
        a, b, c, d = h * B1, h * B2, h * B3, h * B4
        for i in range(n):
            near = a * row_of(k1, i) + b * row_of(k2, i) + c * row_of(k3, i)
            put_row(trial, i, row_of(begun, i) + (near + d * row_of(k4, i)))
        rates(t + h, trial, u, p, k5)
        a, b, c = h * (E1 - B1), h * (E2 - B2), h * (E3 - B3)
        d, e = h * (E4 - B4), h * E5
        total, rtol = everywhere(0.0), row_of(clock, Clock.RTOL)
        for i in range(n):
            error = a * row_of(k1, i) + b * row_of(k2, i) + c * row_of(k3, i)
            error = error + d * row_of(k4, i) + e * row_of(k5, i)
            largest = greatest(abs(row_of(y, i)), abs(row_of(trial, i)))
            error = error / ((row_of(scales, i) + largest) * rtol)
            total = total + error * error
        put_row(clock, Clock.TRIED, h)
        put_row(clock, Clock.SQUARED_ERROR, total * (1.0 / n))

    return attempt


@kernel
def accept(room: LaneRoom, order: float) -> None:
    """Take the attempt in the lanes where it is good, and choose the next steps; `order` is that of the method."""
    y, clock, k0, last, trial = room.y, room.clock, room.rates, room.stages[5], room.stages[6]
    squared, h, t = row_of(clock, Clock.SQUARED_ERROR), row_of(clock, Clock.TRIED), row_of(clock, Clock.NOW)
    end, wanted = row_of(clock, Clock.END), row_of(clock, Clock.STEP)
    ln_previous = row_of(clock, Clock.LN_PREVIOUS_ERROR)
    taken, left = squared <= 1.0, end - t  # an error that is not a number is refused
    for i in range(y.shape[0]):
        put_row(y, i, choose(taken, row_of(trial, i), row_of(y, i)))
        put_row(k0, i, choose(taken, row_of(last, i), row_of(k0, i)))
    ln_error = log(greatest(squared, LEAST_SQUARED_ERROR)) * 0.5
    of_taken = ln_previous * (PREVIOUS_ERROR_POWER / order) - ln_error * (ERROR_POWER / order)
    factor = exp(choose(taken, of_taken, ln_error * (-1.0 / order))) * SAFETY
    grown = h * least(greatest(factor, LEAST_SHRINKAGE), MOST_GROWTH)
    longer = choose((h >= left) & (grown >= h), greatest(grown, wanted), grown)
    next_step = choose(taken, longer, h * greatest(LEAST_OF_REFUSED, factor))
    put_row(clock, Clock.STEP, next_step)
    put_row(clock, Clock.LN_PREVIOUS_ERROR, choose(taken, greatest(ln_error, LEAST_LN_ERROR), ln_previous))
    is_on_its_way = left > 0.0
    steps = row_of(clock, Clock.STEPS) + choose(taken & is_on_its_way, everywhere(1.0), 0.0)
    refused = row_of(clock, Clock.REFUSED) + choose(~taken & is_on_its_way, everywhere(1.0), 0.0)
    put_row(clock, Clock.STEPS, steps)
    put_row(clock, Clock.REFUSED, refused)
    is_small = ~taken & (next_step < SMALLEST_STEP) & is_on_its_way
    is_long = (steps + refused >= MAX_STEPS) & is_on_its_way
    fault = choose(is_small, everywhere(STEP_TOO_SMALL), choose(is_long, everywhere(TOO_MANY_STEPS), 0.0))
    put_row(clock, Clock.FAULT, fault)
    now = choose(taken, t + h, t)
    has_arrived = (end - now <= SAME_MOMENT) | (fault > 0.0)
    put_row(clock, Clock.NOW, choose(has_arrived, end, now))
