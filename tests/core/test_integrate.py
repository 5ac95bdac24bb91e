"""The steppers against solutions known in closed form."""

import itertools
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest

from regraft.core.integrate import FINISHED, STEP_TOO_SMALL, WORK_ROWS, Pace, dormand_prince, new_pace, rock4
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


@kernel
def fading(t, y, inputs, p, out):
    """A fast decay towards a slow wave."""
    out[0] = -p * (y[0] - math.cos(t))
    out[1] = 0.0 * y[1]


class Method(NamedTuple):
    """A stepper of the oscillator, of what is broken and of what fades, with its order and the rates of a step."""

    oscillator: Callable[..., int]
    broken: Callable[..., int]
    fading: Callable[..., int]
    order_of_steps: float
    rates: int


ROCK4 = Method(rock4(oscillator), rock4(broken), rock4(fading), 4.0, 5)
DORMAND_PRINCE = Method(dormand_prince(oscillator), dormand_prince(broken), dormand_prince(fading), 5.0, 6)
both = pytest.mark.parametrize("method", [ROCK4, DORMAND_PRINCE], ids=["rock4", "dormand_prince"])


def run(
    advance: Callable[..., int], t_end: float, rtol: float, *, p: float = 1.0, force: float = 0.0, stops: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    y, pace = np.array([1.0, 0.0]), new_pace()
    work, atol = np.zeros((WORK_ROWS, 2)), np.full(2, rtol)
    edges = np.linspace(0.0, t_end, stops + 1)
    for start, stop in itertools.pairwise(edges):
        assert advance(start, stop, y, np.array([force]), p, work, pace, rtol, atol) == FINISHED
    return y, pace


@both
@pytest.mark.parametrize("rtol", [1e-4, 1e-6, 1e-8])
def test_the_error_follows_the_tolerance(method: Method, rtol: float) -> None:
    y, _ = run(method.oscillator, 10.0, rtol)
    assert abs(y[0] - math.cos(10.0)) < 30.0 * rtol
    assert abs(y[1] + math.sin(10.0)) < 30.0 * rtol


@both
def test_steps_grow_with_the_root_of_the_tolerance_that_the_order_says(method: Method) -> None:
    coarse = run(method.oscillator, 50.0, 1e-5)[1][Pace.STEPS]
    fine = run(method.oscillator, 50.0, 1e-10)[1][Pace.STEPS]
    assert math.log(1e5) / math.log(fine / coarse) == pytest.approx(method.order_of_steps, abs=0.4)


def test_a_fast_decay_costs_rock4_two_thirds_of_the_rates_at_the_tolerance_of_a_trial() -> None:
    (wave, pace), (other, usual) = (run(one.fading, 10.0, 1e-4, p=300.0) for one in (ROCK4, DORMAND_PRINCE))
    assert wave[0] == pytest.approx(other[0], abs=1e-3)
    assert pace[Pace.RATE_CALLS] < 0.7 * usual[Pace.RATE_CALLS]


@both
def test_stopping_on_the_way_changes_nothing_but_rounding(method: Method) -> None:
    once, _ = run(method.oscillator, 10.0, 1e-9)
    often, _ = run(method.oscillator, 10.0, 1e-9, stops=37)
    assert once == pytest.approx(often, abs=1e-7)


@both
def test_a_stop_costs_no_more_than_its_steps(method: Method) -> None:
    _, pace = run(method.oscillator, 10.0, 1e-6, stops=10)
    assert pace[Pace.RATE_CALLS] == 1 + method.rates * (pace[Pace.STEPS] + pace[Pace.REJECTED])


@both
def test_rates_that_are_not_numbers_end_with_a_status_and_not_with_an_exception(method: Method) -> None:
    y, work = np.ones(2), np.zeros((WORK_ROWS, 2))
    status = method.broken(0.0, 1.0, y, np.zeros(1), 1.0, work, new_pace(), 1e-6, np.full(2, 1e-6))
    assert status == STEP_TOO_SMALL
    assert y.tolist() == [1.0, 1.0]


@both
def test_inputs_reach_the_rates(method: Method) -> None:
    y, _ = run(method.oscillator, math.pi, 1e-9, force=2.0)
    assert y[0] == pytest.approx(3.0, abs=1e-6)  # 2 - cos(pi)
