"""Confirmed EDSS worsening and improvement, and sustained improvement of each functional system."""

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from regraft.clinical.systems import FUNCTIONAL_SYSTEMS
from regraft.endpoints.clock import Clock, Ragged, along
from regraft.endpoints.confirmed import BETTER, NONE, WORSE, confirmed_changes, visits_near_relapses
from regraft.endpoints.deaths import close_with_death, efficacy_rule
from regraft.endpoints.definition import Definition
from regraft.endpoints.endpoint import Endpoint, Group, Measure, Reading, SeenAt, Subjects, made, picked
from regraft.endpoints.outcome import Outcome, Status, all_unknown, day_text
from regraft.endpoints.relapses import merged_relapses

WORST = 10.0
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
        )
        for weeks in _intervals(rules)
    )
    weeks = rules.systems.confirmation_weeks
    systems = tuple(
        Endpoint(
            name=f"improvement_{weeks}w_{system}",
            label=f"{_in_words(system).capitalize()} function improved for {weeks} weeks",
            group=Group.SYSTEM,
            rule=f"At least {rules.systems.step} raw grade better than at baseline at every visit for {weeks} weeks; "
            "who "
            f"starts below grade {rules.systems.step} is not counted.",
            derive=made(system_improved, system, f"improvement_{weeks}w_{system}"),
            reading=Reading.PROPORTION,
            is_harm=False,
        )
        for system in FUNCTIONAL_SYSTEMS
    )
    return edss + systems


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
        f"until one at least {weeks} weeks later{', and at every later visit' if step.sustained_to_end else ''}; who "
        f"starts below {step.baseline_at_least:g} is not counted."
    )


def _in_words(system: str) -> str:
    return " and ".join(system.split("_"))


def edss_series(subjects: Subjects) -> Ragged:
    """Return the EDSS of every subject along its clock, with what the definitions need to know of each visit.

    A recorded EDSS of 10 is left out: EDSS 10 comes only from a death recorded as due to MS, which is added as the
    last value (where the definition counts it) and marked as terminal.

    Where the study gives no dates of relapses, `days_since_relapse` of the visits is used.
    """
    study, definition = subjects.study, subjects.definition
    visits = study.table("visits").filter(pl.col("edss") < WORST)
    visits = visits.select("subject_id", "date", "edss", "days_since_relapse", terminal=pl.lit(0.0))
    if definition.worsening.ms_death_is_worsening:
        deaths = study.table("dispositions").filter((pl.col("event") == "died") & (pl.col("death_cause") == "ms"))
        ends = deaths.select(
            "subject_id",
            "date",
            edss=pl.lit(WORST),
            days_since_relapse=pl.lit(None, dtype=pl.Int32),
            terminal=pl.lit(1.0),
        )
        died = visits.join(ends.select("subject_id", "date"), on=["subject_id", "date"], how="semi")
        visits = pl.concat([visits.join(died, on=["subject_id", "date"], how="anti"), ends])
    series = along(subjects.clock, visits, "date", ("edss", "days_since_relapse", "terminal"))
    return with_relapses_near(series, subjects)


def with_relapses_near(series: Ragged, subjects: Subjects) -> Ragged:
    """Add ``near`` and ``near_for_baseline``: whether a visit comes too soon after a relapse to confirm or to start."""
    rules, relapses = subjects.definition.worsening, subjects.once(merged_relapses)
    values: dict[str, NDArray[np.float64]] = dict(series.values)
    for name, within in (
        ("near_for_baseline", rules.baseline_days_from_relapse),
        ("near", rules.confirmation_days_from_relapse),
    ):
        if relapses is not None:
            values[name] = visits_near_relapses(series, relapses, within)
        elif "days_since_relapse" in values:
            values[name] = np.where(values["days_since_relapse"] < within, 1.0, 0.0)
        else:
            values[name] = np.zeros(series.day.size)
    return Ragged(series.offsets, series.day, values)


def edss_worsening(subjects: Subjects, weeks: int, start: NDArray[np.float64] | None = None) -> Outcome:
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
    clock, definition, edss = subjects.clock, subjects.definition, subjects.once(edss_series)
    begin = np.zeros(clock.count) if start is None else start
    until = begin if start is None else begin + definition.composite.neda_visit_window_days
    rows = confirmed_changes(
        edss,
        column="edss",
        baseline_until=until,
        event_after=np.maximum(begin, definition.worsening.counts_from_day - 1.0),
        steps=definition.worsening_steps(),
        direction=WORSE,
        confirmation_days=7.0 * weeks - definition.worsening.confirmation_may_be_early_by_days,
        sustained=definition.worsening.sustained_to_end,
    )
    return change_outcome(clock, edss, "edss", worsening_name(weeks), rows, definition, begin)


def edss_improvement(subjects: Subjects, weeks: int) -> Outcome:
    """Return confirmed EDSS improvement; who starts below the least baseline is not at risk of it."""
    clock, definition, edss = subjects.clock, subjects.definition, subjects.once(edss_series)
    begin = np.zeros(clock.count)
    rows = confirmed_changes(
        edss,
        column="edss",
        baseline_until=begin,
        event_after=begin,
        steps=definition.improvement_steps(),
        direction=BETTER,
        confirmation_days=7.0 * weeks - definition.worsening.confirmation_may_be_early_by_days,
        sustained=definition.improvement.sustained_to_end,
    )
    outcome = change_outcome(clock, edss, "edss", improvement_name(weeks), rows, definition, begin)
    return _without_low_baselines(outcome, edss.values["edss"], rows[:, 0], definition.improvement.baseline_at_least)


def system_improved(subjects: Subjects, system: str, endpoint: str) -> Outcome:
    """Return sustained improvement of one functional system by raw grade."""
    study, clock, definition = subjects.study, subjects.clock, subjects.definition
    if not study.recorded("functional_systems", system):
        return all_unknown(endpoint, clock.count, "functional systems were not recorded")
    weeks, step = definition.systems.confirmation_weeks, float(definition.systems.step)
    graded = study.table("functional_systems").filter(pl.col(system).is_not_null())
    series = along(clock, graded.with_columns(terminal=pl.lit(0.0)), "date", (system, "terminal"))
    series = with_relapses_near(series, subjects)
    begin = np.zeros(clock.count)
    rows = confirmed_changes(
        series,
        column=system,
        baseline_until=begin,
        event_after=begin,
        steps=np.full(21, step),
        direction=BETTER,
        confirmation_days=7.0 * weeks - definition.worsening.confirmation_may_be_early_by_days,
        sustained=False,
    )
    outcome = change_outcome(clock, series, system, endpoint, rows, definition, begin)
    return _without_low_baselines(outcome, series.values[system], rows[:, 0], step)


def edss_levels(subjects: Subjects) -> Mapping[str, NDArray[np.float64]]:
    """Return each subject's EDSS at baseline and at the last visit alive; NaN where there is none."""
    clock, edss = subjects.clock, subjects.once(edss_series)
    rows = confirmed_changes(
        edss,
        column="edss",
        baseline_until=np.zeros(clock.count),
        event_after=np.zeros(clock.count),
        steps=np.full(21, 99.0),
        direction=WORSE,
        confirmation_days=1.0,
        sustained=False,
    )
    values, terminal = edss.values["edss"], edss.values["terminal"]
    baseline = np.where(rows[:, 0] == NONE, np.nan, np.append(values, np.nan)[rows[:, 0]])
    last = edss.offsets[1:] - 1
    last -= np.where(last >= 0, np.append(terminal, 0.0)[last], 0.0).astype(np.int64)
    lasting = (last >= edss.offsets[:-1]) & (np.append(edss.day, -1.0)[last] > 0.0)
    return {"edss_baseline": baseline, "edss_last": np.where(lasting, np.append(values, np.nan)[last], np.nan)}


def change_outcome(  # the parts of one outcome
    clock: Clock,
    series: Ragged,
    column: str,
    endpoint: str,
    rows: NDArray[np.int64],
    definition: Definition,
    begin: NDArray[np.float64],
) -> Outcome:
    """Turn the rows of `regraft.endpoints.confirmed.confirmed_changes` into an endpoint of efficacy.

    Parameters
    ----------
    clock : Clock
        The subjects.
    series : Ragged
        The visits that `rows` points into.
    column, endpoint : str
        The scale, and the name of the endpoint.
    rows : ndarray of int, shape (subjects, 4)
        Baseline, event, confirmation and unconfirmed change; -1 for none.
    definition : Definition
        The rules: what a death does.
    begin : ndarray of float, shape (subjects,)
        Day after which a subject is followed.
    """
    last = series.offsets[1:] - 1
    days = np.append(series.day, np.nan)
    last_day = np.where(series.offsets[1:] > series.offsets[:-1], days[last], np.nan)
    base_day = np.where(rows[:, 0] == NONE, np.nan, days[rows[:, 0]])
    followed = (last_day > begin) & (last_day > base_day)
    event = rows[:, 1] != NONE
    status = np.where(event, Status.EVENT, np.where(followed, Status.CENSORED, Status.UNKNOWN)).astype(np.int8)
    day = np.where(event, days[rows[:, 1]], np.where(followed, last_day, np.nan))
    detail = _detail(clock, series, column, rows, status)
    outcome = Outcome(endpoint, status, day, detail)
    return close_with_death(outcome, clock, definition, has_baseline=rows[:, 0] != NONE)


def _detail(clock: Clock, series: Ragged, column: str, rows: NDArray[np.int64], status: NDArray[np.int8]) -> list[str]:
    """Say which visits made each event, or why there is nothing to say."""
    days, values = np.append(series.day, np.nan), np.append(series.values[column], np.nan)
    dates = {
        name: day_text(clock.zero, days[rows[:, k]]) for k, name in enumerate(("base", "event", "confirm", "open"))
    }
    text, states = [], status.tolist()
    for s, (base, event, _, unconfirmed) in enumerate(rows.tolist()):
        if base == NONE:
            text.append(f"no {_scale(column)} at baseline")
        elif event != NONE:
            text.append(
                f"{_scale(column)} {values[event]:g} on {dates['event'][s]} from {values[base]:g} on "
                f"{dates['base'][s]}, "
                f"confirmed on {dates['confirm'][s]}"
            )
        elif unconfirmed != NONE:
            text.append(f"{_scale(column)} {values[unconfirmed]:g} on {dates['open'][s]} is not yet confirmed")
        else:
            text.append("" if states[s] != Status.UNKNOWN else f"no {_scale(column)} after baseline")
    return text


def _scale(column: str) -> str:
    named = {"edss": "EDSS", "t25fw_seconds": "timed 25-foot walk [s]", "nhpt_seconds": "nine-hole peg test [s]"}
    return named.get(column) or f"{_in_words(column)} grade"


def _without_low_baselines(
    outcome: Outcome, values: NDArray[np.float64], baseline_rows: NDArray[np.int64], least: float
) -> Outcome:
    """Mark subjects as not at risk whose baseline leaves no room for improvement."""
    baseline = np.where(baseline_rows == NONE, np.nan, np.append(values, np.nan)[baseline_rows])
    low = baseline < least
    status = np.where(low, Status.NOT_AT_RISK, outcome.status).astype(np.int8)
    detail = [
        f"baseline {value:g} is below {least:g}: improvement is not defined" if is_low else words
        for value, is_low, words in zip(baseline, low, outcome.detail, strict=True)
    ]
    return Outcome(outcome.endpoint, status, np.where(low, np.nan, outcome.day), detail)
