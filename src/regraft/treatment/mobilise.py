"""Mobilise: cyclophosphamide, then filgrastim every evening until stem cells are in the blood.

Reads the mobilisation section; says on which morning collection may begin, or that it never came. Where the
protocol has plerixafor, it is given on the evenings after collection could have begun and did not.
"""

from math import nan

from regraft.core.arrays import Record
from regraft.core.kernels import kernel
from regraft.physiology.doses import order
from regraft.physiology.signs import look
from regraft.physiology.stem_cells import StemCells
from regraft.physiology.world import Body, Drug, Input, Tally, at, code
from regraft.treatment.attempts import Attempt, attempt_of, plerixafor_is_due
from regraft.treatment.doses import Basis, dosing_size
from regraft.treatment.journey import Note
from regraft.treatment.supportive_care import give_filgrastim

_CYCLOPHOSPHAMIDE = code(Drug.CYCLOPHOSPHAMIDE)
_CD34 = at(StemCells, "cd34_per_ul")
_MORNING = 0.1  # cyclophosphamide starts after the morning's blood sample [d]
_INFUSION_DAYS = 2.0 / 24.0
_SURFACE = float(Basis.SURFACE_M2)


@kernel
def begin_mobilisation(body: Body, p: Record, s: Record) -> None:
    """Begin an attempt with the morning's blood sample, and order cyclophosphamide."""
    notes, start = body.journey, body.tally[Tally.DAY]
    plan = attempt_of(s, p, notes[Note.STORE])
    look(body, p)
    if s.mobilisation_conditions > 0.5:
        body.inputs[Input.CONDITIONED] = 1.0
    amount = _cyclophosphamide_mg(plan, p, s)
    if amount > 0.0:
        order(body, start + plan.cyclophosphamide_day + _MORNING, _CYCLOPHOSPHAMIDE, amount, _INFUSION_DAYS, 0.0, 0.0)
    notes[Note.START_DAY], notes[Note.GOES_ON] = start, 1.0
    notes[Note.PLERIXAFOR_DOSES], notes[Note.PLERIXAFOR_DAY] = 0.0, nan


@kernel
def _cyclophosphamide_mg(plan: Attempt, p: Record, s: Record) -> float:
    return 1000.0 * plan.cyclophosphamide_g_per_m2 * dosing_size(_SURFACE, s.mobilisation_surface_maximum_m2, p)


@kernel
def mobilise_by_day(body: Body, p: Record, s: Record) -> bool:
    """Give what the day asks for; return whether it is one of mobilisation."""
    notes = body.journey
    plan, day = attempt_of(s, p, notes[Note.STORE]), body.tally[Tally.DAY] - notes[Note.START_DAY]
    if not (notes[Note.GOES_ON] > 0.5 and body.tally[Tally.DAY] < notes[Note.START_DAY] + plan.last_day):
        return False
    if day >= plan.first_day and body.state[_CD34] >= plan.start_cd34_per_ul:
        return False
    hydrated = _cyclophosphamide_mg(plan, p, s) > 0.0 and day == plan.cyclophosphamide_day
    body.inputs[Input.FLUID_PCT_PER_DAY] = p.care_hydration_pct_per_day if hydrated else 0.0
    course = day < plan.filgrastim_first_day + plan.filgrastim_days or day >= plan.first_day
    if course and day >= plan.filgrastim_first_day:
        give_filgrastim(body, plan.filgrastim_ug_per_kg, p)
    due = plerixafor_is_due(plan, day, notes[Note.PLERIXAFOR_DOSES], body.state[_CD34], p)
    notes[Note.PLERIXAFOR_IS_DUE] = 1.0 if due else 0.0
    return True


@kernel
def is_mobilised(body: Body, p: Record, s: Record) -> bool:
    """Whether collection may begin."""
    plan = attempt_of(s, p, body.journey[Note.STORE])
    return body.journey[Note.GOES_ON] > 0.5 and body.state[_CD34] >= plan.start_cd34_per_ul
