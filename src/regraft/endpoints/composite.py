"""MS activity-free survival and NEDA-3: relapse, lesion activity and worsening taken together, each possibly unknown."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

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
    text = []
    for s in range(event_day.size):
        if np.isfinite(event_day[s]):
            made = [k for k in range(len(components)) if status[k, s] == Status.EVENT and day[k, s] == event_day[s]]
        elif unsaid[s]:
            made = [k for k in range(len(components)) if status[k, s] in {Status.UNKNOWN, Status.NOT_AT_RISK}]
        else:
            made = []
        text.append("; ".join(f"{components[k].endpoint}: {components[k].detail[s]}" for k in made))
    return text


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
    names = ("activity_free_survival_death_event", "activity_free_survival_death_censored")
    for part in components:
        if part.says_nothing() and (part.status == Status.UNKNOWN).any():
            reason = f"{part.endpoint} cannot be derived: {part.why_nothing()}"
            return all_unknown(names[0], clock.count, reason), all_unknown(names[1], clock.count, reason)
    censored = first_of(names[1], components)
    if not study.has("dispositions"):
        return all_unknown(names[0], clock.count, "the study has no table dispositions"), censored
    died = death.is_event()
    freed = [_without_death(part, died, clock.death) for part in components]
    with_death = Outcome(
        death.endpoint, np.where(died, Status.EVENT, Status.CENSORED).astype(np.int8), death.day, death.detail
    )
    with_death_counted = only_counted(first_of(names[0], [*freed, with_death]), clock, definition)
    return with_death_counted, _competing_as_censored(censored)


def _without_death(part: Outcome, died: NDArray[np.bool_], death_day: NDArray[np.float64]) -> Outcome:
    """Return a component in which who died and had no event is followed until death: the death itself is the event."""
    waiting = died & (part.status != Status.EVENT)
    status = np.where(waiting, Status.CENSORED, part.status).astype(np.int8)
    return Outcome(part.endpoint, status, np.where(waiting, death_day, part.day), part.detail)


def _competing_as_censored(outcome: Outcome) -> Outcome:
    status = np.where(outcome.status == Status.COMPETING, Status.CENSORED, outcome.status).astype(np.int8)
    return Outcome(outcome.endpoint, status, outcome.day, outcome.detail)


def neda3_failure(
    clock: Clock, edss: Ragged, relapses: Ragged | None, scans: Ragged | None, definition: Definition
) -> Outcome:
    """Return the loss of NEDA-3, everything counted from the re-baseline of the definition.

    Day zero of the result is the subject's day zero, not the re-baseline. Who was not observed after the re-baseline
    is unknown, or falls under the definition's rule for deaths.
    """
    start = np.full(clock.count, float(definition.composite.neda_rebaseline_days))
    weeks = definition.composite.worsening_weeks
    components = (
        relapse_endpoint(clock, relapses, definition, start=start),
        mri_activity(clock, scans, definition, start=start),
        edss_worsening(clock, edss, definition, weeks, start=start),
    )
    for part in components:
        if part.says_nothing() and (part.status == Status.UNKNOWN).any():
            reason = f"{part.endpoint} cannot be derived: {part.why_nothing()}"
            return all_unknown("neda3_failure", clock.count, reason)
    return first_of("neda3_failure", components)
