"""Expressions as MathML, the way SBML wants them."""

from collections.abc import Mapping
from math import isinf, isnan

from regraft.sbml.symbols import Node

_TIME = '<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/time"> time </csymbol>'
_NAMES = {"negate": "minus"}
NAMESPACE = "http://www.w3.org/1998/Math/MathML"


def number(value: float) -> str:
    """Return a number, all its digits.

    >>> number(0.1)
    '<cn> 0.1 </cn>'
    >>> number(1e-9)
    '<cn type="e-notation"> 1 <sep/> -9 </cn>'
    """
    if isnan(value):
        return "<notanumber/>"
    if isinf(value):
        return "<infinity/>" if value > 0.0 else "<apply><minus/><infinity/></apply>"
    mantissa, _, exponent = repr(float(value)).partition("e")
    if exponent:
        return f'<cn type="e-notation"> {mantissa} <sep/> {int(exponent)} </cn>'
    return f"<cn> {mantissa} </cn>"


def identifier(name: str) -> str:
    """Return a reference to a variable."""
    return f"<ci> {name} </ci>"


def math(content: str) -> str:
    """Return a whole formula."""
    return f'<math xmlns="{NAMESPACE}">{content}</math>'


def time_reached(day: float) -> str:
    """Return the condition that a day has come."""
    return f"<apply><geq/>{_TIME}{number(day)}</apply>"


def sum_of(name: str, value: float) -> str:
    """Return a variable plus a number."""
    return f"<apply><plus/>{identifier(name)}{number(value)}</apply>"


def time_now() -> str:
    """Return the present time."""
    return _TIME


def formula(node: Node, variables: Mapping[int, str], *, spelled_out: bool = False) -> str:
    """Return an expression; what has a variable of its own, by serial, is referred to (`spelled_out`: not at the top)."""
    if node.operation == "number":
        return number(node.value)
    if node.operation == "symbol" and node.value[0] == "time":
        return _TIME
    if not spelled_out and node.serial in variables:
        return identifier(variables[node.serial])
    parts = [formula(part, variables) for part in node.parts]
    if node.operation == "piecewise":
        yes, condition, no = parts
        return f"<piecewise><piece>{yes}{condition}</piece><otherwise>{no}</otherwise></piecewise>"
    return f"<apply><{_NAMES.get(node.operation, node.operation)}/>{''.join(parts)}</apply>"
