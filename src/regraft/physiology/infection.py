"""Infection: hazards that follow the neutrophils, the lining of the gut and the CD4 count, one day at a time.

Reads counts, mucositis and what is given to prevent infection; writes events and, while it lasts, fever and sepsis,
which the liver, the kidney and the platelets feel. Every decision has its own random address (day, slot).
"""

from math import exp
from typing import NamedTuple

from regraft.clinical.complications import Complication
from regraft.core.arrays import Record
from regraft.core.kernels import kernel
from regraft.core.streams import Purpose, uniforms4
from regraft.core.units import DAYS_PER_YEAR
from regraft.physiology.fitness import frailty
from regraft.physiology.lymphocytes import cd4_per_ul
from regraft.physiology.signs import neutrophils_1e9_per_l, record, runs_into, write_episode
from regraft.physiology.world import Body, Episode, Input, Memory, Tally, code, lymphocytes_of, mucosa_of

_INFECTION = code(Purpose.INFECTION)
_FEBRILE, _BACTERAEMIA = code(Complication.FEBRILE_NEUTROPENIA), code(Complication.BACTERAEMIA)
_SEPSIS, _CMV, _EBV = (
    code(Complication.SEPSIS),
    code(Complication.CMV_REACTIVATION),
    code(Complication.EBV_REACTIVATION),
)
_PTLD, _URINARY = code(Complication.LYMPHOPROLIFERATIVE_DISORDER), code(Complication.URINARY_INFECTION)
_OTHER, _FUNGAL, _BK = (
    code(Complication.OTHER_INFECTION),
    code(Complication.FUNGAL_INFECTION),
    code(Complication.VIRAL_CYSTITIS),
)
# addresses of the variates: blocks of four, and the step of what is decided once
_FEVER, _VIRUSES, _INFECTIONS, _FUNGI, _CARRIER, _ONCE = code(0), code(1), code(2), code(3), code(100), code(0)
_BLADDER = code(4)


class Prophylaxis(NamedTuple):
    """What is given against infection, each 0 or 1; aciclovir in days from reinfusion."""

    antibacterial: float
    antifungal: float
    letermovir: float
    steroid: float
    aciclovir_days: float
    cotrimoxazole_days: float


@kernel
def _takes_over_drug_fever(body: Body, day: float, until: float) -> bool:
    """Code a fever of antithymocyte globulin that runs into this one as one episode of febrile neutropenia."""
    row = int(body.memory[Memory.ATG_FEVER_ROW]) - 1
    if row < 0:
        return False
    event = body.events[row]
    if not runs_into(event[Episode.FIRST_DAY], event[Episode.LAST_DAY], day):
        return False
    body.memory[Memory.ATG_FEVER_ROW] = 0.0
    write_episode(body, row, _FEBRILE, day, until, 3.0)
    return True


@kernel
def _neutropenic(body: Body, guard: Prophylaxis, p: Record) -> None:
    """A day with few neutrophils: fever, bacteria in the blood, sepsis."""
    day, memory = body.tally[Tally.DAY], body.memory
    count = neutrophils_1e9_per_l(body, p)
    if count >= p.infection_neutropenia_1e9_per_l:
        return
    onset, kind, course, length = uniforms4(body.seed, body.patient, _INFECTION, int(day), _FEVER)
    if memory[Memory.FEVER_UNTIL] > day:
        return
    open_lining = 1.0 - mucosa_of(body.state).lining
    hazard = p.infection_fever_per_day * (1.0 + p.infection_mucositis_gain * open_lining)
    hazard *= p.infection_profound_factor if count < p.infection_profound_neutropenia_1e9_per_l else 1.0
    hazard *= p.infection_antibacterial_factor if guard.antibacterial > 0.5 else 1.0
    if onset > 1.0 - exp(-hazard):
        return
    until = day + p.infection_fever_lasts_days + p.infection_fever_range_days * length
    memory[Memory.FEVER_UNTIL] = until
    if not _takes_over_drug_fever(body, day, until):
        record(body, _FEBRILE, day, until, 3.0)
    positive = p.infection_bacteraemia_fraction
    positive *= p.infection_quinolone_bacteraemia_factor if guard.antibacterial > 0.5 else 1.0
    if kind < positive:
        record(body, _BACTERAEMIA, day, until, 3.0)
    risk = p.infection_sepsis_fraction * (1.0 + open_lining) * frailty(body, p)
    if course < risk:
        memory[Memory.SEPSIS_UNTIL] = day + p.infection_sepsis_lasts_days + p.infection_sepsis_range_days * length
        record(body, _SEPSIS, day, memory[Memory.SEPSIS_UNTIL], 4.0)


@kernel
def _fungi(body: Body, guard: Prophylaxis, p: Record) -> None:
    """Invasive fungal infection on a day with few neutrophils: rarer under azoles, commoner through an open lining."""
    day, memory = body.tally[Tally.DAY], body.memory
    if neutrophils_1e9_per_l(body, p) >= p.infection_neutropenia_1e9_per_l or memory[Memory.FUNGAL_UNTIL] > 0.0:
        return
    onset, length, _, _ = uniforms4(body.seed, body.patient, _INFECTION, int(day), _FUNGI)
    open_lining = 1.0 - mucosa_of(body.state).lining
    hazard = p.infection_fungal_per_day * (1.0 + p.infection_mucositis_gain * open_lining)
    hazard *= p.infection_antifungal_factor if guard.antifungal > 0.5 else 1.0
    if onset < 1.0 - exp(-hazard):
        memory[Memory.FUNGAL_UNTIL] = day + p.infection_fungal_lasts_days + p.infection_fungal_range_days * length
        record(body, _FUNGAL, day, memory[Memory.FUNGAL_UNTIL], 3.0)
        until = day + p.infection_fever_lasts_days + p.infection_fever_range_days * length
        if memory[Memory.FEVER_UNTIL] < until:  # the fever by which it is found
            memory[Memory.FEVER_UNTIL] = until
            if not _takes_over_drug_fever(body, day, until):
                record(body, _FEBRILE, day, until, 3.0)


@kernel
def lack_of_cd4(cd4: float, p: Record) -> float:
    """How much the lack of CD4+ cells raises the hazard of a latent virus: about 1 at 150 per microlitre."""
    return p.infection_cd4_reference_per_ul / (max(cd4, 0.0) + p.infection_cd4_offset_per_ul)


@kernel
def infection_rate_per_year(cd4: float, bladder_grade: float, p: Record) -> float:
    """Rate of infections outside neutropenia at a CD4 count; a neurogenic bladder adds urinary infections."""
    lack = min(lack_of_cd4(cd4, p), p.infection_lack_maximum)
    base = p.infection_other_per_year * lack**p.infection_cd4_power
    return base * (p.infection_bladder_factor if bladder_grade >= p.infection_bladder_grade else 1.0)


@kernel
def cmv_season(days_since_graft: float, p: Record) -> float:
    """How near CMV is to the height of its hazard: it rises some weeks after reinfusion and fades from then on."""
    risen = 1.0 / (1.0 + exp(-(days_since_graft - p.infection_cmv_rise_days) / p.infection_cmv_rise_width_days))
    late = max(0.0, days_since_graft - p.infection_cmv_fades_from_days)
    return risen * exp(-late / p.infection_cmv_fading_days)


@kernel
def _reactivations(body: Body, cd4: float, guard: Prophylaxis, p: Record) -> None:
    """Reactivation of CMV, EBV and BK virus once each, by the lack of CD4+ cells; CMV has its weeks."""
    day, memory = body.tally[Tally.DAY], body.memory
    cmv, ebv, growth, _ = uniforms4(body.seed, body.patient, _INFECTION, int(day), _VIRUSES)
    carrier, _, _, _ = uniforms4(body.seed, body.patient, _INFECTION, _ONCE, _CARRIER)
    lack = lack_of_cd4(cd4, p)
    had = int(memory[Memory.VIRUSES])
    cmv_hazard = p.infection_cmv_per_day * lack * cmv_season(day - body.tally[Tally.TRANSPLANT_DAY], p)
    cmv_hazard *= p.infection_letermovir_factor if guard.letermovir > 0.5 else 1.0
    if had % 2 == 0 and carrier < p.infection_cmv_carriers and cmv < 1.0 - exp(-cmv_hazard):
        had += 1
        record(body, _CMV, day, day + p.infection_cmv_lasts_days, 2.0)
    if had < 2 and ebv < 1.0 - exp(-p.infection_ebv_per_day * lack):
        had += 2
        record(body, _EBV, day, day + p.infection_ebv_lasts_days, 2.0)
        if growth < p.infection_lymphoproliferation_fraction:
            had += 4
            begin = day + p.infection_lymphoproliferation_after_days
            record(body, _PTLD, begin, begin + p.infection_lymphoproliferation_lasts_days, 4.0)
    memory[Memory.VIRUSES] = float(had)
    bk, length, depth, _ = uniforms4(body.seed, body.patient, _INFECTION, int(day), _BLADDER)
    stasis = p.infection_bk_bladder_factor if body.tally[Tally.BLADDER_GRADE] >= p.infection_bladder_grade else 1.0
    if memory[Memory.BK_UNTIL] == 0.0 and bk < 1.0 - exp(-p.infection_bk_per_day * lack * stasis):
        memory[Memory.BK_UNTIL] = day + p.infection_bk_lasts_days + p.infection_bk_range_days * length
        record(body, _BK, day, memory[Memory.BK_UNTIL], 2.0 if depth < p.infection_bk_mild_fraction else 3.0)


@kernel
def infection_day(body: Body, guard: Prophylaxis, p: Record) -> None:
    """What infection does on the present day."""
    tally, memory = body.tally, body.memory
    day = tally[Tally.DAY]
    _neutropenic(body, guard, p)
    _fungi(body, guard, p)
    cd4 = cd4_per_ul(lymphocytes_of(body.state))
    if day >= tally[Tally.TRANSPLANT_DAY]:  # false before reinfusion: the day is not a number
        _reactivations(body, cd4, guard, p)
        onset, site, length, _ = uniforms4(body.seed, body.patient, _INFECTION, int(day), _INFECTIONS)
        rate = infection_rate_per_year(cd4, tally[Tally.BLADDER_GRADE], p) / DAYS_PER_YEAR
        if onset < 1.0 - exp(-rate):
            code = _URINARY if site < p.infection_urinary_fraction else _OTHER
            record(body, code, day, day + p.infection_other_lasts_days + p.infection_other_range_days * length, 2.0)
    body.inputs[Input.SEPSIS] = 1.0 if memory[Memory.SEPSIS_UNTIL] > day else 0.0
