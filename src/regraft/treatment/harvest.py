"""Harvest: one apheresis a day until the target is in the bags, sessions run out, or the cells do.

Reads blood counts and the harvest section; hands on CD34+ and CD3+ cells collected, a bag for each session. What is
taken leaves the body.
"""

from math import exp, log

from regraft.clinical.complications import Complication
from regraft.core.arrays import Floats, Record
from regraft.core.integrate import Pace
from regraft.core.kernels import kernel
from regraft.core.streams import Purpose, normal
from regraft.physiology.lymphocytes import cd4_per_ul, lymphocytes_per_ul
from regraft.physiology.mortality import is_alive
from regraft.physiology.platelets import Platelets, keep_platelets
from regraft.physiology.red_cells import RedCells
from regraft.physiology.signs import neutrophils_1e9_per_l, record
from regraft.physiology.stem_cells import StemCells
from regraft.physiology.world import Body, Tally, at, code, lymphocytes_of
from regraft.treatment.attempts import attempt_of, plerixafor_is_due
from regraft.treatment.bags import APHERESIS, GRAFT, Bag, empty_place
from regraft.treatment.products import Apheresis, MobilisedBlood
from regraft.treatment.supportive_care import give_filgrastim, spend_day

_HARVEST = code(Purpose.HARVEST)
_EFFICIENCY = code(0)  # slot of the variate
_FAILURE = code(Complication.MOBILISATION_FAILURE)
_PLATELETS, _HAEMOGLOBIN = at(Platelets, "young_1e9_per_l"), at(RedCells, "haemoglobin_g_per_dl")
_RESERVE, _CD34 = at(StemCells, "reserve"), at(StemCells, "cd34_per_ul")


@kernel
def blood_volume_l(p: Record) -> float:
    """Blood volume (Nadler 1962, Surgery 51:224)."""
    cubed = (p.patient_height_cm / 100.0) ** 3
    if p.patient_is_female > 0.5:
        return 0.3561 * cubed + 0.03308 * p.patient_weight_kg + 0.1833
    return 0.3669 * cubed + 0.03219 * p.patient_weight_kg + 0.6041


@kernel
def collection_efficiency(z: float, p: Record) -> float:
    """Share of the CD34+ cells in the processed blood that reach the bag, on a day with deviate `z`."""
    logit = log(p.harvest_efficiency / (1.0 - p.harvest_efficiency)) + p.harvest_efficiency_between_days_sd * z
    return 1.0 / (1.0 + exp(-logit))


@kernel
def _fill(bags: Floats, body: Body, p: Record, attempt: int, litres: float, cd34: float) -> None:
    """Put what `litres` of blood per kg gave today into a bag of its own."""
    subsets, row = lymphocytes_of(body.state), empty_place(bags)
    mononuclear = lymphocytes_per_ul(subsets) + subsets.monocytes
    granulocytes = 1000.0 * neutrophils_1e9_per_l(body, p)
    bags[row, Bag.USE], bags[row, Bag.SOURCE], bags[row, Bag.ATTEMPT] = GRAFT, APHERESIS, attempt
    bags[row, Bag.COLLECTED_DAY], bags[row, Bag.COLLECTED_CD34] = body.tally[Tally.DAY], cd34
    bags[row, Bag.COLLECTED_CD3] = (cd4_per_ul(subsets) + subsets.cd8) * litres * p.harvest_cd3_efficiency
    others = mononuclear * p.harvest_cd3_efficiency + granulocytes * p.harvest_granulocyte_efficiency
    bags[row, Bag.COLLECTED_NUCLEATED] = cd34 + litres * others
    bags[row, Bag.COLLECTED_ML] = p.harvest_product_ml


@kernel
def _leave_blood(body: Body, p: Record, cd34: float) -> None:
    """Take the collected cells, platelets and red cells out of the body."""
    y = body.state
    y[_RESERVE] = max(0.0, y[_RESERVE] - cd34 / p.marrow_normal_cd34_1e6_per_kg)
    keep_platelets(y, _PLATELETS, 1.0 - p.harvest_platelet_loss)
    y[_HAEMOGLOBIN] -= p.harvest_haemoglobin_loss_g_per_dl
    body.pace[Pace.STAGE_IS_FRESH] = 0.0


@kernel
def harvest(blood: MobilisedBlood, body: Body, p: Record, s: Record, bags: Floats) -> Apheresis:
    """Collect day by day, filgrastim going on in the evenings between sessions."""
    tally, y, plan = body.tally, body.state, attempt_of(s, p, blood.attempt)
    cd34, cd3, sessions = 0.0, 0.0, 0.0
    rescues, first_rescue = blood.plerixafor_doses, blood.plerixafor_day
    first = last = tally[Tally.DAY]
    alive = blood.ready > 0.5
    if not alive and is_alive(body):
        record(body, _FAILURE, tally[Tally.DAY], tally[Tally.DAY], 1.0)
    while alive and sessions < s.sessions_maximum and tally[Tally.DAY] <= blood.start_day + plan.last_day:
        z = normal(body.seed, body.patient, _HARVEST, 100 * blood.attempt + int(sessions), _EFFICIENCY)
        litres = s.blood_volumes_processed * blood_volume_l(p) / p.patient_weight_kg
        taken = y[_CD34] * litres * collection_efficiency(z, p)
        _fill(bags, body, p, blood.attempt, litres, taken)
        cd34 += taken
        subsets = lymphocytes_of(y)
        cd3 += (cd4_per_ul(subsets) + subsets.cd8) * litres * p.harvest_cd3_efficiency
        _leave_blood(body, p, taken)
        sessions += 1.0
        last = tally[Tally.DAY]
        if cd34 >= s.target_cd34_1e6_per_kg:
            break
        give_filgrastim(body, plan.filgrastim_ug_per_kg, p)
        rescue = plerixafor_is_due(plan, last - blood.start_day, rescues, y[_CD34], p)
        alive = spend_day(body, p, s)
        if rescue and alive:
            y[_CD34] *= p.harvest_plerixafor_fold
            body.pace[Pace.STAGE_IS_FRESH] = 0.0
            first_rescue = last if rescues == 0.0 else first_rescue
            rescues += 1.0
    return Apheresis(blood.attempt, sessions, first, last, cd34, cd3, rescues, first_rescue)
