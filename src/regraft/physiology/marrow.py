"""The marrow: stem cells as a gate, progenitors, maturation and neutrophils.

Reads what conditioning kills and the G-CSF effect; hands on progenitors (for platelets, red cells,
lymphocytes, stem-cell release) and neutrophils. Friberg's chain (Friberg 2002, J Clin Oncol 20:4713) always regrows
from what survives; here progenitors multiply only as far as long-term stem cells stand behind them, so that ablation
without a graft stays aplastic for weeks and recovery depends on the CD34 dose. Cells of the patient and cells of the
graft are kept apart; what falls over decades (the patient's own cells, neutrophils) is integrated as logarithms.
"""

from math import exp, log
from typing import NamedTuple

from regraft.core.arrays import Record
from regraft.core.kernels import kernel

LOG_FLOOR = -46.0  # a single cell in 1e20: below it nothing is left to follow


class Marrow(NamedTuple):
    """Fractions of normal, some as logarithms; `seed` is homed graft that does not cycle yet. As rates per day."""

    ln_own_stem: float
    graft_stem: float
    ln_own_progenitors: float
    graft_progenitors: float
    seed: float
    transit1: float
    transit2: float
    transit3: float
    ln_neutrophil_ratio: float


@kernel
def stem(m: Marrow) -> float:
    """Long-term stem cells as a fraction of normal."""
    return exp(m.ln_own_stem) + m.graft_stem


@kernel
def progenitors(m: Marrow) -> float:
    """Progenitors as a fraction of normal."""
    return exp(m.ln_own_progenitors) + m.graft_progenitors


@kernel
def neutrophil_ratio(m: Marrow) -> float:
    """Neutrophils in blood, times the patient's own baseline."""
    return exp(m.ln_neutrophil_ratio)


@kernel
def progenitor_growth(stem_fraction: float, pool: float, feedback: float, p: Record) -> float:
    """Net growth per day of progenitors under `feedback` (1 at rest), gated by the stem cells behind them."""
    turnover = 4.0 / p.marrow_transit_days
    if feedback <= 1.0:
        return turnover * (feedback - 1.0)
    gate = stem_fraction / (stem_fraction + p.marrow_gate_half_stem_fraction)
    return turnover * (feedback - 1.0) * gate * (1.0 - pool / p.marrow_progenitors_maximum)


@kernel
def progenitor_kill_per_day(busulfan_mg_per_l: float, cy_mg_per_kg_per_day: float, p: Record) -> float:
    """Rate at which dividing progenitors are killed."""
    kill = p.marrow_cyclophosphamide_kill_kg_per_mg * cy_mg_per_kg_per_day
    return kill + p.marrow_busulfan_kill_progenitors_l_per_mg_per_day * busulfan_mg_per_l


@kernel
def stem_kill_per_day(busulfan_mg_per_l: float, p: Record) -> float:
    """Rate at which long-term stem cells are killed; cyclophosphamide spares them."""
    return p.marrow_busulfan_kill_stem_l_per_mg_per_day * busulfan_mg_per_l


@kernel
def marrow_rates(m: Marrow, stem_kill: float, progenitor_kill: float, gcsf_effect: float, p: Record) -> Marrow:
    """Rates of change under two kill rates per day and a G-CSF effect (0 to 1)."""
    stem_fraction, pool = stem(m), progenitors(m)
    hunger = exp(-p.marrow_feedback_exponent * m.ln_neutrophil_ratio)
    feedback = min(max(hunger, p.marrow_feedback_minimum), p.marrow_feedback_maximum)
    growth = progenitor_growth(stem_fraction, pool, feedback * (1.0 + p.marrow_gcsf_proliferation * gcsf_effect), p)
    kill = progenitor_kill
    precursors = p.marrow_precursor_kill_share * kill
    renewal = p.marrow_stem_regrowth_per_day * (1.0 - stem_fraction)
    renewal -= stem_kill
    cycling = m.seed / p.marrow_seeding_lag_days
    base = 4.0 / p.marrow_transit_days
    hurry = 1.0 + p.marrow_gcsf_transit_shortening * gcsf_effect
    leave = log(2.0) * 24.0 / p.marrow_neutrophil_half_life_h
    inflow = hurry * leave * m.transit3 * (1.0 + p.marrow_gcsf_amplification * gcsf_effect)
    return Marrow(
        renewal if m.ln_own_stem > LOG_FLOOR else max(renewal, 0.0),
        renewal * m.graft_stem,
        growth - kill if m.ln_own_progenitors > LOG_FLOOR else max(growth - kill, 0.0),
        (growth - kill) * m.graft_progenitors + cycling,
        -cycling,
        base * (pool - hurry * m.transit1) - precursors * m.transit1,
        base * hurry * (m.transit1 - m.transit2) - precursors * m.transit2,
        base * hurry * (m.transit2 - m.transit3),
        inflow / neutrophil_ratio(m) - leave if inflow > 0.0 else -leave,
    )


@kernel
def marrow_at_rest() -> Marrow:
    """State of the untouched marrow."""
    return Marrow(0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0)


@kernel
def stem_fraction_of(cd34_1e6_per_kg: float, p: Record) -> float:
    """Share of a normal marrow that a graft seeds."""
    return cd34_1e6_per_kg * p.marrow_homing_fraction / p.marrow_normal_cd34_1e6_per_kg
