"""Brain MRI as the trial sees it: scans scheduled, missed and unreadable, lesions compared with the scan before.

A reader counts a share of the lesions that formed since (`regraft.disease.scan_reading`), whatever enhances among them;
the lesions of a scan are those of the first one and what was counted since.
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from regraft.core.arrays import Floats, Record, Records
from regraft.core.kernels import kernel
from regraft.core.loop import over_patients
from regraft.core.streams import Address, Purpose, normal, uniform
from regraft.course.course import EnrolledRow
from regraft.disease.layout import Weekly
from regraft.disease.scan_reading import new_lesions_seen

_SCANS = int(Purpose.SCANS)
BEFORE_SCANS = 3  # slots: enrolment, before mobilisation, re-baseline
_COUNTED = 5  # variate of a scan that decides how many new lesions are counted


class Scan(IntEnum):
    """Columns of a scan; new lesions counted since the one before, and change of volume since the first."""

    DAY = 0  # since enrolment
    GD_LESIONS = 1
    NEW_T2_LESIONS = 2
    T2_LESIONS = 3
    BRAIN_VOLUME_ML = 4
    BRAIN_VOLUME_CHANGE_PCT = 5


class ScanRules(NamedTuple):
    """How scans are kept: days due after the anchor, re-baseline day (0: none), window, misses, unreadable scans."""

    seed: int
    first: int
    due: Floats
    baseline_scans: int
    rebaseline_day: float
    window_days: float
    missed_probability: float
    unreadable_probability: float
    gd: int


class Scanned(NamedTuple):
    """Who is scanned and when; ``scans`` (patients, slots, len(Scan)) is filled."""

    records: Records
    enrolled: Records
    weeks: Floats
    anchor: Floats
    before: Floats
    end: Floats
    scans: Floats


class Compared(NamedTuple):
    """The scan that the next one is compared with: its week (-1: there was none) and the lesions counted on T2."""

    week: int
    lesions: float


@kernel
def _scan_day(rules: ScanRules, slot: int, anchor: float, before: float, who: Address) -> float:
    """Return the day of the scan in one slot (days since enrolment), or NaN if there is none."""
    if slot == 0:
        return 1.0 if rules.baseline_scans > 0 else np.nan
    if slot == 1:
        return before if rules.baseline_scans > 1 else np.nan
    if slot == 2:
        return np.floor(anchor + rules.rebaseline_day) if rules.rebaseline_day > 0.0 else np.nan
    if uniform(who.seed, who.patient, _SCANS, slot, 1) < rules.missed_probability:
        return np.nan
    jitter = rules.window_days * (2.0 * uniform(who.seed, who.patient, _SCANS, slot, 0) - 1.0)
    return np.floor(anchor + rules.due[slot - BEFORE_SCANS] + jitter)


@kernel
def _next_slot(scans: Floats, slot: int) -> int:
    """Return the slot of the scan done next after that in `slot` (-1: the first of all); -1 if there is none."""
    found = -1
    for k in range(scans.shape[0]):
        day = scans[k, Scan.DAY]
        later = slot < 0 or day > scans[slot, Scan.DAY] or (day == scans[slot, Scan.DAY] and k > slot)
        if not np.isnan(day) and later and (found < 0 or day < scans[found, Scan.DAY]):
            found = k
    return found


@kernel
def _scan_one(i: int, rules: ScanRules, people: Scanned, _: int) -> None:
    """Fill ``scans`` (patients, slots, len(Scan)) with every scan done; an unreadable one keeps its day alone."""
    p, who, out = people.records[i], Address(rules.seed, rules.first + i), people.scans[i]
    own: EnrolledRow = people.enrolled[i]
    if own.clock < 0:
        return
    for slot in range(out.shape[0]):
        day = _scan_day(rules, slot, people.anchor[i], people.before[i], who)
        if day <= people.end[i]:
            out[slot, Scan.DAY] = day
    before, reference = Compared(-1, 0.0), np.nan
    slot = _next_slot(out, -1)
    while slot >= 0:
        unreadable = uniform(who.seed, who.patient, _SCANS, slot, 2) < rules.unreadable_probability
        if slot < BEFORE_SCANS or not unreadable:
            week = int(out[slot, Scan.DAY] / 7.0)
            u = uniform(who.seed, who.patient, _SCANS, slot, _COUNTED)
            before = _count_lesions(p, people.weeks[i], before, week, rules.gd, u, out[slot])
            reference = _measure_volume(p, people.weeks[i, week], reference, slot, who, out[slot])
        slot = _next_slot(out, slot)


@kernel
def _count_lesions(p: Record, weeks: Floats, before: Compared, week: int, gd: int, u: float, scan: Floats) -> Compared:
    """Write the lesions of the scan of a week, compared with the one `before`; return it for the next comparison."""
    row, counted = weeks[week], before.lesions
    if gd > 0:
        scan[Scan.GD_LESIONS] = row[Weekly.GD_ACTIVE]
    if before.week < 0:
        counted = row[Weekly.T2_TOTAL]
    else:
        then = weeks[before.week]
        formed = int(row[Weekly.T2_TOTAL] - then[Weekly.T2_TOTAL])
        enhancing, enhancing_then = int(row[Weekly.GD_ACTIVE]), int(then[Weekly.GD_ACTIVE])
        seen = new_lesions_seen(p, formed, enhancing, enhancing_then, float(week - before.week), u)
        scan[Scan.NEW_T2_LESIONS] = seen
        counted += min(seen, formed)
    scan[Scan.T2_LESIONS] = counted
    return Compared(week, counted)


@kernel
def _measure_volume(p: Record, row: Floats, reference: float, slot: int, who: Address, scan: Floats) -> float:
    """Write the brain volume of one scan, and return the change since onset that later scans are compared with."""
    error = p.observation_brain_volume_error_pct * normal(who.seed, who.patient, _SCANS, slot, 3)
    change = row[Weekly.BRAIN_VOLUME_CHANGE_PCT] + error
    if np.isnan(reference):
        reference = change
    scan[Scan.BRAIN_VOLUME_ML] = p.observation_brain_volume_ml * (1.0 + change / 100.0)
    scan[Scan.BRAIN_VOLUME_CHANGE_PCT] = (1.0 + change / 100.0) / (1.0 + reference / 100.0) * 100.0 - 100.0
    return reference


_scan_some = over_patients(_scan_one)


def no_scans(patients: int, due: Floats) -> Floats:
    """Return room for the scans of some patients, with NaN for each that was not done."""
    return np.full((patients, len(due) + BEFORE_SCANS, len(Scan)), np.nan)


def observe_scans(rules: ScanRules, people: Scanned) -> Floats:
    """Return every scan done, shape (patients, slots, len(Scan)); in other slots NaN."""
    _scan_some(0, len(people.scans), rules, people, 0)
    return people.scans
