"""Granulocyte colony-stimulating factor: absorbed from under the skin, cleared by kidney and by neutrophils.

Reads filgrastim doses (micrograms into the depot) and the neutrophil count; hands on the blood level and a delayed
effect between 0 and 1 that drives marrow and stem-cell release. One compartment with a saturable clearance that grows
with the neutrophil mass (structure after Krzyzanski 2010); effect saturable, never the power law of endogenous
feedback, which must not be extrapolated to filgrastim levels.
"""

from math import exp, log
from typing import NamedTuple

from regraft.core.arrays import Record
from regraft.core.kernels import kernel


class Gcsf(NamedTuple):
    """Amounts and effect; as rates, the same per day."""

    depot_ug: float
    central_ug: float
    effect: float


@kernel
def gcsf_ng_per_ml(g: Gcsf, p: Record) -> float:
    """Level in blood [ng/mL]."""
    return max(g.central_ug, 0.0) / p.gcsf_volume_l


@kernel
def gcsf_rates(g: Gcsf, neutrophil_ratio: float, p: Record) -> Gcsf:
    """Rates of change at a neutrophil count of `neutrophil_ratio` times the patient's own baseline."""
    level = gcsf_ng_per_ml(g, p)
    saturation = 1.0 + level / p.gcsf_receptor_saturation_ng_per_ml
    clearance = 24.0 * (
        p.gcsf_linear_clearance_l_per_h + p.gcsf_receptor_clearance_l_per_h * neutrophil_ratio / saturation
    )
    own = 24.0 * (p.gcsf_linear_clearance_l_per_h + p.gcsf_receptor_clearance_l_per_h) * p.gcsf_endogenous_ng_per_ml
    absorbed = 24.0 * p.gcsf_absorption_per_h * g.depot_ug
    return Gcsf(
        -absorbed,
        p.gcsf_bioavailability * absorbed + own - clearance * level,
        p.gcsf_effect_per_day * (stimulation(level, p) - g.effect),
    )


@kernel
def excess_ng_per_ml(level_ng_per_ml: float, p: Record) -> float:
    """What is above the patient's own level, whose effect is part of every baseline."""
    return max(level_ng_per_ml - p.gcsf_endogenous_ng_per_ml, 0.0)


@kernel
def stimulation(level_ng_per_ml: float, p: Record) -> float:
    """Saturable effect, 0 to 1, of a steady level."""
    excess = excess_ng_per_ml(level_ng_per_ml, p)
    if excess <= 0.0:
        return 0.0
    return 1.0 / (1.0 + exp(-p.gcsf_hill * log(excess / p.gcsf_half_effect_ng_per_ml)))


@kernel
def gcsf_at_rest(p: Record) -> Gcsf:
    """State before any filgrastim."""
    return Gcsf(0.0, p.gcsf_endogenous_ng_per_ml * p.gcsf_volume_l, 0.0)
