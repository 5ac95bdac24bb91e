"""A change that a later visit confirms, of one scale of every subject: the search for events, as reports ask it."""

from dataclasses import dataclass
from typing import final

import numpy as np

from regraft.core.arrays import Floats, Ints
from regraft.endpoints.clock import Ragged, select_rows
from regraft.endpoints.endpoint import Subjects
from regraft.endpoints.progression.baseline import baseline_rows
from regraft.endpoints.progression.batch import Trajectories, search_events, unconfirmed_at_end
from regraft.endpoints.progression.choices import Target
from regraft.endpoints.progression.plan import NONE
from regraft.endpoints.progression.rules import ProgressionRules
from regraft.endpoints.relapses import relapses_nearby


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The first confirmed change of every subject: rows of the visits that were searched, -1 for none.

    Parameters
    ----------
    baseline, event, confirmation : ndarray of int, shape (subjects,)
        Visit of the baseline, of the event, and the first that confirms it; a death due to MS confirms itself.
    unconfirmed : ndarray of int, shape (subjects,)
        Where a change begins, at the end of the record of a subject without event, that nothing has confirmed yet.
    """

    baseline: Ints
    event: Ints
    confirmation: Ints
    unconfirmed: Ints


def baselines(scale: Ragged, subjects: Subjects, days_after_relapse: float, until: Floats | None = None) -> Ints:
    """Return the row of every subject's last visit up to day zero (or `until`) not near a relapse, else the last one.

    Parameters
    ----------
    scale : Ragged
        Visits of the subjects.
    subjects : Subjects
        The subjects, with their relapses.
    days_after_relapse : float
        A visit fewer days after the onset of a relapse is near it.
    until : ndarray of float, shape (subjects,), optional
        The last day for a baseline.
    """
    relapses = subjects.once(relapses_nearby)
    limit = np.zeros(subjects.clock.count) if until is None else until
    return baseline_rows(scale.timeline(), relapses.timeline(), limit, days_after_relapse)


def confirmed_changes(
    scale: Ragged,
    column: str,
    subjects: Subjects,
    rules: ProgressionRules,
    *,
    baseline_until: Floats | None = None,
    event_from: Floats | None = None,
) -> Changes:
    """Find every subject's first confirmed change of one scale, by the search of `regraft endpoints`.

    Parameters
    ----------
    scale : Ragged
        Visits with `column` and, where a visit can be a death due to MS, ``terminal`` (0 or 1); no value missing.
    column : str
        The scale.
    subjects : Subjects
        The subjects, with their relapses.
    rules : ProgressionRules
        The rules, with a fixed baseline, looking for the first worsening or the first improvement.
    baseline_until : ndarray of float, shape (subjects,), optional
        The baseline is the last suitable visit up to this day; day zero by default.
    event_from : ndarray of float, shape (subjects,), optional
        No visit before this day is an event; the day after day zero, or that of the rules if later, by default.
    """
    baseline = baselines(scale, subjects, rules.baseline.days_after_relapse, baseline_until)
    earliest = np.ones(baseline.size) if event_from is None else event_from
    owner = scale.owner()
    kept = (baseline[owner] != NONE) & (np.arange(scale.day.size) >= baseline[owner])
    trajectories = _trajectories(select_rows(scale, kept), column, subjects, np.maximum(earliest, rules.event.from_day))
    plan = rules.plan()
    found = search_events(plan, trajectories)
    rows = np.append(np.flatnonzero(kept), NONE)
    changes = {name: np.full(baseline.size, NONE, dtype=np.int64) for name in ("event", "confirmation")}
    changes["event"][found.subject] = rows[found.event]
    confirmed = found.confirmed[:, 0]
    changes["confirmation"][found.subject] = rows[np.where(confirmed == NONE, found.event, confirmed)]
    open_rows = rows[unconfirmed_at_end(plan, trajectories, improving=rules.events is Target.FIRST_CDI)]
    return Changes(baseline=baseline, unconfirmed=np.where(changes["event"] == NONE, open_rows, NONE), **changes)


def _trajectories(scale: Ragged, column: str, subjects: Subjects, earliest: Floats) -> Trajectories:
    """Return visits from the baseline on as trajectories for the search."""
    relapses = subjects.once(relapses_nearby)
    count, ends = earliest.size, scale.offsets[1:] - 1
    terminal = np.append(scale.values.get("terminal", np.zeros(scale.day.size)), 0.0) > 0.0
    return Trajectories(
        offsets=scale.offsets,
        days=scale.day,
        values=scale.values[column],
        may_confirm=np.ones(scale.day.size, dtype=np.bool_),
        relapse_offsets=relapses.offsets,
        relapse_days=relapses.day,
        earliest=earliest,
        impute_within=np.full(count, -1.0),
        terminal=terminal[ends] & (np.diff(scale.offsets) > 0),
    )
