"""Expressions that remember how they were computed: what a kernel returns when it is run on symbols.

Equal expressions are one object, so that what is used twice is written once. Asking a comparison for its truth is a
decision; `Algebra.explore` runs a function once for every way its decisions can fall and joins the results by
``piecewise``, so that branches of a kernel survive in the traced equations.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Self, TypeAlias, final

from regraft.core.errors import ModelFault

Number: TypeAlias = float | int
_FOLDED: dict[str, Callable[..., float]] = {
    "plus": lambda a, b: a + b,
    "minus": lambda a, b: a - b,
    "times": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "power": lambda a, b: a**b,
    "negate": lambda a: -a,
    "exp": math.exp,
    "ln": math.log,
    "root": math.sqrt,
    "abs": abs,
}
COMPARISONS = frozenset({"lt", "leq", "gt", "geq", "eq", "neq"})
_MOST_DECISIONS = 12  # in one function: 4096 ways at worst


@final
class Node:
    """One expression: an operation on others, a number, or a symbol. Arithmetic makes new ones.

    ``operation`` is a MathML name, ``number`` or ``symbol``; ``value`` the number or the symbol's key; ``name`` what a
    reader calls it, given by the first kernel that returned it.
    """

    __slots__ = ("algebra", "name", "operation", "parts", "serial", "value")
    __hash__ = object.__hash__

    def __init__(self, algebra: "Algebra", operation: str, parts: tuple["Node", ...], value: Any, serial: int) -> None:
        self.algebra, self.operation, self.parts, self.value, self.serial = algebra, operation, parts, value, serial
        self.name: str | None = None

    def __add__(self, other: Any) -> "Node":
        return self.algebra.apply("plus", self, other)

    def __radd__(self, other: Any) -> "Node":
        return self.algebra.apply("plus", other, self)

    def __sub__(self, other: Any) -> "Node":
        return self.algebra.apply("minus", self, other)

    def __rsub__(self, other: Any) -> "Node":
        return self.algebra.apply("minus", other, self)

    def __mul__(self, other: Any) -> "Node":
        return self.algebra.apply("times", self, other)

    def __rmul__(self, other: Any) -> "Node":
        return self.algebra.apply("times", other, self)

    def __truediv__(self, other: Any) -> "Node":
        return self.algebra.apply("divide", self, other)

    def __rtruediv__(self, other: Any) -> "Node":
        return self.algebra.apply("divide", other, self)

    def __pow__(self, other: Any) -> "Node":
        return self.algebra.apply("power", self, other)

    def __rpow__(self, other: Any) -> "Node":
        return self.algebra.apply("power", other, self)

    def __neg__(self) -> "Node":
        return self.algebra.apply("negate", self)

    def __pos__(self) -> Self:
        return self

    def __abs__(self) -> "Node":
        return self.algebra.apply("abs", self)

    def __lt__(self, other: Any) -> "Node":
        return self.algebra.apply("lt", self, other)

    def __le__(self, other: Any) -> "Node":
        return self.algebra.apply("leq", self, other)

    def __gt__(self, other: Any) -> "Node":
        return self.algebra.apply("gt", self, other)

    def __ge__(self, other: Any) -> "Node":
        return self.algebra.apply("geq", self, other)

    def __eq__(self, other: object) -> "Node":  # type: ignore[override]  # an equation, not a truth
        return self.algebra.apply("eq", self, other)

    def __ne__(self, other: object) -> "Node":  # type: ignore[override]  # as above
        return self.algebra.apply("neq", self, other)

    def __bool__(self) -> bool:
        return self.algebra.decide(self)

    def __float__(self) -> float:
        raise ModelFault(
            f"an equation cannot be traced: it needs the number behind {self!r}. Write it with comparisons, min, max, "
            "exp, log and sqrt of `math`"
        )

    __int__ = __index__ = __float__

    def __repr__(self) -> str:
        """Return a short description for messages."""
        if self.operation in {"number", "symbol"}:
            return str(self.value)
        return self.name or f"{self.operation}(...)"


@final
@dataclass(slots=True)
class _Run:
    """One run of a function on the way through its decisions: those to take, and the conditions that were asked."""

    decisions: tuple[bool, ...]
    asked: list[Node] = field(default_factory=list)


@final
class Vector:
    """A stand-in for the arrays of a kernel: read and written by position."""

    def __init__(self, entries: list[Any]) -> None:
        self.entries = entries

    @property
    def shape(self) -> tuple[int]:
        """Return the length as an array would."""
        return (len(self.entries),)

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.entries)

    def __getitem__(self, position: int) -> Any:
        return self.entries[int(position)]

    def __setitem__(self, position: int, value: Any) -> None:
        self.entries[int(position)] = value


@final
class Algebra:
    """All expressions of one trace."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[Any, ...], Node] = {}
        self._runs: list[_Run] = []

    def _make(self, operation: str, parts: tuple[Node, ...], value: Any) -> Node:
        key = (operation, *(part.serial for part in parts), value)
        if key not in self._nodes:
            self._nodes[key] = Node(self, operation, parts, value, len(self._nodes))
        return self._nodes[key]

    def symbol(self, kind: str, key: str | int) -> Node:
        """Return the symbol of a state, input, parameter or of time."""
        return self._make("symbol", (), (kind, key))

    def number(self, value: Number) -> Node:
        """Return a number as an expression."""
        return self._make("number", (), float(value))

    def node(self, value: Any) -> Node:
        """Return `value` as an expression."""
        return value if isinstance(value, Node) else self.number(value)

    def apply(self, operation: str, *values: Any) -> Node:
        """Return an operation on expressions or numbers; numbers alone are worked out at once."""
        parts = tuple(self.node(value) for value in values)
        if operation in _FOLDED and all(part.operation == "number" for part in parts):
            return self.number(_FOLDED[operation](*(part.value for part in parts)))
        return self._make(operation, parts, None)

    def choose(self, condition: Node, yes: Any, no: Any) -> Any:
        """Return what holds under a condition and otherwise, entry by entry for tuples and vectors."""
        if isinstance(yes, Vector):
            return Vector([self.choose(condition, a, b) for a, b in zip(yes, no, strict=True)])
        if isinstance(yes, tuple):
            entries = [self.choose(condition, a, b) for a, b in zip(yes, no, strict=True)]
            return type(yes)(*entries) if hasattr(yes, "_fields") else tuple(entries)
        if yes is None or no is None:
            if yes is not no:
                raise ModelFault("an equation cannot be traced: a function returns something in one branch only")
            return None
        first, second = self.node(yes), self.node(no)
        return first if first is second else self._make("piecewise", (first, condition, second), None)

    def decide(self, condition: Node) -> bool:
        """Take the next decision of the function being run."""
        if not self._runs:
            raise ModelFault("a comparison of symbols was asked for its truth outside a traced function")
        run = self._runs[-1]
        run.asked.append(condition)
        place = len(run.asked) - 1
        if place >= _MOST_DECISIONS:
            raise ModelFault(f"a function takes more than {_MOST_DECISIONS} decisions; split it into smaller ones")
        return run.decisions[place] if place < len(run.decisions) else True

    def explore(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """Return the result of `function` over all its branches; vectors among the arguments are changed in place."""
        vectors = [argument for argument in arguments if isinstance(argument, Vector)]
        before = [list(vector.entries) for vector in vectors]
        result, after = self._explore(function, arguments, vectors, before, ())
        for vector, entries in zip(vectors, after, strict=True):
            vector.entries[:] = entries.entries
        return result

    def _explore(
        self,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        vectors: list[Vector],
        before: list[list[Any]],
        decisions: tuple[bool, ...],
    ) -> tuple[Any, tuple[Vector, ...]]:
        for vector, entries in zip(vectors, before, strict=True):
            vector.entries[:] = entries
        run = _Run(decisions)
        self._runs.append(run)
        try:
            result = function(*arguments)
        finally:
            self._runs.pop()
        written = tuple(Vector(list(vector.entries)) for vector in vectors)
        if len(run.asked) == len(decisions):
            return result, written
        condition = run.asked[len(decisions)]
        yes = self._explore(function, arguments, vectors, before, (*decisions, True))
        no = self._explore(function, arguments, vectors, before, (*decisions, False))
        return self.choose(condition, yes[0], no[0]), tuple(
            self.choose(condition, a, b) for a, b in zip(yes[1], no[1], strict=True)
        )
