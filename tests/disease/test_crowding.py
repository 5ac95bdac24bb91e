"""Nobody has more lesions, less brain or less function than a person can.

Limits hold where rates run wild, and nowhere else.
"""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from lives import Circumstances, Lives, live_many

from regraft.core.parameters import ParameterSet
from regraft.disease.crowding import bounded_pace, share_left
from regraft.disease.layout import HIGHEST_GRADE, SYSTEMS, Regimen, Weekly
from regraft.patient.record import typical_patient

WILD = {"lesions_rate_per_year": 1e5, "smouldering_rate_per_year": 5.0, "brain_volume_lesion_loss_pct": 0.05}
WEEKS = 1040


@given(used=st.floats(0.0, 1e6), limit=st.floats(1e-3, 1e6))
def test_the_share_left_is_a_share_and_nearly_all_far_from_the_limit(used: float, limit: float) -> None:
    left = share_left(used, limit)
    assert 0.0 <= left <= 1.0
    assert left == 0.0 if used >= limit else left < 1.0 or used < 1e-4 * limit
    assert left > 0.99 or used > limit / 5.0


@given(pace=st.floats(1e-9, 1e9), highest=st.floats(1.0, 1e4))
def test_a_bounded_pace_follows_a_low_one_and_stays_below_the_highest(pace: float, highest: float) -> None:
    bounded = bounded_pace(pace, highest)
    assert 0.0 <= bounded <= min(pace, highest * (1.0 + 1e-12))
    assert bounded > 0.99 * pace or pace > 0.4 * highest


def wild(parameters: ParameterSet, **circumstances: float) -> Lives:
    patients = np.repeat(typical_patient(parameters.replace(WILD)), 40)
    return live_many(patients, WEEKS, seed=3, circumstances=Circumstances(**circumstances), stride=1)


def test_the_wildest_attack_leaves_a_brain_a_person_could_have(parameters: ParameterSet) -> None:
    for lives in (wild(parameters), wild(parameters, effect_lesion=8.0, effect_relapse=8.0)):
        rows = lives.rows
        assert rows[:, :, Weekly.T2_TOTAL].max() <= parameters["lesions_capacity"].value
        assert (rows[:, :, Weekly.BLACK_HOLES] <= rows[:, :, Weekly.T2_TOTAL]).all()
        assert (rows[:, :, Weekly.GD_ACTIVE] >= 0.0).all()
        assert rows[:, :, Weekly.GD_ACTIVE].max() < 80.0
        assert rows[:, :, Weekly.LESION_RATE_PER_YEAR].max() <= parameters["lesions_highest_rate_per_year"].value + 1e-9
        lost = -rows[:, :, Weekly.BRAIN_VOLUME_CHANGE_PCT]
        assert 10.0 < lost.max() <= parameters["brain_volume_greatest_loss_pct"].value
        assert (np.diff(lost, axis=1) >= 0.0).all()
        assert rows[:, :, Weekly.NEUROFILAMENT_PG_PER_ML].max() < 700.0


def test_the_poisons_of_conditioning_cannot_take_a_brain_either(parameters: ParameterSet) -> None:
    patients = np.repeat(typical_patient(parameters.replace({"brain_volume_busulfan_loss_pct": 3.5})), 40)
    poisoned = Circumstances(ablation_week=52, regimen=Regimen.BUSULFAN, busulfan_auc_mg_h_per_l=55.0 * 20.0)
    lives = live_many(patients, WEEKS, seed=3, circumstances=poisoned)
    assert -lives.rows[:, :, Weekly.BRAIN_VOLUME_CHANGE_PCT].min() <= parameters["brain_volume_greatest_loss_pct"].value


def test_no_system_loses_more_than_it_has(parameters: ParameterSet) -> None:
    rows = wild(parameters).rows
    assert (rows[:, :, :SYSTEMS] <= HIGHEST_GRADE).all()
    lasting = rows[:, :, Weekly.PERMANENT_GRADES] + rows[:, :, Weekly.GRADUAL_GRADES]
    assert lasting.max() <= HIGHEST_GRADE.sum() + 1e-9
    assert lasting.max() > 0.9 * HIGHEST_GRADE.sum()
    assert rows[:, :, Weekly.RECOVERING_GRADES].max() <= HIGHEST_GRADE.sum()


def test_ordinary_people_do_not_notice_the_limits(parameters: ParameterSet) -> None:
    none = {"lesions_capacity": 1e12, "lesions_highest_rate_per_year": 1e12, "brain_volume_greatest_loss_pct": 1e12}
    ends = [
        live_many(np.repeat(typical_patient(parameters.replace(changes)), 300), WEEKS, seed=5).rows[:, -1]
        for changes in ({}, none)
    ]
    for column in (Weekly.T2_TOTAL, Weekly.BRAIN_VOLUME_CHANGE_PCT, Weekly.TRUE_EDSS):
        with_limits, without = ends[0][:, column].mean(), ends[1][:, column].mean()
        assert abs(with_limits / without - 1.0) < 0.01
