"""What a course of a conditioning drug came to.

Ordered dose, change by monitoring, cap and rounding, as the kernels give it.
"""

from typing import Any

import numpy as np

from regraft.core.arrays import Floats, Ints
from regraft.treatment.doses import Basis
from regraft.treatment.drugs import DosingWeight, Drug
from regraft.treatment.plan import dose_basis

_COLUMN = {
    Basis.ACTUAL_KG: "patient_weight_kg",
    Basis.IDEAL_KG: "patient_ideal_weight_kg",
    Basis.ADJUSTED_KG: "patient_adjusted_weight_kg",
    Basis.SURFACE_M2: "patient_bsa_m2",
}


def total_given(drug: Drug, regimen_weight: DosingWeight, count: Ints, factor: Floats, records: Any) -> Floats:
    """Return the sum of the first `count` doses that patients were given, in the unit of the drug, shape (patients,).

    Parameters
    ----------
    drug : Drug
        As ordered.
    regimen_weight : DosingWeight
        The regimen's weight for busulfan.
    count : int64, shape (patients,)
        Doses given; fewer than ordered where death ended the course.
    factor : float64, shape (patients,)
        Change of the doses after the adjustment by monitoring (1: none).
    records : structured array, shape (patients,)
        Weight and surface of the patients.
    """
    size = dosing_sizes(drug, regimen_weight, records)
    before = count if drug.adjust_after_dose is None else np.minimum(count, drug.adjust_after_dose)
    in_mg = before * single_mg(drug, size, np.ones(len(size))) + (count - before) * single_mg(drug, size, factor)
    return in_mg / size * (drug.dose / drug.dose_in_mg)


def dosing_sizes(drug: Drug, regimen_weight: DosingWeight, records: Any) -> Floats:
    """Return the weight [kg] or surface [m2] that each patient's dose is reckoned by; 1 for a flat dose."""
    basis = dose_basis(drug, regimen_weight)
    if basis is Basis.FLAT:
        return np.ones(len(records))
    if basis is Basis.LESSER_KG:
        return np.minimum(records["patient_ideal_weight_kg"], records["patient_weight_kg"])
    size = np.asarray(records[_COLUMN[basis]], dtype=np.float64)
    return (
        size if basis is not Basis.SURFACE_M2 or drug.bsa_maximum_m2 is None else np.minimum(size, drug.bsa_maximum_m2)
    )


def single_mg(drug: Drug, size: Floats, factor: Floats) -> Floats:
    """Return one dose as the pharmacy makes it up [mg; irradiation: gray]; see `regraft.treatment.doses.ordered_mg`."""
    amount = factor * (drug.dose_in_mg * size)
    if drug.dose_maximum_mg is not None:
        amount = np.minimum(amount, drug.dose_maximum_mg)
    step = drug.round_to_mg
    return amount if step is None else np.maximum(1.0, np.floor(amount / step + 0.5)) * step
