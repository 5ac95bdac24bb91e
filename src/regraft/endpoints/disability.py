"""Confirmed EDSS worsening and improvement, and sustained improvement of each functional system."""

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from regraft.endpoints.clock import Clock, Ragged, along
from regraft.endpoints.confirmed import BETTER, NONE, WORSE, confirmed_changes, visits_near_relapses
from regraft.endpoints.deaths import close_with_death
from regraft.endpoints.definition import Definition
from regraft.endpoints.outcome import Outcome, Status, all_unknown, day_text
from regraft.study.schema import FUNCTIONAL_SYSTEMS
from regraft.study.tables import Study

LEAST_IMPROVABLE = 2.0  # a baseline below it leaves no room for improvement that EDSS could show
WORST = 10.0


def edss_series(study: Study, clock: Clock, relapses: Ragged | None, definition: Definition) -> Ragged:
    """Return the EDSS of every subject along its clock, with what the definitions need to know of each visit.

    A recorded EDSS of 10 is left out: EDSS 10 comes only from a death recorded as due to MS, which is added as the
    last value (where the definition counts it) and marked as terminal.

    Parameters
    ----------
    study : Study
        The study.
    clock : Clock
        Its subjects.
    relapses : Ragged or None
        Relapse onsets; None where the study gives no dates (then `days_since_relapse` of the visits is used).
    definition : Definition
        The rules.
    """
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
    series = along(clock, visits, "date", ("edss", "days_since_relapse", "terminal"))
    return with_relapses_near(series, relapses, definition)


def with_relapses_near(series: Ragged, relapses: Ragged | None, definition: Definition) -> Ragged:
    """Add ``near`` and ``near_for_baseline``: whether a visit comes too soon after a relapse to confirm or to start."""
    rules = definition.worsening
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


def edss_worsening(
    clock: Clock, edss: Ragged, definition: Definition, weeks: int, start: NDArray[np.float64] | None = None
) -> Outcome:
    """Return confirmed EDSS worsening.

    Parameters
    ----------
    clock : Clock
        The subjects.
    edss : Ragged
        From `edss_series`.
    definition : Definition
        The rules.
    weeks : int
        Confirmation interval.
    start : ndarray of float, shape (subjects,), optional
        Day of a re-baseline; the baseline is then the last visit up to the end of its window. Day zero by default.
    """
    begin = np.zeros(clock.count) if start is None else start
    until = begin if start is None else begin + definition.composite.neda_visit_window_days
    rows = confirmed_changes(
        edss, column="edss", baseline_until=until,
        event_after=np.maximum(begin, definition.worsening.counts_from_day - 1.0), steps=definition.worsening_steps(),
        direction=WORSE, confirmation_days=7.0 * weeks - definition.worsening.confirmation_may_be_early_by_days,
        sustained=definition.worsening.sustained_to_end,
    )  # fmt: skip
    return change_outcome(clock, edss, "edss", f"edss_worsening_{weeks}w", rows, definition, begin)


def edss_improvement(clock: Clock, edss: Ragged, definition: Definition, weeks: int) -> Outcome:
    """Return confirmed EDSS improvement; who starts below the least baseline is not at risk of it."""
    begin = np.zeros(clock.count)
    rows = confirmed_changes(
        edss, column="edss", baseline_until=begin, event_after=begin, steps=definition.improvement_steps(),
        direction=BETTER, confirmation_days=7.0 * weeks - definition.worsening.confirmation_may_be_early_by_days,
        sustained=definition.improvement.sustained_to_end,
    )  # fmt: skip
    outcome = change_outcome(clock, edss, "edss", f"edss_improvement_{weeks}w", rows, definition, begin)
    return _without_low_baselines(outcome, edss.values["edss"], rows[:, 0], definition.improvement.baseline_at_least)


def systems_improved(
    study: Study, clock: Clock, relapses: Ragged | None, definition: Definition
) -> tuple[Outcome, ...]:
    """Return sustained improvement of each functional system by raw grade."""
    outcomes = []
    weeks = definition.systems.confirmation_weeks
    for system in FUNCTIONAL_SYSTEMS:
        endpoint = f"improvement_{weeks}w_{system}"
        if not study.recorded("functional_systems", system):
            outcomes.append(all_unknown(endpoint, clock.count, "functional systems were not recorded"))
            continue
        graded = study.table("functional_systems").filter(pl.col(system).is_not_null())
        series = along(clock, graded.with_columns(terminal=pl.lit(0.0)), "date", (system, "terminal"))
        series = with_relapses_near(series, relapses, definition)
        begin = np.zeros(clock.count)
        rows = confirmed_changes(
            series, column=system, baseline_until=begin, event_after=begin,
            steps=np.full(21, float(definition.systems.step)), direction=BETTER,
            confirmation_days=7.0 * weeks - definition.worsening.confirmation_may_be_early_by_days, sustained=False,
        )  # fmt: skip
        outcome = change_outcome(clock, series, system, endpoint, rows, definition, begin)
        outcomes.append(
            _without_low_baselines(outcome, series.values[system], rows[:, 0], float(definition.systems.step))
        )
    return tuple(outcomes)


def edss_levels(clock: Clock, edss: Ragged) -> Mapping[str, NDArray[np.float64]]:
    """Return each subject's EDSS at baseline and at the last visit alive; NaN where there is none."""
    rows = confirmed_changes(
        edss, column="edss", baseline_until=np.zeros(clock.count), event_after=np.zeros(clock.count),
        steps=np.full(21, 99.0), direction=WORSE, confirmation_days=1.0, sustained=False,
    )  # fmt: skip
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
                f"{_scale(column)} {values[event]:g} on {dates['event'][s]} from {values[base]:g} on {dates['base'][s]}, "
                f"confirmed on {dates['confirm'][s]}"
            )
        elif unconfirmed != NONE:
            text.append(f"{_scale(column)} {values[unconfirmed]:g} on {dates['open'][s]} is not yet confirmed")
        else:
            text.append("" if states[s] != Status.UNKNOWN else f"no {_scale(column)} after baseline")
    return text


def _scale(column: str) -> str:
    named = {"edss": "EDSS", "t25fw_seconds": "timed 25-foot walk [s]", "nhpt_seconds": "nine-hole peg test [s]"}
    return named.get(column) or f"{column.replace('_', ' and ')} grade"


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
