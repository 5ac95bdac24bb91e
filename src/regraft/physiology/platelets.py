"""Platelets: megakaryocytes mature from progenitors, platelets are made, live and are used up.

Reads the progenitor pool, and consumption by a congested liver; hands on the count (own and transfused together).
"""

from math import exp, log
from typing import NamedTuple

from regraft.core.arrays import Record
from regraft.core.kernels import kernel


class Platelets(NamedTuple):
    """Three stages of megakaryocytes (fractions of normal) and platelets in blood; as rates per day."""

    transit1: float
    transit2: float
    transit3: float
    count_1e9_per_l: float


@kernel
def platelet_rates(s: Platelets, progenitors: float, kill_per_day: float, consumption: float, p: Record) -> Platelets:
    """Rates of change; `kill_per_day` is that of progenitors, `consumption` the extra relative loss, 0 in health."""
    step = 3.0 / p.platelets_transit_days
    hunger = exp(p.platelets_feedback_exponent * log(p.platelets_count_1e9_per_l / max(s.count_1e9_per_l, 0.1)))
    hunger = min(max(hunger, p.platelets_feedback_minimum), p.platelets_feedback_maximum)
    made = p.platelets_count_1e9_per_l * s.transit3 * hunger
    return Platelets(
        step * (progenitors - s.transit1) - p.platelets_precursor_kill_share * kill_per_day * s.transit1,
        step * (s.transit1 - s.transit2),
        step * (s.transit2 - s.transit3),
        p.platelets_loss_per_day * (made - (1.0 + consumption) * s.count_1e9_per_l),
    )


@kernel
def platelets_at_rest(p: Record) -> Platelets:
    """State in health."""
    return Platelets(1.0, 1.0, 1.0, p.platelets_count_1e9_per_l)
