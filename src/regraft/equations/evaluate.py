"""The value of an expression at given symbols, with the arithmetic of compiled code: no error, infinities and all."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np

from regraft.equations.symbols import Node
from regraft.equations.trace import reachable

Symbols: TypeAlias = Mapping[tuple[str, str | int], float]
_OPERATIONS: dict[str, Callable[..., np.float64]] = {
    "plus": np.add,
    "minus": np.subtract,
    "times": np.multiply,
    "divide": np.divide,
    "power": np.power,
    "negate": np.negative,
    "exp": np.exp,
    "ln": np.log,
    "root": np.sqrt,
    "abs": np.abs,
    "lt": np.less,
    "leq": np.less_equal,
    "gt": np.greater,
    "geq": np.greater_equal,
    "eq": np.equal,
    "neq": np.not_equal,
}


def evaluate(node: Node, symbols: Symbols, given: Mapping[int, float] | None = None) -> float:
    """Return the value of an expression.

    Parameters
    ----------
    node : Node
        The expression.
    symbols : mapping
        Value of every symbol by kind and key.
    given : mapping, optional
        Values that stand in for whole expressions, by serial.
    """
    values = {serial: np.float64(value) for serial, value in (given or {}).items()}
    with np.errstate(all="ignore"):
        for part in reachable((node,)):
            if part.serial not in values:
                values[part.serial] = _value(part, values, symbols)
    return float(values[node.serial])


def _value(node: Node, values: Mapping[int, np.float64], symbols: Symbols) -> np.float64:
    if node.operation == "number":
        return np.float64(node.value)
    if node.operation == "symbol":
        return np.float64(symbols[node.value])
    parts = [values[part.serial] for part in node.parts]
    if node.operation == "piecewise":
        return parts[0] if parts[1] else parts[2]
    return np.float64(_OPERATIONS[node.operation](*parts))
