"""Explicit Runge-Kutta 5(4) of Dormand and Prince with proportional-integral step control, between exact event times.

`integrator(rates)` compiles a stepper for one system. It takes the system from one instant to the next; whoever calls it
stops at every dose, infusion end and look at the patient, so that a step never crosses a jump. All arrays are the
caller's and nothing is allocated.

References
----------
Dormand JR, Prince PJ. A family of embedded Runge-Kutta formulae. J Comput Appl Math 1980;6:19.
Hairer E, Norsett SP, Wanner G. Solving Ordinary Differential Equations I, 2nd ed. Springer 1993, II.4 and IV.2.
"""

from collections.abc import Callable
from enum import IntEnum
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regraft.core.kernels import kernel

Floats = NDArray[np.float64]

WORK_ROWS = 8  # seven stages and a trial state
MAX_STEPS = 20_000  # in one call; a healthy interval takes a handful
FINISHED = 0
TOO_MANY_STEPS = 1
STEP_TOO_SMALL = 2
_SAFETY = 0.9
_MOST_GROWTH = 6.0
_LEAST_SHRINKAGE = 0.2
_ERROR_POWER = 0.14  # 0.7 / 5
_PREVIOUS_ERROR_POWER = 0.08  # 0.4 / 5
_SAME_MOMENT = 1e-12
_SMALLEST_STEP = 1e-10


class Pace(IntEnum):
    """Columns of the stepper's memory, an array of floats carried from one interval to the next."""

    STEP = 0  # the step it would like to take next
    PREVIOUS_ERROR = 1
    STAGE_IS_FRESH = 2  # 1 if the first stage still holds the rates of the present state; set it to 0 after a jump
    STEPS = 3
    REJECTED = 4
    RATE_CALLS = 5


def new_pace(first_step: float = 0.01) -> Floats:
    """Return the memory of a stepper that has not yet taken a step, shape (6,)."""
    pace = np.zeros(len(Pace))
    pace[Pace.STEP], pace[Pace.PREVIOUS_ERROR] = first_step, 1.0
    return pace


@kernel
def _error(y: Floats, h: float, k: Floats, trial: Floats, rtol: float, atol: Floats) -> float:
    """Root mean square of the local error in units of its tolerance."""
    total = 0.0
    for i in range(y.shape[0]):
        difference = h * (
            71.0 / 57600.0 * k[0, i]
            - 71.0 / 16695.0 * k[2, i]
            + 71.0 / 1920.0 * k[3, i]
            - 17253.0 / 339200.0 * k[4, i]
            + 22.0 / 525.0 * k[5, i]
            - 1.0 / 40.0 * k[6, i]
        )
        ratio = difference / (atol[i] + rtol * max(abs(y[i]), abs(trial[i])))
        total += ratio * ratio
    return sqrt(total / y.shape[0])


@kernel
def _growth(error: float, previous: float) -> float:
    """Factor for the next step (proportional-integral control)."""
    if error < 1e-10:
        return _MOST_GROWTH
    factor = _SAFETY * error**-_ERROR_POWER * previous**_PREVIOUS_ERROR_POWER
    return min(_MOST_GROWTH, max(_LEAST_SHRINKAGE, factor))


@kernel
def _combine2(y: Floats, h: float, k: Floats, a: float, b: float, out: Floats) -> None:
    for i in range(y.shape[0]):
        out[i] = y[i] + h * (a * k[0, i] + b * k[1, i])


@kernel
def _combine3(y: Floats, h: float, k: Floats, out: Floats) -> None:
    for i in range(y.shape[0]):
        out[i] = y[i] + h * (44.0 / 45.0 * k[0, i] - 56.0 / 15.0 * k[1, i] + 32.0 / 9.0 * k[2, i])


@kernel
def _combine4(y: Floats, h: float, k: Floats, out: Floats) -> None:
    for i in range(y.shape[0]):
        out[i] = y[i] + h * (
            19372.0 / 6561.0 * k[0, i] - 25360.0 / 2187.0 * k[1, i]
            + 64448.0 / 6561.0 * k[2, i] - 212.0 / 729.0 * k[3, i]
        )  # fmt: skip


@kernel
def _combine5(y: Floats, h: float, k: Floats, out: Floats) -> None:
    for i in range(y.shape[0]):
        out[i] = y[i] + h * (
            9017.0 / 3168.0 * k[0, i] - 355.0 / 33.0 * k[1, i] + 46732.0 / 5247.0 * k[2, i]
            + 49.0 / 176.0 * k[3, i] - 5103.0 / 18656.0 * k[4, i]
        )  # fmt: skip


@kernel
def _combine6(y: Floats, h: float, k: Floats, out: Floats) -> None:
    for i in range(y.shape[0]):
        out[i] = y[i] + h * (
            35.0 / 384.0 * k[0, i] + 500.0 / 1113.0 * k[2, i] + 125.0 / 192.0 * k[3, i]
            - 2187.0 / 6784.0 * k[4, i] + 11.0 / 84.0 * k[5, i]
        )  # fmt: skip


@kernel
def _combine(stage: int, y: Floats, h: float, k: Floats, out: Floats) -> float:
    """Write the state at which `stage` is evaluated into `out`; return where in the step it lies (0 to 1)."""
    if stage == 1:
        _combine2(y, h, k, 0.2, 0.0, out)
        return 0.2
    if stage == 2:
        _combine2(y, h, k, 3.0 / 40.0, 9.0 / 40.0, out)
        return 0.3
    if stage == 3:
        _combine3(y, h, k, out)
        return 0.8
    if stage == 4:
        _combine4(y, h, k, out)
        return 8.0 / 9.0
    if stage == 5:
        _combine5(y, h, k, out)
        return 1.0
    _combine6(y, h, k, out)
    return 1.0


@kernel
def _next_step(left: float, wanted: float) -> float:
    """The step to try: what is wanted, or the rest, or half the rest rather than leaving a sliver."""
    if wanted >= left:
        return left
    return 0.5 * left if 2.0 * wanted > left else wanted


@kernel
def _judge(y: Floats, h: float, left: float, work: Floats, pace: Floats, rtol: float, atol: Floats) -> bool:
    """Accept or refuse the trial state, and choose the next step."""
    wanted = pace[Pace.STEP]
    error = _error(y, h, work, work[7], rtol, atol)
    if not error <= 1.0:  # also true when the error is not a number
        pace[Pace.REJECTED] += 1.0
        pace[Pace.STEP] = h * (max(0.1, _SAFETY * error**-0.2) if error > 1.0 else 0.1)
        return False
    grown = h * _growth(error, pace[Pace.PREVIOUS_ERROR])
    pace[Pace.PREVIOUS_ERROR] = max(error, 1e-4)
    pace[Pace.STEP] = max(grown, wanted) if h >= left and grown >= h else grown
    pace[Pace.STEPS] += 1.0
    for i in range(y.shape[0]):
        y[i] = work[7, i]
        work[0, i] = work[6, i]
    return True


def integrator(rates: Callable[..., None]) -> Callable[..., int]:
    """Return a compiled stepper for the system `rates`.

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
    def advance(  # noqa: PLR0913, PLR0917 - the arrays of one system, passed flat
        t: float, t_end: float, y: Floats, inputs: Floats, p: Any, work: Floats, pace: Floats, rtol: float, atol: Floats
    ) -> int:
        if pace[Pace.STAGE_IS_FRESH] < 0.5:
            for i in range(y.shape[0]):
                work[7, i] = y[i]
            rates(t, work[7], inputs, p, work[0])
            pace[Pace.STAGE_IS_FRESH] = 1.0
            pace[Pace.RATE_CALLS] += 1.0
        for _ in range(MAX_STEPS):
            left = t_end - t
            if left <= _SAME_MOMENT:
                return FINISHED
            h = _next_step(left, pace[Pace.STEP])
            for stage in range(1, 7):
                trial = work[7]
                fraction = _combine(stage, y, h, work, trial)
                rates(t + fraction * h, trial, inputs, p, work[stage])
            pace[Pace.RATE_CALLS] += 6.0
            if _judge(y, h, left, work, pace, rtol, atol):
                t += h
            elif pace[Pace.STEP] < _SMALLEST_STEP:
                return STEP_TOO_SMALL
        return TOO_MANY_STEPS

    return advance
