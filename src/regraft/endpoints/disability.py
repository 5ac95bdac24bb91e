"""Confirmed EDSS worsening and improvement, and sustained improvement of each functional system."""

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from regraft.clinical.systems import System
from regraft.core.arrays import Floats, Ints
from regraft.endpoints.clock import Clock, Ragged, along
from regraft.endpoints.confirmed import Changes, baselines, confirmed_changes
from regraft.endpoints.deaths import close_with_death, efficacy_rule
from regraft.endpoints.definition import Definition, SystemRules
from regraft.endpoints.endpoint import Endpoint, Group, Measure, NeededLooks, Reading, SeenAt, Subjects, made, picked
from regraft.endpoints.outcome import Outcome, Status, all_unknown, day_text
from regraft.endpoints.progression.choices import Edss10
from regraft.endpoints.progression.plan import NONE
from regraft.endpoints.progression.rules import ThresholdRow, Thresholds
from regraft.endpoints.progression.trajectories import with_edss_10

AT_VISITS = SeenAt(table="visits", columns=("edss",))


def worsening_name(weeks: int) -> str:
    """Return the name of confirmed EDSS worsening with this interval of confirmation."""
    return f"edss_worsening_{weeks}w"


def improvement_name(weeks: int) -> str:
    """Return the name of confirmed EDSS improvement with this interval of confirmation."""
    return f"edss_improvement_{weeks}w"


def worsening_endpoints(rules: Definition) -> tuple[Endpoint, ...]:
    """Return confirmed EDSS worsening as endpoints, one for each interval of confirmation."""
    return tuple(
        Endpoint(
            name=worsening_name(weeks),
            label=f"EDSS worsening confirmed at {weeks} weeks",
            group=Group.DISABILITY,
            rule=f"{_worsening_rule(rules, weeks)} {efficacy_rule(rules)}",
            derive=made(edss_worsening, weeks),
            seen_at=AT_VISITS,
            needs=NeededLooks(confirmed_after_weeks=weeks, changes_from_day=rules.worsening.counts_from_day),
        )
        for weeks in _intervals(rules)
    )


def improvement_endpoints(rules: Definition) -> tuple[Endpoint, ...]:
    """Return confirmed EDSS improvement, and sustained improvement of each functional system, as endpoints."""
    edss = tuple(
        Endpoint(
            name=improvement_name(weeks),
            label=f"EDSS improvement confirmed at {weeks} weeks",
            group=Group.DISABILITY,
            rule=f"{_improvement_rule(rules, weeks)} {efficacy_rule(rules)}",
            derive=made(edss_improvement, weeks),
            reading=Reading.PROPORTION,
            is_harm=False,
            seen_at=AT_VISITS,
            needs=NeededLooks(confirmed_after_weeks=weeks),
        )
        for weeks in _intervals(rules)
    )
    return edss + tuple(_system_endpoint(rules.systems, system) for system in System)


def _system_endpoint(rules: SystemRules, system: System) -> Endpoint:
    """Return confirmed improvement of one functional system, by the step it has."""
    weeks, step = rules.confirmation_weeks, rules.step_of(system)
    name = f"improvement_{weeks}w_{system.code}"
    grades = "raw grade" if step == 1 else "raw grades"
    return Endpoint(
        name=name,
        label=f"{_in_words(system.code).capitalize()} function improved for {weeks} weeks",
        group=Group.SYSTEM,
        rule=f"At least {step} {grades} better than at baseline at every visit for {weeks} weeks; people who start "
        f"below grade {step} are not counted.",
        derive=made(system_improved, system, name),
        reading=Reading.PROPORTION,
        is_harm=False,
    )


def edss_measured() -> tuple[Measure, ...]:
    """Return the EDSS at baseline and at the last visit as measures."""
    return (
        Measure(
            name="edss_baseline",
            label="EDSS at baseline",
            unit="EDSS",
            group=Group.DISABILITY,
            derive=picked(edss_levels, "edss_baseline"),
            needs="an EDSS up to day zero",
            reading=Reading.MEDIAN,
        ),
        Measure(
            name="edss_last",
            label="EDSS at the last visit",
            unit="EDSS",
            group=Group.DISABILITY,
            derive=picked(edss_levels, "edss_last"),
            needs="an EDSS after day zero",
            reading=Reading.MEDIAN,
        ),
    )


def _intervals(rules: Definition) -> list[int]:
    return sorted({*rules.confirmation_weeks, rules.composite.worsening_weeks})


def _worsening_rule(rules: Definition, weeks: int) -> str:
    step = rules.worsening
    early = step.confirmation_may_be_early_by_days
    return (
        f"EDSS rise from baseline of {step.step_from_0:g} (from 0), {step.step_from_1_to_5:g} (from 1.0 to 5.0), "
        f"{step.step_from_5_5:g} (from 5.5) or {step.step_above_5_5:g} (above), seen at every visit until one at least "
        f"{weeks} weeks later{f' (less {early} days)' if early else ''}, not within "
        f"{step.confirmation_days_from_relapse} days of a relapse"
        f"{', and at every later visit' if step.sustained_to_end else ''}."
        f"{f' Visits before day {step.counts_from_day} cannot begin it.' if step.counts_from_day else ''}"
        f"{' A death due to MS is EDSS 10; no other death is a worsening.' if step.ms_death_is_worsening else ''}"
    )


def _improvement_rule(rules: Definition, weeks: int) -> str:
    step = rules.improvement
    return (
        f"EDSS fall from baseline of {step.step_to_5_5:g} (to 5.5) or {step.step_above_5_5:g} (above), seen at every "
        "visit "
        f"until one at least {weeks} weeks later{', and at every later visit' if step.sustained_to_end else ''}; "
        f"people who start below {step.baseline_at_least:g} are not counted."
    )


def _in_words(system: str) -> str:
    return " and ".join(system.split("_"))


def edss_series(subjects: Subjects) -> Ragged:
    """Return the EDSS of every subject along its clock, and whether a visit is ``terminal``.

    A recorded EDSS of 10 is left out: EDSS 10 comes only from a death recorded as due to MS, which is added as the
    last value (where the definition counts it) and marked as terminal.
    """
    study, counts_death = subjects.study, subjects.definition.worsening.ms_death_is_worsening
    visits = study.table("visits").select("subject_id", "date", value="edss")
    visits = with_edss_10(visits, study, Edss10.MS_DEATH if counts_death else Edss10.LEFT_OUT)
    return along(subjects.clock, visits.rename({"value": "edss"}), "date", ("edss", "terminal"))


def edss_worsening(subjects: Subjects, weeks: int, start: Floats | None = None) -> Outcome:
    """Return confirmed EDSS worsening.

    Parameters
    ----------
    subjects : Subjects
        The subjects.
    weeks : int
        Confirmation interval.
    start : ndarray of float, shape (subjects,), optional
        Day of a re-baseline; the baseline is then the last visit up to the end of its window. Day zero by default.
    """
    definition, edss = subjects.definition, subjects.once(edss_series)
    begin = np.zeros(subjects.clock.count) if start is None else start
    until = begin if start is None else begin + definition.composite.neda_visit_window_days
    changes = confirmed_changes(
        edss,
        "edss",
        subjects,
        definition.confirmed_worsening(weeks),
        baseline_until=until,
        event_from=begin + 1.0,
    )
    return change_outcome(subjects, edss, "edss", worsening_name(weeks), changes, begin)


def edss_improvement(subjects: Subjects, weeks: int) -> Outcome:
    """Return confirmed EDSS improvement; who starts below the least baseline is not at risk of it."""
    edss, rules = subjects.once(edss_series), subjects.definition.confirmed_improvement(weeks)
    changes = confirmed_changes(edss, "edss", subjects, rules)
    outcome = change_outcome(subjects, edss, "edss", improvement_name(weeks), changes)
    return _without_low_baselines(outcome, edss.values["edss"], changes.baseline, rules.improvement.baseline_at_least)


def system_improved(subjects: Subjects, system: System, endpoint: str) -> Outcome:
    """Return sustained improvement of one functional system by its own step of raw grades."""
    study, clock, definition = subjects.study, subjects.clock, subjects.definition
    grade = system.code
    if not subjects.recorded("functional_systems", grade):
        return all_unknown(endpoint, clock.count, "functional systems were not recorded")
    series = along(clock, study.table("functional_systems").filter(pl.col(grade).is_not_null()), "date", (grade,))
    step = float(definition.systems.step_of(system))
    edss = definition.confirmed_improvement(definition.systems.confirmation_weeks)
    confirmation = edss.confirmation.model_copy(update={"sustained_to_end": False})
    rules = edss.model_copy(update={"improvement": one_step(step), "confirmation": confirmation})
    changes = confirmed_changes(series, grade, subjects, rules)
    outcome = change_outcome(subjects, series, grade, endpoint, changes)
    return _without_low_baselines(outcome, series.values[grade], changes.baseline, step)


def one_step(points: float) -> Thresholds:
    """Return the threshold of a scale on which the same step counts from every baseline."""
    return Thresholds(rows=(ThresholdRow(baseline_from=0.0, points=points),))


def edss_levels(subjects: Subjects) -> Mapping[str, Floats]:
    """Return the EDSS at baseline and at the last visit after day zero, NaN where there is none."""
    edss = subjects.once(edss_series)
    rows = baselines(edss, subjects, subjects.definition.worsening.baseline_days_from_relapse)
    values, terminal = edss.values["edss"], edss.values["terminal"]
    last = edss.offsets[1:] - 1
    last -= np.where(last >= 0, np.append(terminal, 0.0)[last], 0.0).astype(np.int64)
    lasting = (last >= edss.offsets[:-1]) & (np.append(edss.day, -1.0)[last] > 0.0)
    return {
        "edss_baseline": at_rows(values, rows),
        "edss_last": np.where(lasting, np.append(values, np.nan)[last], np.nan),
    }


def at_rows(values: Floats, rows: Ints) -> Floats:
    """Return the value at each row; NaN where there is none (-1)."""
    return np.append(values, np.nan)[rows]


def change_outcome(
    subjects: Subjects,
    series: Ragged,
    column: str,
    endpoint: str,
    changes: Changes,
    begin: Floats | None = None,
) -> Outcome:
    """Turn confirmed changes into an endpoint of efficacy.

    Parameters
    ----------
    subjects : Subjects
        The subjects, and the rules: what a death does.
    series : Ragged
        The visits that `changes` points into.
    column, endpoint : str
        The scale, and the name of the endpoint.
    changes : Changes
        From `regraft.endpoints.confirmed.confirmed_changes`.
    begin : ndarray of float, shape (subjects,), optional
        Day after which a subject is followed; day zero by default.
    """
    since = np.zeros(subjects.clock.count) if begin is None else begin
    last_day = at_rows(series.day, np.where(np.diff(series.offsets) > 0, series.offsets[1:] - 1, NONE))
    based, event = changes.baseline != NONE, changes.event != NONE
    followed = (last_day > since) & (last_day > at_rows(series.day, changes.baseline))
    status = np.where(event, Status.EVENT, np.where(followed, Status.CENSORED, Status.UNKNOWN)).astype(np.int8)
    day = np.where(event, at_rows(series.day, changes.event), np.where(followed, last_day, np.nan))
    detail = _detail(subjects.clock, series, column, changes, status)
    outcome = Outcome(endpoint, status, day, detail)
    return close_with_death(outcome, subjects.clock, subjects.definition, has_baseline=based)


def _detail(clock: Clock, series: Ragged, column: str, changes: Changes, status: NDArray[np.int8]) -> list[str]:
    """Say which visits made each event, or why there is nothing to say."""
    scale = _scale(column)
    text = np.full(clock.count, "", dtype=object)
    text[status == Status.UNKNOWN] = f"no {scale} after baseline"
    text[changes.baseline == NONE] = f"no {scale} at baseline"

    def told(subjects: Ints, rows: Ints) -> list[str]:
        """Return value and date at one row of each of some subjects."""
        dates = day_text(clock.zero[subjects], series.day[rows])
        return [f"{v:g} on {date}" for v, date in zip(series.values[column][rows].tolist(), dates, strict=True)]

    happened, waits = np.flatnonzero(changes.event != NONE), np.flatnonzero(changes.unconfirmed != NONE)
    came, stood = told(happened, changes.event[happened]), told(happened, changes.baseline[happened])
    confirmed = day_text(clock.zero[happened], series.day[changes.confirmation[happened]])
    text[happened] = [
        f"{scale} {event} from {base}, confirmed on {date}"
        for event, base, date in zip(came, stood, confirmed, strict=True)
    ]
    text[waits] = [f"{scale} {event} is not yet confirmed" for event in told(waits, changes.unconfirmed[waits])]
    return list(text)


def _scale(column: str) -> str:
    named = {"edss": "EDSS", "t25fw_seconds": "timed 25-foot walk [s]", "nhpt_seconds": "nine-hole peg test [s]"}
    return named.get(column) or f"{_in_words(column)} grade"


def _without_low_baselines(outcome: Outcome, values: Floats, rows: Ints, least: float) -> Outcome:
    """Mark subjects as not at risk whose baseline leaves no room for improvement."""
    baseline = at_rows(values, rows)
    low = baseline < least
    why = [f"baseline {value:g} is below {least:g}: improvement is not defined" for value in baseline[low].tolist()]
    return outcome.not_at_risk(low, why)
