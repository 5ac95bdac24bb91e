"""What a study reads from a person: one number per person from courses, by the measure an observable names.

A measure is a name and its numbers, as `{ of = "daily", column = "cd34_per_ul", day = 4.5 }`. Not a number means that
the study could not have measured this person; infinite, that the event never came.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from regraft.clinical.complications import DeathCause
from regraft.clinical.engraftment import EngraftmentRule, Recovery, recovery_day
from regraft.clinical.sos import (
    ALT,
    ASCITES,
    BILIRUBIN,
    COLUMNS,
    CREATININE,
    HEPATOMEGALY,
    PAINFUL,
    WEIGHT_GAIN,
    sos_of_days,
)
from regraft.core.arrays import Floats
from regraft.core.errors import SettingsProblem, nearest
from regraft.core.units import WEEKS_PER_YEAR
from regraft.physiology.platelets import platelet_life_days
from regraft.physiology.signs import Daily
from regraft.treatment.reconstitute import Weekly
from regraft.verification.treatment.complication_measures import COMPLICATIONS
from regraft.verification.treatment.courses import Courses

Numbers = Mapping[str, Any]
_MICROMOLAR_MINUTES_PER_MG_H_PER_L = 243.6  # molar mass of busulfan 246.3 g/mol
_GAP, _WAIT = 3, 101  # counts are daily; a study tells a day however long the nadir was


def measure(courses: Courses, how: Numbers) -> Floats:
    """Return one number per person, shape (people,), or (people, 2) for a pair.

    Raises
    ------
    SettingsProblem
        A measure of an unknown name.
    """
    kind = how["of"]
    if kind not in MEASURES:
        raise SettingsProblem("measure", "of", kind, "no such measure", nearest(kind, MEASURES))
    return MEASURES[kind](courses, how)


def _column(table: Floats, name: str) -> Floats:
    """Return a column of the daily table, shape (people, days); `leukocytes` is the sum of all white cells."""
    if name != "leukocytes_1e9_per_l":
        return table[:, :, Daily[name.upper()]]
    parts = (Daily.NEUTROPHILS_1E9_PER_L, Daily.LYMPHOCYTES_1E9_PER_L, Daily.MONOCYTES_1E9_PER_L)
    return np.asarray(sum(table[:, :, part] for part in parts))


def _daily(courses: Courses, how: Numbers) -> Floats:
    """A column on a day of the mobilisation clock, or from reinfusion; between two mornings by a straight line."""
    table = courses.after_graft if how.get("after_graft") else courses.daily
    counts, day = _column(table, how["column"]), float(how["day"])
    before = int(day)
    share = day - before
    return counts[:, before] if share == 0.0 else (1.0 - share) * counts[:, before] + share * counts[:, before + 1]


def _lowest(courses: Courses, how: Numbers) -> Floats:
    """Return the lowest count of the mobilisation days asked for."""
    return np.nanmin(_column(courses.daily, how["column"])[:, : how["days"]], axis=1)


def _day_of_lowest(courses: Courses, how: Numbers) -> Floats:
    """Return the day of the lowest count of the mobilisation days asked for."""
    return np.nanargmin(_column(courses.daily, how["column"])[:, : how["days"]], axis=1).astype(float)


def _first_session(courses: Courses, how: Numbers) -> Floats:
    """Return a column on the day of the first apheresis; with `fold`, as a multiple of day 0."""
    counts, day = _column(courses.daily, how["column"]), courses.result["first_apheresis_day"]
    known = np.isfinite(day)
    value = np.full(day.shape, np.nan)
    value[known] = counts[known, day[known].astype(int)]
    return value / counts[:, 0] if how.get("fold") else value


def _session_and_age(courses: Courses, how: Numbers) -> Floats:
    """Return the logarithm of a count on the day of the first apheresis, and age: for a correlation."""
    return np.column_stack([np.log10(_first_session(courses, how)), courses.cohort.age_years])


def _result(courses: Courses, how: Numbers) -> Floats:
    """Return a single number of the course times a factor; only of those transplanted."""
    value = courses.result[how["field"]] * float(how.get("times", 1.0))
    return np.where(courses.result["transplanted"] > 0, value, np.nan) if how.get("transplanted", True) else value


def _busulfan_dose_auc(courses: Courses, how: Numbers) -> Floats:
    """Return the mean exposure of one dose [uM*min]; with `below`, whether it is below that (1 or 0)."""
    auc = _MICROMOLAR_MINUTES_PER_MG_H_PER_L * courses.result["busulfan_auc_mg_h_per_l"] / float(how["doses"])
    return (auc < how["below"]) * 1.0 if "below" in how else auc


def _busulfan_level(courses: Courses, how: Numbers) -> Floats:
    """Return the steady level [ng/mL]: the exposure of one dose over the hours between two."""
    return 1000.0 * courses.result["busulfan_auc_mg_h_per_l"] / float(how["doses"]) / float(how["interval_hours"])


def _recovery(courses: Courses, how: Numbers) -> Floats:
    """Return the day a count came back: the first of `consecutive` mornings at the level; 0 if it was never below."""
    table, days = courses.after_graft, np.arange(101)
    counts = _column(table, how["column"])
    given = table[:, :, Daily.PLATELETS_TRANSFUSED]
    rule = EngraftmentRule(
        threshold_1e9_per_l=float(how["level"]),
        consecutive=int(how["consecutive"]),
        longest_gap_days=_GAP,
        longest_wait_days=_WAIT,
        transfusion_free_days=int(how.get("transfusion_free_days", 0)),
    )
    out = np.full(len(counts), np.nan)
    for i, values in enumerate(counts):
        lived = np.isfinite(values)
        if not lived.any():
            continue
        transfused = days[np.nan_to_num(given[i]) > 0.0]
        status, day = recovery_day(days[lived], values[lived], transfused, rule)
        if status == Recovery.DAY.value:
            out[i] = day
        elif status == Recovery.NEVER_BELOW.value:
            out[i] = 0.0
        elif lived[-1]:
            out[i] = np.inf
    return out


def _recovered_by(courses: Courses, how: Numbers) -> Floats:
    """Return whether a count came back by a day (1 or 0); with `later`, whether it came later or not at all."""
    days = _recovery(courses, how)
    by = np.where(np.isnan(days), np.nan, (days <= float(how["day"])) * 1.0)
    return 1.0 - by if how.get("later") else by


def _last_transfusion(courses: Courses, _: Numbers) -> Floats:
    """Return the day after the last platelet transfusion (1 if none was given) of those followed to day 100."""
    table = courses.after_graft
    given = np.nan_to_num(table[:, :, Daily.PLATELETS_TRANSFUSED]) > 0.0
    last = np.where(given.any(axis=1), table.shape[1] - 1 - given[:, ::-1].argmax(axis=1), 0)
    return np.where(np.isfinite(table[:, -1, Daily.PLATELETS_1E9_PER_L]), last + 1.0, np.nan)


def _days_below(courses: Courses, how: Numbers) -> Floats:
    """Return the number of mornings after reinfusion with a count below a level."""
    counts = _column(courses.after_graft, how["column"])[:, : int(how["days"])]
    return np.where(np.isfinite(counts[:, -1]), (counts < float(how["level"])).sum(axis=1), np.nan)


def _weekly(courses: Courses, how: Numbers) -> Floats:
    """Return lymphocytes so many months after reinfusion."""
    return _subset(courses, how["column"])[:, round(float(how["months"]) / 12.0 * WEEKS_PER_YEAR)]


def _subset(courses: Courses, name: str) -> Floats:
    table = courses.weekly
    if name == "naive_share":
        return table[:, :, Weekly.NAIVE_CD4] / table[:, :, Weekly.CD4]
    return table[:, :, Weekly[name.upper()]]


def _naive_fold(courses: Courses, how: Numbers) -> Floats:
    """Return the naive share of CD4+ cells so many months after reinfusion over the share before all treatment."""
    before = courses.cohort.records["lymphocytes_naive_fraction"]
    return _weekly(courses, {"column": "naive_share", "months": how["months"]}) / before


def _months_to_normal(courses: Courses, how: Numbers) -> Floats:
    """Return the months until a subset reaches the lower limit of a laboratory and stays there for the next week."""
    counts = _subset(courses, how["column"])
    above = (counts >= float(how["lower_limit"])) & (np.roll(counts, -1, axis=1) >= float(how["lower_limit"]))
    first = above[:, 1:-1].argmax(axis=1) + 1.0
    months = np.where(above[:, 1:-1].any(axis=1), 12.0 * first / WEEKS_PER_YEAR, np.inf)
    return np.where(np.isfinite(counts[:, 1]), months, np.nan)


def _baseline(courses: Courses, name: str) -> Floats:
    """Return a subset before all treatment, shape (people,)."""
    records = courses.cohort.records
    naive = records["lymphocytes_cd4_per_ul"] * records["lymphocytes_naive_fraction"]
    before = {
        "cd4": records["lymphocytes_cd4_per_ul"],
        "naive_cd4": naive,
        "recent_emigrants": naive * records["lymphocytes_emigrant_fraction"],
    }
    return np.asarray(before[name])


def _months_to_baseline(courses: Courses, how: Numbers) -> Floats:
    """Return the months until a subset is back at the person's own count before all treatment."""
    counts, name = _subset(courses, how["column"]), how["column"]
    above = counts[:, 4:] >= _baseline(courses, name)[:, None]
    months = np.where(above.any(axis=1), 12.0 * (4.0 + above.argmax(axis=1)) / WEEKS_PER_YEAR, np.inf)
    return np.where(np.isfinite(counts[:, 5]), months, np.nan)


def _sos(courses: Courses, how: Numbers) -> Floats:
    """Return whether criteria of sinusoidal obstruction were met (1 or 0): seattle, baltimore or ebmt2016."""
    table, records = courses.after_graft, courses.cohort.records
    signs = np.zeros((*table.shape[:2], COLUMNS))
    for column, daily in (
        (BILIRUBIN, Daily.BILIRUBIN_MG_PER_DL),
        (WEIGHT_GAIN, Daily.WEIGHT_GAIN_PCT),
        (ALT, Daily.ALT_RATIO),
        (CREATININE, Daily.CREATININE_RATIO),
    ):
        signs[:, :, column] = table[:, :, daily]
    pain = table[:, :, Daily.LIVER_PAIN] > records["observation_pain_shown_above"][:, None]
    signs[:, :, HEPATOMEGALY] = signs[:, :, PAINFUL] = pain
    signs[:, :, ASCITES] = table[:, :, Daily.ASCITES_L] > records["observation_ascites_seen_above_l"][:, None]
    days = [getattr(sos_of_days(person, 100), f"{how['criteria']}_day") for person in signs]
    treated = np.isfinite(table[:, 0, Daily.BILIRUBIN_MG_PER_DL])
    return np.where(treated, (np.array(days) >= 0) * 1.0, np.nan)


def _death_by_liver(courses: Courses, _: Numbers) -> Floats:
    """Return whether the liver was the cause of death to day 100 (1 or 0)."""
    dead = courses.result["death_cause"] == float(DeathCause.LIVER)
    return np.where(courses.result["transplanted"] > 0, dead * 1.0, np.nan)


def _died(courses: Courses, _: Numbers) -> Floats:
    """Return whether a transplanted person died to day 100 (1 or 0)."""
    return np.where(courses.result["transplanted"] > 0, np.isfinite(courses.result["death_day"]) * 1.0, np.nan)


def _peak(courses: Courses, how: Numbers) -> Floats:
    """Return the highest value of a column in days from reinfusion on; with `at_least`, whether it was reached."""
    table = courses.around_graft(int(how.get("from_day", 0)), int(how.get("until_day", 60)))
    counts = _column(table, how["column"])
    highest = np.where(np.isfinite(counts), counts, -np.inf).max(axis=1)
    seen = np.where(np.isfinite(highest), highest, np.nan)
    return np.where(np.isnan(seen), np.nan, (seen >= how["at_least"]) * 1.0) if "at_least" in how else seen


def _first_below(courses: Courses, how: Numbers) -> Floats:
    """Return the first day from reinfusion on which a column is below a level."""
    counts = _column(courses.after_graft, how["column"])
    below = counts < float(how["level"])
    return np.where(below.any(axis=1), below.argmax(axis=1).astype(float), np.inf)


def _ratio(courses: Courses, how: Numbers) -> Floats:
    """Return one number of the course over another; with `below`, whether the ratio is below that (1 or 0)."""
    ratio = courses.result[how["field"]] / courses.result[how["over"]]
    return np.where(np.isnan(ratio), np.nan, (ratio < how["below"]) * 1.0) if "below" in how else ratio


def _threshold(courses: Courses, how: Numbers) -> Floats:
    """Return whether a number of the course lies below or from a limit on (1 or 0), a missing one counted as 0."""
    value = np.nan_to_num(courses.result[how["field"]])
    return ((value < how["below"]) if "below" in how else (value >= how["at_least"])) * 1.0


def _parameter(courses: Courses, how: Numbers) -> Floats:
    """Return a number of everybody's body; with `beside`, also a number of the course: for a correlation."""
    own = np.asarray(courses.cohort.records[how["name"]], dtype=np.float64)
    return np.column_stack([own, courses.result[how["beside"]]]) if "beside" in how else own


def _platelet_life(courses: Courses, how: Numbers) -> Floats:
    """Return the mean life of a platelet [d] at everybody's own count, or at a count asked for."""
    records = courses.cohort.records
    counts = [how.get("count_1e9_per_l", record["platelets_count_1e9_per_l"]) for record in records]
    return np.array([platelet_life_days(float(count), p) for count, p in zip(counts, records, strict=True)])


MEASURES: Mapping[str, Callable[[Courses, Numbers], Floats]] = {
    "daily": _daily,
    "lowest": _lowest,
    "day of lowest": _day_of_lowest,
    "first session": _first_session,
    "session and age": _session_and_age,
    "result": _result,
    "busulfan dose auc": _busulfan_dose_auc,
    "busulfan level": _busulfan_level,
    "recovery": _recovery,
    "recovered by": _recovered_by,
    "last transfusion": _last_transfusion,
    "days below": _days_below,
    "weekly": _weekly,
    "naive fold": _naive_fold,
    "months to normal": _months_to_normal,
    "months to baseline": _months_to_baseline,
    "sos": _sos,
    "death by liver": _death_by_liver,
    "died": _died,
    "peak": _peak,
    "first below": _first_below,
    "ratio": _ratio,
    "threshold": _threshold,
    "parameter": _parameter,
    "platelet life": _platelet_life,
    **COMPLICATIONS,
}
