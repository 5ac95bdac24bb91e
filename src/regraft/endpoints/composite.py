"""MS activity-free survival, other survivals and NEDA.

Relapse, lesion activity and worsening taken together, each possibly unknown.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from regraft.core.arrays import Flags, Floats
from regraft.endpoints.brain import brain_loss
from regraft.endpoints.deaths import DEATH, deaths, efficacy_rule, only_counted
from regraft.endpoints.definition import Definition
from regraft.endpoints.disability import edss_worsening
from regraft.endpoints.endpoint import Endpoint, Group, NeededLooks, Subjects, made
from regraft.endpoints.mri import lesions_in_words, mri_activity
from regraft.endpoints.outcome import Outcome, Status, all_unknown
from regraft.endpoints.relapses import first_relapse

DEATH_CENSORED = "activity_free_survival_death_censored"
DEATH_EVENT = "activity_free_survival_death_event"
Derivation: TypeAlias = Callable[[Subjects], Outcome]
_ANY_DEATH = "Death from any cause is an event."
_RELAPSE, _LESIONS = made(first_relapse), made(mri_activity)


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
    day: Floats,
    event_day: Floats,
    unsaid: Flags,
) -> list[str]:
    happened = np.isfinite(event_day)
    made = np.where(
        happened,
        (status == Status.EVENT) & (day == event_day),
        unsaid & ((status == Status.UNKNOWN) | (status == Status.NOT_AT_RISK)),
    )
    parts: list[list[str]] = [[] for _ in range(event_day.size)]
    for k, component in enumerate(components):
        for s in np.flatnonzero(made[k]).tolist():
            parts[s].append(f"{component.endpoint}: {component.detail[s]}")
    return ["; ".join(words) for words in parts]


def survival_endpoints(rules: Definition) -> tuple[Endpoint, ...]:
    """Return MS activity-free survival, death as an event and censored, as endpoints."""
    without = f"No {', no '.join(_activity(rules))}."
    return (
        Endpoint(
            name=DEATH_CENSORED,
            label="MS activity-free survival (death censored)",
            group=Group.ACTIVITY,
            rule=f"{without} {efficacy_rule(rules)}",
            derive=made(_survival, DEATH_CENSORED, _counting(rules), False),
            is_loss=True,
            needs=_scans(rules),
        ),
        Endpoint(
            name=DEATH_EVENT,
            label="MS activity-free survival (death as an event)",
            group=Group.ACTIVITY,
            rule=f"{without} {_ANY_DEATH}",
            derive=made(_survival, DEATH_EVENT, _counting(rules), True),
            is_loss=True,
            needs=_scans(rules),
        ),
    )


def activity_in_words(rules: Definition) -> str:
    """Say what MS activity is, as what ends activity-free survival.

    Examples
    --------
    >>> from regraft.endpoints.definition import load_definition
    >>> activity_in_words(load_definition("shevchenko-2015"))
    'a relapse or an EDSS worsening confirmed at 24 weeks'
    """
    *others, last = (f"{'an' if part[0] == 'E' else 'a'} {part}" for part in _activity(rules))
    return f"{', '.join(others)} or {last}"


def _activity(rules: Definition) -> tuple[str, ...]:
    """Return the parts of MS activity without an article."""
    return (
        "relapse",
        *((lesions_in_words(rules),) if rules.composite.lesions_count else ()),
        f"EDSS worsening confirmed at {rules.composite.worsening_weeks} weeks",
    )


def other_survival_endpoints(rules: Definition) -> tuple[Endpoint, ...]:
    """Return progression-free, relapse-free and event-free survival; death counts as the definition says."""
    death = _ANY_DEATH if rules.survival.death_is_event else efficacy_rule(rules)
    *others, last = _activity(rules)
    free = (
        ("progression_free_survival", "Progression-free survival", last, (_worsening(rules),), _worsened(rules)),
        ("relapse_free_survival", "Relapse-free survival", others[0], (_RELAPSE,), NeededLooks()),
        (
            "event_free_survival",
            "Event-free survival",
            f"{', '.join(others)}{',' * (len(others) > 1)} and {last}",
            _counting(rules),
            _scans(rules),
        ),
    )
    return tuple(
        Endpoint(
            name=name,
            label=label,
            group=Group.ACTIVITY,
            rule=f"Free of {of}. {death}",
            derive=made(_survival, name, parts, rules.survival.death_is_event),
            is_loss=True,
            needs=needs,
        )
        for name, label, of, parts, needs in free
    )


def neda_endpoints(rules: Definition) -> tuple[Endpoint, ...]:
    """Return the loss of NEDA-3 and of NEDA-4, counted from the re-baseline of the definition, as endpoints."""
    brain, weeks = rules.brain, rules.composite.worsening_weeks
    again = float(rules.composite.neda_rebaseline_days)
    worse = _worsened(rules)
    needs = replace(
        worse,
        changes_from_day=max(worse.changes_from_day, again + 1.0),
        lesions_after_day=max(float(rules.mri.reference_until_days), again),
        rebaseline_day=again or None,
    )
    shrinks = f"brain volume loss above {brain.loss_pct_per_year:g}% a year since day {brain.loss_reference_days}, "
    return tuple(
        Endpoint(
            name=f"neda{parts}_failure",
            label=f"Loss of NEDA-{parts}",
            group=Group.ACTIVITY,
            rule=f"First of relapse, {lesions_in_words(rules)}, {also}and EDSS worsening confirmed at {weeks} weeks, "
            "counted from a "
            f"re-baseline on day {rules.composite.neda_rebaseline_days}. {efficacy_rule(rules)}",
            derive=made(_neda_lost, f"neda{parts}_failure", parts == 4),
            needs=replace(needs, brain_volumes=parts == 4),
        )
        for parts, also in ((3, ""), (4, shrinks))
    )


def _scans(rules: Definition) -> NeededLooks:
    """Return what is needed to see the lesions that count; a relapse or a worsening can be seen without."""
    counted = rules.composite.lesions_count
    return NeededLooks(lesions_after_day=rules.mri.reference_until_days if counted else None)


def _worsened(rules: Definition) -> NeededLooks:
    """Return what is needed to see the worsening of the composites."""
    return NeededLooks(
        confirmed_after_weeks=rules.composite.worsening_weeks, changes_from_day=rules.worsening.counts_from_day
    )


def _worsening(rules: Definition) -> Derivation:
    return made(edss_worsening, rules.composite.worsening_weeks)


def _counting(rules: Definition) -> tuple[Derivation, ...]:
    """Return what ends activity-free and event-free survival: lesions only where the definition counts them."""
    lesions = (_LESIONS,) if rules.composite.lesions_count else ()
    return (_RELAPSE, *lesions, _worsening(rules))


def _survival(subjects: Subjects, name: str, parts: tuple[Derivation, ...], counted: bool) -> Outcome:
    """Return the first of several components, or of death where it is `counted`; else deaths are censored."""
    components = [part(subjects) for part in parts]
    clock = subjects.clock
    if reason := _why_not(subjects, name, components):
        return all_unknown(name, clock.count, reason)
    if not counted:
        return _competing_as_censored(first_of(name, components))
    if not subjects.study.has("dispositions"):
        return all_unknown(name, clock.count, "the study has no table dispositions")
    death = subjects.once(deaths)[DEATH]
    died = death.is_event()
    freed = [_without_death(part, died, clock.death) for part in components]
    status = np.where(died, Status.EVENT, Status.CENSORED).astype(np.int8)
    with_death = Outcome(death.endpoint, status, death.day, death.detail)
    return only_counted(first_of(name, [*freed, with_death]), clock, subjects.definition)


def _why_not(subjects: Subjects, name: str, components: Sequence[Outcome]) -> str:
    """Return why the whole cannot be derived: a part about which the study says nothing; empty where it can."""
    for part in components:
        if (why := subjects.why_unknown(name, part)) is not None:
            return f"{part.endpoint} cannot be derived: {why}"
    return ""


def _without_death(part: Outcome, died: Flags, death_day: Floats) -> Outcome:
    """Return a component in which who died and had no event is followed until death: the death itself is the event."""
    waiting = died & (part.status != Status.EVENT)
    status = np.where(waiting, Status.CENSORED, part.status).astype(np.int8)
    return Outcome(part.endpoint, status, np.where(waiting, death_day, part.day), part.detail)


def _competing_as_censored(outcome: Outcome) -> Outcome:
    status = np.where(outcome.status == Status.COMPETING, Status.CENSORED, outcome.status).astype(np.int8)
    return Outcome(outcome.endpoint, status, outcome.day, outcome.detail)


def _neda_lost(subjects: Subjects, name: str, with_brain: bool) -> Outcome:
    """Return the loss of NEDA-3, or of NEDA-4, everything counted from the re-baseline of the definition.

    Day zero of the results is the subject's day zero, not the re-baseline. Who was not observed after the re-baseline
    is unknown, or falls under the definition's rule for deaths; without brain volumes nobody is known to keep NEDA-4.
    """
    brain = (subjects.once(brain_loss),) if with_brain else ()
    components = (*subjects.once(_since_rebaseline), *brain)
    if reason := _why_not(subjects, name, components):
        return all_unknown(name, subjects.clock.count, reason)
    return first_of(name, components)


def _since_rebaseline(subjects: Subjects) -> tuple[Outcome, Outcome, Outcome]:
    rules = subjects.definition.composite
    start = np.full(subjects.clock.count, float(rules.neda_rebaseline_days))
    return (
        first_relapse(subjects, start=start),
        mri_activity(subjects, start=start),
        edss_worsening(subjects, rules.worsening_weeks, start=start),
    )
