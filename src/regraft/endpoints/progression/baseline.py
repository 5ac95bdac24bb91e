"""How far a visit is from relapses, and which visit up to a day is the baseline."""

import numpy as np

from regraft.core.arrays import Floats, Ints
from regraft.core.kernels import kernel
from regraft.endpoints.clock import Timeline
from regraft.endpoints.progression.plan import NONE


@kernel
def days_from_relapses(day: float, relapses: Floats) -> tuple[float, float]:
    """Return days since the last relapse that began by `day`, and until the next one; infinite without one."""
    since = until = np.inf
    for onset in relapses:
        if onset <= day:
            since = min(since, day - onset)
        if onset >= day:
            until = min(until, onset - day)
    return since, until


@kernel
def _baseline_rows(
    visits: Timeline, relapses: Timeline, limit: Floats, after: float, before: float, first: Ints
) -> None:
    for s in range(visits.offsets.size - 1):
        onsets = relapses.day[relapses.offsets[s] : relapses.offsets[s + 1]]
        calm_found = False
        for i in range(visits.offsets[s], visits.offsets[s + 1]):
            if not visits.day[i] <= limit[s]:
                break
            since, until = days_from_relapses(visits.day[i], onsets)
            calm = since >= after and until >= before
            if calm or not calm_found:
                first[s] = i
            calm_found |= calm


def baseline_rows(
    visits: Timeline,
    relapses: Timeline,
    until: Floats,
    days_after_relapse: float,
    days_before_relapse: float = 0.0,
) -> Ints:
    """Return each subject's last visit up to a day that is not near a relapse, else the last one, else -1.

    Parameters
    ----------
    visits, relapses : Timeline
        The days of each subject's visits and relapses.
    until : ndarray of float, shape (subjects,)
        The day; NaN for a subject who has none.
    days_after_relapse, days_before_relapse : float
        A visit is near a relapse that began fewer days before it, or begins fewer days after it [d].
    """
    first = np.full(until.size, NONE, dtype=np.int64)
    _baseline_rows(visits, relapses, until, float(days_after_relapse), float(days_before_relapse), first)
    return first
