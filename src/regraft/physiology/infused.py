"""A drug by vein in one compartment, in closed form between the start and the end of an infusion.

Reads doses as the clinic gives them; hands on the amount in the body at any later time. Used by the drugs whose
elimination is linear and that nothing in the body feeds back on: BEAM and the antibodies but ATG. A register takes no
state of the equations, so that regimens without these drugs pay nothing for them.
"""

from math import exp
from typing import NamedTuple

from regraft.core.kernels import kernel


class Infused(NamedTuple):
    """Amount at `since_day` and what holds until `ends_day`; all zero: never given."""

    since_day: float
    amount_mg: float
    rate_mg_per_day: float
    ends_day: float
    elimination_per_day: float


@kernel
def infused_mg(i: Infused, t: float) -> float:
    """Amount in the body at time t, from `since_day` to `ends_day` of a running infusion."""
    if i.elimination_per_day <= 0.0 or (i.amount_mg <= 0.0 and i.rate_mg_per_day <= 0.0):
        return 0.0
    steady = i.rate_mg_per_day / i.elimination_per_day
    return steady + (i.amount_mg - steady) * exp(-i.elimination_per_day * (t - i.since_day))


@kernel
def infuse(i: Infused, t: float, dose_mg: float, days: float, elimination_per_day: float) -> Infused:
    """Start an infusion at time t; one that still runs is taken to end with it, its amount to come included."""
    left = max(i.ends_day - t, 0.0) * i.rate_mg_per_day
    return Infused(t, infused_mg(i, t), (dose_mg + left) / days, t + days, elimination_per_day)


@kernel
def stop_infusion(i: Infused, t: float) -> Infused:
    """The register at the end of an infusion."""
    return Infused(t, infused_mg(i, t), 0.0, 0.0, i.elimination_per_day)


@kernel
def clearance_as_elimination(clearance_l_per_h: float, volume_l: float) -> float:
    """Elimination per day from clearance and volume."""
    return 24.0 * clearance_l_per_h / volume_l
