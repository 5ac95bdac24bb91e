"""The pathway: seven steps, in the order of the clinic, for one patient.

Mobilisation is tried a second time when the first graft is too small; with too few cells after that marrow is harvested
where the protocol does so, or the patient is not transplanted. Nothing is drawn here: all chance has its address inside
the steps.
"""

from math import nan
from typing import NamedTuple

from regraft.core.arrays import Floats, Record
from regraft.core.integrate import Pace
from regraft.core.kernels import kernel
from regraft.core.streams import Address
from regraft.physiology.body import wake
from regraft.physiology.mortality import is_alive
from regraft.physiology.room import BodyRoom, clear
from regraft.physiology.signs import Daily
from regraft.physiology.world import Body, Drug, Memory, Tally, code
from regraft.treatment.ablate import ablate
from regraft.treatment.doses import Dose
from regraft.treatment.freeze import freeze
from regraft.treatment.harvest import harvest
from regraft.treatment.marrow_harvest import harvest_marrow
from regraft.treatment.mobilise import mobilise
from regraft.treatment.products import (
    AblatedMarrow,
    Engraftment,
    Reconstitution,
    StoredGraft,
    TreatmentResult,
    empty_store,
)
from regraft.treatment.purify import purify
from regraft.treatment.reconstitute import reconstitute
from regraft.treatment.transplant import transplant

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


@kernel
def treat(
    p: Record,
    settings: Record,
    doses: Floats,
    admission: Admission,
    who: Address,
    room: BodyRoom,
    charts: Charts,
    result: TreatmentResult,
) -> int:
    """Treat one patient, with local errors of the equations held to ``settings.rtol``.

    Parameters
    ----------
    p, settings : record
        The patient's row of the record array; the plan's row of settings (`plan.SETTINGS`).
    doses : float64, shape (doses, len(Dose))
        Conditioning, one row per dose.
    admission : Admission
        The patient on day 0.
    who : Address
        Key of the random numbers.
    room : BodyRoom
        The caller's memory for the body, wiped first; not to be shared between threads.
    charts : Charts
        Filled in; what lies outside the days lived stays as it was.
    result : record of `products.RESULT`
        Filled in.

    Returns
    -------
    int
        Number of events; negative if the integrator failed.
    """
    clear(room)
    body = room.bodies[0]
    result.first_apheresis_day = nan
    body.seed, body.patient = who.seed, who.patient
    _admit(body, p, admission, settings.rtol)
    rack = result.bags
    rack[:, :] = 0.0
    store = empty_store()
    session_day = second_day = nan
    while store.sufficient < 0.5 and store.attempts < settings.attempts_maximum and is_alive(body):
        blood = mobilise(store, body, p, settings)
        collected = harvest(blood, body, p, settings, rack)
        graft = purify(collected, body, p, settings, rack)
        store = freeze(graft, store, p, settings, rack)
        if collected.sessions > 0.0:
            session_day, result.first_apheresis_day = collected.last_day, collected.first_day
        if blood.attempt > 0:
            second_day = blood.start_day
    store, marrow_day = harvest_marrow(store, body, p, settings, rack)
    marrow = ablate(store, body, p, settings, doses)
    engraftment = transplant(marrow, store, body, p, settings, rack)
    outcome = reconstitute(engraftment, body, p, settings, charts.weekly, rack)
    _write_collection(result, store, body)
    result.last_apheresis_day, result.second_mobilisation_day = session_day, second_day
    result.marrow_harvest_day = marrow_day
    _write_outcome(result, marrow, engraftment, outcome, body)
    result.busulfan_oral = _any_oral(doses)
    return _hand_over(body, charts)


@kernel
def _admit(body: Body, p: Record, admission: Admission, rtol: float) -> None:
    """Put the body at rest on day 0."""
    wake(body, admission.age_years, rtol, p)
    body.tally[Tally.EDSS], body.tally[Tally.BLADDER_GRADE] = admission.edss, admission.bladder_grade


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
