"""Traced equations as lane code: each expression becomes one instruction, where it is first needed.

What does not change within a step is worked out before it: expressions of parameters alone once for a patient, those of
parameters and inputs once for a stretch between two stops of the clock. A quotient by such a value becomes a product
with its reciprocal, so rates differ from the scalar ones by rounding. Both branches of a choice are worked out, and
one is taken; what the other gave (infinite, not a number) is dropped.
"""

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import IntEnum
from typing import Any, TypeAlias, final

from regraft.core.lanes import functions
from regraft.core.lanes.vector import Operand, Truths, Vector
from regraft.equations.symbols import COMPARISONS, Node
from regraft.equations.trace import Equations, reachable

_SIGNS = {"lt": "<", "leq": "<=", "gt": ">", "geq": ">=", "eq": "==", "neq": "!="}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_WRITTEN: dict[str, Callable[..., Any]] = {
    "plus": operator.add,
    "minus": operator.sub,
    "times": operator.mul,
    "divide": operator.truediv,
    "power": functions.power,
    "negate": operator.neg,
    "abs": abs,
    "exp": functions.exp,
    "ln": functions.log,
    "root": Vector.root,
    "piecewise": lambda yes, condition, no: condition.choose(yes, no),
}
Read: TypeAlias = Callable[[str, Any], Vector]  # the value of a symbol, by its kind and key
Kept: TypeAlias = Callable[[int], Vector]  # what was prepared, by its row
Put: TypeAlias = Callable[[int, Vector], None]


class Level(IntEnum):
    """How often the value of an expression changes."""

    NEVER = 0  # a number
    PATIENT = 1
    STRETCH = 2
    STEP = 3


_OF_SYMBOLS = {"parameter": Level.PATIENT, "input": Level.STRETCH, "state": Level.STEP, "time": Level.STEP}


@final
class LaneEquations:
    """Equations, sorted by how often each part of them changes.

    ``parameters`` : names of those read. ``rows`` : where each prepared value stands in an array of shape (rows,
    lanes), by its expression and whether its reciprocal is meant.
    """

    def __init__(self, equations: Equations) -> None:
        self.parameters = equations.parameters
        self._rates, self._level = equations.rates, _levels(equations.rates)
        rows: dict[tuple[Node, bool], None] = {}
        rows.update(((root, False), None) for root in self._rates if self._is_prepared(root))
        for level in (Level.STEP, Level.STRETCH):
            roots = self._rates if level is Level.STEP else [node for node, _ in rows if self._level[node] is level]
            for node in reachable(roots):
                if self._level[node] is level:
                    rows.update(dict.fromkeys(self._prepared_parts(node)))
        self.rows: Mapping[tuple[Node, bool], int] = {value: row for row, value in enumerate(rows)}

    def operations(self, level: Level) -> list[str]:
        """Return the operations of one level, an entry each: what a patient, a stretch or a step costs."""
        nodes = [node for node in reachable(self._rates) if self._level[node] is level and node.parts]
        return ["times" if self.divisor(node) is not None else node.operation for node in nodes]

    def prepare(self, level: Level, read: Read, kept: Kept, put: Put) -> None:
        """Write all values that are prepared at a level."""
        writer = _Writer(self, level, read, kept)
        for (node, is_reciprocal), row in self.rows.items():
            if self.level(node) is level:
                x = writer.value(node)
                x = x.choose(1.0, 0.0) if isinstance(x, Truths) else x
                put(row, 1.0 / x if is_reciprocal else x)

    def rates(self, read: Read, kept: Kept, put: Put) -> None:
        """Write the rates, each as soon as it is known."""
        writer = _Writer(self, Level.STEP, read, kept)
        for i, root in enumerate(self._rates):
            put(i, writer.value(root))

    def level(self, node: Node) -> Level:
        """Return how often the value of an expression changes."""
        return self._level[node]

    def divisor(self, node: Node) -> Node | None:
        """Return the divisor that does not change within a step, of a quotient that does."""
        if node.operation != "divide" or self.level(node) is not Level.STEP:
            return None
        return node.parts[1] if self.level(node.parts[1]) < Level.STEP else None

    def _is_prepared(self, node: Node) -> bool:
        """Return whether a value is prepared; inputs are read where they stand."""
        level = self.level(node)
        return level is Level.PATIENT or (level is Level.STRETCH and node.operation != "symbol")

    def _prepared_parts(self, node: Node) -> Iterator[tuple[Node, bool]]:
        for part in node.parts:
            if part is self.divisor(node) and self.level(part) is not Level.NEVER:
                yield part, True
            elif self.level(part) < self.level(node) and self._is_prepared(part):
                yield part, False


def _levels(roots: Iterable[Node]) -> dict[Node, Level]:
    known: dict[Node, Level] = {}
    for node in reachable(roots):
        own = _OF_SYMBOLS[node.value[0]] if node.operation == "symbol" else Level.NEVER
        known[node] = max([own, *(known[part] for part in node.parts)])
    return known


@final
class _Writer:
    """Writes expressions of one level, each once; those of lower levels are prepared, and read."""

    def __init__(self, equations: LaneEquations, level: Level, read: Read, kept: Kept) -> None:
        self._equations, self._level, self._read, self._kept = equations, level, read, kept
        self._found: dict[Node, Any] = {}
        self._reciprocals: dict[Node, Any] = {}

    def value(self, root: Node) -> Any:
        """Return an expression as written."""
        for node in reachable([root]):
            if node not in self._found and self._equations.level(node) is self._level:
                self._found[node] = self._written(node)
        return self._operand(root)

    def _written(self, node: Node) -> Any:
        if node.operation == "symbol":
            return self._read(*node.value)
        divisor = self._equations.divisor(node)
        if divisor is not None:
            return self._operand(node.parts[0]) * self._reciprocal(divisor)
        operands = map(self._operand, node.parts)
        if node.operation in COMPARISONS:
            return _compared(_SIGNS[node.operation], *operands)
        return _WRITTEN[node.operation](*operands)

    def _operand(self, node: Node) -> Any:
        if node not in self._found:
            row = self._equations.rows.get((node, False))
            if self._equations.level(node) is Level.NEVER:
                self._found[node] = node.value
            elif row is None:
                self._found[node] = self._read(*node.value)
            else:
                x = self._kept(row)
                self._found[node] = x.compare("!=", 0.0) if node.operation in COMPARISONS else x
        return self._found[node]

    def _reciprocal(self, node: Node) -> Any:
        if self._equations.level(node) is Level.NEVER:
            return 1.0 / node.value
        if node not in self._reciprocals:
            self._reciprocals[node] = self._kept(self._equations.rows[node, True])
        return self._reciprocals[node]


def _compared(sign: str, a: Operand, b: Operand) -> Truths:
    """Return the answers to a comparison of which one side may be a number."""
    if isinstance(a, Vector):
        return a.compare(sign, b)
    if isinstance(b, Vector):
        return b.compare(_MIRRORED[sign], a)
    raise TypeError("two numbers are compared before anything is written")
