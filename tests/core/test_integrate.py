"""The stepper against solutions known in closed form."""

import itertools
import math

import numpy as np
import pytest

from regraft.core.integrate import FINISHED, STEP_TOO_SMALL, WORK_ROWS, Pace, integrator, new_pace
from regraft.core.kernels import kernel


@kernel
def oscillator(t, y, inputs, p, out):
    """A harmonic oscillator driven by a constant force."""
    out[0] = y[1]
    out[1] = inputs[0] - p * y[0]


@kernel
def broken(t, y, inputs, p, out):
    """Rates that are not numbers."""
    out[0] = np.nan
    out[1] = np.nan


advance = integrator(oscillator)
advance_broken = integrator(broken)


def run(t_end: float, rtol: float, *, force: float = 0.0, stops: int = 1) -> tuple[np.ndarray, np.ndarray]:
    y, pace = np.array([1.0, 0.0]), new_pace()
    work, atol = np.zeros((WORK_ROWS, 2)), np.full(2, rtol)
    edges = np.linspace(0.0, t_end, stops + 1)
    for start, stop in itertools.pairwise(edges):
        assert advance(start, stop, y, np.array([force]), 1.0, work, pace, rtol, atol) == FINISHED
    return y, pace


@pytest.mark.parametrize("rtol", [1e-4, 1e-6, 1e-8])
def test_the_error_follows_the_tolerance(rtol: float) -> None:
    y, _ = run(10.0, rtol)
    assert abs(y[0] - math.cos(10.0)) < 30.0 * rtol
    assert abs(y[1] + math.sin(10.0)) < 30.0 * rtol


def test_the_method_is_of_fifth_order() -> None:
    # a local error of order 6 in the step: the number of steps grows with the sixth root of the tolerance's inverse
    coarse, fine = run(50.0, 1e-5)[1][Pace.STEPS], run(50.0, 1e-10)[1][Pace.STEPS]
    order = math.log(1e5) / math.log(fine / coarse)
    assert 4.5 < order < 6.5


def test_stopping_on_the_way_changes_nothing_but_rounding() -> None:
    once, _ = run(10.0, 1e-9)
    often, _ = run(10.0, 1e-9, stops=37)
    assert once == pytest.approx(often, abs=1e-7)


def test_a_stop_costs_no_more_than_its_steps() -> None:
    _, pace = run(10.0, 1e-6, stops=10)
    assert pace[Pace.RATE_CALLS] == 1 + 6 * (pace[Pace.STEPS] + pace[Pace.REJECTED])


def test_rates_that_are_not_numbers_end_with_a_status_and_not_with_an_exception() -> None:
    y, work = np.ones(2), np.zeros((WORK_ROWS, 2))
    status = advance_broken(0.0, 1.0, y, np.zeros(1), 1.0, work, new_pace(), 1e-6, np.full(2, 1e-6))
    assert status == STEP_TOO_SMALL
    assert y.tolist() == [1.0, 1.0]


def test_inputs_reach_the_rates() -> None:
    y, _ = run(math.pi, 1e-9, force=2.0)
    assert y[0] == pytest.approx(3.0, abs=1e-6)  # 2 - cos(pi)
