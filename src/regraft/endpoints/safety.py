"""What treatment cost its people: infections by period, the worst laboratory grades, days in hospital, transfusions."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from regraft.clinical.ctcae import GRADED_TESTS, ctcae_grades
from regraft.clinical.infections import is_infection
from regraft.core.arrays import Floats
from regraft.endpoints.clock import Clock, Ragged, along
from regraft.endpoints.definition import Definition
from regraft.endpoints.endpoint import Group, Measure, Rate, Reading, Subjects, picked
from regraft.endpoints.outcome import Outcome, Status
from regraft.endpoints.pseudorelapse import matching
from regraft.endpoints.transplantation import lab_series, neutrophil_engraftment
from regraft.study.tables import Study

PERIODS = ("to_engraftment", "early", "first_year", "later")
_COUNTED = {
    "platelet_transfusions": "platelet_transfusion",
    "red_cell_transfusions": "red_cell_transfusion",
    "intensive_care_admissions": "intensive_care",
}


def safety_measured(rules: Definition) -> tuple[tuple[Measure, ...], tuple[Rate, ...]]:
    """Return infections by period, worst laboratory grades, and hospital care, as measures and rates."""
    early, late = rules.safety.infections_early_until_day, rules.safety.infections_late_from_day
    periods = {
        "to_engraftment": ("up to engraftment", "from day zero to neutrophil engraftment"),
        "early": ("from engraftment", f"from neutrophil engraftment to day {early}"),
        "first_year": ("in the rest of the first year", f"from day {early} to day {late}"),
        "later": ("later", f"from day {late} on"),
    }
    parts = [
        Measure(
            name=f"{what}_{period}",
            label=f"{label} {words}",
            unit=unit,
            group=Group.BURDEN,
            derive=picked(safety_measures, f"{what}_{period}"),
            table=table,
            needs="a transplantation and follow-up in this period, with a known engraftment",
        )
        for what, label, unit, table in (
            ("infections", "Infections", "infections", "adverse_events"),
            ("infection_days", "Days observed", "days", "procedures"),
        )
        for period, (words, _) in periods.items()
    ]
    rates = [
        Rate(
            name=f"infection_density_{period}",
            label=f"Infections {words}",
            unit="infections/1,000 patient-days",
            group=Group.BURDEN,
            above=f"infections_{period}",
            below=f"infection_days_{period}",
            exposure="patient-days",
            per=1000.0,
            rule=f"Adverse events that name an infection, by their first day, {when}, per 1,000 days observed.",
        )
        for period, (words, when) in periods.items()
    ]
    return (*parts, *_grades_measured(rules), *_hospital_measured()), tuple(rates)


def grade_of(test: str) -> str:
    """Return the name of the measure that is the worst CTCAE grade of a laboratory test."""
    return f"worst_ctcae_grade_{test}"


def _grades_measured(rules: Definition) -> tuple[Measure, ...]:
    return tuple(
        Measure(
            name=grade_of(test),
            label=f"Worst CTCAE grade of {test}",
            unit=f"grade (CTCAE {rules.safety.ctcae_version})",
            group=Group.LABORATORY,
            derive=picked(safety_measures, grade_of(test)),
            table="labs",
            needs="a value after conditioning",
        )
        for test in GRADED_TESTS
    )


def _hospital_measured() -> tuple[Measure, ...]:
    stay = "From the start of conditioning (else day zero) to the first discharge after day zero."
    rows = (
        ("hospital_days", "Days in hospital", "days", "a discharge after a transplantation", Reading.MEDIAN, stay),
        (
            "intensive_care_admissions",
            "Admissions to intensive care",
            "admissions",
            "an admission to intensive care: perhaps none was recorded",
            Reading.MEAN,
            "",
        ),
        (
            "intensive_care_days",
            "Days in intensive care",
            "days",
            "a stay in intensive care with its end: perhaps none was recorded",
            Reading.MEAN,
            "",
        ),
        (
            "platelet_transfusions",
            "Platelet transfusions",
            "transfusions",
            "a transfusion of platelets: perhaps none was recorded",
            Reading.MEDIAN,
            "",
        ),
        (
            "red_cell_transfusions",
            "Red-cell transfusions",
            "transfusions",
            "a transfusion of red cells: perhaps none was recorded",
            Reading.MEDIAN,
            "",
        ),
    )
    return tuple(
        Measure(
            name=name,
            label=label,
            unit=unit,
            group=Group.BURDEN,
            derive=picked(safety_measures, name),
            table="procedures",
            needs=needs,
            reading=reading,
            rule=rule,
        )
        for name, label, unit, needs, reading, rule in rows
    )


def safety_measures(subjects: Subjects) -> Mapping[str, Floats]:
    """Return the measures of safety of the transplanted, each of shape (subjects,); NaN where unknown."""
    study, clock, definition = subjects.study, subjects.clock, subjects.definition
    engrafted = subjects.once(neutrophil_engraftment)
    measures = {
        **_infections(study, clock, engrafted, definition),
        **_worst_grades(study, clock, definition),
        **_hospital(subjects),
    }
    return {name: np.where(clock.transplanted, values, np.nan) for name, values in measures.items()}


def _infections(study: Study, clock: Clock, engrafted: Outcome, definition: Definition) -> Mapping[str, Floats]:
    """Return infections and days observed in each period; a period that never came has neither."""
    edges = _edges(clock, engrafted, definition)
    observed = np.where(clock.last_contact >= 0.0, clock.last_contact, np.nan)
    found: dict[str, Floats] = {}
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


def _edges(clock: Clock, engrafted: Outcome, definition: Definition) -> Floats:
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


def _worst_grades(study: Study, clock: Clock, definition: Definition) -> Mapping[str, Floats]:
    """Return the highest CTCAE grade of each test from conditioning on; the baseline is the last value before it."""
    rules = definition.safety
    conditioning = along(clock, study.table("procedures").filter(pl.col("procedure") == "conditioning_start"), "date")
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
        found[grade_of(test)] = np.where(worst < 0.0, np.nan, worst)
    return found


def _last_before(series: Ragged, start: Floats, within: float) -> Floats:
    """Return each subject's last value before `start`, at most `within` days old; NaN without one."""
    owner = series.owner()
    inside = (series.day < start[owner]) & (series.day >= start[owner] - within)
    base = np.full(series.offsets.size - 1, np.nan)
    base[owner[inside]] = series.values["value"][inside]
    return base


def _hospital(subjects: Subjects) -> Mapping[str, Floats]:
    """Return days in hospital, from conditioning (else day zero) to discharge, and what was counted there.

    A procedure of which the study records none at all was perhaps not recorded: nobody is said to have had none.
    """
    procedures, clock = subjects.study.table("procedures"), subjects.clock
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
        found[measure] = count if subjects.anybody(name, rows.day.size > 0) else np.full(clock.count, np.nan)
    return {**found, "intensive_care_days": _intensive_care_days(subjects, admitted)}


def _intensive_care_days(subjects: Subjects, admitted: Floats) -> Floats:
    """Return days in intensive care, the first and the last included; NaN where the end of a stay is not recorded."""
    clock, procedures = subjects.clock, subjects.study.table("procedures")
    stays = procedures.filter(pl.col("procedure") == "intensive_care").with_columns(
        days=(pl.col("end_date") - pl.col("date")).dt.total_days().cast(pl.Float64) + 1.0
    )
    rows = along(clock, stays, "date", ("days",))
    if not subjects.anybody("days in intensive care", bool(np.isfinite(rows.values["days"]).any())):
        return np.full(clock.count, np.nan)
    return rows.per_subject(np.where(rows.day >= admitted[rows.owner()], rows.values["days"], 0.0))
