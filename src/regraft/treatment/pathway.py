"""The pathway: the steps of the clinic in their order, for one patient.

Mobilisation is tried a second time when the first graft is too small; with too few cells after that marrow is harvested
where the protocol does so, or the patient is not transplanted. Nothing is drawn here: all chance has its address inside
the steps.

`go_on` does what is done at one moment and says until when time is to pass, so a step has a part for the morning,
before a day, and one for when the day has passed. `ward` lets time pass for many patients at once; `travel` does for
one, where a treatment is looked at from within.
"""

from math import isnan, nan
from typing import NamedTuple

from regraft.core.arrays import Floats, Record
from regraft.core.integrate import Pace
from regraft.core.kernels import kernel
from regraft.core.streams import Address
from regraft.physiology.body import live_until, wake
from regraft.physiology.mortality import is_alive
from regraft.physiology.signs import Daily
from regraft.physiology.world import Body, Drug, Memory, Tally, code, put
from regraft.treatment.ablate import (
    begin_conditioning,
    begin_waiting,
    condition_by_day,
    end_conditioning,
    unconditioned,
)
from regraft.treatment.attempts import act_of_plerixafor
from regraft.treatment.doses import Dose
from regraft.treatment.freeze import freeze
from regraft.treatment.harvest import begin_harvest, collected, harvest_by_day
from regraft.treatment.journey import (
    Note,
    Passing,
    Stage,
    conditioned_marrow_of,
    engraftment_of,
    keep_store,
    outcome_of,
    store_of,
)
from regraft.treatment.marrow_harvest import harvest_marrow, marrow_is_harvested
from regraft.treatment.mobilise import begin_mobilisation, is_mobilised, mobilise_by_day
from regraft.treatment.products import (
    AblatedMarrow,
    Engraftment,
    Reconstitution,
    StoredGraft,
    TreatmentResult,
    empty_store,
)
from regraft.treatment.purify import purify
from regraft.treatment.reconstitute import (
    begin_reconstitution,
    end_reconstitution,
    no_reconstitution,
    reconstitute_by_day,
    see_reconstitution,
)
from regraft.treatment.supportive_care import EVENING, begin_day, end_day, next_morning
from regraft.treatment.transplant import begin_reinfusion, end_reinfusion, no_graft

_REST, _MOBILISATION, _HARVEST = code(Stage.REST), code(Stage.MOBILISATION), code(Stage.HARVEST)
_REST_BEFORE_MARROW, _WAIT = code(Stage.REST_BEFORE_MARROW), code(Stage.WAIT)
_CONDITIONING, _REINFUSION = code(Stage.CONDITIONING), code(Stage.REINFUSION)
_RECONSTITUTION, _DONE = code(Stage.RECONSTITUTION), code(Stage.DONE)
_NOTHING, _DAY, _HOURS = code(Passing.NOTHING), code(Passing.DAY), code(Passing.HOURS)
_BUSULFAN = code(Drug.BUSULFAN)


class Admission(NamedTuple):
    """The patient on day 0, the start of mobilisation; the grade is that of bowel and bladder."""

    age_years: float
    edss: float
    bladder_grade: float


class Charts(NamedTuple):
    """Tables that a treatment fills in; give not a number where nothing may stand.

    daily (DAYS, len(Daily)), from day 0 to day 100 after reinfusion; weekly (weeks, len(Weekly)), from the day of
    reinfusion on, for those who reached day 100 to its end; events (MAX_EVENTS, len(Episode)), whose days may lie years
    ahead.
    """

    daily: Floats
    weekly: Floats
    events: Floats


class Case(NamedTuple):
    """What a pathway has beside the body: record, settings, doses, and the tables it fills in, by week and of bags."""

    p: Record
    settings: Record
    doses: Floats
    weekly: Floats
    bags: Floats


@kernel
def begin_pathway(body: Body) -> None:
    """Stand before the first mobilisation, with nothing in store."""
    notes = body.journey
    keep_store(body, empty_store())
    notes[Note.FIRST_APHERESIS_DAY] = notes[Note.LAST_APHERESIS_DAY] = nan
    notes[Note.SECOND_MOBILISATION_DAY] = notes[Note.MARROW_HARVEST_DAY] = nan
    notes[Note.RESUME_DAY], notes[Note.GOES_ON] = body.tally[Tally.DAY], 1.0
    notes[Note.STAGE] = _REST


@kernel
def begin_with_graft(body: Body, store: StoredGraft, s: Record) -> None:
    """Stand before conditioning, with a graft in store."""
    keep_store(body, store)
    begin_waiting(store, body, s)
    body.journey[Note.STAGE] = _WAIT


@kernel
def travel(case: Case, body: Body, last: int) -> None:
    """Let a body go its way until the stage `last` begins."""
    while True:
        day = go_on(case, body, last)
        if isnan(day):
            return
        live_until(body, case.p, day)


@kernel
def go_on(case: Case, body: Body, last: int) -> float:
    """Do what is done now; return until when time is to pass, not a number where the stage `last` begins."""
    notes, passing = body.journey, int(body.journey[Note.PASSING])
    notes[Note.PASSING] = _NOTHING
    if passing == _DAY:
        _see(case, body, end_day(body, case.p, case.settings))
    elif passing == _HOURS:
        graft = end_reinfusion(engraftment_of(body), notes[Note.DMSO_ML], body, case.p)
        put(notes, Note.ENGRAFTMENT, graft)
        begin_reconstitution(body, case.weekly)
        notes[Note.STAGE] = _RECONSTITUTION
    while notes[Note.STAGE] < last:
        if notes[Note.STAGE] == _REINFUSION:
            if _reinfuse(case, body):
                notes[Note.PASSING] = _HOURS
                return body.tally[Tally.DAY] + EVENING
        elif not _spend(case, body):
            _next_stage(case, body)
        elif begin_day(body, case.p):
            notes[Note.PASSING] = _DAY
            return next_morning(body)
        else:
            _see(case, body, False)
    return nan


@kernel
def _spend(case: Case, body: Body) -> bool:
    """Do what a stage does in the morning; return whether it takes the day."""
    notes, p, s = body.journey, case.p, case.settings
    stage = int(notes[Note.STAGE])
    if stage == _MOBILISATION:
        return mobilise_by_day(body, p, s)
    if stage == _HARVEST:
        return harvest_by_day(body, p, s, case.bags)
    if stage == _CONDITIONING:
        return condition_by_day(body, p, s, case.doses)
    if stage == _RECONSTITUTION:
        return reconstitute_by_day(body, p, s)
    return notes[Note.GOES_ON] > 0.5 and body.tally[Tally.DAY] < notes[Note.RESUME_DAY]


@kernel
def _see(case: Case, body: Body, alive: bool) -> None:
    """Do what a stage does when a day has passed."""
    notes, stage = body.journey, int(body.journey[Note.STAGE])
    notes[Note.GOES_ON] = 1.0 if alive else 0.0
    if stage in (_MOBILISATION, _HARVEST):
        act_of_plerixafor(body, case.p)
    elif stage == _RECONSTITUTION and alive:
        see_reconstitution(body, case.p, case.settings, case.weekly, case.bags)


@kernel
def _next_stage(case: Case, body: Body) -> None:
    """End a stage that takes no more days, and begin the next."""
    notes, p, s = body.journey, case.p, case.settings
    stage = int(notes[Note.STAGE])
    if stage == _REST:
        begin_mobilisation(body, p, s)
        notes[Note.STAGE] = _MOBILISATION
    elif stage == _MOBILISATION:
        begin_harvest(body, is_mobilised(body, p, s))
        notes[Note.STAGE] = _HARVEST
    elif stage == _HARVEST:
        _store(case, body)
    elif stage == _REST_BEFORE_MARROW:
        _go_without_more(case, body)
    elif stage == _WAIT and notes[Note.GOES_ON] > 0.5:
        begin_conditioning(body, s)
        notes[Note.STAGE] = _CONDITIONING
    elif stage == _WAIT:
        put(notes, Note.MARROW, unconditioned())
        notes[Note.STAGE] = _REINFUSION
    elif stage == _CONDITIONING:
        put(notes, Note.MARROW, end_conditioning(body, p, s, case.doses))
        notes[Note.STAGE] = _REINFUSION
    else:
        put(notes, Note.OUTCOME, end_reconstitution(engraftment_of(body), body, p, s, case.weekly))
        notes[Note.STAGE] = _DONE


@kernel
def _store(case: Case, body: Body) -> None:
    """Purify and freeze what an attempt has brought; rest before another, or before marrow, where there is need."""
    notes, p, s, brought = body.journey, case.p, case.settings, collected(body)
    before = store_of(body)
    store = freeze(purify(brought, body, p, s, case.bags), before, p, s, case.bags)
    keep_store(body, store)
    if brought.sessions > 0.0:
        notes[Note.FIRST_APHERESIS_DAY], notes[Note.LAST_APHERESIS_DAY] = brought.first_day, brought.last_day
    if brought.attempt > 0:
        notes[Note.SECOND_MOBILISATION_DAY] = notes[Note.START_DAY]
    notes[Note.RESUME_DAY] = body.tally[Tally.DAY] + s.second_attempt_after_days
    again = store.sufficient < 0.5 and store.attempts < s.attempts_maximum and is_alive(body)
    notes[Note.GOES_ON] = 1.0 if again or marrow_is_harvested(store, body, s) else 0.0
    notes[Note.STAGE] = _REST if again else _REST_BEFORE_MARROW


@kernel
def _go_without_more(case: Case, body: Body) -> None:
    """Harvest marrow where that was waited for, and wait for conditioning."""
    notes, store = body.journey, store_of(body)
    if notes[Note.GOES_ON] > 0.5:
        store = harvest_marrow(store, body, case.p, case.settings, case.bags)
        keep_store(body, store)
        notes[Note.MARROW_HARVEST_DAY] = body.tally[Tally.DAY]
    begin_waiting(store, body, case.settings)
    notes[Note.STAGE] = _WAIT


@kernel
def _reinfuse(case: Case, body: Body) -> bool:
    """Begin to give the graft; return whether there is one."""
    notes, marrow = body.journey, conditioned_marrow_of(body)
    if marrow.ready < 0.5:
        put(notes, Note.ENGRAFTMENT, no_graft(marrow))
        put(notes, Note.OUTCOME, no_reconstitution())
        notes[Note.STAGE] = _DONE
        return False
    graft, notes[Note.DMSO_ML] = begin_reinfusion(store_of(body), body, case.p, case.settings, case.bags)
    put(notes, Note.ENGRAFTMENT, graft)
    return True


@kernel
def admit(body: Body, p: Record, settings: Record, admission: Admission, who: Address, result: TreatmentResult) -> None:
    """Put a wiped body at rest on day 0, before the first mobilisation; local errors are held to ``settings.rtol``."""
    body.seed, body.patient = who.seed, who.patient
    wake(body, admission.age_years, settings.rtol, p)
    body.tally[Tally.EDSS], body.tally[Tally.BLADDER_GRADE] = admission.edss, admission.bladder_grade
    result.bags[:, :] = 0.0
    begin_pathway(body)


@kernel
def discharge(body: Body, doses: Floats, charts: Charts, result: TreatmentResult) -> int:
    """Write down what happened on the whole way; return the number of events, negative if the integrator failed."""
    notes = body.journey
    _write_collection(result, store_of(body), body)
    result.first_apheresis_day = notes[Note.FIRST_APHERESIS_DAY]
    result.last_apheresis_day = notes[Note.LAST_APHERESIS_DAY]
    result.second_mobilisation_day = notes[Note.SECOND_MOBILISATION_DAY]
    result.marrow_harvest_day = notes[Note.MARROW_HARVEST_DAY]
    _write_outcome(result, conditioned_marrow_of(body), engraftment_of(body), outcome_of(body), body)
    result.busulfan_oral = _any_oral(doses)
    return _hand_over(body, charts)


@kernel
def _hand_over(body: Body, charts: Charts) -> int:
    """Copy the days lived and the events into the caller's tables; return the number of events or a fault."""
    daily, events = charts.daily, charts.events
    for day in range(min(int(body.tally[Tally.DAY] + 1.5), daily.shape[0], body.daily.shape[0])):
        for column in range(daily.shape[1]):
            daily[day, column] = body.daily[day, column]
    for row in range(min(int(body.tally[Tally.EVENTS]), events.shape[0])):
        for column in range(events.shape[1]):
            events[row, column] = body.events[row, column]
    status = int(body.tally[Tally.STATUS])
    return int(body.tally[Tally.EVENTS]) if status == 0 else -status


@kernel
def _any_oral(doses: Floats) -> float:
    """1 if busulfan is given by mouth."""
    for i in range(doses.shape[0]):
        if doses[i, Dose.DRUG] == _BUSULFAN and doses[i, Dose.AMOUNT] > 0.0 and doses[i, Dose.ORAL] > 0.5:
            return 1.0
    return 0.0


@kernel
def _write_collection(result: TreatmentResult, store: StoredGraft, body: Body) -> None:
    result.mobilisation_attempts, result.apheresis_sessions = store.attempts, store.sessions
    result.plerixafor_doses, result.plerixafor_day = store.plerixafor_doses, store.plerixafor_day
    result.collection_decision_day = store.decision_day
    result.collected_cd34_1e6_per_kg, result.collected_cd3_1e6_per_kg = store.collected_cd34, store.collected_cd3
    result.selected_cd34_1e6_per_kg = store.selected_cd34
    result.frozen_cd34_1e6_per_kg, result.frozen_cd3_1e6_per_kg = store.frozen_cd34, store.frozen_cd3
    result.backup_cd34_1e6_per_kg = store.backup_cd34
    result.purity_pct, result.volume_ml, result.dmso_ml = 100.0 * store.purity, store.volume_ml, store.dmso_ml
    tally = body.tally
    result.platelet_transfusions = tally[Tally.PLATELET_TRANSFUSIONS]
    result.red_cell_transfusions = tally[Tally.RED_CELL_TRANSFUSIONS]
    result.intensive_care_day, result.last_day = tally[Tally.INTENSIVE_CARE_DAY], tally[Tally.DAY]
    result.death_day, result.death_cause = tally[Tally.DEATH_DAY], tally[Tally.DEATH_CAUSE]
    result.injury_peak, result.stem_fraction_low = tally[Tally.INJURY_PEAK], tally[Tally.STEM_FRACTION_LOW]
    result.steps, result.rate_calls = body.pace[Pace.STEPS], body.pace[Pace.RATE_CALLS]
    result.status = tally[Tally.STATUS]
    result.comorbidity_points, result.karnofsky = tally[Tally.COMORBIDITY_POINTS], tally[Tally.KARNOFSKY]
    result.hospital_days, result.intensive_care_days = tally[Tally.HOSPITAL_DAYS], tally[Tally.INTENSIVE_CARE_DAYS]
    result.defibrotide_day, result.defibrotide_days = tally[Tally.DEFIBROTIDE_DAY], tally[Tally.DEFIBROTIDE_DAYS]
    result.late_death_day, result.late_death_cause = tally[Tally.LATE_DEATH_DAY], tally[Tally.LATE_DEATH_CAUSE]
    result.fatal_event, result.late_fatal_event = tally[Tally.FATAL_ROW], tally[Tally.LATE_FATAL_ROW]


@kernel
def _write_outcome(
    result: TreatmentResult, marrow: AblatedMarrow, graft: Engraftment, outcome: Reconstitution, body: Body
) -> None:
    done = graft.ready > 0.5
    result.transplanted = graft.ready
    result.transplant_day = graft.reinfusion_day if done else nan
    result.conditioning_start_day = marrow.conditioning_day
    result.infused_cd34_1e6_per_kg, result.infused_cd3_1e6_per_kg = graft.infused_cd34, graft.infused_cd3
    result.backup_infused, result.viability_pct = outcome.backup_infused, 100.0 * graft.viability
    result.busulfan_auc_mg_h_per_l = marrow.busulfan_auc_mg_h_per_l
    result.busulfan_dose_factor = body.memory[Memory.BUSULFAN_FACTOR]
    result.atg_auc_ug_d_per_ml = _exposure(body)
    result.memory_t_log10_kill, result.graft_memory_t_per_kg = (
        outcome.memory_t_log10_kill,
        outcome.graft_memory_t_per_kg,
    )
    result.neutrophil_engraftment_day_latent = outcome.neutrophil_day - graft.reinfusion_day
    result.discharge_day = outcome.discharge_day


@kernel
def _exposure(body: Body) -> float:
    """Exposure to active ATG, by mornings."""
    total = 0.0
    for day in range(min(int(body.tally[Tally.DAY] + 1.5), body.daily.shape[0])):
        total += body.daily[day, Daily.ATG_ACTIVE_UG_PER_ML]
    return total
