"""The equations as one recorded run needs them: what never acts left out, and as few branches as can be.

Engines meet a branch in different ways: COPASI looks for the moment of every switch and never leaves a state that rests
on one; AMICI refuses conditions inside conditions. So what the run never does (a drug never given) is taken out,
switches of 0 or 1 become factors, and branches that meet without a jump become sums with an absolute value. Nothing is
approximated: every form has the value of the branches it replaces, which is tried on many states before it is taken.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import cycle
from math import nan
from typing import final

import numpy as np
from numpy.typing import NDArray

from regraft.equations.evaluate import Symbols, evaluate
from regraft.equations.symbols import COMPARISONS, Algebra, Node
from regraft.equations.trace import Equations, reachable
from regraft.physiology.world import STATES
from regraft.sbml.person import Person
from regraft.sbml.record import OrderBook

_TRIALS = 40
_ENOUGH = 8  # trials on one side of a switch that must agree
_TINY = 1e-300  # where a branch is looked at just beside its switch
_LATER = 0.01  # days after an entry at which its world is tried
_LEAST_ARGUMENT = 1e-30  # of a logarithm whose argument may be zero; slopes made of it can be squared
_BELOW = frozenset({"lt", "leq"})
_NEUTRAL_FIRST: Mapping[str, float] = {"times": 1.0, "plus": 0.0}  # numbers that leave the other part as it is
_NEUTRAL_LAST: Mapping[str, float] = {"times": 1.0, "divide": 1.0, "plus": 0.0, "minus": 0.0}


def specialise(equations: Equations, book: OrderBook, person: Person) -> Equations:
    """Return equations with the same rates at every moment of a recorded run.

    Parameters
    ----------
    equations : Equations
        What `trace_body` returns.
    book : OrderBook
        The run, whose inputs say what ever acts.
    person : Person
        Whose parameter values branches are tried with.
    """
    worlds = book.worlds
    steady = {
        i: float(worlds[0, i])
        for i in equations.inputs
        if worlds[0, i] in {0.0, 1.0} and (worlds[:, i] == worlds[0, i]).all()
    }  # never given, or a switch that never moves
    roots = (*equations.rates, equations.neutrophils)
    days = np.array([0.0, *(entry.day for entry in book.entries)])
    rewriter = _Rewriter(roots[0].algebra, worlds, days, steady, _trials(equations, worlds, days, person))
    *rates, neutrophils = [rewriter.rewrite(root) for root in roots]
    read = {node.value for node in reachable((*rates, neutrophils)) if node.operation == "symbol"}
    return replace(
        equations,
        rates=tuple(rates),
        neutrophils=neutrophils,
        input_names=tuple(name if ("input", i) in read else None for i, name in enumerate(equations.input_names)),
        parameters=tuple(name for name in equations.parameters if ("parameter", name) in read),
    )


def _trials(
    equations: Equations, worlds: NDArray[np.float64], days: NDArray[np.float64], person: Person
) -> list[Symbols]:
    """Return moments to try branches at: worlds of the run, and states that need not occur in it."""
    rng = np.random.default_rng(0)  # noqa: TID251 - states to try; nothing of a person depends on them
    values = [(("parameter", name), float(person.record[name][0])) for name in equations.parameters]
    trials: list[Symbols] = []
    for row in np.linspace(0, len(worlds) - 1, _TRIALS).astype(int):
        states = rng.normal(size=STATES) * 10.0 ** rng.integers(-3, 3, STATES)
        trial: dict[tuple[str, str | int], float] = dict(values)
        trial.update({("input", i): float(value) for i, value in enumerate(worlds[row])})
        trial.update({("state", i): float(y) for i, y in enumerate(states)})
        trial["time", "time"] = float(days[row]) + float(rng.random())
        trials.append(trial)
    return trials


@final
@dataclass(slots=True)
class _Rewriter:
    """Rewrites expressions from their parts up, each once."""

    algebra: Algebra
    worlds: NDArray[np.float64]
    days: NDArray[np.float64]
    steady: Mapping[int, float]
    trials: list[Symbols]
    done: dict[int, Node] = field(default_factory=dict)
    reads: dict[int, frozenset[tuple[str, str | int]]] = field(default_factory=dict)

    def rewrite(self, root: Node) -> Node:
        """Return the expression without what never acts, and with few branches."""
        for node in reachable((root,)):
            if node.serial not in self.done:
                self.done[node.serial] = self._named(node, self._rewritten(node))
        return self.done[root.serial]

    def _named(self, old: Node, new: Node) -> Node:
        if new.parts and new.name is None:
            new.name = old.name
        return new

    def _rewritten(self, node: Node) -> Node:
        if node.operation == "symbol" and node.value[0] == "input" and node.value[1] in self.steady:
            return self.algebra.number(self.steady[node.value[1]])
        if not node.parts:
            return node
        parts = tuple(self.done[part.serial] for part in node.parts)
        if node.operation == "piecewise":
            return self._choice(*parts)
        return _simpler(self.algebra, node.operation, parts)

    def _choice(self, yes: Node, condition: Node, no: Node) -> Node:
        if yes is no:
            return yes
        if self._symbols(condition) <= {("input", i) for i in range(self.worlds.shape[1])} | _parameters(condition):
            chosen = self._by_inputs(yes, condition, no)
        else:
            chosen = self._by_state(yes, condition, no)
        return chosen if chosen is not None else self.algebra.choose(condition, yes, no)

    def _symbols(self, node: Node) -> frozenset[tuple[str, str | int]]:
        if node.serial not in self.reads:
            self.reads[node.serial] = frozenset(n.value for n in reachable((node,)) if n.operation == "symbol")
        return self.reads[node.serial]

    def _by_inputs(self, yes: Node, condition: Node, no: Node) -> Node | None:
        """Return the choice by what the world does: settled for the whole run, or by a switch of 0 and 1."""
        truth = [bool(evaluate(condition, world)) for world in self._every_world()]
        if all(truth):
            return yes
        if not any(truth):
            return no
        asked = [value for value in self._symbols(condition) if value[0] == "input"]
        column = self.worlds[:, int(asked[0][1])]
        if len(asked) == 1 and np.isin(column, (0.0, 1.0)).all():
            on, off = (yes, no) if truth[int(np.argmax(column))] else (no, yes)
            return self._blend(self.algebra.symbol(*asked[0]), on, off)
        return self._agreeing(yes, condition, no)

    def _blend(self, switch: Node, on: Node, off: Node) -> Node:
        rest = _simpler(self.algebra, "minus", (self.algebra.number(1.0), switch))
        parts = (_simpler(self.algebra, "times", (switch, on)), _simpler(self.algebra, "times", (rest, off)))
        return _simpler(self.algebra, "plus", parts)

    def _every_world(self) -> Iterator[Symbols]:
        for day, row in zip(self.days, self.worlds, strict=True):
            trial = dict(self.trials[0])
            trial.update({("input", i): float(value) for i, value in enumerate(row)})
            trial["time", "time"] = float(day) + _LATER
            yield trial

    def _by_state(self, yes: Node, condition: Node, no: Node) -> Node | None:
        """Return the choice by a state or by time as a sum without a switch, if its branches meet."""
        first, second = condition.parts
        if condition.operation not in {"lt", "leq", "gt", "geq"}:
            return None
        below, above = (yes, no) if condition.operation in _BELOW else (no, yes)
        if {below.serial, above.serial} == {first.serial, second.serial}:
            return self._least(first, second) if below is first else self._most(first, second)
        gap = _simpler(self.algebra, "minus", (first, second))
        if self._meets(gap, above, below) and not _holds(below, gap):
            return self._put(above, gap, self._positive(gap))
        if self._meets(gap, below, above) and not _holds(above, gap):
            return self._put(below, gap, self._negative(gap))
        agreeing = self._agreeing(yes, condition, no)
        if agreeing is not None:
            return agreeing
        zero = self.algebra.number(0.0)
        if self._meets(gap, above, zero) and self._meets(gap, below, zero):
            parts = self._put(below, gap, self._negative(gap)), self._put(above, gap, self._positive(gap))
            return _simpler(self.algebra, "plus", parts)
        return None

    def _agreeing(self, yes: Node, condition: Node, no: Node) -> Node | None:
        """Return the branch that has the other's value wherever the other is taken."""
        sides: dict[bool, list[bool]] = {True: [], False: []}
        for trial in [*self.trials, *self._beside(condition)]:
            a, b = evaluate(yes, trial), evaluate(no, trial)
            sides[bool(evaluate(condition, trial))].append(_same(a, b))
        if len(sides[True]) >= _ENOUGH and all(sides[True]):
            return no
        return yes if len(sides[False]) >= _ENOUGH and all(sides[False]) else None

    def _beside(self, condition: Node) -> Iterator[Symbols]:
        """Yield trials with the state a condition asks for at zero, and every world for one that asks the world."""
        state = next(
            (part for part in condition.parts if part.operation == "symbol" and part.value[0] == "state"), None
        )
        for trial in self.trials:
            if state is not None:
                yield {**trial, state.value: 0.0}
        if state is None:
            for trial, world in zip(cycle(self.trials), self._every_world(), strict=False):
                yield {**trial, **{key: value for key, value in world.items() if key[0] in {"input", "time"}}}

    def _meets(self, gap: Node, branch: Node, other: Node) -> bool:
        """Return whether a branch comes to the value of the other where the gap closes."""
        beside = [
            (evaluate(branch, trial, {gap.serial: _TINY}), evaluate(other, trial, {gap.serial: _TINY}))
            for trial in self.trials
        ]
        return all(_same(a, b) for a, b in beside)

    def _put(self, root: Node, gap: Node, instead: Node) -> Node:
        """Return an expression with another in place of the gap; logarithms of possible zeros get a least argument."""
        new: dict[int, Node] = {gap.serial: instead}
        for node in reachable((root,)):
            if node.serial in new or not node.parts:
                new.setdefault(node.serial, node)
                continue
            parts = tuple(new[part.serial] for part in node.parts)
            if all(a is b for a, b in zip(parts, node.parts, strict=True)):
                new[node.serial] = node
                continue
            if node.operation == "ln":
                parts = (self.algebra.apply("plus", parts[0], self.algebra.number(_LEAST_ARGUMENT)),)
            new[node.serial] = self._named(node, _simpler(self.algebra, node.operation, parts))
        return new[root.serial]

    def _positive(self, x: Node) -> Node:
        """Return the part of x above zero, exactly."""
        return self.algebra.apply("times", 0.5, self.algebra.apply("plus", x, self.algebra.apply("abs", x)))

    def _negative(self, x: Node) -> Node:
        """Return the part of x below zero, exactly."""
        return self.algebra.apply("times", 0.5, self.algebra.apply("minus", x, self.algebra.apply("abs", x)))

    def _most(self, a: Node, b: Node) -> Node:
        moving, still = (b, a) if self._stands(a) else (a, b)
        return _simpler(self.algebra, "plus", (still, self._positive(_simpler(self.algebra, "minus", (moving, still)))))

    def _least(self, a: Node, b: Node) -> Node:
        moving, still = (b, a) if self._stands(a) else (a, b)
        return _simpler(self.algebra, "plus", (still, self._negative(_simpler(self.algebra, "minus", (moving, still)))))

    def _stands(self, node: Node) -> bool:
        return all(kind == "parameter" for kind, _ in self._symbols(node))


def _parameters(condition: Node) -> frozenset[tuple[str, str | int]]:
    return frozenset(n.value for n in reachable((condition,)) if n.operation == "symbol" and n.value[0] == "parameter")


def _holds(node: Node, part: Node) -> bool:
    return any(one.serial == part.serial for one in reachable((node,)))


def _same(a: float, b: float) -> bool:
    return bool(np.isfinite(a) and abs(a - b) <= 1e-12 * max(abs(a), abs(b)) + 1e-25)


def _simpler(algebra: Algebra, operation: str, parts: tuple[Node, ...]) -> Node:
    """Return an operation, worked out where zero or one makes that exact."""
    values = [part.value if part.operation == "number" else None for part in parts]
    if operation in COMPARISONS:
        return algebra.apply(operation, *parts)
    if None not in values:
        return _worked_out(algebra, operation, parts)
    if (operation == "times" and 0.0 in values) or (operation == "divide" and values[0] == 0.0):
        return algebra.number(0.0)
    if values[0] is not None and values[0] == _NEUTRAL_FIRST.get(operation):
        return parts[-1]
    if values[-1] is not None and values[-1] == _NEUTRAL_LAST.get(operation):
        return parts[0]
    if operation == "minus" and values[0] == 0.0:
        return algebra.apply("negate", parts[1])
    return algebra.apply(operation, *parts)


def _worked_out(algebra: Algebra, operation: str, numbers: tuple[Node, ...]) -> Node:
    """Return an operation on numbers; not a number where it has no value, in a branch that is never taken."""
    try:
        return algebra.apply(operation, *numbers)
    except (ArithmeticError, ValueError):
        return algebra.number(nan)
