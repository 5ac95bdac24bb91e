"""Conversion to secondary progression by an objective rule.

Worsening without a relapse, confirmed in its leading system.

References
----------
Lorscheider J et al. Defining secondary progressive multiple sclerosis. Brain 2016;139:2395 (recalled, not read: a rise
of 1.0, or of 0.5 from EDSS 6.0, in the absence of a relapse, to EDSS 4 or more with a pyramidal grade of 2 or more,
confirmed after three months within the leading functional system).
"""

from typing import NamedTuple

import numpy as np
import polars as pl

from regraft.clinical.systems import FUNCTIONAL_SYSTEMS
from regraft.core.arrays import Floats, Ints
from regraft.core.kernels import kernel
from regraft.endpoints.clock import Clock, Ragged, Timeline, along, select_rows
from regraft.endpoints.deaths import close_with_death, efficacy_rule
from regraft.endpoints.definition import Definition, SecondaryRules
from regraft.endpoints.endpoint import Endpoint, Group, Subjects, made
from regraft.endpoints.outcome import Outcome, Status, all_unknown, day_text
from regraft.endpoints.progression.plan import NONE
from regraft.endpoints.progression.trajectories import WORST_EDSS
from regraft.endpoints.relapse_rules import RelapseCount
from regraft.endpoints.relapses import counted, merged_relapses
from regraft.study.tables import Study

ENDPOINT = "secondary_progression"
_PYRAMIDAL = FUNCTIONAL_SYSTEMS.index("pyramidal")
_NO, _YES, _DOUBTFUL = 0, 1, 2
_PROGRESSIVE = ("SPMS", "PPMS")


class _Graded(NamedTuple):
    """Visits: day, EDSS, and the grade of every functional system, shape (visits, systems); NaN where not graded."""

    days: Floats
    edss: Floats
    grades: Floats


class _Rule(NamedTuple):
    """`SecondaryRules`, as plain numbers."""

    step_to_5_5: float
    step_above_5_5: float
    edss_at_least: float
    pyramidal_at_least: int
    confirmation_days: float
    confirmed_in_leading_system: bool


@kernel
def _is_calm(onsets: Floats, after: float, until: float) -> bool:
    """Whether no relapse began after one day up to another."""
    for onset in onsets:  # noqa: SIM110 - a kernel makes no generator
        if after < onset <= until:
            return False
    return True


@kernel
def _reference(days: Floats, edss: Floats, onsets: Floats, first: int, event: int) -> int:
    """Return the visit of the lowest EDSS from `first` on with no relapse between it and visit `event`, or -1."""
    best = NONE
    for r in range(first, event):
        if (best == NONE or edss[r] <= edss[best]) and _is_calm(onsets, days[r], days[event]):
            best = r
    return best


@kernel
def _confirmation(days: Floats, edss: Floats, onsets: Floats, event: int, level: float, after: float) -> int:
    """Return the first visit `after` days after `event` to which EDSS stays at `level` without a relapse, or -1."""
    j = event + 1
    while j < days.size and edss[j] >= level and _is_calm(onsets, days[event], days[j]):
        if days[j] - days[event] >= after:
            return j
        j += 1
    return NONE


@kernel
def _systems_agree(grades: Floats, reference: int, event: int, confirmation: int, pyramidal: int, leading: bool) -> int:
    """Whether the functional systems bear the conversion out: no, yes, or not to be said for a missing grade."""
    if grades[event, _PYRAMIDAL] < pyramidal:
        return _NO
    if np.isnan(grades[event, _PYRAMIDAL]):
        return _DOUBTFUL
    if not leading:
        return _YES
    before, then, later = grades[reference], grades[event], grades[confirmation]
    lead, most = 0, -np.inf
    for system in range(then.shape[0]):
        if np.isnan(before[system]) or np.isnan(then[system]) or np.isnan(later[system]):
            return _DOUBTFUL
        weight = 10.0 * (then[system] - before[system]) + then[system]
        if weight > most:
            lead, most = system, weight
    risen = then[lead] > before[lead]
    held = later[lead] > before[lead] if risen else later[lead] >= then[lead]
    return _YES if held else _NO


@kernel
def _conversion(visits: _Graded, onsets: Floats, rules: _Rule) -> tuple[int, int, int, int]:
    """Return baseline, reference, event and confirmation (-1 for none) of one subject.

    Event -2 - i: visit i is doubtful.
    """
    days, edss = visits.days, visits.edss
    base = int(np.searchsorted(days, 0.0, side="right")) - 1
    if base < 0:
        return NONE, NONE, NONE, NONE
    for i in range(base + 1, days.size):
        r = _reference(days, edss, onsets, base, i)
        if r == NONE:
            continue
        level = max(rules.edss_at_least, edss[r] + (rules.step_to_5_5 if edss[r] <= 5.5 else rules.step_above_5_5))
        c = _confirmation(days, edss, onsets, i, level, rules.confirmation_days) if edss[i] >= level else NONE
        if c == NONE:
            continue
        leading = rules.confirmed_in_leading_system
        agree = _systems_agree(visits.grades, r, i, c, rules.pyramidal_at_least, leading)
        if agree == _YES:
            return base, r, i, c
        if agree == _DOUBTFUL:
            return base, r, -2 - i, c
    return base, NONE, NONE, NONE


@kernel
def _conversion_rows(offsets: Ints, visits: _Graded, relapses: Timeline, rules: _Rule, out: Ints) -> None:
    for s in range(offsets.size - 1):
        a, b = offsets[s], offsets[s + 1]
        mine = _Graded(visits.days[a:b], visits.edss[a:b], visits.grades[a:b])
        onsets = relapses.day[relapses.offsets[s] : relapses.offsets[s + 1]]
        base, reference, event, confirmation = _conversion(mine, onsets, rules)
        out[s, 0] = base if base == NONE else a + base
        out[s, 1] = reference if reference == NONE else a + reference
        out[s, 2] = a + event if event >= 0 else (a - 2 - event if event < NONE else NONE)
        out[s, 3] = confirmation if confirmation == NONE else a + confirmation
        out[s, 4] = 1 if event < NONE else 0


def secondary_endpoints(rules: Definition) -> tuple[Endpoint, ...]:
    """Return conversion to secondary progression as an endpoint."""
    step = rules.secondary
    system = ", its leading functional system still worse" if step.confirmed_in_leading_system else ""
    return (
        Endpoint(
            name=ENDPOINT,
            label="Conversion to secondary progression",
            group=Group.DISABILITY,
            rule=f"EDSS rise of {step.step_to_5_5:g} (to 5.5) or {step.step_above_5_5:g} (above) from the lowest "
            "since the "
            f"last relapse, to at least {step.edss_at_least:g} with a pyramidal grade of at least "
            f"{step.pyramidal_at_least}, without a relapse, confirmed after {step.confirmation_days} days{system}. "
            f"{efficacy_rule(rules)}",
            derive=made(secondary_progression),
        ),
    )


def secondary_progression(subjects: Subjects) -> Outcome:
    """Return conversion to secondary progression after day zero.

    Who was progressive at enrolment is not at risk. A rise of the EDSS that fits, but for a functional-system grade
    that is missing, makes the subject unknown, and so does a course at enrolment that is not recorded. Every relapse
    not refuted counts.
    """
    study, clock, definition = subjects.study, subjects.clock, subjects.definition
    relapses = subjects.once(merged_relapses)
    if relapses is None:
        return all_unknown(ENDPOINT, clock.count, "the study has no table relapses")
    if not subjects.recorded("functional_systems", "pyramidal"):
        return all_unknown(ENDPOINT, clock.count, "functional systems were not recorded")
    visits = study.table("visits").filter(pl.col("edss") < WORST_EDSS).select("subject_id", "date", "edss")
    graded = study.table("functional_systems").select("subject_id", "date", *FUNCTIONAL_SYSTEMS)
    series = along(
        clock, visits.join(graded, on=["subject_id", "date"], how="left"), "date", ("edss", *FUNCTIONAL_SYSTEMS)
    )
    real = select_rows(relapses, counted(relapses, RelapseCount.UNLESS_REFUTED) == 1.0)
    rows = _rows(series, real, definition.secondary)
    outcome = close_with_death(_outcome(clock, series, rows), clock, definition, has_baseline=rows[:, 0] != NONE)
    return _only_relapsing(outcome, study)


def _rows(series: Ragged, relapses: Ragged, rules: SecondaryRules) -> Ints:
    out = np.full((series.offsets.size - 1, 5), NONE, dtype=np.int64)
    grades = np.column_stack([series.values[system] for system in FUNCTIONAL_SYSTEMS])
    visits = _Graded(series.day, series.values["edss"], grades)
    rule = _Rule(
        step_to_5_5=rules.step_to_5_5,
        step_above_5_5=rules.step_above_5_5,
        edss_at_least=rules.edss_at_least,
        pyramidal_at_least=rules.pyramidal_at_least,
        confirmation_days=float(rules.confirmation_days),
        confirmed_in_leading_system=rules.confirmed_in_leading_system,
    )
    _conversion_rows(series.offsets, visits, relapses.timeline(), rule, out)
    return out


def _outcome(clock: Clock, series: Ragged, rows: Ints) -> Outcome:
    """Turn rows of baseline, reference, event, confirmation and doubt into status, day and words."""
    days, edss = np.append(series.day, np.nan), np.append(series.values["edss"], np.nan)
    last = np.where(np.diff(series.offsets) > 0, days[series.offsets[1:] - 1], np.nan)
    doubtful, based = rows[:, 4] == 1, rows[:, 0] != NONE
    event = (rows[:, 2] != NONE) & ~doubtful
    followed = based & (last > 0.0) & ~doubtful
    status = np.where(event, Status.EVENT, np.where(followed, Status.CENSORED, Status.UNKNOWN)).astype(np.int8)
    day = np.where(event, days[rows[:, 2]], np.where(followed, last, np.nan))
    before, then, later = (day_text(clock.zero, days[rows[:, k]]) for k in (1, 2, 3))
    detail = []
    for s in range(clock.count):
        if doubtful[s]:
            detail.append(f"EDSS {edss[rows[s, 2]]:g} on {then[s]}: a functional system was not graded")
        elif event[s]:
            detail.append(
                f"EDSS {edss[rows[s, 2]]:g} on {then[s]} from {edss[rows[s, 1]]:g} on {before[s]} without a relapse, "
                f"confirmed on {later[s]}"
            )
        else:
            reason = "no EDSS after baseline" if based[s] else "no EDSS at baseline"
            detail.append("" if followed[s] else reason)
    return Outcome(ENDPOINT, status, day, detail)


def _only_relapsing(outcome: Outcome, study: Study) -> Outcome:
    """Take out who was progressive at enrolment; a course that is not recorded leaves a subject unknown."""
    course = study.table("subjects").sort("subject_id")["ms_course"].fill_null("unknown").to_list()
    progressive = np.array([name in _PROGRESSIVE for name in course], dtype=np.bool_)
    unsaid = np.array([name == "unknown" for name in course], dtype=np.bool_)
    doubtful = Outcome(
        outcome.endpoint,
        np.where(unsaid, Status.UNKNOWN, outcome.status).astype(np.int8),
        np.where(unsaid, np.nan, outcome.day),
        ["course at enrolment not recorded" if no else words for no, words in zip(unsaid, outcome.detail, strict=True)],
    )
    return doubtful.not_at_risk(progressive, [f"{name} at enrolment" for name in course if name in _PROGRESSIVE])
