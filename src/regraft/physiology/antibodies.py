"""Alemtuzumab and rituximab: what is left of them kills lymphocytes, the graft's too.

Reads the amounts in the body; hands on kill rates in blood and tissue and the brake on regrowth. Alemtuzumab (CD52)
takes T and B cells, rituximab (CD20) B cells alone. Many lymphocytes bind part of a dose of alemtuzumab within hours,
so that the first dose is short-lived; what is left goes by linear kinetics. What is left of alemtuzumab on the day of
reinfusion purges an unselected graft, as residual ATG does.
"""

from math import exp, log
from typing import NamedTuple

from regraft.core.arrays import Record
from regraft.core.kernels import kernel


class Antibodies(NamedTuple):
    """Kill rates per day of T cells in blood, memory T cells in tissue, B cells; share of T-cell regrowth left."""

    t_cells: float
    tissue: float
    b_cells: float
    regrowth: float


@kernel
def alemtuzumab_elimination_per_day(p: Record) -> float:
    """Elimination of alemtuzumab."""
    return log(2.0) / p.antibodies_alemtuzumab_half_life_days


@kernel
def alemtuzumab_left_mg(dose_mg: float, lymphocyte_ratio: float, p: Record) -> float:
    """What of a dose the cells of a blood with `lymphocyte_ratio` times its own normal count do not bind at once."""
    return dose_mg * dose_mg / (dose_mg + p.antibodies_alemtuzumab_bound_mg * lymphocyte_ratio)


@kernel
def rituximab_elimination_per_day(p: Record) -> float:
    """Elimination of rituximab."""
    return log(2.0) / p.antibodies_rituximab_half_life_days


@kernel
def _share(level: float, half: float, hill: float) -> float:
    """Sigmoid of a level: 0 without drug, one half at `half`."""
    return 0.0 if level <= 0.0 else 1.0 / (1.0 + exp(-hill * log(level / half)))


@kernel
def rituximab_kill_per_day(amount_mg: float, p: Record) -> float:
    """Rate at which B cells are killed."""
    level = amount_mg / p.antibodies_rituximab_volume_l
    return p.antibodies_rituximab_kill_per_day * _share(level, p.antibodies_rituximab_half_ug_per_ml, 1.0)


@kernel
def antibodies_at(alemtuzumab_mg: float, rituximab_mg: float, p: Record) -> Antibodies:
    """What both do at these amounts."""
    level = alemtuzumab_mg / p.antibodies_alemtuzumab_volume_l
    kill = p.antibodies_alemtuzumab_kill_per_day * _share(
        level, p.antibodies_alemtuzumab_half_ug_per_ml, p.antibodies_alemtuzumab_hill
    )
    return Antibodies(
        kill,
        p.antibodies_alemtuzumab_tissue_access * kill,
        kill + rituximab_kill_per_day(rituximab_mg, p),
        1.0 / (1.0 + level / p.antibodies_alemtuzumab_suppression_ug_per_ml),
    )


@kernel
def no_antibodies() -> Antibodies:
    """Neither."""
    return Antibodies(0.0, 0.0, 0.0, 1.0)
