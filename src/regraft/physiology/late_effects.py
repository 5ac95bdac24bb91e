"""Late effects: secondary autoimmunity, myeloid neoplasm and death by it, failure of the ovaries.

Times from reinfusion.

Reads age, sex, exposures and what the regimen holds; writes events, some many years ahead (whoever follows the patient
stops reading at death or at the end of follow-up).
"""

from math import exp, log
from typing import NamedTuple

from regraft.clinical.complications import Complication, DeathCause
from regraft.core.arrays import Record
from regraft.core.kernels import kernel
from regraft.core.streams import Purpose, exponential_quantile, normal_quantile, uniforms4
from regraft.core.units import DAYS_PER_YEAR
from regraft.physiology.late_infections import die_late
from regraft.physiology.signs import record
from regraft.physiology.world import Body, Tally, busulfan_of, code

_LATE = code(Purpose.LATE_EFFECTS)
_FAR = code(1_000_000)  # step of addresses that belong to no day
_THYROID, _AUTOIMMUNE = code(Complication.THYROID_AUTOIMMUNITY), code(Complication.OTHER_AUTOIMMUNITY)
_MYELOID, _PLATELETS = code(Complication.MYELOID_NEOPLASM), code(Complication.IMMUNE_THROMBOCYTOPENIA)
_MENOPAUSE, _AMENORRHOEA = code(Complication.PREMATURE_MENOPAUSE), code(Complication.AMENORRHOEA)
_PAUSE = code(Complication.PASSING_AMENORRHOEA)
_FATAL = code(DeathCause.MYELOID_NEOPLASM)
_FIRST_BLOCK, _SECOND_BLOCK, _THIRD_BLOCK = code(0), code(1), code(2)


class Burden(NamedTuple):
    """What the regimen holds that harms late: alemtuzumab (0 or 1), cyclophosphamide [mg/kg], melphalan [mg/m2],
    radiation [Gy], and protection of the ovary (0 or 1)."""  # noqa: D205, D209 - one sentence

    alemtuzumab: float
    cyclophosphamide_mg_per_kg: float
    melphalan_mg_per_m2: float
    radiation_gy: float
    ovary_protected: float


@kernel
def weibull_years(u: float, risk: float, at_years: float, shape: float) -> float:
    """Time by inversion of a Weibull law with cumulative `risk` at `at_years`."""
    scale = at_years / (-log(1.0 - risk)) ** (1.0 / shape)
    return scale * (-log(1.0 - u)) ** (1.0 / shape)


@kernel
def ovarian_years(busulfan_auc_mg_h_per_l: float, burden: Burden, p: Record) -> float:
    """By how many years a regimen ages the ovary, beside one with 200 mg/kg of cyclophosphamide alone."""
    years = p.late_effects_menopause_busulfan_years_per_mg_h_per_l * busulfan_auc_mg_h_per_l
    beyond = burden.cyclophosphamide_mg_per_kg - p.late_effects_menopause_reference_mg_per_kg
    years += p.late_effects_menopause_cyclophosphamide_years_per_mg_per_kg * beyond
    years += p.late_effects_menopause_melphalan_years_per_mg_per_m2 * burden.melphalan_mg_per_m2
    years += p.late_effects_menopause_radiation_years_per_gy * burden.radiation_gy
    return years - (p.late_effects_menopause_protection_years if burden.ovary_protected > 0.5 else 0.0)


@kernel
def menopause_probability(age_years: float, ovarian: float, p: Record) -> float:
    """Chance that the ovaries fail, by age and by how much the regimen ages them [years]."""
    older = age_years + ovarian - p.late_effects_menopause_age_half
    return 1.0 / (1.0 + exp(-older / p.late_effects_menopause_age_width))


@kernel
def _autoimmunity(body: Body, alemtuzumab: float, u: float, kind: float, p: Record) -> None:
    """Secondary autoimmune disease: of the thyroid, of platelets, or another; sooner after alemtuzumab.

    Alemtuzumab adds a risk of its own, of platelets alone (`_alemtuzumab_platelets`).
    """
    zero, risk = body.tally[Tally.TRANSPLANT_DAY], p.late_effects_autoimmunity_5_year_risk
    if alemtuzumab > 0.5:
        risk = 1.0 - (1.0 - risk) ** p.late_effects_alemtuzumab_factor
    years = weibull_years(u, risk, 5.0, p.late_effects_autoimmunity_shape)
    if years >= p.late_effects_horizon_years:
        return
    platelets = p.late_effects_thyroid_fraction + p.late_effects_thrombocytopenia_fraction
    name, grade = _AUTOIMMUNE, 3.0
    if kind < p.late_effects_thyroid_fraction:
        name, grade = _THYROID, 2.0
    elif kind < platelets:
        name = _PLATELETS
    record(
        body,
        name,
        zero + DAYS_PER_YEAR * years,
        zero + DAYS_PER_YEAR * (years + p.late_effects_autoimmunity_lasts_years),
        grade,
    )


@kernel
def _alemtuzumab_platelets(body: Body, u: float, p: Record) -> None:
    """Immune thrombocytopenia by alemtuzumab."""
    risk, shape = p.late_effects_alemtuzumab_thrombocytopenia_risk, p.late_effects_autoimmunity_shape
    years = weibull_years(u, risk, 5.0, shape)
    if years < p.late_effects_horizon_years:
        begin = body.tally[Tally.TRANSPLANT_DAY] + DAYS_PER_YEAR * years
        record(body, _PLATELETS, begin, begin + DAYS_PER_YEAR * p.late_effects_autoimmunity_lasts_years, 3.0)


@kernel
def _neoplasm(body: Body, u: float, survival: float, p: Record) -> None:
    """Myeloid neoplasm by alkylators, and the death that most die of it."""
    years = weibull_years(u, p.late_effects_myeloid_neoplasm_10_year_risk, 10.0, p.late_effects_myeloid_neoplasm_shape)
    if years >= p.late_effects_horizon_years:
        return
    begin = body.tally[Tally.TRANSPLANT_DAY] + DAYS_PER_YEAR * years
    after = exponential_quantile(survival, log(2.0) / p.late_effects_myeloid_neoplasm_survival_years)
    row = record(body, _MYELOID, begin, begin + DAYS_PER_YEAR * after, 4.0)
    die_late(body, begin + DAYS_PER_YEAR * after, _FATAL, row)


@kernel
def natural_menopause_years(u: float, p: Record) -> float:
    """Age at which a woman's cycles would end by themselves, at a uniform variate."""
    return p.late_effects_natural_menopause_age + p.late_effects_natural_menopause_age_sd * normal_quantile(u)


@kernel
def _ovarian_failure(body: Body, day: float, natural: float, p: Record) -> None:
    """Write down that cycles ended: premature menopause or, from 40 on, loss of cycles; nothing if ended before."""
    age = body.tally[Tally.AGE_YEARS] + day / DAYS_PER_YEAR
    if age >= natural_menopause_years(natural, p):
        return
    name = _MENOPAUSE if age < p.late_effects_premature_menopause_below_age else _AMENORRHOEA
    record(body, name, day, day, 3.0)


@kernel
def _pause(body: Body, day: float, length: float, natural: float, p: Record) -> None:
    """Write down that cycles stopped and came back after some months; nothing if they had ended before."""
    age = body.tally[Tally.AGE_YEARS] + day / DAYS_PER_YEAR
    if age >= natural_menopause_years(natural, p):
        return
    months = p.late_effects_cycles_return_months * exp(p.late_effects_cycles_return_log_sd * normal_quantile(length))
    end = body.tally[Tally.TRANSPLANT_DAY] + DAYS_PER_YEAR / 12.0 * min(
        months, p.late_effects_cycles_return_maximum_months
    )
    record(body, _PAUSE, day, max(end, day + 1.0), 2.0)


@kernel
def late_effects(body: Body, burden: Burden, p: Record) -> float:
    """Write what will come in the years after reinfusion; return the uniform that decides on shingles."""
    zero = body.tally[Tally.TRANSPLANT_DAY]
    autoimmune, kind, myeloid, zoster = uniforms4(body.seed, body.patient, _LATE, _FAR, _FIRST_BLOCK)
    ovary, natural, _, _ = uniforms4(body.seed, body.patient, _LATE, _FAR, _SECOND_BLOCK)
    survival, length, platelets, _ = uniforms4(body.seed, body.patient, _LATE, _FAR, _THIRD_BLOCK)
    _autoimmunity(body, burden.alemtuzumab, autoimmune, kind, p)
    if burden.alemtuzumab > 0.5:
        _alemtuzumab_platelets(body, platelets, p)
    _neoplasm(body, myeloid, survival, p)
    ageing = ovarian_years(busulfan_of(body.inputs).auc_mg_h_per_l, burden, p)
    if p.patient_is_female > 0.5:
        stops = zero + p.late_effects_menopause_after_days
        if ovary < menopause_probability(body.tally[Tally.AGE_YEARS], ageing, p):
            _ovarian_failure(body, stops, natural, p)
        else:
            _pause(body, stops, length, natural, p)
    return zoster
