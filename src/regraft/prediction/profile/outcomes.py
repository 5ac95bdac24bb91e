"""What became of each simulated person within the horizon, read from the latent course: true or false a person.

Everything counts from the day the person was found, whatever the arm. The EDSS of entry is the one a rater gave; what
comes after is the error-free one, so a rater's error at entry can look like a change and is counted apart.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from regraft.clinical.complications import DESCRIPTIONS, Complication
from regraft.clinical.systems import FUNCTIONAL_SYSTEMS
from regraft.core.arrays import Flags
from regraft.core.units import WEEKS_PER_YEAR
from regraft.course.course import Course
from regraft.course.death import DIED_OF_TREATMENT
from regraft.disease.layout import Attack, Weekly
from regraft.endpoints.definition import Definition
from regraft.physiology.world import Episode

LASTING_WEEKS = 24
LEAST_IMPROVABLE = 2.0  # as the definition set `consensus` asks; no definition is loaded here
_SERIOUS = [int(code) for code, description in DESCRIPTIONS.items() if description.serious]
_OVARIAN_FAILURE = [int(Complication.PREMATURE_MENOPAUSE), int(Complication.AMENORRHOEA)]
_GRADE_4 = 4.0
_BY_INFLAMMATION = tuple(f"disability_inflammation_{system}" for system in FUNCTIONAL_SYSTEMS)


def outcomes(course: Course, years: float, definition: Definition) -> dict[str, Flags]:
    """Return every outcome of every person of one arm, shape (people,) each.

    Parameters
    ----------
    course : Course
        Latent courses, enrolled on the day the horizon starts.
    years : float
        The horizon.
    definition : Definition
        Which steps of the EDSS count.
    """
    weeks = round(years * WEEKS_PER_YEAR)
    died = np.asarray(course.enrolled["death_day"] <= 7.0 * weeks)
    last = course.weeks[:, weeks - LASTING_WEEKS : weeks + 1]
    entry, edss = course.enrolled["edss"], last[:, :, Weekly.TRUE_EDSS]
    step, rules = np.floor(2.0 * entry + 0.5) / 2.0, definition.confirmed_worsening(LASTING_WEEKS)
    worse = ~died & (edss.min(axis=1) >= entry + rules.worsening.points_from(step))
    level = entry - rules.improvement.points_from(step)
    better = ~died & (entry >= LEAST_IMPROVABLE) & (edss.max(axis=1) <= level)
    found = {
        "relapse_free": ~died & (_relapses(course, weeks) == 0),
        "better": better,
        "same": ~died & ~better & ~worse,
        "worse": worse,
        "died": died,
        "died_of_treatment": died & (course.enrolled["death_cause"] == DIED_OF_TREATMENT),
        "transplanted": np.asarray(course.result["transplanted"] > 0.5),
        "serious_harm": _harm(course, weeks, _is_serious)
        | (died & (course.enrolled["death_cause"] == DIED_OF_TREATMENT)),
        "infertile": _harm(course, weeks, _is_ovarian_failure),
    }
    return found | _causes(course, better, level, weeks) | _systems(course, died, last)


def _relapses(course: Course, weeks: int) -> NDArray[np.int64]:
    """Count the relapses within the horizon that a blinded examiner would confirm."""
    first = (course.weeks_since_onset + 1.0)[:, np.newaxis]
    onset = course.relapses[:, :, Attack.ONSET_WEEK]
    within = (onset >= first) & (onset < first + weeks)
    return np.asarray((within & (course.relapses[:, :, Attack.CONFIRMED] > 0.5)).sum(axis=1))


def _causes(course: Course, better: Flags, level: NDArray[np.float64], weeks: int) -> dict[str, Flags]:
    """Split those who are better: rated too high at entry, else by what gave way most, deficits or inflammation."""
    entry, end = course.weeks[:, 0], course.weeks[:, weeks]
    rated_high = better & (entry[:, Weekly.TRUE_EDSS] <= level)
    diffuse = np.sum([course.records[name] for name in _BY_INFLAMMATION], axis=0)
    recovered = entry[:, Weekly.RECOVERING_GRADES] - end[:, Weekly.RECOVERING_GRADES]
    receded = diffuse * (entry[:, Weekly.INFLAMMATION] - end[:, Weekly.INFLAMMATION])
    by_recovery = better & ~rated_high & (recovered >= receded)
    return {
        "better_by_rating": rated_high,
        "better_by_recovery": by_recovery,
        "better_by_inflammation": better & ~rated_high & ~by_recovery,
    }


def _systems(course: Course, died: Flags, last: NDArray[np.float64]) -> dict[str, Flags]:
    """Return whether each system is a grade better through the last weeks; converted grades, no rater's error."""
    found = {}
    for index, system in enumerate(FUNCTIONAL_SYSTEMS):
        entry, later = np.floor(course.weeks[:, 0, index] + 0.5), np.floor(last[:, :, index] + 0.5)
        found[f"better_{system}"] = ~died & (later.max(axis=1) <= entry - 1.0)
    return found


def _harm(course: Course, weeks: int, counts: Callable[[NDArray[np.float64], NDArray[np.float64]], Flags]) -> Flags:
    """Return who had an event that counts before the end of the horizon and before death."""
    day = course.lead_days + course.events[:, :, Episode.FIRST_DAY]
    end = np.fmin(course.enrolled["death_day"], 7.0 * weeks)[:, np.newaxis]
    return np.asarray(
        (counts(course.events[:, :, Episode.CODE], course.events[:, :, Episode.GRADE]) & (day <= end)).any(axis=1)
    )


def _is_serious(code: NDArray[np.float64], grade: NDArray[np.float64]) -> Flags:
    return np.asarray(np.isin(code, _SERIOUS) | (grade >= _GRADE_4))


def _is_ovarian_failure(code: NDArray[np.float64], _grade: NDArray[np.float64]) -> Flags:
    return np.asarray(np.isin(code, _OVARIAN_FAILURE))
