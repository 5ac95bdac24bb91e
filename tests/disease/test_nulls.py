"""Nothing comes from nothing: each cause set to zero takes its effect with it, to the bit where nothing changes."""

import numpy as np
import pytest
from lives import Circumstances, Lives, live_many
from numpy.typing import NDArray

from regraft.core.parameters import ParameterSet
from regraft.disease.layout import Regimen, Weekly
from regraft.patient.record import typical_patient

SEED = 3
WEEKS = 1000


def many(parameters: ParameterSet, changes: dict[str, float], count: int = 40) -> NDArray[np.void]:
    return np.repeat(typical_patient(parameters.replace(changes)), count)


def same(left: Lives, right: Lives) -> bool:
    return np.array_equal(left.rows, right.rows) and np.array_equal(left.relapses, right.relapses)


NO_FALSE_EVENTS = {"relapses_false_confirmed_per_year": 0.0, "relapses_false_reported_per_year": 0.0}


def test_without_lesions_nobody_relapses(parameters: ParameterSet) -> None:
    lives = live_many(many(parameters, NO_FALSE_EVENTS | {"lesions_rate_per_year": 1e-12}), WEEKS, seed=SEED)
    assert lives.counts.sum() == 0
    assert lives.rows[:, :, Weekly.T2_TOTAL].max() == 0.0


def test_lesions_nobody_feels_cause_no_relapse(parameters: ParameterSet) -> None:
    felt = {f"relapses_felt_{place}": 0.0 for place in ("optic", "brainstem", "cerebellar", "spinal", "hemispheric")}
    lives = live_many(many(parameters, NO_FALSE_EVENTS | felt), WEEKS, seed=SEED)
    assert lives.counts.sum() == 0
    assert lives.rows[:, -1, Weekly.T2_TOTAL].min() > 0.0


def test_false_events_leave_no_deficit(parameters: ParameterSet) -> None:
    changes = {"lesions_rate_per_year": 1e-12, "smouldering_rate_per_year": 1e-12}
    lives = live_many(many(parameters, changes, 400), WEEKS, seed=SEED)
    assert lives.counts.sum() > 50
    assert lives.rows[:, -1, Weekly.PERMANENT_GRADES].max() == 0.0
    assert lives.rows[:, -1, Weekly.TRUE_EDSS].max() == 0.0


def test_without_smouldering_and_lesions_only_ageing_is_left(parameters: ParameterSet) -> None:
    changes = NO_FALSE_EVENTS | {"lesions_rate_per_year": 1e-12, "smouldering_rate_per_year": 1e-12}
    row = live_many(many(parameters, changes, 1), WEEKS, seed=SEED).rows[0, -1]
    assert row[: Weekly.TRUE_EDSS + 1].max() < 1e-9
    assert -5.0 < row[Weekly.BRAIN_VOLUME_CHANGE_PCT] < -2.0


def test_an_ablation_that_kills_nothing_changes_nothing(parameters: ParameterSet) -> None:
    patients = many(parameters, {})
    none = Circumstances(ablation_week=200, log10_kill=0.0, regimen=Regimen.NONE)
    assert same(live_many(patients, WEEKS, seed=SEED, circumstances=none), live_many(patients, WEEKS, seed=SEED))


def test_a_drug_without_effect_is_no_drug(parameters: ParameterSet) -> None:
    patients = many(parameters, {})
    idle = Circumstances(effect_lesion=1.0, effect_relapse=1.0, effect_smouldering=1.0)
    assert same(live_many(patients, WEEKS, seed=SEED, circumstances=idle), live_many(patients, WEEKS, seed=SEED))


def test_steroids_that_do_not_speed_recovery_change_no_deficit(parameters: ParameterSet) -> None:
    patients = many(parameters, {"steroids_fast_recovery_ratio": 1.0})
    without, given = (
        live_many(patients, WEEKS, seed=SEED, circumstances=Circumstances(steroid_share=share)) for share in (0.0, 1.0)
    )
    assert given.rows == pytest.approx(without.rows, abs=1e-12)
