"""Toxicity that strikes or spares.

Liver necrosis, leaking capillaries, engraftment syndrome, cystitis, mucositis, seizures,
bleeding, and nerves that conduct worse in fever.

Reads injury, exposures and counts of the day; writes events and changes what the organs feel. Serious busulfan toxicity
follows the injury of the endothelium (exposure times susceptibility): a hazard that grows with its fourth and third
power, so that it belongs to the highest exposures without being written into them.
"""

from math import exp
from typing import NamedTuple

from regraft.clinical.complications import Complication
from regraft.core.arrays import Record
from regraft.core.integrate import Pace
from regraft.core.kernels import kernel
from regraft.core.streams import Purpose, uniforms4
from regraft.physiology.busulfan import busulfan_mg_per_l
from regraft.physiology.cyclophosphamide import hydroxy_mg_per_l
from regraft.physiology.mucosa import mucositis_grade
from regraft.physiology.organ_failure import give_defibrotide, prolong, suspect_obstruction, watch_organs
from regraft.physiology.platelets import platelets_1e9_per_l
from regraft.physiology.signs import ALT, INJURY, OBSTRUCTION, is_febrile, record
from regraft.physiology.world import (
    Body,
    Episode,
    Input,
    Memory,
    Tally,
    busulfan_of,
    code,
    cyclophosphamide_of,
    liver_of,
    mucosa_of,
    platelets_of,
)

_LIVER_STREAM, _ENGRAFTMENT, _CONDITIONING = (
    code(Purpose.LIVER),
    code(Purpose.ENGRAFTMENT),
    code(Purpose.CONDITIONING),
)
_NECROSIS, _LEAK = code(Complication.LIVER_NECROSIS), code(Complication.CAPILLARY_LEAK)
_SYNDROME, _CYSTITIS = code(Complication.ENGRAFTMENT_SYNDROME), code(Complication.HAEMORRHAGIC_CYSTITIS)
_MUCOSITIS, _SEIZURE = code(Complication.MUCOSITIS), code(Complication.SEIZURE)
_BLEEDING, _WORSENING = code(Complication.MUCOSAL_BLEEDING), code(Complication.NEUROLOGICAL_WORSENING)
# addresses of the variates: blocks of four, and the step of what is decided once
_ENDOTHELIUM, _SYNDROME_BLOCK, _CYSTITIS_BLOCK, _ONCE = code(0), code(1), code(5), code(0)
_SEIZURE_BLOCK, _BLEEDING_BLOCK, _WORSENING_BLOCK = code(105), code(106), code(107)


class Protection(NamedTuple):
    """What is given against toxicity.

    Mesna and a drug against seizures (0 or 1), defibrotide (0 never, 1 on suspicion of
    obstruction, 2 from conditioning on)."""  # noqa: D209 - one sentence

    mesna: float
    seizure_prophylaxis: float
    defibrotide: float


@kernel
def _endothelium(body: Body, p: Record) -> None:
    """Necrosis of the liver and capillary leak, from the injury of the day."""
    day, memory, y = body.tally[Tally.DAY], body.memory, body.state
    ratio = y[INJURY] / p.liver_injury_threshold
    dead, leaky, length, _ = uniforms4(body.seed, body.patient, _LIVER_STREAM, int(day), _ENDOTHELIUM)
    if memory[Memory.NECROSIS] < 0.5 and dead < 1.0 - exp(-p.toxicity_necrosis_per_day * ratio**4):
        memory[Memory.NECROSIS] = day
        y[OBSTRUCTION] += p.toxicity_necrosis_obstruction
        y[ALT] += p.toxicity_necrosis_alt
        body.pace[Pace.STAGE_IS_FRESH] = 0.0
        record(body, _NECROSIS, day, day + p.toxicity_necrosis_lasts_days, 4.0)
    if memory[Memory.LEAK_UNTIL] == 0.0 and leaky < 1.0 - exp(-p.toxicity_leak_per_day * ratio**3):
        memory[Memory.LEAK_UNTIL] = day + p.toxicity_leak_lasts_days + p.toxicity_leak_range_days * length
        record(body, _LEAK, day, memory[Memory.LEAK_UNTIL], 3.0 if ratio < p.toxicity_leak_severe_ratio else 4.0)
    leak = p.toxicity_syndrome_leak if memory[Memory.SYNDROME_UNTIL] > day else 0.0
    body.inputs[Input.CAPILLARY_LEAK] = 1.0 if memory[Memory.LEAK_UNTIL] > day else leak


@kernel
def _mucositis(body: Body, p: Record) -> None:
    """Keep the event of one episode of mucositis of grade 2 or more."""
    day, memory = body.tally[Tally.DAY], body.memory
    grade = mucositis_grade(mucosa_of(body.state), p)
    row = int(memory[Memory.MUCOSITIS_ROW]) - 1
    if grade < 2.0:
        return
    if row < 0 or body.events[row, Episode.LAST_DAY] < day - p.toxicity_mucositis_gap_days:
        row = record(body, _MUCOSITIS, day, day + 1.0, grade)
        memory[Memory.MUCOSITIS_ROW] = row + 1.0
    if row >= 0:
        prolong(body, row, day, grade)


@kernel
def engraftment_syndrome(body: Body, steroid: float, radiation_gy: float, p: Record) -> None:
    """On the day neutrophils return: fever, rash and fluid without infection, in some."""
    day = body.tally[Tally.DAY]
    happens, length, _, _ = uniforms4(body.seed, body.patient, _ENGRAFTMENT, _ONCE, _SYNDROME_BLOCK)
    chance = p.toxicity_engraftment_syndrome_probability
    chance *= p.toxicity_engraftment_syndrome_steroid_factor if steroid > 0.5 else 1.0
    chance *= p.toxicity_engraftment_syndrome_radiation_factor if radiation_gy > 0.0 else 1.0
    if happens < chance:
        until = day + p.toxicity_syndrome_lasts_days + p.toxicity_syndrome_range_days * length
        body.memory[Memory.SYNDROME_UNTIL] = until
        record(body, _SYNDROME, day, until, 2.0)


@kernel
def cystitis(body: Body, mesna: float, p: Record) -> None:
    """Haemorrhagic cystitis on a day with activated cyclophosphamide; a bladder that keeps urine meets more of it."""
    day = body.tally[Tally.DAY]
    level = hydroxy_mg_per_l(cyclophosphamide_of(body.state), liver_of(body.state).glutathione, p)
    if level <= 0.0:
        return
    hazard = p.toxicity_cystitis_per_mg_per_l_and_day * level
    hazard *= p.toxicity_mesna_factor if mesna > 0.5 else 1.0
    hazard *= p.toxicity_bladder_factor if body.tally[Tally.BLADDER_GRADE] >= p.infection_bladder_grade else 1.0
    happens, length, depth, _ = uniforms4(body.seed, body.patient, _CONDITIONING, int(day), _CYSTITIS_BLOCK)
    if happens < 1.0 - exp(-hazard):
        until = day + 1.0 + p.toxicity_cystitis_lasts_days + p.toxicity_cystitis_range_days * length
        record(body, _CYSTITIS, day + 1.0, until, 2.0 if depth < p.toxicity_cystitis_mild_fraction else 3.0)


@kernel
def _seizure(body: Body, prophylaxis: float, p: Record) -> None:
    """A seizure on a day with busulfan in the blood; rare under prophylaxis."""
    day = body.tally[Tally.DAY]
    level = busulfan_mg_per_l(busulfan_of(body.inputs), day, p)
    if level <= 0.0:
        return
    hazard = p.toxicity_seizure_per_mg_per_l_and_day * level
    hazard *= p.toxicity_seizure_prophylaxis_factor if prophylaxis > 0.5 else 1.0
    happens, _, _, _ = uniforms4(body.seed, body.patient, _CONDITIONING, int(day), _SEIZURE_BLOCK)
    if happens < 1.0 - exp(-hazard):
        record(body, _SEIZURE, day, day + 1.0, 2.0)


@kernel
def _bleeding(body: Body, p: Record) -> None:
    """Bleeding of the mucosa while platelets lack: as often at any such count, but for the very lowest."""
    day, memory, count = body.tally[Tally.DAY], body.memory, platelets_1e9_per_l(platelets_of(body.state))
    if count >= p.toxicity_bleeding_platelets_1e9_per_l or memory[Memory.BLEEDING_UNTIL] > day:
        return
    hazard = p.toxicity_bleeding_per_day
    hazard *= p.toxicity_bleeding_lowest_factor if count <= p.toxicity_bleeding_lowest_platelets_1e9_per_l else 1.0
    hazard *= p.care_defibrotide_bleeding_factor if body.inputs[Input.DEFIBROTIDE] > 0.5 else 1.0
    happens, length, depth, _ = uniforms4(body.seed, body.patient, _CONDITIONING, int(day), _BLEEDING_BLOCK)
    if happens < 1.0 - exp(-hazard):
        memory[Memory.BLEEDING_UNTIL] = day + p.toxicity_bleeding_lasts_days + p.toxicity_bleeding_range_days * length
        grade = 2.0 if depth < p.toxicity_bleeding_mild_fraction else 3.0
        record(body, _BLEEDING, day, memory[Memory.BLEEDING_UNTIL], grade)


@kernel
def _worsening(body: Body, p: Record) -> None:
    """On a febrile day demyelinated nerves conduct worse, the more so the more disability there is; it passes."""
    day, memory = body.tally[Tally.DAY], body.memory
    if memory[Memory.WORSE_UNTIL] > day or not is_febrile(body, day, p):
        return
    happens, length, depth, _ = uniforms4(body.seed, body.patient, _CONDITIONING, int(day), _WORSENING_BLOCK)
    disabled = exp(p.toxicity_worsening_edss_effect * (body.tally[Tally.EDSS] - 4.0))
    hazard = p.toxicity_worsening_per_febrile_day * disabled
    if happens < 1.0 - exp(-hazard):
        memory[Memory.WORSE_UNTIL] = day + p.toxicity_worsening_lasts_days + p.toxicity_worsening_range_days * length
        grade = 2.0 if depth < p.toxicity_worsening_mild_fraction else 3.0
        record(body, _WORSENING, day, memory[Memory.WORSE_UNTIL], grade)


@kernel
def toxicity_day(body: Body, care: Protection, p: Record) -> None:
    """What toxicity does on the present day."""
    _mucositis(body, p)
    cystitis(body, care.mesna, p)
    _bleeding(body, p)
    _worsening(body, p)
    if body.inputs[Input.CONDITIONED] > 0.5:
        _seizure(body, care.seizure_prophylaxis, p)
        _endothelium(body, p)
        suspect_obstruction(body, p)
        watch_organs(body, p)
        give_defibrotide(body, care.defibrotide, p)
