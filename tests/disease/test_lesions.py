"""Lesions and enhancement: counts agree with rates and lifetimes."""

import numpy as np
import pytest
from lives import Circumstances, Lives, live_many
from numpy.typing import NDArray

from regraft.core.parameters import ParameterSet
from regraft.disease.layout import Weekly
from regraft.patient.record import typical_patient


def test_as_many_lesions_enhance_as_form_in_one_lifetime(natural: Lives) -> None:
    # Little's law: number present = rate of arrival * mean time in the system, 3.75 weeks; a tail beyond 31 is cut off
    rows = natural.rows[:, 12:]
    rate_per_week = rows[:, :, Weekly.LESION_RATE_PER_YEAR].mean() * 7.0 / 365.25
    assert rows[:, :, Weekly.GD_ACTIVE].mean() / rate_per_week == pytest.approx(3.65, rel=0.04)


def test_no_lesion_enhances_for_more_than_seven_months(parameters: ParameterSet) -> None:
    never_back = {
        "lesions_rate_per_year": 20.0,
        "clones_new_per_year": 0.0,
        "clones_establishment_chance_busulfan": 0.0,
    }
    patients = np.repeat(typical_patient(parameters.replace(never_back)), 50)
    lives = live_many(patients, 400, seed=4, circumstances=Circumstances(ablation_week=200, log10_kill=9.0), stride=1)
    enhancing = lives.rows[:, :, Weekly.GD_ACTIVE]
    assert enhancing[:, 199].sum() > 0.0
    assert enhancing[:, 231:].max() == 0.0
    assert enhancing.min() == 0.0


def test_lesions_add_up(weekly: Lives) -> None:
    assert np.array_equal(weekly.rows[:, :, Weekly.NEW_LESIONS].cumsum(axis=1), weekly.rows[:, :, Weekly.T2_TOTAL])
    share = weekly.rows[:, -1, Weekly.BLACK_HOLES].sum() / weekly.rows[:, -1, Weekly.T2_TOTAL].sum()
    assert share == pytest.approx(0.3, abs=0.02)


def test_lesions_come_in_bouts(parameters: ParameterSet) -> None:
    patients = np.repeat(typical_patient(parameters.replace({"lesions_rate_per_year": 9.0})), 300)
    rate = live_many(patients, 520, seed=6).rows[:, 100:, Weekly.LESION_RATE_PER_YEAR]
    bouts, phases = (parameters[f"lesions_{name}_sd"].value for name in ("oscillation", "phase"))
    assert np.log(rate).std() == pytest.approx(np.hypot(bouts, phases), rel=0.06)
    counts = np.diff(live_many(patients, 1040, seed=6, stride=13).rows[:, :, Weekly.T2_TOTAL], axis=1)
    assert counts.var(axis=1).mean() > 1.3 * counts.mean()


def test_an_active_year_foretells_the_next_one(parameters: ParameterSet) -> None:
    kept, mean = {}, {}
    for sd in (0.0, 0.9):
        own = parameters.replace({"lesions_phase_sd": sd, "lesions_decline_per_year": 0.0})
        patients = np.repeat(typical_patient(own), 400)
        rate = live_many(patients, 260, seed=6, stride=52).rows[:, :, Weekly.LESION_RATE_PER_YEAR]
        kept[sd] = np.corrcoef(np.log(rate[:, 0]), np.log(rate[:, 1]))[0, 1]
        mean[sd] = rate.mean()
    phase = 0.9**2 / (0.9**2 + parameters["lesions_oscillation_sd"].value ** 2)
    assert kept[0.0] == pytest.approx(np.exp(-52 / 52.18 / 0.35), abs=0.12)
    assert kept[0.9] > phase * np.exp(-1.0 / parameters["lesions_phase_years"].value) - 0.08
    assert mean[0.9] == pytest.approx(mean[0.0], rel=0.2)  # the phase moves people's years, not their mean


def test_lesions_that_fall_on_old_ones_enhance_and_do_not_count(parameters: ParameterSet) -> None:
    full = parameters.replace({"lesions_rate_per_year": 1000.0, "lesions_capacity": 5.0})
    rows = live_many(np.repeat(typical_patient(full), 20), 520, seed=6, stride=1).rows
    assert (rows[:, -1, Weekly.T2_TOTAL] == 5.0).all()
    assert rows[:, 260:, Weekly.NEW_LESIONS].max() == 0.0
    assert rows[:, 260:, Weekly.GD_ACTIVE].mean() > 10.0


def test_women_have_more_lesions_by_the_ratio_given(parameters: ParameterSet) -> None:
    rates = []
    for is_female in (False, True):
        patients = np.repeat(typical_patient(parameters, is_female=is_female), 20)
        rates.append(live_many(patients, 300, seed=6).rows[:, :, Weekly.LESION_RATE_PER_YEAR].mean())
    assert rates[1] / rates[0] == pytest.approx(parameters["lesions_female_ratio"].value, rel=1e-3)


def test_a_scan_shows_more_in_an_aggressive_course(population: NDArray[np.void], natural: Lives) -> None:
    aggressive = population["lesions_rate_per_year"] > 10.0
    seen = natural.rows[:, 12:60, Weekly.GD_ACTIVE].mean(axis=1)
    assert seen[aggressive].mean() > 4.0 * seen[~aggressive].mean()
