"""EDSS milestones: a level of disability that is reached and confirmed."""

import numpy as np

from regraft.endpoints.clock import Ragged
from regraft.endpoints.confirmed import confirmed_changes
from regraft.endpoints.deaths import efficacy_rule
from regraft.endpoints.definition import Definition
from regraft.endpoints.disability import AT_VISITS, at_rows, change_outcome, edss_series, one_step
from regraft.endpoints.endpoint import Endpoint, Group, NeededLooks, Subjects, made
from regraft.endpoints.outcome import Outcome
from regraft.endpoints.progression.rules import EventRules


def milestone_endpoints(rules: Definition) -> tuple[Endpoint, ...]:
    """Return each milestone of the definition as an endpoint, such as ``edss_milestone_6``."""
    return tuple(
        Endpoint(
            name=_name(level),
            label=f"Confirmed EDSS {level:g} or higher",
            group=Group.DISABILITY,
            rule=f"EDSS {level:g} or higher, seen at every visit until one at least "
            f"{rules.milestones.confirmation_weeks} weeks later; people already there at baseline are not counted. "
            f"{efficacy_rule(rules)}",
            derive=made(edss_milestone, level),
            seen_at=AT_VISITS,
            needs=NeededLooks(confirmed_after_weeks=rules.milestones.confirmation_weeks),
        )
        for level in rules.milestones.levels
    )


def _name(level: float) -> str:
    return f"edss_milestone_{level:g}"


def edss_milestone(subjects: Subjects, level: float) -> Outcome:
    """Return when a level of disability is reached.

    Who is at or above the level at baseline is not at risk of it; without a baseline it is unknown.
    """
    definition, edss = subjects.definition, subjects.once(edss_series)
    reached = {**edss.values, "reached": (edss.values["edss"] >= level).astype(np.float64)}
    worsening = definition.confirmed_worsening(definition.milestones.confirmation_weeks)
    rules = worsening.model_copy(update={"worsening": one_step(1.0), "event": EventRules(days_after_relapse=0.0)})
    changes = confirmed_changes(Ragged(edss.offsets, edss.day, reached), "reached", subjects, rules)
    baseline = at_rows(edss.values["edss"], changes.baseline)
    there = baseline >= level
    why = [f"EDSS {value:g} at baseline: the milestone was reached before" for value in baseline[there].tolist()]
    return change_outcome(subjects, edss, "edss", _name(level), changes).not_at_risk(there, why)
