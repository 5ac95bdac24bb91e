"""Brain volume: change to two and a half years, the rate after that, and loss faster than NEDA-4 allows."""

from collections.abc import Mapping

import numpy as np

from regraft.core.arrays import Floats, Ints
from regraft.core.kernels import kernel
from regraft.endpoints.clock import Ragged, Timeline, select_rows
from regraft.endpoints.deaths import close_with_death
from regraft.endpoints.definition import Definition
from regraft.endpoints.endpoint import Group, Measure, Reading, Subjects, picked
from regraft.endpoints.mri import scans_along
from regraft.endpoints.outcome import Outcome, Status, all_unknown, day_text

_YEAR = 365.25
LEAST_YEARS_FOR_RATE = 1.0
LEAST_SCANS_FOR_RATE = 3
_LATE = "brain_volume_rate_pct_per_year_late"


@kernel
def _mean(values: Floats, first: int, stop: int) -> float:
    """Mean of values `first` to `stop` - 1, of which there is at least one."""
    total = 0.0
    for i in range(first, stop):
        total += values[i]
    return total / (stop - first)


@kernel
def _slope(days: Floats, values: Floats, first: int, stop: int) -> float:
    """Least-squares slope a year of scans `first` to `stop` - 1, or NaN for too few scans or too short a time."""
    if stop - first < LEAST_SCANS_FOR_RATE or days[stop - 1] / _YEAR - days[first] / _YEAR < LEAST_YEARS_FOR_RATE:
        return np.nan
    total = 0.0
    for i in range(first, stop):
        total += days[i] / _YEAR
    middle, level = total / (stop - first), _mean(values, first, stop)
    above = below = 0.0
    for i in range(first, stop):
        centred = days[i] / _YEAR - middle
        above += centred * (values[i] - level)
        below += centred * centred
    return above / below


@kernel
def _brain_rows(scans: Timeline, volumes: Floats, at: float, window: float, late: float, out: Floats) -> None:
    """Write change near a day and late rate of each subject; the scans of a subject stand in the order of time."""
    offsets, days = scans.offsets, scans.day
    for s in range(offsets.size - 1):
        first, stop = offsets[s], offsets[s + 1]
        out[s, 0] = out[s, 1] = np.nan
        after = late_first = first
        while after < stop and days[after] <= 0.0:
            after += 1
        if after == first:
            continue
        base = _mean(volumes, first, after)
        near = first
        for i in range(first, stop):
            if abs(days[i] - at) < abs(days[near] - at):
                near = i
        if abs(days[near] - at) <= window and days[near] > 0.0:
            out[s, 0] = 100.0 * (volumes[near] / base - 1.0)
        while late_first < stop and days[late_first] < late:
            late_first += 1
        out[s, 1] = 100.0 * _slope(days, volumes, late_first, stop) / base


def brain_measured(rules: Definition) -> tuple[Measure, ...]:
    """Return change of brain volume, and its late rate, as measures."""
    at, late = rules.brain.at_years, rules.brain.late_from_years
    return (
        Measure(
            name=_change(rules),
            label=f"Brain volume change to {at:g} years",
            unit="%",
            group=Group.BRAIN,
            derive=picked(brain_measures, _change(rules)),
            table="mri_scans",
            needs=f"brain volumes before day zero and {at:g} years later",
            reading=Reading.MEAN,
        ),
        Measure(
            name=_LATE,
            label=f"Brain volume change per year after {late:g} years",
            unit="%/year",
            group=Group.BRAIN,
            derive=picked(brain_measures, _LATE),
            table="mri_scans",
            needs="brain volumes before day zero and late after it",
            reading=Reading.MEAN,
        ),
    )


def _change(rules: Definition) -> str:
    return "brain_volume_change_pct_" + "_".join(f"{rules.brain.at_years:g}".split(".")) + "y"


def brain_measures(subjects: Subjects) -> Mapping[str, Floats]:
    """Return change at the definition's time [%] and late rate [% of baseline per year], each of shape (subjects,).

    Volumes are used where they are recorded, else the recorded changes since the baseline scan. A subject without a
    scan before day zero, or without one near the time asked for, has no value.
    """
    definition, scans = subjects.definition, subjects.once(scans_along)
    out = np.full((subjects.clock.count, 2), np.nan)
    if scans is not None:
        rules, sizes = definition.brain, _sizes(subjects, scans)
        _brain_rows(
            sizes.timeline(),
            sizes.values["size"],
            rules.at_years * _YEAR,
            float(rules.window_days),
            rules.late_from_years * _YEAR,
            out,
        )
    return {_change(definition): out[:, 0], _LATE: out[:, 1]}


def _sizes(subjects: Subjects, scans: Ragged) -> Ragged:
    """Return the scans with a size: volume where it is recorded, else 100 plus the recorded change in per cent."""
    volume, change = scans.values["brain_volume_ml"], scans.values["brain_volume_change_pct"]
    size = volume if subjects.anybody("a brain volume", not np.isnan(volume).all()) else 100.0 + change
    return select_rows(Ragged(scans.offsets, scans.day, {"size": size}), ~np.isnan(size))


@kernel
def _loss_rows(scans: Timeline, sizes: Floats, at: float, window: float, least: float, limit: float, out: Ints) -> None:
    """Find reference scan, first scan with too fast a loss, and last scan that can show one (-1 for none)."""
    offsets, days = scans.offsets, scans.day
    for s in range(offsets.size - 1):
        reference = -1
        for i in range(offsets[s], offsets[s + 1]):
            off = abs(days[i] - at)
            if days[i] > 0.0 and off <= window and (reference < 0 or off < abs(days[reference] - at)):
                reference = i
        out[s, 0], out[s, 1], out[s, 2] = reference, -1, -1
        if reference < 0:
            continue
        for i in range(reference + 1, offsets[s + 1]):
            if days[i] - days[reference] < least:
                continue
            out[s, 2] = i
            rate = 100.0 * (sizes[i] / sizes[reference] - 1.0) * _YEAR / (days[i] - days[reference])
            if rate < -limit and out[s, 1] < 0:
                out[s, 1] = i


def brain_loss(subjects: Subjects) -> Outcome:
    """Return the first scan by which the brain shrank faster than NEDA-4 allows, from the definition's reference scan.

    Unknown without a reference scan, or without a scan late enough after it.
    """
    clock, definition, scans = subjects.clock, subjects.definition, subjects.once(scans_along)
    endpoint = "brain_volume_loss"
    if scans is None:
        return all_unknown(endpoint, clock.count, "the study has no table mri_scans")
    rules, sizes = definition.brain, _sizes(subjects, scans)
    if not subjects.anybody("a size of the brain", sizes.day.size > 0):
        return all_unknown(endpoint, clock.count, "brain volume was not recorded")
    rows = np.empty((clock.count, 3), dtype=np.int64)
    _loss_rows(
        sizes.timeline(),
        sizes.values["size"],
        float(rules.loss_reference_days),
        float(rules.loss_reference_window_days),
        rules.loss_least_years * _YEAR,
        rules.loss_pct_per_year,
        rows,
    )
    event, seen = rows[:, 1] >= 0, rows[:, 2] >= 0
    days = np.append(sizes.day, np.nan)
    status = np.where(event, Status.EVENT, np.where(seen, Status.CENSORED, Status.UNKNOWN)).astype(np.int8)
    day = np.where(event, days[rows[:, 1]], np.where(seen, days[rows[:, 2]], np.nan))
    reference, scan = (day_text(clock.zero, days[rows[:, k]]) for k in (0, 1))
    detail = [
        f"scan of {scan[s]}: loss since {reference[s]} above {rules.loss_pct_per_year:g}% a year"
        if event[s]
        else ("" if seen[s] else "no pair of brain volumes far enough apart after the re-baseline")
        for s in range(clock.count)
    ]
    return close_with_death(Outcome(endpoint, status, day, detail), clock, definition)
