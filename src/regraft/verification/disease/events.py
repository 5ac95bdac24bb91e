"""Confirmed worsening, by the package's own named definitions, of people who are followed without a trial's tables."""

import numpy as np
from numpy.typing import NDArray

from regraft.core.arrays import Floats
from regraft.core.units import DAYS_PER_YEAR
from regraft.endpoints.definition import load_progression
from regraft.endpoints.progression.batch import Events, Trajectories, search_events
from regraft.verification.disease.people import Followed


def worsening(people: Followed, edss: Floats, definition: str, looks: NDArray[np.int64] | None = None) -> Events:
    """Return the events a definition finds in rated scores, shape (people, looks).

    `looks` are the visits that were held.

    Parameters
    ----------
    people : Followed
        Whose relapses and times of visits are used.
    edss : float64, shape (people, rows)
        Rated scores.
    definition : str
        A named definition of confirmed worsening.
    looks : int64, optional
        Rows at which there was a visit; None is every row.
    """
    held = np.arange(edss.shape[1]) if looks is None else looks
    days = np.round(people.years[held] * DAYS_PER_YEAR)
    onsets = people.onsets() * DAYS_PER_YEAR
    known = np.isfinite(onsets) & (onsets > -400.0) & (onsets < days[-1])
    count = len(people)
    return search_events(
        load_progression(definition).plan(),
        Trajectories(
            offsets=np.arange(count + 1) * held.size,
            days=np.tile(days, count),
            values=np.ascontiguousarray(edss[:, held]).ravel(),
            may_confirm=np.ones(count * held.size, bool),
            relapse_offsets=np.concatenate([[0], np.cumsum(known.sum(axis=1))]).astype(np.int64),
            relapse_days=onsets[known],
            earliest=np.zeros(count),
            impute_within=np.full(count, -1.0),
            terminal=np.zeros(count, bool),
        ),
    )


def first_event_years(people: Followed, events: Events, kinds: tuple[int, ...], looks: NDArray[np.int64]) -> Floats:
    """Return years from entry to each person's first event of these kinds, shape (people,); infinite without one.

    Parameters
    ----------
    people : Followed
        Whose times of visits are used.
    events : Events
        From `worsening` with the same `looks`.
    kinds : tuple of int
        Kinds that count.
    looks : int64
        Rows at which there was a visit.
    """
    first = np.full(len(people), np.inf)
    chosen = np.isin(events.kind, kinds)
    if chosen.any():
        np.minimum.at(first, events.subject[chosen], people.years[looks[events.event[chosen] % looks.size]])
    return first
