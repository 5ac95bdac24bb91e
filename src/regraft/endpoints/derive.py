"""From study tables to endpoints: every subject, every endpoint, and what made each event."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from regraft.endpoints.brain import brain_measures
from regraft.endpoints.clock import Clock, Ragged, start_clock
from regraft.endpoints.composite import activity_free_survival, counting, neda_failures, survivals
from regraft.endpoints.deaths import deaths
from regraft.endpoints.definition import Definition, EfficacySet, RelapseCount
from regraft.endpoints.disability import (
    edss_improvement,
    edss_levels,
    edss_series,
    edss_worsening,
    systems_improved,
)
from regraft.endpoints.graft import graft_failures
from regraft.endpoints.measures import unit_of, why_missing
from regraft.endpoints.milestones import edss_milestones
from regraft.endpoints.mri import gd_measures, mri_activity, scans_along
from regraft.endpoints.outcome import STATUS_NAMES, Outcome, Status
from regraft.endpoints.relapses import merged_relapses, relapse_endpoint, relapse_measures
from regraft.endpoints.safety import safety_measures
from regraft.endpoints.secondary import secondary_progression
from regraft.endpoints.timed import timed_worsening
from regraft.endpoints.transplantation import engraftment, sos, transplant_measures
from regraft.study.tables import Study


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """The endpoints of a study.

    Parameters
    ----------
    events : polars.DataFrame
        One row per subject and endpoint: subject_id, trial_number, endpoint, status (event, censored, competing,
        unknown), time_days from day zero, event_date, detail. `unknown` means that the data cannot say.
    measures : polars.DataFrame
        One row per subject and measure: subject_id, trial_number, measure, value, unit.
    not_at_risk : polars.DataFrame
        Subjects for whom an endpoint is not defined: subject_id, trial_number, endpoint, reason.
    not_derivable : tuple of (str, str)
        Endpoints and measures about which the study says nothing at all, each with the reason.
    definition : str
        Name of the definitions.
    """

    events: pl.DataFrame
    measures: pl.DataFrame
    not_at_risk: pl.DataFrame
    not_derivable: tuple[tuple[str, str], ...]
    definition: str


def derive(study: Study, definitions: Definition) -> Derived:
    """Derive every endpoint and measure of a study.

    Parameters
    ----------
    study : Study
        The study tables; simulated and recorded alike.
    definitions : Definition
        From `regraft.endpoints.definition.load_definition`.

    Returns
    -------
    Derived
        Endpoints and measures of every subject; the order of rows in the tables does not matter.
    """
    clock = start_clock(study)
    relapses = merged_relapses(study, clock, definitions)
    scans = scans_along(study, clock)
    edss = edss_series(study, clock, relapses, definitions)
    neutrophils = engraftment(study, clock, definitions, platelets=False)
    outcomes = (
        *_activity(study, clock, relapses, scans, edss, definitions),
        *edss_milestones(clock, edss, definitions),
        secondary_progression(study, clock, relapses, definitions),
        *systems_improved(study, clock, relapses, definitions),
        *timed_worsening(study, clock, edss, relapses, definitions),
        neutrophils,
        engraftment(study, clock, definitions, platelets=True),
        *graft_failures(study, clock, neutrophils, definitions),
        *sos(study, clock, definitions),
    )
    measures = {
        **relapse_measures(study, clock, relapses, definitions),
        **gd_measures(clock, scans),
        **_engraftment_days(outcomes),
        **brain_measures(clock, scans, definitions),
        **edss_levels(clock, edss),
        "follow_up_years": np.where(clock.last_contact >= 0, clock.last_contact / 365.25, np.nan),
        **transplant_measures(study, clock),
        **safety_measures(study, clock, neutrophils, definitions),
    }
    if definitions.death.efficacy_set is EfficacySet.TRANSPLANTED:
        measures |= {
            name: np.where(clock.transplanted, values, np.nan)
            for name, values in measures.items()
            if name.endswith("_after")
        }
    return Derived(
        events=_events(clock, outcomes),
        measures=_measures(clock, measures, definitions),
        not_at_risk=_not_at_risk(clock, outcomes),
        not_derivable=_not_derivable(study, outcomes, measures),
        definition=definitions.name,
    )


def _activity(
    study: Study, clock: Clock, relapses: Ragged | None, scans: Ragged | None, edss: Ragged, definitions: Definition
) -> tuple[Outcome, ...]:
    """Return relapse, lesion activity, worsening, improvement, the composites and deaths."""
    relapse = relapse_endpoint(clock, relapses, definitions)
    reported = relapse_endpoint(clock, relapses, definitions, endpoint="relapse_reported", count=RelapseCount.REPORTED)
    activity = mri_activity(clock, scans, definitions)
    weeks = sorted({*definitions.confirmation_weeks, definitions.composite.worsening_weeks})
    worse = {interval: edss_worsening(clock, edss, definitions, interval) for interval in weeks}
    better = tuple(edss_improvement(clock, edss, definitions, interval) for interval in weeks)
    dead = deaths(study, clock, definitions)
    parts = (relapse, activity, worse[definitions.composite.worsening_weeks])
    return (
        relapse, reported, activity, *worse.values(), *better,
        *activity_free_survival(counting(parts, definitions), dead[0], study, clock, definitions),
        *survivals(parts, dead[0], study, clock, definitions),
        *neda_failures(clock, edss, relapses, scans, definitions), *dead,
    )  # fmt: skip


def _engraftment_days(outcomes: tuple[Outcome, ...]) -> Mapping[str, NDArray[np.float64]]:
    return {
        f"{outcome.endpoint}_day": np.where(outcome.is_event(), outcome.day, np.nan)
        for outcome in outcomes
        if outcome.endpoint.endswith("_engraftment")
    }


def _events(clock: Clock, outcomes: tuple[Outcome, ...]) -> pl.DataFrame:
    """Return the long frame of all outcomes; who is not at risk stands elsewhere."""
    count = clock.count
    status = np.concatenate([outcome.status for outcome in outcomes])
    day = np.concatenate([outcome.day for outcome in outcomes])
    event_date = np.where(np.isnan(day), 0, np.nan_to_num(day) + np.tile(clock.zero, len(outcomes))).astype(np.int32)
    names = np.array([*STATUS_NAMES, ""], dtype=object)
    frame = pl.DataFrame(
        {
            "subject_id": pl.concat([clock.subjects["subject_id"]] * len(outcomes)),
            "trial_number": pl.concat([clock.trial_number] * len(outcomes)),
            "endpoint": pl.Series([outcome.endpoint for outcome in outcomes]).gather(
                np.repeat(np.arange(len(outcomes)), count)
            ),
            "status": pl.Series(list(names[: len(STATUS_NAMES)])).gather(np.minimum(status, Status.UNKNOWN)),
            "time_days": pl.Series(day).fill_nan(None),
            "event_date": pl.Series(event_date).cast(pl.Date),
            "detail": [words for outcome in outcomes for words in outcome.detail],
            "_status": status,
        }
    )
    happened = pl.col("_status").is_in([int(Status.EVENT), int(Status.COMPETING)])
    return (
        frame.filter(pl.col("_status") != int(Status.NOT_AT_RISK))
        .with_columns(pl.when(happened).then("event_date"))
        .drop("_status")
    )


def _measures(clock: Clock, measures: Mapping[str, NDArray[np.float64]], definitions: Definition) -> pl.DataFrame:
    names = list(measures)
    which = np.repeat(np.arange(len(names)), clock.count)
    return pl.DataFrame(
        {
            "subject_id": pl.concat([clock.subjects["subject_id"]] * len(names)),
            "trial_number": pl.concat([clock.trial_number] * len(names)),
            "measure": pl.Series(names).gather(which),
            "value": pl.Series(np.concatenate(list(measures.values()))).fill_nan(None),
            "unit": pl.Series([unit_of(name, definitions) for name in names]).gather(which),
        }
    )


def _not_at_risk(clock: Clock, outcomes: tuple[Outcome, ...]) -> pl.DataFrame:
    rows = []
    for outcome in outcomes:
        out = np.flatnonzero(outcome.status == Status.NOT_AT_RISK).tolist()
        rows.append(
            pl.DataFrame(
                {
                    "subject_id": clock.subjects["subject_id"].gather(out),
                    "trial_number": clock.trial_number.gather(out),
                    "endpoint": pl.Series([outcome.endpoint] * len(out), dtype=pl.String),
                    "reason": pl.Series([outcome.detail[s] for s in out], dtype=pl.String),
                }
            )
        )
    return pl.concat(rows)


def _not_derivable(
    study: Study, outcomes: tuple[Outcome, ...], measures: Mapping[str, NDArray[np.float64]]
) -> tuple[tuple[str, str], ...]:
    """Return what the study says nothing about, with the reason."""
    if study.table("subjects").is_empty():
        return ()
    missing = [
        (outcome.endpoint, outcome.why_nothing() or "no subject was observed for it")
        for outcome in outcomes
        if outcome.says_nothing()
    ]
    missing += [(name, why_missing(study, name)) for name, values in measures.items() if np.isnan(values).all()]
    return tuple(missing)
