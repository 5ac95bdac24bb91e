"""Harvest: one apheresis a day until the target is in the bags, sessions run out, or the cells do.

Reads blood counts and the harvest section; hands on CD34+ and CD3+ cells collected. What is taken leaves the body.
"""

from math import exp, log
from typing import Any

from regraft.clinical.complications import Complication
from regraft.core.integrate import Pace
from regraft.core.kernels import kernel
from regraft.core.streams import Purpose, normal
from regraft.physiology.lymphocytes import cd4_per_ul
from regraft.physiology.signs import record
from regraft.physiology.world import PLATELETS, RED_CELLS, STEM_CELLS, Body, Tally, code, lymphocytes_of
from regraft.treatment.products import Apheresis, MobilisedBlood
from regraft.treatment.supportive_care import give_filgrastim, spend_day

_HARVEST = code(Purpose.HARVEST)
_EFFICIENCY = code(0)  # slot of the variate
_FAILURE = code(Complication.MOBILISATION_FAILURE)
_RESERVE, _CD34 = STEM_CELLS + 4, STEM_CELLS + 5


@kernel
def blood_volume_l(p: Any) -> float:
    """Blood volume (Nadler 1962, Surgery 51:224)."""
    cubed = (p.patient_height_cm / 100.0) ** 3
    if p.patient_is_female > 0.5:
        return 0.3561 * cubed + 0.03308 * p.patient_weight_kg + 0.1833
    return 0.3669 * cubed + 0.03219 * p.patient_weight_kg + 0.6041


@kernel
def collection_efficiency(z: float, p: Any) -> float:
    """Share of the CD34+ cells in the processed blood that reach the bag, on a day with deviate `z`."""
    logit = log(p.harvest_efficiency / (1.0 - p.harvest_efficiency)) + p.harvest_efficiency_between_days_sd * z
    return 1.0 / (1.0 + exp(-logit))


@kernel
def harvest(blood: MobilisedBlood, body: Body, p: Any, s: Any) -> Apheresis:
    """Collect day by day, filgrastim going on in the evenings between sessions."""
    tally, y = body.tally, body.state
    cd34, cd3, sessions = 0.0, 0.0, 0.0
    first = last = tally[Tally.DAY]
    alive = blood.ready > 0.5
    if not alive:
        record(body, _FAILURE, tally[Tally.DAY], tally[Tally.DAY], 1.0)
    while alive and sessions < s.sessions_maximum and tally[Tally.DAY] <= blood.start_day + s.harvest_last_day:
        if s.plerixafor_rescue > 0.5 and y[_CD34] < s.start_cd34_per_ul:
            y[_CD34] *= p.harvest_plerixafor_fold
        z = normal(body.seed, body.patient, _HARVEST, 100 * blood.attempt + int(sessions), _EFFICIENCY)
        litres = s.blood_volumes_processed * blood_volume_l(p) / p.patient_weight_kg
        taken = y[_CD34] * litres * collection_efficiency(z, p)
        subsets = lymphocytes_of(y)
        cd34 += taken
        cd3 += (cd4_per_ul(subsets) + subsets.cd8) * litres * p.harvest_cd3_efficiency
        y[_RESERVE] = max(0.0, y[_RESERVE] - taken / p.marrow_normal_cd34_1e6_per_kg)
        y[PLATELETS + 3] *= 1.0 - p.harvest_platelet_loss
        y[RED_CELLS + 1] -= p.harvest_haemoglobin_loss_g_per_dl
        body.pace[Pace.STAGE_IS_FRESH] = 0.0
        sessions += 1.0
        last = tally[Tally.DAY]
        if cd34 >= s.target_cd34_1e6_per_kg:
            break
        give_filgrastim(body, s.mobilisation_filgrastim_ug_per_kg, p)
        alive = spend_day(body, p, s)
    return Apheresis(blood.attempt, sessions, first, last, cd34, cd3)
