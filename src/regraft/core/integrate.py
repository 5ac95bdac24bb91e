"""Two explicit Runge-Kutta steppers with proportional-integral step control, between exact event times.

`rock4(rates)` and `dormand_prince(rates)` compile a stepper for one system. It takes the system from one instant to the
next; whoever calls it stops at every dose, infusion end and look at the patient, so that a step never crosses a jump.
All arrays are the caller's and nothing is allocated.

- `rock4`, for the tolerances of a trial: order 4 with an embedded order 3, five rates a step. Steps of the body are
  limited by stability along the negative real axis (filgrastim is bound within an hour), and there it needs two thirds
  of the rates of the usual pairs of order 5.
- `dormand_prince`, for tight tolerances and systems that are not stiff: order 5 with an embedded order 4, six rates a
  step.

References
----------
Abdulle A. Fourth order Chebyshev methods with recurrence relation. SIAM J Sci Comput 2002;23:2041 (degree 5).
Dormand JR, Prince PJ. A family of embedded Runge-Kutta formulae. J Comput Appl Math 1980;6:19.
Hairer E, Norsett SP, Wanner G. Solving Ordinary Differential Equations I, 2nd ed. Springer 1993, II.4 and IV.2.
"""

from collections.abc import Callable
from enum import IntEnum
from math import exp, log
from typing import TypeVar

import numpy as np

from regraft.core.arrays import Floats
from regraft.core.kernels import kernel
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
    DORMAND_PRINCE_ORDER,
    E1,
    E2,
    E3,
    E4,
    E5,
    ERROR_POWER,
    FINISHED,
    LEAST_LN_ERROR,
    LEAST_OF_REFUSED,
    LEAST_SHRINKAGE,
    LEAST_SQUARED_ERROR,
    MAX_STEPS,
    MOST_GROWTH,
    PREVIOUS_ERROR_POWER,
    ROCK4_ORDER,
    SAFETY,
    SAME_MOMENT,
    SMALLEST_STEP,
    STEP_TOO_SMALL,
    TOO_MANY_STEPS,
    C,
)

Individual = TypeVar("Individual")  # the record whose parameters the rates read

WORK_ROWS = 8  # stages and trial states of either method


class Pace(IntEnum):
    """Columns of the stepper's memory, an array of floats carried from one interval to the next."""

    STEP = 0  # the step it would like to take next
    LN_PREVIOUS_ERROR = 1
    STAGE_IS_FRESH = 2  # 1 if the first stage still holds the rates of the present state; set it to 0 after a jump
    STEPS = 3
    REJECTED = 4
    RATE_CALLS = 5


def new_pace(first_step: float = 0.01) -> Floats:
    """Return the memory of a stepper that has not yet taken a step, shape (6,)."""
    pace = np.zeros(len(Pace))
    pace[Pace.STEP] = first_step
    return pace


@kernel
def _growth(ln_error: float, ln_previous: float, order: float) -> float:
    """Factor for the next step (proportional-integral control)."""
    factor = SAFETY * exp((PREVIOUS_ERROR_POWER * ln_previous - ERROR_POWER * ln_error) / order)
    return min(MOST_GROWTH, max(LEAST_SHRINKAGE, factor))


@kernel
def _next_step(left: float, wanted: float) -> float:
    """The step to try: what is wanted, or the rest, or half the rest rather than leaving a sliver."""
    if wanted >= left:
        return left
    return 0.5 * left if 2.0 * wanted > left else wanted


@kernel
def _judge(squared: float, h: float, left: float, pace: Floats, order: float) -> bool:
    """Accept or refuse a trial by its squared error, and choose the next step."""
    if not squared <= 1.0:  # also true when the error is not a number
        pace[Pace.REJECTED] += 1.0
        pace[Pace.STEP] = h * (
            max(LEAST_OF_REFUSED, SAFETY * squared ** (-0.5 / order)) if squared > 1.0 else LEAST_OF_REFUSED
        )
        return False
    wanted, ln_error = pace[Pace.STEP], 0.5 * log(max(squared, LEAST_SQUARED_ERROR))
    grown = h * _growth(ln_error, pace[Pace.LN_PREVIOUS_ERROR], order)
    pace[Pace.LN_PREVIOUS_ERROR] = max(ln_error, LEAST_LN_ERROR)
    pace[Pace.STEP] = max(grown, wanted) if h >= left and grown >= h else grown
    pace[Pace.STEPS] += 1.0
    return True


def rock4(rates: Callable[..., None]) -> Callable[..., int]:  # noqa: C901, PLR0915 - all of it is `advance`
    """Return a compiled stepper for the system `rates`: the member of ROCK4 with five stages.

    Parameters
    ----------
    rates : kernel
        ``rates(t, y, inputs, p, out)`` writes dy/dt into `out`; smooth between two calls' ends.

    Returns
    -------
    kernel
        ``advance(t, t_end, y, inputs, p, work, pace, rtol, atol) -> int`` takes the state `y`, shape (states,), from
        `t` to `t_end` in place. `inputs` is what the rates need to know of the world, constant within the interval;
        `p` the record of the individual; `work`, shape (WORK_ROWS, states), scratch space whose row 0 carries the last
        stage to the next interval; `pace` the memory of the stepper from `new_pace`; the local error is held to
        ``atol[i] + rtol * |y[i]|`` in root mean square. Returns ``FINISHED``, ``TOO_MANY_STEPS`` or
        ``STEP_TOO_SMALL``; never raises.
    """

    @kernel
    def advance(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917  # one loop: a third faster than in parts
        t: float,
        t_end: float,
        y: Floats,
        inputs: Floats,
        p: Individual,
        work: Floats,
        pace: Floats,
        rtol: float,
        atol: Floats,
    ) -> int:
        n, k0, k1, k2, k3 = y.shape[0], work[0], work[1], work[2], work[3]
        k4, k5, begun, trial = work[4], work[5], work[6], work[7]
        if pace[Pace.STAGE_IS_FRESH] < 0.5:
            for i in range(n):
                trial[i] = y[i]
            rates(t, trial, inputs, p, k0)
            pace[Pace.STAGE_IS_FRESH] = 1.0
            pace[Pace.RATE_CALLS] += 1.0
        for _ in range(MAX_STEPS):
            left = t_end - t
            if left <= SAME_MOMENT:
                return FINISHED
            h = _next_step(left, pace[Pace.STEP])
            a = C * h
            for i in range(n):
                begun[i] = y[i] + a * k0[i]
            rates(t + C * h, begun, inputs, p, k1)
            a = A21 * h
            for i in range(n):
                trial[i] = begun[i] + a * k1[i]
            rates(t + (C + A21) * h, trial, inputs, p, k2)
            a, b = A31 * h, A32 * h
            for i in range(n):
                trial[i] = begun[i] + (a * k1[i] + b * k2[i])
            rates(t + (C + A31 + A32) * h, trial, inputs, p, k3)
            a, b, c = A41 * h, A42 * h, A43 * h
            for i in range(n):
                trial[i] = begun[i] + (a * k1[i] + b * k2[i] + c * k3[i])
            rates(t + (C + A41 + A42 + A43) * h, trial, inputs, p, k4)
            a, b, c, d = B1 * h, B2 * h, B3 * h, B4 * h
            for i in range(n):
                trial[i] = begun[i] + (a * k1[i] + b * k2[i] + c * k3[i] + d * k4[i])
            rates(t + h, trial, inputs, p, k5)
            pace[Pace.RATE_CALLS] += 5.0
            a, b, c = (E1 - B1) * h, (E2 - B2) * h, (E3 - B3) * h
            d, e = (E4 - B4) * h, E5 * h
            total = 0.0
            for i in range(n):
                error = a * k1[i] + b * k2[i] + c * k3[i] + d * k4[i] + e * k5[i]
                error /= atol[i] + rtol * max(abs(y[i]), abs(trial[i]))
                total += error * error
            if _judge(total / n, h, left, pace, ROCK4_ORDER):
                t += h
                for i in range(n):
                    y[i] = trial[i]
                    k0[i] = k5[i]
            elif pace[Pace.STEP] < SMALLEST_STEP:
                return STEP_TOO_SMALL
        return TOO_MANY_STEPS

    return advance


def dormand_prince(rates: Callable[..., None]) -> Callable[..., int]:  # noqa: C901, PLR0915 - all of it is `advance`
    """Return a compiled stepper for the system `rates`, called as that of `rock4`: the pair of Dormand and Prince."""

    @kernel
    def advance(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917  # one loop: a third faster than in parts
        t: float,
        t_end: float,
        y: Floats,
        inputs: Floats,
        p: Individual,
        work: Floats,
        pace: Floats,
        rtol: float,
        atol: Floats,
    ) -> int:
        n, k0, k1, k2, k3 = y.shape[0], work[0], work[1], work[2], work[3]
        k4, k5, k6, trial = work[4], work[5], work[6], work[7]
        if pace[Pace.STAGE_IS_FRESH] < 0.5:
            for i in range(n):
                trial[i] = y[i]
            rates(t, trial, inputs, p, k0)
            pace[Pace.STAGE_IS_FRESH] = 1.0
            pace[Pace.RATE_CALLS] += 1.0
        for _ in range(MAX_STEPS):
            left = t_end - t
            if left <= SAME_MOMENT:
                return FINISHED
            h = _next_step(left, pace[Pace.STEP])
            a = 0.2 * h
            for i in range(n):
                trial[i] = y[i] + a * k0[i]
            rates(t + 0.2 * h, trial, inputs, p, k1)
            a, b = 3.0 / 40.0 * h, 9.0 / 40.0 * h
            for i in range(n):
                trial[i] = y[i] + (a * k0[i] + b * k1[i])
            rates(t + 0.3 * h, trial, inputs, p, k2)
            a, b, c = 44.0 / 45.0 * h, -56.0 / 15.0 * h, 32.0 / 9.0 * h
            for i in range(n):
                trial[i] = y[i] + (a * k0[i] + b * k1[i] + c * k2[i])
            rates(t + 0.8 * h, trial, inputs, p, k3)
            a, b, c, d = 19372.0 / 6561.0 * h, -25360.0 / 2187.0 * h, 64448.0 / 6561.0 * h, -212.0 / 729.0 * h
            for i in range(n):
                trial[i] = y[i] + (a * k0[i] + b * k1[i] + c * k2[i] + d * k3[i])
            rates(t + 8.0 / 9.0 * h, trial, inputs, p, k4)
            a, b, c, d = 9017.0 / 3168.0 * h, -355.0 / 33.0 * h, 46732.0 / 5247.0 * h, 49.0 / 176.0 * h
            e = -5103.0 / 18656.0 * h
            for i in range(n):
                trial[i] = y[i] + (a * k0[i] + b * k1[i] + c * k2[i] + d * k3[i] + e * k4[i])
            rates(t + h, trial, inputs, p, k5)
            a, b, c, d = 35.0 / 384.0 * h, 500.0 / 1113.0 * h, 125.0 / 192.0 * h, -2187.0 / 6784.0 * h
            e = 11.0 / 84.0 * h
            for i in range(n):
                trial[i] = y[i] + (a * k0[i] + b * k2[i] + c * k3[i] + d * k4[i] + e * k5[i])
            rates(t + h, trial, inputs, p, k6)
            pace[Pace.RATE_CALLS] += 6.0
            a, b, c = 71.0 / 57600.0 * h, -71.0 / 16695.0 * h, 71.0 / 1920.0 * h
            d, e, f = -17253.0 / 339200.0 * h, 22.0 / 525.0 * h, -1.0 / 40.0 * h
            total = 0.0
            for i in range(n):
                error = a * k0[i] + b * k2[i] + c * k3[i] + d * k4[i] + e * k5[i] + f * k6[i]
                error /= atol[i] + rtol * max(abs(y[i]), abs(trial[i]))
                total += error * error
            if _judge(total / n, h, left, pace, DORMAND_PRINCE_ORDER):
                t += h
                for i in range(n):
                    y[i] = trial[i]
                    k0[i] = k6[i]
            elif pace[Pace.STEP] < SMALLEST_STEP:
                return STEP_TOO_SMALL
        return TOO_MANY_STEPS

    return advance
