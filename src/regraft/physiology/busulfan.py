"""Busulfan: one compartment, in closed form between events, by vein or by mouth.

Reads doses as the clinic gives them; hands on the level and the cumulative exposure (AUC). Linear kinetics need no
differential equation: a register holds the amounts at the last event and the level at any later time follows from it.
Clearance scales with normal fat mass (McCune 2014); the reference value is taken with phenytoin, as labels and most
published series are, and is divided by the phenytoin factor without it. Each dose draws its own clearance, and each
oral dose its own absorbed fraction, rate and lag (Hassan 1994, Blood 84:2144).
Units: 1 mg*h/L is 243.6 umol/L*min; the average level of a six-hourly dose is its AUC divided by six hours.
"""

from math import exp
from typing import NamedTuple

from regraft.core.arrays import Record
from regraft.core.kernels import kernel

REFERENCE_NORMAL_FAT_MASS_KG = 62.0


class Busulfan(NamedTuple):
    """Amounts at `since_day` and what holds until the next event; `auc_mg_h_per_l` counts up to `since_day`."""

    since_day: float
    depot_mg: float
    central_mg: float
    rate_mg_per_day: float
    absorption_per_day: float
    clearance_l_per_day: float
    auc_mg_h_per_l: float


@kernel
def normal_fat_mass_kg(p: Record) -> float:
    """The body size that clearance scales with."""
    lean = p.patient_fat_free_mass_kg
    return lean + p.busulfan_fat_fraction * (p.patient_weight_kg - lean)


@kernel
def clearance_l_per_h(p: Record, phenytoin: float, itraconazole: float) -> float:
    """The patient's clearance with (1) or without (0) the two interacting drugs."""
    size = (normal_fat_mass_kg(p) / REFERENCE_NORMAL_FAT_MASS_KG) ** 0.75
    clearance = p.busulfan_clearance_l_per_h * size
    if phenytoin < 0.5:
        clearance /= p.busulfan_phenytoin_clearance_factor
    return clearance * (p.busulfan_itraconazole_clearance_factor if itraconazole > 0.5 else 1.0)


@kernel
def volume_l(p: Record) -> float:
    """Volume of distribution."""
    return p.busulfan_volume_l * normal_fat_mass_kg(p) / REFERENCE_NORMAL_FAT_MASS_KG


@kernel
def _amounts(b: Busulfan, t: float, p: Record) -> tuple[float, float]:
    """Depot and central amount [mg] at time t >= since_day."""
    elimination = b.clearance_l_per_day / volume_l(p)
    gone = exp(-elimination * (t - b.since_day))
    steady = b.rate_mg_per_day / elimination
    central = steady + (b.central_mg - steady) * gone
    if b.depot_mg <= 0.0:
        return 0.0, central
    absorption = b.absorption_per_day
    if abs(absorption - elimination) < 1e-3 * elimination:
        absorption = 1.001 * elimination
    waiting = exp(-absorption * (t - b.since_day))
    central += b.depot_mg * absorption / (absorption - elimination) * (gone - waiting)
    return b.depot_mg * waiting, central


@kernel
def busulfan_mg_per_l(b: Busulfan, t: float, p: Record) -> float:
    """Level at time t."""
    if b.clearance_l_per_day <= 0.0:
        return 0.0
    return _amounts(b, t, p)[1] / volume_l(p)


@kernel
def busulfan_at(b: Busulfan, t: float, p: Record) -> Busulfan:
    """The register moved to time t, its exposure counted up."""
    if b.clearance_l_per_day <= 0.0:
        return Busulfan(t, 0.0, 0.0, 0.0, 0.0, 0.0, b.auc_mg_h_per_l)
    depot, central = _amounts(b, t, p)
    eliminated = b.depot_mg - depot + b.central_mg - central + b.rate_mg_per_day * (t - b.since_day)
    auc = b.auc_mg_h_per_l + 24.0 * eliminated / b.clearance_l_per_day
    if depot + central < 1e-9 and b.rate_mg_per_day <= 0.0:
        return Busulfan(t, 0.0, 0.0, 0.0, 0.0, 0.0, auc)
    return Busulfan(t, depot, central, b.rate_mg_per_day, b.absorption_per_day, b.clearance_l_per_day, auc)
