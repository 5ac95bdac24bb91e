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


def deaths(study: Study, clock: Clock, definition: Definition) -> tuple[Outcome, ...]:
    """Return death from any cause, and early mortality in three separate ways.

    These are death from any cause up to the day of the definition, death not due to MS (non-relapse mortality), and
    death recorded as due to treatment. The living are censored at their last contact. A death of unknown cause is
    unknown where the cause matters, and a death of another cause competes.
    """
    until = definition.transplant.mortality_until_day
    names = ("death", f"death_by_day_{until}", "non_relapse_death", "treatment_related_death")
    if not study.has("dispositions"):
        reason = "the study has no table dispositions: who died is not recorded"
        return tuple(all_unknown(name, clock.count, reason) for name in names)
    died = ~np.isnan(clock.death)
    alive = np.where(np.isnan(clock.last_contact), Status.UNKNOWN, Status.CENSORED)
    day = np.where(died, clock.death, clock.last_contact)
    detail = [f"cause: {cause}" if cause else "" for cause in clock.death_cause]
    any_cause = Outcome(names[0], np.where(died, Status.EVENT, alive).astype(np.int8), day, detail)
    early = Outcome(
        names[1],
        np.where(died & (day > until), Status.CENSORED, any_cause.status).astype(np.int8),
        np.minimum(day, float(until)),
        [words if day[s] <= until else "" for s, words in enumerate(detail)],
    )
    not_ms = _of_causes(any_cause, clock, names[2], ("treatment", "other"))
    return any_cause, early, not_ms, _of_causes(any_cause, clock, names[3], ("treatment",))


def _of_causes(death: Outcome, clock: Clock, endpoint: str, counted: tuple[str, ...]) -> Outcome:
    """Return death from the `counted` causes; others compete, and an unknown cause is unknown."""
    causes = np.array(clock.death_cause, dtype=object)
    of_them = np.isin(clock.death_cause, counted)
    by_cause = np.where(of_them, Status.EVENT, np.where(causes == "unknown", Status.UNKNOWN, Status.COMPETING))
    status = np.where(death.is_event(), by_cause, death.status).astype(np.int8)
    return Outcome(endpoint, status, np.where(status == Status.UNKNOWN, np.nan, death.day), death.detail)
