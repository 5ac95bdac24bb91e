"""Relapses: two reports close together are one, and what is not known to be confirmed stays unknown."""

from collections.abc import Mapping

import numpy as np

from regraft.core.arrays import Flags, Floats
from regraft.endpoints.clock import Ragged, along, select_rows
from regraft.endpoints.deaths import close_with_death, efficacy_rule
from regraft.endpoints.definition import Definition, RateSince
from regraft.endpoints.endpoint import Endpoint, Group, Measure, Rate, Subjects, made, picked
from regraft.endpoints.outcome import Outcome, Status, all_unknown, day_text
from regraft.endpoints.pseudorelapse import holds, reports_along
from regraft.endpoints.relapse_reports import certainty, merge_reports, onsets_told_at_visits
from regraft.endpoints.relapse_rules import Pseudorelapse, RelapseCount

DAYS_PER_YEAR = 365.25
_UNSAID = "not recorded whether confirmed, lasting or free of fever, as the definition asks"
_NO_TABLE = "the study has no table relapses"
RELAPSE = "relapse"
_REPORTED = "relapse_reported"


def relapse_endpoints(rules: Definition) -> tuple[Endpoint, ...]:
    """Return the first relapse that counts, and the first reported, as endpoints."""
    death = efficacy_rule(rules)
    return (
        Endpoint(
            name=RELAPSE,
            label="Clinical relapse",
            group=Group.ACTIVITY,
            rule=f"First relapse after day zero, {_which(rules)} {death}",
            derive=made(first_relapse),
        ),
        Endpoint(
            name=_REPORTED,
            label="Reported relapse, confirmed or not",
            group=Group.ACTIVITY,
            rule=f"First reported relapse after day zero. {death}",
            derive=made(_first_reported),
        ),
    )


def _first_reported(subjects: Subjects) -> Outcome:
    return first_relapse(subjects, endpoint=_REPORTED, every_report=True)


def _which(rules: Definition) -> str:
    """Say which relapses count, and what is one relapse."""
    which = {
        RelapseCount.CONFIRMED: "confirmed on examination",
        RelapseCount.UNLESS_REFUTED: "reported and not refuted on examination",
        RelapseCount.REPORTED: "reported",
    }[rules.relapse.count]
    return f"{which}; onsets within {rules.relapse.merge_within_days} days are one relapse.{_pseudorelapses(rules)}"


def _pseudorelapses(rules: Definition) -> str:
    """Say which report is a pseudorelapse."""
    relapse = rules.relapse
    days = f"{relapse.least_days} day{'s' * (relapse.least_days != 1)}"
    parts = {
        f"that ended less than {days} after its onset": relapse.pseudorelapse_by_length,
        f"with fever or infection within {relapse.fever_within_days} days of its onset": relapse.pseudorelapse_by_fever,
    }
    shown = [part for part, rule in parts.items() if rule is not Pseudorelapse.IGNORED]
    if not shown:
        return ""
    unsaid = [part for part, rule in parts.items() if rule is Pseudorelapse.KNOWN]
    more = f" Where it is not recorded whether it is one {' or '.join(unsaid)}, it is unknown." if unsaid else ""
    return f" A relapse recorded as one {' or '.join(shown)} does not count.{more}"


def relapses_measured(rules: Definition) -> tuple[tuple[Measure, ...], tuple[Rate, ...]]:
    """Return relapses, years and rates of each subject, and the rates of all, before and after day zero."""
    since = {
        RateSince.DIAGNOSIS: "from diagnosis",
        RateSince.ONSET: "from onset",
        RateSince.YEARS: f"in the {rules.relapse.rate_before_years:g} years before",
    }[rules.relapse.rate_before_since]
    sentences = {
        "before": f"Relapses {since} to day zero, over that time.",
        "after": f"Relapses after day zero, {_which(rules)} Over the time to last contact.",
    }
    needs = {
        "before": "a date from which relapses are counted",
        "after": "follow-up after day zero in which every relapse is known to count or not",
    }
    measures = [
        Measure(
            name=f"{what}_{when}",
            label=f"{label} {when} day zero",
            unit=unit,
            group=Group.ACTIVITY,
            derive=picked(relapse_measures, f"{what}_{when}"),
            table=table,
            needs=needs[when],
            rule=sentences[when] if what == "arr" else "",
            is_efficacy=when == "after",
        )
        for when in ("before", "after")
        for what, label, unit, table in (
            ("relapses", "Relapses", "relapses", "relapses"),
            ("years", "Years", "years", "subjects"),
            ("arr", "Annualised relapse rate", "relapses/year", "relapses"),
        )
    ]
    rates = [
        Rate(
            name=f"arr_{when}",
            label=f"Annualised relapse rate {when} day zero",
            unit="relapses/year",
            group=Group.ACTIVITY,
            above=f"relapses_{when}",
            below=f"years_{when}",
            exposure="years",
            rule=sentences[when],
        )
        for when in ("before", "after")
    ]
    return tuple(measures), tuple(rates)


def merged_relapses(subjects: Subjects) -> Ragged | None:
    """Return the relapses of every subject after merging; None when the study has no table of relapses.

    Columns, each 1, 0 or NaN for not known: ``confirmed`` on examination, and ``holds`` (no pseudorelapse, as far as
    the definition asks).
    """
    study, clock, rules = subjects.study, subjects.clock, subjects.definition.relapse
    if not study.has("relapses"):
        return None
    reports = reports_along(clock, study.table("relapses"), ("confirmed",))
    states = np.column_stack((reports.values["confirmed"], holds(reports, study, clock, rules)))
    keep = merge_reports(reports.offsets, reports.day, states, rules.merge_within_days)
    merged = {"confirmed": states[:, 0].copy(), "holds": states[:, 1].copy()}
    return select_rows(Ragged(reports.offsets, reports.day, merged), keep)


def relapses_nearby(subjects: Subjects) -> Ragged:
    """Return the relapses that visits keep their distance from: every reported one after merging.

    Where the study has no table of relapses, the days since the last one that visits give tell when they began.
    """
    relapses = subjects.once(merged_relapses)
    if relapses is not None:
        return relapses
    told = along(subjects.clock, onsets_told_at_visits(subjects.study), "onset_date")
    nothing = np.empty((told.day.size, 0))
    keep = merge_reports(told.offsets, told.day, nothing, subjects.definition.relapse.merge_within_days)
    return select_rows(told, keep)


def counted(relapses: Ragged, count: RelapseCount) -> Floats:
    """Return for each relapse 1.0 (counts), 0.0 (does not) or NaN (cannot be said); shape (relapses,)."""
    return certainty(relapses.values["confirmed"], relapses.values["holds"], count)


def first_relapse(
    subjects: Subjects,
    *,
    endpoint: str = RELAPSE,
    every_report: bool = False,
    start: Floats | None = None,
) -> Outcome:
    """Return the first relapse after day zero (or after `start`), or the first report, whatever it was.

    A relapse that may or may not count, before the first that does, makes the subject unknown.
    """
    clock, definition, relapses = subjects.clock, subjects.definition, subjects.once(merged_relapses)
    if relapses is None:
        return all_unknown(endpoint, clock.count, _NO_TABLE)
    begin = np.zeros(clock.count) if start is None else start
    sure = np.ones(relapses.day.size) if every_report else counted(relapses, definition.relapse.count)
    after = relapses.day > begin[relapses.owner()]
    first = _first_day(relapses, after & (sure == 1.0))
    doubtful = _first_day(relapses, after & np.isnan(sure))
    event = first < np.inf
    unknown = doubtful < first
    followed = clock.last_contact > begin
    status = np.where(event, Status.EVENT, np.where(followed, Status.CENSORED, Status.UNKNOWN))
    status = np.where(unknown, Status.UNKNOWN, status).astype(np.int8)
    day = np.where(unknown | (status == Status.UNKNOWN), np.nan, np.where(event, first, clock.last_contact))
    dates = day_text(clock.zero, np.where(unknown, doubtful, np.where(event, first, np.nan)))
    detail = [
        f"relapse of {date}: {_UNSAID}" if is_unknown else (f"relapse of {date}" if date else "")
        for date, is_unknown in zip(dates, unknown, strict=True)
    ]
    return close_with_death(Outcome(endpoint, status, day, detail), clock, definition, has_baseline=~unknown)


def _first_day(relapses: Ragged, mask: Flags) -> Floats:
    """Return the first day of each subject's marked rows; infinity without one."""
    first = np.full(relapses.offsets.size - 1, np.inf)
    np.minimum.at(first, relapses.owner()[mask], relapses.day[mask])
    return first


def relapse_measures(subjects: Subjects) -> Mapping[str, Floats]:
    """Return relapses, years and rates before and after day zero, each of shape (subjects,); NaN where unknown."""
    clock, definition, relapses = subjects.clock, subjects.definition, subjects.once(merged_relapses)
    years_after = np.where(clock.last_contact > 0, clock.last_contact / DAYS_PER_YEAR, np.nan)
    began = _before_from(subjects)
    years_before = np.where(began < 0, -began / DAYS_PER_YEAR, np.nan)
    if relapses is None:
        nothing = np.full(clock.count, np.nan)
        before = after = nothing
    else:
        owner = relapses.owner()
        sure = counted(relapses, definition.relapse.count)
        after = relapses.per_subject(np.where(relapses.day > 0, sure, 0.0))
        old = (relapses.day <= 0) & (relapses.day >= began[owner])
        reported = counted(relapses, RelapseCount.UNLESS_REFUTED)
        before = np.where(np.isnan(began), np.nan, relapses.per_subject(np.where(old, reported, 0.0)))
    return {
        "relapses_before": before,
        "years_before": years_before,
        "arr_before": before / years_before,
        "relapses_after": np.where(np.isnan(years_after), np.nan, after),
        "years_after": years_after,
        "arr_after": after / years_after,
    }


def _before_from(subjects: Subjects) -> Floats:
    """Return the day from which relapses before day zero are counted."""
    clock, rules = subjects.clock, subjects.definition.relapse
    dates = subjects.study.table("subjects").sort("subject_id")
    onset, diagnosis = clock.days_of(dates["ms_onset_date"]), clock.days_of(dates["ms_diagnosis_date"])
    if rules.rate_before_since is RateSince.DIAGNOSIS:
        return diagnosis
    if rules.rate_before_since is RateSince.ONSET:
        return onset
    earliest = np.where(np.isnan(onset), -np.inf, onset)
    window = np.full(clock.count, -rules.rate_before_years * DAYS_PER_YEAR)
    return np.where(clock.has_zero, np.maximum(window, earliest), np.nan)
