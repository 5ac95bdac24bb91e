"""A change that a later visit confirms: one subject's visits in, the visit of the event and of its confirmation out."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from regraft.core.kernels import kernel
from regraft.endpoints.clock import Ragged

NONE = -1
WORSE, BETTER = 1.0, -1.0


@kernel
def near_relapse(day: float, relapse_days: Any, within: float) -> bool:
    """Whether a relapse began on `day` or fewer than `within` days before it."""
    found = False
    for onset in relapse_days:
        found |= onset <= day < onset + within
    return found


@kernel
def baseline_visit(days: Any, near: Any, until: float) -> int:
    """Return the last visit up to day `until` that is not near a relapse, else the last one, else -1."""
    last = NONE
    calm = NONE
    for i in range(days.size):
        if days[i] > until:
            break
        last = i
        if not near[i]:
            calm = i
    return calm if calm != NONE else last


@kernel
def first_confirmed_change(  # the eleven rules of one definition
    days: Any,
    values: Any,
    near: Any,
    terminal: Any,
    start: int,
    baseline: float,
    step: float,
    direction: float,
    confirmation_days: float,
    sustained: bool,
) -> tuple[int, int, int]:
    """Find the first visit whose change from baseline a later visit confirms.

    Parameters
    ----------
    days, values : ndarray of float, shape (visits,)
        Days, ascending, and the scale at each visit.
    near : ndarray of bool, shape (visits,)
        Visits too soon after a relapse to confirm anything.
    terminal : ndarray of bool, shape (visits,)
        A value nothing can follow (death due to MS): it confirms itself and what leads to it.
    start : int
        First visit that may be the event.
    baseline, step, direction : float
        The event is ``direction * (value - baseline) >= step``; direction +1 is worsening on the EDSS, -1 improvement.
    confirmation_days : float
        The confirming visit comes at least so long after the event; every visit between shows the change too.
    sustained : bool
        Whether every later visit must show it as well.

    Returns
    -------
    tuple of int
        Visit of the event and of its confirmation (-1, -1 without one), and the first visit of a change at the end
        of the record that nothing has confirmed yet (-1 without one).
    """
    i = start
    while i < days.size:
        if direction * (values[i] - baseline) < step:
            i += 1
            continue
        confirmed = NONE
        j = i
        while j < days.size and direction * (values[j] - baseline) >= step:
            long_enough = j > i and days[j] - days[i] >= confirmation_days and not near[j]
            if confirmed == NONE and (long_enough or terminal[j]):
                confirmed = j
            j += 1
        if confirmed != NONE and (not sustained or j == days.size):
            return i, confirmed, NONE
        if j == days.size:
            return NONE, NONE, i
        i = j
    return NONE, NONE, NONE


@kernel
def _change_rows(  # arrays of every subject in, arrays of every subject out
    offsets: Any,
    days: Any,
    values: Any,
    near_for_baseline: Any,
    near: Any,
    terminal: Any,
    baseline_until: Any,
    event_after: Any,
    steps: Any,
    direction: float,
    confirmation_days: float,
    sustained: bool,
    out: Any,
) -> None:
    for s in range(offsets.size - 1):
        a, b = offsets[s], offsets[s + 1]
        d, v = days[a:b], values[a:b]
        base = baseline_visit(d, near_for_baseline[a:b], baseline_until[s])
        out[s, 0] = base if base == NONE else a + base
        out[s, 1] = out[s, 2] = out[s, 3] = NONE
        if base == NONE:
            continue
        start = base + 1
        while start < d.size and d[start] <= event_after[s]:
            start += 1
        step = steps[int(np.floor(2.0 * v[base] + 0.5))]
        event, confirmation, open_change = first_confirmed_change(
            d, v, near[a:b], terminal[a:b], start, v[base], step, direction, confirmation_days, sustained
        )
        out[s, 1] = event if event == NONE else a + event
        out[s, 2] = confirmation if confirmation == NONE else a + confirmation
        out[s, 3] = open_change if open_change == NONE else a + open_change


def confirmed_changes(
    scale: Ragged,
    *,
    column: str,
    baseline_until: NDArray[np.float64],
    event_after: NDArray[np.float64],
    steps: NDArray[np.float64],
    direction: float,
    confirmation_days: float,
    sustained: bool,
) -> NDArray[np.int64]:
    """Find every subject's first confirmed change of one scale.

    Parameters
    ----------
    scale : Ragged
        Visits with `column`, ``near_for_baseline``, ``near`` and ``terminal`` (0 or 1); no value of the scale missing.
    column : str
        The scale.
    baseline_until : ndarray of float, shape (subjects,)
        The baseline is the last suitable visit up to this day.
    event_after : ndarray of float, shape (subjects,)
        Only visits after this day can be events.
    steps : ndarray of float, shape (steps,)
        The change that counts, indexed by twice the baseline.
    direction : float
        `WORSE` or `BETTER`.
    confirmation_days : float
        Least time from event to confirmation.
    sustained : bool
        Whether the change must last to the end of the record.

    Returns
    -------
    ndarray of int, shape (subjects, 4)
        Rows of `scale`: baseline, event, confirmation, start of a change not yet confirmed; -1 for none.
    """
    out = np.full((scale.offsets.size - 1, 4), NONE, dtype=np.int64)
    _change_rows(
        scale.offsets,
        scale.day,
        scale.values[column],
        scale.values["near_for_baseline"] > 0,
        scale.values["near"] > 0,
        scale.values["terminal"] > 0,
        baseline_until,
        event_after,
        steps,
        direction,
        confirmation_days,
        sustained,
        out,
    )
    return out


@kernel
def _near_rows(offsets: Any, days: Any, relapse_offsets: Any, relapse_days: Any, within: float, out: Any) -> None:
    for s in range(offsets.size - 1):
        onsets = relapse_days[relapse_offsets[s] : relapse_offsets[s + 1]]
        for i in range(offsets[s], offsets[s + 1]):
            out[i] = 1.0 if near_relapse(days[i], onsets, within) else 0.0


def visits_near_relapses(visits: Ragged, relapses: Ragged, within_days: float) -> NDArray[np.float64]:
    """Return 1.0 for each visit fewer than `within_days` after a relapse began, else 0.0; shape (visits,)."""
    out = np.zeros(visits.day.size, dtype=np.float64)
    _near_rows(visits.offsets, visits.day, relapses.offsets, relapses.day, float(within_days), out)
    return out
