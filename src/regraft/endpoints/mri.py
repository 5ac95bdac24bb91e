"""Lesion activity on MRI: a scan that was not done or not read is not a quiet scan."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from regraft.endpoints.clock import Clock, Ragged, along
from regraft.endpoints.deaths import close_with_death
from regraft.endpoints.definition import Definition, QuietScan
from regraft.endpoints.outcome import Outcome, Status, all_unknown, day_text
from regraft.study.tables import Study

_COLUMNS = ("gd_lesions", "new_t2_lesions", "brain_volume_ml", "brain_volume_change_pct")


def scans_along(study: Study, clock: Clock) -> Ragged | None:
    """Return every subject's scans; None when the study has no table of scans."""
    if not study.has("mri_scans"):
        return None
    return along(clock, study.table("mri_scans"), "date", _COLUMNS)


def mri_activity(
    clock: Clock, scans: Ragged | None, definition: Definition, start: NDArray[np.float64] | None = None
) -> Outcome:
    """Return the first scan with gadolinium-enhancing or new T2 lesions after the reference scan.

    As many as the definition asks for must be of one kind on one scan: an enhancing lesion may be a new T2 lesion too. Scans until ``reference_until_days`` (or until `start`) are the reference. Without activity a subject is censored
    at the last scan that can show there is none; without such a scan it is unknown.
    """
    endpoint = "mri_activity"
    if scans is None:
        return all_unknown(endpoint, clock.count, "the study has no table mri_scans")
    reference = float(definition.mri.reference_until_days)
    begin = np.full(clock.count, reference) if start is None else np.maximum(start, reference)
    gd, t2 = scans.values["gd_lesions"], scans.values["new_t2_lesions"]
    owner = scans.owner()
    counts = scans.day > begin[owner]
    active = counts & (np.fmax(gd, t2) >= definition.mri.new_lesions_at_least)
    quiet = counts & ~active & _readable(gd, t2, definition.mri.quiet_scan_needs)
    first, row = _first(scans, active)
    last = np.full(clock.count, -np.inf)
    np.maximum.at(last, owner[quiet], scans.day[quiet])
    event, seen = row >= 0, last > -np.inf
    status = np.where(event, Status.EVENT, np.where(seen, Status.CENSORED, Status.UNKNOWN)).astype(np.int8)
    day = np.where(event, first, np.where(seen, last, np.nan))
    return close_with_death(Outcome(endpoint, status, day, _detail(clock, scans, row, status)), clock, definition)


def _readable(gd: NDArray[np.float64], t2: NDArray[np.float64], needs: QuietScan) -> NDArray[np.bool_]:
    has_gd, has_t2 = ~np.isnan(gd), ~np.isnan(t2)
    if needs is QuietScan.BOTH:
        return has_gd & has_t2
    return has_t2 if needs is QuietScan.T2 else has_gd | has_t2


def _first(scans: Ragged, mask: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return day and row of each subject's first marked scan (row -1 without one)."""
    rows = np.flatnonzero(mask)
    owners = scans.owner()[rows]
    found, first = np.unique(owners, return_index=True)
    row = np.full(scans.offsets.size - 1, -1, dtype=np.int64)
    row[found] = rows[first]
    return np.where(row >= 0, np.append(scans.day, np.nan)[row], np.nan), row


def _detail(clock: Clock, scans: Ragged, row: NDArray[np.int64], status: NDArray[np.int8]) -> list[str]:
    dates = day_text(clock.zero, np.append(scans.day, np.nan)[row])
    gd, t2 = scans.values["gd_lesions"], scans.values["new_t2_lesions"]
    text = []
    for s in range(clock.count):
        if row[s] >= 0:
            text.append(f"scan of {dates[s]}: {_count(gd[row[s]])} Gd-enhancing, {_count(t2[row[s]])} new T2")
        else:
            text.append("no readable scan after the reference" if status[s] == Status.UNKNOWN else "")
    return text


def _count(lesions: float) -> str:
    return "unknown" if np.isnan(lesions) else f"{lesions:g}"


def gd_measures(clock: Clock, scans: Ragged | None) -> Mapping[str, NDArray[np.float64]]:
    """Return Gd lesions and readable scans before and after day zero, each of shape (subjects,)."""
    names = ("gd_lesions_before", "gd_scans_before", "gd_lesions_after", "gd_scans_after")
    if scans is None:
        return {name: np.full(clock.count, np.nan) for name in names}
    gd = scans.values["gd_lesions"]
    read = ~np.isnan(gd)
    lesions, before = np.where(read, gd, 0.0), scans.day <= 0
    return {
        "gd_lesions_before": scans.per_subject(np.where(before, lesions, 0.0)),
        "gd_scans_before": scans.per_subject((before & read).astype(np.float64)),
        "gd_lesions_after": scans.per_subject(np.where(before, 0.0, lesions)),
        "gd_scans_after": scans.per_subject((~before & read).astype(np.float64)),
    }
