"""Compile a treatment protocol to the arrays that kernels read: one row of settings and one dose list per variant.

Variant 0 is the protocol; variant 1, 2, ... are its amendments, each with its own drug in place of the one it replaces,
or the other regimens of its mix.
Protocols differ in numbers only, never in types, so nothing is recompiled for another one.
"""

from dataclasses import dataclass
from typing import final

import numpy as np

from regraft.core.arrays import Floats, Records
from regraft.physiology.world import Drug as DrugCode
from regraft.treatment.choices import (
    AntifungalProphylaxis,
    DefibrotidePolicy,
    FertilityPreservation,
    FreezeMethod,
    SeizureProphylaxis,
    SelectionMethod,
)
from regraft.treatment.doses import Basis, ConditioningKind, Dose
from regraft.treatment.drug_rules import DoseUnit, DrugName, Route
from regraft.treatment.drugs import DosingWeight, Drug
from regraft.treatment.infusion import CONTROLLED_RATE, FRESH, MINUS_80
from regraft.treatment.protocol import TreatmentProtocol
from regraft.treatment.purify import CLINIMACS, ISOLEX, NO_SELECTION
from regraft.treatment.sections import Conditioning

_WEIGHTS = {
    DosingWeight.ACTUAL: Basis.ACTUAL_KG,
    DosingWeight.IDEAL: Basis.IDEAL_KG,
    DosingWeight.ADJUSTED: Basis.ADJUSTED_KG,
    DosingWeight.LESSER: Basis.LESSER_KG,
}
_SELECTION = {
    SelectionMethod.NONE: NO_SELECTION,
    SelectionMethod.CLINIMACS: CLINIMACS,
    SelectionMethod.ISOLEX: ISOLEX,
}
_FREEZING = {
    FreezeMethod.CONTROLLED_RATE: CONTROLLED_RATE,
    FreezeMethod.UNCONTROLLED_MINUS80: MINUS_80,
    FreezeMethod.FRESH: FRESH,
}
_DEFIBROTIDE = {DefibrotidePolicy.NEVER: 0.0, DefibrotidePolicy.ON_SUSPICION: 1.0, DefibrotidePolicy.PROPHYLAXIS: 2.0}
_FIELDS = (
    "cyclophosphamide_g_per_m2",
    "cyclophosphamide_day",
    "mobilisation_filgrastim_ug_per_kg",
    "filgrastim_first_day",
    "filgrastim_days",
    "mesna",
    "plerixafor_rescue",
    "second_attempt_after_days",
    "start_cd34_per_ul",
    "harvest_first_day",
    "harvest_last_day",
    "blood_volumes_processed",
    "sessions_maximum",
    "target_cd34_1e6_per_kg",
    "backup_cd34_1e6_per_kg",
    "selection",
    "minimum_cd34_1e6_per_kg",
    "freezing",
    "dmso_pct",
    "starts_weeks_after_harvest",
    "reinfusion_day",
    "conditioning_first_day",
    "busulfan_first_day",
    "care_filgrastim_ug_per_kg",
    "care_filgrastim_first_day",
    "platelet_transfusion_below_1e9_per_l",
    "haemoglobin_transfusion_below_g_per_dl",
    "ursodiol",
    "phenytoin",
    "itraconazole",
    "antibacterial_prophylaxis",
    "antifungal_prophylaxis",
    "aciclovir_months",
    "cotrimoxazole_months",
    "steroid_with_atg",
    "letermovir",
    "mobilisation_surface_maximum_m2",
    "prednisone_mg_per_kg",
    "conditioning_kind",
    "mobilisation_conditions",
    "rtol",
    "attempts_maximum",
    "second_cyclophosphamide_g_per_m2",
    "second_filgrastim_ug_per_kg",
    "second_filgrastim_first_day",
    "second_filgrastim_days",
    "second_first_day",
    "second_last_day",
    "second_plerixafor",
    "marrow_harvest",
    "conditioning_mesna",
    "seizure_prophylaxis",
    "defibrotide",
    "ovary_protected",
    "alemtuzumab",
    "total_cyclophosphamide_mg_per_kg",
    "total_melphalan_mg_per_m2",
    "total_radiation_gy",
)
KG_PER_M2 = 37.0  # usual in drug labels for adults
RTOL = 3e-4  # halving it moves medians by less than a thousandth
SETTINGS = np.dtype([(name, np.float64) for name in _FIELDS])


@final
@dataclass(frozen=True, slots=True)
class TreatmentPlans:
    """A protocol as numbers.

    ``settings`` : records of `SETTINGS`, shape (variants,). ``doses`` : float64, shape (variants, doses, len(Dose)),
    padded with empty rows. ``titles`` : what each variant is.
    """

    settings: Records
    doses: Floats
    titles: tuple[str, ...]


def compile_treatment(treatment: TreatmentProtocol, rtol: float = RTOL) -> TreatmentPlans:
    """Return the plans of a protocol and of each of its versions; `rtol` is the local error of the equations."""
    versions = treatment.versions
    lists = [_dose_list(one.drug, DosingWeight(one.dosing_weight)) for one in versions]
    doses = np.zeros((len(lists), max(len(rows) for rows in lists), len(Dose)))
    settings = np.zeros(len(lists), dtype=SETTINGS)
    for variant, (rows, conditioning) in enumerate(zip(lists, versions, strict=True)):
        doses[variant, : len(rows)] = rows
        for name, value in (
            _before(treatment) | _after_failure(treatment) | _conditioning(conditioning) | _care(treatment)
        ).items():
            settings[variant][name] = value
        settings[variant]["rtol"] = rtol
    others = (str(treatment.mix[part].regimen) for part in treatment.regimens)
    titles = ("as the protocol says", *(change.title for change in treatment.amendment), *others)
    return TreatmentPlans(settings, doses, titles)


def conditioning_kind(drugs: tuple[Drug, ...]) -> ConditioningKind:
    """Return the kind of conditioning that the drugs make, the most toxic to brain and marrow first."""
    given = {DrugName(drug.name) for drug in drugs}
    if DrugName.BUSULFAN in given:
        return ConditioningKind.BUSULFAN
    if DrugName.TOTAL_BODY_IRRADIATION in given:
        return ConditioningKind.TOTAL_BODY_IRRADIATION
    if given & {DrugName.CARMUSTINE, DrugName.MELPHALAN}:
        return ConditioningKind.BEAM
    return ConditioningKind.CYCLOPHOSPHAMIDE if DrugName.CYCLOPHOSPHAMIDE in given else ConditioningKind.NONE


def dose_basis(drug: Drug, busulfan_weight: DosingWeight) -> Basis:
    """Return what a drug is dosed by."""
    if drug.unit in (DoseUnit.MG_PER_M2, DoseUnit.G_PER_M2):
        return Basis.SURFACE_M2
    if drug.unit in (DoseUnit.MG, DoseUnit.GRAY):
        return Basis.FLAT
    usual = busulfan_weight if drug.name == DrugName.BUSULFAN else DosingWeight.ACTUAL
    return _WEIGHTS[DosingWeight(drug.dosing_weight or usual)]


def _dose_list(drugs: tuple[Drug, ...], busulfan_weight: DosingWeight) -> Floats:
    """Return one row per single dose, in order of time."""
    rows = []
    for drug in drugs:
        for number, day in enumerate(drug.dose_times_days()):
            row = np.zeros(len(Dose))
            row[Dose.DRUG], row[Dose.START_DAY] = DrugCode[DrugName(drug.name).name], day
            row[Dose.DURATION_DAYS], row[Dose.AMOUNT] = drug.infusion_hours / 24.0, drug.dose_in_mg
            row[Dose.BASIS] = dose_basis(drug, busulfan_weight)
            row[Dose.ORAL], row[Dose.NUMBER] = float(drug.route == Route.ORAL), number + 1.0
            row[Dose.TARGET_AUC] = drug.target_course_mg_h_per_l or 0.0
            row[Dose.ADJUST_AFTER] = drug.adjust_after_dose or 0.0
            row[Dose.SURFACE_MAXIMUM_M2] = drug.bsa_maximum_m2 or 0.0
            row[Dose.MAXIMUM_MG], row[Dose.ROUND_TO_MG] = drug.dose_maximum_mg or 0.0, drug.round_to_mg or 0.0
            rows.append(row)
    rows.sort(key=lambda row: float(row[Dose.START_DAY]))
    return np.array(rows)


def _before(treatment: TreatmentProtocol) -> dict[str, float]:
    """Return the settings of mobilisation, harvest, selection and freezing."""
    mobilisation, harvest = treatment.mobilisation, treatment.harvest
    return {
        "cyclophosphamide_g_per_m2": mobilisation.cyclophosphamide_g_per_m2,
        "cyclophosphamide_day": mobilisation.cyclophosphamide_day,
        "mobilisation_filgrastim_ug_per_kg": mobilisation.filgrastim_ug_per_kg_per_day,
        "filgrastim_first_day": mobilisation.filgrastim_first_day,
        "filgrastim_days": mobilisation.filgrastim_days,
        "mesna": float(mobilisation.mesna),
        "mobilisation_surface_maximum_m2": mobilisation.bsa_maximum_m2 or 0.0,
        "prednisone_mg_per_kg": mobilisation.prednisone_mg_per_kg_per_day,
        "plerixafor_rescue": float(mobilisation.plerixafor_rescue),
        "second_attempt_after_days": mobilisation.second_attempt_after_days,
        "start_cd34_per_ul": harvest.start_cd34_per_ul,
        "harvest_first_day": harvest.first_day,
        "harvest_last_day": harvest.last_day,
        "blood_volumes_processed": harvest.blood_volumes_processed,
        "sessions_maximum": harvest.sessions_maximum,
        "target_cd34_1e6_per_kg": harvest.target_cd34_1e6_per_kg,
        "backup_cd34_1e6_per_kg": harvest.backup_cd34_1e6_per_kg,
        "selection": _SELECTION[SelectionMethod(treatment.purify.method)],
        "minimum_cd34_1e6_per_kg": treatment.purify.minimum_cd34_1e6_per_kg,
        "freezing": _FREEZING[FreezeMethod(treatment.freeze.method)],
        "dmso_pct": treatment.freeze.dmso_pct,
    }


def _after_failure(treatment: TreatmentProtocol) -> dict[str, float]:
    """Return the settings of what follows a failed mobilisation; without a plan of its own the first is repeated."""
    first, harvest = treatment.mobilisation, treatment.harvest
    second = first.second_attempt
    return {
        "attempts_maximum": first.attempts_maximum,
        "second_cyclophosphamide_g_per_m2": (second or first).cyclophosphamide_g_per_m2,
        "second_filgrastim_ug_per_kg": (second or first).filgrastim_ug_per_kg_per_day,
        "second_filgrastim_first_day": (second or first).filgrastim_first_day,
        "second_filgrastim_days": (second or first).filgrastim_days,
        "second_first_day": second.collection_first_day if second else harvest.first_day,
        "second_last_day": second.collection_last_day if second else harvest.last_day,
        "second_plerixafor": float(second.plerixafor if second else first.plerixafor_rescue),
        "marrow_harvest": float(harvest.marrow_after_failure),
    }


def _conditioning(step: Conditioning) -> dict[str, float]:
    """Return the settings of conditioning."""
    drugs = step.drug
    busulfan = [drug.first_day for drug in drugs if drug.name == DrugName.BUSULFAN]
    return {
        "mobilisation_conditions": float(step.starts_weeks_after_harvest == 0),
        "starts_weeks_after_harvest": step.starts_weeks_after_harvest,
        "reinfusion_day": step.reinfusion_day,
        "conditioning_first_day": min(drug.first_day for drug in drugs),
        "busulfan_first_day": busulfan[0] if busulfan else 0.0,
        "alemtuzumab": float(any(drug.name == DrugName.ALEMTUZUMAB for drug in drugs)),
        "total_cyclophosphamide_mg_per_kg": total_of(drugs, DrugName.CYCLOPHOSPHAMIDE, DoseUnit.MG_PER_KG),
        "total_melphalan_mg_per_m2": total_of(drugs, DrugName.MELPHALAN, DoseUnit.MG_PER_M2),
        "total_radiation_gy": total_of(drugs, DrugName.TOTAL_BODY_IRRADIATION, DoseUnit.GRAY),
        "conditioning_kind": float(conditioning_kind(drugs)),
    }


def total_of(drugs: tuple[Drug, ...], name: DrugName, unit: DoseUnit) -> float:
    """Return the sum of all doses of a drug in `unit`; weight becomes surface for an adult of 37 kg per m2."""
    total = 0.0
    for drug in drugs:
        if drug.name != name:
            continue
        written = DoseUnit.MG_PER_M2 if drug.unit is DoseUnit.G_PER_M2 else drug.unit
        by_kg, wanted = written is DoseUnit.MG_PER_KG, unit is DoseUnit.MG_PER_KG
        factor = 1.0 if by_kg == wanted else (KG_PER_M2 if by_kg else 1.0 / KG_PER_M2)
        total += factor * drug.dose_in_mg * drug.doses
    return total


def _care(treatment: TreatmentProtocol) -> dict[str, float]:
    """Return the settings of supportive care."""
    care = treatment.supportive_care
    return {
        "care_filgrastim_ug_per_kg": care.filgrastim_ug_per_kg_per_day,
        "care_filgrastim_first_day": care.filgrastim_first_day,
        "platelet_transfusion_below_1e9_per_l": care.platelet_transfusion_below_1e9_per_l,
        "haemoglobin_transfusion_below_g_per_dl": care.haemoglobin_transfusion_below_g_per_dl,
        "ursodiol": float(care.ursodiol),
        "phenytoin": float(care.seizure_prophylaxis == SeizureProphylaxis.PHENYTOIN),
        "itraconazole": float(care.antifungal_prophylaxis == AntifungalProphylaxis.ITRACONAZOLE),
        "antibacterial_prophylaxis": float(care.antibacterial_prophylaxis),
        "antifungal_prophylaxis": float(care.antifungal_prophylaxis != AntifungalProphylaxis.NONE),
        "aciclovir_months": care.aciclovir_months,
        "cotrimoxazole_months": care.cotrimoxazole_months,
        "steroid_with_atg": float(care.steroid_with_atg),
        "letermovir": float(care.letermovir),
        "conditioning_mesna": float(care.mesna),
        "seizure_prophylaxis": float(care.seizure_prophylaxis != SeizureProphylaxis.NONE),
        "defibrotide": _DEFIBROTIDE[DefibrotidePolicy(care.defibrotide)],
        "ovary_protected": float(care.fertility_preservation == FertilityPreservation.GNRH_AGONIST),
    }
