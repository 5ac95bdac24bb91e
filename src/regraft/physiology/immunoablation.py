"""How deep the memory T cells of the tissues are depleted, and what survives of those in the graft.

Reads what chemotherapy and antibodies kill; hands on two survival logarithms. Depth of
tissue depletion has never been measured in patients: the three contributions are assumed so that busulfan,
cyclophosphamide and ATG together reach about six decades, of which outcome data alone can tell. A graft's T cells meet
the ATG that is left: in blood for a day or two, then in tissue, where little of it arrives.
"""

from math import log
from typing import NamedTuple

from regraft.core.arrays import Record
from regraft.core.kernels import kernel

LN10 = log(10.0)


class Ablation(NamedTuple):
    """Survival of the body's memory T cells and of the graft's [natural logarithm], graft still in blood (0 to 1)."""

    ln_memory_survival: float
    graft_in_blood: float
    ln_graft_survival: float


@kernel
def chemotherapy_log10_per_day(busulfan_mg_per_l: float, cy_mg_per_kg_per_day: float, p: Record) -> float:
    """Decades per day by which busulfan and cyclophosphamide thin the memory T cells of tissue."""
    chemo = p.immunoablation_busulfan_log10_l_per_mg_h * 24.0 * busulfan_mg_per_l
    return chemo + p.immunoablation_cyclophosphamide_log10_kg_per_mg * cy_mg_per_kg_per_day


@kernel
def atg_tissue_kill_per_day(atg_kill_per_day: float, p: Record) -> float:
    """Kill rate of ATG in tissue, little of which it reaches."""
    return p.immunoablation_atg_tissue_access * atg_kill_per_day


@kernel
def ablation_rates(
    a: Ablation,
    chemotherapy_log10_per_day: float,
    blood_kill_per_day: float,
    tissue: float,
    conditioning: float,
    p: Record,
) -> Ablation:
    """Rates of change under chemotherapy and antibodies, which kill in blood and, at the rate `tissue`, in tissue.

    `conditioning` is 1 from the first conditioning dose on, else 0.
    """
    body = p.immunoablation_depth * (LN10 * chemotherapy_log10_per_day + tissue)
    graft = blood_kill_per_day * a.graft_in_blood + tissue * (1.0 - a.graft_in_blood)
    return Ablation(
        -conditioning * body,
        -a.graft_in_blood / p.immunoablation_graft_days_in_blood,
        -graft,
    )
