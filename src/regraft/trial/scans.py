"""Brain MRI as the trial sees it: scans scheduled, missed and unreadable, lesions compared with the scan before."""

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from regraft.core.arrays import Floats, Records
from regraft.core.kernels import kernel
from regraft.core.loop import over_patients
from regraft.core.streams import Address, Purpose, normal, uniform
from regraft.course.course import EnrolledRow
from regraft.disease.layout import Weekly

_SCANS = int(Purpose.SCANS)
BEFORE_SCANS = 3  # slots: enrolment, before mobilisation, re-baseline


class Scan(IntEnum):
    """Columns of a scan; new lesions since the one before, and change of volume since the first."""

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
def _scan_one(i: int, rules: ScanRules, people: Scanned, _: int) -> None:
    """Fill ``out`` (patients, slots, COLUMNS) with every scan done; an unreadable one keeps its day alone."""
    p, who, out = people.records[i], Address(rules.seed, rules.first + i), people.scans[i]
    own: EnrolledRow = people.enrolled[i]
    if own.clock < 0:
        return
    compared, reference = -1.0, np.nan
    for slot in range(rules.due.shape[0] + BEFORE_SCANS):
        day = _scan_day(rules, slot, people.anchor[i], people.before[i], who)
        if not day <= people.end[i]:
            continue
        out[slot, Scan.DAY] = day
        unreadable = rules.unreadable_probability
        if slot >= BEFORE_SCANS and uniform(who.seed, who.patient, _SCANS, slot, 2) < unreadable:
            continue
        row = people.weeks[i, int(day / 7.0)]
        if rules.gd > 0:
            out[slot, Scan.GD_LESIONS] = row[Weekly.GD_ACTIVE]
        if compared >= 0.0:
            out[slot, Scan.NEW_T2_LESIONS] = row[Weekly.T2_TOTAL] - compared
        compared = row[Weekly.T2_TOTAL]
        out[slot, Scan.T2_LESIONS] = compared
        error = p.observation_brain_volume_error_pct * normal(who.seed, who.patient, _SCANS, slot, 3)
        change = row[Weekly.BRAIN_VOLUME_CHANGE_PCT] + error
        if np.isnan(reference):
            reference = change
        out[slot, Scan.BRAIN_VOLUME_ML] = p.observation_brain_volume_ml * (1.0 + change / 100.0)
        out[slot, Scan.BRAIN_VOLUME_CHANGE_PCT] = (1.0 + change / 100.0) / (1.0 + reference / 100.0) * 100.0 - 100.0


_scan_some = over_patients(_scan_one)


def no_scans(patients: int, due: Floats) -> Floats:
    """Return room for the scans of some patients, with NaN for each that was not done."""
    return np.full((patients, len(due) + BEFORE_SCANS, len(Scan)), np.nan)


def observe_scans(rules: ScanRules, people: Scanned) -> Floats:
    """Return every scan done, shape (patients, slots, len(Scan)); in other slots NaN."""
    _scan_some(0, len(people.scans), rules, people, 0)
    return people.scans
