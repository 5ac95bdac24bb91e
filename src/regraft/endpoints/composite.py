"""MS activity-free survival, other survivals and NEDA: relapse, lesion activity and worsening taken together, each possibly unknown."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from regraft.endpoints.brain import brain_loss
from regraft.endpoints.clock import Clock, Ragged
from regraft.endpoints.deaths import only_counted
from regraft.endpoints.definition import Definition
from regraft.endpoints.disability import edss_worsening
from regraft.endpoints.mri import mri_activity
from regraft.endpoints.outcome import Outcome, Status, all_unknown
from regraft.endpoints.relapses import relapse_endpoint
from regraft.study.tables import Study


def first_of(endpoint: str, components: Sequence[Outcome]) -> Outcome:
    """Return the first event of several components.

    Any component's event is an event of the whole. Without one, a component that is unknown makes the whole unknown;
    otherwise the subject is known to be free until the earliest end of observation of its components, and competing
    when that end is a death.

    Parameters
    ----------
    endpoint : str
        Name of the whole.
    components : sequence of Outcome
        The parts, for the same subjects.
    """
    status = np.stack([part.status for part in components])
    day = np.stack([part.day for part in components])
    event_day = np.where(status == Status.EVENT, day, np.inf).min(axis=0)
    end = np.where(np.isnan(day), np.inf, day).min(axis=0)
    event = np.isfinite(event_day)
    unknown = ~event & (status == Status.UNKNOWN).any(axis=0)
    out = ~event & ~unknown & (status == Status.NOT_AT_RISK).any(axis=0)
    ends_in_death = ~event & ((status == Status.COMPETING) & (day <= end)).any(axis=0)
    whole = np.where(ends_in_death, Status.COMPETING, Status.CENSORED)
    whole = np.where(out, Status.NOT_AT_RISK, np.where(unknown, Status.UNKNOWN, np.where(event, Status.EVENT, whole)))
    when = np.where(event, event_day, np.where(unknown | out, np.nan, end))
    return Outcome(endpoint, whole.astype(np.int8), when, _detail(components, status, day, event_day, unknown | out))


def _detail(
    components: Sequence[Outcome],
    status: NDArray[np.int8],
    day: NDArray[np.float64],
    event_day: NDArray[np.float64],
    unsaid: NDArray[np.bool_],
) -> list[str]:
    happened = np.isfinite(event_day)
    made = np.where(
        happened, (status == Status.EVENT) & (day == event_day),
        unsaid & ((status == Status.UNKNOWN) | (status == Status.NOT_AT_RISK)),
    )  # fmt: skip
    parts: list[list[str]] = [[] for _ in range(event_day.size)]
    for k, component in enumerate(components):
        for s in np.flatnonzero(made[k]).tolist():
            parts[s].append(f"{component.endpoint}: {component.detail[s]}")
    return ["; ".join(words) for words in parts]


def activity_free_survival(
    components: Sequence[Outcome], death: Outcome, study: Study, clock: Clock, definition: Definition
) -> tuple[Outcome, Outcome]:
    """Return MS activity-free survival twice: death as an event, and death censored.

    Parameters
    ----------
    components : sequence of Outcome
        Relapse, lesion activity and confirmed worsening.
    death : Outcome
        Death from any cause.
    study, clock, definition
        The study, its subjects, and the rules.
    """
    return (
        free_survival("activity_free_survival_death_event", components, death, study, clock, definition, counted=True),
        free_survival(
            "activity_free_survival_death_censored", components, death, study, clock, definition, counted=False
        ),
    )


def survivals(
    components: tuple[Outcome, Outcome, Outcome], death: Outcome, study: Study, clock: Clock, definition: Definition
) -> tuple[Outcome, ...]:
    """Return progression-free, relapse-free and event-free survival; death counts as the definition says.

    Parameters
    ----------
    components : tuple of Outcome
        Relapse, lesion activity and confirmed worsening.
    death : Outcome
        Death from any cause.
    study, clock, definition
        The study, its subjects, and the rules.
    """
    relapse, _, worsening = components
    parts = {
        "progression_free_survival": (worsening,),
        "relapse_free_survival": (relapse,),
        "event_free_survival": counting(components, definition),
    }
    counted = definition.survival.death_is_event
    return tuple(
        free_survival(name, of, death, study, clock, definition, counted=counted) for name, of in parts.items()
    )


def counting(components: tuple[Outcome, Outcome, Outcome], definition: Definition) -> tuple[Outcome, ...]:
    """Return what ends activity-free and event-free survival: lesions only where the definition counts them."""
    relapse, lesions, worsening = components
    return (relapse, lesions, worsening) if definition.composite.lesions_count else (relapse, worsening)


def free_survival(
    name: str,
    components: Sequence[Outcome],
    death: Outcome,
    study: Study,
    clock: Clock,
    definition: Definition,
    *,
    counted: bool,
) -> Outcome:
    """Return the first of several components, or of death where it is `counted` as an event; else deaths are censored."""
    if reason := _why_not(components):
        return all_unknown(name, clock.count, reason)
    if not counted:
        return _competing_as_censored(first_of(name, components))
    if not study.has("dispositions"):
        return all_unknown(name, clock.count, "the study has no table dispositions")
    died = death.is_event()
    freed = [_without_death(part, died, clock.death) for part in components]
    status = np.where(died, Status.EVENT, Status.CENSORED).astype(np.int8)
    with_death = Outcome(death.endpoint, status, death.day, death.detail)
    return only_counted(first_of(name, [*freed, with_death]), clock, definition)


def _why_not(components: Sequence[Outcome]) -> str:
    """Return why the whole cannot be derived: a part about which the study says nothing; empty where it can."""
    for part in components:
        if part.says_nothing() and (part.status == Status.UNKNOWN).any():
            return f"{part.endpoint} cannot be derived: {part.why_nothing()}"
    return ""


def _without_death(part: Outcome, died: NDArray[np.bool_], death_day: NDArray[np.float64]) -> Outcome:
    """Return a component in which who died and had no event is followed until death: the death itself is the event."""
    waiting = died & (part.status != Status.EVENT)
    status = np.where(waiting, Status.CENSORED, part.status).astype(np.int8)
    return Outcome(part.endpoint, status, np.where(waiting, death_day, part.day), part.detail)


def _competing_as_censored(outcome: Outcome) -> Outcome:
    status = np.where(outcome.status == Status.COMPETING, Status.CENSORED, outcome.status).astype(np.int8)
    return Outcome(outcome.endpoint, status, outcome.day, outcome.detail)


def neda_failures(
    clock: Clock, edss: Ragged, relapses: Ragged | None, scans: Ragged | None, definition: Definition
) -> tuple[Outcome, Outcome]:
    """Return the loss of NEDA-3 and of NEDA-4, everything counted from the re-baseline of the definition.

    Day zero of the results is the subject's day zero, not the re-baseline. Who was not observed after the re-baseline
    is unknown, or falls under the definition's rule for deaths; without brain volumes nobody is known to keep NEDA-4.
    """
    start = np.full(clock.count, float(definition.composite.neda_rebaseline_days))
    weeks = definition.composite.worsening_weeks
    three = (
        relapse_endpoint(clock, relapses, definition, start=start),
        mri_activity(clock, scans, definition, start=start),
        edss_worsening(clock, edss, definition, weeks, start=start),
    )
    four = (*three, brain_loss(clock, scans, definition))
    return _derivable("neda3_failure", three, clock), _derivable("neda4_failure", four, clock)


def _derivable(name: str, components: Sequence[Outcome], clock: Clock) -> Outcome:
    """Return the first of the components, or unknown for all where the study says nothing about one of them."""
    if reason := _why_not(components):
        return all_unknown(name, clock.count, reason)
    return first_of(name, components)
