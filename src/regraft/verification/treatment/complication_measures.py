"""What a study counts of complications, transfusions and deaths: one number per transplanted person from courses.

Days count from reinfusion. A person who dies without an event counts as without it, as in a crude share.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from regraft.clinical.complications import Complication, DeathCause
from regraft.core.arrays import Flags, Floats
from regraft.core.units import DAYS_PER_YEAR
from regraft.physiology.signs import Daily
from regraft.physiology.world import Episode
from regraft.verification.treatment.courses import Courses

Numbers = Mapping[str, Any]
_FOLLOWED_DAYS = 100.0


def _transplanted(courses: Courses, values: Floats) -> Floats:
    return np.where(courses.result["transplanted"] > 0, values, np.nan)


def _followed_years(courses: Courses, years: float) -> Floats:
    """Return years lived to a horizon, shape (people,); a late effect may have ended them sooner."""
    died = np.fmin(courses.result["death_day"], courses.result["late_death_day"]) - courses.result["transplant_day"]
    return np.where(np.isfinite(died), np.minimum(died / DAYS_PER_YEAR, years), years)


def events_in_time(courses: Courses, how: Numbers) -> Flags:
    """Return which rows of the events are one of `names`, of `grade` or more, beginning in time, and lived to see."""
    codes = [float(Complication[name.upper()]) for name in how["names"]]
    first = courses.events[:, :, Episode.FIRST_DAY]
    died = np.fmin(courses.result["death_day"], courses.result["late_death_day"]) - courses.result["transplant_day"]
    end = np.fmin(np.nan_to_num(died, nan=np.inf), float(how.get("until_day", _FOLLOWED_DAYS)))
    known = np.isin(courses.events[:, :, Episode.CODE], codes) & (first <= end[:, None])
    known &= first >= float(how.get("from_day", -np.inf))
    return np.asarray(known & (courses.events[:, :, Episode.GRADE] >= float(how.get("grade", 0.0))))


def event(courses: Courses, how: Numbers) -> Floats:
    """Return whether a complication came (1 or 0)."""
    return _transplanted(courses, np.where(events_in_time(courses, how).any(axis=1), 1.0, 0.0))


def event_day(courses: Courses, how: Numbers) -> Floats:
    """Return the day (with `in_months`, the month) of the first such complication; not a number without one."""
    days = np.where(events_in_time(courses, how), courses.events[:, :, Episode.FIRST_DAY], np.inf).min(axis=1)
    return np.where(np.isfinite(days), days, np.nan) / (DAYS_PER_YEAR / 12.0 if how.get("in_months") else 1.0)


def event_rate(courses: Courses, how: Numbers) -> Floats:
    """Return events, times `per`, and years at risk between two days, shape (people, 2)."""
    begin, end = float(how["from_day"]) / DAYS_PER_YEAR, float(how["until_day"]) / DAYS_PER_YEAR
    years = np.maximum(_followed_years(courses, end) - begin, 0.0)
    counted = events_in_time(courses, how).sum(axis=1) * float(how.get("per", 1.0))
    if how.get("once"):  # at risk until the first
        first = np.where(events_in_time(courses, how), courses.events[:, :, Episode.FIRST_DAY], np.inf).min(axis=1)
        years, counted = (
            np.minimum(years, np.maximum(first / DAYS_PER_YEAR - begin, 0.0)),
            np.minimum(counted, how["per"]),
        )
    return np.column_stack([_transplanted(courses, counted), _transplanted(courses, years)])


def killed(courses: Courses, how: Numbers) -> Floats:
    """Return whether those with a complication died of a cause to day 100 (1 or 0)."""
    had = events_in_time(courses, how).any(axis=1)
    dead = courses.result["death_cause"] == float(DeathCause[how["cause"].upper()])
    return _transplanted(courses, np.where(had, dead * 1.0, np.nan))


def transfused(courses: Courses, how: Numbers) -> Floats:
    """Return the number of transfusions of platelets or red cells; with `any`, whether one was given (1 or 0).

    Counted from reinfusion on; red cells in units.
    """
    column = Daily.PLATELETS_TRANSFUSED if how["what"] == "platelets" else Daily.RED_CELLS_TRANSFUSED
    given = np.nansum(courses.after_graft[:, :, column], axis=1)
    return _transplanted(courses, (given > 0.0) * 1.0 if how.get("any") else given)


def cycles_returned(courses: Courses, how: Numbers) -> Floats:
    """Return whether cycles came back (1 or 0), in women of an age who live on day 100."""
    records, ages = courses.cohort.records, courses.cohort.age_years
    women = (records["patient_is_female"] > 0.5) & (ages >= how.get("from_age", 0.0)) & (ages < how.get("to_age", 51.0))
    women &= ~np.isfinite(courses.result["death_day"])
    lost = events_in_time(courses, {"names": ["premature_menopause", "amenorrhoea"], "until_day": 400.0})
    return _transplanted(courses, np.where(women, 1.0 - lost.any(axis=1), np.nan))


def months_without_cycles(courses: Courses, _: Numbers) -> Floats:
    """Return the months from reinfusion to the return of cycles, of women in whom they stopped and returned."""
    pause = events_in_time(courses, {"names": ["passing_amenorrhoea"], "until_day": 400.0})
    end = np.where(pause, courses.events[:, :, Episode.LAST_DAY], -np.inf).max(axis=1)
    return _transplanted(courses, np.where(np.isfinite(end), end, np.nan) / (DAYS_PER_YEAR / 12.0))


COMPLICATIONS: Mapping[str, Callable[[Courses, Numbers], Floats]] = {
    "event": event,
    "event day": event_day,
    "event rate": event_rate,
    "killed": killed,
    "transfused": transfused,
    "cycles returned": cycles_returned,
    "months without cycles": months_without_cycles,
}
