"""The ward: as many patients at once as there are lanes, each on its own way and at its own time.

What is done at the bedside is done for one patient after another (`pathway.go_on`); where it waits for time to pass,
the body goes into a lane. Lanes take steps of their own length; a lane that has arrived goes back to its bedside, or
makes room for the next patient. A patient's numbers depend on seed and id alone, never on lane, neighbours or thread.
"""

from math import isnan, nan
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from regraft.core.arrays import Floats, Ints, Record, Records
from regraft.core.integrate import Pace
from regraft.core.kernels import kernel
from regraft.core.lanes.kind import any_of, choose, everywhere, put_row, row_of
from regraft.core.lanes.stepper import Clock, LaneRoom, accept, make_room, rock4, rows_of_lanes
from regraft.core.lanes.vector import LANES
from regraft.core.steps import ROCK4_ORDER
from regraft.core.streams import Address
from regraft.equations.body_in_lanes import prepare_patient, prepare_stretch, rates, rows_needed, take_parameters
from regraft.physiology.body import begin_stretch, end_stretch, forget_traces
from regraft.physiology.room import BodyRoom, clear, make_body_room
from regraft.physiology.world import INPUTS, STATE_SCALES, STATES, Tally, code
from regraft.treatment.journey import Stage
from regraft.treatment.pathway import Admission, Case, Charts, admit, discharge, go_on

Lanes: TypeAlias = Any  # a kernel's own types have no name outside
_DONE = code(Stage.DONE)
_RATES_OF_A_STEP = 5
_NOBODY = -1


class Treatment(NamedTuple):
    """What is the same for everybody: plans of the treatment, and the seed."""

    seed: int
    settings: Records
    doses: Floats


class Treated(NamedTuple):
    """Who is treated, as on day 0, and what is filled in; a row per patient.

    ``charts`` have a leading axis (patients,); ``result`` is of `products.RESULT`. ``n_events`` is the number of
    events, negative if the integrator failed.
    """

    ids: Ints
    records: Records
    variant: Ints
    age_years: Floats
    edss: Floats
    bladder_grade: Floats
    charts: Charts
    result: Records
    n_events: Ints


class Ward(NamedTuple):
    """The memory of a ward with a bed for each lane; one per thread.

    ``who``, ``until``: whom a bed holds (-1: nobody), and until when the patient waits (not a number: not), shape
    (lanes,). ``scales``: of the states, shape (states, lanes). ``parameters``: those that rates read, (parameters,
    lanes).
    """

    beds: BodyRoom
    who: Ints
    until: Floats
    scales: Floats
    parameters: Floats
    lanes: LaneRoom


def make_ward() -> Ward:
    """Return the memory of a ward, empty."""
    parameters, prepared = rows_needed()
    scales = rows_of_lanes(STATES)
    scales[:] = STATE_SCALES[:, None]
    return Ward(
        beds=make_body_room(LANES),
        who=np.full(LANES, _NOBODY),
        until=np.full(LANES, nan),
        scales=scales,
        parameters=rows_of_lanes(parameters),
        lanes=make_room(STATES, INPUTS, prepared),
    )


@kernel
def _body_rates(t: Lanes, y: Floats, inputs: Floats, prepared: Floats, out: Floats) -> None:
    rates(t, y, inputs, prepared, out)


attempt = rock4(_body_rates)


@kernel
def _admit(ward: Ward, lane: int, i: int, same: Treatment, people: Treated) -> None:
    """Put a patient into a bed, on day 0."""
    clear(ward.beds, lane)
    admission = Admission(people.age_years[i], people.edss[i], people.bladder_grade[i])
    p, settings, who = people.records[i], same.settings[people.variant[i]], Address(same.seed, people.ids[i])
    admit(ward.beds.bodies[lane], p, settings, admission, who, people.result[i])
    take_parameters(p, ward.parameters, lane)
    ward.lanes.clock[Clock.RTOL, lane] = settings.rtol
    ward.who[lane], ward.until[lane] = i, nan


@kernel
def _discharge(ward: Ward, lane: int, same: Treatment, people: Treated) -> None:
    i = ward.who[lane]
    charts = Charts(people.charts.daily[i], people.charts.weekly[i], people.charts.events[i])
    doses = same.doses[people.variant[i]]
    people.n_events[i] = discharge(ward.beds.bodies[lane], doses, charts, people.result[i])
    ward.who[lane] = _NOBODY


@kernel
def _stop_of(ward: Ward, lane: int, same: Treatment, people: Treated) -> float:
    """Do what is done at a bedside now; return where the next stretch ends, not a number where there is none."""
    i, body = ward.who[lane], ward.beds.bodies[lane]
    v = people.variant[i]
    case = Case(people.records[i], same.settings[v], same.doses[v], people.charts.weekly[i], people.result[i].bags)
    while True:
        while body.tally[Tally.DAY] < ward.until[lane] - 1e-9:
            stop = begin_stretch(body, case.p, ward.until[lane])
            if body.tally[Tally.STATUS] == 0.0:
                return stop
            end_stretch(body, case.p, stop)  # the integrator has failed: time passes, and nothing happens
        if not isnan(ward.until[lane]):
            forget_traces(body)
        ward.until[lane] = go_on(case, body, _DONE)
        if isnan(ward.until[lane]):
            return nan


@kernel
def _into_lane(ward: Ward, lane: int, stop: float) -> None:
    body, clock = ward.beds.bodies[lane], ward.lanes.clock
    for i in range(STATES):
        ward.lanes.y[i, lane] = body.state[i]
    for i in range(INPUTS):
        ward.lanes.inputs[i, lane] = body.inputs[i]
    clock[Clock.NOW, lane], clock[Clock.END, lane] = body.tally[Tally.DAY], stop
    clock[Clock.STEP, lane] = body.pace[Pace.STEP]
    clock[Clock.LN_PREVIOUS_ERROR, lane] = body.pace[Pace.LN_PREVIOUS_ERROR]
    clock[Clock.STEPS, lane] = clock[Clock.REFUSED, lane] = clock[Clock.FAULT, lane] = 0.0


@kernel
def _out_of_lane(ward: Ward, lane: int, p: Record) -> None:
    body, clock, pace = ward.beds.bodies[lane], ward.lanes.clock, ward.beds.bodies[lane].pace
    for i in range(STATES):
        body.state[i] = ward.lanes.y[i, lane]
    pace[Pace.STEP], pace[Pace.LN_PREVIOUS_ERROR] = clock[Clock.STEP, lane], clock[Clock.LN_PREVIOUS_ERROR, lane]
    pace[Pace.STEPS] += clock[Clock.STEPS, lane]
    pace[Pace.REJECTED] += clock[Clock.REFUSED, lane]
    pace[Pace.RATE_CALLS] += 1.0 + _RATES_OF_A_STEP * (clock[Clock.STEPS, lane] + clock[Clock.REFUSED, lane])
    body.tally[Tally.STATUS] = clock[Clock.FAULT, lane]
    end_stretch(body, p, clock[Clock.END, lane])


@kernel
def _serve(ward: Ward, lane: int, following: int, stop: int, same: Treatment, people: Treated) -> int:
    """Bring a lane to where time must pass, at the bedside of who was in it or of who follows; return who then does."""
    if ward.who[lane] != _NOBODY:
        _out_of_lane(ward, lane, people.records[ward.who[lane]])
    while True:
        if ward.who[lane] == _NOBODY:
            if following >= stop:
                ward.lanes.clock[Clock.NOW, lane] = nan
                return following
            _admit(ward, lane, following, same, people)
            following += 1
        until = _stop_of(ward, lane, same, people)
        if not isnan(until):
            _into_lane(ward, lane, until)
            return following
        _discharge(ward, lane, same, people)


@kernel
def _renew_rates(ward: Ward, arrived: Lanes) -> None:
    """Renew what the rates are made of, and the rates of lanes that are sent on."""
    room = ward.lanes
    fresh = room.stages[0]
    prepare_stretch(room.inputs, room.p)
    _body_rates(row_of(room.clock, Clock.NOW), room.y, room.inputs, room.p, fresh)
    for i in range(STATES):
        put_row(room.rates, i, choose(arrived > 0.5, row_of(fresh, i), row_of(room.rates, i)))


@kernel
def treat_some(start: int, stop: int, same: Treatment, people: Treated, ward: Ward) -> None:
    """Treat patients ``start .. stop - 1``."""
    room, following = ward.lanes, start
    clock, mask = room.clock, room.stages[1]
    for lane in range(LANES):
        ward.who[lane] = _NOBODY
        clock[Clock.NOW, lane] = clock[Clock.END, lane] = 0.0
    while True:
        arrived = row_of(clock, Clock.NOW) == row_of(clock, Clock.END)
        if any_of(arrived):
            before = following
            put_row(mask, 0, choose(arrived, everywhere(1.0), 0.0))
            for lane in range(LANES):
                if mask[0, lane] > 0.5:
                    following = _serve(ward, lane, following, stop, same, people)
            if following > before:
                prepare_patient(ward.parameters, room.p)
            if not any_of(row_of(clock, Clock.NOW) == row_of(clock, Clock.NOW)):
                return  # no lane has a time: all have gone home
            _renew_rates(ward, row_of(mask, 0))
        attempt(room, ward.scales)
        accept(room, ROCK4_ORDER)
