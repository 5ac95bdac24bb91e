"""What the bedside does to one body, written down: a run of the pathway that keeps a book of orders.

The pathway is run as plain Python, its integrator still the compiled one. Whatever changes the state or the inputs
between two stretches of integration is one entry of the book: a dose, the end of an infusion, a transfusion, cells
reinfused, sepsis that begins. Replayed in this order, the entries give any engine the same world (see `replay`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, final

import numpy as np

from regraft.core.arrays import Floats, Record
from regraft.core.errors import ModelFault
from regraft.core.kernels import kernel
from regraft.core.streams import Address
from regraft.equations.interpret import AS_COMPILED, Interpreter
from regraft.physiology.body import advance, body_rates, end_stretch, live_until
from regraft.physiology.room import make_body_room
from regraft.physiology.signs import Daily
from regraft.physiology.world import BODY, DAYS, MAX_EVENTS, STATES, Episode, code
from regraft.sbml.person import Person
from regraft.treatment.journey import Stage
from regraft.treatment.pathway import Admission, Case, Charts, admit, discharge, travel
from regraft.treatment.plan import TreatmentPlans
from regraft.treatment.products import RESULT
from regraft.treatment.reconstitute import Weekly

_CLOSED_FORM = end_stretch.__name__  # it only moves registers of closed-form kinetics
_SAME = 1e-9  # relative difference of rates below which two registers describe the same course
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
    """One run: where it began, what was done when, and how it ended.

    ``state``, shape (states,), and ``inputs`` are those of day 0. ``stretches``, shape (stretches, 2) : first and last
    day of every stretch of integration. ``daily`` is the daily table. Days of transplantation and death are not a
    number where there was none.
    """

    state: Floats
    inputs: Floats
    entries: tuple[Entry, ...]
    stretches: Floats
    daily: Floats
    transplant_day: float
    death_day: float

    @property
    def last_day(self) -> float:
        """Return the day on which the run ended."""
        return float(self.stretches[-1, 1])

    @property
    def worlds(self) -> Floats:
        """Return the inputs from day 0 and from every entry on, shape (1 + entries, inputs)."""
        rows = [self.inputs]
        for entry in self.entries:
            rows.append(rows[-1].copy())
            for position, value in entry.inputs.items():
                rows[-1][position] = value
        return np.array(rows)


@kernel
def rates_at(t: float, y: Floats, u: Floats, p: Record, out: Floats) -> None:
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
    moved: Floats | None = None  # the inputs once registers of closed-form kinetics were moved on
    seen: tuple[bytes, bytes] = (b"", b"")
    callers: list[str] = field(default_factory=list)
    causes: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    stretches: list[tuple[float, float]] = field(default_factory=list)

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
        self,
        t: float,
        t_end: float,
        y: Floats,
        u: Floats,
        p: Any,
        work: Floats,
        pace: Floats,
        rtol: float,
        atol: Floats,
    ) -> int:
        """Stand in for the compiled integrator: keep the book, and integrate."""
        self._begin(t, y, u)
        status = advance(t, t_end, y, u, p, work, pace, rtol, atol)
        self.stretches.append((t, t_end))
        self.state, self.causes, self.moved = y.copy(), [], u.copy()
        self.seen = (y.tobytes(), u.tobytes())
        return status

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
            cause = ", ".join(dict.fromkeys(self.causes)) or live_until.__name__
            self.entries.append(Entry(day=day, cause=cause, inputs=inputs, added=added, cleared=cleared))

    def _new_inputs(self, day: float, y: Floats, u: Floats) -> dict[int, float]:
        """Return the inputs that a replay must be given; registers that were only moved on in time are left out."""
        if self.replayed is None or self.moved is None or self._same_course(day, y, u, self.replayed):
            return {}
        fewer = np.where(u == self.moved, self.replayed, u)
        wanted = fewer if self._same_course(day, y, u, fewer) else u.copy()
        for i in _gates_first(wanted, self.replayed):
            less = wanted.copy()
            less[i] = self.replayed[i]
            if self._same_course(day, y, wanted, less):
                wanted = less
        inputs = {int(i): float(wanted[i]) for i in np.flatnonzero(wanted != self.replayed)}
        self.replayed = wanted.copy()
        return inputs

    def held(self) -> tuple[tuple[Entry, ...], Floats]:
        """Return the entries and the inputs of day 0, the latter held at their later value where that changes nothing.

        So the clearance of a drug stands from day 0 on, and no equation has to ask whether there is one yet.
        """
        if self.first is None:
            raise ModelFault("nothing was recorded")
        y, inputs = self.first
        inputs = inputs.copy()
        later = np.zeros(len(inputs))
        for entry in reversed(self.entries):
            for i, value in entry.inputs.items():
                later[i] = 0.0 if value == entry.day else value  # a moment is not held: nothing comes before it
        for i in _gates_first(inputs, np.where(inputs == 0.0, later, inputs)):
            other = inputs.copy()
            other[i] = later[i]
            if self._same_course(0.0, y, inputs, other):
                inputs = other
        now, entries = inputs.copy(), []
        for entry in self.entries:
            changed = {i: value for i, value in entry.inputs.items() if now[i] != value}
            now[list(changed)] = list(changed.values())
            if changed or entry.added or entry.cleared:
                entries.append(replace(entry, inputs=changed))
        return tuple(entries), inputs

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


def _gates_first(a: Floats, b: Floats) -> list[int]:
    """Return where two sets of inputs differ: switches, then what lies behind a register's amounts, then those."""
    differ = np.flatnonzero(a != b)[::-1]
    switches = np.isin(a[differ], (0.0, 1.0)) & np.isin(b[differ], (0.0, 1.0))
    return [int(i) for i in (*differ[switches], *differ[~switches])]


def record_course(person: Person, plans: TreatmentPlans) -> OrderBook:
    """Treat one person and write down what was done.

    Parameters
    ----------
    person : Person
        Who is treated; `variant` names the version of the treatment.
    plans : TreatmentPlans
        The compiled protocol. With the tolerance of `regraft run` the bedside sees what it saw there, and does the
        same.

    Raises
    ------
    ModelFault
        The equations could not be integrated.
    """
    record: Any = person.record.view(np.recarray)[0]
    watch = _Watch(record)
    interpreter = Interpreter({**AS_COMPILED, advance: watch.advance}, {}, watch.around)
    charts = Charts(
        daily=np.full((DAYS, len(Daily)), np.nan),
        weekly=np.full((15, len(Weekly)), np.nan),
        events=np.full((MAX_EVENTS, len(Episode)), np.nan),
    )
    settings: Any = plans.settings.view(np.recarray)[person.variant]
    result: Any = np.zeros(1, RESULT).view(np.recarray)[0]
    with np.errstate(all="ignore"):  # compiled code divides by zero in silence
        body, doses = make_body_room(layout=np.dtype((np.record, BODY))).bodies[0], plans.doses[person.variant]
        admission = Admission(person.age_years, person.edss, person.bladder_grade)
        who = Address(person.seed, person.patient)
        interpreter.twin(admit)(body, record, settings, admission, who, result)
        case = Case(record, settings, doses, charts.weekly, result.bags)
        interpreter.twin(travel)(case, body, code(Stage.DONE))
        count = interpreter.twin(discharge)(body, doses, charts, result)
        if count < 0 or watch.first is None:
            raise ModelFault(f"the treatment of {person.title} could not be integrated")
        entries, inputs = watch.held()
    return OrderBook(
        state=watch.first[0],
        inputs=inputs,
        entries=entries,
        stretches=np.array(watch.stretches),
        daily=charts.daily,
        transplant_day=float(result.transplant_day),
        death_day=float(result.death_day),
    )
