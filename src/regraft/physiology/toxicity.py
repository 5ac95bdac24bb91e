"""Toxicity that strikes or spares: liver necrosis, leaking capillaries, engraftment syndrome, cystitis, mucositis.

Reads injury, exposures and counts of the day; writes events and changes what the organs feel. Serious busulfan toxicity
follows the injury of the endothelium (exposure times susceptibility): a hazard that grows with its fourth and third
power, so that it belongs to the highest exposures without being written into them.
"""

from math import exp
from typing import Any

from regraft.clinical.complications import Complication
from regraft.core.integrate import Pace
from regraft.core.kernels import kernel
from regraft.core.streams import Purpose, uniforms4
from regraft.physiology.cyclophosphamide import hydroxy_mg_per_l
from regraft.physiology.liver import liver_pain
from regraft.physiology.mucosa import mucositis_grade
from regraft.physiology.signs import INJURY, OBSTRUCTION, record
from regraft.physiology.world import LIVER, Body, Input, Memory, Tally, code, cyclophosphamide_of, liver_of, mucosa_of

_LIVER_STREAM, _ENGRAFTMENT, _CONDITIONING = (
    code(Purpose.LIVER),
    code(Purpose.ENGRAFTMENT),
    code(Purpose.CONDITIONING),
)
_NECROSIS, _LEAK = code(Complication.LIVER_NECROSIS), code(Complication.CAPILLARY_LEAK)
_SYNDROME, _CYSTITIS = code(Complication.ENGRAFTMENT_SYNDROME), code(Complication.HAEMORRHAGIC_CYSTITIS)
_MUCOSITIS, _OBSTRUCTED = code(Complication.MUCOSITIS), code(Complication.SINUSOIDAL_OBSTRUCTION)
_ALT = LIVER + 6
# addresses of the variates: blocks of four, and the step of what is decided once
_ENDOTHELIUM, _SYNDROME_BLOCK, _CYSTITIS_BLOCK, _ONCE = code(0), code(1), code(5), code(0)


@kernel
def _endothelium(body: Body, p: Any) -> None:
    """Necrosis of the liver and capillary leak, from the injury of the day."""
    day, memory, y = body.tally[Tally.DAY], body.memory, body.state
    ratio = y[INJURY] / p.liver_injury_threshold
    dead, leaky, length, _ = uniforms4(body.seed, body.patient, _LIVER_STREAM, int(day), _ENDOTHELIUM)
    if memory[Memory.NECROSIS] < 0.5 and dead < 1.0 - exp(-p.toxicity_necrosis_per_day * ratio**4):
        memory[Memory.NECROSIS] = day
        y[OBSTRUCTION] += p.toxicity_necrosis_obstruction
        y[_ALT] += p.toxicity_necrosis_alt
        body.pace[Pace.STAGE_IS_FRESH] = 0.0
        record(body, _NECROSIS, day, day + 28.0, 4.0)
    if memory[Memory.LEAK_UNTIL] == 0.0 and leaky < 1.0 - exp(-p.toxicity_leak_per_day * ratio**3):
        memory[Memory.LEAK_UNTIL] = day + 4.0 + 6.0 * length
        record(body, _LEAK, day, memory[Memory.LEAK_UNTIL], 3.0 if ratio < 1.0 else 4.0)
    body.inputs[Input.CAPILLARY_LEAK] = 1.0 if memory[Memory.LEAK_UNTIL] > day else 0.0


@kernel
def _obstruction(body: Body, p: Any) -> None:
    """Keep the event of the clinician's suspicion: bilirubin of 2 mg/dL and two signs of the liver."""
    day, memory, liver = body.tally[Tally.DAY], body.memory, liver_of(body.state)
    signs = liver_pain(liver, p)
    signs += 1.0 if liver.fluid_pct > 5.0 else 0.0
    signs += 1.0 if liver.ascites_l > 0.5 else 0.0
    suspected = liver.bilirubin_mg_per_dl >= 2.0 and signs >= 2.0
    row = int(memory[Memory.LIVER_ROW]) - 1
    if suspected and row < 0:
        row = record(body, _OBSTRUCTED, day, day + 1.0, 2.0)
        memory[Memory.LIVER_ROW] = row + 1.0
    if row < 0 or liver.bilirubin_mg_per_dl < 2.0:
        return
    grade = 2.0
    if liver.bilirubin_mg_per_dl >= 5.0 or liver.fluid_pct >= 10.0 or liver.creatinine_ratio >= 2.0:
        grade = 4.0
    elif liver.bilirubin_mg_per_dl >= 3.0:
        grade = 3.0
    body.events[row, 2] = day + 1.0
    body.events[row, 3] = max(body.events[row, 3], grade)


@kernel
def _mucositis(body: Body) -> None:
    """Keep the event of one episode of mucositis of grade 2 or more."""
    day, memory = body.tally[Tally.DAY], body.memory
    grade = mucositis_grade(mucosa_of(body.state))
    row = int(memory[Memory.MUCOSITIS_ROW]) - 1
    if grade < 2.0:
        return
    if row < 0 or body.events[row, 2] < day - 3.0:
        row = record(body, _MUCOSITIS, day, day + 1.0, grade)
        memory[Memory.MUCOSITIS_ROW] = row + 1.0
        if row < 0:
            return
    body.events[row, 2] = day + 1.0
    body.events[row, 3] = max(body.events[row, 3], grade)


@kernel
def engraftment_syndrome(body: Body, steroid: float, p: Any) -> None:
    """On the day neutrophils return: fever, rash and fluid without infection, in some."""
    day = body.tally[Tally.DAY]
    happens, length, _, _ = uniforms4(body.seed, body.patient, _ENGRAFTMENT, _ONCE, _SYNDROME_BLOCK)
    chance = p.toxicity_engraftment_syndrome_probability
    chance *= p.toxicity_engraftment_syndrome_steroid_factor if steroid > 0.5 else 1.0
    if happens < chance:
        body.memory[Memory.SYNDROME_UNTIL] = day + 3.0 + 5.0 * length
        record(body, _SYNDROME, day, body.memory[Memory.SYNDROME_UNTIL], 2.0)


@kernel
def cystitis(body: Body, mesna: float, p: Any) -> None:
    """Haemorrhagic cystitis on a day with activated cyclophosphamide."""
    day = body.tally[Tally.DAY]
    level = hydroxy_mg_per_l(cyclophosphamide_of(body.state), p)
    if level <= 0.0:
        return
    hazard = p.toxicity_cystitis_per_mg_per_l_and_day * level
    hazard *= p.toxicity_mesna_factor if mesna > 0.5 else 1.0
    happens, length, depth, _ = uniforms4(body.seed, body.patient, _CONDITIONING, int(day), _CYSTITIS_BLOCK)
    if happens < 1.0 - exp(-hazard):
        record(body, _CYSTITIS, day + 1.0, day + 4.0 + 10.0 * length, 2.0 if depth < 0.7 else 3.0)


@kernel
def toxicity_day(body: Body, mesna: float, p: Any) -> None:
    """What toxicity does on the present day."""
    _mucositis(body)
    cystitis(body, mesna, p)
    if body.inputs[Input.CONDITIONED] > 0.5:
        _endothelium(body, p)
        _obstruction(body, p)
