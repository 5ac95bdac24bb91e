"""The steppers of `regraft.core.integrate` in lanes: each system has its own time and step.

`rock4(rates)` and `dormand_prince(rates)` compile one attempt of all lanes; `accept` then takes or refuses it in each.
Before that, `between` reads a state anywhere within an attempt of `dormand_prince`. A lane that has arrived
where it was going takes steps of no length, which change nothing, until its caller sends it on.

References
----------
Hairer E, Norsett SP, Wanner G. Solving Ordinary Differential Equations I, 2nd ed. Springer 1993, II.6 (dense output).
"""

from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from lanes.kind import any_of, choose, everywhere, exp, greatest, least, log, put_row, row_of
from lanes.vector import LANES
from regraft.core.arrays import Floats
from regraft.core.kernels import kernel

_SAFETY, _MOST_GROWTH, _LEAST_SHRINKAGE, _LEAST_OF_REFUSED = 0.9, 6.0, 0.2, 0.1
_ERROR_POWER, _PREVIOUS_ERROR_POWER = 0.7, 0.4
_LEAST_SQUARED_ERROR, _LEAST_LN_ERROR = 1e-20, -9.210340371976182
_SAME_MOMENT, _SMALLEST_STEP = 1e-12, 1e-10
# The first stage, the four that finish the step, their weights, and those of the embedded method with one more.
_C = 0.1762962957651941
_A21 = -0.149352078672699
_A31, _A32 = 0.629768962985252, -0.355201061573650
_A41, _A42, _A43 = 0.0146745996307541, -0.0558517281602565, 0.590312931352706
_B1, _B2, _B3, _B4 = 0.934502625489809, -0.426556402801135, -0.428612609028723, 0.744370090574855
_E1, _E2, _E3, _E4 = 1.13509972110540, -0.584333360989720, -0.319172911177732, 0.482853558185876
_E5 = 0.109256697110981
_D1, _D3, _D4 = -12715105075 / 11282082432, 87487479700 / 32700410799, -10690763975 / 1880347072
_D5, _D6, _D7 = 701980252875 / 199316789632, -1453857185 / 822651844, 69997945 / 29380423
_STAGES = 7
_CACHE_LINE = 8  # doubles


class Clock(IntEnum):
    """Rows of a clock, each a number per lane."""

    NOW = 0
    END = 1
    STEP = 2  # the step it would like to take next
    LN_PREVIOUS_ERROR = 3
    STEPS = 4  # taken or refused
    TRIED = 5  # the step of this attempt
    SQUARED_ERROR = 6  # its error, squared; at most 1 is good enough


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
    return LaneRoom(whole, *np.split(whole, edges[:-1]), stages)


def rows_of_lanes(rows: int) -> Floats:
    """Return zeros, shape (rows, lanes), aligned to the processor's cache: else every access is two."""
    plain = np.zeros(rows * LANES + _CACHE_LINE)
    first = -(plain.ctypes.data // plain.itemsize) % _CACHE_LINE
    return plain[first : first + rows * LANES].reshape(rows, LANES)


def dormand_prince(rates: Callable[..., None]) -> Callable[..., None]:  # noqa: PLR0915 - all of it is `attempt`
    """Return a kernel that tries one step in every lane, ``attempt(room, rtol, atol)``.

    ``rates(t, y, inputs, p, out)`` takes t as lanes and rows of lanes for the others.
    """

    @kernel
    def attempt(room: LaneRoom, rtol: float, atol: float) -> None:  # noqa: PLR0915 - one loop, as the scalar one
        y, u, p, clock, stages = room.y, room.inputs, room.p, room.clock, room.stages
        k0, k1, k2, k3, k4 = room.rates, stages[0], stages[1], stages[2], stages[3]
        k5, k6, trial, n = stages[4], stages[5], stages[6], y.shape[0]
        t, end, wanted = row_of(clock, Clock.NOW), row_of(clock, Clock.END), row_of(clock, Clock.STEP)
        left = end - t
        h = choose(wanted >= left, left, choose(wanted * 2.0 > left, left * 0.5, wanted))
        a = h * 0.2
        for i in range(n):
            put_row(trial, i, row_of(y, i) + a * row_of(k0, i))
        rates(t + a, trial, u, p, k1)
        a, b = h * (3.0 / 40.0), h * (9.0 / 40.0)
        for i in range(n):
            put_row(trial, i, row_of(y, i) + (a * row_of(k0, i) + b * row_of(k1, i)))
        rates(t + h * 0.3, trial, u, p, k2)
        a, b, c = h * (44.0 / 45.0), h * (-56.0 / 15.0), h * (32.0 / 9.0)
        for i in range(n):
            put_row(trial, i, row_of(y, i) + (a * row_of(k0, i) + b * row_of(k1, i) + c * row_of(k2, i)))
        rates(t + h * 0.8, trial, u, p, k3)
        a, b, c = h * (19372.0 / 6561.0), h * (-25360.0 / 2187.0), h * (64448.0 / 6561.0)
        d = h * (-212.0 / 729.0)
        for i in range(n):
            near = a * row_of(k0, i) + b * row_of(k1, i) + c * row_of(k2, i)
            put_row(trial, i, row_of(y, i) + (near + d * row_of(k3, i)))
        rates(t + h * (8.0 / 9.0), trial, u, p, k4)
        a, b, c = h * (9017.0 / 3168.0), h * (-355.0 / 33.0), h * (46732.0 / 5247.0)
        d, e = h * (49.0 / 176.0), h * (-5103.0 / 18656.0)
        for i in range(n):
            near = a * row_of(k0, i) + b * row_of(k1, i) + c * row_of(k2, i)
            put_row(trial, i, row_of(y, i) + (near + d * row_of(k3, i) + e * row_of(k4, i)))
        rates(t + h, trial, u, p, k5)
        a, b, c = h * (35.0 / 384.0), h * (500.0 / 1113.0), h * (125.0 / 192.0)
        d, e = h * (-2187.0 / 6784.0), h * (11.0 / 84.0)
        for i in range(n):
            near = a * row_of(k0, i) + b * row_of(k2, i) + c * row_of(k3, i)
            put_row(trial, i, row_of(y, i) + (near + d * row_of(k4, i) + e * row_of(k5, i)))
        rates(t + h, trial, u, p, k6)
        a, b, c = h * (71.0 / 57600.0), h * (-71.0 / 16695.0), h * (71.0 / 1920.0)
        d, e, f = h * (-17253.0 / 339200.0), h * (22.0 / 525.0), h * (-1.0 / 40.0)
        total = everywhere(0.0)
        for i in range(n):
            error = a * row_of(k0, i) + b * row_of(k2, i) + c * row_of(k3, i)
            error = error + d * row_of(k4, i) + e * row_of(k5, i) + f * row_of(k6, i)
            largest = greatest(abs(row_of(y, i)), abs(row_of(trial, i)))
            error = error / (largest * rtol + atol)
            total = total + error * error
        put_row(clock, Clock.TRIED, h)
        put_row(clock, Clock.SQUARED_ERROR, total * (1.0 / n))

    return attempt


def rock4(rates: Callable[..., None]) -> Callable[..., None]:
    """Return a kernel that tries one step in every lane, ``attempt(room, rtol, scales)``: ROCK4 with five stages.

    As `dormand_prince`, but local errors are held to ``rtol * (scales[i] + largest)``, scales of shape (states, lanes).
    """

    @kernel
    def attempt(room: LaneRoom, rtol: float, scales: Floats) -> None:
        y, u, p, clock, stages = room.y, room.inputs, room.p, room.clock, room.stages
        k0, k1, k2, k3, k4 = room.rates, stages[0], stages[1], stages[2], stages[3]
        begun, k5, trial, n = stages[4], stages[5], stages[6], y.shape[0]
        t, end, wanted = row_of(clock, Clock.NOW), row_of(clock, Clock.END), row_of(clock, Clock.STEP)
        left = end - t
        h = choose(wanted >= left, left, choose(wanted * 2.0 > left, left * 0.5, wanted))
        a = h * _C
        for i in range(n):
            put_row(begun, i, row_of(y, i) + a * row_of(k0, i))
        rates(t + a, begun, u, p, k1)
        a = h * _A21
        for i in range(n):
            put_row(trial, i, row_of(begun, i) + a * row_of(k1, i))
        rates(t + h * (_C + _A21), trial, u, p, k2)
        a, b = h * _A31, h * _A32
        for i in range(n):
            put_row(trial, i, row_of(begun, i) + (a * row_of(k1, i) + b * row_of(k2, i)))
        rates(t + h * (_C + _A31 + _A32), trial, u, p, k3)
        a, b, c = h * _A41, h * _A42, h * _A43
        for i in range(n):
            put_row(trial, i, row_of(begun, i) + (a * row_of(k1, i) + b * row_of(k2, i) + c * row_of(k3, i)))
        rates(t + h * (_C + _A41 + _A42 + _A43), trial, u, p, k4)
        a, b, c, d = h * _B1, h * _B2, h * _B3, h * _B4
        for i in range(n):
            near = a * row_of(k1, i) + b * row_of(k2, i) + c * row_of(k3, i)
            put_row(trial, i, row_of(begun, i) + (near + d * row_of(k4, i)))
        rates(t + h, trial, u, p, k5)
        a, b, c = h * (_E1 - _B1), h * (_E2 - _B2), h * (_E3 - _B3)
        d, e = h * (_E4 - _B4), h * _E5
        total = everywhere(0.0)
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
def accept(room: LaneRoom, order: float) -> bool:
    """Take the attempt in the lanes where it is good, and choose the next steps; return whether all is well.

    `order` is that of the method.
    """
    y, clock, k0, last, trial = room.y, room.clock, room.rates, room.stages[5], room.stages[6]
    squared, h, t = row_of(clock, Clock.SQUARED_ERROR), row_of(clock, Clock.TRIED), row_of(clock, Clock.NOW)
    end, wanted, ln_previous = (
        row_of(clock, Clock.END),
        row_of(clock, Clock.STEP),
        row_of(clock, Clock.LN_PREVIOUS_ERROR),
    )
    taken, left = squared <= 1.0, end - t
    for i in range(y.shape[0]):
        put_row(y, i, choose(taken, row_of(trial, i), row_of(y, i)))
        put_row(k0, i, choose(taken, row_of(last, i), row_of(k0, i)))
    now = choose(taken, t + h, t)
    put_row(clock, Clock.NOW, choose(end - now <= _SAME_MOMENT, end, now))
    ln_error = log(greatest(squared, _LEAST_SQUARED_ERROR)) * 0.5
    of_taken = ln_previous * (_PREVIOUS_ERROR_POWER / order) - ln_error * (_ERROR_POWER / order)
    factor = exp(choose(taken, of_taken, ln_error * (-1.0 / order))) * _SAFETY
    grown = h * least(greatest(factor, _LEAST_SHRINKAGE), _MOST_GROWTH)
    longer = choose((h >= left) & (grown >= h), greatest(grown, wanted), grown)
    next_step = choose(taken, longer, h * greatest(factor, _LEAST_OF_REFUSED))
    put_row(clock, Clock.STEP, next_step)
    put_row(clock, Clock.LN_PREVIOUS_ERROR, choose(taken, greatest(ln_error, _LEAST_LN_ERROR), ln_previous))
    put_row(clock, Clock.STEPS, row_of(clock, Clock.STEPS) + choose(left > 0.0, everywhere(1.0), 0.0))
    is_good = taken | ((squared > 1.0) & (next_step >= _SMALLEST_STEP)) | (left <= 0.0)
    return not any_of(~is_good)


@kernel
def between(room: LaneRoom, i: int, part: Floats) -> Floats:
    """State `i` at a part (0 to 1) of the attempted step, to order 4."""
    stages, h = room.stages, row_of(room.clock, Clock.TRIED)
    begun, first, last = row_of(room.y, i), h * row_of(room.rates, i), h * row_of(stages[5], i)
    change = row_of(stages[6], i) - begun
    bend = first - change
    middle = row_of(stages[1], i) * _D3 + row_of(stages[2], i) * _D4 + row_of(stages[3], i) * _D5
    shape = first * _D1 + h * (middle + row_of(stages[4], i) * _D6) + last * _D7
    rest = 1.0 - part
    return begun + part * (change + rest * (bend + part * (change - last - bend + rest * shape)))
