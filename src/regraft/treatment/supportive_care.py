"""What the ward does every day: look, transfuse, give filgrastim, guard against infection. No equation of its own.

`begin_day` and `end_day` stand around a day that passes: the body lives, then the bedside looks, complications and
death have their chance, and blood is given where the thresholds say so.
"""

from math import floor, isnan

from regraft.core.arrays import Record
from regraft.core.integrate import Pace
from regraft.core.kernels import kernel
from regraft.core.units import DAYS_PER_YEAR
from regraft.physiology.doses import order
from regraft.physiology.fitness import assess
from regraft.physiology.infection import Prophylaxis, infection_day
from regraft.physiology.mortality import is_alive, mortality_day
from regraft.physiology.organ_failure import failing_organs
from regraft.physiology.platelets import Platelets, add_platelets, platelets_1e9_per_l
from regraft.physiology.red_cells import RedCells
from regraft.physiology.signs import OBSTRUCTION, Daily, is_febrile, look
from regraft.physiology.thymus import thymic_output
from regraft.physiology.toxicity import Protection, toxicity_day
from regraft.physiology.world import Body, Drug, Input, Memory, Tally, at, code, platelets_of

_PLATELETS, _HAEMOGLOBIN = at(Platelets, "young_1e9_per_l"), at(RedCells, "haemoglobin_g_per_dl")
_FILGRASTIM = code(Drug.FILGRASTIM)
EVENING = 0.5  # time of day of filgrastim and of reinfusion, in days after the morning's blood sample


@kernel
def prophylaxis(s: Record) -> Prophylaxis:
    """What the protocol gives against infection."""
    return Prophylaxis(
        s.antibacterial_prophylaxis,
        s.antifungal_prophylaxis,
        s.letermovir,
        s.steroid_with_atg,
        30.44 * s.aciclovir_months,
        30.44 * s.cotrimoxazole_months,
    )


@kernel
def protection(body: Body, s: Record) -> Protection:
    """What the protocol gives against toxicity: mobilisation and conditioning each have their mesna."""
    mesna = s.conditioning_mesna if body.inputs[Input.CONDITIONED] > 0.5 else s.mesna
    return Protection(mesna, s.seizure_prophylaxis, s.defibrotide)


@kernel
def give_filgrastim(body: Body, ug_per_kg: float, p: Record) -> None:
    """Order this evening's filgrastim by actual weight."""
    if ug_per_kg > 0.0:
        amount = ug_per_kg * p.patient_weight_kg
        order(body, body.tally[Tally.DAY] + EVENING, _FILGRASTIM, amount, 0.0, 0.0, 0.0)


@kernel
def transfuse(body: Body, p: Record, s: Record) -> None:
    """Give platelets and red cells by the thresholds of the protocol; a fever raises that of platelets."""
    tally, y = body.tally, body.state
    day = int(tally[Tally.DAY] + 0.5)
    febrile = is_febrile(body, tally[Tally.DAY], p)
    threshold = s.platelet_transfusion_below_1e9_per_l * (p.care_fever_platelet_factor if febrile else 1.0)
    if platelets_1e9_per_l(platelets_of(y)) < threshold:
        rise = p.care_platelet_increment_1e9_per_l / (1.0 + p.care_platelet_refractoriness * y[OBSTRUCTION])
        add_platelets(y, _PLATELETS, rise)
        tally[Tally.PLATELET_TRANSFUSIONS] += 1.0
        body.memory[Memory.LAST_PLATELETS_DAY] = tally[Tally.DAY]
        body.pace[Pace.STAGE_IS_FRESH] = 0.0
        if day < body.daily.shape[0]:
            body.daily[day, Daily.PLATELETS_TRANSFUSED] = 1.0
    if y[_HAEMOGLOBIN] < s.haemoglobin_transfusion_below_g_per_dl:
        y[_HAEMOGLOBIN] += 2.0 * p.care_red_cell_increment_g_per_dl
        tally[Tally.RED_CELL_TRANSFUSIONS] += 2.0
        body.pace[Pace.STAGE_IS_FRESH] = 0.0
        if day < body.daily.shape[0]:
            body.daily[day, Daily.RED_CELLS_TRANSFUSED] = 2.0


@kernel
def _intensive_care(body: Body, p: Record) -> None:
    """Count days in hospital, and those in intensive care: sepsis, severe obstruction or failing organs."""
    tally = body.tally
    tally[Tally.HOSPITAL_DAYS] += 1.0
    severe = body.inputs[Input.SEPSIS] > 0.5 or body.state[OBSTRUCTION] > p.care_intensive_obstruction
    if not severe and failing_organs(body, p) < 2.0:
        return
    tally[Tally.INTENSIVE_CARE_DAYS] += 1.0
    if isnan(tally[Tally.INTENSIVE_CARE_DAY]):
        tally[Tally.INTENSIVE_CARE_DAY] = tally[Tally.DAY]


@kernel
def begin_day(body: Body, p: Record) -> bool:
    """Get a day on the ward or at home under way; return whether there is anybody to live it."""
    if not is_alive(body):
        return False
    tally = body.tally
    since = tally[Tally.DAY] - tally[Tally.TRANSPLANT_DAY]
    if isnan(since) and not isnan(tally[Tally.CONDITIONING_DAY]):
        since = -1.0
    body.inputs[Input.THYMIC_OUTPUT] = thymic_output(
        tally[Tally.AGE_YEARS] + tally[Tally.DAY] / DAYS_PER_YEAR, since, p
    )
    return True


@kernel
def next_morning(body: Body) -> float:
    """The day on which a day ends that begins now; one that was begun ends at the next morning."""
    return floor(body.tally[Tally.DAY] + 1e-9) + 1.0


@kernel
def end_day(body: Body, p: Record, s: Record) -> bool:
    """See what a day that has passed has brought; return whether the patient is alive."""
    tally = body.tally
    look(body, p)
    assess(body, p)
    infection_day(body, prophylaxis(s), p)
    toxicity_day(body, protection(body, s), p)
    mortality_day(body, p)
    alive = is_alive(body)
    if body.inputs[Input.IN_HOSPITAL] > 0.5:
        if alive:
            transfuse(body, p, s)
        _intensive_care(body, p)
    return alive and tally[Tally.STATUS] == 0.0
