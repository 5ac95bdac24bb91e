"""Cyclophosphamide: cleared by enzymes that it induces; the active metabolite follows without delay.

Reads the infusion rate and whether phenytoin is on board; hands on the flux of activated drug [mg per kg and day],
which kills progenitors and lymphocytes, and the level of 4-hydroxy-cyclophosphamide, which the liver and bladder meet.
One compartment with enzyme turnover (structure of de Jonge 2005); 4-hydroxy-cyclophosphamide is limited by its
formation and therefore algebraic. Part of it leaves as a conjugate with glutathione, so that its level rises from day
to day beyond its formation while a course uses glutathione up.
"""

from typing import NamedTuple

from regraft.core.arrays import Record
from regraft.core.kernels import kernel


class Cyclophosphamide(NamedTuple):
    """Amount in the body and inducible enzyme (1 at rest); as rates per day."""

    amount_mg: float
    enzyme: float


@kernel
def cyclophosphamide_mg_per_l(c: Cyclophosphamide, p: Record) -> float:
    """Level of the parent drug."""
    return c.amount_mg / (p.cyclophosphamide_volume_l * p.patient_weight_kg / 70.0)


@kernel
def _clearance_l_per_day(c: Cyclophosphamide, p: Record) -> float:
    share = p.cyclophosphamide_inducible_fraction
    return 24.0 * p.cyclophosphamide_clearance_l_per_h * (1.0 - share + share * c.enzyme)


@kernel
def activated_mg_per_kg_per_day(c: Cyclophosphamide, p: Record) -> float:
    """Flux through clearance per body weight: its integral is the dose."""
    if c.amount_mg <= 0.0:
        return 0.0
    return _clearance_l_per_day(c, p) * cyclophosphamide_mg_per_l(c, p) / p.patient_weight_kg


@kernel
def hydroxy_mg_per_l(c: Cyclophosphamide, glutathione: float, p: Record) -> float:
    """Level of 4-hydroxy-cyclophosphamide at a store of `glutathione` (1 at rest)."""
    if c.amount_mg <= 0.0:
        return 0.0
    conjugated = p.cyclophosphamide_hydroxy_glutathione_share
    formed = p.cyclophosphamide_hydroxy_ratio * c.enzyme * cyclophosphamide_mg_per_l(c, p)
    return formed / (1.0 - conjugated + conjugated * glutathione)


@kernel
def cyclophosphamide_rates(
    c: Cyclophosphamide, infusion_mg_per_day: float, phenytoin: float, p: Record
) -> Cyclophosphamide:
    """Rates of change; `phenytoin` is 1 while it is given, else 0: it multiplies the clearance of a body at rest."""
    level = cyclophosphamide_mg_per_l(c, p)
    induced = 1.0 + p.cyclophosphamide_induction_maximum * level / (level + p.cyclophosphamide_induction_half_mg_per_l)
    induced += phenytoin * (p.cyclophosphamide_phenytoin_factor - 1.0) / p.cyclophosphamide_inducible_fraction
    return Cyclophosphamide(
        infusion_mg_per_day - _clearance_l_per_day(c, p) * level,
        p.cyclophosphamide_enzyme_turnover_per_day * (induced - c.enzyme),
    )
