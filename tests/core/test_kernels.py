"""What a kernel may do with arrays: it makes none and counts no references to those it is given."""

import sys

import numpy as np
import pytest
from numba.core import serialize
from numba.core.errors import NumbaError

from regraft.core.kernels import kernel


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


def test_a_kernel_hands_arrays_on_without_counting_references() -> None:
    assert _sum_by_parts(np.arange(4.0)) == 6.0
    (overload,) = _sum_by_parts.overloads.values()  # type: ignore[attr-defined]  # numba
    assert b"NRT_" not in serialize.dumps(overload._reduce())


MAKERS = {
    "temporary": lambda x: (x * x).sum(),
    "zeros": lambda x: np.zeros(3)[0] + x[0],
    "empty": lambda x: np.empty(3)[0] * x[0],
    "copy": lambda x: x.copy()[0],
    "full": lambda x: np.full(3, x[0])[1],
    "arange": lambda x: np.arange(x.size)[0],
    "array": lambda x: np.array([x[0], x[1]])[0],
    "mask": lambda x: x[x > 0.0][0],
    "astype": lambda x: x.astype(np.int64)[0],
    "list": lambda x: [x[0], x[1]][1],
    "sort": lambda x: np.sort(x)[0],
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_no_kernel_makes_an_array(make) -> None:
    with pytest.raises(NumbaError):
        kernel(make)(np.arange(4.0))
