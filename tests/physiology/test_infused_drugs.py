"""BEAM, irradiation and antibodies: closed forms against a solver, and kills in the right direction."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from regraft.physiology.antibodies import alemtuzumab_left_mg, antibodies_at, rituximab_kill_per_day
from regraft.physiology.beam import (
    Beam,
    beam_clearances_l_per_h,
    beam_eliminations_per_day,
    beam_kill,
    exposures_per_day,
)
from regraft.physiology.infused import Infused, infuse, infused_mg, stop_infusion
from regraft.physiology.irradiation import irradiation_kill
from regraft.physiology.registers import agents_kill, antibodies_of, end_due_infusions, next_end_day, start_infusion
from regraft.physiology.world import INPUTS, Drug, Input

NEVER = Infused(0.0, 0.0, 0.0, 0.0, 0.0)


@given(k=st.floats(0.05, 60.0), dose=st.floats(1.0, 2000.0), days=st.floats(0.01, 0.4), before=st.floats(0.0, 500.0))
def test_the_closed_form_is_the_solution_of_the_equation(k, dose, days, before) -> None:
    running = infuse(Infused(1.0, before, 0.0, 0.0, k), 1.0, dose, days, k)
    exact = solve_ivp(lambda _t, y: [dose / days - k * y[0]], (0.0, days), [before], rtol=1e-10, atol=1e-10).y[0, -1]
    assert infused_mg(running, 1.0 + days) == pytest.approx(exact, rel=1e-6, abs=1e-7)
    after = stop_infusion(running, 1.0 + days)
    assert infused_mg(after, 1.2 + days) == pytest.approx(exact * np.exp(-0.2 * k), rel=1e-6, abs=1e-6)


def test_a_second_infusion_loses_nothing_of_one_that_still_runs() -> None:
    first = infuse(NEVER, 0.0, 100.0, 0.5, 1e-9)
    second = infuse(first, 0.25, 50.0, 0.25, 1e-9)
    assert infused_mg(second, 0.5) == pytest.approx(150.0, rel=1e-6)


def test_the_kill_of_a_course_is_that_of_its_exposure(p) -> None:
    dose, k, clearance = 252.0, beam_eliminations_per_day(p).melphalan, beam_clearances_l_per_h(p).melphalan
    times = np.linspace(0.0, 3.0, 60_001)
    amounts = dose * np.exp(-k * times)
    rates = [
        exposures_per_day(Beam(0.0, 0.0, 0.0, a), beam_eliminations_per_day(p), p).melphalan for a in amounts[::30]
    ]
    assert np.trapezoid(rates, times[::30]) == pytest.approx(dose / clearance, rel=1e-3)
    assert 0.5 < np.log(2.0) / k * 24.0 < 1.0  # hours; 46 min found


def test_more_of_any_drug_never_kills_less(p) -> None:
    for i in range(4):
        little, much = (beam_kill(Beam(*(level if j == i else 1.0 for j in range(4))), p) for level in (1.0, 2.0))
        assert all(b >= a for a, b in zip(little, much, strict=True))
        assert much.memory_log10 > little.memory_log10


def test_etoposide_and_cytarabine_spare_resting_stem_cells(p) -> None:
    assert beam_kill(Beam(0.0, 100.0, 10.0, 0.0), p).stem == 0.0
    assert beam_kill(Beam(1.0, 0.0, 0.0, 0.0), p).stem > 0.0


def test_ten_gray_kill_the_same_in_two_fractions_as_in_ten(p) -> None:
    once, tenth = irradiation_kill(10.0, p), irradiation_kill(1.0, p)
    assert list(once) == pytest.approx([10.0 * value for value in tenth])
    assert once.stem / np.log(10.0) > 3.0


def test_alemtuzumab_takes_t_and_b_cells_and_rituximab_b_cells_alone(p) -> None:
    both, rituximab = antibodies_at(20.0, 0.0, p), antibodies_at(0.0, 1000.0, p)
    assert both.t_cells > 2.0
    assert 0.0 < both.tissue < 0.2 * both.t_cells
    assert both.regrowth < 0.3
    assert (rituximab.t_cells, rituximab.tissue, rituximab.regrowth) == (0.0, 0.0, 1.0)
    assert rituximab.b_cells == rituximab_kill_per_day(1000.0, p) > 0.9


def test_a_full_blood_binds_much_of_a_dose_of_alemtuzumab_and_an_empty_one_nothing(p) -> None:
    assert alemtuzumab_left_mg(10.0, 0.0, p) == 10.0
    assert 3.0 < alemtuzumab_left_mg(10.0, 1.0, p) < 6.0
    assert alemtuzumab_left_mg(30.0, 1.0, p) > 2.0 * alemtuzumab_left_mg(15.0, 1.0, p)


def test_registers_start_run_and_end(p) -> None:
    u = np.zeros(INPUTS)
    assert next_end_day(u) == np.inf
    assert agents_kill(u, 3.0, p).stem == antibodies_of(u, 3.0, p).t_cells == 0.0
    start_infusion(u, Drug.MELPHALAN, 3.0, 250.0, 0.02, p)
    start_infusion(u, Drug.TOTAL_BODY_IRRADIATION, 3.0, 2.0, 0.03, p)
    assert next_end_day(u) == 3.02
    running = agents_kill(u, 3.01, p)
    assert end_due_infusions(u, 3.02)
    assert next_end_day(u) == 3.03
    assert end_due_infusions(u, 3.03)
    assert u[Input.GRAY_PER_DAY] == 0.0
    assert 0.0 < agents_kill(u, 3.04, p).stem < running.stem
