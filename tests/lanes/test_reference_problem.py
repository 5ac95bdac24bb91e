"""The reference problem in lanes: its error, its company and its bits."""

from hashlib import sha256
from itertools import pairwise

import numpy as np
import pytest
import reference_model as problem
from scipy.integrate import solve_ivp

from lanes import reference_problem
from regraft.core.lanes.vector import LANES

RTOL, MOST_ERROR = 3e-7, 2e-5
DIGEST = "d609d16861e6112b"


def patients(n):
    """Return parameters of some patients, made of plus and times alone."""
    share = (np.arange(5 * n).reshape(n, 5) * 7 % 11 - 5.0) * 0.0625
    return problem.TYPICAL * (1.0 + share)


def solved(parameters):
    out = np.zeros((len(parameters), problem.DAYS + 1))
    assert reference_problem.solve(0, len(parameters), parameters, RTOL, out)[0] > 0
    return out


def by_scipy(p):
    """Return one patient's counts from the plain equations, by another integrator."""

    def rates(t, y):
        out = np.zeros(7)
        problem.plain.py_func(t, y, y, p, out)
        return out

    y, counts = np.array([0.0, 0.0, *[problem.BASE] * 5]), [problem.BASE]
    doses = [problem.INTERVAL_H * i for i in range(problem.DOSES)]
    stops = sorted({*doses, *(24.0 * day for day in range(problem.DAYS + 1))})
    for start, stop in pairwise(stops):
        y[0] += problem.DOSE_MG * (start in doses)
        y = solve_ivp(rates, (start, stop), y, method="DOP853", rtol=1e-9, atol=1e-11).y[:, -1]
        if stop % 24.0 == 0.0:
            counts.append(float(y[6]))
    return np.array(counts)


@pytest.mark.parametrize("who", [0, 3])
def test_every_day_is_as_near_as_is_claimed(who) -> None:
    everybody = patients(LANES)
    np.testing.assert_allclose(solved(everybody)[who], by_scipy(everybody[who]), rtol=MOST_ERROR)


def test_a_patient_is_the_same_to_the_bit_alone_in_any_order_and_beyond_a_block() -> None:
    everybody = patients(2 * LANES + 3)
    found = solved(everybody)
    np.testing.assert_array_equal(solved(everybody[::-1].copy())[::-1], found)
    np.testing.assert_array_equal(solved(everybody[5:6].copy()), found[5:6])
    many = solved(np.tile(everybody, (12, 1)))
    assert len(many) > reference_problem.BLOCK
    np.testing.assert_array_equal(many, np.tile(found, (12, 1)))


def test_the_bits_are_those_of_every_machine() -> None:
    assert sha256(solved(patients(2 * LANES + 3)).tobytes()).hexdigest()[:16] == DIGEST
