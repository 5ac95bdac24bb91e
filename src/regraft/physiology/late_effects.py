"""Late effects: secondary autoimmunity, myeloid neoplasm, shingles, premature menopause; times from reinfusion.

Reads age, sex, busulfan exposure and aciclovir; writes events, some many years ahead (whoever follows the patient stops
reading at death or at the end of follow-up).
"""

from math import exp, log
from typing import Any

from regraft.clinical.complications import Complication
from regraft.core.kernels import kernel
from regraft.core.streams import Purpose, exponential_quantile, uniforms4
from regraft.physiology.infection import Prophylaxis
from regraft.physiology.signs import record
from regraft.physiology.world import Body, Tally, busulfan_of, code

_LATE = code(Purpose.LATE_EFFECTS)
_FAR = code(1_000_000)  # step of addresses that belong to no day
_THYROID, _AUTOIMMUNE = code(Complication.THYROID_AUTOIMMUNITY), code(Complication.OTHER_AUTOIMMUNITY)
_MYELOID, _ZOSTER = code(Complication.MYELOID_NEOPLASM), code(Complication.ZOSTER)
_MENOPAUSE = code(Complication.AMENORRHOEA)
_FIRST_BLOCK, _SECOND_BLOCK = code(0), code(1)
_YEAR = 365.25
_HORIZON_YEARS = 15.0


@kernel
def weibull_years(u: float, risk: float, at_years: float, shape: float) -> float:
    """Time by inversion of a Weibull law with cumulative `risk` at `at_years`."""
    scale = at_years / (-log(1.0 - risk)) ** (1.0 / shape)
    return scale * (-log(1.0 - u)) ** (1.0 / shape)


@kernel
def menopause_probability(age_years: float, busulfan_auc_mg_h_per_l: float, p: Any) -> float:
    """Chance that the ovaries fail, by age and exposure."""
    older = age_years + p.late_effects_menopause_busulfan_years_per_mg_h_per_l * busulfan_auc_mg_h_per_l
    older -= p.late_effects_menopause_age_half
    return 1.0 / (1.0 + exp(-older / p.late_effects_menopause_age_width))


@kernel
def late_effects(body: Body, guard: Prophylaxis, p: Any) -> None:
    """Write what will come in the fifteen years after reinfusion."""
    zero = body.tally[Tally.TRANSPLANT_DAY]
    autoimmune, kind, myeloid, zoster = uniforms4(body.seed, body.patient, _LATE, _FAR, _FIRST_BLOCK)
    ovary, _, _, _ = uniforms4(body.seed, body.patient, _LATE, _FAR, _SECOND_BLOCK)
    years = weibull_years(autoimmune, p.late_effects_autoimmunity_5_year_risk, 5.0, p.late_effects_autoimmunity_shape)
    if years < _HORIZON_YEARS:
        code = _THYROID if kind < p.late_effects_thyroid_fraction else _AUTOIMMUNE
        record(body, code, zero + _YEAR * years, zero + _YEAR * (years + 2.0), 2.0 if code == _THYROID else 3.0)
    years = weibull_years(
        myeloid, p.late_effects_myeloid_neoplasm_10_year_risk, 10.0, p.late_effects_myeloid_neoplasm_shape
    )
    if years < _HORIZON_YEARS:
        record(body, _MYELOID, zero + _YEAR * years, zero + _YEAR * (years + 1.0), 4.0)
    years = guard.aciclovir_days / _YEAR + exponential_quantile(zoster, p.infection_zoster_per_year)
    if years < 5.0:
        record(body, _ZOSTER, zero + _YEAR * years, zero + _YEAR * years + 21.0, 2.0)
    auc = busulfan_of(body.inputs).auc_mg_h_per_l
    if p.patient_is_female > 0.5 and ovary < menopause_probability(body.tally[Tally.AGE_YEARS], auc, p):
        record(body, _MENOPAUSE, zero + 30.0, zero + 30.0, 3.0)
