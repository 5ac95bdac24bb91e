"""Failure of the graft: no engraftment in time, or neutrophils lost again after it."""

from collections.abc import Mapping

import numpy as np

from regraft.clinical.engraftment import NEUTROPHILS
from regraft.core.arrays import Flags, Floats
from regraft.endpoints.clock import Clock, Ragged, select_rows
from regraft.endpoints.definition import Definition
from regraft.endpoints.endpoint import Endpoint, Group, Reading, Subjects, picked
from regraft.endpoints.outcome import Outcome, Status, all_unknown
from regraft.endpoints.transplantation import lab_series, neutrophil_engraftment

_PRIMARY, _SECONDARY = "primary_graft_failure", "secondary_graft_failure"


def graft_failure_endpoints(rules: Definition) -> tuple[Endpoint, ...]:
    """Return primary and secondary failure of the graft as endpoints."""
    return (
        Endpoint(
            name=_PRIMARY,
            label="Primary failure of the graft",
            group=Group.GRAFT,
            rule=f"Neutrophils have not engrafted by day {rules.transplant.graft_failure_day}.",
            derive=picked(graft_failures, _PRIMARY),
            reading=Reading.PROPORTION,
        ),
        Endpoint(
            name=_SECONDARY,
            label="Secondary failure of the graft",
            group=Group.GRAFT,
            rule="After engraftment, neutrophils below 0.5e9/L again at "
            f"{rules.transplant.graft_loss_measurements} measurements in a row; people who did not engraft are not "
            "counted.",
            derive=picked(graft_failures, _SECONDARY),
            reading=Reading.PROPORTION,
        ),
    )


def graft_failures(subjects: Subjects) -> Mapping[str, Outcome]:
    """Return primary and secondary failure of the graft, by name.

    Primary: neutrophils have not engrafted by the day of the definition. Secondary: after engraftment they are below
    the threshold again at several measurements in a row. Who was not measured long enough is unknown.
    """
    clock, definition, engrafted = subjects.clock, subjects.definition, subjects.once(neutrophil_engraftment)
    if not subjects.anybody("engraftment", bool((engrafted.status != Status.UNKNOWN).any())):
        (reason,) = subjects.anybody("no engraftment", engrafted.first_unknown()) or ("",)
        return {name: all_unknown(name, clock.count, reason) for name in (_PRIMARY, _SECONDARY)}
    series = lab_series(subjects.study, clock, "neutrophils", NEUTROPHILS.threshold_1e9_per_l)
    series = select_rows(series, series.day >= 0)
    return {
        _PRIMARY: _primary(clock, series, engrafted, definition),
        _SECONDARY: _secondary(clock, series, engrafted, definition),
    }


def _primary(clock: Clock, series: Ragged, engrafted: Outcome, definition: Definition) -> Outcome:
    limit = float(definition.transplant.graft_failure_day)
    status, day = engrafted.status, engrafted.day
    owner = series.owner()
    until = np.where(np.isnan(day), -np.inf, day)
    watched = series.per_subject(((series.day >= limit) & (series.day < until[owner])).astype(np.float64)) > 0.0
    never_below = clock.transplanted & (status == Status.NOT_AT_RISK)
    in_time = never_below | ((status == Status.EVENT) & (day <= limit))
    still_low = (status == Status.CENSORED) & (day >= limit)
    failed = ((status == Status.EVENT) & (day > limit) & watched) | still_low
    failed |= (status == Status.COMPETING) & (day > limit)
    died = (status == Status.COMPETING) & (day <= limit)
    found = np.select(
        [in_time, failed, died, ~clock.transplanted],
        [Status.CENSORED, Status.EVENT, Status.COMPETING, Status.NOT_AT_RISK],
        default=Status.UNKNOWN,
    ).astype(np.int8)
    words = {
        Status.EVENT: f"no engraftment by day {limit:g}",
        Status.UNKNOWN: f"neutrophils not measured closely enough up to day {limit:g}",
        Status.NOT_AT_RISK: "not transplanted",
    }
    when = np.where(died, day, np.where(found <= Status.COMPETING, limit, np.nan))
    return Outcome(_PRIMARY, found, when, [words.get(Status(int(state)), "") for state in found])


def _secondary(clock: Clock, series: Ragged, engrafted: Outcome, definition: Definition) -> Outcome:
    rules = definition.transplant
    owner, at = series.owner(), np.where(engrafted.is_event(), engrafted.day, np.inf)
    low = (series.values["value"] < NEUTROPHILS.threshold_1e9_per_l) & (series.day > at[owner])
    lost = _first_run(series, low, rules.graft_loss_measurements)
    last = np.full(clock.count, -np.inf)
    np.maximum.at(last, owner, series.day)
    died = engrafted.is_event() & (clock.death <= last + rules.engraftment_longest_gap_days)
    event = np.isfinite(lost)
    at_risk = np.where(event, Status.EVENT, np.where(died, Status.COMPETING, Status.CENSORED))
    otherwise = np.where(engrafted.status == Status.UNKNOWN, Status.UNKNOWN, Status.NOT_AT_RISK)
    status = np.where(engrafted.is_event(), at_risk, otherwise).astype(np.int8)
    day = np.where(event, lost, np.where(died, clock.death, last))
    words = {
        Status.EVENT: f"below {NEUTROPHILS.threshold_1e9_per_l:g}e9/L again, {rules.graft_loss_measurements} "
        "measurements long",
        Status.NOT_AT_RISK: "no engraftment to be lost",
        Status.UNKNOWN: "engraftment is not known",
    }
    detail = [words.get(Status(int(state)), "") for state in status]
    return Outcome(_SECONDARY, status, np.where(status <= Status.COMPETING, day, np.nan), detail)


def _first_run(series: Ragged, marked: Flags, length: int) -> Floats:
    """Return the day on which each subject's first run of `length` marked rows begins; infinity without one."""
    owner = series.owner()
    starts = marked.copy()
    for ahead in range(1, length):
        same = np.zeros(marked.size, dtype=np.bool_)
        same[:-ahead] = marked[ahead:] & (owner[ahead:] == owner[:-ahead])
        starts &= same
    first = np.full(series.offsets.size - 1, np.inf)
    np.minimum.at(first, owner[starts], series.day[starts])
    return first
