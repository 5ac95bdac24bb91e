"""The seven steps together: what the result says agrees with what the days show."""

import numpy as np
import pytest

from regraft.clinical.complications import DESCRIPTIONS, Complication, DeathCause
from regraft.physiology.signs import Daily
from regraft.physiology.world import DAILY_COLUMNS
from regraft.treatment.cohort import TreatedCohort, draw_cohort, treat_cohort
from regraft.treatment.harvest import blood_volume_l
from regraft.treatment.reconstitute import Weekly


@pytest.fixture(scope="module")
def treated(parameters, compiled) -> TreatedCohort:
    return treat_cohort(compiled(), draw_cohort(parameters, 200, seed=3), seed=3, weeks=60)


@pytest.fixture(scope="module")
def done(treated) -> np.ndarray:
    return treated.result["transplanted"] > 0


def test_the_equations_were_solved_for_everyone(treated) -> None:
    assert (treated.result["status"] == 0).all()
    assert (treated.n_events >= 0).all()


def test_reinfusion_is_six_weeks_and_ten_days_after_the_last_apheresis(treated, done) -> None:
    gap = (treated.result["transplant_day"] - treated.result["last_apheresis_day"])[done]
    assert gap == pytest.approx(52.0)


def test_cells_are_lost_on_the_way_and_never_made(treated, done) -> None:
    result = treated.result[done]
    usable = result["collected_cd34_1e6_per_kg"] - result["backup_cd34_1e6_per_kg"]
    assert (result["selected_cd34_1e6_per_kg"] <= usable + 1e-9).all()
    assert (result["frozen_cd3_1e6_per_kg"] < result["collected_cd3_1e6_per_kg"]).all()
    whole = result["frozen_cd34_1e6_per_kg"] + result["backup_cd34_1e6_per_kg"]
    assert (result["infused_cd34_1e6_per_kg"] <= whole).all()
    viable = result["infused_cd34_1e6_per_kg"] / result["frozen_cd34_1e6_per_kg"]
    selected_alone = result["frozen_cd34_1e6_per_kg"] >= 2.0
    assert viable[selected_alone] * 100 == pytest.approx(result["viability_pct"][selected_alone])


def test_what_apheresis_takes_is_in_the_blood_it_processed(treated, parameters) -> None:
    cohort = draw_cohort(parameters, 200, seed=3)
    for record, result, daily in zip(cohort.records, treated.result, treated.daily, strict=True):
        if result["mobilisation_attempts"] != 1 or result["apheresis_sessions"] == 0:
            continue
        first, last = int(result["first_apheresis_day"]), int(result["last_apheresis_day"])
        litres = 2.5 * blood_volume_l(record)
        passed = daily[first : last + 1, Daily.CD34_PER_UL].sum() * litres / record["patient_weight_kg"]
        assert result["collected_cd34_1e6_per_kg"] < passed


def test_the_target_stops_the_sessions(treated) -> None:
    result = treated.result[treated.result["mobilisation_attempts"] == 1]
    short = result["collected_cd34_1e6_per_kg"] < 8.0
    assert (result["apheresis_sessions"][short & (result["apheresis_sessions"] > 0)] >= 1).all()
    assert result["apheresis_sessions"].max() <= 4


def test_the_day_of_engraftment_is_the_first_of_three(treated, done) -> None:
    for result, daily in zip(treated.result[done], treated.daily[done], strict=True):
        day = result["neutrophil_engraftment_day_latent"]
        if np.isnan(day):
            continue
        at = int(result["transplant_day"] + day)
        assert (daily[at : at + 3, Daily.NEUTROPHILS_1E9_PER_L] >= 0.5).all()
        assert daily[at - 1, Daily.NEUTROPHILS_1E9_PER_L] < 0.5


def test_days_are_filled_to_day_100_or_death_and_no_further(treated, done) -> None:
    for result, daily in zip(treated.result[done], treated.daily[done], strict=True):
        end = int(result["last_day"])
        assert end == result["transplant_day"] + 100 or end == result["death_day"]
        assert np.isfinite(daily[: end + 1, : Daily.PLATELETS_TRANSFUSED]).all()
        assert np.isnan(daily[end + 1 :]).all()


def test_transfusions_are_counted_as_they_are_given(treated, done) -> None:
    given = np.nansum(treated.daily[:, :, Daily.PLATELETS_TRANSFUSED], axis=1)
    assert (given[done] == treated.result["platelet_transfusions"][done]).all()


def test_events_are_known_complications_with_grades_and_an_order_of_days(treated) -> None:
    for events, n in zip(treated.events, treated.n_events, strict=True):
        assert {int(code) for code in events[:n, 0]} <= set(Complication)
        assert (events[:n, 2] >= events[:n, 1]).all()
        assert ((events[:n, 3] >= 1) & (events[:n, 3] <= 5)).all()
        assert np.isnan(events[n:]).all()
    assert set(DESCRIPTIONS) == set(Complication)


def test_the_dead_have_a_cause_and_the_living_have_none(treated) -> None:
    dead = np.isfinite(treated.result["death_day"])
    assert (treated.result["death_cause"][dead] != DeathCause.NONE).all()
    assert (treated.result["death_cause"][~dead] == DeathCause.NONE).all()


def test_lymphocytes_are_followed_from_reinfusion(treated, done) -> None:
    assert np.isnan(treated.weekly[~done]).all()
    alive = done & np.isnan(treated.result["death_day"])
    assert np.isfinite(treated.weekly[alive]).all()
    cd4 = treated.weekly[alive][:, :, Weekly.CD4]
    assert (cd4[:, 0] < 20).all()
    assert np.median(cd4[:, 52]) > np.median(cd4[:, 26]) > np.median(cd4[:, 13])


def test_a_patient_who_mobilises_nothing_is_not_transplanted_and_stays_in_the_tables(parameters, compiled) -> None:
    poor = parameters.replace({"stem_cells_mobilisation_gain": 0.5})
    plans = compiled(harvest={"marrow_after_failure": False})
    result = treat_cohort(plans, draw_cohort(poor, 5, seed=1), seed=1, weeks=20)
    assert (result.result["transplanted"] == 0).all()
    assert (result.result["mobilisation_attempts"] == 2).all()
    assert np.isnan(result.result["transplant_day"]).all()
    for events, n in zip(result.events, result.n_events, strict=True):
        assert (events[:n, 0] == Complication.MOBILISATION_FAILURE).sum() == 2


def test_a_graft_too_small_calls_for_the_reserve(parameters, compiled) -> None:
    bad_homing = parameters.replace({"marrow_homing_fraction": 1e-7})
    result = treat_cohort(compiled(), draw_cohort(bad_homing, 10, seed=1), seed=1, weeks=20)
    failed = [
        (events[:n, 0] == Complication.GRAFT_FAILURE).any()
        for events, n in zip(result.events, result.n_events, strict=True)
    ]
    assert np.mean(failed) > 0.7
    assert (result.result["backup_infused"][failed] > 0).any()


def test_the_daily_table_has_a_column_for_each_sign() -> None:
    assert len(Daily) == DAILY_COLUMNS
