"""Magnitudes of the first prototype, each met within its stated spread; what differs is explained beside it."""

import numpy as np
import pytest

from regraft.physiology.signs import Daily
from regraft.treatment.cohort import TreatedCohort, draw_cohort, treat_cohort
from regraft.treatment.experiment import give_graft
from regraft.treatment.reconstitute import Weekly

N = 300
MICROMOLAR_MINUTES = 243.6  # per mg*h/L
UNMONITORED = {"target_auc_mg_h_per_l": None, "adjust_after_dose": None}


@pytest.fixture(scope="module")
def atkins(parameters, compiled) -> TreatedCohort:
    return treat_cohort(compiled(), draw_cohort(parameters, N, seed=5), seed=5)


@pytest.fixture(scope="module")
def unmonitored(parameters, compiled) -> TreatedCohort:
    plans = compiled(busulfan=UNMONITORED, conditioning={"dosing_weight": "actual"})
    return treat_cohort(plans, draw_cohort(parameters, 600, seed=5), seed=5, weeks=1)


def after_transplant(treated: TreatedCohort, column: Daily, first: int, last: int) -> np.ndarray:
    """Return a column on days first..last from reinfusion, shape (transplanted patients alive then, days)."""
    return np.array([treated.day(column, day) for day in range(first, last + 1)]).T[treated.result["transplanted"] > 0]


def median(values: np.ndarray) -> float:
    return float(np.nanmedian(values))


def ebmt_2016(treated: TreatedCohort) -> np.ndarray:
    """Return whether bilirubin of 2 mg/dL and two of pain, weight and ascites ever stood together, per patient."""
    column = {
        name: after_transplant(treated, name, 0, 60)
        for name in (Daily.BILIRUBIN_MG_PER_DL, Daily.WEIGHT_GAIN_PCT, Daily.ASCITES_L, Daily.LIVER_PAIN)
    }
    signs = (column[Daily.WEIGHT_GAIN_PCT] > 5.0) * 1 + (column[Daily.ASCITES_L] > 0.5) + (column[Daily.LIVER_PAIN] > 0)
    return ((column[Daily.BILIRUBIN_MG_PER_DL] >= 2.0) & (signs >= 2)).any(axis=1)


def platelet_day(course, level: float) -> float:
    """Return the first of three days at `level` or more with no transfusion in the seven days before."""
    counts, given = course.daily[:, Daily.PLATELETS_1E9_PER_L], course.daily[:, Daily.PLATELETS_TRANSFUSED]
    below = np.flatnonzero(counts < level)
    for day in range(below[0] if below.size else 0, 98):
        if (counts[day : day + 3] >= level).all() and given[max(0, day - 7) : day + 1].sum() == 0:
            return float(day)
    return np.nan


def test_stem_cells_peak_twelve_days_after_cyclophosphamide(atkins) -> None:
    counts = atkins.daily[:, :17, Daily.CD34_PER_UL]
    assert 50 < median(counts.max(axis=1)) < 80  # prototype 61 [23-156], target 51-62
    assert 11 <= median(counts.argmax(axis=1)) <= 13
    low, high = np.quantile(counts.max(axis=1), [0.05, 0.95])
    assert 15 < low < 32
    assert 110 < high < 260


def test_neutrophils_reach_their_nadir_a_week_after_cyclophosphamide(atkins) -> None:
    counts = atkins.daily[:, :14, Daily.NEUTROPHILS_1E9_PER_L]
    assert 0.07 < median(counts.min(axis=1)) < 0.64  # prototype 0.26 [0.07-0.64]
    assert 6 <= median(counts.argmin(axis=1)) <= 8


def test_three_sessions_collect_select_and_keep_what_the_prototype_did(parameters, compiled) -> None:
    plans = compiled(harvest={"target_cd34_1e6_per_kg": 50.0, "sessions_maximum": 3, "backup_cd34_1e6_per_kg": 0.0})
    result = treat_cohort(plans, draw_cohort(parameters, N, seed=6), seed=6, weeks=1).result
    assert 8.0 < median(result["collected_cd34_1e6_per_kg"]) < 16.0  # prototype 12.1 [3.8-17.4]
    assert 6.0 < median(result["selected_cd34_1e6_per_kg"]) < 11.5  # prototype 8.8
    assert 5.0 < median(result["infused_cd34_1e6_per_kg"]) < 9.5  # prototype 7.4
    assert np.mean(result["transplanted"] == 0) < 0.06  # prototype: 3.7% below 2e6/kg


def test_unmonitored_busulfan_by_actual_weight_has_the_prototype_exposure(unmonitored) -> None:
    auc = unmonitored.result["busulfan_auc_mg_h_per_l"][unmonitored.result["transplanted"] > 0]
    assert 52 < median(auc) < 64  # prototype 59.7 [43-86]; adjusted weight, as Atkins dosed, gives about 54
    low, high = np.quantile(auc, [0.05, 0.95])
    assert 36 < low < 48
    assert 72 < high < 95
    assert 1050 < MICROMOLAR_MINUTES * median(auc) / 12 < 1300  # prototype 1210 uM*min a dose


def test_monitoring_brings_exposure_to_its_target(atkins) -> None:
    auc = atkins.result["busulfan_auc_mg_h_per_l"][atkins.result["transplanted"] > 0]
    assert abs(median(auc) - 55.0) < 2.5
    assert np.std(auc) / np.mean(auc) < 0.14  # 21% without


def test_sinusoidal_obstruction_meets_ebmt_criteria_in_four_to_eight_percent(unmonitored) -> None:
    cases = ebmt_2016(unmonitored)
    assert 0.025 < cases.mean() < 0.085  # prototype 4.5%, target 4-8%


def test_higher_exposure_blocks_more_livers(parameters, compiled) -> None:
    plans = compiled(busulfan=UNMONITORED | {"first_day": -11}, conditioning={"dosing_weight": "actual"})
    cases = ebmt_2016(treat_cohort(plans, draw_cohort(parameters, 600, seed=5), seed=5, weeks=1))
    assert 0.07 < cases.mean() < 0.17  # prototype 10.4% at 12.8 mg/kg


@pytest.mark.parametrize(
    ("cd34", "neutrophils", "platelets"), [(1.0, 19, 24), (2.0, 14, 20), (5.0, 11, 16), (10.0, 10, 15), (20.0, 8, 12)]
)
def test_recovery_by_graft_dose(parameters, compiled, cd34, neutrophils, platelets) -> None:
    plans, cohort = compiled(), draw_cohort(parameters, 40, seed=8)
    courses = [
        give_graft(record, plans.settings[0], plans.doses[0], cd34_1e6_per_kg=cd34 / 0.84, seed=8, patient=i)
        for i, record in enumerate(cohort.records)
    ]
    assert abs(median(np.array([course.neutrophil_day for course in courses])) - neutrophils) <= 2.5
    assert abs(median(np.array([platelet_day(course, 20.0) for course in courses])) - platelets) <= 4.0


def test_without_a_graft_fewer_than_one_in_twenty_recover_by_day_35(parameters, compiled) -> None:
    plans, cohort = compiled(), draw_cohort(parameters, 100, seed=9)
    days = np.array(
        [
            give_graft(record, plans.settings[0], plans.doses[0], cd34_1e6_per_kg=0.0, seed=9, patient=i).neutrophil_day
            for i, record in enumerate(cohort.records)
        ]
    )
    assert np.mean(days <= 35) < 0.05


def test_recovery_of_neutrophils_and_platelets(atkins) -> None:
    days = atkins.result["neutrophil_engraftment_day_latent"]
    assert 9 <= median(days) <= 13  # prototype 10 [8-13] with 7.4e6/kg, target 11-12; here 4.7e6/kg after a reserve
    low, high = np.nanquantile(days, [0.05, 0.95])
    assert low >= 7
    assert high <= 17


def test_active_atg_falls_below_one_in_the_third_week(atkins) -> None:
    levels = after_transplant(atkins, Daily.ATG_ACTIVE_UG_PER_ML, 0, 60)
    assert 7 < median(np.nanmax(levels, axis=1)) < 14  # prototype 10 [7-14] at its peak
    below = (levels < 1.0).argmax(axis=1)
    assert 15 < median(below) < 24  # prototype 19 [10-36]
    assert np.quantile(below, 0.05) >= 8  # 8 to 38 in 19 people (Waller 2003)
    assert np.quantile(below, 0.95) <= 40


def test_lymphocytes_are_gone_from_two_days_before_to_a_week_after(atkins) -> None:
    counts = 1000.0 * after_transplant(atkins, Daily.LYMPHOCYTES_1E9_PER_L, -1, 7)
    assert np.nanmax(np.nanmedian(counts, axis=0)) < 3.0  # per microlitre; prototype below 1


@pytest.mark.parametrize(("week", "published", "room"), [(26, 205, 50), (52, 278, 40), (104, 379, 50), (156, 417, 55)])
def test_cd4_cells_come_back_in_years(atkins, week, published, room) -> None:
    assert abs(median(atkins.weekly[:, week, Weekly.CD4]) - published) < room


def test_cd4_cells_of_the_third_month_are_few(atkins) -> None:
    # prototype 31: ATG here still kills while it fades, so that regrowth starts later
    assert 8 < median(atkins.weekly[:, 13, Weekly.CD4]) < 45


def test_other_subsets_at_six_months_and_two_years(atkins) -> None:
    week26, week104 = (atkins.weekly[:, week] for week in (26, 104))
    assert 450 < median(week26[:, Weekly.CD8]) < 750  # prototype 425 of a norm of 450; the norm is 600 now
    assert 165 < median(week26[:, Weekly.B]) < 300  # prototype 145 of a norm of 200; the norm is 300 now
    assert 0.04 < median(week104[:, Weekly.REGULATORY] / week104[:, Weekly.CD4]) < 0.09  # prototype 6%
    assert 80 < median(week104[:, Weekly.RECENT_EMIGRANTS]) < 160  # prototype 121
    assert 0.28 < median(week104[:, Weekly.NAIVE_CD4] / week104[:, Weekly.CD4]) < 0.5  # 37%, from 25% before


def test_depletion_of_memory_t_cells_adds_up_to_six_decades(atkins) -> None:
    kill = atkins.result["memory_t_log10_kill"][atkins.result["transplanted"] > 0]
    assert 5.6 < median(kill) < 6.4
    assert np.quantile(kill, 0.05) > 4.0
