"""Laboratory values as the trial collects them: daily in hospital, weekly to day 100, then with the visits.

Every value carries the analytical error of its patient's laboratory, addressed by patient, day and test. What lies
below or above what an analyser reports as a number is reported as its limit, with a comparator.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from regraft.clinical.ctcae import USUAL_LIMITS
from regraft.core.arrays import Floats, Ints, Records
from regraft.core.kernels import kernel
from regraft.core.streams import Purpose, normal
from regraft.course.course import Course
from regraft.physiology.lymphocytes import cd4_per_ul, lymphocytes_at_rest, lymphocytes_per_ul
from regraft.physiology.signs import Daily
from regraft.study.lab_units import UNITS
from regraft.study.schema import COMPARATORS
from regraft.treatment.reconstitute import Weekly
from regraft.trial.frames import coded, table
from regraft.trial.observed import Observed

_LABS = int(Purpose.LABS)
_FIRST_COUNT_DAY = 0  # blood counts from the start of mobilisation
_SUBSET_MONTHS = {  # step in months, and until which month it holds
    1: "observation_subsets_monthly_until_months", 3: "observation_subsets_quarterly_until_months",
    6: "observation_subsets_half_yearly_until_months", 12: "observation_subsets_yearly_until_months",
    24: "observation_subsets_two_yearly_until_months",
}  # fmt: skip

DAILY_TESTS = {
    "neutrophils": Daily.NEUTROPHILS_1E9_PER_L, "platelets": Daily.PLATELETS_1E9_PER_L,
    "haemoglobin": Daily.HAEMOGLOBIN_G_PER_DL, "lymphocytes": Daily.LYMPHOCYTES_1E9_PER_L,
    "bilirubin": Daily.BILIRUBIN_MG_PER_DL, "alt": Daily.ALT_RATIO, "creatinine": Daily.CREATININE_RATIO,
    "weight": Daily.WEIGHT_GAIN_PCT,
}  # fmt: skip
SUBSET_TESTS = {
    "cd4": Weekly.CD4, "cd8": Weekly.CD8, "cd4_naive": Weekly.NAIVE_CD4, "cd4_memory": Weekly.MEMORY_CD4,
    "treg": Weekly.REGULATORY, "b_cells": Weekly.B, "nk_cells": Weekly.NK,
    "recent_thymic_emigrants": Weekly.RECENT_EMIGRANTS,
}  # fmt: skip
_OTHER_TESTS = ("cd34", "busulfan_auc")
_LATER_TESTS = ("monocytes", "temperature")  # at the end, so that the errors of the others keep their addresses
_TESTS = (*DAILY_TESTS, *SUBSET_TESTS, *_OTHER_TESTS, *_LATER_TESTS)
_REPORTED_FROM = {
    "neutrophils": "reporting_neutrophils_from_1e9_per_l", "lymphocytes": "reporting_lymphocytes_from_1e9_per_l",
    "monocytes": "reporting_monocytes_from_1e9_per_l", "platelets": "reporting_platelets_from_1e9_per_l",
    "haemoglobin": "reporting_haemoglobin_from_g_per_dl", "cd34": "reporting_cd34_from_per_ul",
    "cd4": "reporting_cd4_from_per_ul", "cd8": "reporting_cd8_from_per_ul",
    "cd4_naive": "reporting_cd4_naive_from_per_ul", "cd4_memory": "reporting_cd4_memory_from_per_ul",
    "treg": "reporting_treg_from_per_ul", "b_cells": "reporting_b_cells_from_per_ul",
    "nk_cells": "reporting_nk_cells_from_per_ul",
    "recent_thymic_emigrants": "reporting_recent_thymic_emigrants_from_per_ul",
    "bilirubin": "reporting_bilirubin_from_mg_per_dl", "alt": "reporting_alt_from_u_per_l",
    "creatinine": "reporting_creatinine_from_mg_per_dl",
}  # fmt: skip
_REPORTED_TO = {
    "bilirubin": "reporting_bilirubin_to_mg_per_dl", "alt": "reporting_alt_to_u_per_l",
    "creatinine": "reporting_creatinine_to_mg_per_dl",
}  # fmt: skip
_SHARE_OF_ERROR = np.array([0.1 if test in {"weight", "temperature"} else 1.0 for test in _TESTS])  # scales are exact


def observe_labs(trial: Observed) -> pl.DataFrame:
    """Return the laboratory table of a range of patients."""
    course, follow_up, roster = trial.course, trial.follow_up, trial.roster
    parts = [_daily(course), _subsets(trial), _cd34(course), _busulfan(course), _temperature(course)]
    patient, day, test, value = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    factor = np.empty(len(value))
    fill_error(course.seed, course.first, patient, day.astype(np.int64), test, _cv(course), factor)
    kept = (day <= follow_up.end_day[patient]) & np.isfinite(value) & (course.enrolled["clock"] >= 0)[patient]
    patient, day, test, value = patient[kept], day[kept], test[kept], (value * factor)[kept]
    order = _in_order(patient, day.astype(np.int64), test)
    patient, day, test, value = patient[order], day[order], test[order], value[order]
    low, high = reporting_limits(course)
    low, high = low[test, patient], high[test, patient]
    return table(
        "labs",
        roster,
        patient,
        {
            "date": roster.dates(patient, day),
            "test": coded(_TESTS, test),
            "value": _rounded(np.clip(value, low, high)),
            "comparator": coded(COMPARATORS, np.select([value < low, value > high], [0.0, 1.0], np.nan)),
            "unit": coded([next(iter(UNITS[name])) for name in _TESTS], test),
        },
    )


def _in_order(patient: Ints, day: Ints, test: Ints) -> Ints:
    """Return the order by patient, day and test, shape (rows,).

    Every part of the table is in this order already, so one key and a sort that uses runs is many times faster.
    """
    first = day.min(initial=0)
    days = int(day.max(initial=0) - first) + 1
    return np.argsort((patient * days + (day - first)) * len(_TESTS) + test, kind="stable")


def reporting_limits(course: Course) -> tuple[Floats, Floats]:
    """Return the lowest and the highest result a laboratory reports as a number, each of shape (tests, patients)."""
    low, high = np.zeros((len(_TESTS), len(course))), np.full((len(_TESTS), len(course)), np.inf)
    for limits, names in ((low, _REPORTED_FROM), (high, _REPORTED_TO)):
        for test, name in names.items():
            limits[_TESTS.index(test)] = course.records[name]
    return low, high


@kernel
def fill_error(seed: int, first: int, patient: Ints, day: Ints, test: Ints, cv: Floats, out: Floats) -> None:
    """Write the factor by which each result is off, shape (rows,)."""
    for i in range(patient.shape[0]):
        spread = cv[patient[i]] * _SHARE_OF_ERROR[test[i]]
        out[i] = np.exp(spread * normal(seed, first + patient[i], _LABS, day[i], test[i]))


def subset_weeks(records: Records) -> Ints:
    """Return the weeks after reinfusion with lymphocyte subsets: monthly at first, ever rarer later."""
    months: list[float] = []
    if len(records) == 0:
        return np.zeros(0, np.int64)  # a trial of nobody, which compiles the model
    for step, name in _SUBSET_MONTHS.items():
        begin = 3.0 * (months[-1] // 3.0) if months else 0.0  # a whole quarter
        months += list(np.arange(begin + step, float(records[name][0]) + 0.5, step))
    return np.unique(np.round(np.array(months) * 52.0 / 12.0).astype(np.int64))


def _of(course: Course, name: str) -> Floats:
    """Return a parameter of each patient, to compare with days; shape (patients, 1)."""
    return np.asarray(course.records[name][:, None])


def _cv(course: Course) -> Floats:
    return course.records["observation_laboratory_cv_pct"] / 100.0


def _rounded(value: Floats) -> Floats:
    """Round to three significant digits, as laboratories print."""
    scale = 10.0 ** (2 - np.floor(np.log10(np.maximum(value, 1e-12))))
    return np.where(value > 0.0, np.round(value * scale) / scale, 0.0)


def _daily(course: Course) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Return blood counts and chemistry: patient, day since enrolment, test, value."""
    clock = np.arange(course.daily.shape[1])
    transplant = course.result["transplant_day"][:, None]
    since = clock - np.where(np.isnan(transplant), np.inf, transplant)
    before = (clock >= _FIRST_COUNT_DAY) & (
        clock <= course.result["last_apheresis_day"][:, None] + _of(course, "observation_harvest_margin_days")
    )
    daily_until = _of(course, "observation_daily_samples_until_days")
    in_hospital = (clock >= course.result["conditioning_start_day"][:, None] - 1) & (since <= daily_until)
    weekly = np.isfinite(since) & (np.where(np.isfinite(since), since, 0.0) % 7 == 0)
    later = (since > daily_until) & (since <= _of(course, "observation_weekly_samples_until_days")) & weekly
    patient, at = np.nonzero(before | in_hospital | later)
    values = course.daily[patient[:, None], at[:, None], [int(column) for column in DAILY_TESTS.values()]]
    names = list(DAILY_TESTS)
    usual_alt = course.records["observation_alt_baseline_share_of_limit"] * USUAL_LIMITS.alt_u_per_l
    values[:, names.index("alt")] *= usual_alt[patient]
    values[:, names.index("creatinine")] *= course.records["observation_creatinine_baseline_mg_per_dl"][patient]
    weight = course.records["patient_weight_kg"][patient]
    values[:, names.index("weight")] = weight * (1.0 + values[:, names.index("weight")] / 100.0)
    count = len(names)
    day = np.repeat(np.floor(course.lead_days) + at, count)
    return np.repeat(patient, count), day, np.tile(np.arange(count), len(patient)), values.ravel()


def _subsets(trial: Observed) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Return lymphocyte subsets and monocytes before mobilisation and at set weeks after reinfusion."""
    course, follow_up = trial.course, trial.follow_up
    weeks = subset_weeks(course.records)
    weeks = weeks[weeks < course.lymphocytes.shape[1]]
    who = np.flatnonzero(follow_up.transplanted)
    columns = [*SUBSET_TESTS.values(), Weekly.MONOCYTES]
    test = np.array([_TESTS.index(name) for name in (*SUBSET_TESTS, "monocytes")])
    which = np.array([int(column) for column in columns])
    values = course.lymphocytes[np.ix_(who, weeks, which)]
    everyone = np.arange(len(course))
    before = np.empty((len(course), len(Weekly)))
    fill_at_rest(course.records, before)
    values = np.concatenate([before[:, which], values.reshape(-1, len(columns))])
    values[:, -1] /= 1000.0  # monocytes are reported in 1e9/L
    day = np.concatenate([follow_up.baseline_day, (follow_up.anchor_day[who][:, None] + 7.0 * weeks).ravel()])
    patient = np.concatenate([everyone, np.repeat(who, len(weeks))])
    return np.repeat(patient, len(test)), np.repeat(day, len(test)), np.tile(test, len(day)), values.ravel()


@kernel
def fill_at_rest(records: Records, out: Floats) -> None:
    """Write the weekly columns as they are before any treatment, shape (patients, len(Weekly))."""
    for i in range(out.shape[0]):
        blood = lymphocytes_at_rest(records[i])
        for column in range(len(blood)):
            out[i, column] = blood[column]
        out[i, Weekly.CD4], out[i, Weekly.LYMPHOCYTES] = cd4_per_ul(blood), lymphocytes_per_ul(blood)


def _cd34(course: Course) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Return CD34+ cells in blood, daily from three days before the first apheresis to the last."""
    clock = np.arange(course.daily.shape[1])
    first, last = course.result["first_apheresis_day"][:, None], course.result["last_apheresis_day"][:, None]
    patient, at = np.nonzero((clock >= first - _of(course, "observation_harvest_margin_days")) & (clock <= last))
    test = np.full(len(patient), _TESTS.index("cd34"))
    return patient, np.floor(course.lead_days) + at, test, course.daily[patient, at, int(Daily.CD34_PER_UL)]


def _busulfan(course: Course) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Return the cumulative busulfan exposure, dated to the day of reinfusion."""
    given = np.flatnonzero((course.result["transplanted"] > 0.5) & (course.result["busulfan_auc_mg_h_per_l"] > 0.0))
    day = np.floor(course.lead_days + course.result["transplant_day"][given])
    return (
        given,
        day,
        np.full(len(given), _TESTS.index("busulfan_auc")),
        course.result["busulfan_auc_mg_h_per_l"][given],
    )


def _temperature(course: Course) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Return the morning temperature of every day from conditioning to discharge, or as long as daily samples go on."""
    clock, result = np.arange(course.daily.shape[1]), course.result
    last = result["transplant_day"][:, None] + _of(course, "observation_daily_samples_until_days")
    home = np.where(np.isnan(result["discharge_day"]), np.inf, result["discharge_day"])[:, None]
    patient, at = np.nonzero((clock >= result["conditioning_start_day"][:, None]) & (clock <= np.minimum(last, home)))
    test = np.full(len(patient), _TESTS.index("temperature"))
    return patient, np.floor(course.lead_days) + at, test, course.daily[patient, at, int(Daily.TEMPERATURE_C)]
