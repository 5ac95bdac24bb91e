"""The whole treatment in lanes: as many patients at once as there are lanes, each on its own way and at its own time.

What is done at the bedside is the scalar program of `regraft.treatment`, for one patient after another; where it waits
for time to pass, the body goes into a lane. Lanes take steps of their own length; a lane that has arrived goes back to
its bedside, or makes room for the next patient.
"""

from math import isnan, nan
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from lanes.body import equations, prepare_patient, prepare_stretch, rates
from lanes.kind import any_of, choose, everywhere, put_row, row_of
from lanes.stepper import Clock, LaneRoom, accept, make_room, rock4, rows_of_lanes
from lanes.vector import LANES
from regraft.core.arrays import Floats, Ints, Record, Records
from regraft.core.integrate import Pace
from regraft.core.kernels import kernel
from regraft.core.streams import Address
from regraft.physiology.body import begin_stretch, end_stretch, forget_traces
from regraft.physiology.world import BODY, INPUTS, STATE_SCALES, STATES, Tally, code
from regraft.treatment.cohort import Cohort, Treated, Treatment
from regraft.treatment.journey import Stage
from regraft.treatment.pathway import Admission, Case, Charts, admit, discharge, go_on

Lanes: TypeAlias = Any  # a kernel's own types have no name outside
_DONE = code(Stage.DONE)
_ORDER = 4.0
_FOLLOWING, _STAYING = 0, 1


class Ward(NamedTuple):
    """The memory of a ward with a bed for each lane.

    ``bodies`` and ``words``: records of `BODY`, shape (lanes,), and the same memory, shape (lanes, BODY.itemsize / 8).
    ``queue``: who is next, and how many are in beds, shape (2,). ``who``, ``until``: whom a lane holds (-1: none), and
    until when the patient waits (not a number: not), shape (lanes,). ``places``: where each parameter that rates
    read stands in a patient's row, shape (parameters,). ``scales``: of the states, shape (states, lanes).
    """

    bodies: Records
    words: Floats
    queue: Ints
    who: Ints
    until: Floats
    places: Ints
    scales: Floats
    parameters: Floats
    room: LaneRoom


def make_ward(cohort: Cohort) -> Ward:
    """Return the memory for patients whose records are laid out as those of a cohort."""
    known, bodies = equations(), np.zeros(LANES, BODY)
    names = cohort.dtype.names or ()
    scales = rows_of_lanes(STATES)
    scales[:] = STATE_SCALES[:, None]
    room = make_room(STATES, INPUTS, len(known.rows))
    return Ward(
        bodies=bodies,
        words=bodies.view(np.float64).reshape(LANES, -1),
        queue=np.zeros(2, dtype=np.int64),
        who=np.full(LANES, -1),
        until=np.full(LANES, nan),
        places=np.array([names.index(name) for name in known.parameters]),
        scales=scales,
        parameters=rows_of_lanes(len(known.parameters)),
        room=room,
    )


@kernel
def _body_rates(t: Lanes, y: Floats, inputs: Floats, prepared: Floats, out: Floats) -> None:
    rates(t, y, inputs, prepared, out)


attempt = rock4(_body_rates)


@kernel
def _stop_of(ward: Ward, lane: int, same: Treatment, people: Treated) -> float:
    """Do what is done at a bedside now; return where the next stretch ends, not a number where there is none."""
    i = ward.who[lane]
    v = people.variant[i]
    case = Case(people.records[i], same.settings[v], same.doses[v], people.charts.weekly[i], people.result[i].bags)
    body = ward.bodies[lane]
    while True:
        if body.tally[Tally.DAY] < ward.until[lane] - 1e-9:
            return begin_stretch(body, case.p, ward.until[lane])
        if not isnan(ward.until[lane]):
            forget_traces(body)
        ward.until[lane] = go_on(case, body, _DONE)
        if isnan(ward.until[lane]):
            return nan
        body.pace[Pace.STAGE_IS_FRESH] = 0.0


@kernel
def _into_lane(ward: Ward, lane: int, stop: float) -> None:
    body, room = ward.bodies[lane], ward.room
    for i in range(STATES):
        room.y[i, lane] = body.state[i]
    for i in range(INPUTS):
        room.inputs[i, lane] = body.inputs[i]
    room.clock[Clock.NOW, lane], room.clock[Clock.END, lane] = body.tally[Tally.DAY], stop
    room.clock[Clock.STEP, lane] = body.pace[Pace.STEP]
    room.clock[Clock.LN_PREVIOUS_ERROR, lane] = body.pace[Pace.LN_PREVIOUS_ERROR]
    room.clock[Clock.STEPS, lane] = 0.0


@kernel
def _out_of_lane(ward: Ward, lane: int, p: Record) -> None:
    body, room = ward.bodies[lane], ward.room
    for i in range(STATES):
        body.state[i] = room.y[i, lane]
    body.pace[Pace.STEP] = room.clock[Clock.STEP, lane]
    body.pace[Pace.LN_PREVIOUS_ERROR] = room.clock[Clock.LN_PREVIOUS_ERROR, lane]
    body.pace[Pace.STEPS] += room.clock[Clock.STEPS, lane]
    end_stretch(body, p, room.clock[Clock.END, lane])


@kernel
def _take_in(ward: Ward, lane: int, i: int, same: Treatment, people: Treated) -> None:
    """Put a patient into a bed, on day 0."""
    body, v = ward.bodies[lane], people.variant[i]
    for k in range(ward.words.shape[1]):
        ward.words[lane, k] = 0.0
    admission = Admission(people.age_years[i], people.edss[i], people.bladder_grade[i])
    admit(body, people.records[i], same.settings[v], admission, Address(same.seed, people.ids[i]), people.result[i])
    ward.who[lane], ward.until[lane] = i, nan


@kernel
def _discharge(ward: Ward, lane: int, same: Treatment, people: Treated) -> None:
    i = ward.who[lane]
    charts = Charts(people.charts.daily[i], people.charts.weekly[i], people.charts.events[i])
    people.n_events[i] = discharge(ward.bodies[lane], same.doses[people.variant[i]], charts, people.result[i])
    ward.who[lane] = -1
    ward.room.clock[Clock.END, lane] = ward.room.clock[Clock.NOW, lane]


@kernel
def _serve(ward: Ward, lane: int, stop: int, same: Treatment, people: Treated, matrix: Floats) -> None:
    """Bring a lane to where time must pass: at the bedside of who was in it, or of the next to be treated."""
    if ward.who[lane] >= 0:
        _out_of_lane(ward, lane, people.records[ward.who[lane]])
    while True:
        if ward.who[lane] < 0:
            following = ward.queue[_FOLLOWING]
            if following >= stop:
                return
            _take_in(ward, lane, following, same, people)
            for k in range(ward.places.shape[0]):
                ward.parameters[k, lane] = matrix[following, ward.places[k]]
            ward.queue[_FOLLOWING] += 1
            ward.queue[_STAYING] += 1
        until = _stop_of(ward, lane, same, people)
        if not isnan(until):
            _into_lane(ward, lane, until)
            return
        _discharge(ward, lane, same, people)
        ward.queue[_STAYING] -= 1


@kernel
def _serve_arrived(ward: Ward, stop: int, same: Treatment, people: Treated, matrix: Floats) -> None:
    """Serve the lanes that have arrived, and renew what their rates are made of."""
    room, following = ward.room, ward.queue[_FOLLOWING]
    clock, fresh, mask = room.clock, room.stages[0], room.stages[1]
    arrived = row_of(clock, Clock.NOW) == row_of(clock, Clock.END)
    put_row(mask, 0, choose(arrived, everywhere(1.0), 0.0))
    for lane in range(LANES):
        if mask[0, lane] > 0.5:
            _serve(ward, lane, stop, same, people, matrix)
    if ward.queue[_FOLLOWING] > following:
        prepare_patient(ward.parameters, room.p)
    prepare_stretch(room.inputs, room.p)
    _body_rates(row_of(clock, Clock.NOW), room.y, room.inputs, room.p, fresh)
    for i in range(STATES):
        put_row(room.rates, i, choose(arrived, row_of(fresh, i), row_of(room.rates, i)))


@kernel
def treat_in_lanes(start: int, stop: int, same: Treatment, people: Treated, matrix: Floats, ward: Ward) -> bool:
    """Treat patients `start` to `stop` - 1, whose records are rows of `matrix`; return whether all is well."""
    clock = ward.room.clock
    ward.queue[_FOLLOWING], ward.queue[_STAYING] = start, 0
    for lane in range(LANES):
        ward.who[lane] = -1
        clock[Clock.NOW, lane] = clock[Clock.END, lane] = 0.0
    while True:
        if any_of(row_of(clock, Clock.NOW) == row_of(clock, Clock.END)):
            _serve_arrived(ward, stop, same, people, matrix)
            if ward.queue[_STAYING] == 0:
                return True
        attempt(ward.room, same.settings[0].rtol, ward.scales)
        if not accept(ward.room, _ORDER):
            return False
