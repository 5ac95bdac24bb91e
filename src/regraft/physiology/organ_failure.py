"""Failing organs: the clinician's suspicion of sinusoidal obstruction, defibrotide on it, and multi-organ dysfunction.

Reads what a ward measures (bilirubin, weight, ascites, pain, creatinine, sepsis); writes running events and hands
defibrotide back to the liver. Criteria of sinusoidal obstruction read the laboratory afterwards and know none of this,
except that failing organs are on record.
"""

from math import isnan

from regraft.clinical.complications import Complication
from regraft.core.arrays import Record
from regraft.core.kernels import kernel
from regraft.physiology.liver import liver_pain
from regraft.physiology.signs import record
from regraft.physiology.world import Body, Episode, Input, Memory, Tally, code, liver_of

_OBSTRUCTED, _ORGANS = code(Complication.SINUSOIDAL_OBSTRUCTION), code(Complication.MULTI_ORGAN_DYSFUNCTION)


@kernel
def prolong(body: Body, row: int, day: float, grade: float) -> None:
    """Let a running event last to the next morning, at its worst grade so far."""
    event = body.events[row]
    event[Episode.LAST_DAY], event[Episode.GRADE] = day + 1.0, max(event[Episode.GRADE], grade)


@kernel
def _suspected_grade(body: Body, p: Record) -> float:
    """Grade of the signs of obstruction today; 0 where they do not suffice for suspicion."""
    liver = liver_of(body.state)
    if liver.bilirubin_mg_per_dl < p.toxicity_suspicion_bilirubin_mg_per_dl:
        return 0.0
    worst = liver.bilirubin_mg_per_dl >= p.toxicity_grade_4_bilirubin_mg_per_dl
    worst = worst or liver.fluid_pct >= p.toxicity_grade_4_fluid_pct
    if worst or liver.creatinine_ratio >= p.toxicity_grade_4_creatinine_ratio:
        return 4.0
    return 3.0 if liver.bilirubin_mg_per_dl >= p.toxicity_grade_3_bilirubin_mg_per_dl else 2.0


@kernel
def suspect_obstruction(body: Body, p: Record) -> None:
    """Keep the event of the clinician's suspicion: jaundice and two signs of the liver."""
    day, memory, liver = body.tally[Tally.DAY], body.memory, liver_of(body.state)
    signs = liver_pain(liver, p)
    signs += 1.0 if liver.fluid_pct > p.toxicity_suspicion_fluid_pct else 0.0
    signs += 1.0 if liver.ascites_l > p.toxicity_suspicion_ascites_l else 0.0
    grade = _suspected_grade(body, p)
    row = int(memory[Memory.LIVER_ROW]) - 1
    if row < 0 and grade > 0.0 and signs >= 2.0:
        row = record(body, _OBSTRUCTED, day, day + 1.0, 2.0)
        memory[Memory.LIVER_ROW] = row + 1.0
    if row >= 0 and grade > 0.0:
        prolong(body, row, day, grade)


@kernel
def give_defibrotide(body: Body, policy: float, p: Record) -> None:
    """Give defibrotide today: never (0), from suspicion (1) or from conditioning (2) on, each for its usual course."""
    tally = body.tally
    wanted = policy > 1.5 or (policy > 0.5 and body.memory[Memory.LIVER_ROW] > 0.5)
    if wanted and isnan(tally[Tally.DEFIBROTIDE_DAY]):
        tally[Tally.DEFIBROTIDE_DAY] = tally[Tally.DAY]
    course = p.care_defibrotide_prophylaxis_days if policy > 1.5 else p.care_defibrotide_treatment_days
    today = wanted and tally[Tally.DAY] < tally[Tally.DEFIBROTIDE_DAY] + course
    body.inputs[Input.DEFIBROTIDE] = 1.0 if today else 0.0
    tally[Tally.DEFIBROTIDE_DAYS] += 1.0 if today else 0.0


@kernel
def failing_organs(body: Body, p: Record) -> float:
    """How many of liver, kidney, lung and circulation fail today; a dead liver takes brain or clotting with it."""
    liver, n = liver_of(body.state), body.inputs[Input.SEPSIS]
    begun = body.memory[Memory.NECROSIS]
    if begun > 0.5 and body.tally[Tally.DAY] - begun < p.mortality_necrosis_days:
        n += 2.0
    n += 1.0 if liver.bilirubin_mg_per_dl >= p.toxicity_failure_bilirubin_mg_per_dl else 0.0
    n += 1.0 if liver.creatinine_ratio >= p.toxicity_failure_creatinine_ratio else 0.0
    return n + (1.0 if liver.fluid_pct >= p.toxicity_failure_fluid_pct else 0.0)


@kernel
def watch_organs(body: Body, p: Record) -> None:
    """Keep the event of two or more failing organs."""
    if failing_organs(body, p) < 2.0:
        return
    day, row = body.tally[Tally.DAY], int(body.memory[Memory.ORGANS_ROW]) - 1
    if row < 0:
        row = record(body, _ORGANS, day, day + 1.0, 4.0)
        body.memory[Memory.ORGANS_ROW] = row + 1.0
    if row >= 0:
        prolong(body, row, day, 4.0)
