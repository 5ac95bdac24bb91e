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
from regraft.treatment.journey import Note
from regraft.treatment.products import Apheresis
from regraft.treatment.supportive_care import give_filgrastim

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
def begin_harvest(body: Body, ready: bool) -> None:
    """Begin to collect, or note that stem cells never came."""
    notes, day = body.journey, body.tally[Tally.DAY]
    notes[Note.CD34] = notes[Note.CD3] = notes[Note.SESSIONS] = 0.0
    notes[Note.FIRST_SESSION_DAY] = notes[Note.LAST_SESSION_DAY] = day
    notes[Note.GOES_ON] = 1.0 if ready else 0.0
    if not ready and is_alive(body):
        record(body, _FAILURE, day, day, 1.0)


@kernel
def harvest_by_day(body: Body, p: Record, s: Record, bags: Floats) -> bool:
    """Collect in the morning; return whether the day goes by with filgrastim in its evening and more to come."""
    notes, y, day = body.journey, body.state, body.tally[Tally.DAY]
    attempt = int(notes[Note.STORE])
    plan, sessions = attempt_of(s, p, notes[Note.STORE]), notes[Note.SESSIONS]
    if notes[Note.GOES_ON] < 0.5 or sessions >= s.sessions_maximum or day > notes[Note.START_DAY] + plan.last_day:
        return False
    z = normal(body.seed, body.patient, _HARVEST, 100 * attempt + int(sessions), _EFFICIENCY)
    litres = s.blood_volumes_processed * blood_volume_l(p) / p.patient_weight_kg
    taken = y[_CD34] * litres * collection_efficiency(z, p)
    _fill(bags, body, p, attempt, litres, taken)
    notes[Note.CD34] += taken
    subsets = lymphocytes_of(y)
    notes[Note.CD3] += (cd4_per_ul(subsets) + subsets.cd8) * litres * p.harvest_cd3_efficiency
    _leave_blood(body, p, taken)
    notes[Note.SESSIONS] += 1.0
    notes[Note.LAST_SESSION_DAY] = day
    if notes[Note.CD34] >= s.target_cd34_1e6_per_kg:
        return False
    give_filgrastim(body, plan.filgrastim_ug_per_kg, p)
    due = plerixafor_is_due(plan, day - notes[Note.START_DAY], notes[Note.PLERIXAFOR_DOSES], y[_CD34], p)
    notes[Note.PLERIXAFOR_IS_DUE] = 1.0 if due else 0.0
    return True


@kernel
def collected(body: Body) -> Apheresis:
    """What the attempt has brought."""
    notes = body.journey
    return Apheresis(
        int(notes[Note.STORE]),
        notes[Note.SESSIONS],
        notes[Note.FIRST_SESSION_DAY],
        notes[Note.LAST_SESSION_DAY],
        notes[Note.CD34],
        notes[Note.CD3],
        notes[Note.PLERIXAFOR_DOSES],
        notes[Note.PLERIXAFOR_DAY],
    )
