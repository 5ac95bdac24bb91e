"""Relapses: where they strike, when two are one, and how they heal."""

import numpy as np
import pytest
from lives import Circumstances, Lives, live_many
from numpy.typing import NDArray

from regraft.core.parameters import ParameterSet
from regraft.disease.layout import HIGHEST_GRADE, SYSTEMS, Attack, AttackKind, Weekly
from regraft.patient.record import typical_patient

HIGH = {"lesions_rate_per_year": 30.0}


def listed(lives: Lives) -> NDArray[np.float64]:
    return np.concatenate([lives.relapses[i, : lives.counts[i]] for i in range(lives.counts.size)])


def test_no_two_relapses_begin_within_thirty_days(parameters: ParameterSet) -> None:
    lives = live_many(np.repeat(typical_patient(parameters.replace(HIGH)), 40), 800, seed=1)
    for i in range(40):
        onset = lives.relapses[i, : lives.counts[i], Attack.ONSET_WEEK]
        assert (np.diff(onset) >= 30.0 / 7.0).all()


def test_relapses_fall_on_the_systems_as_in_registries(natural: Lives) -> None:
    rows = listed(natural)
    rows = rows[rows[:, Attack.KIND] == AttackKind.NEW_LESION]
    share = np.bincount(rows[:, Attack.SYSTEM].astype(int), minlength=7) / len(rows)
    assert share == pytest.approx([0.18, 0.14, 0.26, 0.13, 0.22, 0.05, 0.02], abs=0.025)
    two = rows[:, Attack.SECOND_SYSTEM] >= 0.0
    assert two.mean() == pytest.approx(0.5, abs=0.04)
    assert (rows[two, Attack.SECOND_SYSTEM] != rows[two, Attack.SYSTEM]).all()


def test_events_without_a_lesion_are_rare_and_mostly_not_confirmed(parameters: ParameterSet) -> None:
    changes = {"lesions_rate_per_year": 1e-12}
    lives = live_many(np.repeat(typical_patient(parameters.replace(changes)), 2000), 1043, seed=1)
    rows = listed(lives)
    years = 2000 * 1043 * 7 / 365.25
    confirmed = (rows[:, Attack.CONFIRMED] > 0.5).sum() / years
    assert confirmed == pytest.approx(parameters["relapses_false_confirmed_per_year"].value, rel=0.25)
    assert confirmed <= 0.005
    assert len(rows) / years == pytest.approx(0.018, rel=0.15)


def test_a_drug_that_spares_relapses_leaves_unseen_ones(parameters: ParameterSet) -> None:
    patients = np.repeat(typical_patient(parameters), 1500)
    on_drug = Circumstances(effect_lesion=0.1, effect_relapse=0.4)
    treated, untreated = live_many(patients, 520, seed=1, circumstances=on_drug), live_many(patients, 520, seed=1)
    lesions = [lives.rows[:, -1, Weekly.T2_TOTAL].sum() for lives in (treated, untreated)]
    assert lesions[0] / lesions[1] == pytest.approx(0.1, rel=0.1)
    assert treated.counts.sum() / untreated.counts.sum() == pytest.approx(0.4, abs=0.07)
    kinds = listed(treated)[:, Attack.KIND]
    assert (kinds == AttackKind.UNSEEN_LESION).sum() > (kinds == AttackKind.NEW_LESION).sum()


def test_a_drug_that_spares_lesions_takes_relapses_from_them(parameters: ParameterSet) -> None:
    patients = np.repeat(typical_patient(parameters), 400)
    on_drug = Circumstances(effect_lesion=1.0, effect_relapse=0.3)
    treated, untreated = live_many(patients, 520, seed=1, circumstances=on_drug), live_many(patients, 520, seed=1)
    assert treated.counts.sum() / untreated.counts.sum() == pytest.approx(0.3, abs=0.1)


def test_temporary_deficits_only_shrink_between_relapses(weekly: Lives) -> None:
    for i in range(100):
        left = weekly.rows[i, :, Weekly.RECOVERING_GRADES]
        struck = set(weekly.relapses[i, : weekly.counts[i], Attack.ONSET_WEEK].astype(int))
        struck |= set(np.flatnonzero(weekly.rows[i, :, Weekly.NEW_LESIONS] > 0.0))  # merged attacks
        if weekly.rows[i, -1, Weekly.T2_TOTAL] > 100.0:  # some lesions fall on old ones and are not new
            continue
        rises = np.flatnonzero(np.diff(left, prepend=0.0) > 1e-12)
        assert set(rises.tolist()) <= struck


def test_steroids_speed_recovery_and_leave_its_end(parameters: ParameterSet) -> None:
    patients = np.repeat(typical_patient(parameters), 200)
    without, given = (
        live_many(patients, 300, seed=1, circumstances=Circumstances(steroid_share=share), stride=1)
        for share in (0.0, 1.0)
    )
    assert np.array_equal(without.rows[:, :, Weekly.PERMANENT_GRADES], given.rows[:, :, Weekly.PERMANENT_GRADES])
    some_left = (without.rows[:, :, :SYSTEMS] < HIGHEST_GRADE).all(
        axis=(1, 2)
    )  # no system wholly lost, else recovery risks more
    assert some_left.mean() > 0.8
    left = [lives.rows[some_left, :, Weekly.RECOVERING_GRADES] for lives in (without, given)]
    assert (left[1] <= left[0] + 1e-4).all()
    assert left[1].mean() < 0.95 * left[0].mean()


def test_the_old_recover_worse(parameters: ParameterSet) -> None:
    kept = []
    for age in (20.0, 50.0):
        patients = np.repeat(typical_patient(parameters, onset_age_years=age), 1500)
        lives = live_many(patients, 260, seed=1)
        kept.append(lives.rows[:, -1, Weekly.PERMANENT_GRADES].sum() / lives.counts.sum())
    assert kept[1] > 1.08 * kept[0]
