"""Platelets: megakaryocytes mature from progenitors, platelets are made, age, and are used up.

Reads the progenitor pool, and consumption by a congested liver; hands on the count (own and transfused together). Two
ways out of the blood (Hanson and Slichter 1985): old age, after three stages of life, and a loss that is the same
number a day whatever the count, so that few platelets live shortly. When none are made the count falls nearly in a
straight line, and a sixth is left after ten days.
"""

from math import exp, log
from typing import NamedTuple

from regraft.core.arrays import Floats, Record
from regraft.core.kernels import kernel

AGES = 3  # stages of life of a platelet, as many as `Platelets` has


class Platelets(NamedTuple):
    """Three stages of megakaryocytes (fractions of normal) and of platelets in blood [1e9/L]; as rates per day."""

    transit1: float
    transit2: float
    transit3: float
    young_1e9_per_l: float
    middle_1e9_per_l: float
    old_1e9_per_l: float


@kernel
def platelets_1e9_per_l(s: Platelets) -> float:
    """The platelet count."""
    return s.young_1e9_per_l + s.middle_1e9_per_l + s.old_1e9_per_l


@kernel
def fixed_loss_per_day(count_1e9_per_l: float, p: Record) -> float:
    """Relative loss at a count by what is used up every day whatever the count; a few are always left."""
    used = p.platelets_fixed_loss_per_day * p.platelets_count_1e9_per_l
    return used / (count_1e9_per_l + p.platelets_fixed_loss_floor_1e9_per_l)


@kernel
def platelet_life_days(count_1e9_per_l: float, p: Record) -> float:
    """Mean life of a platelet at a steady count."""
    used, ageing = fixed_loss_per_day(count_1e9_per_l, p), AGES / p.platelets_life_days
    return (1.0 - (ageing / (ageing + used)) ** AGES) / used


@kernel
def platelet_rates(s: Platelets, progenitors: float, kill_per_day: float, consumption: float, p: Record) -> Platelets:
    """Rates of change; `kill_per_day` is that of progenitors, `consumption` the extra relative loss, 0 in health."""
    step, count = 3.0 / p.platelets_transit_days, platelets_1e9_per_l(s)
    hunger = exp(p.platelets_feedback_exponent * log(p.platelets_count_1e9_per_l / max(count, 0.1)))
    hunger = min(max(hunger, p.platelets_feedback_minimum), p.platelets_feedback_maximum)
    at_rest = p.platelets_count_1e9_per_l / platelet_life_days(p.platelets_count_1e9_per_l, p)
    ageing = AGES / p.platelets_life_days
    lost, killed = ageing + fixed_loss_per_day(count, p) + consumption, p.platelets_precursor_kill_share * kill_per_day
    return Platelets(
        step * (progenitors - s.transit1) - killed * s.transit1,
        step * (s.transit1 - s.transit2) - killed * s.transit2,
        step * (s.transit2 - s.transit3),
        at_rest * s.transit3 * hunger - lost * s.young_1e9_per_l,
        ageing * s.young_1e9_per_l - lost * s.middle_1e9_per_l,
        ageing * s.middle_1e9_per_l - lost * s.old_1e9_per_l,
    )


@kernel
def platelets_at_rest(p: Record) -> Platelets:
    """State in health."""
    count, ageing = p.platelets_count_1e9_per_l, AGES / p.platelets_life_days
    lost = ageing + fixed_loss_per_day(count, p)
    young = count / platelet_life_days(count, p) / lost
    middle = ageing * young / lost
    return Platelets(1.0, 1.0, 1.0, young, middle, ageing * middle / lost)


@kernel
def keep_platelets(y: Floats, first: int, share: float) -> None:
    """Leave a share of the platelets of every age in blood; `first` is where the young ones stand in the state."""
    for age in range(AGES):
        y[first + age] *= share


@kernel
def add_platelets(y: Floats, first: int, count_1e9_per_l: float) -> None:
    """Add transfused platelets, as many of each age; `first` is where the young ones stand in the state."""
    for age in range(AGES):
        y[first + age] += count_1e9_per_l / AGES
