"""Reconstitute: filgrastim until the neutrophils are back, blood as needed, home; then lymphocytes over the years.

Reads the engrafting patient; writes the days to day 100, the weeks to the end of the weekly table, late effects, and
hands on when blood came back. Day 100 ends the daily equations; from week 14 on lymphocytes take exact weekly steps.
"""

from enum import IntEnum
from math import isnan, log, nan

from regraft.clinical.complications import Complication
from regraft.core.arrays import Floats, Record
from regraft.core.kernels import kernel
from regraft.core.units import DAYS_PER_YEAR
from regraft.physiology.antibodies import rituximab_kill_per_day
from regraft.physiology.immunoablation import Ablation
from regraft.physiology.late_effects import Burden, late_effects
from regraft.physiology.late_infections import late_infections
from regraft.physiology.lymphocytes import Lymphocytes, cd4_per_ul, lymphocytes_after, lymphocytes_per_ul
from regraft.physiology.organ_failure import failing_organs
from regraft.physiology.platelets import platelets_1e9_per_l
from regraft.physiology.registers import amount_mg
from regraft.physiology.signs import OBSTRUCTION, is_febrile, neutrophils_1e9_per_l, record
from regraft.physiology.thymus import thymic_output
from regraft.physiology.toxicity import engraftment_syndrome
from regraft.physiology.world import Body, Drug, Input, Memory, Tally, at, code, lymphocytes_of, platelets_of
from regraft.treatment.bags import RESERVE
from regraft.treatment.infusion import RESERVE_BAGS, infuse, seed
from regraft.treatment.journey import Note
from regraft.treatment.products import Engraftment, Reconstitution
from regraft.treatment.supportive_care import give_filgrastim, prophylaxis

_FAILURE = code(Complication.GRAFT_FAILURE)
_RITUXIMAB = code(Drug.RITUXIMAB)
_LN10 = log(10.0)
_LN_MEMORY, _LN_GRAFT = at(Ablation, "ln_memory_survival"), at(Ablation, "ln_graft_survival")
DAYS_FOLLOWED = 100
_LAST_ACUTE_WEEK = 14


class Weekly(IntEnum):
    """Columns of the weekly table (cells per microlitre); row 0 is the day of reinfusion."""

    NAIVE_CD4 = 0
    MEMORY_CD4 = 1
    REGULATORY = 2
    CD8 = 3
    B_PRECURSORS = 4  # fraction of normal
    B = 5
    NK = 6
    MONOCYTES = 7
    RECENT_EMIGRANTS = 8
    CD4 = 9
    LYMPHOCYTES = 10


@kernel
def begin_reconstitution(body: Body, weekly: Floats) -> None:
    """Begin to follow the patient, on the day of reinfusion."""
    notes = body.journey
    _write_week(weekly, 0, lymphocytes_of(body.state))
    notes[Note.GOES_ON], notes[Note.DAYS_SINCE], notes[Note.RESERVE_CD34] = 1.0, 0.0, 0.0
    notes[Note.DISCHARGE_DAY] = nan


@kernel
def reconstitute_by_day(body: Body, p: Record, s: Record) -> bool:
    """Give filgrastim in the evening until the neutrophils are back; return whether day 100 is still to come."""
    notes = body.journey
    if notes[Note.GOES_ON] < 0.5 or notes[Note.DAYS_SINCE] >= DAYS_FOLLOWED:
        return False
    if body.memory[Memory.RECOVERED_DAYS] < 3.0 and notes[Note.DAYS_SINCE] >= s.care_filgrastim_first_day:
        give_filgrastim(body, s.care_filgrastim_ug_per_kg, p)
    return True


@kernel
def see_reconstitution(body: Body, p: Record, s: Record, weekly: Floats, bags: Floats) -> None:
    """Look in the morning at what has come back; the reserve, discharge and the weekly table follow from it."""
    notes = body.journey
    notes[Note.DAYS_SINCE] += 1.0
    day = int(notes[Note.DAYS_SINCE])
    _watch_neutrophils(body, p, s)
    if day == p.transplant_reserve_given_on_day and body.memory[Memory.ENGRAFTED_DAY] == 0.0:
        notes[Note.RESERVE_CD34] = _give_reserve(body, p, s, bags)
    if isnan(notes[Note.DISCHARGE_DAY]) and _can_go_home(body, p):
        notes[Note.DISCHARGE_DAY] = body.tally[Tally.DAY]
        body.inputs[Input.IN_HOSPITAL] = body.inputs[Input.FLUID_PCT_PER_DAY] = 0.0
    if day % 7 == 0:
        _write_week(weekly, day // 7, lymphocytes_of(body.state))


@kernel
def end_reconstitution(graft: Engraftment, body: Body, p: Record, s: Record, weekly: Floats) -> Reconstitution:
    """Follow the lymphocytes of those who have reached day 100 alone; return how blood came back."""
    notes = body.journey
    if notes[Note.GOES_ON] > 0.5:
        age_years = body.tally[Tally.AGE_YEARS] + graft.reinfusion_day / DAYS_PER_YEAR
        follow_lymphocytes(weekly, age_years, body, graft.reinfusion_day, p)
        zoster = late_effects(body, burden(s), p)
        late_infections(body, prophylaxis(s), zoster, weekly[:, Weekly.CD4], _LAST_ACUTE_WEEK + 1, p)
    engrafted = body.memory[Memory.ENGRAFTED_DAY]
    survivors = 1e6 * graft.infused_cd3 * p.transplant_memory_fraction_of_cd3 * 10.0 ** (body.state[_LN_GRAFT] / _LN10)
    return Reconstitution(
        engrafted if engrafted > 0.0 else nan,
        notes[Note.DISCHARGE_DAY],
        -body.state[_LN_MEMORY] / _LN10,
        survivors,
        notes[Note.RESERVE_CD34],
    )


@kernel
def no_reconstitution() -> Reconstitution:
    """Nobody was transplanted."""
    return Reconstitution(nan, nan, 0.0, 0.0, 0.0)


@kernel
def burden(s: Record) -> Burden:
    """What the regimen holds that harms late."""
    return Burden(
        s.alemtuzumab,
        s.total_cyclophosphamide_mg_per_kg,
        s.total_melphalan_mg_per_m2,
        s.total_radiation_gy,
        s.ovary_protected,
    )


@kernel
def _watch_neutrophils(body: Body, p: Record, s: Record) -> None:
    """Count days with 0.5e9/L or more after a nadir; the first of three is the day of engraftment."""
    memory, day = body.memory, body.tally[Tally.DAY]
    if neutrophils_1e9_per_l(body, p) < 0.5:
        memory[Memory.RECOVERED_DAYS], memory[Memory.HAD_NADIR] = 0.0, 1.0
        memory[Memory.NEUTROPENIC_DAYS] += 1.0
        if (
            memory[Memory.ENGRAFTED_DAY] > 0.0
            and memory[Memory.NEUTROPENIC_DAYS] == 3.0
            and memory[Memory.FAILED] < 0.5
        ):
            memory[Memory.FAILED] = 1.0  # secondary: lost after it had come
            record(body, _FAILURE, day - 2.0, day + p.care_failure_lasts_days, 4.0)
        return
    memory[Memory.NEUTROPENIC_DAYS] = 0.0
    if memory[Memory.HAD_NADIR] < 0.5:
        return
    memory[Memory.RECOVERED_DAYS] += 1.0
    if memory[Memory.RECOVERED_DAYS] == 1.0 and memory[Memory.ENGRAFTED_DAY] == 0.0:
        engraftment_syndrome(body, s.steroid_with_atg, s.total_radiation_gy, p)
    if memory[Memory.RECOVERED_DAYS] == 3.0 and memory[Memory.ENGRAFTED_DAY] == 0.0:
        memory[Memory.ENGRAFTED_DAY] = day - 2.0


@kernel
def _give_reserve(body: Body, p: Record, s: Record, bags: Floats) -> float:
    """Primary graft failure: infuse what is left of the unselected reserve."""
    body.memory[Memory.FAILED] = 1.0
    record(body, _FAILURE, body.tally[Tally.DAY], body.tally[Tally.DAY] + p.care_failure_lasts_days, 4.0)
    given = infuse(bags, RESERVE, RESERVE_BAGS, body, p, s)
    seed(body, given.cd34_1e6_per_kg, p)
    return given.cd34_1e6_per_kg


@kernel
def _can_go_home(body: Body, p: Record) -> bool:
    """Neutrophils and platelets back, no fever, no sepsis, the liver quiet and no organ failing."""
    memory, day = body.memory, body.tally[Tally.DAY]
    well = not is_febrile(body, day, p) and memory[Memory.SYNDROME_UNTIL] <= day and failing_organs(body, p) < 1.0
    platelets = platelets_1e9_per_l(platelets_of(body.state)) >= p.care_discharge_platelets_1e9_per_l
    rested = day - memory[Memory.LAST_PLATELETS_DAY] >= p.care_discharge_platelet_free_days
    quiet = body.state[OBSTRUCTION] < p.care_discharge_obstruction
    return memory[Memory.RECOVERED_DAYS] >= 3.0 and well and platelets and rested and quiet


@kernel
def _write_week(weekly: Floats, week: int, blood: Lymphocytes) -> None:
    if week >= weekly.shape[0]:
        return
    for i in range(len(blood)):
        weekly[week, i] = blood[i]
    weekly[week, Weekly.CD4], weekly[week, Weekly.LYMPHOCYTES] = cd4_per_ul(blood), lymphocytes_per_ul(blood)


@kernel
def follow_lymphocytes(weekly: Floats, age_years: float, body: Body, reinfusion_day: float, p: Record) -> None:
    """Fill the weekly table from week 15 on by exact steps from week 14; what is left of rituximab goes on acting."""
    if weekly.shape[0] <= _LAST_ACUTE_WEEK:
        return
    w = weekly[_LAST_ACUTE_WEEK]
    blood = Lymphocytes(w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8])
    for week in range(_LAST_ACUTE_WEEK + 1, weekly.shape[0]):
        middle = 7.0 * (week - 0.5)
        output = thymic_output(age_years + middle / DAYS_PER_YEAR, middle, p)
        rituximab = amount_mg(body.inputs, _RITUXIMAB, reinfusion_day + middle)
        blood = lymphocytes_after(blood, 7.0, rituximab_kill_per_day(rituximab, p), output, p)
        _write_week(weekly, week, blood)
