"""Our own solution of a recorded course: the book of orders replayed on the compiled equations at a tight tolerance.

This is what any engine that reads the document has to reach; the run itself, at its own tolerance, lies about a
thousandth away from it.
"""

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from regraft.core.arrays import Floats
from regraft.core.errors import ModelFault
from regraft.core.integrate import WORK_ROWS, Pace, dormand_prince, new_pace
from regraft.physiology.body import body_rates
from regraft.physiology.world import STATE_SCALES, STATES
from regraft.sbml.person import Person
from regraft.sbml.record import OrderBook

RTOL = 1e-10  # at 1e-9 a logarithm that passes zero may miss by 1.3 times what is allowed
_RESOLVED = 1e-4  # of the usual absolute tolerance: states are compared down to a thousandth of their peak
_STEP_AFTER_JUMP_DAYS = 0.01

_advance = dormand_prince(body_rates)


@final
@dataclass(frozen=True, slots=True)
class Solution:
    """States, shape (samples, states), on `days`, shape (samples,)."""

    days: Floats
    states: Floats


def replay(book: OrderBook, person: Person, days: Floats | None = None, rtol: float = RTOL) -> Solution:
    """Return the states on the given days; by default in the middle of every stretch between two stops of the clock.

    Parameters
    ----------
    book : OrderBook
        What `record_course` returns for the same person.
    days : float64, shape (samples,), optional
        Rising; an entry of the book on that very day counts as done.
    rtol : float
        Local error of the equations.

    Raises
    ------
    ModelFault
        The equations could not be integrated.
    """
    wanted = book.stretches.mean(axis=1) if days is None else np.asarray(days, np.float64)
    p: Any = person.record.view(np.recarray)[0]
    y, u, pace, work = book.state.copy(), book.inputs.copy(), new_pace(), np.zeros((WORK_ROWS, STATES))
    atol = _RESOLVED * rtol * STATE_SCALES
    states, day, done = np.zeros((len(wanted), STATES)), 0.0, 0
    for row, stop in enumerate(wanted):
        while done < len(book.entries) and book.entries[done].day <= stop:
            entry = book.entries[done]
            _pass(day, entry.day, y, u, p, work, pace, rtol, atol)
            for position, value in entry.added.items():
                y[position] += value
            y[list(entry.cleared)] = 0.0
            u[list(entry.inputs)] = list(entry.inputs.values())
            pace[Pace.STAGE_IS_FRESH], pace[Pace.STEP] = 0.0, _STEP_AFTER_JUMP_DAYS
            day, done = entry.day, done + 1
        _pass(day, stop, y, u, p, work, pace, rtol, atol)
        day, states[row] = stop, y
    return Solution(wanted, states)


def _pass(  # noqa: PLR0913, PLR0917 - the integrator's own arguments
    day: float, stop: float, y: Floats, u: Floats, p: Any, work: Floats, pace: Floats, rtol: float, atol: Floats
) -> None:
    if stop > day and _advance(day, stop, y, u, p, work, pace, rtol, atol) != 0:
        raise ModelFault(f"the recorded course could not be integrated between day {day:g} and {stop:g}")
