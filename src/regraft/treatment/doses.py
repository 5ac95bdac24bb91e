"""Columns of a compiled dose list: a row per single dose, padded with empty rows; what a dose is for one patient."""

from enum import IntEnum
from math import floor

from regraft.core.arrays import Floats, Record
from regraft.core.kernels import kernel


class Basis(IntEnum):
    """What the amount of a dose is multiplied with."""

    ACTUAL_KG = 0
    IDEAL_KG = 1
    ADJUSTED_KG = 2
    LESSER_KG = 3  # of ideal and actual
    SURFACE_M2 = 4
    FLAT = 5  # mg or gray, whatever the size


class ConditioningKind(IntEnum):
    """The kind of conditioning as the disease tells it apart; the values of `disease.layout.Regimen`."""

    NONE = 0
    BUSULFAN = 1
    BEAM = 2
    CYCLOPHOSPHAMIDE = 3
    TOTAL_BODY_IRRADIATION = 4


class Dose(IntEnum):
    """Columns; amounts in mg (irradiation: gray) per unit of the `BASIS`."""

    DRUG = 0  # `regraft.physiology.world.Drug`
    START_DAY = 1  # the protocol's own days of conditioning
    DURATION_DAYS = 2
    AMOUNT = 3  # 0: an empty row
    BASIS = 4  # a `Basis`
    ORAL = 5
    NUMBER = 6  # of this drug's course, from 1
    TARGET_AUC = 7  # mg*h/L; 0: not monitored
    ADJUST_AFTER = 8
    SURFACE_MAXIMUM_M2 = 9  # 0: none
    MAXIMUM_MG = 10  # of a single dose; 0: none
    ROUND_TO_MG = 11  # 0: not rounded


@kernel
def dosing_size(basis: float, surface_maximum_m2: float, p: Record) -> float:
    """Return the weight [kg] or surface [m2] that a dose is reckoned by; 1 for a flat dose."""
    kind = int(basis)
    if kind == Basis.SURFACE_M2:
        return min(p.patient_bsa_m2, surface_maximum_m2) if surface_maximum_m2 > 0.0 else p.patient_bsa_m2
    if kind == Basis.FLAT:
        return 1.0
    if kind == Basis.LESSER_KG:
        return min(p.patient_ideal_weight_kg, p.patient_weight_kg)
    if kind == Basis.IDEAL_KG:
        return p.patient_ideal_weight_kg
    return p.patient_adjusted_weight_kg if kind == Basis.ADJUSTED_KG else p.patient_weight_kg


@kernel
def ordered_mg(doses: Floats, row: int, factor: float, p: Record) -> float:
    """Return what the pharmacy makes up for one dose: size, change by monitoring, cap, then rounding to vials."""
    size = dosing_size(doses[row, Dose.BASIS], doses[row, Dose.SURFACE_MAXIMUM_M2], p)
    amount = factor * (doses[row, Dose.AMOUNT] * size)
    if doses[row, Dose.MAXIMUM_MG] > 0.0:
        amount = min(amount, doses[row, Dose.MAXIMUM_MG])
    step = doses[row, Dose.ROUND_TO_MG]
    return amount if step <= 0.0 else max(1.0, floor(amount / step + 0.5)) * step
