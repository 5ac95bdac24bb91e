"""Lanes as types of kernels: `Lanes` (doubles) and `Mask` (answers), their operators, and how arrays hold them.

A kernel reads a row from a C-ordered float64 array of shape (rows, LANES), computes as with numbers, and writes rows.
Lanes have ``+ - * /``, unary ``-``, `abs` and comparisons, with each other and with numbers; masks have
``& | ~``. Neither can be handed to or from Python, nor branched upon: a kernel chooses with `choose`, and asks a whole
mask with `any_of`.
"""

import operator
from collections.abc import Callable
from typing import Any, final

from llvmlite import ir
from numba import types
from numba.core.errors import TypingError
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic as numba_intrinsic
from numba.extending import lower_builtin, models, register_model

from regraft.core.lanes import functions
from regraft.core.lanes.vector import LANES, TRUTHS, VECTOR, Truths, Vector, load, spread, store


@final
class LanesType(types.Type):
    """Doubles side by side."""

    def __init__(self) -> None:
        super().__init__(name="Lanes")


@final
class MaskType(types.Type):
    """Answers side by side."""

    def __init__(self) -> None:
        super().__init__(name="Mask")


lanes, mask = LanesType(), MaskType()
intrinsic: Any = numba_intrinsic  # what it makes is called without the compiler's own argument


def _model(held: Any) -> type:
    """Return how a type is held: as one value of LLVM."""

    class Model(models.PrimitiveModel):
        def __init__(self, manager: Any, kind: Any) -> None:
            super().__init__(manager, kind, held)

    return Model


register_model(LanesType)(_model(VECTOR))
register_model(MaskType)(_model(TRUTHS))


def _vector(builder: ir.IRBuilder, kind: Any, value: Any) -> Vector:
    return Vector(builder, value) if isinstance(kind, LanesType) else spread(builder, value)


def _operator(function: Any, signatures: list[Any], write: Callable[..., Any]) -> None:
    """Teach Numba an operator: its signatures, and how it is written from vectors and masks."""

    class Known(ConcreteTemplate):
        cases = signatures

    infer_global(function)(Known)

    def build(_context: Any, builder: Any, sig: Any, values: Any) -> Any:
        if isinstance(sig.args[0], MaskType):
            return write(*(Truths(builder, value) for value in values)).value
        return write(*(_vector(builder, kind, value) for kind, value in zip(sig.args, values, strict=True))).value

    for one in signatures:
        lower_builtin(function, *one.args)(build)


_NUMBER = types.float64
_PAIRS = ((lanes, lanes), (lanes, _NUMBER), (_NUMBER, lanes))
for _sign in (operator.add, operator.sub, operator.mul, operator.truediv):
    _operator(_sign, [signature(lanes, *pair) for pair in _PAIRS], _sign)
for _sign, _text in (
    (operator.lt, "<"),
    (operator.le, "<="),
    (operator.gt, ">"),
    (operator.ge, ">="),
    (operator.eq, "=="),
    (operator.ne, "!="),
):
    _operator(_sign, [signature(mask, *pair) for pair in _PAIRS], lambda a, b, text=_text: a.compare(text, b))
for _sign in (operator.and_, operator.or_):
    _operator(_sign, [signature(mask, mask, mask)], _sign)
_operator(operator.invert, [signature(mask, mask)], operator.invert)
_operator(operator.neg, [signature(lanes, lanes)], operator.neg)
_operator(abs, [signature(lanes, lanes)], abs)


def row_pointer(context: Any, builder: ir.IRBuilder, kind: Any, array: Any, row: Any) -> Any:
    """Return the pointer to the first number of a row of lanes."""
    held = context.make_array(kind)(context, builder, array)
    return builder.gep(held.data, [builder.mul(row, ir.Constant(row.type, LANES))])


def require_rows(*kinds: Any) -> None:
    """Stop a kernel's compilation unless these are types of arrays whose rows are lanes."""
    for kind in kinds:
        if not (isinstance(kind, types.Array) and (kind.ndim, kind.layout) == (2, "C") and kind.dtype == types.float64):
            raise TypingError(f"lanes stand in C-ordered float64 arrays of shape (rows, {LANES}), not in {kind}")


@intrinsic
def row_of(_context: Any, array: Any, row: Any) -> Any:
    """Return row `row` of a float64 array of shape (rows, LANES) as lanes."""
    require_rows(array)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return load(builder, row_pointer(context, builder, sig.args[0], *values)).value

    return lanes(array, types.intp), build


@intrinsic
def put_row(_context: Any, array: Any, row: Any, x: Any) -> Any:
    """Write lanes to row `row` of a float64 array of shape (rows, LANES)."""
    require_rows(array)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        store(builder, Vector(builder, values[2]), row_pointer(context, builder, sig.args[0], values[0], values[1]))
        return context.get_dummy_value()

    return types.void(array, types.intp, lanes), build


@intrinsic
def everywhere(_context: Any, x: Any) -> Any:
    """Return lanes that all hold one number."""

    def build(_context: Any, builder: Any, _sig: Any, values: Any) -> Any:
        return spread(builder, values[0]).value

    return lanes(types.float64), build


@intrinsic
def choose(_context: Any, condition: Any, yes: Any, no: Any) -> Any:
    """Return `yes` in the lanes where the condition holds and `no` in the others; either may be a number."""
    sig = lanes(mask, *(lanes if isinstance(kind, LanesType) else types.float64 for kind in (yes, no)))

    def build(_context: Any, builder: Any, sig: Any, values: Any) -> Any:
        first, second = (_vector(builder, kind, x) for kind, x in zip(sig.args[1:], values[1:], strict=True))
        return Truths(builder, values[0]).choose(first, second).value

    return sig, build


@intrinsic
def any_of(_context: Any, condition: Any) -> Any:
    """Return whether a mask holds in any lane."""

    def build(_context: Any, builder: Any, _sig: Any, values: Any) -> Any:
        bits = Truths(builder, values[0]).bits()
        return builder.icmp_unsigned("!=", bits, ir.Constant(bits.type, 0))

    return types.boolean(mask), build


def _of_two(write: Callable[[Vector, Vector], Vector], text: str) -> Any:
    def of_two(_context: Any, a: Any, b: Any) -> Any:
        sig = lanes(*(lanes if isinstance(kind, LanesType) else types.float64 for kind in (a, b)))

        def build(_context: Any, builder: Any, sig: Any, values: Any) -> Any:
            return write(*(_vector(builder, kind, x) for kind, x in zip(sig.args, values, strict=True))).value

        return sig, build

    of_two.__doc__ = text
    return intrinsic(of_two)


def _of_one(write: Callable[[Vector], Vector], text: str) -> Any:
    def of_one(_context: Any, x: Any) -> Any:
        def build(_context: Any, builder: Any, _sig: Any, values: Any) -> Any:
            return write(Vector(builder, values[0])).value

        return lanes(lanes), build

    of_one.__doc__ = text
    return intrinsic(of_one)


least = _of_two(Vector.least, "Return ``min(a, b)`` in each lane.")
greatest = _of_two(Vector.greatest, "Return ``max(a, b)`` in each lane.")
exp = _of_one(functions.exp, "Return e to the power of each lane.")
log = _of_one(functions.log, "Return the natural logarithm of each lane.")
