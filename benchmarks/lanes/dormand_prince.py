"""The pair of Dormand and Prince in lanes, and its states within a step, for the reference problem.

`dormand_prince(rates)` compiles one attempt of all lanes, which `regraft.core.lanes.stepper.accept` then takes or
refuses in each; before that, `between` reads a state anywhere within it.

References
----------
Hairer E, Norsett SP, Wanner G. Solving Ordinary Differential Equations I, 2nd ed. Springer 1993, II.6 (dense output).
"""

from collections.abc import Callable

from regraft.core.arrays import Floats
from regraft.core.kernels import kernel
from regraft.core.lanes.kind import choose, everywhere, greatest, put_row, row_of
from regraft.core.lanes.stepper import Clock, LaneRoom

_D1, _D3, _D4 = -12715105075 / 11282082432, 87487479700 / 32700410799, -10690763975 / 1880347072
_D5, _D6, _D7 = 701980252875 / 199316789632, -1453857185 / 822651844, 69997945 / 29380423


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
