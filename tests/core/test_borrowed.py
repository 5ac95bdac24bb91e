"""A borrowed array is the owner's memory: what a kernel writes into it, the owner holds."""

import sys

import numpy as np

from regraft.core.borrowed import borrowed
from regraft.core.kernels import kernel


@kernel
def _double(values) -> float:
    lent = borrowed(values)
    total = 0.0
    for i in range(lent.shape[0]):
        lent[i] *= 2.0
        total += lent[i]
    return total


def test_writing_into_a_borrowed_array_changes_the_owner_and_keeps_its_references() -> None:
    owner = np.arange(6.0)
    before = sys.getrefcount(owner)
    assert _double(owner) == 30.0
    np.testing.assert_array_equal(owner, 2.0 * np.arange(6.0))
    assert sys.getrefcount(owner) == before


def test_a_slice_is_lent_with_its_strides() -> None:
    owner = np.arange(12.0).reshape(4, 3)
    assert _double(owner[:, 1]) == 2.0 * (1 + 4 + 7 + 10)
    np.testing.assert_array_equal(owner[:, 1], [2.0, 8.0, 14.0, 20.0])
    np.testing.assert_array_equal(owner[:, 0], [0.0, 3.0, 6.0, 9.0])
