"""The body's equations as expressions: `body_rates` run on symbols.

States, inputs and parameters are not listed here: states and inputs are numbered as in `physiology.world`, parameters
are those the equations ask for, and names come from the records in which organs hand their values around.
"""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, final

from regraft.equations.interpret import Interpreter
from regraft.equations.symbols import Algebra, Node, Vector
from regraft.physiology.body import body_rates
from regraft.physiology.infused import Infused
from regraft.physiology.signs import neutrophils_1e9_per_l
from regraft.physiology.world import FIRST_INFUSED, INFUSED, INPUTS, STATE_NAMES, STATES, Drug, Input


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Equations:
    """The traced equations.

    ``rates`` : one expression per state, per day. ``neutrophils`` : the count [1e9/L]. ``state_names``, ``input_names``
    : one each, by position; `None` for inputs that no rate reads. ``parameters`` : names of the parameters read.
    """

    rates: tuple[Node, ...]
    neutrophils: Node
    state_names: tuple[str, ...]
    input_names: tuple[str | None, ...]
    parameters: tuple[str, ...]

    @property
    def inputs(self) -> tuple[int, ...]:
        """Return the positions of the inputs that some rate reads."""
        return tuple(i for i, name in enumerate(self.input_names) if name is not None)


@final
class _Individual:
    """Stands in for a patient's record: every field is a symbol."""

    def __init__(self, algebra: Algebra) -> None:
        self._algebra = algebra

    def __getattr__(self, name: str) -> Node:
        return self._algebra.symbol("parameter", name)


def words_of(name: str) -> str:
    """Return a class's name in small letters: ``StemCells`` becomes ``stem_cells``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def trace_body() -> Equations:
    """Run the compiled body's source on symbols and return its equations.

    Raises
    ------
    ModelFault
        An equation uses something that has no expression, such as a loop over a state.
    """
    algebra = Algebra()
    names: dict[int, str] = {}
    interpreter = Interpreter(_functions(algebra), _builtins(algebra), _naming(algebra, names))
    y = Vector([algebra.symbol("state", i) for i in range(STATES)])
    u = Vector([algebra.symbol("input", i) for i in range(INPUTS)])
    p, out = _Individual(algebra), Vector([algebra.number(0.0)] * STATES)
    interpreter.twin(body_rates)(algebra.symbol("time", "time"), y, u, p, out)
    rates = tuple(algebra.node(entry) for entry in out)
    neutrophils = interpreter.twin(neutrophils_1e9_per_l)(SimpleNamespace(state=y, inputs=u), p)
    read = {node.value for node in reachable((*rates, neutrophils)) if node.operation == "symbol"}
    parameters = tuple(sorted(key for kind, key in read if kind == "parameter"))
    taken = set(parameters)
    states = [_free(names.get(node.serial) or STATE_NAMES[i], taken) for i, node in enumerate(y)]
    columns = [_free(_input_name(i, names.get(u[i].serial)), taken) for i in range(INPUTS)]
    return Equations(
        rates=rates,
        neutrophils=neutrophils,
        state_names=tuple(states),
        input_names=tuple(name if ("input", i) in read else None for i, name in enumerate(columns)),
        parameters=parameters,
    )


def reachable(roots: Iterable[Node], *, always: bool = False) -> list[Node]:
    """Return every expression the roots are made of, each once, parts before wholes.

    `always` leaves out what is worked out in one branch only, where it may divide by zero or take a logarithm of it.
    """
    found: dict[int, Node] = {}
    waiting = [(root, False) for root in roots]
    while waiting:
        node, ready = waiting.pop()
        if node.serial in found:
            continue
        if ready:
            found[node.serial] = node
            continue
        waiting.append((node, True))
        parts = node.parts[1:2] if always and node.operation == "piecewise" else node.parts
        waiting.extend((part, False) for part in parts)
    return list(found.values())


def _functions(algebra: Algebra) -> dict[Any, Callable[..., Any]]:
    """Return what stands in for the functions of `math`."""

    def symbolic(name: str, number: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda x: algebra.apply(name, x) if isinstance(x, Node) else number(x)

    return {
        math.exp: symbolic("exp", math.exp),
        math.log: symbolic("ln", math.log),
        math.sqrt: symbolic("root", math.sqrt),
    }


def _builtins(algebra: Algebra) -> dict[str, Callable[..., Any]]:
    """Return `min` and `max` that choose between expressions."""

    def least(*values: Any) -> Any:
        best = values[0]
        for value in values[1:]:
            best = _of_two(value, best, min)
        return best

    def most(*values: Any) -> Any:
        best = values[0]
        for value in values[1:]:
            best = _of_two(value, best, max)
        return best

    def _of_two(a: Any, b: Any, plain: Callable[[Any, Any], Any]) -> Any:
        if not isinstance(a, Node) and not isinstance(b, Node):
            return plain(a, b)
        first, second = algebra.node(a), algebra.node(b)
        return algebra.choose(first < second if plain is min else first > second, first, second)

    return {"min": least, "max": most}


def _naming(algebra: Algebra, names: dict[int, str]) -> Callable[[Callable[..., Any], tuple[Any, ...]], Any]:
    """Return how a kernel is run: over all its branches, its results named after it or after its record's fields."""

    def run(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        result = algebra.explore(function, arguments)
        if isinstance(result, Node) and result.parts and result.name is None:
            result.name = _name_of(function)
        if hasattr(result, "_fields"):
            for name, entry in zip(result._fields, result, strict=True):
                if isinstance(entry, Node) and entry.operation == "symbol":
                    names.setdefault(entry.serial, f"{words_of(type(result).__name__)}_{name}")
        return result

    return run


def _name_of(function: Callable[..., Any]) -> str:
    """Return a kernel's name behind that of its module: ``volume_l`` of the busulfan file is ``busulfan_volume_l``."""
    module, name = function.__globals__["__name__"].rpartition(".")[2], function.__name__.lstrip("_")
    return name if name.startswith(module.rstrip("s")) else f"{module}_{name}"


def _input_name(position: int, from_record: str | None) -> str:
    """Return the name of an input: that of its column, or of its field in a register that fills several columns."""
    if position >= INFUSED:
        drug, column = divmod(position - INFUSED, len(Infused._fields))
        return f"{Drug(FIRST_INFUSED + drug).name.lower()}_{Infused._fields[column]}"
    columns = {int(column): column.name.lower() for column in Input}
    in_register = position not in columns or (position + 1 < INPUTS and position + 1 not in columns)
    if from_record is not None and in_register:
        return from_record
    return columns.get(position) or f"input_{position}"


def _free(name: str, taken: set[str]) -> str:
    """Return the name, marked as the present value if a parameter has it, and take it."""
    while name in taken:
        name = f"{name}_now"
    taken.add(name)
    return name
