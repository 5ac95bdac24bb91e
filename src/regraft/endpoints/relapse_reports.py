"""From reports to relapses: two close together are one, and what is not known to be confirmed stays unknown."""

import numpy as np
import polars as pl

from regraft.core.arrays import Flags, Floats, Ints
from regraft.core.kernels import kernel
from regraft.endpoints.relapse_rules import RelapseCount
from regraft.study.tables import Study


@kernel
def _merge(offsets: Ints, days: Floats, states: Floats, within: float, keep: Flags) -> None:
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


def merge_reports(offsets: Ints, days: Floats, states: Floats, within_days: float) -> Flags:
    """Mark the first report of each relapse: one fewer than `within_days` after it belongs to it.

    Parameters
    ----------
    offsets, days : ndarray, shape (subjects + 1,) and (reports,)
        Where each subject's reports start; their days, ascending within a subject.
    states : ndarray of float, shape (reports, columns)
        What is said of each report: 1, 0, or NaN for not known. A later report lends the first one a state that is
        true, or unknown over false, in place.
    within_days : float
        How long reports belong to the first one.
    """
    keep = np.zeros(days.size, dtype=np.bool_)
    _merge(offsets, days, states, float(within_days), keep)
    return keep


def certainty(confirmed: Floats, holds: Floats, count: RelapseCount) -> Floats:
    """Return for each relapse 1.0 (counts), 0.0 (does not) or NaN (cannot be said); shape (relapses,).

    Parameters
    ----------
    confirmed, holds : ndarray of float, shape (relapses,)
        Whether it was confirmed on examination, and is no pseudorelapse: 1, 0 or NaN for not known.
    count : RelapseCount
        Which relapses count.
    """
    if count is RelapseCount.REPORTED:
        seen = np.ones(confirmed.size)
    else:
        seen = np.where(confirmed == 0.0, 0.0, 1.0) if count is RelapseCount.UNLESS_REFUTED else confirmed
    return np.where((seen == 0.0) | (holds == 0.0), 0.0, seen * holds)


def onsets_told_at_visits(study: Study) -> pl.DataFrame:
    """Return when relapses began by the days since the last one that visits give: subject_id, onset_date."""
    told = study.table("visits").filter(pl.col("days_since_relapse").is_not_null())
    began = (pl.col("date") - pl.duration(days="days_since_relapse")).cast(pl.Date)
    return told.select("subject_id", onset_date=began).unique()
