"""Each organ alone: at rest it stays at rest, and it answers in the right direction."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from regraft.physiology.atg import kill_per_day, regrowth
from regraft.physiology.body import body_rates, wake
from regraft.physiology.cyclophosphamide import (
    Cyclophosphamide,
    activated_mg_per_kg_per_day,
    cyclophosphamide_mg_per_l,
    cyclophosphamide_rates,
    hydroxy_mg_per_l,
)
from regraft.physiology.gcsf import stimulation
from regraft.physiology.late_effects import menopause_probability, weibull_years
from regraft.physiology.liver import Liver, Strain, liver_at_rest, liver_rates
from regraft.physiology.lymphocytes import (
    Pressure,
    homeostasis_per_day,
    lymphocyte_rates,
    lymphocytes_after,
    lymphocytes_at_rest,
    naive_loss_per_day,
)
from regraft.physiology.marrow import progenitor_growth
from regraft.physiology.platelets import Platelets, platelet_life_days, platelet_rates, platelets_at_rest
from regraft.physiology.thymus import thymic_output
from regraft.physiology.world import BODY, LYMPHOCYTES, STATE_NAMES, STATES

NO_STRAIN = Strain(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def at_rest(p) -> tuple[np.void, np.ndarray]:
    body = np.zeros(1, dtype=BODY)[0]
    wake(body, 34.0, 1e-6, p)
    rates = np.zeros(STATES)
    body_rates(0.0, body["state"], body["inputs"], p, rates)
    return body, rates


def test_a_body_at_rest_stays_at_rest(p) -> None:
    body, rates = at_rest(p)
    moving = {
        name: rate
        for name, rate, value in zip(STATE_NAMES, rates, body["state"], strict=True)
        if abs(rate) > 0.02 * max(abs(value), 1.0)
    }
    assert moving == {}


def test_lymphocytes_drift_slowly_without_treatment(p) -> None:
    body, rates = at_rest(p)
    counts, drift = body["state"][LYMPHOCYTES:], rates[LYMPHOCYTES:]
    assert abs(drift[0]) * 365.25 < 0.3 * counts[0]  # naive CD4+ within a third of their number a year


def test_what_is_activated_is_the_dose(p) -> None:
    def rates(_t, y):
        state = Cyclophosphamide(y[0], y[1])
        moved = cyclophosphamide_rates(state, 0.0, 0.0, p)
        return [moved.amount_mg, moved.enzyme, activated_mg_per_kg_per_day(state, p)]

    end = solve_ivp(rates, (0.0, 8.0), [3500.0, 1.0, 0.0], rtol=1e-9, atol=1e-9).y[:, -1]
    assert end[2] == pytest.approx(3500.0 / p["patient_weight_kg"], rel=1e-4)


def test_cyclophosphamide_speeds_its_own_clearance(p) -> None:
    fresh, induced = Cyclophosphamide(1000.0, 1.0), Cyclophosphamide(1000.0, 2.0)
    assert activated_mg_per_kg_per_day(induced, p) > 1.5 * activated_mg_per_kg_per_day(fresh, p)
    assert cyclophosphamide_rates(fresh, 0.0, 0.0, p).enzyme > 0.5
    assert cyclophosphamide_mg_per_l(fresh, p) == pytest.approx(1000.0 / p["cyclophosphamide_volume_l"])


def test_phenytoin_multiplies_the_clearance_by_what_was_measured(p) -> None:
    enzyme = 1.0
    for _ in range(4000):
        enzyme += 0.01 * cyclophosphamide_rates(Cyclophosphamide(0.0, enzyme), 0.0, 1.0, p).enzyme
    with_it, without = (activated_mg_per_kg_per_day(Cyclophosphamide(1.0, level), p) for level in (enzyme, 1.0))
    assert with_it / without == pytest.approx(p["cyclophosphamide_phenytoin_factor"], rel=1e-3)


def test_little_glutathione_leaves_more_of_the_activated_drug(p) -> None:
    drug = Cyclophosphamide(1000.0, 1.0)
    full, empty = (hydroxy_mg_per_l(drug, store, p) for store in (1.0, 0.0))
    assert empty == pytest.approx(full / (1.0 - p["cyclophosphamide_hydroxy_glutathione_share"]))


def test_platelets_live_as_long_as_was_found_with_labels(p) -> None:
    assert platelet_life_days(250.0, p) == pytest.approx(9.6, abs=0.6)
    assert platelet_life_days(75.0, p) == pytest.approx(7.0, abs=1.5)
    assert platelet_life_days(30.0, p) == pytest.approx(5.1, abs=1.9)


def test_of_platelets_that_are_no_longer_made_a_sixth_is_left_after_ten_days(p) -> None:
    rest = platelets_at_rest(p)
    start = [0.0, 0.0, 0.0, *rest[3:]]
    end = solve_ivp(lambda _t, y: list(platelet_rates(Platelets(*y), 0.0, 0.0, 0.0, p)), (0.0, 10.0), start, rtol=1e-8)
    counts = end.y[3:].sum(axis=0)
    assert counts[0] == pytest.approx(p["platelets_count_1e9_per_l"])
    assert 0.05 < counts[-1] / counts[0] < 0.2


def test_division_makes_good_most_of_the_loss_of_naive_cells_at_rest(p) -> None:
    loss = naive_loss_per_day(p)
    assert 0.67 <= homeostasis_per_day(p["lymphocytes_cd4_per_ul"], p) / loss < 1.0
    assert homeostasis_per_day(50.0, p) > homeostasis_per_day(700.0, p)


def test_atg_kills_above_and_not_below_the_therapeutic_level(p) -> None:
    assert kill_per_day(8.0, p) > 2.9
    assert kill_per_day(0.1, p) < 0.01
    assert regrowth(0.0, p) == 1.0
    assert regrowth(5.0, p) < 0.2


@given(low=st.floats(0.01, 100.0), factor=st.floats(1.001, 10.0))
def test_more_filgrastim_never_stimulates_less(p, low, factor) -> None:
    assert 0.0 <= stimulation(low, p) <= stimulation(low * factor, p) <= 1.0


def test_without_stem_cells_progenitors_do_not_multiply(p) -> None:
    assert progenitor_growth(1e-6, 0.0, 1.7, p) < 0.002
    assert progenitor_growth(1.0, 0.0, 1.7, p) > 0.5


def test_the_liver_feels_more_from_more(p) -> None:
    rest = liver_at_rest(p)
    little, much = (liver_rates(rest, level, 0.0, 0.0, NO_STRAIN, p).injury for level in (0.5, 1.0))
    assert 0.0 < little < much
    tired = Liver(*(0.2, *rest[1:]))
    assert liver_rates(tired, 0.5, 0.0, 0.0, NO_STRAIN, p).injury > 1.5 * little


def test_sepsis_and_fluid_raise_the_signs_without_any_injury(p) -> None:
    rest = liver_at_rest(p)
    septic = liver_rates(rest, 0.0, 0.0, 0.0, Strain(1.0, 1.0, 0.0, 0.0, 0.0, 0.0), p)
    assert septic.bilirubin_mg_per_dl > 0.0
    assert septic.fluid_pct > 0.0
    assert septic.creatinine_ratio > 0.0
    assert septic.obstruction == 0.0


def test_the_thymus_sleeps_after_conditioning_and_ages(p) -> None:
    before = thymic_output(34.0, np.nan, p)
    assert thymic_output(34.0, 20.0, p) < 0.1 * before
    assert thymic_output(34.0, 540.0, p) > before  # the rebound of the young
    assert thymic_output(55.0, np.nan, p) < 0.5 * before
    assert thymic_output(55.0, 3000.0, p) == pytest.approx(thymic_output(55.0, np.nan, p), rel=1e-6)


def test_weekly_steps_agree_with_the_equations(p) -> None:
    rest = lymphocytes_at_rest(p)
    start = type(rest)(*(0.1 * count for count in rest))

    def rates(t, y):
        moved = lymphocyte_rates(type(rest)(*y), Pressure(0.0, 0.0, 0.0, 1.0), 1.0, thymic_output(34.0, t, p), 1.0, p)
        return list(moved)

    exact = solve_ivp(rates, (98.0, 98.0 + 7 * 90), list(start), rtol=1e-9, atol=1e-9).y[:, -1]
    weekly = start
    for week in range(90):
        weekly = lymphocytes_after(weekly, 7.0, 0.0, thymic_output(34.0, 98.0 + 7 * (week + 0.5), p), p)
    assert list(weekly) == pytest.approx(list(exact), rel=0.01)


def test_a_weibull_time_has_its_risk_at_its_horizon() -> None:
    assert weibull_years(0.098, 0.098, 5.0, 0.9) == pytest.approx(5.0)


def test_older_ovaries_fail_more_often_and_busulfan_ages_them(p) -> None:
    assert menopause_probability(34.0, 6.0, p) > 0.9
    assert menopause_probability(28.0, 0.0, p) < 0.3
