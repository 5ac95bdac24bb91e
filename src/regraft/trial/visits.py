"""Clinical visits: scheduled ones with their windows and misses, and unscheduled ones at relapses.

Each visit is an examination whose reading of every functional system carries an error: in part the rater's own, who
sees a patient at all visits of a trial, in part the visit's. The EDSS is scored by the rules of recorded data
(`regraft.clinical.edss`).
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from regraft.core.arrays import Floats, Record, Records
from regraft.core.kernels import kernel
from regraft.core.loop import over_patients
from regraft.core.streams import Address, Purpose, fill_normals, uniform
from regraft.course.course import EnrolledRow
from regraft.disease.disability import EXAMINATION_SIZE, Reading, make_reading, read_edss
from regraft.disease.illness import week_at
from regraft.disease.layout import Attack

SCREENING, BASELINE, SCHEDULED, RELAPSE = 0, 1, 2, 3
VISIT_TYPE_NAMES = np.array(["screening", "baseline", "scheduled", "relapse"])
_VISITS = int(Purpose.VISITS)
_RATER = int(Purpose.RATER)
_RELAPSE_SLOT = 1000
_OWN = 900  # slot of what the patient's rater brings to every visit
_RELAPSE_VISITS_MAX = 40


class Visit(IntEnum):
    """Columns of a visit; `GRADES` begins the seven raw functional systems and the ambulation score."""

    DAY = 0  # since enrolment
    TYPE = 1
    EDSS = 2
    GRADES = 3
    AMBULATION = 10


COLUMNS = Visit.GRADES + EXAMINATION_SIZE


class VisitRules(NamedTuple):
    """How visits are kept: the days due after the anchor, the window, and how often one is missed."""

    seed: int
    first: int
    due: Floats
    window_days: float
    missed_probability: float


class Visited(NamedTuple):
    """Who is looked at and when; ``visits`` (patients, slots, COLUMNS) is filled.

    ``bias`` [grades] shifts every reading after baseline; 0 where raters are blinded.
    """

    records: Records
    enrolled: Records
    weeks: Floats
    relapses: Floats
    anchor: Floats
    baseline: Floats
    end: Floats
    bias: Floats
    visits: Floats


@kernel
def _visit_day(nominal: float, rules: VisitRules, who: Address, slot: int) -> float:
    """Return the day of a scheduled visit, or NaN if it was missed."""
    if uniform(who.seed, who.patient, _VISITS, slot, 1) < rules.missed_probability:
        return np.nan
    return np.floor(nominal + rules.window_days * (2.0 * uniform(who.seed, who.patient, _VISITS, slot, 0) - 1.0))


@kernel
def _examine(p: Record, row: Floats, bias: float, who: Address, slot: int, reading: Reading, out: Floats) -> None:
    """Write EDSS, grades and ambulation score of one examination, of which `slot` is the address."""
    fill_normals(who.seed, who.patient, _RATER, slot, 0, reading.noise)
    out[Visit.EDSS] = read_edss(p, row, bias, reading)
    for k in range(EXAMINATION_SIZE):
        out[Visit.GRADES + k] = reading.grades[k]


@kernel
def _visit_one(i: int, rules: VisitRules, people: Visited, reading: Reading) -> None:
    """Write every visit of one patient that took place; other slots stay NaN.

    Slots: screening, baseline, each due day, then one for every relapse since enrolment as far as there is room.
    """
    p, who, out = people.records[i], Address(rules.seed, rules.first + i), people.visits[i]
    own: EnrolledRow = people.enrolled[i]
    if own.clock < 0:
        return
    fill_normals(who.seed, who.patient, _RATER, _OWN, 0, reading.own)
    due = rules.due.shape[0]
    for slot in range(due + 2):
        if slot == SCREENING:
            day = 0.0
        elif slot == BASELINE:
            day = people.baseline[i]
        else:
            day = _visit_day(people.anchor[i] + rules.due[slot - 2], rules, who, slot)
        if not day <= people.end[i]:
            continue
        out[slot, Visit.DAY], out[slot, Visit.TYPE] = day, min(slot, SCHEDULED)
        bias = people.bias[i] if slot >= SCHEDULED else 0.0
        _examine(p, people.weeks[i, int(day / 7.0)], bias, who, slot, reading, out[slot])
    for k in range(own.relapses_before, own.relapses):
        slot = due + 2 + k - own.relapses_before
        chance = uniform(who.seed, who.patient, _VISITS, _RELAPSE_SLOT + k, 1)
        if slot >= out.shape[0] or chance >= p.observation_relapse_visit_share:
            continue
        onset = people.relapses[i, k, Attack.ONSET_WEEK] - week_at(p, own.clock).since_onset
        day = np.floor(onset * 7.0 + p.observation_relapse_visit_delay_days)
        if not (0.0 < day <= people.end[i]):
            continue
        out[slot, Visit.DAY], out[slot, Visit.TYPE] = day, RELAPSE
        row = people.weeks[i, int(day / 7.0)]
        _examine(p, row, people.bias[i], who, _RELAPSE_SLOT + k, reading, out[slot])


_visit_some = over_patients(_visit_one)


def no_visits(patients: int, due: Floats) -> Floats:
    """Return room for the visits of some patients, with NaN for each that did not take place."""
    return np.full((patients, len(due) + 2 + _RELAPSE_VISITS_MAX, COLUMNS), np.nan)


def observe_visits(rules: VisitRules, people: Visited) -> Floats:
    """Return every visit that took place, shape (patients, slots, COLUMNS); in other slots NaN."""
    _visit_some(0, len(people.visits), rules, people, make_reading())
    return people.visits
