"""The liver: glutathione is used up, sinusoids are injured, flow is blocked, and signs follow. Simulated for everyone.

Reads busulfan level, 4-hydroxy-cyclophosphamide, sepsis and fluid given; hands on bilirubin, ALT, weight, ascites,
creatinine and the loss of platelets. Nobody is labelled as a case: criteria for sinusoidal obstruction read the signs,
which sepsis, fluid and ordinary drug effects raise too. Patients differ widely in how much injury one exposure does
(`liver_susceptibility`); exposure times susceptibility decides, so that variable absorption of oral busulfan costs
livers that the same dose by vein spares. Tense ascites is drained, and fluid beyond what people live with is filtered.
"""

from typing import NamedTuple

from regraft.core.arrays import Record
from regraft.core.kernels import kernel

_STAGES = 6.0  # from injury to blocked flow, as many as `Liver` has


class Liver(NamedTuple):
    """Glutathione (1 at rest), injury, the way from it to blocked flow (0 at rest), and what is measured.

    As rates per day.

    Injured endothelium is activated, swells, detaches and is deposited downstream, where the sinusoids narrow until
    their flow is blocked: six stages, so that signs come about two weeks after the injury rather than with it.
    Bilirubin [mg/dL], ALT and creatinine [times baseline], fluid [% of body weight], ascites [litres].
    """

    glutathione: float
    injury: float
    activation: float
    swelling: float
    detachment: float
    deposition: float
    narrowing: float
    obstruction: float
    bilirubin_mg_per_dl: float
    alt_ratio: float
    fluid_pct: float
    ascites_l: float
    creatinine_ratio: float


class Strain(NamedTuple):
    """What else bears on the signs: sepsis (0 to 1), fluid given [% per day], cholestatic drugs (0 or 1), ursodiol,
    leaking capillaries (0 to 1), defibrotide (0 or 1)."""  # noqa: D205, D209 - one sentence

    sepsis: float
    fluid_pct_per_day: float
    drugs: float
    ursodiol: float
    leak: float
    defibrotide: float


@kernel
def blocked_flow(injury: float, p: Record) -> float:
    """Obstruction that an injury leads to: none below the threshold, then in proportion."""
    excess = injury / p.liver_injury_threshold - 1.0
    return max(0.0, excess)


@kernel
def liver_rates(
    s: Liver, busulfan_mg_per_l: float, hydroxy_mg_per_l: float, other_toxicity: float, strain: Strain, p: Record
) -> Liver:
    """Rates of change; `other_toxicity` per day is that of other drugs and of radiation."""
    used = p.liver_glutathione_busulfan_l_per_mg_per_day * busulfan_mg_per_l
    used += p.liver_glutathione_hydroxy_l_per_mg_per_day * hydroxy_mg_per_l
    toxic = p.liver_busulfan_toxicity_l_per_mg_per_day * busulfan_mg_per_l
    toxic += p.liver_hydroxy_toxicity_l_per_mg_per_day * hydroxy_mg_per_l
    toxic += other_toxicity
    toxic *= p.liver_susceptibility / (s.glutathione + p.liver_glutathione_half)
    protected = p.liver_ursodiol_factor if strain.ursodiol > 0.5 else 1.0
    begun = blocked_flow(s.injury, p) * (p.liver_defibrotide_factor if strain.defibrotide > 0.5 else 1.0)
    opened = p.liver_defibrotide_clearance_per_day * strain.defibrotide
    pace = _STAGES / p.liver_obstruction_delay_days
    blocked = s.obstruction
    bile = (
        1.0 + p.liver_bilirubin_obstruction_fold * blocked * protected + p.liver_bilirubin_sepsis_fold * strain.sepsis
    )
    bile += p.liver_bilirubin_drug_fold * strain.drugs
    enzymes = 1.0 + p.liver_alt_injury_fold * toxic + p.liver_alt_obstruction_fold * blocked
    kidney = 1.0 + p.liver_creatinine_obstruction_fold * blocked + p.liver_creatinine_sepsis_fold * strain.sepsis
    retained = p.liver_fluid_obstruction_pct_per_day * blocked + p.liver_fluid_leak_pct_per_day * strain.leak
    retained += p.liver_fluid_sepsis_pct_per_day * strain.sepsis + p.liver_fluid_handling * strain.fluid_pct_per_day
    filtered = p.liver_fluid_removal_per_day * max(0.0, s.fluid_pct - p.liver_fluid_removed_from_pct)
    drained = p.liver_ascites_drainage_per_day * max(0.0, s.ascites_l - p.liver_ascites_drained_from_l)
    return Liver(
        p.liver_glutathione_recovery_per_day * (1.0 - s.glutathione) - used * s.glutathione,
        toxic - p.liver_repair_per_day * s.injury,
        pace * (begun - s.activation),
        pace * (s.activation - s.swelling),
        pace * (s.swelling - s.detachment),
        pace * (s.detachment - s.deposition),
        pace * (s.deposition - s.narrowing),
        pace * (s.narrowing - blocked) - opened * blocked,
        p.liver_bilirubin_clearance_per_day * (p.liver_bilirubin_mg_per_dl * bile - s.bilirubin_mg_per_dl),
        p.liver_alt_clearance_per_day * (enzymes - s.alt_ratio),
        retained - p.liver_fluid_excretion_per_day * s.fluid_pct - filtered,
        p.liver_ascites_l_per_day * blocked - p.liver_ascites_clearance_per_day * s.ascites_l - drained,
        p.liver_creatinine_clearance_per_day * (kidney - s.creatinine_ratio),
    )


@kernel
def liver_at_rest(p: Record) -> Liver:
    """State in health."""
    return Liver(1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, p.liver_bilirubin_mg_per_dl, 1.0, 0.0, 0.0, 1.0)


@kernel
def liver_pain(s: Liver, p: Record) -> float:
    """Painful enlargement, 0 or 1."""
    return 1.0 if s.obstruction > p.liver_pain_obstruction else 0.0
