"""Multi-state courses (transplanted, relapsed, worse, dead): the probability of being in each state over time.

The Aalen-Johansen estimate with the infinitesimal jackknife as its variance, which counts each subject once and holds
where the past matters beyond the present state. Equal to R's ``survfit`` of a multi-state ``Surv``. Sources: Aalen OO,
Johansen S. Scand J Stat 1978;5:141; Datta S, Satten GA. Stat Probab Lett 2001;55:403 (courses that are not Markov).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from regraft.analysis.arrays import FloatArray, IntArray, floats, labels, one_time
from regraft.analysis.competing_risks import log_log_limits
from regraft.analysis.result import Result
from regraft.core.errors import InputError


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stays:
    """Stays of subjects in states, one row each; every array has shape (stays,).

    Parameters
    ----------
    subject : array-like
        Label of the subject.
    state : array-like of str
        State stayed in.
    start, end : array-like
        From when to when, in one unit since the subject's own day zero; an entry after 0 is late entry.
    into : array-like of str or None
        State entered at the end; None where observation ended in the state.

    Examples
    --------
    >>> import regraft as rg
    >>> who, start, end = ["a", "b"], [0.0, 0.0], [2.0, 3.0]
    >>> stays = rg.stats.Stays(subject=who, state=["well"] * 2, start=start, end=end, into=["relapsed", None])
    >>> rg.stats.state_occupation(stays, ("well", "relapsed")).probability.tolist()
    [[0.5, 0.5]]
    """

    subject: ArrayLike
    state: Sequence[str]
    start: ArrayLike
    end: ArrayLike
    into: Sequence[str | None]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StateOccupation(Result):
    """Probability of being in each state, as step functions that jump at `time`.

    Parameters
    ----------
    states : tuple of str
        The k states.
    time : array, shape (m,)
        Distinct times of moves, ascending.
    at_risk : array, shape (m, k)
        Subjects in each state just before.
    probability, standard_error, low, high : array, shape (m, k)
        Estimate, its standard error, and limits on the log-log scale.
    start : array, shape (k,)
        Share in each state at the start.
    transitions : array, shape (k, k)
        Moves seen, from row to column.
    followed_to : float
        Last time of observation.

    Examples
    --------
    >>> import regraft as rg
    >>> a, b = ("a", "well", 0.0, 2.0, "relapsed"), ("b", "well", 0.0, 3.0, None)
    >>> subject, state, start, end, into = zip(a, b, strict=True)
    >>> stays = rg.stats.Stays(subject=subject, state=state, start=start, end=end, into=into)
    >>> found = rg.stats.state_occupation(stays, ("well", "relapsed"))
    >>> found.time.tolist(), found.probability.tolist()
    ([2.0], [[0.5, 0.5]])
    """

    states: tuple[str, ...]
    time: FloatArray
    at_risk: IntArray
    probability: FloatArray
    standard_error: FloatArray
    low: FloatArray
    high: FloatArray
    start: FloatArray
    transitions: IntArray
    followed_to: float

    def at(self, moments: ArrayLike) -> pl.DataFrame:
        """Return one row per moment and state; null beyond observation."""
        asked = np.asarray(moments, dtype=np.float64)
        index = np.searchsorted(self.time, asked * (1.0 + 1e-9), side="right")
        known = np.repeat(asked <= self.followed_to * (1.0 + 1e-9), len(self.states))
        nothing = np.zeros((1, len(self.states)))
        columns = {
            "probability": np.vstack((self.start, self.probability)),
            "standard_error": np.vstack((nothing, self.standard_error)),
            "low": np.vstack((self.start, self.low)),
            "high": np.vstack((self.start, self.high)),
        }
        frame = pl.DataFrame(
            {
                "time": np.repeat(asked, len(self.states)),
                "state": list(self.states) * asked.size,
                **{name: column[index].ravel() for name, column in columns.items()},
            }
        )
        return frame.with_columns(pl.when(pl.Series(known)).then(pl.col(name)).alias(name) for name in columns)

    def to_frame(self) -> pl.DataFrame:
        """Return one row per time and state."""
        return self.at(self.time)


def state_occupation(stays: Stays, states: Sequence[str], *, level: float = 0.95) -> StateOccupation:
    """Estimate the probability of being in each state over time.

    Parameters
    ----------
    stays : Stays
        Stays of each subject, which follow each other without gap or overlap.
    states : sequence of str
        All states, in the order shown.
    level : float
        Coverage of the limits.

    Raises
    ------
    InputError
        Unknown states, stays that end before they start, overlap, or contradict the move before; nobody at the start.

    Examples
    --------
    >>> stays = Stays(
    ...     subject=["a", "a", "b"],
    ...     state=["transplanted", "relapsed", "transplanted"],
    ...     start=[0.0, 2.0, 0.0],
    ...     end=[2.0, 5.0, 4.0],
    ...     into=["relapsed", None, "relapsed"],
    ... )
    >>> state_occupation(stays, ("transplanted", "relapsed")).probability.tolist()
    [[0.5, 0.5], [0.0, 1.0]]
    """
    found = _moves(stays, tuple(states))
    time = np.unique(found.end[found.into >= 0])
    share, influence = _at_start(found)
    start = share
    k, steps = len(states), []
    for moment, at_risk, moved in _each(found, time):
        inside = (found.start < moment) & (found.end >= moment)
        share, influence = _step(found, inside & (found.end == moment), inside, (at_risk, moved), (share, influence))
        steps.append((at_risk, share, np.sqrt((influence**2).sum(axis=0))))
    at_risk, probability, error = (np.array([step[part] for step in steps]).reshape(time.size, k) for part in range(3))
    probability = np.clip(probability, 0.0, 1.0)
    low, high = log_log_limits(probability, error**2, level)
    transitions = np.zeros((k, k), dtype=np.int64)
    np.add.at(transitions, (found.state[found.into >= 0], found.into[found.into >= 0]), 1)
    return StateOccupation(
        states=tuple(states),
        time=time,
        at_risk=at_risk.astype(np.int64),
        probability=probability,
        standard_error=error,
        low=low,
        high=high,
        start=start,
        transitions=transitions,
        followed_to=float(found.end.max()),
    )


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Found:
    """Stays by number: subject, state and state entered (-1: none), with merged times."""

    subject: IntArray
    state: IntArray
    into: IntArray
    start: FloatArray
    end: FloatArray
    subjects: int
    states: int


def _moves(stays: Stays, states: tuple[str, ...]) -> _Found:
    end = floats(stays.end, "end")
    both = one_time(np.concatenate((floats(stays.start, "start", end.size), end)))
    people, subject = labels(stays.subject, end.size, "subject")
    number = {name: index for index, name in enumerate(states)}
    unknown = {name for name in (*stays.state, *stays.into) if name is not None and name not in number}
    if unknown or end.size == 0 or len(stays.state) != end.size or len(stays.into) != end.size:
        raise InputError(
            f"state: {sorted(unknown)} of {end.size} stays are none of {', '.join(states)}. Name them all."
        )
    state = np.array([number[name] for name in stays.state])
    into = np.array([-1 if name is None else number[name] for name in stays.into])
    start, end = both[: end.size], both[end.size :]
    order = np.lexsort((start, subject))
    same = np.diff(subject[order]) == 0
    before, after = order[:-1][same], order[1:][same]
    broken = (end[before] != start[after]) | (into[before] != state[after])
    if (start >= end).any() or broken.any():
        raise InputError(
            f"start and end: {int((start >= end).sum())} stays last no time, {int(broken.sum())} do not follow on the "
            "one before. A stay begins when and where the one before ended."
        )
    return _Found(
        subject=subject, state=state, into=into, start=start, end=end, subjects=len(people), states=len(states)
    )


def _at_start(found: _Found) -> tuple[FloatArray, FloatArray]:
    """Return the shares at the start, of those seen from then on, and what each subject moves in them."""
    first = found.start == found.start.min()
    share = np.bincount(found.state[first], minlength=found.states) / first.sum()
    influence = np.zeros((found.subjects, found.states))
    own = np.eye(found.states)[found.state[first]]
    influence[found.subject[first]] = (own - share) / first.sum()
    return share, influence


def _each(found: _Found, time: FloatArray) -> Iterator[tuple[float, IntArray, FloatArray]]:
    """Yield each time with the numbers at risk in each state and the moves between states."""
    for moment in time:
        inside = (found.start < moment) & (found.end >= moment)
        moving = inside & (found.end == moment) & (found.into >= 0)
        moved = np.zeros((found.states, found.states))
        np.add.at(moved, (found.state[moving], found.into[moving]), 1.0)
        yield float(moment), np.bincount(found.state[inside], minlength=found.states), moved


def _step(
    found: _Found,
    ending: np.ndarray,
    inside: np.ndarray,
    counts: tuple[IntArray, FloatArray],
    before: tuple[FloatArray, FloatArray],
) -> tuple[FloatArray, FloatArray]:
    """Return shares and influences after one time."""
    at_risk, moved = counts
    share, influence = before
    hazard = moved / np.maximum(at_risk, 1)[:, None]
    hazard -= np.diag(hazard.sum(axis=1))
    after = influence + influence @ hazard
    # a subject at risk pulls the hazards of its state towards what it did itself
    own = np.zeros((found.state.size, found.states))
    moving = np.flatnonzero(ending & (found.into >= 0))
    own[moving, found.into[moving]] += 1.0
    own[moving, found.state[moving]] -= 1.0
    weight = share[found.state] / np.maximum(at_risk, 1)[found.state]
    pull = weight[:, None] * (own - hazard[found.state])
    np.add.at(after, found.subject[inside], pull[inside])
    return share + share @ hazard, after
