"""What a kernel may do with arrays: it makes none and counts no references to those it is given."""

import sys

import numpy as np
import pytest
from numba.core.errors import NumbaError

from regraft.core.kernels import kernel, kernel_with_room


@kernel
def _double(values) -> float:
    total = 0.0
    for i in range(values.shape[0]):
        values[i] *= 2.0
        total += values[i]
    return total


def test_writing_into_an_array_changes_the_owner_and_keeps_its_references() -> None:
    owner = np.arange(12.0).reshape(4, 3)
    before = sys.getrefcount(owner)
    assert _double(owner[:, 1]) == 2.0 * (1 + 4 + 7 + 10)
    np.testing.assert_array_equal(owner[:, 1], [2.0, 8.0, 14.0, 20.0])
    np.testing.assert_array_equal(owner[:, 0], [0.0, 3.0, 6.0, 9.0])
    assert sys.getrefcount(owner) == before


@kernel
def _first(values) -> float:
    return values[0]


@kernel
def _sum_by_parts(values) -> float:
    total = 0.0
    for i in range(values.shape[0]):
        total += _first(values[i:])
    return total


@kernel_with_room
def _sum_of_squares(values) -> float:
    return (values * values).sum()


def test_a_kernel_hands_arrays_on_without_counting_references() -> None:
    assert _sum_by_parts(np.arange(4.0)) == 6.0
    (program,) = _sum_by_parts.inspect_llvm().values()  # type: ignore[attr-defined]  # numba
    assert "NRT_" not in program


def test_only_a_kernel_with_room_makes_arrays() -> None:
    assert _sum_of_squares(np.arange(4.0)) == 14.0

    @kernel
    def without_room(values):  # type: ignore[no-untyped-def]  # numba
        return (values * values).sum()

    with pytest.raises(NumbaError, match="NRT required"):
        without_room(np.arange(4.0))
