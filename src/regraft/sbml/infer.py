"""Which unit every quantity of the equations has: from those of parameters and names, by dimensional analysis.

Parameters carry the units of their files, some states and inputs theirs in their names. The rest follows: terms of a
sum have one unit, logarithms take plain numbers, a rate is its state per day. A number written in an equation (24 in 24
* p) has the unit that makes it right, here hours per day; where nothing speaks against it, it is a plain number.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import log
from typing import TypeAlias, final

from regraft.core.parameters import ParameterSet
from regraft.equations.symbols import COMPARISONS, Node
from regraft.equations.trace import Equations
from regraft.physiology.world import STATE_NAMES
from regraft.sbml.units import NONE, Unit, parse_unit, unit_in_name, words_for

DAY = parse_unit("d")
Place: TypeAlias = tuple[
    int | str, int
]  # a number: serial of the expression it stands in and position; else its symbol
_SIGN_OF_LAST = {"times": 1.0, "divide": -1.0}
_ZERO = 1e-9
_PLAIN = frozenset({0.5, 1.0, 2.0, log(2.0), log(10.0)})


@final
@dataclass(frozen=True, slots=True)
class Units:
    """Units by serial of the expression, of numbers by the place where they stand, and of symbols by kind and key.

    ``clashes`` names what adds or compares quantities of different kinds; there should be none.
    """

    expressions: Mapping[int, Unit]
    numbers: Mapping[Place, Unit]
    states: tuple[Unit, ...]
    inputs: Mapping[int, Unit]
    parameters: Mapping[str, Unit]
    clashes: tuple[str, ...]


@final
@dataclass(frozen=True, slots=True)
class _Term:
    """A known unit times powers of unknown ones."""

    known: Unit = NONE
    unknown: Mapping[Place, float] = field(default_factory=dict)

    def times(self, other: "_Term", power: float = 1.0) -> "_Term":
        merged = dict(self.unknown)
        for place, exponent in other.unknown.items():
            merged[place] = merged.get(place, 0.0) + power * exponent
        return _Term(self.known * other.known**power, {k: v for k, v in merged.items() if abs(v) > _ZERO})


def infer_units(equations: Equations, parameters: ParameterSet) -> Units:
    """Return the units of all quantities of the equations."""
    return _Inference(equations, parameters).run()


@final
class _Inference:
    def __init__(self, equations: Equations, parameters: ParameterSet) -> None:
        self._equations = equations
        self._parameters = {
            name: parse_unit(parameters[name].unit) if name in parameters.names else unit_in_name(name) or NONE
            for name in equations.parameters
        }
        self._terms: dict[int, _Term] = {}
        self._solved: dict[Place, _Term] = {}
        self._numbers: dict[Place, float] = {}
        self._clashes: list[str] = []

    def run(self) -> Units:
        """Gather what must hold, settle the rest in favour of plain numbers, and read off the units."""
        equations = self._equations
        for i, node in enumerate(equations.rates):
            rate = self._of(node, ("rate", i))
            self._equal(rate, self._state(i).times(_Term(DAY), -1.0), f"the rate of {equations.state_names[i]}")
        self._of(equations.neutrophils, ("rate", -1))
        for place in self._by_plainness():
            term = self._reduced(_Term(unknown={place: 1.0}))
            if term.unknown:
                self._settle(term)
        count = {("input", i) for i in equations.inputs}
        return Units(
            expressions={serial: self._reduced(term).known for serial, term in self._terms.items()},
            numbers={place: self._reduced(_Term(unknown={place: 1.0})).known for place in self._numbers},
            states=tuple(self._reduced(self._state(i)).known for i in range(len(equations.rates))),
            inputs={i: self._reduced(self._input(i)).known for _, i in sorted(count)},
            parameters=self._parameters,
            clashes=tuple(self._clashes),
        )

    def _by_plainness(self) -> Iterator[Place]:
        """Yield the unknown: plain numbers first, then others, states and inputs; zero takes any unit."""
        order = sorted(self._numbers, key=lambda place: self._numbers[place] not in _PLAIN)
        yield from (place for place in order if self._numbers[place] != 0.0)
        yield from (("state", i) for i in range(len(self._equations.rates)))
        yield from (("input", i) for i in self._equations.inputs)
        yield from order

    def _state(self, i: int) -> _Term:
        named = unit_in_name(STATE_NAMES[i]) or unit_in_name(self._equations.state_names[i])
        return _Term(unknown={("state", i): 1.0}) if named is None else _Term(named)

    def _input(self, i: int) -> _Term:
        named = unit_in_name(self._equations.input_names[i] or "")
        return _Term(unknown={("input", i): 1.0}) if named is None else _Term(named)

    def _of(self, root: Node, place: Place) -> _Term:
        """Return the unit of an expression; of a number it depends on the place where it stands."""
        if root.operation == "number":
            self._numbers.setdefault(place, root.value)
            return _Term(unknown={place: 1.0})
        waiting = [root]
        while waiting:  # parts before wholes, without recursion
            node = waiting[-1]
            missing = [p for p in node.parts if p.operation != "number" and p.serial not in self._terms]
            if missing:
                waiting.extend(missing)
                continue
            waiting.pop()
            if node.serial not in self._terms:
                self._terms[node.serial] = self._term(node)
        return self._terms[root.serial]

    def _term(self, node: Node) -> _Term:
        if node.operation == "symbol":
            return self._symbol(*node.value)
        parts = [self._of(part, (node.serial, i)) for i, part in enumerate(node.parts)]
        if node.operation in {"plus", "minus", "piecewise"} | COMPARISONS:
            self._equal(parts[0], parts[-1], node.name or repr(node))
            return _Term() if node.operation in COMPARISONS else parts[0]
        return self._product(node, parts)

    def _product(self, node: Node, parts: list[_Term]) -> _Term:
        if node.operation in _SIGN_OF_LAST:
            return parts[0].times(parts[1], _SIGN_OF_LAST[node.operation])
        if node.operation in {"negate", "abs"}:
            return parts[0]
        if node.operation == "root":
            return _Term().times(parts[0], 0.5)
        if node.operation == "power" and node.parts[1].operation == "number":
            self._equal(parts[1], _Term(), node.name or repr(node))
            return _Term().times(parts[0], node.parts[1].value)
        for part in parts:  # a logarithm, an exponential, a power that is not a number
            self._equal(part, _Term(), node.name or repr(node))
        return _Term()

    def _symbol(self, kind: str, key: str | int) -> _Term:
        if kind == "time":
            return _Term(DAY)
        if kind == "parameter":
            return _Term(self._parameters[str(key)])
        return self._state(int(key)) if kind == "state" else self._input(int(key))

    def _reduced(self, term: _Term) -> _Term:
        """Return the term with everything known put in."""
        while any(place in self._solved for place in term.unknown):
            place = next(place for place in term.unknown if place in self._solved)
            power = term.unknown[place]
            rest = {other: value for other, value in term.unknown.items() if other != place}
            term = _Term(term.known, rest).times(self._solved[place], power)
        return term

    def _equal(self, first: _Term, second: _Term, what: str) -> None:
        term = self._reduced(first.times(second, -1.0))
        if term.unknown:
            self._settle(term)
        elif not term.known.is_same(NONE):
            self._clashes.append(
                f"{what}: {words_for(self._reduced(first).known)}, {words_for(self._reduced(second).known)}"
            )

    def _settle(self, term: _Term) -> None:
        """Solve `term` = 1 for one of its unknowns, a number if there is one."""
        place = next((p for p in term.unknown if p in self._numbers), next(iter(term.unknown)))
        power = term.unknown[place]
        rest = _Term(term.known, {other: value for other, value in term.unknown.items() if other != place})
        self._solved[place] = _Term().times(rest, -1.0 / power)
