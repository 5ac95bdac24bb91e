"""Mobilise: cyclophosphamide, then filgrastim every evening until stem cells are in the blood.

Reads the mobilisation section; hands on the morning on which collection may begin, or that it never came.
"""

from typing import Any

from regraft.core.kernels import kernel
from regraft.physiology.doses import order
from regraft.physiology.signs import look
from regraft.physiology.world import STEM_CELLS, Body, Drug, Input, Tally, code
from regraft.treatment.products import MobilisedBlood, StoredGraft
from regraft.treatment.supportive_care import give_filgrastim, spend_day

_CYCLOPHOSPHAMIDE = code(Drug.CYCLOPHOSPHAMIDE)
_CD34 = STEM_CELLS + 5
_MORNING = 0.1  # cyclophosphamide starts after the morning's blood sample [d]
_INFUSION_DAYS = 2.0 / 24.0


@kernel
def mobilise(store: StoredGraft, body: Body, p: Any, s: Any) -> MobilisedBlood:
    """Bring stem cells into the blood; a second attempt waits as long as the protocol says."""
    tally = body.tally
    if store.attempts > 0.0:
        resume = tally[Tally.DAY] + s.second_attempt_after_days
        while tally[Tally.DAY] < resume and spend_day(body, p, s):
            pass
    start = tally[Tally.DAY]
    look(body, p)
    amount = 1000.0 * s.cyclophosphamide_g_per_m2 * p.patient_bsa_m2
    if amount > 0.0:
        order(body, start + s.cyclophosphamide_day + _MORNING, _CYCLOPHOSPHAMIDE, amount, _INFUSION_DAYS, 0.0, 0.0)
    enough = s.start_cd34_per_ul * (1.0 if store.attempts == 0.0 else p.harvest_second_attempt_start_fraction)
    alive = True
    while alive and tally[Tally.DAY] < start + s.harvest_last_day:
        day = tally[Tally.DAY] - start
        if day >= s.harvest_first_day and body.state[_CD34] >= enough:
            break
        body.inputs[Input.FLUID_PCT_PER_DAY] = p.care_hydration_pct_per_day if day == s.cyclophosphamide_day else 0.0
        course = day < s.filgrastim_first_day + s.filgrastim_days or day >= s.harvest_first_day
        if course and day >= s.filgrastim_first_day:
            give_filgrastim(body, s.mobilisation_filgrastim_ug_per_kg, p)
        alive = spend_day(body, p, s)
    count = body.state[_CD34]
    ready = 1.0 if alive and count >= enough else 0.0
    return MobilisedBlood(int(store.attempts), start, tally[Tally.DAY], count, ready)
