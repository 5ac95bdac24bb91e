"""The record of one virtual patient: covariates first, then every parameter with that patient's own value.

The record is a row of a structured array whose fields are all float64, so kernels read names
(``p.liver_repair_per_day``) while `draw_patient` writes by position into the same memory seen as a matrix.
"""

from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from regraft.core.kernels import kernel
from regraft.core.parameters import ParameterSet, Spread
from regraft.core.streams import Purpose, address, normal

COVARIATES = (
    "patient_onset_age_years",
    "patient_is_female",
    "patient_height_cm",
    "patient_weight_kg",
    "patient_bsa_m2",
    "patient_ideal_weight_kg",
    "patient_adjusted_weight_kg",
    "patient_fat_free_mass_kg",
    "patient_is_primary_progressive",
)
_RANDOM_EFFECTS = int(Purpose.RANDOM_EFFECTS)
_READ_BY_TREATMENT = frozenset({"physiology", "treatment"})
_KINDS = {Spread.NONE: 0, Spread.LOGNORMAL: 1, Spread.NORMAL: 2, Spread.LOGITNORMAL: 3}


@final
@dataclass(frozen=True, slots=True)
class SpreadTable:
    """How each parameter varies between patients, as arrays a kernel reads; all of shape (parameters,).

    ``partner`` is the position of the correlated parameter, or -1; partners come from uncorrelated parameters only.
    ``sought_kind`` is ``kind`` without what only a treatment reads: candidates turned away need no values of it.
    """

    typical: NDArray[np.float64]
    kind: NDArray[np.int64]
    sigma: NDArray[np.float64]
    slot: NDArray[np.int64]
    partner: NDArray[np.int64]
    correlation: NDArray[np.float64]
    sought_kind: NDArray[np.int64]


def record_dtype(parameters: ParameterSet) -> np.dtype:
    """Return the structured type: covariates, then parameters, all float64."""
    return np.dtype([(name, np.float64) for name in (*COVARIATES, *parameters.names)])


def spread_table(parameters: ParameterSet) -> SpreadTable:
    """Return the arrays `draw_effects` reads."""
    order = {name: position for position, name in enumerate(parameters.names)}
    entries = parameters.parameters
    kind = np.array([_KINDS[entry.spread] for entry in entries])
    return SpreadTable(
        typical=parameters.values,
        kind=kind,
        sigma=np.array([entry.sigma for entry in entries]),
        slot=np.array([address(entry.address) for entry in entries]),
        partner=np.array([order[entry.correlated_with] if entry.correlated_with else -1 for entry in entries]),
        correlation=np.array([entry.correlation for entry in entries]),
        sought_kind=np.where([entry.part in _READ_BY_TREATMENT for entry in entries], _KINDS[Spread.NONE], kind),
    )


@kernel
def draw_effects(
    seed: Any,
    patient: Any,
    attempt: Any,
    typical: Any,
    kind: Any,
    sigma: Any,
    slot: Any,
    partner: Any,
    correlation: Any,
    row: Any,
) -> Any:
    """Write one individual's parameter values into ``row[len(COVARIATES):]``.

    The variate of a parameter is addressed by its name, so adding a parameter leaves every other value as it was.
    """
    offset = row.shape[0] - typical.shape[0]
    for j in range(typical.shape[0]):
        if kind[j] == 0:
            row[offset + j] = typical[j]
            continue
        z = normal(seed, patient, _RANDOM_EFFECTS, attempt, slot[j])
        k = partner[j]
        if k >= 0:
            rho = correlation[j]
            z = rho * normal(seed, patient, _RANDOM_EFFECTS, attempt, slot[k]) + sqrt(1.0 - rho * rho) * z
        if kind[j] == 1:
            row[offset + j] = typical[j] * exp(sigma[j] * z)
        elif kind[j] == 2:
            row[offset + j] = typical[j] + sigma[j] * z
        else:
            logit = log(typical[j] / (1.0 - typical[j])) + sigma[j] * z
            row[offset + j] = 1.0 / (1.0 + exp(-logit))


@kernel
def write_body_size(row: Any) -> Any:
    """Fill in the sizes that follow from sex, height and weight (positions 1 to 3 of the row).

    Body surface: Mosteller 1987, NEJM 317:1098. Ideal weight: Devine 1974. Adjusted weight: ideal plus 25% of the
    excess (busulfan practice). Fat-free mass: Janmahasatian 2005, Clin Pharmacokinet 44:1051.
    """
    is_female, height_cm, weight_kg = row[1], row[2], row[3]
    body_mass_index = weight_kg / (height_cm / 100.0) ** 2
    row[4] = sqrt(height_cm * weight_kg / 3600.0)
    row[5] = (45.5 if is_female > 0.5 else 50.0) + 0.9055 * (height_cm - 152.4)
    row[6] = row[5] + 0.25 * (weight_kg - row[5])
    if is_female > 0.5:
        row[7] = 9270.0 * weight_kg / (8780.0 + 244.0 * body_mass_index)
    else:
        row[7] = 9270.0 * weight_kg / (6680.0 + 216.0 * body_mass_index)


def typical_patient(
    parameters: ParameterSet,
    *,
    weight_kg: float = 70.0,
    height_cm: float = 170.0,
    is_female: bool = False,
    onset_age_years: float = 28.0,
) -> NDArray[np.void]:
    """Return the record, shape (1,), of a patient with every random effect at zero."""
    matrix = np.zeros((1, len(COVARIATES) + len(parameters.names)))
    matrix[0, :4] = onset_age_years, float(is_female), height_cm, weight_kg
    matrix[0, len(COVARIATES) :] = parameters.values
    write_body_size(matrix[0])
    return matrix.view(record_dtype(parameters))[:, 0]
