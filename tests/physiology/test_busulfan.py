"""Closed-form busulfan against a general solver and against mass balance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from regraft.physiology.busulfan import Busulfan, busulfan_at, busulfan_mg_per_l, clearance_l_per_h, volume_l


def test_the_closed_form_is_the_solution_of_the_equations(p) -> None:
    clearance, absorption = 24.0 * 10.0, 24.0 * 1.3
    start = Busulfan(2.0, 35.0, 12.0, 400.0, absorption, clearance, 0.0)
    k = clearance / volume_l(p)

    def rates(_t, y):
        return [-absorption * y[0], absorption * y[0] + 400.0 - k * y[1]]

    solution = solve_ivp(rates, (2.0, 2.4), [35.0, 12.0], rtol=1e-11, atol=1e-11)
    assert busulfan_mg_per_l(start, 2.4, p) == pytest.approx(solution.y[1, -1] / volume_l(p), rel=1e-8)


@given(
    depot=st.floats(0.0, 100.0),
    central=st.floats(0.0, 100.0),
    rate=st.floats(0.0, 2000.0),
    absorption=st.floats(5.0, 100.0),
    clearance=st.floats(100.0, 600.0),
)
def test_exposure_is_what_was_eliminated_over_clearance(p, depot, central, rate, absorption, clearance) -> None:
    start = Busulfan(0.0, depot, central, rate, absorption, clearance, 0.0)
    infused = busulfan_at(start, 0.1, p)
    after = Busulfan(0.1, infused.depot_mg, infused.central_mg, 0.0, absorption, clearance, infused.auc_mg_h_per_l)
    end = busulfan_at(after, 10.0, p)
    assert end.auc_mg_h_per_l == pytest.approx(24.0 * (depot + central + 0.1 * rate) / clearance, rel=1e-6, abs=1e-9)


def test_absorption_as_fast_as_elimination_is_no_division_by_zero(p) -> None:
    k = 240.0 / volume_l(p)
    b = Busulfan(0.0, 50.0, 0.0, 0.0, k, 240.0, 0.0)
    near = Busulfan(0.0, 50.0, 0.0, 0.0, 1.01 * k, 240.0, 0.0)
    assert busulfan_mg_per_l(b, 0.1, p) == pytest.approx(busulfan_mg_per_l(near, 0.1, p), rel=0.02)


def test_phenytoin_speeds_and_itraconazole_slows_clearance(p) -> None:
    plain = clearance_l_per_h(p, 0.0, 0.0)
    assert clearance_l_per_h(p, 1.0, 0.0) == pytest.approx(1.15 * plain)
    assert clearance_l_per_h(p, 0.0, 1.0) == pytest.approx(0.75 * plain)


def test_half_life_is_that_of_adults(p) -> None:
    half_life = np.log(2.0) * volume_l(p) / clearance_l_per_h(p, 0.0, 0.0)
    assert 2.3 < half_life < 3.0  # Hassan 1994: 2.6 h
