"""From study tables to endpoints: every subject, every endpoint, and what made each event."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
import polars as pl

from regraft.core.arrays import Floats, Ints
from regraft.endpoints.by_block import derive_blocks, not_derivable
from regraft.endpoints.catalogue import Catalogue, catalogue_of
from regraft.endpoints.clock import Clock, joined_clocks
from regraft.endpoints.definition import Definition
from regraft.endpoints.outcome import STATUS_NAMES, Outcome, Status, joined_outcomes
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
    catalogue : Catalogue
        What these definitions derive: labels, rules and readings by name.
    """

    events: pl.DataFrame
    measures: pl.DataFrame
    not_at_risk: pl.DataFrame
    not_derivable: tuple[tuple[str, str], ...]
    catalogue: Catalogue


def derive(study: Study, definitions: Definition, only: Collection[str] | None = None) -> Derived:
    """Derive the endpoints and measures of a study.

    Parameters
    ----------
    study : Study
        The study tables; simulated and recorded alike.
    definitions : Definition
        From `regraft.endpoints.definition.load_definition`.
    only : collection of str, optional
        Names of the endpoints and measures wanted, for who repeats this thousands of times; those that the definitions
        do not derive are left out. None: all.

    Returns
    -------
    Derived
        Endpoints and measures of every subject; the order of rows in the tables does not matter.
    """
    catalogue = catalogue_of(definitions)
    wanted = catalogue if only is None else catalogue.only(only)
    blocks = derive_blocks(study, definitions, wanted, lambda block: block)
    clock = joined_clocks([block.clock for block in blocks])
    outcomes = tuple(joined_outcomes(parts) for parts in zip(*(block.outcomes for block in blocks), strict=True))
    measures = {name: np.concatenate([block.measures[name] for block in blocks]) for name in wanted.measures}
    return Derived(
        events=_events(clock, outcomes),
        measures=_measures(clock, measures, catalogue),
        not_at_risk=_not_at_risk(clock, outcomes),
        not_derivable=not_derivable(
            study,
            {outcome.endpoint: [outcome.said()] for outcome in outcomes},
            [name for name, values in measures.items() if np.isnan(values).all()],
            catalogue,
        ),
        catalogue=catalogue,
    )


def _events(clock: Clock, outcomes: tuple[Outcome, ...]) -> pl.DataFrame:
    """Return the long frame of all outcomes; who is not at risk stands elsewhere."""
    whose, which = _subjects_and_parts(clock.count, len(outcomes))
    status = np.concatenate([np.zeros(0, np.int8), *(outcome.status for outcome in outcomes)])
    day = np.concatenate([np.zeros(0), *(outcome.day for outcome in outcomes)])
    event_date = np.where(np.isnan(day), 0, np.nan_to_num(day) + clock.zero[whose]).astype(np.int32)
    names = np.array([*STATUS_NAMES, ""], dtype=object)
    frame = pl.DataFrame(
        {
            "subject_id": clock.subjects["subject_id"].gather(whose),
            "trial_number": clock.trial_number.gather(whose),
            "endpoint": pl.Series([outcome.endpoint for outcome in outcomes], dtype=pl.String).gather(which),
            "status": pl.Series(list(names[: len(STATUS_NAMES)])).gather(np.minimum(status, Status.UNKNOWN)),
            "time_days": pl.Series(day).fill_nan(None),
            "event_date": pl.Series(event_date).cast(pl.Date),
            "detail": pl.Series([words for outcome in outcomes for words in outcome.detail], dtype=pl.String),
            "_status": status,
        }
    )
    happened = pl.col("_status").is_in([int(Status.EVENT), int(Status.COMPETING)])
    return (
        frame.filter(pl.col("_status") != int(Status.NOT_AT_RISK))
        .with_columns(pl.when(happened).then("event_date"))
        .drop("_status")
    )


def _measures(clock: Clock, measures: Mapping[str, Floats], catalogue: Catalogue) -> pl.DataFrame:
    names = list(measures)
    values = np.concatenate([np.zeros(0), *measures.values()])
    whose, which = _subjects_and_parts(clock.count, len(names))
    return pl.DataFrame(
        {
            "subject_id": clock.subjects["subject_id"].gather(whose),
            "trial_number": clock.trial_number.gather(whose),
            "measure": pl.Series(names, dtype=pl.String).gather(which),
            "value": pl.Series(values).fill_nan(None),
            "unit": pl.Series([catalogue.measures[name].unit for name in names], dtype=pl.String).gather(which),
        }
    )


def _subjects_and_parts(subjects: int, parts: int) -> tuple[Ints, Ints]:
    """Return the subject and the part of each row where parts of all subjects stand below each other."""
    return np.tile(np.arange(subjects), parts), np.repeat(np.arange(parts), subjects)


def _not_at_risk(clock: Clock, outcomes: tuple[Outcome, ...]) -> pl.DataFrame:
    out = [(k, s) for k, one in enumerate(outcomes) for s in np.flatnonzero(one.status == Status.NOT_AT_RISK).tolist()]
    who = [s for _, s in out]
    return pl.DataFrame(
        {
            "subject_id": clock.subjects["subject_id"].gather(who),
            "trial_number": clock.trial_number.gather(who),
            "endpoint": pl.Series([outcomes[k].endpoint for k, _ in out], dtype=pl.String),
            "reason": pl.Series([outcomes[k].detail[s] for k, s in out], dtype=pl.String),
        }
    )
