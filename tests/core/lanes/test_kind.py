"""Lanes in kernels: every operator does in each lane what it does to a number."""

import operator

import numba
import numpy as np
import pytest
from numba.core.errors import TypingError

from regraft.core.lanes.kind import any_of, choose, everywhere, greatest, least, put_row, row_of
from regraft.core.lanes.stepper import rows_of_lanes
from regraft.core.lanes.vector import LANES

NAN, INF = np.nan, np.inf
PAIRS = [(1.0, 2.0), (2.0, 1.0), (-3.5, 0.25), (0.0, -0.0), (NAN, 1.0), (1.0, NAN), (INF, 1.0), (-INF, INF)]


@numba.njit(error_model="numpy", _nrt=False)
def compute(x, out):
    a, b = row_of(x, 0), row_of(x, 1)
    put_row(out, 0, a + b * 2.0 - 0.5 * a + 1)
    put_row(out, 1, a / b - 2.0 / a)
    put_row(out, 2, abs(-a))
    put_row(out, 3, least(a, b))
    put_row(out, 4, greatest(a, b))
    put_row(out, 5, least(a, 1.5) + greatest(1.5, b))
    put_row(out, 6, -abs(b))
    zero = everywhere(0.0)
    put_row(out, 7, choose(a < b, 1.0, zero) + choose(a <= b, 2.0, zero) + choose(a == b, 4.0, zero))
    put_row(out, 8, choose(a > b, 1.0, zero) + choose(a >= b, 2.0, zero) + choose(a != b, 4.0, zero))
    put_row(out, 10, choose(~(a < b), 1.0, zero))
    put_row(out, 9, choose((a < 1.5) & (b > 0.5) | (b == 0.0), a, b))


def expected(a, b):
    """Return what `compute` writes for one lane, by numbers of NumPy."""
    a, b = np.float64(a), np.float64(b)
    return [
        a + b * 2.0 - 0.5 * a + 1,
        a / b - 2.0 / a,
        abs(a),
        min(a, b),
        max(a, b),
        min(a, 1.5) + max(1.5, b),
        -abs(b),
        (a < b) + 2.0 * (a <= b) + 4.0 * (a == b),
        (a > b) + 2.0 * (a >= b) + 4.0 * (a != b),
        a if (a < 1.5 and b > 0.5) or b == 0.0 else b,
        not a < b,
    ]


def test_operators_in_lanes_are_those_of_numbers() -> None:
    x, out = rows_of_lanes(2), rows_of_lanes(11)
    pairs = (PAIRS * LANES)[:LANES]
    x[:] = np.transpose(pairs)
    compute(x, out)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(out.T, [expected(*pair) for pair in pairs])


@numba.njit(error_model="numpy", _nrt=False)
def is_any_above(x, bound):
    return any_of(row_of(x, 0) > bound)


def test_a_mask_is_asked_as_a_whole() -> None:
    x = rows_of_lanes(1)
    for lane in range(LANES):
        x[:] = 0.0
        x[0, lane] = 1.0
        assert is_any_above(x, 0.5)
        assert not is_any_above(x, 1.5)


@pytest.mark.parametrize("array", [np.zeros(LANES), np.zeros((2, LANES), np.float32), np.zeros((LANES, 2)).T])
def test_arrays_that_hold_no_rows_of_lanes_are_refused(array) -> None:
    with pytest.raises(TypingError, match="lanes stand in C-ordered float64 arrays"):
        numba.njit(lambda x: any_of(row_of(x, 0) > 0.5))(array)


@pytest.mark.parametrize("sign", [operator.add, operator.lt])
def test_lanes_and_truths_do_not_mix(sign) -> None:
    def mixed(x):
        a = row_of(x, 0)
        return any_of(sign(a > 0.5, a) > 0.0)

    with pytest.raises(TypingError):
        numba.njit(mixed)(rows_of_lanes(1))


def test_rows_begin_where_a_line_of_the_cache_does() -> None:
    for rows in range(1, 20):
        made = rows_of_lanes(rows)
        assert made.shape == (rows, LANES)
        assert made.ctypes.data % 64 == 0
