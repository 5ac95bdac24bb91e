"""The weeks after a transplantation: engraftment, sinusoidal obstruction, cells infused, busulfan exposure."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from regraft.clinical.ctcae import USUAL_LIMITS
from regraft.clinical.engraftment import NEUTROPHILS, PLATELETS, EngraftmentRule, Recovery, recovery_day
from regraft.clinical.sos import (
    ALT,
    BILIRUBIN,
    COLUMNS,
    CREATININE,
    NONE,
    SIGN_TERMS,
    WEIGHT_GAIN,
    Ebmt2023,
    Severity,
    carry_forward,
    sos_of_days,
)
from regraft.core.arrays import Floats, Ints
from regraft.core.kernels import kernel
from regraft.endpoints.clock import Clock, Ragged, along, select_rows
from regraft.endpoints.definition import Definition
from regraft.endpoints.endpoint import Endpoint, Group, Measure, Reading, Subjects, made, picked
from regraft.endpoints.outcome import Outcome, Status, all_unknown
from regraft.study.lab_limits import decides, with_bounds
from regraft.study.lab_units import in_standard_units
from regraft.study.tables import Study

_NEUTROPHIL, _PLATELET = "neutrophil_engraftment", "platelet_engraftment"
_SEATTLE, _BALTIMORE, _EBMT_2016, _EBMT_2023 = "sos_seattle", "sos_baltimore", "sos_ebmt2016", "sos_ebmt2023"
_CD34, _BUSULFAN = "cd34_infused_1e6_per_kg", "busulfan_auc_mg_h_per_l"
_NOT_TRANSPLANTED = "not transplanted"
_BASELINE_FROM_DAY = -30.0  # creatinine and weight are compared with the last value in the month before conditioning
_MYELOABLATIVE = ("busulfan", "total_body_irradiation")


def lab_series(study: Study, clock: Clock, test: str, threshold: float | None = None) -> Ragged:
    """Return one laboratory test along the clock, in the unit regraft computes in; rows without a value are left out.

    A result beyond a limit lies a hair beyond it; where it does not say on which side of `threshold` it lies, it is
    left out as if it had not been measured.
    """
    rows = in_standard_units(study.table("labs").filter(pl.col("test") == test)).filter(pl.col("value").is_not_null())
    if threshold is not None:
        rows = rows.filter(decides(rows, threshold))
    return along(clock, with_bounds(rows), "date", ("value",))


class _WholeDays(NamedTuple):
    """A `Timeline` in whole days."""

    offsets: Ints
    day: Ints


@kernel
def _recoveries(measured: _WholeDays, values: Floats, given: _WholeDays, rule: EngraftmentRule, out: Ints) -> None:
    for s in range(measured.offsets.size - 1):
        a, b = measured.offsets[s], measured.offsets[s + 1]
        transfusions = given.day[given.offsets[s] : given.offsets[s + 1]]
        code, day = recovery_day(measured.day[a:b], values[a:b], transfusions, rule)
        out[s, 0], out[s, 1] = code, day


def engraftment_endpoints(rules: Definition) -> tuple[Endpoint, ...]:
    """Return engraftment of neutrophils and platelets as endpoints."""
    return (
        Endpoint(
            name=_NEUTROPHIL,
            label="Neutrophil engraftment",
            group=Group.GRAFT,
            rule="First of 3 consecutive measurements of at least 0.5e9/L after the nadir.",
            derive=made(neutrophil_engraftment),
            reading=Reading.PROPORTION,
            is_harm=False,
        ),
        Endpoint(
            name=_PLATELET,
            label="Platelet engraftment",
            group=Group.GRAFT,
            rule="First of 3 consecutive measurements of at least 20e9/L after the nadir, without a transfusion in the "
            f"{rules.transplant.platelet_transfusion_free_days} days before.",
            derive=made(platelet_engraftment),
            reading=Reading.PROPORTION,
            is_harm=False,
        ),
    )


def sos_endpoints(rules: Definition) -> tuple[Endpoint, ...]:
    """Return sinusoidal obstruction syndrome by each set of criteria as endpoints."""
    rule = (
        "Read from bilirubin, weight and recorded signs after day zero; a value is carried forward for at most "
        f"{rules.transplant.sos_carry_forward_days} days."
    )
    criteria = (
        (_EBMT_2016, "EBMT 2016"),
        (_EBMT_2023, "EBMT 2023, items recalled"),
        (_BALTIMORE, "Baltimore"),
        (_SEATTLE, "modified Seattle"),
    )
    return tuple(
        Endpoint(
            name=name,
            label=f"Sinusoidal obstruction syndrome ({words})",
            group=Group.SAFETY,
            rule=rule,
            derive=picked(sos, name),
            reading=Reading.PROPORTION,
        )
        for name, words in criteria
    )


def transplant_measured() -> tuple[Measure, ...]:
    """Return days of engraftment, cells infused and busulfan exposure as measures."""
    days = tuple(
        Measure(
            name=f"{endpoint}_day",
            label=f"Day of {label} engraftment",
            unit="day",
            group=Group.GRAFT,
            derive=derive,
            table="labs",
            needs="a known day",
            reading=Reading.MEDIAN,
        )
        for endpoint, label, derive in (
            (_NEUTROPHIL, "neutrophil", made(_day_of, neutrophil_engraftment)),
            (_PLATELET, "platelet", made(_day_of, platelet_engraftment)),
        )
    )
    return (
        *days,
        Measure(
            name=_BUSULFAN,
            label="Busulfan exposure (AUC)",
            unit="mg*h/L",
            group=Group.GRAFT,
            derive=picked(transplant_measures, _BUSULFAN),
            table="labs",
            needs="a busulfan exposure",
            reading=Reading.MEDIAN,
        ),
        Measure(
            name=_CD34,
            label="CD34+ cells infused",
            unit="1e6/kg",
            group=Group.GRAFT,
            derive=picked(transplant_measures, _CD34),
            table="grafts",
            needs="an infused graft",
            reading=Reading.MEDIAN,
        ),
    )


def _day_of(subjects: Subjects, engrafted: Callable[[Subjects], Outcome]) -> Floats:
    outcome = subjects.once(engrafted)
    return np.where(outcome.is_event(), outcome.day, np.nan)


def neutrophil_engraftment(subjects: Subjects) -> Outcome:
    """Return neutrophil engraftment: the day, never below the threshold, or not to be said."""
    return _engraftment(subjects, _NEUTROPHIL, platelets=False)


def platelet_engraftment(subjects: Subjects) -> Outcome:
    """Return platelet engraftment, without a transfusion in the days before, as `neutrophil_engraftment`."""
    return _engraftment(subjects, _PLATELET, platelets=True)


def _engraftment(subjects: Subjects, endpoint: str, *, platelets: bool) -> Outcome:
    study, clock, definition = subjects.study, subjects.clock, subjects.definition
    test, rule = ("platelets", PLATELETS) if platelets else ("neutrophils", NEUTROPHILS)
    if not subjects.transplanted():
        return all_unknown(endpoint, clock.count, "no transplantation is recorded")
    if platelets and not study.has("procedures"):
        return all_unknown(endpoint, clock.count, "platelet transfusions were not recorded")
    series = lab_series(study, clock, test, rule.threshold_1e9_per_l)
    series = select_rows(series, series.day >= 0)
    given = along(clock, study.table("procedures").filter(pl.col("procedure") == "platelet_transfusion"), "date")
    free = definition.transplant.platelet_transfusion_free_days if platelets else 0
    found = _recover(series, given, rule, definition.transplant.engraftment_longest_gap_days, free)
    code = np.where(clock.transplanted, found[:, 0], -1)
    status = np.select(
        [code == Recovery.DAY, code == Recovery.NOT_RECOVERED, code == Recovery.NOT_EVALUABLE],
        [Status.EVENT, Status.CENSORED, Status.UNKNOWN],
        default=Status.NOT_AT_RISK,
    ).astype(np.int8)
    died = (status == Status.CENSORED) & (clock.death <= found[:, 1] + 3.0)
    status[died] = Status.COMPETING
    day = np.where(died, clock.death, np.where(status <= Status.COMPETING, found[:, 1].astype(np.float64), np.nan))
    words = {
        Recovery.DAY: f"first of {rule.consecutive} measurements of at least {rule.threshold_1e9_per_l:g}e9/L",
        Recovery.NEVER_BELOW: f"never below {rule.threshold_1e9_per_l:g}e9/L",
        Recovery.NOT_EVALUABLE: f"{test} not measured closely enough",
        Recovery.NOT_RECOVERED: f"still below {rule.threshold_1e9_per_l:g}e9/L at the last measurement",
    }
    detail = [words[Recovery(int(c))] if c >= 0 else _NOT_TRANSPLANTED for c in code]
    return Outcome(endpoint, status, day, detail)


def _recover(series: Ragged, given: Ragged, rule: EngraftmentRule, gap: int, free_days: int) -> Ints:
    out = np.empty((series.offsets.size - 1, 2), dtype=np.int64)
    chosen = rule._replace(longest_gap_days=gap, transfusion_free_days=free_days)
    measured, given_on = (_WholeDays(one.offsets, one.day.astype(np.int64)) for one in (series, given))
    _recoveries(measured, series.values["value"], given_on, chosen, out)
    return out


@kernel
def _sos_rows(signs: Floats, carry_days: int, watched_days: int, risk_factors: Ints, out: Ints) -> None:
    for s in range(signs.shape[0]):
        carry_forward(signs[s], 4, carry_days)
        found = sos_of_days(signs[s], watched_days, risk_factors[s])
        out[s, 0], out[s, 1], out[s, 2] = found.seattle_day, found.baltimore_day, found.ebmt2016_day
        out[s, 3] = found.ebmt2023_day
        out[s, 4], out[s, 5] = found.ebmt2016_severity, found.ebmt2023_class


def sos(subjects: Subjects) -> Mapping[str, Outcome]:
    """Return sinusoidal obstruction by each set of criteria, by name, from laboratory values and signs."""
    study, clock, definition = subjects.study, subjects.clock, subjects.definition
    names = (_SEATTLE, _BALTIMORE, _EBMT_2016, _EBMT_2023)  # in the order of the columns that `_sos_rows` writes
    bilirubin = lab_series(study, clock, "bilirubin")
    measured_at_all = subjects.anybody("bilirubin", bilirubin.day.size > 0)
    if not subjects.transplanted() or not measured_at_all:
        reason = "no transplantation is recorded" if measured_at_all else "bilirubin was not recorded"
        return {name: all_unknown(name, clock.count, reason) for name in names}
    until = definition.transplant.sos_until_day
    signs = _daily_signs(study, clock, bilirubin, until)
    measured = np.isfinite(signs[:, : min(22, until), BILIRUBIN]).sum(axis=1)
    out = np.empty((clock.count, 6), dtype=np.int64)
    rules = definition.transplant
    risks = _risk_factors(study, clock, bilirubin, lab_series(study, clock, "alt"))
    _sos_rows(signs, rules.sos_carry_forward_days, rules.sos_severity_within_days, risks, out)
    seen = np.minimum(np.where(np.isnan(clock.last_contact), 0.0, clock.last_contact), until)
    early_death = clock.death <= until
    outcomes = {}
    for k, name in enumerate(names):
        met = out[:, k] != NONE
        free = np.where(measured >= 3, np.where(early_death, Status.COMPETING, Status.CENSORED), Status.UNKNOWN)
        status = np.where(met, Status.EVENT, free)
        status = np.where(clock.transplanted, status, Status.NOT_AT_RISK).astype(np.int8)
        day = np.where(met, out[:, k], np.where(early_death, clock.death, seen))
        day = np.where(status <= Status.COMPETING, day, np.nan)
        outcomes[name] = Outcome(name, status, day, _sos_detail(name, status, out[:, 4:]))
    return outcomes


def _sos_detail(name: str, status: NDArray[np.int8], gradings: Ints) -> list[str]:
    """Say the severity (EBMT 2016) or the class (EBMT 2023) of each event; `gradings` has shape (subjects, 2)."""
    words = {Status.UNKNOWN: "bilirubin measured on fewer than three days", Status.NOT_AT_RISK: _NOT_TRANSPLANTED}
    detail = [words.get(Status(state), "") for state in status.tolist()]
    for s in np.flatnonzero(status == Status.EVENT).tolist():
        if name == _EBMT_2016:
            detail[s] = f"severity {Severity(int(gradings[s, 0])).name.lower().replace('_', ' ')}"
        elif name == _EBMT_2023:
            detail[s] = f"class {Ebmt2023(int(gradings[s, 1])).name.lower()}"
    return detail


def _daily_signs(study: Study, clock: Clock, bilirubin: Ragged, until: int) -> Floats:
    """Return the daily record of every subject, shape (subjects, days, COLUMNS)."""
    signs = np.zeros((clock.count, until + 1, COLUMNS))
    signs[:, :, :4] = np.nan
    _place(signs, BILIRUBIN, bilirubin, bilirubin.values["value"])
    alt = lab_series(study, clock, "alt")
    _place(signs, ALT, alt, alt.values["value"] / USUAL_LIMITS.alt_u_per_l)
    for test, column in (("creatinine", CREATININE), ("weight", WEIGHT_GAIN)):
        series = lab_series(study, clock, test)
        times = series.values["value"] / _baseline(series, _last_baseline_day(study, clock))[series.owner()]
        _place(signs, column, series, 100.0 * (times - 1.0) if column == WEIGHT_GAIN else times)
    events = study.table("adverse_events").filter(pl.col("term").str.to_lowercase().is_in(list(SIGN_TERMS)))
    known = events.join(clock.subjects.filter(pl.col("zero").is_not_null()), on="subject_id")
    rows = known.select(
        "index",
        pl.col("term").str.to_lowercase(),
        (pl.col("start_date") - pl.col("zero")).dt.total_days().alias("from"),
        (pl.col("end_date") - pl.col("zero")).dt.total_days().fill_null(until).alias("to"),
    )
    for subject, term, first, last in rows.iter_rows():
        for column in SIGN_TERMS[term]:
            signs[subject, max(first, 0) : max(last + 1, 0), column] = 1.0
    return signs


def _place(signs: Floats, column: int, series: Ragged, values: Floats) -> None:
    inside = (series.day >= 0) & (series.day < signs.shape[1])
    signs[series.owner()[inside], series.day[inside].astype(np.int64), column] = values[inside]


def _last_baseline_day(study: Study, clock: Clock) -> Floats:
    """Return each subject's day of baseline: the start of conditioning, whose fluid is weight gain, else day zero."""
    starts = along(clock, study.table("procedures").filter(pl.col("procedure") == "conditioning_start"), "date")
    near = (starts.day <= 0) & (starts.day >= _BASELINE_FROM_DAY)
    until = np.zeros(clock.count)
    until[starts.owner()[near]] = starts.day[near]
    return until


def _risk_factors(study: Study, clock: Clock, bilirubin: Ragged, alt: Ragged) -> Ints:
    """Return how many recorded risk factors of sinusoidal obstruction each subject has, shape (subjects,).

    Counted: myeloablative conditioning, busulfan by mouth, and before conditioning bilirubin above 1.5 and ALT above
    2.5 times the upper limit. The list of EBMT 2016 is longer (recalled); the rest is in no table.
    """
    given = study.table("exposures").filter(pl.col("purpose") == "conditioning")
    ablative = along(clock, given.filter(pl.col("drug").is_in(_MYELOABLATIVE)), "start_date")
    by_mouth = along(clock, given.filter((pl.col("drug") == "busulfan") & (pl.col("route") == "oral")), "start_date")
    until = _last_baseline_day(study, clock)
    jaundiced = _baseline(bilirubin, until) > 1.5 * USUAL_LIMITS.bilirubin_mg_per_dl
    inflamed = _baseline(alt, until) > 2.5 * USUAL_LIMITS.alt_u_per_l
    exposed = (np.diff(ablative.offsets) > 0).astype(np.int64) + (np.diff(by_mouth.offsets) > 0)
    return exposed + jaundiced + inflamed


def _baseline(series: Ragged, until: Floats) -> Floats:
    """Return each subject's last value in the month up to its day of baseline; NaN without one."""
    inside = (series.day <= until[series.owner()]) & (series.day >= _BASELINE_FROM_DAY)
    base = np.full(series.offsets.size - 1, np.nan)
    base[series.owner()[inside]] = series.values["value"][inside]
    return base


def transplant_measures(subjects: Subjects) -> Mapping[str, Floats]:
    """Return CD34+ cells infused [1e6/kg] and busulfan exposure [mg*h/L], of shape (subjects,); NaN where unknown."""
    study, clock = subjects.study, subjects.clock
    infused = along(clock, study.table("grafts").filter(pl.col("stage") == "infused"), "date", ("cd34_1e6_per_kg",))
    cells = infused.values["cd34_1e6_per_kg"]
    exposure = lab_series(study, clock, "busulfan_auc")
    return {
        _CD34: _total(infused, cells),
        _BUSULFAN: _highest(exposure),
    }


def _total(rows: Ragged, values: Floats) -> Floats:
    """Return each subject's sum; NaN without rows or with a missing one."""
    return np.where(np.diff(rows.offsets) > 0, rows.per_subject(values), np.nan)


def _highest(rows: Ragged) -> Floats:
    """Return each subject's highest value; NaN without one."""
    top = np.full(rows.offsets.size - 1, -np.inf)
    np.maximum.at(top, rows.owner(), rows.values["value"])
    return np.where(np.isfinite(top), top, np.nan)
