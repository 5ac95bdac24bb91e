"""Ablate: conditioning, dose by dose as the plan says, busulfan by measured exposure where the protocol asks for it.

Reads the stored graft and the plan's doses (one row per dose, days from reinfusion); hands on the conditioned patient
on the morning of reinfusion. Without a sufficient graft there is no conditioning.
"""

from math import exp, floor, log, nan, sqrt

from regraft.clinical.complications import Complication
from regraft.core.arrays import Floats, Record
from regraft.core.kernels import kernel
from regraft.core.streams import Purpose, normal, uniforms4
from regraft.physiology.busulfan import clearance_l_per_h
from regraft.physiology.doses import order
from regraft.physiology.marrow import stem
from regraft.physiology.mortality import is_alive
from regraft.physiology.signs import record, runs_into
from regraft.physiology.world import ABLATION, Body, Drug, Input, Memory, Tally, busulfan_of, code, marrow_of
from regraft.treatment.doses import Dose, ordered_mg
from regraft.treatment.journey import Note
from regraft.treatment.products import AblatedMarrow, StoredGraft

_CONDITIONING = code(Purpose.CONDITIONING)
_REACTION, _SERUM_SICKNESS = code(Complication.ATG_REACTION), code(Complication.SERUM_SICKNESS)
_FEVER = code(Complication.ATG_FEVER)
_BUSULFAN, _CYCLOPHOSPHAMIDE, _ATG = code(Drug.BUSULFAN), code(Drug.CYCLOPHOSPHAMIDE), code(Drug.RABBIT_ATG)
_HORSE_ATG = code(Drug.HORSE_ATG)
_DAYS_AFTER = 61
_CLEARANCE, _ABSORBED, _ASSAY, _ATG_BLOCK, _ONCE = code(0), code(1), code(2), code(10), code(0)


@kernel
def begin_waiting(store: StoredGraft, body: Body, s: Record) -> None:
    """Let the marrow rest until conditioning; without graft or patient there is nothing to wait for."""
    notes = body.journey
    notes[Note.GOES_ON] = 0.0 if store.sufficient < 0.5 or not is_alive(body) else 1.0
    notes[Note.RESUME_DAY] = store.last_day + floor(7.0 * s.starts_weeks_after_harvest + 0.5)


@kernel
def begin_conditioning(body: Body, s: Record) -> None:
    """Admit the patient; the plan's days from reinfusion become days of the clock."""
    tally, u, notes = body.tally, body.inputs, body.journey
    start = tally[Tally.DAY]
    notes[Note.START_DAY] = start
    notes[Note.REINFUSION_DAY] = start + s.reinfusion_day - s.conditioning_first_day
    tally[Tally.CONDITIONING_DAY] = start
    u[Input.CONDITIONED] = u[Input.IN_HOSPITAL] = 1.0
    u[Input.URSODIOL], u[Input.LIVER_DRUGS] = s.ursodiol, min(s.antifungal_prophylaxis, 1.0)
    u[Input.ITRACONAZOLE] = s.itraconazole
    if s.mobilisation_conditions < 0.5:  # memory T cells have recovered from mobilisation
        for i in range(3):
            body.state[ABLATION + i] = 0.0


@kernel
def condition_by_day(body: Body, p: Record, s: Record, doses: Floats) -> bool:
    """Order what the plan gives today; return whether it is a day of conditioning."""
    notes, day = body.journey, body.tally[Tally.DAY]
    if notes[Note.GOES_ON] < 0.5 or day >= notes[Note.REINFUSION_DAY]:
        return False
    order_day(body, p, s, doses, notes[Note.REINFUSION_DAY] - s.reinfusion_day, day)
    return True


@kernel
def end_conditioning(body: Body, p: Record, s: Record, doses: Floats) -> AblatedMarrow:
    """Order what the plan gives on the day of the graft and after it; return what the graft will meet."""
    notes = body.journey
    reinfusion = notes[Note.REINFUSION_DAY]
    for day in range(_DAYS_AFTER):
        order_day(body, p, s, doses, reinfusion - s.reinfusion_day, reinfusion + day)
    auc = busulfan_of(body.inputs).auc_mg_h_per_l
    return AblatedMarrow(notes[Note.START_DAY], reinfusion, auc, stem(marrow_of(body.state)), notes[Note.GOES_ON])


@kernel
def unconditioned() -> AblatedMarrow:
    """Nobody was conditioned."""
    return AblatedMarrow(nan, nan, 0.0, 1.0, 0.0)


@kernel
def order_day(body: Body, p: Record, s: Record, doses: Floats, zero: float, day: float) -> None:
    """Order all doses of the plan that begin on `day`; `zero` is the day that the plan counts from."""
    u = body.inputs
    busulfan, cyclophosphamide = False, False
    for i in range(doses.shape[0]):
        begin = zero + doses[i, Dose.START_DAY]
        if doses[i, Dose.AMOUNT] <= 0.0 or begin < day - 1e-9 or begin >= day + 1.0 - 1e-9:
            continue
        drug = int(doses[i, Dose.DRUG])
        if drug == _BUSULFAN:
            busulfan = True
            _order_busulfan(body, p, s, doses, i, begin)
            continue
        cyclophosphamide = cyclophosphamide or drug == _CYCLOPHOSPHAMIDE
        amount = ordered_mg(doses, i, 1.0, p)
        if drug == _HORSE_ATG:
            drug, amount = _ATG, amount * p.atg_horse_as_rabbit
        order(body, begin, drug, amount, doses[i, Dose.DURATION_DAYS], 0.0, 0.0)
        if drug == _ATG and doses[i, Dose.NUMBER] == 1.0:
            _react_to_atg(body, p, s, day)
    u[Input.PHENYTOIN] = s.phenytoin if busulfan else 0.0
    u[Input.FLUID_PCT_PER_DAY] = p.care_hydration_pct_per_day if cyclophosphamide else p.care_ward_fluid_pct_per_day


@kernel
def _occasion(body: Body, p: Record, s: Record, number: float, days: float) -> float:
    """Clearance [L/h] on the occasion of one dose, `days` after the first."""
    z = normal(body.seed, body.patient, _CONDITIONING, int(number), _CLEARANCE)
    cv = p.busulfan_clearance_between_doses_cv_pct / 100.0
    factor = exp(sqrt(log(1.0 + cv * cv)) * z) * (p.busulfan_later_clearance_factor if days >= 1.0 else 1.0)
    return clearance_l_per_h(p, s.phenytoin, s.itraconazole) * factor


@kernel
def _absorbed_fraction(body: Body, p: Record, number: float) -> float:
    """Share of one oral dose that is absorbed."""
    z = normal(body.seed, body.patient, _CONDITIONING, int(number), _ABSORBED)
    cv = p.busulfan_oral_between_doses_cv_pct / 100.0
    return min(1.0, p.busulfan_oral_bioavailability * exp(sqrt(log(1.0 + cv * cv)) * z))


@kernel
def monitored_factor(body: Body, p: Record, s: Record, doses: Floats, row: int) -> float:
    """Factor on the dose in `row`.

    1 before the adjustment, then what the measured exposure of the first doses asks for.

    The laboratory measures the mean exposure of the doses given so far with its error; the rest of the course is set to
    reach the target in sum, within the bounds that clinics keep.
    """
    target, after = doses[row, Dose.TARGET_AUC], doses[row, Dose.ADJUST_AFTER]
    if target <= 0.0 or doses[row, Dose.NUMBER] <= after:
        return 1.0
    total, first, given, planned = 0.0, 0.0, 0.0, 0.0
    for i in range(doses.shape[0]):
        if int(doses[i, Dose.DRUG]) != _BUSULFAN or doses[i, Dose.AMOUNT] <= 0.0:
            continue
        planned += 1.0
        number, amount = doses[i, Dose.NUMBER], ordered_mg(doses, i, 1.0, p)
        if number == 1.0:
            first = doses[i, Dose.START_DAY]
        if number <= after:
            absorbed = _absorbed_fraction(body, p, number) if doses[i, Dose.ORAL] > 0.5 else 1.0
            total += amount * absorbed / _occasion(body, p, s, number, doses[i, Dose.START_DAY] - first)
            given += 1.0
    z = normal(body.seed, body.patient, _CONDITIONING, _ONCE, _ASSAY)
    measured = total * exp(p.care_busulfan_assay_cv_pct / 100.0 * z)
    expected = measured / given * (planned - given)
    factor = (target - measured) / expected
    return min(max(factor, p.care_busulfan_factor_minimum), p.care_busulfan_factor_maximum)


@kernel
def _order_busulfan(body: Body, p: Record, s: Record, doses: Floats, row: int, begin: float) -> None:
    number = doses[row, Dose.NUMBER]
    days = doses[row, Dose.START_DAY] - s.busulfan_first_day
    clearance = 24.0 * _occasion(body, p, s, number, days)
    factor = monitored_factor(body, p, s, doses, row)
    amount = ordered_mg(doses, row, factor, p)
    body.memory[Memory.BUSULFAN_FACTOR] = factor
    if doses[row, Dose.ORAL] < 0.5:
        order(body, begin, _BUSULFAN, amount, doses[row, Dose.DURATION_DAYS], 0.0, clearance)
        return
    absorbed = amount * _absorbed_fraction(body, p, number)
    order(
        body,
        begin + p.busulfan_oral_lag_h / 24.0,
        _BUSULFAN,
        absorbed,
        0.0,
        24.0 * p.busulfan_oral_absorption_per_h,
        clearance,
    )


@kernel
def _code_atg_fever(body: Body, day: float, p: Record) -> None:
    """Write the fever down as one of its own, unless febrile neutropenia goes on or ended the day before."""
    until = body.memory[Memory.FEVER_UNTIL]
    if until > 0.0 and runs_into(0.0, until, day):
        return
    body.memory[Memory.ATG_FEVER_ROW] = 1.0 + record(body, _FEVER, day, day + p.toxicity_atg_fever_days, 2.0)


@kernel
def _react_to_atg(body: Body, p: Record, s: Record, day: float) -> None:
    """Fever and rigors with the first dose; serum sickness later in a few."""
    reaction, length, sickness, fever = uniforms4(body.seed, body.patient, _CONDITIONING, _ONCE, _ATG_BLOCK)
    chance = p.toxicity_atg_reaction_probability
    chance *= p.toxicity_atg_reaction_steroid_factor if s.steroid_with_atg > 0.5 else 1.0
    if reaction < chance:
        record(body, _REACTION, day, day + 1.0, 2.0)
        if fever < p.toxicity_atg_fever_fraction:
            body.memory[Memory.ATG_FEVER_UNTIL] = day + p.toxicity_atg_fever_days
            _code_atg_fever(body, day, p)
    if sickness < p.toxicity_serum_sickness_probability:
        begin = day + p.toxicity_serum_sickness_after_days + p.toxicity_serum_sickness_after_range_days * length
        record(body, _SERUM_SICKNESS, begin, begin + p.toxicity_serum_sickness_lasts_days, 2.0)
