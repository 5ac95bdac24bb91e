"""Doses as clinics reckon them: size, caps, rounding, targets in three conventions, and the kind of conditioning."""

import numpy as np
import pytest

from regraft.core.parameters import load_parameters
from regraft.core.settings import validate
from regraft.disease.layout import Regimen
from regraft.patient.record import typical_patient
from regraft.treatment.doses import Basis, ConditioningKind, Dose, dosing_size, ordered_mg
from regraft.treatment.drug_rules import DoseUnit, DrugName
from regraft.treatment.drugs import DosingWeight, Drug
from regraft.treatment.plan import conditioning_kind, dose_basis, total_of
from regraft.trial.protocol import load_protocol

DRUG = {
    "name": "busulfan",
    "route": "iv",
    "dose": 0.8,
    "unit": "mg/kg",
    "first_day": -10,
    "last_day": -7,
    "doses_per_day": 4,
    "infusion_hours": 2.0,
}


@pytest.fixture(scope="module")
def heavy() -> np.void:
    return typical_patient(load_parameters(), weight_kg=110.0, height_cm=170.0)[0]


@pytest.fixture(scope="module")
def slight() -> np.void:
    return typical_patient(load_parameters(), weight_kg=50.0, height_cm=170.0)[0]


def row(amount: float, basis: Basis, **columns: float) -> np.ndarray:
    doses = np.zeros((1, len(Dose)))
    doses[0, Dose.AMOUNT], doses[0, Dose.BASIS] = amount, basis
    for name, value in columns.items():
        doses[0, Dose[name]] = value
    return doses


def test_weights_by_name(heavy, slight) -> None:
    ideal = 50.0 + 0.9055 * (170.0 - 152.4)
    assert dosing_size(float(Basis.ACTUAL_KG), 0.0, heavy) == 110.0
    assert dosing_size(float(Basis.IDEAL_KG), 0.0, slight) == pytest.approx(ideal)
    assert dosing_size(float(Basis.ADJUSTED_KG), 0.0, heavy) == pytest.approx(ideal + 0.25 * (110.0 - ideal))
    assert dosing_size(float(Basis.LESSER_KG), 0.0, heavy) == pytest.approx(ideal)
    assert dosing_size(float(Basis.LESSER_KG), 0.0, slight) == 50.0
    assert dosing_size(float(Basis.FLAT), 0.0, heavy) == 1.0


def test_surface_is_counted_up_to_its_cap(heavy, slight) -> None:
    assert dosing_size(float(Basis.SURFACE_M2), 2.0, heavy) == 2.0 < heavy["patient_bsa_m2"]
    assert dosing_size(float(Basis.SURFACE_M2), 2.0, slight) == slight["patient_bsa_m2"]


def test_caps_come_before_rounding_and_a_dose_is_one_vial_at_least(heavy) -> None:
    assert ordered_mg(row(10.0, Basis.ACTUAL_KG, MAXIMUM_MG=1000.0), 0, 1.0, heavy) == 1000.0
    assert ordered_mg(row(1.02, Basis.ACTUAL_KG, ROUND_TO_MG=25.0), 0, 1.0, heavy) == 100.0
    assert ordered_mg(row(1.02, Basis.ACTUAL_KG, ROUND_TO_MG=25.0), 0, 1.2, heavy) == 125.0
    assert ordered_mg(row(0.01, Basis.ACTUAL_KG, ROUND_TO_MG=25.0), 0, 1.0, heavy) == 25.0


def test_one_target_in_three_conventions_is_the_same_course() -> None:
    level = validate(Drug, {**DRUG, "target_css_ng_per_ml": 900.0, "adjust_after_dose": 4}, "f")
    dose = validate(Drug, {**DRUG, "target_dose_auc_um_min": 1315.5, "adjust_after_dose": 4}, "f")
    course = validate(Drug, {**DRUG, "target_auc_mg_h_per_l": 86.4, "adjust_after_dose": 4}, "f")
    assert level.target_course_mg_h_per_l == pytest.approx(86.4)
    assert dose.target_course_mg_h_per_l == pytest.approx(86.4, abs=0.02)
    assert course.target_course_mg_h_per_l == 86.4
    assert validate(Drug, DRUG, "f").target_course_mg_h_per_l is None


def test_each_drug_has_its_own_weight_and_only_busulfan_that_of_the_regimen() -> None:
    busulfan = validate(Drug, DRUG, "f")
    atg = validate(Drug, {**DRUG, "name": "rabbit_atg", "doses_per_day": 1}, "f")
    lesser = validate(Drug, {**DRUG, "name": "cyclophosphamide", "dosing_weight": "lesser_of_ideal_and_actual"}, "f")
    assert dose_basis(busulfan, DosingWeight.ADJUSTED) is Basis.ADJUSTED_KG
    assert dose_basis(atg, DosingWeight.ADJUSTED) is Basis.ACTUAL_KG
    assert dose_basis(lesser, DosingWeight.ADJUSTED) is Basis.LESSER_KG
    melphalan = {**DRUG, "name": "melphalan", "unit": "mg/m2", "dose": 140.0, "last_day": -10, "doses_per_day": 1}
    assert dose_basis(validate(Drug, melphalan, "f"), DosingWeight.ADJUSTED) is Basis.SURFACE_M2


def test_grams_per_square_metre_are_thousands_of_milligrams() -> None:
    grams = {**DRUG, "name": "cyclophosphamide", "unit": "g/m2", "dose": 1.5, "last_day": -10, "doses_per_day": 1}
    assert validate(Drug, grams, "f").dose_in_mg == 1500.0


def test_the_kind_of_conditioning_follows_from_the_drugs_and_is_the_one_the_disease_knows() -> None:
    assert {kind.name: kind.value for kind in ConditioningKind} == {kind.name: kind.value for kind in Regimen}
    kinds = {
        "atkins-2016": "BUSULFAN",
        "beam-atg": "BEAM",
        "cy-atg": "CYCLOPHOSPHAMIDE",
        "cy-rituximab": "CYCLOPHOSPHAMIDE",
        "cy-tbi-atg": "TOTAL_BODY_IRRADIATION",
    }
    found = {name: conditioning_kind(load_protocol(name).treatment.conditioning.drug).name for name in kinds}
    assert found == kinds


def test_totals_are_added_up_in_the_unit_asked_for() -> None:
    flat = {**DRUG, "name": "cyclophosphamide", "first_day": -4, "last_day": -3, "doses_per_day": 1}
    by_weight = (validate(Drug, {**flat, "dose": 50.0}, "f"),)
    by_surface = (validate(Drug, {**flat, "dose": 1.85, "unit": "g/m2"}, "f"),)
    for drugs in (by_weight, by_surface):
        assert total_of(drugs, DrugName.CYCLOPHOSPHAMIDE, DoseUnit.MG_PER_KG) == pytest.approx(100.0)
        assert total_of(drugs, DrugName.MELPHALAN, DoseUnit.MG_PER_M2) == 0.0
    beam = load_protocol("beam-atg").treatment.conditioning.drug
    assert total_of(beam, DrugName.MELPHALAN, DoseUnit.MG_PER_M2) == 140.0
    irradiated = load_protocol("cy-tbi-atg").treatment.conditioning.drug
    assert total_of(irradiated, DrugName.TOTAL_BODY_IRRADIATION, DoseUnit.GRAY) == 10.0
