"""The rules of one definition as plain numbers, and what a search for events knows of one subject."""

from typing import NamedTuple

from regraft.core.arrays import Flags, Floats

NONE = -1
SKIP_NONE, SKIP_STRICT, SKIP_ALL = 0, 1, 2
IMPROVING, WORSENING = True, False
MULTIPLE, FIRST, FIRST_CDW, FIRST_CDI, FIRST_PIRA, FIRST_RAW = range(6)  # in the order of `choices.Target`


class Plan(NamedTuple):
    """The rules of one definition as plain numbers; `regraft.endpoints.progression.rules` makes it.

    Parameters
    ----------
    target : int
        Which events are looked for: `MULTIPLE`, `FIRST`, `FIRST_CDW`, `FIRST_CDI`, `FIRST_PIRA` or `FIRST_RAW`.
    classify : bool
        Whether worsening is told apart into RAW and PIRA.
    sign : float
        +1 where higher values are worse, -1 where lower ones are.
    worse, better : ndarray, shape (rows, 3)
        Threshold of worsening and of improvement: from which baseline on, points, and baseline divided by what (0: not
        used); the smaller of the two counts.
    better_least : float
        Below this baseline nothing is an improvement.
    moves_on_improvement, moves_on_worsening : bool
        Whether a confirmed change of this direction moves the baseline.
    to_confirmation : bool
        Whether baseline and search go on from the first confirming visit (else from the event).
    candidates_any_size, sub_improvement, sub_worsening : bool
        Whether changes below the threshold are looked at, and which of them, once confirmed, move the baseline.
    never_lower, after_relapse : bool
        A new baseline value is never below the one before; the baseline is moved behind every relapse.
    grace : float
        Days after a relapse that an event may still belong to it before the baseline is moved [d].
    extrema : int
        Which local extrema cannot be a baseline: `SKIP_NONE`, `SKIP_STRICT` or `SKIP_ALL`.
    start_stays : bool
        Whether the first baseline is kept although a relapse is near.
    base_since, base_until, event_since, event_until, confirm_since, confirm_until : float
        Least days from the last and to the next relapse for a baseline, an event and a confirming visit [d].
    windows : ndarray, shape (windows, 2)
        When after the event a visit confirms it, from and to, ends included [d].
    between : bool
        Whether every visit up to the confirming one must show the change.
    sustained : float
        Least days the change must last, unless it lasts to the end of the record [d].
    raw_after, raw_before : float
        Worsening is relapse-associated so many days after a relapse, or before one, ends included [d].
    reference : int
        Which visit ``free`` calls the reference: 0 baseline, 1 the visit before the event, 2 the last visit from which
        the event is a change.
    free : ndarray, shape (intervals, 4)
        Intervals without relapse that make PIRA: anchor and offset of start and of end [d]; anchors are 0 reference,
        1 event, 2 confirmation; ends are included.
    """

    target: int
    classify: bool
    sign: float
    worse: Floats
    better: Floats
    better_least: float
    moves_on_improvement: bool
    moves_on_worsening: bool
    to_confirmation: bool
    candidates_any_size: bool
    sub_improvement: bool
    sub_worsening: bool
    never_lower: bool
    after_relapse: bool
    grace: float
    extrema: int
    start_stays: bool
    base_since: float
    base_until: float
    event_since: float
    event_until: float
    confirm_since: float
    confirm_until: float
    windows: Floats
    between: bool
    sustained: float
    raw_after: float
    raw_before: float
    reference: int
    free: Floats


class Trajectory(NamedTuple):
    """What is known of one subject: visits in order, and relapses.

    Parameters
    ----------
    days, values : ndarray, shape (visits,)
        Days, ascending, and the scale; a value is raised where a baseline may never be lower than the one before.
    since, until : ndarray, shape (visits,)
        Days since the last relapse began and to the next one; infinite without one [d].
    may_confirm : ndarray of bool, shape (visits,)
        Whether the visit can confirm a change.
    relapses : ndarray, shape (relapses,)
        Days of the relapses that count, ascending.
    earliest : float
        No visit before this day is an event [d].
    impute_within : float
        A worsening at the last visit counts without confirmation up to so many days of follow-up; -1 for never [d].
    terminal : bool
        The last visit stands for a death due to the disease: it confirms itself and what leads to it.
    """

    days: Floats
    values: Floats
    since: Floats
    until: Floats
    may_confirm: Flags
    relapses: Floats
    earliest: float
    impute_within: float
    terminal: bool
