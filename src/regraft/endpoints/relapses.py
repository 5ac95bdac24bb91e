"""Relapses: two reports close together are one, and what is not known to be confirmed stays unknown."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from regraft.core.kernels import kernel
from regraft.endpoints.clock import Clock, Ragged, along, select_rows
from regraft.endpoints.deaths import close_with_death
from regraft.endpoints.definition import Definition, RateSince, RelapseCount
from regraft.endpoints.outcome import Outcome, Status, all_unknown, day_text
from regraft.endpoints.passing import holds
from regraft.study.tables import Study

DAYS_PER_YEAR = 365.25
_UNSAID = "not recorded whether confirmed, lasting or free of fever, as the definition asks"
_NO_TABLE = "the study has no table relapses"


@kernel
def _merge(offsets: Any, days: Any, states: Any, within: float, keep: Any) -> None:
    """Mark the first report of each relapse; a later report lends it a state (column) that is true, or unknown over false."""
    for s in range(offsets.size - 1):
        first = -1
        for i in range(offsets[s], offsets[s + 1]):
            if first >= 0 and days[i] - days[first] < within:
                for k in range(states.shape[1]):
                    if states[i, k] == 1.0 or (np.isnan(states[i, k]) and states[first, k] == 0.0):
                        states[first, k] = states[i, k]
            else:
                first = i
                keep[i] = True


def merged_relapses(study: Study, clock: Clock, definition: Definition) -> Ragged | None:
    """Return the relapses of every subject after merging; None when the study has no table of relapses.

    Columns, each 1, 0 or NaN for not known: ``confirmed`` on examination, and ``holds`` (not over within a day, nor with
    fever or infection, as far as the definition asks).
    """
    if not study.has("relapses"):
        return None
    rows = study.table("relapses").join(clock.subjects.select("subject_id", "zero"), on="subject_id", how="left")
    rows = rows.with_columns(last_day=(pl.col("end_date") - pl.col("zero")).dt.total_days())
    reports = along(clock, rows.drop("zero"), "onset_date", ("confirmed", "last_day"))
    keep = np.zeros(reports.day.size, dtype=np.bool_)
    true = holds(reports, study, clock, definition.relapse)
    states = np.column_stack((reports.values["confirmed"], true))
    _merge(reports.offsets, reports.day, states, float(definition.relapse.merge_within_days), keep)
    merged = {"confirmed": states[:, 0].copy(), "holds": states[:, 1].copy()}
    return select_rows(Ragged(reports.offsets, reports.day, merged), keep)


def certainty(relapses: Ragged, count: RelapseCount) -> NDArray[np.float64]:
    """Return for each relapse 1.0 (counts), 0.0 (does not) or NaN (cannot be said); shape (relapses,)."""
    confirmed = relapses.values["confirmed"]
    if count is RelapseCount.REPORTED:
        return np.ones(confirmed.size)
    seen = np.where(confirmed == 0.0, 0.0, 1.0) if count is RelapseCount.UNLESS_REFUTED else confirmed
    true = relapses.values["holds"]
    return np.where((seen == 0.0) | (true == 0.0), 0.0, seen * true)


def relapse_endpoint(
    clock: Clock,
    relapses: Ragged | None,
    definition: Definition,
    *,
    endpoint: str = "relapse",
    count: RelapseCount | None = None,
    start: NDArray[np.float64] | None = None,
) -> Outcome:
    """Return the first relapse after day zero (or after `start`).

    A relapse that may or may not count, before the first that does, makes the subject unknown.
    """
    if relapses is None:
        return all_unknown(endpoint, clock.count, _NO_TABLE)
    begin = np.zeros(clock.count) if start is None else start
    sure = certainty(relapses, definition.relapse.count if count is None else count)
    after = relapses.day > begin[relapses.owner()]
    first = _first_day(relapses, after & (sure == 1.0))
    doubtful = _first_day(relapses, after & np.isnan(sure))
    event = first < np.inf
    unknown = doubtful < first
    followed = clock.last_contact > begin
    status = np.where(event, Status.EVENT, np.where(followed, Status.CENSORED, Status.UNKNOWN))
    status = np.where(unknown, Status.UNKNOWN, status).astype(np.int8)
    day = np.where(unknown | (status == Status.UNKNOWN), np.nan, np.where(event, first, clock.last_contact))
    dates = day_text(clock.zero, np.where(unknown, doubtful, np.where(event, first, np.nan)))
    detail = [
        f"relapse of {date}: {_UNSAID}" if is_unknown else (f"relapse of {date}" if date else "")
        for date, is_unknown in zip(dates, unknown, strict=True)
    ]
    return close_with_death(Outcome(endpoint, status, day, detail), clock, definition, has_baseline=~unknown)


def _first_day(relapses: Ragged, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the first day of each subject's marked rows; infinity without one."""
    first = np.full(relapses.offsets.size - 1, np.inf)
    np.minimum.at(first, relapses.owner()[mask], relapses.day[mask])
    return first


def relapse_measures(
    study: Study, clock: Clock, relapses: Ragged | None, definition: Definition
) -> Mapping[str, NDArray[np.float64]]:
    """Return relapses, years and rates before and after day zero, each of shape (subjects,); NaN where unknown."""
    years_after = np.where(clock.last_contact > 0, clock.last_contact / DAYS_PER_YEAR, np.nan)
    began = _before_from(study, clock, definition)
    years_before = np.where(began < 0, -began / DAYS_PER_YEAR, np.nan)
    if relapses is None:
        nothing = np.full(clock.count, np.nan)
        before = after = nothing
    else:
        owner = relapses.owner()
        sure = certainty(relapses, definition.relapse.count)
        after = relapses.per_subject(np.where(relapses.day > 0, sure, 0.0))
        old = (relapses.day <= 0) & (relapses.day >= began[owner])
        reported = certainty(relapses, RelapseCount.UNLESS_REFUTED)
        before = np.where(np.isnan(began), np.nan, relapses.per_subject(np.where(old, reported, 0.0)))
    return {
        "relapses_before": before,
        "years_before": years_before,
        "arr_before": before / years_before,
        "relapses_after": np.where(np.isnan(years_after), np.nan, after),
        "years_after": years_after,
        "arr_after": after / years_after,
    }


def _before_from(study: Study, clock: Clock, definition: Definition) -> NDArray[np.float64]:
    """Return the day from which relapses before day zero are counted."""
    rules = definition.relapse
    dates = study.table("subjects").sort("subject_id")
    onset, diagnosis = clock.days_of(dates["ms_onset_date"]), clock.days_of(dates["ms_diagnosis_date"])
    if rules.rate_before_since is RateSince.DIAGNOSIS:
        return diagnosis
    if rules.rate_before_since is RateSince.ONSET:
        return onset
    earliest = np.where(np.isnan(onset), -np.inf, onset)
    window = np.full(clock.count, -rules.rate_before_years * DAYS_PER_YEAR)
    return np.where(clock.has_zero, np.maximum(window, earliest), np.nan)


def is_flag_recorded(study: Study) -> bool:
    """Return whether the study says of any relapse that it was confirmed or not."""
    relapses = study.table("relapses")
    return bool(relapses.select(pl.col("confirmed").is_not_null().any()).item())
