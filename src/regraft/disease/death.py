"""Death in the long run: a Gompertz hazard by age and sex, raised by disability.

Multiple sclerosis itself kills people who can no longer walk, through pneumonia, sepsis and pressure sores: a death is
due to it only where so much disability has lasted. What else raises mortality in milder disease is not called a death
of it.

Reads: age, sex, EDSS. Hands on: a weekly hazard and whether a death is due to multiple sclerosis. Deaths of the
transplant itself come from the treatment's own hazards and are not in here.

Sources: mortality by EDSS Harding 2016 and 2018, in all Willumsen 2022; life tables of Norway; from which EDSS on a
death is one of multiple sclerosis Goodin 2012 and Harding 2016; see library/parameters/disease/death.toml.
"""

from math import exp

from regraft.core.arrays import Floats, Record
from regraft.core.kernels import kernel
from regraft.core.units import YEARS_PER_WEEK

WEEKS_OF_LASTING = 26


@kernel
def hazard_of_death_per_week(p: Record, age_years: float, edss: float) -> float:
    """Return the hazard of death of any later cause in one week, at this age and EDSS."""
    at_40 = p.death_female_at_40_per_year if p.patient_is_female > 0.5 else p.death_male_at_40_per_year
    healthy = at_40 * exp(p.death_gompertz_slope * (age_years - 40.0))
    return healthy * mortality_ratio(p, edss) * YEARS_PER_WEEK


@kernel
def mortality_ratio(p: Record, edss: float) -> float:
    """Return mortality relative to people without MS."""
    if edss < 3.5:
        return p.death_ratio_mild
    if edss < 6.0:
        return p.death_ratio_moderate
    if edss < 7.0:
        return p.death_ratio_walking_aid
    if edss < 8.0:
        return p.death_ratio_wheelchair
    return p.death_ratio_bed if edss < 9.0 else p.death_ratio_helpless


@kernel
def lasting_edss(weeks: Floats, edss_column: int, week: int) -> float:
    """Return the lowest EDSS of the half year up to `week`: what a relapse takes for a time is not in it.

    `weeks` holds a row per week since enrolment, up to `week` at least; half a year after enrolment it counts from
    there.
    """
    lowest = weeks[week, edss_column]
    for j in range(max(0, week - WEEKS_OF_LASTING), week):
        lowest = min(lowest, weeks[j, edss_column])
    return lowest


@kernel
def is_death_of_ms(p: Record, edss: float, u: float) -> bool:
    """Decide (uniform `u`) whether a death at this lasting EDSS is due to MS.

    Most are once walking is lost, none before.
    """
    return edss >= p.death_of_ms_from_edss and u < p.death_of_ms_share
