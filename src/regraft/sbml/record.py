"""What the bedside does to one body, written down: a run of the pathway that keeps a book of orders.

The pathway is run as plain Python, its integrator still the compiled one. Whatever changes the state or the inputs
between two stretches of integration is one entry of the book: a dose, the end of an infusion, a transfusion, cells
reinfused, sepsis that begins. Replayed in this order, the entries give any other engine the same world.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from regraft.core.errors import ModelFault
from regraft.core.kernels import kernel
from regraft.physiology.body import advance, body_rates, live_until
from regraft.physiology.room import make_body_room
from regraft.physiology.signs import Daily
from regraft.physiology.world import BODY, DAYS, MAX_EVENTS, STATES
from regraft.sbml.interpret import AS_COMPILED, Interpreter
from regraft.sbml.person import Person
from regraft.treatment.pathway import treat
from regraft.treatment.plan import TreatmentPlans
from regraft.treatment.products import RESULT
from regraft.treatment.reconstitute import Weekly

Floats = NDArray[np.float64]
_CLOSED_FORM = live_until.__name__  # between stops it only moves registers of closed-form kinetics
_SAME = 1e-9  # relative difference of rates below which two registers describe the same course
_TRACE = 1e-10
_RESOLVED = 1e-4  # of the usual absolute tolerance: samples are compared down to a thousandth of a state's peak
_LATER_DAYS = (0.0, 0.004, 0.1, 0.7, 3.0, 20.0)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One moment at which something was done.

    ``cause`` : the functions that did it. ``inputs`` : new values by position. ``added`` : what was added to states by
    position. ``cleared`` : states that were put to zero.
    """

    day: float
    cause: str
    inputs: dict[int, float]
    added: dict[int, float]
    cleared: tuple[int, ...]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderBook:
    """One run: where it began, what was done when, and our own solution to compare with.

    ``state``, shape (states,), and ``inputs`` are those of day 0. ``sample_days`` (samples,) and ``samples``
    (samples, states) lie inside the stretches of integration, never on an entry. ``daily`` is the daily table.
    ``traces``, shape (states,) : what another engine is given in place of exactly zero, see `_Watch.traces`.
    """

    state: Floats
    inputs: Floats
    entries: tuple[Entry, ...]
    last_day: float
    sample_days: Floats
    samples: Floats
    daily: Floats
    traces: Floats


@kernel
def rates_at(t: float, y: Floats, u: Floats, p: Any, out: Floats) -> None:
    """Write the rates of change at one moment."""
    body_rates(t, y, u, p, out)


@final
@dataclass(slots=True)
class _Watch:
    """Notes what changed between stretches of integration."""

    p: Any
    state: Floats | None = None  # as the last stretch left it, or as last seen
    inputs: Floats | None = None
    replayed: Floats | None = None  # the inputs that a replay of the book would have now
    first: tuple[Floats, Floats] | None = None
    sampled: bool = True
    moved: Floats | None = None  # the inputs once registers of closed-form kinetics were moved on
    seen: tuple[bytes, bytes] = (b"", b"")
    callers: list[str] = field(default_factory=list)
    causes: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    days: list[float] = field(default_factory=list)
    samples: list[Floats] = field(default_factory=list)
    last_day: float = 0.0
    creeping: set[int] = field(default_factory=set)  # states that left exactly zero without a push

    def around(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """Run an interpreted kernel; whoever changed the body is remembered by name."""
        body = next((a for a in arguments if isinstance(a, np.record) and a.dtype.names == BODY.names), None)
        if body is None:
            return function(*arguments)
        self._note(body, self.callers[-1] if self.callers else "")
        self.callers.append(function.__name__.lstrip("_"))
        result = function(*arguments)
        self._note(body, self.callers.pop())
        return result

    def _note(self, body: Any, name: str) -> None:
        """Remember who changed the body since it was last seen."""
        now = (body.state.tobytes(), body.inputs.tobytes())
        if now == self.seen:
            return
        self.seen = now
        if name == _CLOSED_FORM and not self.causes:
            self.moved = body.inputs.copy()
        else:
            self.causes.append(name)

    def advance(  # noqa: PLR0913, PLR0917 - the integrator's own arguments
        self, t: float, t_end: float, y: Floats, u: Floats, p: Any, work: Floats, pace: Floats, rtol: float, atol: Floats
    ) -> int:  # fmt: skip
        """Stand in for the compiled integrator: keep the book, integrate, and look at the middle of the stretch."""
        self._begin(t, y, u)
        rest = (p, work, pace, rtol, (_RESOLVED if self.sampled else 1.0) * atol)
        rates = np.zeros(STATES)
        rates_at(t, y, u, self.p, rates)
        resting = (y == 0.0) & (rates == 0.0)
        middle, status = t, 0
        if self.sampled:
            middle = 0.5 * (t + t_end)
            status = advance(t, middle, y, u, *rest)
            self.days.append(middle)
            self.samples.append(y.copy())
        status = status or advance(middle, t_end, y, u, *rest)
        self.creeping.update(np.flatnonzero(resting & (y != 0.0)).tolist())
        self.state, self.last_day, self.causes, self.moved = y.copy(), t_end, [], u.copy()
        self.seen = (y.tobytes(), u.tobytes())
        return status

    def traces(self) -> Floats:
        """Return 1e-10 of the peak of each state that creeps away from exactly zero, else zero.

        libRoadRunner scales its absolute tolerance by a state's present value; a state that creeps away from zero would
        be followed to a share of almost nothing, and the run would never end. Two solutions may differ by a hundred
        times as much.
        """
        traces = np.zeros(STATES)
        for i in self.creeping:
            traces[i] = _TRACE * max(abs(sample[i]) for sample in self.samples) if self.samples else 0.0
        return traces

    def _begin(self, day: float, y: Floats, u: Floats) -> None:
        if self.first is None or self.state is None or self.replayed is None:
            self.first = (y.copy(), u.copy())
            self.replayed = u.copy()
            return
        changed = np.flatnonzero(y != self.state)
        added = {int(i): float(y[i] - self.state[i]) for i in changed if y[i] != 0.0}
        cleared = tuple(int(i) for i in changed if y[i] == 0.0)
        inputs = self._new_inputs(day, y, u)
        if inputs or added or cleared:
            cause = ", ".join(dict.fromkeys(self.causes)) or _CLOSED_FORM
            self.entries.append(Entry(day=day, cause=cause, inputs=inputs, added=added, cleared=cleared))

    def _new_inputs(self, day: float, y: Floats, u: Floats) -> dict[int, float]:
        """Return the inputs that a replay must be given; registers that were only moved on in time are left out."""
        if self.replayed is None or self.moved is None or self._same_course(day, y, u, self.replayed):
            return {}
        fewer = np.where(u == self.moved, self.replayed, u)
        wanted = fewer if self._same_course(day, y, u, fewer) else u
        inputs = {int(i): float(wanted[i]) for i in np.flatnonzero(wanted != self.replayed)}
        self.replayed = wanted.copy()
        return inputs

    def _same_course(self, day: float, y: Floats, u: Floats, other: Floats) -> bool:
        """Return whether the rates cannot tell two sets of inputs apart, now and later, in any state."""
        if np.array_equal(u, other):
            return True
        ours, theirs = np.zeros(STATES), np.zeros(STATES)
        for later in _LATER_DAYS:
            for state in (y, 0.5 + 0.7 * np.abs(y), 1.0 + 1.3 * np.abs(y)):
                rates_at(day + later, state, u, self.p, ours)
                rates_at(day + later, state, other, self.p, theirs)
                if not np.allclose(ours, theirs, rtol=_SAME, atol=_SAME):
                    return False
        return True


def record_course(person: Person, plans: TreatmentPlans, *, sampled: bool = True) -> OrderBook:
    """Treat one person and write down what was done.

    Parameters
    ----------
    person : Person
        Who is treated; `variant` names the version of the treatment.
    plans : TreatmentPlans
        The compiled protocol; its tolerance is the one of the run.
    sampled : bool
        Whether to stop in the middle of every stretch for a look (which moves the steps of the integrator).

    Raises
    ------
    ModelFault
        The equations could not be integrated.
    """
    record: Any = person.record.view(np.recarray)[0]
    watch = _Watch(record, sampled=sampled)
    interpreter = Interpreter({**AS_COMPILED, advance: watch.advance}, {}, watch.around)
    daily = np.full((DAYS, len(Daily)), np.nan)
    weekly, events = np.full((15, len(Weekly)), np.nan), np.full((MAX_EVENTS, 4), np.nan)
    settings: Any = plans.settings.view(np.recarray)[person.variant]
    result: Any = np.zeros(1, RESULT).view(np.recarray)[0]
    with np.errstate(all="ignore"):  # compiled code divides by zero in silence
        count = interpreter.twin(treat)(
            record, settings, plans.doses[person.variant], person.age_years, person.edss, person.bladder_grade,
            person.seed, person.patient, make_body_room(np.dtype((np.record, BODY))), daily, weekly, events, result,
        )  # fmt: skip
    if count < 0 or watch.first is None:
        raise ModelFault(f"the treatment of patient {person.patient} (seed {person.seed}) could not be integrated")
    return OrderBook(
        state=watch.first[0], inputs=watch.first[1], entries=tuple(watch.entries), last_day=watch.last_day,
        sample_days=np.array(watch.days), samples=np.array(watch.samples), daily=daily, traces=watch.traces(),
    )  # fmt: skip
