"""Exponential and logarithm in lanes: as near as they say, and the same bits on every processor."""

import os
import subprocess
import sys
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

import numba
import numpy as np
import pytest
from llvmlite.binding import get_host_cpu_features

from regraft.core.lanes.kind import exp, log, put_row, row_of
from regraft.core.lanes.series import economised
from regraft.core.lanes.vector import LANES

ROOT = Path(__file__).resolve().parents[3]
MOST_ULPS = 0.95
PROCESSORS = {
    "nehalem": ("sse4.2",),
    "haswell": ("avx2", "fma", "bmi2"),
    "skylake-avx512": ("avx512f", "avx512dq", "avx512vl", "avx512bw", "fma"),
}


@numba.njit(error_model="numpy", _nrt=False)  # not kept: a kernel of a test is named by the sources beside it only
def fill(x, of_exp, of_log):
    for i in range(x.shape[0]):
        put_row(of_exp, i, exp(row_of(x, i)))
        put_row(of_log, i, log(row_of(x, i)))


def both(x):
    """Return exponentials and logarithms of any numbers."""
    rows = np.ones((-(-len(x) // LANES), LANES))
    rows.ravel()[: len(x)] = x
    of_exp, of_log = np.zeros_like(rows), np.zeros_like(rows)
    fill(rows, of_exp, of_log)
    return of_exp.ravel()[: len(x)], of_log.ravel()[: len(x)]


def numbers(n, low, high):
    """Return numbers between two bounds that look random and are the same everywhere."""
    return low + (high - low) * ((np.arange(n, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) >> 11) / 2.0**53)


def digest():
    """Return a digest of both functions over all their reach, special values included."""
    edges = [np.inf, -np.inf, np.nan, 0.0, -0.0, -1.0, 5e-324, 2.0**-1022, 1.0, 709.78, 709.79, -707.9, -708.1, 1e308]
    x = np.concatenate([numbers(4000, -720.0, 720.0), numbers(4000, 0.4, 2.2), 2.0 ** np.arange(-1074, 1024), edges])
    found = np.nan_to_num(np.concatenate(both(x)), nan=-77.0)  # the bits of not a number are the processor's own
    return sha256(found.tobytes()).hexdigest()


def ulps(found, exact):
    """Return errors in units in the last place of the exact values, which have more digits."""
    return np.abs((found - exact) / np.spacing(np.abs(exact.astype(float)))).astype(float)


PLACES_OF_LOG = {
    "near one": numbers(100_000, 0.5, 2.0),
    "nearest one": 1.0 + numbers(20_000, -1e-4, 1e-4),
    "large": numbers(100_000, 1e-9, 1e9),
    "powers of two": 2.0 ** np.arange(-1074.0, 1024.0),
    "subnormal": numbers(20_000, 0.0, 1e-310),
}
in_more_digits = pytest.mark.skipif(np.finfo(np.longdouble).nmant < 63, reason="no float of more digits here")


@in_more_digits
@pytest.mark.parametrize(("low", "high"), [(-707.9, 709.7), (-1.0, 1.0), (-0.35, 0.35), (-1e-5, 1e-5), (-40.0, 40.0)])
def test_the_exponential_errs_by_less_than_one_unit_in_the_last_place(low, high) -> None:
    x = numbers(100_000, low, high)
    assert ulps(both(x)[0], np.exp(x.astype(np.longdouble))).max() < MOST_ULPS


@in_more_digits
@pytest.mark.parametrize("x", PLACES_OF_LOG.values(), ids=PLACES_OF_LOG)
def test_the_logarithm_errs_by_less_than_one_unit_in_the_last_place(x) -> None:
    x = x[x > 0.0]
    assert ulps(both(x)[1], np.log(x.astype(np.longdouble))).max() < MOST_ULPS


def test_special_values_are_those_of_every_library() -> None:
    x = np.array([np.inf, -np.inf, np.nan, 0.0, -0.0, 1.0, -1.0, 709.79, -746.0])
    of_exp, of_log = both(x)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(of_exp[[0, 1, 2, 3, 4, 7, 8]], np.exp(x)[[0, 1, 2, 3, 4, 7, 8]])
        np.testing.assert_array_equal(of_log[:7], np.log(x)[:7])


def test_a_lane_does_not_see_its_neighbours() -> None:
    x = numbers(5 * LANES, -720.0, 720.0)
    for found, of_rolled in zip(both(x), both(np.roll(x, 3)), strict=True):
        np.testing.assert_array_equal(np.roll(found, 3), of_rolled)


@pytest.mark.parametrize("processor", PROCESSORS)
def test_bits_are_the_same_on_every_level_of_x86(processor) -> None:
    features = PROCESSORS[processor]
    if not all(get_host_cpu_features().get(feature) for feature in features):
        pytest.skip(f"this machine runs no code of {processor}")
    settings = {"NUMBA_CPU_NAME": processor, "NUMBA_CPU_FEATURES": ",".join(f"+{one}" for one in features)}
    program = f"import sys; sys.path[:0] = {[str(ROOT / 'src'), str(Path(__file__).parent)]!r}\n"
    program += "import test_functions as it; print(it.digest())"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == digest()


def test_a_shorter_series_errs_evenly() -> None:
    whole = [Fraction(1), Fraction(1), Fraction(1, 2), Fraction(1, 6), Fraction(1, 24)]
    short = economised(whole, Fraction(-1), Fraction(1), 4)
    x = np.linspace(-1.0, 1.0, 2001)
    error = np.polyval(short[::-1], x) - np.polyval([float(one) for one in whole[::-1]], x)
    assert np.abs(error).max() == pytest.approx(1.0 / 24.0 / 8.0)  # 2**-3 of the term that is left out
    assert error.min() == pytest.approx(-error.max())
