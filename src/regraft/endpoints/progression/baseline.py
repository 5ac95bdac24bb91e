"""How far a visit is from relapses, and which visit up to a day is the baseline."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from regraft.core.kernels import kernel
from regraft.endpoints.progression.plan import NONE


@kernel
def days_from_relapses(day: float, relapses: Any) -> tuple[float, float]:
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
    offsets: Any, days: Any, relapse_offsets: Any, relapses: Any, limit: Any, after: float, before: float, first: Any
) -> None:
    for s in range(offsets.size - 1):
        onsets = relapses[relapse_offsets[s] : relapse_offsets[s + 1]]
        calm_found = False
        for i in range(offsets[s], offsets[s + 1]):
            if not days[i] <= limit[s]:
                break
            since, until = days_from_relapses(days[i], onsets)
            calm = since >= after and until >= before
            if calm or not calm_found:
                first[s] = i
            calm_found |= calm


def baseline_rows(
    visits: tuple[NDArray[np.int64], NDArray[np.float64]],
    relapses: tuple[NDArray[np.int64], NDArray[np.float64]],
    until: NDArray[np.float64],
    days_after_relapse: float,
    days_before_relapse: float = 0.0,
) -> NDArray[np.int64]:
    """Return each subject's last visit up to a day that is not near a relapse, else the last one, else -1.

    Parameters
    ----------
    visits, relapses : pair of ndarray
        Where each subject's rows start, shape (subjects + 1,), and their days, ascending within a subject.
    until : ndarray of float, shape (subjects,)
        The day; NaN for a subject who has none.
    days_after_relapse, days_before_relapse : float
        A visit is near a relapse that began fewer days before it, or begins fewer days after it [d].
    """
    first = np.full(until.size, NONE, dtype=np.int64)
    _baseline_rows(*visits, *relapses, until, float(days_after_relapse), float(days_before_relapse), first)
    return first
