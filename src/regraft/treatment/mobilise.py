"""Mobilise: cyclophosphamide, then filgrastim every evening until stem cells are in the blood.

Reads the mobilisation section; hands on the morning on which collection may begin, or that it never came. Where the
protocol has plerixafor, it is given on the evenings after collection could have begun and did not.
"""

from math import nan

from regraft.core.arrays import Record
from regraft.core.integrate import Pace
from regraft.core.kernels import kernel
from regraft.physiology.doses import order
from regraft.physiology.signs import look
from regraft.physiology.stem_cells import StemCells
from regraft.physiology.world import Body, Drug, Input, Tally, at, code
from regraft.treatment.attempts import attempt_of, plerixafor_is_due
from regraft.treatment.doses import Basis, dosing_size
from regraft.treatment.products import MobilisedBlood, StoredGraft
from regraft.treatment.supportive_care import give_filgrastim, spend_day

_CYCLOPHOSPHAMIDE = code(Drug.CYCLOPHOSPHAMIDE)
_CD34 = at(StemCells, "cd34_per_ul")
_MORNING = 0.1  # cyclophosphamide starts after the morning's blood sample [d]
_INFUSION_DAYS = 2.0 / 24.0
_SURFACE = float(Basis.SURFACE_M2)


@kernel
def mobilise(store: StoredGraft, body: Body, p: Record, s: Record) -> MobilisedBlood:
    """Bring stem cells into the blood; a second attempt waits as long as the protocol says."""
    tally, plan = body.tally, attempt_of(s, p, store.attempts)
    if store.attempts > 0.0:
        resume = tally[Tally.DAY] + s.second_attempt_after_days
        while tally[Tally.DAY] < resume and spend_day(body, p, s):
            pass
    start = tally[Tally.DAY]
    look(body, p)
    if s.mobilisation_conditions > 0.5:
        body.inputs[Input.CONDITIONED] = 1.0
    amount = 1000.0 * plan.cyclophosphamide_g_per_m2 * dosing_size(_SURFACE, s.mobilisation_surface_maximum_m2, p)
    if amount > 0.0:
        order(body, start + plan.cyclophosphamide_day + _MORNING, _CYCLOPHOSPHAMIDE, amount, _INFUSION_DAYS, 0.0, 0.0)
    alive, rescues, first_rescue = True, 0.0, nan
    while alive and tally[Tally.DAY] < start + plan.last_day:
        day = tally[Tally.DAY] - start
        if day >= plan.first_day and body.state[_CD34] >= plan.start_cd34_per_ul:
            break
        hydrated = amount > 0.0 and day == plan.cyclophosphamide_day
        body.inputs[Input.FLUID_PCT_PER_DAY] = p.care_hydration_pct_per_day if hydrated else 0.0
        course = day < plan.filgrastim_first_day + plan.filgrastim_days or day >= plan.first_day
        if course and day >= plan.filgrastim_first_day:
            give_filgrastim(body, plan.filgrastim_ug_per_kg, p)
        rescue = plerixafor_is_due(plan, day, rescues, body.state[_CD34], p)
        alive = spend_day(body, p, s)
        if rescue and alive:
            body.state[_CD34] *= p.harvest_plerixafor_fold
            body.pace[Pace.STAGE_IS_FRESH] = 0.0
            first_rescue = tally[Tally.DAY] - 1.0 if rescues == 0.0 else first_rescue
            rescues += 1.0
    count = body.state[_CD34]
    ready = 1.0 if alive and count >= plan.start_cd34_per_ul else 0.0
    return MobilisedBlood(int(store.attempts), start, tally[Tally.DAY], count, ready, rescues, first_rescue)
