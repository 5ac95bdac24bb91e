"""Brain MRI as the trial sees it: scans scheduled, missed and unreadable, lesions compared with the scan before."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from regraft.core.kernels import kernel
from regraft.core.streams import Purpose, normal, uniform
from regraft.disease.layout import Weekly

_SCANS = int(Purpose.SCANS)
_GD = int(Weekly.GD_ACTIVE)
_T2 = int(Weekly.T2_TOTAL)
_BRAIN = int(Weekly.BRAIN_VOLUME_CHANGE_PCT)
COLUMNS = 6  # day, Gd lesions, new T2 lesions, T2 lesions, brain volume [ml], change since the baseline scan [%]
BEFORE_SCANS = 3  # slots: enrolment, before mobilisation, re-baseline


class ScanRules(NamedTuple):
    """How scans are kept: days due after the anchor, re-baseline day (0: none), window, misses, unreadable scans."""

    due: NDArray[np.float64]
    baseline_scans: int
    rebaseline_day: float
    window_days: float
    missed_probability: float
    unreadable_probability: float
    gd: int


@kernel
def _scan_day(rules: Any, slot: Any, anchor: Any, before: Any, seed: Any, patient: Any) -> Any:
    """Return the day of the scan in one slot (days since enrolment), or NaN if there is none."""
    if slot == 0:
        return 1.0 if rules.baseline_scans > 0 else np.nan
    if slot == 1:
        return before if rules.baseline_scans > 1 else np.nan
    if slot == 2:
        return np.floor(anchor + rules.rebaseline_day) if rules.rebaseline_day > 0.0 else np.nan
    if uniform(seed, patient, _SCANS, slot, 1) < rules.missed_probability:
        return np.nan
    jitter = rules.window_days * (2.0 * uniform(seed, patient, _SCANS, slot, 0) - 1.0)
    return np.floor(anchor + rules.due[slot - BEFORE_SCANS] + jitter)


@kernel
def observe_scans(
    records: Any,
    weeks: Any,
    enrolled: Any,
    anchor: Any,
    before: Any,
    end: Any,
    rules: Any,
    seed: Any,
    first: Any,
    out: Any,
) -> Any:
    """Fill ``out`` (patients, slots, COLUMNS) with every scan done; an unreadable one keeps its day alone."""
    for i in range(out.shape[0]):
        if enrolled[i].clock < 0:
            continue
        p, patient = records[i], first + i
        compared, reference = -1.0, np.nan
        for slot in range(rules.due.shape[0] + BEFORE_SCANS):
            day = _scan_day(rules, slot, anchor[i], before[i], seed, patient)
            if not day <= end[i]:
                continue
            out[i, slot, 0] = day
            if slot >= BEFORE_SCANS and uniform(seed, patient, _SCANS, slot, 2) < rules.unreadable_probability:
                continue
            row = weeks[i, int(day / 7.0)]
            if rules.gd > 0:
                out[i, slot, 1] = row[_GD]
            if compared >= 0.0:
                out[i, slot, 2] = row[_T2] - compared
            compared = row[_T2]
            out[i, slot, 3] = row[_T2]
            error = p.observation_brain_volume_error_pct * normal(seed, patient, _SCANS, slot, 3)
            change = row[_BRAIN] + error
            if np.isnan(reference):
                reference = change
            out[i, slot, 4] = p.observation_brain_volume_ml * (1.0 + change / 100.0)
            out[i, slot, 5] = (1.0 + change / 100.0) / (1.0 + reference / 100.0) * 100.0 - 100.0
