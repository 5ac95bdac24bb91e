"""What treatment cost its people: infections by period, the worst laboratory grades, days in hospital, transfusions."""

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from regraft.clinical.ctcae import GRADED_TESTS, ctcae_grades
from regraft.clinical.infections import is_infection
from regraft.endpoints.clock import Clock, Ragged, along
from regraft.endpoints.definition import Definition
from regraft.endpoints.outcome import Outcome, Status
from regraft.endpoints.passing import matching
from regraft.endpoints.transplantation import lab_series
from regraft.study.tables import Study

PERIODS = ("to_engraftment", "early", "first_year", "later")
_COUNTED = {
    "platelet_transfusions": "platelet_transfusion",
    "red_cell_transfusions": "red_cell_transfusion",
    "intensive_care_admissions": "intensive_care",
}


def safety_measures(
    study: Study, clock: Clock, engrafted: Outcome, definition: Definition
) -> Mapping[str, NDArray[np.float64]]:
    """Return the measures of safety of the transplanted, each of shape (subjects,); NaN where unknown.

    Parameters
    ----------
    study, clock : Study, Clock
        The study and its subjects.
    engrafted : Outcome
        Neutrophil engraftment.
    definition : Definition
        The rules.
    """
    measures = {
        **_infections(study, clock, engrafted, definition),
        **_worst_grades(study, clock, definition),
        **_hospital(study, clock),
    }
    return {name: np.where(clock.transplanted, values, np.nan) for name, values in measures.items()}


def _infections(
    study: Study, clock: Clock, engrafted: Outcome, definition: Definition
) -> Mapping[str, NDArray[np.float64]]:
    """Return infections and days observed in each period; a period that never came has neither."""
    edges = _edges(clock, engrafted, definition)
    observed = np.where(clock.last_contact >= 0.0, clock.last_contact, np.nan)
    found: dict[str, NDArray[np.float64]] = {}
    infections = None
    if study.has("adverse_events"):
        infections = along(clock, study.table("adverse_events").filter(matching("term", is_infection)), "start_date")
    for k, period in enumerate(PERIODS):
        begin, end = edges[k], edges[k + 1]
        days = np.clip(np.minimum(observed, end) - begin, 0.0, None)
        found[f"infection_days_{period}"] = days
        if infections is None:
            found[f"infections_{period}"] = np.full(clock.count, np.nan)
            continue
        owner = infections.owner()
        inside = (infections.day >= begin[owner]) & (infections.day < end[owner])
        count = infections.per_subject(inside.astype(np.float64))
        found[f"infections_{period}"] = np.where(np.isnan(days), np.nan, count)
    return found


def _edges(clock: Clock, engrafted: Outcome, definition: Definition) -> NDArray[np.float64]:
    """Return where each subject's periods begin and end, shape (5, subjects); NaN where engraftment is not known.

    Who never fell below the threshold has engrafted on day zero; who died or was lost without engraftment never has.
    """
    rules = definition.safety
    early, late = float(rules.infections_early_until_day), float(rules.infections_late_from_day)
    day = np.select(
        [engrafted.status == Status.EVENT, engrafted.status == Status.NOT_AT_RISK, engrafted.status == Status.UNKNOWN],
        [engrafted.day, 0.0, np.nan],
        default=early,
    )
    same = np.ones(clock.count)
    return np.stack([0.0 * same, np.minimum(day, early), early * same, late * same, np.inf * same])


def _worst_grades(study: Study, clock: Clock, definition: Definition) -> Mapping[str, NDArray[np.float64]]:
    """Return the highest CTCAE grade of each test from conditioning on; the baseline is the last value before it."""
    rules = definition.safety
    conditioning = along(
        clock, study.table("procedures").filter(pl.col("procedure") == "conditioning_start"), "date"
    )  # fmt: skip
    start = np.zeros(clock.count)
    np.minimum.at(start, conditioning.owner(), conditioning.day)
    found = {}
    for test in GRADED_TESTS:
        series = lab_series(study, clock, test)
        owner, values = series.owner(), series.values["value"]
        baseline = _last_before(series, start, float(rules.ctcae_baseline_days))
        grades = ctcae_grades(test, values, baseline=baseline[owner], version=rules.ctcae_version)
        counts = (series.day >= start[owner]) & (series.day <= rules.ctcae_until_day) & (grades >= 0)
        worst = np.full(clock.count, -1.0)
        np.maximum.at(worst, owner[counts], grades[counts].astype(np.float64))
        found[f"worst_ctcae_grade_{test}"] = np.where(worst < 0.0, np.nan, worst)
    return found


def _last_before(series: Ragged, start: NDArray[np.float64], within: float) -> NDArray[np.float64]:
    """Return each subject's last value before `start`, at most `within` days old; NaN without one."""
    owner = series.owner()
    inside = (series.day < start[owner]) & (series.day >= start[owner] - within)
    base = np.full(series.offsets.size - 1, np.nan)
    base[owner[inside]] = series.values["value"][inside]
    return base


def _hospital(study: Study, clock: Clock) -> Mapping[str, NDArray[np.float64]]:
    """Return days in hospital, from conditioning (else day zero) to discharge, and what was counted there.

    A procedure of which the study records none at all was perhaps not recorded: nobody is said to have had none.
    """
    procedures = study.table("procedures")
    done = {
        name: along(clock, procedures.filter(pl.col("procedure") == name), "date")
        for name in ("conditioning_start", "discharge", *_COUNTED.values())
    }
    admitted = np.zeros(clock.count)
    begun = done["conditioning_start"]
    np.minimum.at(admitted, begun.owner(), begun.day)
    left, out = np.full(clock.count, np.inf), done["discharge"]
    after = out.day > 0.0
    np.minimum.at(left, out.owner()[after], out.day[after])
    found = {"hospital_days": np.where(np.isfinite(left), left - admitted, np.nan)}
    for measure, name in _COUNTED.items():
        rows = done[name]
        count = rows.per_subject((rows.day >= admitted[rows.owner()]).astype(np.float64))
        found[measure] = count if rows.day.size else np.full(clock.count, np.nan)
    return {**found, "intensive_care_days": _intensive_care_days(procedures, clock, admitted)}


def _intensive_care_days(procedures: pl.DataFrame, clock: Clock, admitted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return days in intensive care, the first and the last included; NaN where the end of a stay is not recorded."""
    stays = procedures.filter(pl.col("procedure") == "intensive_care").with_columns(
        days=(pl.col("end_date") - pl.col("date")).dt.total_days().cast(pl.Float64) + 1.0
    )
    rows = along(clock, stays, "date", ("days",))
    if not np.isfinite(rows.values["days"]).any():
        return np.full(clock.count, np.nan)
    return rows.per_subject(np.where(rows.day >= admitted[rows.owner()], rows.values["days"], 0.0))
