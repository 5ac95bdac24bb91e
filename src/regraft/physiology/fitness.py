"""Fitness for a transplantation: the comorbidity index (HCT-CI) and Karnofsky's score, and what they do to hazards.

Reads age and disability; hands on points, a score, and a relative hazard of sepsis and of deaths not due to one organ.
Both are drawn once, at an address of their own: points by a Poisson law that rises with age, the score from the EDSS
with the scatter of a rater. The index was made for allogeneic transplantation of blood cancers; its weight here is
assumed.
"""

from math import exp

from regraft.core.arrays import Record
from regraft.core.kernels import kernel
from regraft.core.streams import Purpose, normal_quantile, uniforms4
from regraft.physiology.world import Body, Tally, code

_INFECTION, _ONCE, _FITNESS = code(Purpose.INFECTION), code(0), code(101)  # address: the block beside the carrier's


@kernel
def comorbidity_points(u: float, age_years: float, p: Record) -> float:
    """Points of the comorbidity index at a uniform variate: Poisson, at most the index's useful range."""
    mean = p.fitness_comorbidity_points_at_40 * exp(p.fitness_comorbidity_age_slope * (age_years - 40.0))
    points, chance = 0.0, exp(-mean)
    reached = chance
    while u > reached and points < p.fitness_comorbidity_points_maximum:
        points += 1.0
        chance *= mean / points
        reached += chance
    return points


@kernel
def karnofsky_score(z: float, edss: float, p: Record) -> float:
    """Karnofsky's score, in tens, at a standard normal variate."""
    score = 100.0 - p.fitness_karnofsky_per_edss * edss + p.fitness_karnofsky_sd * z
    return min(100.0, max(10.0, 10.0 * float(int(score / 10.0 + 0.5))))


@kernel
def assess(body: Body, p: Record) -> None:
    """Write both into the tally, once."""
    tally = body.tally
    if tally[Tally.KARNOFSKY] > 0.0:
        return
    points, score, _, _ = uniforms4(body.seed, body.patient, _INFECTION, _ONCE, _FITNESS)
    tally[Tally.COMORBIDITY_POINTS] = comorbidity_points(points, tally[Tally.AGE_YEARS], p)
    tally[Tally.KARNOFSKY] = karnofsky_score(normal_quantile(score), tally[Tally.EDSS], p)


@kernel
def frailty(body: Body, p: Record) -> float:
    """Relative hazard of a bad course by age, disability, comorbidity and performance."""
    assess(body, p)
    tally = body.tally
    log_hazard = p.infection_age_effect_per_year * (tally[Tally.AGE_YEARS] - 40.0)
    log_hazard += p.infection_edss_effect * (tally[Tally.EDSS] - 4.0)
    log_hazard += p.fitness_comorbidity_effect * (tally[Tally.COMORBIDITY_POINTS] - p.fitness_comorbidity_points_at_40)
    log_hazard -= p.fitness_karnofsky_effect * (tally[Tally.KARNOFSKY] - p.fitness_karnofsky_reference) / 10.0
    return exp(log_hazard)
