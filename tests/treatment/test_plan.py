"""Protocols become numbers without losing any."""

import numpy as np
import pytest

from regraft.physiology.world import Drug
from regraft.treatment.doses import Dose
from regraft.treatment.plan import SETTINGS


def rows_of(plans, variant: int, drug: Drug) -> np.ndarray:
    doses = plans.doses[variant]
    return doses[(doses[:, Dose.AMOUNT] > 0) & (doses[:, Dose.DRUG] == drug)]


def test_every_dose_of_the_protocol_is_there_once(compiled) -> None:
    plans = compiled()
    totals = {drug: rows_of(plans, 0, drug)[:, Dose.AMOUNT].sum() for drug in Drug}
    assert {drug: total for drug, total in totals.items() if total > 0} == pytest.approx(
        {Drug.BUSULFAN: 9.6, Drug.CYCLOPHOSPHAMIDE: 200.0, Drug.RABBIT_ATG: 5.0}
    )


def test_the_amendment_is_a_variant_with_its_own_drug(compiled) -> None:
    plans = compiled()
    assert len(plans.titles) == len(plans.settings) == len(plans.doses) == 2
    oral = rows_of(plans, 1, Drug.BUSULFAN)
    assert len(oral) == 16
    assert (oral[:, Dose.ORAL] == 1).all()
    assert (oral[:, Dose.TARGET_AUC] == 0).all()
    assert len(rows_of(plans, 1, Drug.CYCLOPHOSPHAMIDE)) == 4


def test_doses_stand_in_order_of_time_and_are_numbered(compiled) -> None:
    busulfan = rows_of(compiled(), 0, Drug.BUSULFAN)
    assert (np.diff(busulfan[:, Dose.START_DAY]) == 0.25).all()
    assert busulfan[:, Dose.NUMBER].tolist() == list(range(1, 13))
    assert (busulfan[:, Dose.ADJUST_AFTER] == 4).all()


def test_another_protocol_changes_no_type(compiled) -> None:
    plans = compiled(busulfan={"first_day": -11}, freeze={"method": "fresh"}, purify={"method": "none"})
    assert plans.settings.dtype == SETTINGS
    assert plans.doses.dtype == np.float64
    assert plans.doses.shape[2] == len(Dose)
    assert plans.settings[0]["conditioning_first_day"] == -11
