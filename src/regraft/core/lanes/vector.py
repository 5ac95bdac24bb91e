"""Values side by side as they are written to LLVM, with the operators of Python.

A `Vector` holds doubles, `Words` their bits as unsigned integers, a `Truths` answers, one in each lane. Each operator
appends one instruction to the function that is being built. A constant stands for the same value in all lanes.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias, final

from llvmlite import ir
from numba.core import cgutils

LANES = 16  # two registers of AVX-512, so that one is worked on while the other waits for its result
_ONE, _WORD = ir.DoubleType(), ir.IntType(64)
VECTOR = ir.VectorType(_ONE, LANES)
WORDS = ir.VectorType(_WORD, LANES)
TRUTHS = ir.VectorType(ir.IntType(1), LANES)
Operand: TypeAlias = "Vector | float"


@final
@dataclass(frozen=True, slots=True, eq=False)
class Truths:
    """An answer in each lane."""

    builder: ir.IRBuilder
    value: Any

    def __and__(self, other: "Truths") -> "Truths":
        return Truths(self.builder, self.builder.and_(self.value, other.value))

    def __or__(self, other: "Truths") -> "Truths":
        return Truths(self.builder, self.builder.or_(self.value, other.value))

    def __invert__(self) -> "Truths":
        return Truths(self.builder, self.builder.not_(self.value))

    def choose(self, yes: Operand, no: Operand) -> "Vector":
        """Return `yes` where the answer is yes and `no` elsewhere; what was not chosen may be anything."""
        return Vector(self.builder, self.builder.select(self.value, _operand(yes), _operand(no)))

    def bits(self) -> Any:
        """Return the answers as one integer, a bit each, lane 0 lowest."""
        return self.builder.bitcast(self.value, ir.IntType(LANES))


@final
@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """An unsigned integer of 64 bits in each lane; sums wrap around."""

    builder: ir.IRBuilder
    value: Any

    def _of(self, other: "Words | int") -> Any:
        return other.value if isinstance(other, Words) else ir.Constant(WORDS, [other] * LANES)

    def __add__(self, other: "Words | int") -> "Words":
        return Words(self.builder, self.builder.add(self.value, self._of(other)))

    def __sub__(self, other: "Words | int") -> "Words":
        return Words(self.builder, self.builder.sub(self.value, self._of(other)))

    def __or__(self, other: "Words | int") -> "Words":
        return Words(self.builder, self.builder.or_(self.value, self._of(other)))

    def __lshift__(self, places: int) -> "Words":
        return Words(self.builder, self.builder.shl(self.value, self._of(places)))

    def __rshift__(self, places: int) -> "Words":
        return Words(self.builder, self.builder.lshr(self.value, self._of(places)))

    def as_vector(self) -> "Vector":
        """Return the doubles that have these bits."""
        return Vector(self.builder, self.builder.bitcast(self.value, VECTOR))


@final
@dataclass(frozen=True, slots=True, eq=False)
class Vector:
    """A double in each lane."""

    builder: ir.IRBuilder
    value: Any

    def _new(self, value: Any) -> "Vector":
        return Vector(self.builder, value)

    def __add__(self, other: Operand) -> "Vector":
        return self._new(self.builder.fadd(self.value, _operand(other)))

    def __radd__(self, other: float) -> "Vector":
        return self._new(self.builder.fadd(_operand(other), self.value))

    def __sub__(self, other: Operand) -> "Vector":
        return self._new(self.builder.fsub(self.value, _operand(other)))

    def __rsub__(self, other: float) -> "Vector":
        return self._new(self.builder.fsub(_operand(other), self.value))

    def __mul__(self, other: Operand) -> "Vector":
        return self._new(self.builder.fmul(self.value, _operand(other)))

    def __rmul__(self, other: float) -> "Vector":
        return self._new(self.builder.fmul(_operand(other), self.value))

    def __truediv__(self, other: Operand) -> "Vector":
        return self._new(self.builder.fdiv(self.value, _operand(other)))

    def __rtruediv__(self, other: float) -> "Vector":
        return self._new(self.builder.fdiv(_operand(other), self.value))

    def __neg__(self) -> "Vector":
        return self._new(self.builder.fneg(self.value))

    def __abs__(self) -> "Vector":
        return self._called("fabs")

    def root(self) -> "Vector":
        """Return the square roots, rounded as IEEE 754 says."""
        return self._called("sqrt")

    def _called(self, name: str) -> "Vector":
        kind = ir.FunctionType(VECTOR, [VECTOR])
        function = cgutils.get_or_insert_function(self.builder.module, kind, f"llvm.{name}.v{LANES}f64")
        return self._new(self.builder.call(function, [self.value]))

    def compare(self, sign: str, other: Operand) -> Truths:
        """Return the answers to a comparison, as Python gives them: with not a number only ``!=`` is true."""
        compare = self.builder.fcmp_unordered if sign == "!=" else self.builder.fcmp_ordered
        return Truths(self.builder, compare(sign, self.value, _operand(other)))

    def least(self, other: Operand) -> "Vector":
        """Return ``other if other < self else self``, as ``min(self, other)``."""
        return self._new(_operand(other)).compare("<", self).choose(self._new(_operand(other)), self)

    def greatest(self, other: Operand) -> "Vector":
        """Return ``other if other > self else self``, as ``max(self, other)``."""
        return self._new(_operand(other)).compare(">", self).choose(self._new(_operand(other)), self)

    def bits(self) -> Words:
        """Return the bits of the doubles."""
        return Words(self.builder, self.builder.bitcast(self.value, WORDS))


def _operand(value: Operand) -> Any:
    """Return a vector, or a number in all lanes, as LLVM has it."""
    return value.value if isinstance(value, Vector) else ir.Constant(VECTOR, [float(value)] * LANES)


def spread(builder: ir.IRBuilder, number: Any) -> Vector:
    """Return the one double that `number` holds in all lanes."""
    first = builder.insert_element(ir.Constant(VECTOR, ir.Undefined), number, ir.Constant(ir.IntType(32), 0))
    places = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return Vector(builder, builder.shuffle_vector(first, ir.Constant(VECTOR, ir.Undefined), places))


def load(builder: ir.IRBuilder, pointer: Any) -> Vector:
    """Return the doubles from where `pointer` to the first of them says."""
    return Vector(builder, builder.load(builder.bitcast(pointer, VECTOR.as_pointer()), align=8))


def store(builder: ir.IRBuilder, x: Operand, pointer: Any) -> None:
    """Write doubles to where `pointer` to the first of them says."""
    builder.store(_operand(x), builder.bitcast(pointer, VECTOR.as_pointer()), align=8)
