"""The rates of the whole body (`physiology.body.body_rates`) in lanes, written from the traced equations.

A patient prepares what depends on parameters alone, a stretch between two stops of the clock what depends on inputs as
well; `rates` then has the form that the steppers take, with what was prepared in place of the parameters.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from lanes.equations import LaneEquations, Level
from lanes.kind import everywhere, lanes, require_rows, row_pointer
from lanes.vector import Operand, Vector, load, store
from regraft.core.arrays import Floats
from regraft.core.kernels import kernel
from regraft.sbml.trace import trace_body


@cache
def equations() -> LaneEquations:
    """Return the equations of the body, traced once."""
    return LaneEquations(trace_body())


class _Rows:
    """Arrays of lanes of the function that is being built, by their place among its arguments."""

    def __init__(self, context: Any, builder: ir.IRBuilder, sig: Any, values: Any) -> None:
        self._context, self._builder, self._kinds, self._values = context, builder, sig.args, values

    def _pointer(self, argument: int, row: int) -> Any:
        place = ir.Constant(ir.IntType(64), row)
        return row_pointer(self._context, self._builder, self._kinds[argument], self._values[argument], place)

    def read(self, argument: int) -> Callable[[int], Vector]:
        return lambda row: load(self._builder, self._pointer(argument, row))

    def put(self, argument: int) -> Callable[[int, Operand], None]:
        return lambda row, x: store(self._builder, x, self._pointer(argument, row))


@intrinsic
def prepare_patient(_context: Any, parameters: Any, prepared: Any) -> Any:
    """Write into `prepared`, shape (rows, lanes), what depends on parameters alone; their order is the equations'."""
    require_rows(parameters, prepared)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        rows, place = _Rows(context, builder, sig, values), {name: i for i, name in enumerate(equations().parameters)}
        equations().prepare(Level.PATIENT, lambda _kind, name: rows.read(0)(place[name]), rows.read(1), rows.put(1))
        return context.get_dummy_value()

    return types.void(parameters, prepared), build


@intrinsic
def prepare_stretch(_context: Any, inputs: Any, prepared: Any) -> Any:
    """Write into `prepared` what depends on inputs, constant until the next stop of the clock, and on parameters."""
    require_rows(inputs, prepared)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        rows = _Rows(context, builder, sig, values)
        equations().prepare(Level.STRETCH, lambda _kind, row: rows.read(0)(row), rows.read(1), rows.put(1))
        return context.get_dummy_value()

    return types.void(inputs, prepared), build


@intrinsic
def rates(_context: Any, t: Any, y: Any, inputs: Any, prepared: Any, out: Any) -> Any:
    """Write the rates of change of all organs at time `t` (days, lanes) into `out`, shape (states, lanes)."""
    require_rows(y, inputs, prepared, out)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        rows = _Rows(context, builder, sig, values)
        places = {"state": rows.read(1), "input": rows.read(2), "time": lambda _key: Vector(builder, values[0])}
        equations().rates(lambda kind, key: places[kind](key), rows.read(3), rows.put(4))
        return context.get_dummy_value()

    return types.void(lanes, y, inputs, prepared, out), build


@kernel
def many_rates(n: int, parameters: Floats, inputs: Floats, y: Floats, prepared: Floats, out: Floats) -> None:
    """Evaluate the rates n times in all lanes, each time in another state; `prepared` is filled in."""
    prepare_patient(parameters, prepared)
    prepare_stretch(inputs, prepared)
    for i in range(n):
        y[0, 0] = 1e-9 * i
        rates(everywhere(0.5), y, inputs, prepared, out)
