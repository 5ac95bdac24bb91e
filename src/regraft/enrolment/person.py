"""A person before the disease: course, sex, height, weight, age at onset, and that person's own parameter values.

Hands on the record row every organ reads. Sources: the population file; body sizes by the formulas cited in
`regraft.patient.record`.
"""

from math import erf, log, sqrt

import numpy as np

from regraft.core.arrays import Floats
from regraft.core.kernels import kernel
from regraft.core.streams import Address, Purpose, normal_quantile, uniform
from regraft.enrolment.criteria import Recruitment
from regraft.patient.record import Covariate, Spreads, draw_effects, write_person

_COVARIATES = int(Purpose.COVARIATES)


@kernel
def draw_person(r: Recruitment, spreads: Spreads, who: Address, attempt: int, row: Floats) -> None:
    """Fill one record row: covariates, body sizes, and individual parameter values.

    Parameters
    ----------
    r : Recruitment
        Numbers of the population.
    spreads : Spreads
        As `draw_effects` takes them.
    who : Address
        Key of the run and the slot.
    attempt : int
        Which candidate for the slot this is.
    row : float64 array, shape (fields,)
        Written in place.
    """
    draw_looks(r, who, attempt, row)
    draw_effects(spreads, who, attempt, row)


@kernel
def draw_looks(r: Recruitment, who: Address, attempt: int, row: Floats) -> None:
    """Fill the head of a record row: course, sex, age at onset and body sizes of a candidate, as in `draw_person`."""
    primary = uniform(who.seed, who.patient, _COVARIATES, attempt, 4) < r.primary_progressive_share
    later = r.primary_progressive_later_years if primary else 0.0
    onset_age_years = _truncated(
        uniform(who.seed, who.patient, _COVARIATES, attempt, 0),
        r.onset_age_mean_years + later,
        r.onset_age_sd_years,
        r.onset_age_minimum_years + later,
        r.onset_age_maximum_years + later,
    )
    share = r.primary_progressive_female_share if primary else r.female_share
    is_female = uniform(who.seed, who.patient, _COVARIATES, attempt, 1) < share
    z = normal_quantile(uniform(who.seed, who.patient, _COVARIATES, attempt, 2))
    if is_female:
        height_cm = r.height_female_mean_cm + r.height_female_sd_cm * z
    else:
        height_cm = r.height_male_mean_cm + r.height_male_sd_cm * z
    spread = sqrt(log(1.0 + r.bmi_cv * r.bmi_cv))
    body_mass_index = r.bmi_mean * np.exp(
        spread * normal_quantile(uniform(who.seed, who.patient, _COVARIATES, attempt, 3)) - 0.5 * spread * spread
    )
    body_mass_index = min(r.bmi_maximum, max(r.bmi_minimum, body_mass_index))
    write_person(row, onset_age_years, is_female, height_cm, body_mass_index * (height_cm / 100.0) ** 2)
    row[Covariate.IS_PRIMARY_PROGRESSIVE] = 1.0 if primary else 0.0


@kernel
def _truncated(u: float, mean: float, sd: float, low: float, high: float) -> float:
    """Return a normal quantile folded into its range by stretching the uniform between the tails."""
    lower = _normal_share((low - mean) / sd)
    upper = _normal_share((high - mean) / sd)
    return mean + sd * normal_quantile(lower + u * (upper - lower))


@kernel
def _normal_share(z: float) -> float:
    return 0.5 * (1.0 + erf(z / sqrt(2.0)))
