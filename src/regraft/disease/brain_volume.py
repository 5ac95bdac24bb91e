"""Brain volume and two proteins in blood: ageing, tissue lost to lesions, chemotherapy, and smouldering.

Every lesion commits tissue that disappears over the next year; conditioning commits more, in proportion to the busulfan
exposure where busulfan is used. The tissue of lesions goes no faster than a bounded pace, however many there are. These
pools, normal ageing and smouldering add up, and all four slow as what a brain can lose runs out. Neurofilament light
and GFAP are released at the pace of loss and cleared with their half-lives.

Reads: age, new lesions, smouldering multiplier and drug effect, conditioning. Hands on: volume change since onset,
neurofilament and GFAP, to scans and laboratory.

Sources: Lee 2017 (Ottawa), Thebault 2020 (Ottawa), De Stefano 2016; see library/parameters/disease/brain_volume.toml.
"""

from math import exp, log, sqrt

from regraft.core.arrays import Floats, Record
from regraft.core.kernels import kernel
from regraft.core.units import DAYS_PER_WEEK, YEARS_PER_WEEK
from regraft.disease.crowding import bounded_pace, share_left
from regraft.disease.layout import Regimen, State
from regraft.disease.variant import autonomy


@kernel
def begin_brain(p: Record, state: Floats) -> None:
    """Start at zero change, with the proteins at a healthy level."""
    state[State.TISSUE_DECAY] = exp(-DAYS_PER_WEEK / p.brain_volume_tissue_release_days)
    state[State.CHEMOTHERAPY_DECAY] = exp(-DAYS_PER_WEEK / p.brain_volume_chemotherapy_release_days)
    state[State.NEUROFILAMENT_DECAY] = exp(-DAYS_PER_WEEK * log(2.0) / p.brain_volume_neurofilament_half_life_days)
    state[State.GFAP_DECAY] = exp(-DAYS_PER_WEEK * log(2.0) / p.brain_volume_gfap_half_life_days)
    state[State.TISSUE_POOL] = 0.0
    state[State.CHEMOTHERAPY_POOL] = 0.0
    state[State.BRAIN_VOLUME] = 0.0
    state[State.NEUROFILAMENT] = p.brain_volume_healthy_neurofilament
    state[State.GFAP] = p.brain_volume_healthy_gfap


@kernel
def shrink(p: Record, age_years: float, lesions: int, drug_effect: float, state: Floats) -> float:
    """Live one week of volume loss and of protein turnover; return what conditioning took [%].

    `drug_effect` is that on smouldering.
    """
    left = share_left(-state[State.BRAIN_VOLUME], p.brain_volume_greatest_loss_pct)
    tissue = state[State.TISSUE_POOL] * (1.0 - state[State.TISSUE_DECAY])
    chemotherapy = state[State.CHEMOTHERAPY_POOL] * (1.0 - state[State.CHEMOTHERAPY_DECAY])
    state[State.TISSUE_POOL] += lesions * p.brain_volume_lesion_loss_pct * p.variant_peripheral_weight - tissue
    state[State.CHEMOTHERAPY_POOL] -= chemotherapy
    fastest = p.brain_volume_fastest_tissue_pct_per_year * YEARS_PER_WEEK
    tissue = left * bounded_pace(tissue, fastest)
    chemotherapy *= left
    ageing = (
        left * p.brain_volume_ageing_pct_per_year * max(0.3, 1.0 + p.brain_volume_ageing_slope * (age_years - 35.0))
    )
    relative = state[State.SMOULDERING_RATE] / p.brain_volume_smouldering_reference
    smouldering = left * p.brain_volume_smouldering_pct_per_year * sqrt(relative)
    smouldering *= autonomy(p, drug_effect, state)
    state[State.BRAIN_VOLUME] -= tissue + chemotherapy + (ageing + smouldering) * YEARS_PER_WEEK
    axons = tissue / YEARS_PER_WEEK + smouldering  # per cent a year
    poison = chemotherapy / YEARS_PER_WEEK
    older = max(0.5, 1.0 + p.brain_volume_protein_age_slope * (age_years - 35.0))
    aim = p.brain_volume_healthy_neurofilament * older + p.brain_volume_neurofilament_per_loss * axons
    aim += p.brain_volume_neurofilament_per_chemotherapy * poison
    state[State.NEUROFILAMENT] = aim + (state[State.NEUROFILAMENT] - aim) * state[State.NEUROFILAMENT_DECAY]
    aim = p.brain_volume_healthy_gfap * older + p.brain_volume_gfap_per_loss * axons
    aim += p.brain_volume_gfap_per_chemotherapy * poison
    state[State.GFAP] = aim + (state[State.GFAP] - aim) * state[State.GFAP_DECAY]
    return chemotherapy


@kernel
def poison_brain(p: Record, regimen: int, busulfan_auc_mg_h_per_l: float, state: Floats) -> None:
    """Commit the volume that conditioning takes; it goes over the following years."""
    loss = 0.0
    if regimen == Regimen.BUSULFAN:
        exposure = busulfan_auc_mg_h_per_l / p.brain_volume_busulfan_reference_auc
        loss = p.brain_volume_busulfan_loss_pct * (exposure if exposure > 0.0 else 1.0)
    elif regimen == Regimen.BEAM:
        loss = p.brain_volume_beam_loss_pct
    elif regimen == Regimen.CYCLOPHOSPHAMIDE:
        loss = p.brain_volume_cyclophosphamide_loss_pct
    elif regimen == Regimen.TOTAL_BODY_IRRADIATION:
        loss = p.brain_volume_irradiation_loss_pct
        state[State.CHEMOTHERAPY_DECAY] = exp(-DAYS_PER_WEEK / p.brain_volume_irradiation_release_days)
    state[State.CHEMOTHERAPY_POOL] += loss
