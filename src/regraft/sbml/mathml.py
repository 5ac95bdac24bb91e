"""Expressions as MathML, the way SBML wants them."""

from collections.abc import Callable, Mapping
from math import isinf, isnan
from typing import TypeAlias

from regraft.equations.symbols import Node
from regraft.sbml.infer import Place

_TIME = '<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/time"> time </csymbol>'
_NAMES = {"negate": "minus"}
NAMESPACE = "http://www.w3.org/1998/Math/MathML"
CORE = "http://www.sbml.org/sbml/level3/version1/core"
UnitOf: TypeAlias = Callable[[Place], str]  # identifier of the unit of the number that stands in a place


def number(value: float, unit: str) -> str:
    """Return a number with its unit, all its digits.

    >>> number(0.1, "day")
    '<cn sbml:units="day"> 0.1 </cn>'
    >>> number(1e-9, "day")
    '<cn type="e-notation" sbml:units="day"> 1 <sep/> -9 </cn>'
    """
    if isnan(value):
        return "<notanumber/>"
    if isinf(value):
        return "<infinity/>" if value > 0.0 else "<apply><minus/><infinity/></apply>"
    mantissa, _, exponent = repr(float(value)).partition("e")
    if exponent:
        return f'<cn type="e-notation" sbml:units="{unit}"> {mantissa} <sep/> {int(exponent)} </cn>'
    return f'<cn sbml:units="{unit}"> {mantissa} </cn>'


def identifier(name: str) -> str:
    """Return a reference to a variable."""
    return f"<ci> {name} </ci>"


def math(content: str) -> str:
    """Return a whole formula."""
    return f'<math xmlns="{NAMESPACE}" xmlns:sbml="{CORE}">{content}</math>'


def time_reached(day: float, unit: str) -> str:
    """Return the condition that a day has come."""
    return f"<apply><geq/>{_TIME}{number(day, unit)}</apply>"


def sum_of(name: str, value: float, unit: str) -> str:
    """Return a variable plus a number."""
    return f"<apply><plus/>{identifier(name)}{number(value, unit)}</apply>"


def time_now() -> str:
    """Return the present time."""
    return _TIME


def formula(node: Node, place: Place, variables: Mapping[int, str], unit_of: UnitOf, *, whole: bool = False) -> str:
    """Return an expression; what has a variable of its own, by serial, is referred to.

    Parameters
    ----------
    node : Node
        The expression.
    place : (int or str, int)
        Where it stands, as in `infer.Units`.
    variables : mapping
        Variables by serial of the expression they hold.
    unit_of : callable
        Units of numbers.
    whole : bool
        Spell the expression out even if it has a variable.
    """
    if node.operation == "number":
        return number(node.value, unit_of(place))
    if node.operation == "symbol" and node.value[0] == "time":
        return _TIME
    if not whole and node.serial in variables:
        return identifier(variables[node.serial])
    parts = [formula(part, (node.serial, i), variables, unit_of) for i, part in enumerate(node.parts)]
    if node.operation == "piecewise":
        yes, condition, no = parts
        return f"<piecewise><piece>{yes}{condition}</piece><otherwise>{no}</otherwise></piecewise>"
    return f"<apply><{_NAMES.get(node.operation, node.operation)}/>{''.join(parts)}</apply>"
