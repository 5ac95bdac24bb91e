"""Death during treatment: competing hazards of the day, each from its own organ, never from a published mortality.

Reads the liver, sepsis, viruses, platelets, age and disability; writes day and cause. The causes draw apart, so that a
change of one leaves the fate by the others as it was.
"""

from math import exp

from regraft.clinical.complications import Complication, DeathCause
from regraft.core.arrays import Record
from regraft.core.kernels import kernel
from regraft.core.streams import Purpose, uniforms4
from regraft.physiology.fitness import frailty
from regraft.physiology.infection import lack_of_cd4
from regraft.physiology.lymphocytes import cd4_per_ul
from regraft.physiology.organ_failure import failing_organs
from regraft.physiology.platelets import platelets_1e9_per_l
from regraft.physiology.signs import OBSTRUCTION, record, runs_into
from regraft.physiology.world import Body, Input, Memory, Tally, code, lymphocytes_of, platelets_of

_LATE = code(Purpose.LATE_EFFECTS)
_HAEMORRHAGE, _UNKNOWN = code(Complication.HAEMORRHAGE), code(Complication.DEATH_NOT_SPECIFIED)
_ORGANS, _OBSTRUCTED = code(Complication.MULTI_ORGAN_DYSFUNCTION), code(Complication.SINUSOIDAL_OBSTRUCTION)
_NECROSIS, _HEPATIC_FAILURE = code(Complication.LIVER_NECROSIS), code(Complication.HEPATIC_FAILURE)
_SEPSIS, _FUNGAL = code(Complication.SEPSIS), code(Complication.FUNGAL_INFECTION)
_CMV, _EBV = code(Complication.CMV_REACTIVATION), code(Complication.EBV_REACTIVATION)
_PROLIFERATION = code(Complication.LYMPHOPROLIFERATIVE_DISORDER)
_BY_LIVER, _BY_SEPSIS, _BY_VIRUS = code(DeathCause.LIVER), code(DeathCause.SEPSIS), code(DeathCause.VIRAL)
_BY_HAEMORRHAGE, _BY_OTHER = code(DeathCause.HAEMORRHAGE), code(DeathCause.OTHER)
_FOUR_CAUSES, _OTHER_CAUSES = code(0), code(1)  # addresses of the variates


@kernel
def liver_hazard_per_day(body: Body, p: Record) -> float:
    """Hazard of death by liver and multi-organ failure."""
    excess = max(0.0, body.state[OBSTRUCTION] - p.mortality_obstruction_threshold)
    hazard = p.mortality_obstruction_per_day * excess * excess
    begun = body.memory[Memory.NECROSIS]
    if begun > 0.5 and body.tally[Tally.DAY] - begun < p.mortality_necrosis_days:
        hazard += p.mortality_necrosis_per_day
    if body.memory[Memory.LIVER_ROW] > 0.5:
        hazard += p.mortality_organ_failure_per_day * max(0.0, failing_organs(body, p) - 1.0)
    return hazard


@kernel
def sepsis_hazard_per_day(body: Body, p: Record) -> float:
    """Hazard of death by sepsis or fungal infection."""
    hazard = p.mortality_sepsis_per_day * frailty(body, p) if body.inputs[Input.SEPSIS] > 0.5 else 0.0
    if body.memory[Memory.FUNGAL_UNTIL] > body.tally[Tally.DAY]:
        hazard += p.mortality_fungal_per_day * frailty(body, p)
    return hazard


@kernel
def viral_hazard_per_day(body: Body, p: Record) -> float:
    """Hazard of death by virus: small while CD4+ cells lack, larger with a lymphoproliferative disorder."""
    if body.memory[Memory.VIRUSES] < 0.5:
        return 0.0
    lack = lack_of_cd4(cd4_per_ul(lymphocytes_of(body.state)), p)
    factor = p.mortality_lymphoproliferation_factor if body.memory[Memory.VIRUSES] > 3.5 else 1.0
    return p.mortality_viral_per_day * lack * factor


@kernel
def haemorrhage_hazard_per_day(body: Body, p: Record) -> float:
    """Hazard of fatal bleeding: with very few platelets, more under defibrotide."""
    lack = 1.0 - platelets_1e9_per_l(platelets_of(body.state)) / p.mortality_haemorrhage_platelets_1e9_per_l
    treated = p.care_defibrotide_bleeding_factor if body.inputs[Input.DEFIBROTIDE] > 0.5 else 1.0
    return p.mortality_haemorrhage_per_day * treated * max(0.0, lack)


@kernel
def other_hazard_per_day(body: Body, p: Record) -> float:
    """Hazard of heart, lung and all else while under treatment."""
    share = 1.0 if body.inputs[Input.CONDITIONED] > 0.5 else p.mortality_other_before_conditioning_share
    return p.mortality_other_per_day * frailty(body, p) * share


@kernel
def _running(body: Body, kind: int) -> int:
    """Row of the latest event of a kind that goes on today or ended yesterday; -1 without one."""
    for row in range(int(body.tally[Tally.EVENTS]) - 1, -1, -1):
        event = body.events[row]
        if event[0] == kind and runs_into(event[1], event[2], body.tally[Tally.DAY]):
            return row
    return -1


@kernel
def _die(body: Body, cause: int, row: int, otherwise: int) -> None:
    """Die today of the event in `row`; without one, of an event `otherwise` that is first seen today."""
    day = body.tally[Tally.DAY]
    killer = row if row >= 0 else record(body, otherwise, day, day, 5.0)
    body.tally[Tally.DEATH_DAY], body.tally[Tally.DEATH_CAUSE] = day, float(cause)
    body.tally[Tally.FATAL_ROW] = float(killer)


@kernel
def _die_of_liver(body: Body) -> None:
    row = max(_running(body, _ORGANS), _running(body, _OBSTRUCTED), _running(body, _NECROSIS))
    _die(body, _BY_LIVER, row, _HEPATIC_FAILURE)


@kernel
def _die_of_virus(body: Body) -> None:
    row = _running(body, _PROLIFERATION)
    if row < 0:
        row = max(_running(body, _CMV), _running(body, _EBV))
    _die(body, _BY_VIRUS, row, _CMV if int(body.memory[Memory.VIRUSES]) % 2 == 1 else _EBV)


@kernel
def mortality_day(body: Body, p: Record) -> None:
    """Ask whether the present day is the last."""
    day, care = body.tally[Tally.DAY], p.mortality_centre_and_era_factor
    liver, sepsis, viral, bleeding = uniforms4(body.seed, body.patient, _LATE, int(day), _FOUR_CAUSES)
    other, _, _, _ = uniforms4(body.seed, body.patient, _LATE, int(day), _OTHER_CAUSES)
    if liver < 1.0 - exp(-care * liver_hazard_per_day(body, p)):
        _die_of_liver(body)
    elif sepsis < 1.0 - exp(-care * sepsis_hazard_per_day(body, p)):
        _die(body, _BY_SEPSIS, max(_running(body, _SEPSIS), _running(body, _FUNGAL)), _SEPSIS)
    elif viral < 1.0 - exp(-care * viral_hazard_per_day(body, p)):
        _die_of_virus(body)
    elif bleeding < 1.0 - exp(-care * haemorrhage_hazard_per_day(body, p)):
        _die(body, _BY_HAEMORRHAGE, -1, _HAEMORRHAGE)
    elif other < 1.0 - exp(-care * other_hazard_per_day(body, p)):
        _die(body, _BY_OTHER, -1, _UNKNOWN)


@kernel
def is_alive(body: Body) -> bool:
    """Whether the patient lives."""
    return not body.tally[Tally.DEATH_DAY] <= body.tally[Tally.DAY]
