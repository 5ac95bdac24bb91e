"""Death as an endpoint, and what a death does to the endpoints of efficacy."""

import numpy as np
from numpy.typing import NDArray

from regraft.endpoints.clock import Clock
from regraft.endpoints.definition import DeathInEfficacy, Definition, EfficacySet
from regraft.endpoints.outcome import Outcome, Status, all_unknown
from regraft.study.tables import Study


def close_with_death(
    outcome: Outcome, clock: Clock, definition: Definition, has_baseline: NDArray[np.bool_] | None = None
) -> Outcome:
    """Apply the definition's rule for deaths to an endpoint of efficacy.

    Who died without the event is competing at death, or stays censored at the last assessment. Who died before any
    assessment is competing or censored at death, or not counted at all where only assessed subjects count.

    Parameters
    ----------
    outcome : Outcome
        The endpoint as the assessments alone give it.
    clock : Clock
        The subjects, with their deaths.
    definition : Definition
        The rules.
    has_baseline : ndarray of bool, shape (subjects,), optional
        Who could have been assessed; a death says nothing of who could not.
    """
    died = ~np.isnan(clock.death)
    possible = np.ones(clock.count, dtype=np.bool_) if has_baseline is None else has_baseline
    unassessed = died & possible & (outcome.status == Status.UNKNOWN)
    competing = definition.death.in_efficacy is DeathInEfficacy.COMPETING
    status, day = outcome.status.copy(), outcome.day.copy()
    if competing:
        followed = died & (outcome.status == Status.CENSORED)
        status[followed], day[followed] = Status.COMPETING, clock.death[followed]
    if definition.death.efficacy_set is EfficacySet.ALL:
        status[unassessed] = Status.COMPETING if competing else Status.CENSORED
        day[unassessed] = clock.death[unassessed]
    else:
        status[unassessed] = Status.NOT_AT_RISK
    detail = [
        f"died on day {death:g} before any assessment" if early else words
        for death, early, words in zip(clock.death, unassessed, outcome.detail, strict=True)
    ]
    return only_counted(Outcome(outcome.endpoint, status, day, detail), clock, definition)


def only_counted(outcome: Outcome, clock: Clock, definition: Definition) -> Outcome:
    """Take out who was not transplanted, where only the transplanted count."""
    if definition.death.efficacy_set is not EfficacySet.TRANSPLANTED:
        return outcome
    status = np.where(clock.transplanted, outcome.status, Status.NOT_AT_RISK).astype(np.int8)
    day = np.where(clock.transplanted, outcome.day, np.nan)
    detail = [
        words if counted else "not transplanted"
        for words, counted in zip(outcome.detail, clock.transplanted, strict=True)
    ]
    return Outcome(outcome.endpoint, status, day, detail)


def deaths(study: Study, clock: Clock) -> tuple[Outcome, Outcome]:
    """Return death from any cause, and death due to treatment.

    The living are censored at their last contact. A death of unknown cause is unknown as a treatment death, and a
    death of another cause competes with it. A study without dispositions cannot say who died.
    """
    if not study.has("dispositions"):
        reason = "the study has no table dispositions: who died is not recorded"
        return all_unknown("death", clock.count, reason), all_unknown("treatment_related_death", clock.count, reason)
    died = ~np.isnan(clock.death)
    known = ~np.isnan(clock.last_contact)
    alive = np.where(known, Status.CENSORED, Status.UNKNOWN)
    day = np.where(died, clock.death, clock.last_contact)
    causes = np.array(clock.death_cause, dtype=object)
    detail = [f"cause: {cause}" if cause else "" for cause in clock.death_cause]
    by_cause = np.where(
        causes == "treatment", Status.EVENT, np.where(causes == "unknown", Status.UNKNOWN, Status.COMPETING)
    )
    any_cause = Outcome("death", np.where(died, Status.EVENT, alive).astype(np.int8), day, detail)
    status = np.where(died, by_cause, alive).astype(np.int8)
    when = np.where(status == Status.UNKNOWN, np.nan, day)
    of_treatment = Outcome("treatment_related_death", status, when, detail)
    return any_cause, of_treatment
