"""Clinical visits: scheduled ones with their windows and misses, and unscheduled ones at relapses.

Each visit is an examination whose reading of every functional system carries an error: in part the rater's own, who
sees a patient at all visits of a trial, in part the visit's. The EDSS is scored by the rules of recorded data
(`regraft.clinical.edss`).
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from regraft.clinical.edss import edss_from_grades
from regraft.core.kernels import kernel
from regraft.core.streams import Purpose, fill_normals, uniform
from regraft.disease.disability import EXAMINATION_SIZE, examine, rater_errors
from regraft.disease.layout import ATTEMPT_WEEKS, SYSTEMS, Attack

SCREENING, BASELINE, SCHEDULED, RELAPSE = 0, 1, 2, 3
VISIT_TYPE_NAMES = np.array(["screening", "baseline", "scheduled", "relapse"])
_VISITS = int(Purpose.VISITS)
_RATER = int(Purpose.RATER)
_ONSET = int(Attack.ONSET_WEEK)
_RELAPSE_SLOT = 1000
_OWN = 900  # slot of what the patient's rater brings to every visit
COLUMNS = 11  # day, type, EDSS, seven raw functional systems, ambulation score


class VisitRules(NamedTuple):
    """How visits are kept: the days due after the anchor, the window, how often one is missed, and how raters lean.

    ``lean`` [grades], shape (patients,), shifts every reading after baseline; 0 where raters are blinded.
    """

    due: NDArray[np.float64]
    window_days: float
    missed_probability: float
    lean: NDArray[np.float64]


class Reading(NamedTuple):
    """Room for one examination: what the rater brings (7,), the errors of the visit (7,), and the grades (8,)."""

    own: NDArray[np.float64]
    noise: NDArray[np.float64]
    grades: NDArray[np.int64]


def make_reading() -> Reading:
    """Return room for one examination after another."""
    return Reading(np.zeros(SYSTEMS), np.zeros(SYSTEMS), np.zeros(EXAMINATION_SIZE, np.int64))


@kernel
def _visit_day(nominal: Any, window: Any, missed: Any, seed: Any, patient: Any, slot: Any) -> Any:
    """Return the day of a scheduled visit, or NaN if it was missed."""
    if uniform(seed, patient, _VISITS, slot, 1) < missed:
        return np.nan
    return np.floor(nominal + window * (2.0 * uniform(seed, patient, _VISITS, slot, 0) - 1.0))


@kernel
def _examination(
    p: Any,
    weeks: Any,
    day: Any,
    lean: Any,
    seed: Any,
    patient: Any,
    slot: Any,
    own: Any,
    noise: Any,
    grades: Any,
    out: Any,
) -> Any:
    """Write EDSS, grades and ambulation score of one examination into ``out[2:]``."""
    row = weeks[int(day / 7.0)]
    fill_normals(seed, patient, _RATER, slot, 0, noise)
    rater_errors(p, own, noise)
    for system in range(noise.shape[0]):
        noise[system] = lean + noise[system]
    g = grades
    examine(p, row, noise, g)
    out[2] = edss_from_grades(g[0], g[1], g[2], g[3], g[4], g[5], g[6], g[7], 4.5, True)
    for k in range(8):
        out[3 + k] = g[k]


@kernel
def observe_visits(
    records: Any,
    weeks: Any,
    relapses: Any,
    enrolled: Any,
    anchor: Any,
    baseline: Any,
    end: Any,
    rules: Any,
    seed: Any,
    first: Any,
    reading: Any,
    out: Any,
) -> Any:
    """Fill ``out`` (patients, slots, COLUMNS) with every visit that took place; other slots stay NaN.

    Slots: screening, baseline, each due day, then one for every relapse since enrolment as far as there is room.
    `reading` is the caller's memory from `make_reading`.
    """
    own, noise, grades = reading.own, reading.noise, reading.grades
    due = rules.due.shape[0]
    for i in range(out.shape[0]):
        p, patient = records[i], first + i
        if enrolled[i].clock < 0:
            continue
        fill_normals(seed, patient, _RATER, _OWN, 0, own)
        for slot in range(due + 2):
            if slot == SCREENING:
                day = 0.0
            elif slot == BASELINE:
                day = baseline[i]
            else:
                day = _visit_day(
                    anchor[i] + rules.due[slot - 2], rules.window_days, rules.missed_probability, seed, patient, slot
                )
            if not day <= end[i]:
                continue
            out[i, slot, 0], out[i, slot, 1] = day, min(slot, SCHEDULED)
            lean = rules.lean[i] if slot >= SCHEDULED else 0.0
            _examination(p, weeks[i], day, lean, seed, patient, slot, own, noise, grades, out[i, slot])
        for k in range(enrolled[i].relapses_before, enrolled[i].relapses):
            slot = due + 2 + k - enrolled[i].relapses_before
            address = _RELAPSE_SLOT + k
            if slot >= out.shape[1] or uniform(seed, patient, _VISITS, address, 1) >= p.observation_relapse_visit_share:
                continue
            day = np.floor(
                (relapses[i, k, _ONSET] - enrolled[i].clock % ATTEMPT_WEEKS) * 7.0
                + p.observation_relapse_visit_delay_days
            )
            if not (0.0 < day <= end[i]):
                continue
            out[i, slot, 0], out[i, slot, 1] = day, RELAPSE
            _examination(p, weeks[i], day, rules.lean[i], seed, patient, address, own, noise, grades, out[i, slot])
