"""Death as an endpoint, and what a death does to the endpoints of efficacy."""

from collections.abc import Mapping

import numpy as np

from regraft.core.arrays import Flags
from regraft.endpoints.clock import Clock
from regraft.endpoints.definition import DeathInEfficacy, Definition, EfficacySet
from regraft.endpoints.endpoint import Endpoint, Group, Reading, Subjects, picked
from regraft.endpoints.outcome import Outcome, Status, all_unknown

DEATH, NON_RELAPSE, OF_TREATMENT = "death", "non_relapse_death", "treatment_related_death"


def close_with_death(
    outcome: Outcome, clock: Clock, definition: Definition, has_baseline: Flags | None = None
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
    return outcome.not_at_risk(~clock.transplanted, ["not transplanted"] * int((~clock.transplanted).sum()))


def death_endpoints(rules: Definition) -> tuple[Endpoint, ...]:
    """Return death from any cause, and early mortality in three separate ways, as endpoints."""
    early = _early(rules)
    return (
        Endpoint(
            name=DEATH,
            label="Death from any cause",
            group=Group.DEATH,
            rule="Death from any cause; people alive are censored at their last contact.",
            derive=picked(deaths, DEATH),
        ),
        Endpoint(
            name=NON_RELAPSE,
            label="Non-relapse mortality (death not due to MS)",
            group=Group.DEATH,
            rule="Death due to treatment or another cause; deaths due to MS are competing events.",
            derive=picked(deaths, NON_RELAPSE),
        ),
        Endpoint(
            name=OF_TREATMENT,
            label="Treatment-related death",
            group=Group.DEATH,
            rule="Death recorded as due to treatment; other deaths are competing events.",
            derive=picked(deaths, OF_TREATMENT),
        ),
        Endpoint(
            name=early,
            label=f"Death from any cause by day {rules.transplant.mortality_until_day}",
            group=Group.DEATH,
            rule="Death from any cause, due to treatment or not; people alive then are censored on that day.",
            derive=picked(deaths, early),
            reading=Reading.PROPORTION,
        ),
    )


def efficacy_rule(rules: Definition) -> str:
    """Say in a sentence what a death does to an endpoint of efficacy, and who is counted."""
    death = "ends observation" if rules.death.in_efficacy is DeathInEfficacy.CENSORED else "is a competing event"
    counted = {
        EfficacySet.ALL: "",
        EfficacySet.ASSESSED: "; people never assessed after day zero are not counted",
        EfficacySet.TRANSPLANTED: "; people not transplanted, or never assessed after it, are not counted",
    }[rules.death.efficacy_set]
    return f"Death {death}{counted}."


def _early(rules: Definition) -> str:
    return f"death_by_day_{rules.transplant.mortality_until_day}"


def deaths(subjects: Subjects) -> Mapping[str, Outcome]:
    """Return death from any cause, and early mortality in three separate ways, by name.

    These are death from any cause up to the day of the definition, death not due to MS (non-relapse mortality), and
    death recorded as due to treatment. The living are censored at their last contact. A death of unknown cause is
    unknown where the cause matters, and a death of another cause competes.
    """
    clock, until, early = (
        subjects.clock,
        subjects.definition.transplant.mortality_until_day,
        _early(subjects.definition),
    )
    if not subjects.study.has("dispositions"):
        reason = "the study has no table dispositions: who died is not recorded"
        names = (DEATH, early, NON_RELAPSE, OF_TREATMENT)
        return {name: all_unknown(name, clock.count, reason) for name in names}
    died = ~np.isnan(clock.death)
    alive = np.where(np.isnan(clock.last_contact), Status.UNKNOWN, Status.CENSORED)
    day = np.where(died, clock.death, clock.last_contact)
    detail = [f"cause: {cause}" if cause else "" for cause in clock.death_cause]
    any_cause = Outcome(DEATH, np.where(died, Status.EVENT, alive).astype(np.int8), day, detail)
    by_day = Outcome(
        early,
        np.where(died & (day > until), Status.CENSORED, any_cause.status).astype(np.int8),
        np.minimum(day, float(until)),
        [words if day[s] <= until else "" for s, words in enumerate(detail)],
    )
    return {
        DEATH: any_cause,
        early: by_day,
        NON_RELAPSE: _of_causes(any_cause, clock, NON_RELAPSE, ("treatment", "other")),
        OF_TREATMENT: _of_causes(any_cause, clock, OF_TREATMENT, ("treatment",)),
    }


def _of_causes(death: Outcome, clock: Clock, endpoint: str, counted: tuple[str, ...]) -> Outcome:
    """Return death from the `counted` causes; others compete, and an unknown cause is unknown."""
    causes = np.array(clock.death_cause, dtype=object)
    of_them = np.isin(clock.death_cause, counted)
    by_cause = np.where(of_them, Status.EVENT, np.where(causes == "unknown", Status.UNKNOWN, Status.COMPETING))
    status = np.where(death.is_event(), by_cause, death.status).astype(np.int8)
    return Outcome(endpoint, status, np.where(status == Status.UNKNOWN, np.nan, death.day), death.detail)
