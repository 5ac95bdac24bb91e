"""The rates of the whole body (`physiology.body.body_rates`) in lanes, written from the traced equations.

A patient prepares what depends on parameters alone, a stretch between two stops of the clock what depends on inputs as
well; `rates` then has the form that the steppers take, with what was prepared in place of the parameters.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils

from regraft.core.kernels import kernel
from regraft.core.lanes.kind import intrinsic, lanes, require_rows, row_pointer
from regraft.core.lanes.vector import LANES, Operand, Vector, load, store
from regraft.equations.lane_code import LaneEquations, Level
from regraft.equations.trace import trace_body


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
def count_rows(_context: Any) -> Any:
    """Return how many parameters the rates read, and how many values are prepared for them."""
    kind = types.UniTuple(types.intp, 2)

    def build(context: Any, builder: ir.IRBuilder, _sig: Any, _values: Any) -> Any:
        counts = (len(equations().parameters), len(equations().rows))
        return context.make_tuple(builder, kind, [ir.Constant(ir.IntType(64), count) for count in counts])

    return kind(), build


@kernel
def rows_needed() -> tuple[int, int]:
    """Rows of `parameters` and of `prepared`; a kernel, so that a run need not trace the equations to know."""
    return count_rows()


@intrinsic
def take_parameters(_context: Any, p: Any, parameters: Any, lane: Any) -> Any:
    """Write what the rates read of a patient's record into one lane of `parameters`, shape (rows, lanes)."""
    require_rows(parameters)
    number = ir.DoubleType()

    def build(context: Any, builder: ir.IRBuilder, sig: Any, values: Any) -> Any:
        record, held = sig.args[0], context.make_array(sig.args[1])(context, builder, values[1])
        for row, name in enumerate(equations().parameters):
            source = cgutils.get_record_member(builder, values[0], record.offset(name), number)
            place = builder.add(values[2], ir.Constant(values[2].type, row * LANES))
            builder.store(builder.load(source), builder.gep(held.data, [place]))
        return context.get_dummy_value()

    return types.void(p, parameters, types.intp), build


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
