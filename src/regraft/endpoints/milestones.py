"""EDSS milestones: a level of disability that is reached and confirmed."""

import numpy as np
from numpy.typing import NDArray

from regraft.endpoints.confirmed import NONE, WORSE, confirmed_changes
from regraft.endpoints.deaths import efficacy_rule
from regraft.endpoints.definition import Definition
from regraft.endpoints.disability import AT_VISITS, change_outcome, edss_series
from regraft.endpoints.endpoint import Endpoint, Group, Subjects, made
from regraft.endpoints.outcome import Outcome, Status

_OUT_OF_REACH = 99.0


def milestone_endpoints(rules: Definition) -> tuple[Endpoint, ...]:
    """Return each milestone of the definition as an endpoint, such as ``edss_milestone_6``."""
    return tuple(
        Endpoint(
            name=_name(level),
            label=f"Confirmed EDSS {level:g} or higher",
            group=Group.DISABILITY,
            rule=f"EDSS {level:g} or higher, seen at every visit until one at least "
            f"{rules.milestones.confirmation_weeks} weeks later; who is there at baseline is not counted. "
            f"{efficacy_rule(rules)}",
            derive=made(edss_milestone, level),
            seen_at=AT_VISITS,
        )
        for level in rules.milestones.levels
    )


def _name(level: float) -> str:
    return f"edss_milestone_{level:g}"


def edss_milestone(subjects: Subjects, level: float) -> Outcome:
    """Return when a level of disability is reached.

    Who is at or above the level at baseline is not at risk of it; without a baseline it is unknown.
    """
    clock, definition, edss = subjects.clock, subjects.definition, subjects.once(edss_series)
    begin = np.zeros(clock.count)
    below = level - np.arange(21) / 2.0
    early = definition.worsening.confirmation_may_be_early_by_days
    rows = confirmed_changes(
        edss,
        column="edss",
        baseline_until=begin,
        event_after=begin,
        steps=np.where(below > 0.0, below, _OUT_OF_REACH),
        direction=WORSE,
        confirmation_days=7.0 * definition.milestones.confirmation_weeks - early,
        sustained=definition.worsening.sustained_to_end,
    )
    outcome = change_outcome(clock, edss, "edss", _name(level), rows, definition, begin)
    return _without_those_there(outcome, edss.values["edss"], rows[:, 0], level)


def _without_those_there(
    outcome: Outcome, values: NDArray[np.float64], baseline_rows: NDArray[np.int64], level: float
) -> Outcome:
    """Mark subjects as not at risk who are at the level, or beyond it, at baseline."""
    baseline = np.where(baseline_rows == NONE, np.nan, np.append(values, np.nan)[baseline_rows])
    there = baseline >= level
    detail = [
        f"EDSS {value:g} at baseline: the milestone was reached before" if is_there else words
        for value, is_there, words in zip(baseline, there, outcome.detail, strict=True)
    ]
    status = np.where(there, Status.NOT_AT_RISK, outcome.status).astype(np.int8)
    return Outcome(outcome.endpoint, status, np.where(there, np.nan, outcome.day), detail)
