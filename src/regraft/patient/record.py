"""The record of one virtual patient: covariates first, then every parameter with that patient's own value.

The record is a row of a structured array whose fields are all float64, so kernels read names
(``p.liver_repair_per_day``) while `write_person` and `draw_effects` write by
position into the same memory seen as a matrix.
"""

from enum import IntEnum
from math import exp, log, sqrt
from typing import NamedTuple

import numpy as np

from regraft.core.arrays import Floats, Ints, Records
from regraft.core.kernels import kernel
from regraft.core.parameters import ParameterSet, Spread
from regraft.core.streams import Address, Purpose, address, normal


class Covariate(IntEnum):
    """Positions at the head of a record, named ``patient_`` and the name in small letters; parameters follow."""

    ONSET_AGE_YEARS = 0
    IS_FEMALE = 1
    HEIGHT_CM = 2
    WEIGHT_KG = 3
    BSA_M2 = 4
    IDEAL_WEIGHT_KG = 5
    ADJUSTED_WEIGHT_KG = 6
    FAT_FREE_MASS_KG = 7
    IS_PRIMARY_PROGRESSIVE = 8


COVARIATES = tuple(f"patient_{covariate.name.lower()}" for covariate in Covariate)
_RANDOM_EFFECTS = int(Purpose.RANDOM_EFFECTS)
_READ_BY_TREATMENT = frozenset({"physiology", "treatment"})
_KINDS = {Spread.NONE: 0, Spread.LOGNORMAL: 1, Spread.NORMAL: 2, Spread.LOGITNORMAL: 3}


class Spreads(NamedTuple):
    """How each parameter varies between patients, as arrays a kernel reads; all of shape (parameters,).

    ``typical`` has a leading axis where there are several draws of the typical values.
    ``partner`` is the position of the correlated parameter, or -1; partners come from uncorrelated parameters only.
    ``sought`` are the positions of parameters that differ between people and are read before a treatment: candidates
    turned away need no others.
    """

    typical: Floats
    kind: Ints
    sigma: Floats
    slot: Ints
    partner: Ints
    correlation: Floats
    sought: Ints


def record_dtype(parameters: ParameterSet) -> np.dtype:
    """Return the structured type: covariates, then parameters, all float64."""
    return np.dtype([(name, np.float64) for name in (*COVARIATES, *parameters.names)])


def spreads_of(parameters: ParameterSet) -> Spreads:
    """Return the arrays `draw_effects` reads."""
    order = {name: position for position, name in enumerate(parameters.names)}
    entries = parameters.parameters
    kind = np.array([_KINDS[entry.spread] for entry in entries])
    of_treatment = np.array([entry.part in _READ_BY_TREATMENT for entry in entries])
    return Spreads(
        typical=parameters.values,
        kind=kind,
        sigma=np.array([entry.sigma for entry in entries]),
        slot=np.array([address(entry.address) for entry in entries]),
        partner=np.array([order[entry.correlated_with] if entry.correlated_with else -1 for entry in entries]),
        correlation=np.array([entry.correlation for entry in entries]),
        sought=np.flatnonzero((kind != _KINDS[Spread.NONE]) & ~of_treatment),
    )


def empty_matrix(parameters: ParameterSet, count: int) -> Floats:
    """Return room for the records of `count` people as a matrix, to be written by position."""
    return np.zeros((count, len(COVARIATES) + len(parameters.names)))


def records_of(matrix: Floats, parameters: ParameterSet) -> Records:
    """Return a matrix of `empty_matrix` as records, shape (people,): the same memory, read by name."""
    return matrix.view(record_dtype(parameters))[:, 0]


@kernel
def write_typical(spreads: Spreads, row: Floats) -> None:
    """Write the typical value of every parameter into ``row[len(COVARIATES):]``."""
    offset = row.shape[0] - spreads.typical.shape[0]
    for j in range(spreads.typical.shape[0]):
        row[offset + j] = spreads.typical[j]


@kernel
def draw_effects(spreads: Spreads, who: Address, attempt: int, row: Floats) -> None:
    """Write one individual's parameter values into ``row[len(COVARIATES):]``.

    The variate of a parameter is addressed by its name, so adding a parameter leaves every other value as it was.
    """
    write_typical(spreads, row)
    offset = row.shape[0] - spreads.typical.shape[0]
    for j in range(spreads.typical.shape[0]):
        if spreads.kind[j] != 0:
            row[offset + j] = _own_value(spreads, j, who, attempt)


@kernel
def draw_sought_effects(spreads: Spreads, who: Address, attempt: int, row: Floats) -> None:
    """Write those values of one individual that are read before a treatment, into a row of typical values."""
    offset = row.shape[0] - spreads.typical.shape[0]
    for k in range(spreads.sought.shape[0]):
        j = spreads.sought[k]
        row[offset + j] = _own_value(spreads, j, who, attempt)


@kernel
def _own_value(spreads: Spreads, j: int, who: Address, attempt: int) -> float:
    """Return one individual's value of the parameter at position `j`, which differs between people."""
    kind, typical, sigma, slot = spreads.kind[j], spreads.typical[j], spreads.sigma[j], spreads.slot
    z = normal(who.seed, who.patient, _RANDOM_EFFECTS, attempt, slot[j])
    k = spreads.partner[j]
    if k >= 0:
        rho = spreads.correlation[j]
        z = rho * normal(who.seed, who.patient, _RANDOM_EFFECTS, attempt, slot[k]) + sqrt(1.0 - rho * rho) * z
    if kind == 1:
        return typical * exp(sigma * z)
    if kind == 2:
        return typical + sigma * z
    return 1.0 / (1.0 + exp(-(log(typical / (1.0 - typical)) + sigma * z)))


@kernel
def write_person(row: Floats, onset_age_years: float, is_female: bool, height_cm: float, weight_kg: float) -> None:
    """Write sex, age at onset and size of a person into the record, and the sizes that follow from them.

    Body surface: Mosteller 1987, NEJM 317:1098. Ideal weight: Devine 1974. Adjusted weight: ideal plus 25% of the
    excess (busulfan practice). Fat-free mass: Janmahasatian 2005, Clin Pharmacokinet 44:1051.
    """
    body_mass_index = weight_kg / (height_cm / 100.0) ** 2
    ideal = (45.5 if is_female else 50.0) + 0.9055 * (height_cm - 152.4)
    row[Covariate.ONSET_AGE_YEARS], row[Covariate.IS_FEMALE] = onset_age_years, 1.0 if is_female else 0.0
    row[Covariate.HEIGHT_CM], row[Covariate.WEIGHT_KG] = height_cm, weight_kg
    row[Covariate.BSA_M2] = sqrt(height_cm * weight_kg / 3600.0)
    row[Covariate.IDEAL_WEIGHT_KG] = ideal
    row[Covariate.ADJUSTED_WEIGHT_KG] = ideal + 0.25 * (weight_kg - ideal)
    if is_female:
        row[Covariate.FAT_FREE_MASS_KG] = 9270.0 * weight_kg / (8780.0 + 244.0 * body_mass_index)
    else:
        row[Covariate.FAT_FREE_MASS_KG] = 9270.0 * weight_kg / (6680.0 + 216.0 * body_mass_index)


def typical_patient(
    parameters: ParameterSet,
    *,
    weight_kg: float = 70.0,
    height_cm: float = 170.0,
    is_female: bool = False,
    onset_age_years: float = 28.0,
) -> Records:
    """Return the record, shape (1,), of a patient with every random effect at zero."""
    matrix = empty_matrix(parameters, 1)
    matrix[0, len(COVARIATES) :] = parameters.values
    write_person(matrix[0], float(onset_age_years), is_female, float(height_cm), float(weight_kg))
    return records_of(matrix, parameters)
