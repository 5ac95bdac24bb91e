"""Rabbit antithymocyte globulin: the active part binds lymphocytes, is cleared with them, and kills what it reaches.

Reads the infusion rate and the lymphocyte count; hands on the active level, the kill of T cells in blood and in tissue,
and the brake on regrowth while it lasts. One compartment with linear and target-mediated clearance (structure after
Admiraal). What is left on the day of reinfusion purges the graft's T cells: in blood first, in tissue later.
"""

from math import exp, log
from typing import NamedTuple

from regraft.core.arrays import Record
from regraft.core.kernels import kernel


class Atg(NamedTuple):
    """Active antibody in the body; as rate per day."""

    amount_mg: float


@kernel
def atg_ug_per_ml(a: Atg, p: Record) -> float:
    """Level of active antibody."""
    return max(a.amount_mg, 0.0) / (p.atg_volume_l * p.patient_weight_kg / 70.0)


@kernel
def atg_rates(a: Atg, infusion_mg_per_day: float, lymphocyte_ratio: float, p: Record) -> Atg:
    """Rate of change at a lymphocyte count of `lymphocyte_ratio` times the patient's own baseline."""
    if a.amount_mg <= 0.0 and infusion_mg_per_day <= 0.0:
        return Atg(0.0)
    level = atg_ug_per_ml(a, p)
    bound = p.atg_target_clearance_l_per_day * lymphocyte_ratio / (1.0 + level / p.atg_target_saturation_ug_per_ml)
    linear = p.atg_linear_clearance_l_per_day * p.patient_weight_kg / 70.0
    return Atg(infusion_mg_per_day - (linear + bound) * level)


@kernel
def kill_per_day(level_ug_per_ml: float, p: Record) -> float:
    """Rate at which T cells in blood are killed."""
    if level_ug_per_ml <= 0.0:
        return 0.0
    steep = exp(-p.atg_kill_hill * log(level_ug_per_ml / p.atg_kill_half_ug_per_ml))
    return p.atg_kill_maximum_per_day / (1.0 + steep)


@kernel
def regrowth(level_ug_per_ml: float, p: Record) -> float:
    """Share of normal regrowth left under this level: 1 without antibody."""
    return 1.0 / (1.0 + level_ug_per_ml / p.atg_suppression_ug_per_ml)
