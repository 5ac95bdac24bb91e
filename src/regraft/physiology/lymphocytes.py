"""Lymphocyte subsets and monocytes in blood: killed by chemotherapy and ATG, regrown from survivors, marrow and thymus.

Reads kill rates, the brake of residual ATG, the progenitor pool and thymic output; hands on counts per microlitre.
Memory CD4+ and CD8+ cells regrow by division from what is out of the drugs' reach (independent of age); naive CD4+
cells come from the thymus (dependent on age) and keep their number by division; B cells need marrow precursors first;
NK cells and monocytes follow the marrow within weeks. Structure after Hoare, Bains and co-workers; see
parameters/physiology/lymphocytes.toml.
"""

from math import exp, log
from typing import NamedTuple

from regraft.core.arrays import Record
from regraft.core.kernels import kernel
from regraft.core.units import DAYS_PER_YEAR


class Lymphocytes(NamedTuple):
    """Cells per microlitre of blood (`b_precursors`: fraction of normal); as rates per day."""

    naive_cd4: float
    memory_cd4: float
    regulatory: float
    cd8: float
    b_precursors: float
    b: float
    nk: float
    monocytes: float
    emigrants: float


class Pressure(NamedTuple):
    """What acts on lymphocytes: kill per day by chemotherapy and antibodies, and the share of regrowth left (0 to 1).

    `b_cells` is the kill of B cells by antibodies aimed at them.
    """

    chemotherapy: float
    antibody: float
    b_cells: float
    regrowth: float


@kernel
def cd4_per_ul(s: Lymphocytes) -> float:
    """All CD4+ cells (regulatory cells are counted within memory cells' own share)."""
    return s.naive_cd4 + s.memory_cd4 + s.regulatory


@kernel
def lymphocytes_per_ul(s: Lymphocytes) -> float:
    """The lymphocyte count of a blood smear: all but monocytes."""
    return s.naive_cd4 + s.memory_cd4 + s.regulatory + s.cd8 + s.b + s.nk


@kernel
def lymphocytes_at_rest(p: Record) -> Lymphocytes:
    """Counts before any treatment of this pathway."""
    cd4 = p.lymphocytes_cd4_per_ul
    regulatory = p.lymphocytes_regulatory_fraction * cd4
    naive = p.lymphocytes_naive_fraction * cd4
    return Lymphocytes(
        naive,
        cd4 - naive - regulatory,
        regulatory,
        p.lymphocytes_cd8_per_ul,
        1.0,
        p.lymphocytes_b_per_ul,
        p.lymphocytes_nk_per_ul,
        p.lymphocytes_monocytes_per_ul,
        p.lymphocytes_emigrant_fraction * naive,
    )


@kernel
def memory_ceiling(p: Record, conditioned: float) -> float:
    """Memory CD4+ cells that blood holds in the long run, fewer after conditioning."""
    rest = p.lymphocytes_cd4_per_ul * (1.0 - p.lymphocytes_naive_fraction - p.lymphocytes_regulatory_fraction)
    return rest * (p.lymphocytes_memory_ceiling_fraction if conditioned > 0.5 else 1.0)


@kernel
def regulatory_ceiling(p: Record, conditioned: float) -> float:
    """Regulatory cells that blood holds in the long run, fewer after conditioning."""
    rest = p.lymphocytes_cd4_per_ul * p.lymphocytes_regulatory_fraction
    return rest * (p.lymphocytes_regulatory_ceiling_fraction if conditioned > 0.5 else 1.0)


@kernel
def naive_loss_per_day(p: Record) -> float:
    """Loss of naive CD4+ cells by death and by becoming memory cells."""
    return log(2.0) / (DAYS_PER_YEAR * p.lymphocytes_naive_half_life_years) + p.lymphocytes_differentiation_per_day


@kernel
def homeostasis_per_day(cd4: float, p: Record) -> float:
    """Division of naive cells: most of their loss at rest, and more in an empty space."""
    at_rest = p.lymphocytes_resting_division_share * naive_loss_per_day(p)
    return at_rest + p.lymphocytes_homeostatic_per_day * max(0.0, 1.0 - cd4 / p.lymphocytes_space_per_ul)


@kernel
def emigrant_loss_per_day(p: Record) -> float:
    """Loss of recent emigrants: that of every naive cell, and that of the mark they carry."""
    return naive_loss_per_day(p) + log(2.0) / p.lymphocytes_emigrant_half_life_days


@kernel
def lymphocyte_rates(
    s: Lymphocytes, pressure: Pressure, progenitors: float, thymic_output: float, conditioned: float, p: Record
) -> Lymphocytes:
    """Rates of change; `conditioned` is 1 from the first conditioning dose on."""
    free, kill = pressure.regrowth, pressure.chemotherapy + pressure.antibody
    hidden = p.lymphocytes_hidden_fraction
    ceiling = memory_ceiling(p, conditioned)
    rest = lymphocytes_at_rest(p)
    cd8_ceiling = rest.cd8 * (p.lymphocytes_cd8_ceiling_fraction if conditioned > 0.5 else 1.0)
    memory_growth = p.lymphocytes_memory_expansion_per_day * free
    regulatory_growth = memory_growth * p.lymphocytes_regulatory_expansion_ratio
    marrow = min(progenitors, 1.0)
    spared = p.lymphocytes_regulatory_sparing_fold
    born = 2.0 * p.lymphocytes_differentiation_per_day * s.naive_cd4
    new, division = free * thymic_output, homeostasis_per_day(cd4_per_ul(s), p)
    return Lymphocytes(
        new
        + (division - naive_loss_per_day(p)) * s.naive_cd4
        - kill * (s.naive_cd4 - hidden * hidden * rest.naive_cd4),
        memory_growth * s.memory_cd4 * (1.0 - s.memory_cd4 / ceiling)
        + born
        - kill * (s.memory_cd4 - hidden * rest.memory_cd4),
        regulatory_growth * s.regulatory * (1.0 - s.regulatory / regulatory_ceiling(p, conditioned))
        - kill * (s.regulatory - spared * hidden * rest.regulatory),
        p.lymphocytes_cd8_expansion_per_day * free * s.cd8 * (1.0 - s.cd8 / cd8_ceiling)
        - kill * (s.cd8 - hidden * rest.cd8),
        (marrow - s.b_precursors) / p.lymphocytes_b_maturation_days - pressure.chemotherapy * s.b_precursors,
        (rest.b * s.b_precursors - s.b) / p.lymphocytes_b_turnover_days
        - (pressure.chemotherapy + p.lymphocytes_b_antibody_share * pressure.antibody + pressure.b_cells) * s.b,
        (rest.nk * marrow - s.nk) / p.lymphocytes_nk_turnover_days
        - (pressure.chemotherapy + p.lymphocytes_nk_antibody_share * pressure.antibody) * s.nk,
        (rest.monocytes * marrow - s.monocytes) / p.lymphocytes_monocyte_turnover_days,
        new + (division - emigrant_loss_per_day(p) - kill) * s.emigrants,
    )


@kernel
def _logistic(value: float, rate: float, ceiling: float, days: float) -> float:
    """Logistic growth over `days` in closed form."""
    grown = exp(-rate * days)
    return ceiling / (1.0 + (ceiling / max(value, 1e-12) - 1.0) * grown)


@kernel
def _towards(value: float, target: float, rate: float, days: float) -> float:
    """Linear approach to a target in closed form."""
    return target + (value - target) * exp(-rate * days)


@kernel
def lymphocytes_after(
    s: Lymphocytes, days: float, b_kill_per_day: float, thymic_output: float, p: Record
) -> Lymphocytes:
    """Counts `days` later, long after conditioning: exact for each subset while the others stand still.

    Used by the weekly steps from day 100 on; a kill of B cells and `thymic_output` hold for the step. The inflow of
    former naive cells into memory is added as a linear term at the middle of the step.
    """
    rest = lymphocytes_at_rest(p)
    division, new = homeostasis_per_day(cd4_per_ul(s), p), thymic_output
    loss, emigrant_loss = naive_loss_per_day(p) - division, emigrant_loss_per_day(p) - division
    loss = 1e-9 if abs(loss) < 1e-9 else loss
    emigrant_loss = 1e-9 if abs(emigrant_loss) < 1e-9 else emigrant_loss
    naive = _towards(s.naive_cd4, new / loss, loss, days)
    born = p.lymphocytes_differentiation_per_day * (s.naive_cd4 + naive) * days
    growth = p.lymphocytes_memory_expansion_per_day
    ceiling = memory_ceiling(p, 1.0)
    middle = _logistic(s.memory_cd4, growth, ceiling, 0.5 * days) + born
    turnover = p.lymphocytes_b_turnover_days
    b_loss = 1.0 / turnover + b_kill_per_day
    return Lymphocytes(
        naive,
        _logistic(middle, growth, ceiling, 0.5 * days),
        _logistic(s.regulatory, growth * p.lymphocytes_regulatory_expansion_ratio, regulatory_ceiling(p, 1.0), days),
        _logistic(s.cd8, p.lymphocytes_cd8_expansion_per_day, rest.cd8 * p.lymphocytes_cd8_ceiling_fraction, days),
        _towards(s.b_precursors, 1.0, 1.0 / p.lymphocytes_b_maturation_days, days),
        _towards(s.b, rest.b * s.b_precursors / (turnover * b_loss), b_loss, days),
        _towards(s.nk, rest.nk, 1.0 / p.lymphocytes_nk_turnover_days, days),
        _towards(s.monocytes, rest.monocytes, 1.0 / p.lymphocytes_monocyte_turnover_days, days),
        _towards(s.emigrants, new / emigrant_loss, emigrant_loss, days),
    )
