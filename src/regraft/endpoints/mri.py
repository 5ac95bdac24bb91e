"""Lesion activity on MRI: a scan that was not done or not read is not a quiet scan."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from regraft.core.arrays import Flags, Floats, Ints
from regraft.endpoints.clock import Clock, Ragged, along
from regraft.endpoints.deaths import close_with_death, efficacy_rule
from regraft.endpoints.definition import Definition, QuietScan
from regraft.endpoints.endpoint import Endpoint, Group, Measure, NeededLooks, Rate, SeenAt, Subjects, made, picked
from regraft.endpoints.outcome import Outcome, Status, all_unknown, day_text

MRI_ACTIVITY = "mri_activity"
_COLUMNS = ("gd_lesions", "new_t2_lesions", "brain_volume_ml", "brain_volume_change_pct")


def mri_endpoints(rules: Definition) -> tuple[Endpoint, ...]:
    """Return lesion activity as an endpoint."""
    needs = {
        QuietScan.BOTH: "both gadolinium and T2 were read",
        QuietScan.T2: "T2 was compared",
        QuietScan.EITHER: "gadolinium or T2 was read",
    }[rules.mri.quiet_scan_needs]
    lesions = lesions_in_words(rules)
    return (
        Endpoint(
            name=MRI_ACTIVITY,
            label=lesions[:1].upper() + lesions[1:],
            group=Group.ACTIVITY,
            rule=f"First scan later than day {rules.mri.reference_until_days} with {_lesions_of_a_kind(rules)}; a scan "
            f"shows no activity only if {needs}. {efficacy_rule(rules)}",
            derive=made(mri_activity),
            seen_at=SeenAt(table="mri_scans", columns=("gd_lesions", "new_t2_lesions")),
            needs=NeededLooks(lesions_after_day=rules.mri.reference_until_days),
        ),
    )


def lesions_in_words(rules: Definition) -> str:
    """Return what on a scan is activity, without an article."""
    least = rules.mri.new_lesions_at_least
    return (
        "new T2 or Gd-enhancing lesion" if least == 1 else f"scan with {least} or more new T2 or Gd-enhancing lesions"
    )


def _lesions_of_a_kind(rules: Definition) -> str:
    least = rules.mri.new_lesions_at_least
    return "a Gd-enhancing or a new T2 lesion" if least == 1 else f"at least {least} Gd-enhancing or new T2 lesions"


def lesions_measured() -> tuple[tuple[Measure, ...], tuple[Rate, ...]]:
    """Return Gd lesions and readable scans of each subject, and lesions per scan of all, before and after day zero."""
    measures = [
        Measure(
            name=f"gd_{what}_{when}",
            label=f"{label} {when} day zero",
            unit=what,
            group=Group.ACTIVITY,
            derive=picked(gd_measures, f"gd_{what}_{when}"),
            table="mri_scans",
            needs="a scan",
            is_efficacy=when == "after",
        )
        for when in ("before", "after")
        for what, label in (("lesions", "Gd-enhancing lesions"), ("scans", "Scans read for Gd-enhancing lesions"))
    ]
    rates = [
        Rate(
            name=f"gd_{when}",
            label=f"Gd-enhancing lesions per scan {when} day zero",
            unit="lesions/scan",
            group=Group.ACTIVITY,
            above=f"gd_lesions_{when}",
            below=f"gd_scans_{when}",
            exposure="scans",
        )
        for when in ("before", "after")
    ]
    return tuple(measures), tuple(rates)


def scans_along(subjects: Subjects) -> Ragged | None:
    """Return every subject's scans; None when the study has no table of scans."""
    if not subjects.study.has("mri_scans"):
        return None
    return along(subjects.clock, subjects.study.table("mri_scans"), "date", _COLUMNS)


def mri_activity(subjects: Subjects, start: Floats | None = None) -> Outcome:
    """Return the first scan with gadolinium-enhancing or new T2 lesions after the reference scan.

    As many as the definition asks for must be of one kind on one scan: an enhancing lesion may be a new T2 lesion too.
    Scans until ``reference_until_days`` (or until `start`) are the reference. Without activity a subject is censored at
    the last scan that can show there is none; without such a scan it is unknown.
    """
    clock, definition, scans = subjects.clock, subjects.definition, subjects.once(scans_along)
    if scans is None:
        return all_unknown(MRI_ACTIVITY, clock.count, "the study has no table mri_scans")
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
    return close_with_death(Outcome(MRI_ACTIVITY, status, day, _detail(clock, scans, row, status)), clock, definition)


def _readable(gd: Floats, t2: Floats, needs: QuietScan) -> Flags:
    has_gd, has_t2 = ~np.isnan(gd), ~np.isnan(t2)
    if needs is QuietScan.BOTH:
        return has_gd & has_t2
    return has_t2 if needs is QuietScan.T2 else has_gd | has_t2


def _first(scans: Ragged, mask: Flags) -> tuple[Floats, Ints]:
    """Return day and row of each subject's first marked scan (row -1 without one)."""
    rows = np.flatnonzero(mask)
    owners = scans.owner()[rows]
    found, first = np.unique(owners, return_index=True)
    row = np.full(scans.offsets.size - 1, -1, dtype=np.int64)
    row[found] = rows[first]
    return np.where(row >= 0, np.append(scans.day, np.nan)[row], np.nan), row


def _detail(clock: Clock, scans: Ragged, row: Ints, status: NDArray[np.int8]) -> list[str]:
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


def gd_measures(subjects: Subjects) -> Mapping[str, Floats]:
    """Return Gd lesions and readable scans before and after day zero, each of shape (subjects,)."""
    clock, scans = subjects.clock, subjects.once(scans_along)
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
