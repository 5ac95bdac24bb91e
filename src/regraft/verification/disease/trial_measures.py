"""What trials and registries of drugs read: confirmed change either way, scans, what one year foretells of the next."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regraft.core.arrays import Floats
from regraft.core.units import WEEKS_PER_YEAR
from regraft.disease.layout import Weekly
from regraft.verification.disease.choosing import SEEN_GRADES, Pool
from regraft.verification.disease.course_measures import arm, milestone_years
from regraft.verification.disease.people import Followed

Numbers = Mapping[str, Any]
_OFF_BY = 1e-9


def yearly_change(pool: Pool, how: Numbers) -> Floats:
    """Return whether the EDSS fell (`down_by`) or rose (`up_by`) from one yearly visit to the next, per interval.

    In routine care another neurologist sees the person a year later.
    """
    people = arm(pool, how)
    change = (people.rated(rater=1)[:, 1:] - people.rated()[:, :-1]).ravel()
    if "down_by" in how:
        return np.asarray(change <= -how["down_by"] + _OFF_BY, float)
    return np.asarray(change >= how["up_by"] - _OFF_BY, float)


def ever_lower(pool: Pool, how: Numbers) -> Floats:
    """Return whether the EDSS was lower at one of the first two yearly visits than at entry, primary progressive MS."""
    people = arm(pool, how)
    lower = np.asarray(np.any(people.rated(rater=1)[:, 1:3] < people.rated()[:, :1], axis=1))
    return lower[people.records["patient_is_primary_progressive"] > 0.5].astype(float)


def confirmed_change(pool: Pool, how: Numbers) -> Floats:
    """Return whether the EDSS changed from entry by a confirmed step within the years given.

    `step` (negative: improvement) counts up to a baseline of 5.5, half a point (`step_above`, else `step`) above;
    `confirm_weeks` of visits `every_weeks` must all show it. `baseline_edss` are the limits of the EDSS at entry,
    `relapses_before` and `gd` the least relapses of the year before and enhancing lesions; others are left out.
    """
    people = arm(pool, how)
    weeks = people.stride * np.arange(people.rows.shape[1])
    looks = np.flatnonzero(weeks % how["every_weeks"] < people.stride)
    edss = people.rated()[:, looks]
    aim = np.where(edss[:, :1] > 5.5, np.sign(how["step"]) * how.get("step_above", abs(how["step"])), how["step"])
    changed = np.asarray((edss - edss[:, :1]) * np.sign(aim) >= np.abs(aim) - _OFF_BY)
    ahead = round(how["confirm_weeks"] / how["every_weeks"])
    held = _for_visits(changed, ahead)
    due = weeks[looks][: held.shape[1]]
    within = (due > 0) & (due <= how["years"] * WEEKS_PER_YEAR + people.stride)
    ever = np.asarray(held[:, within].any(axis=1))
    return ever[_eligible(people, how)].astype(float)


def _for_visits(shown: Any, ahead: int) -> NDArray[np.bool_]:
    """Return where a change is shown at a visit and the `ahead` next ones, shape (people, visits - ahead)."""
    held = np.stack([shown[:, k : shown.shape[1] - ahead + k] for k in range(ahead + 1)])
    return np.asarray(held.all(axis=0), dtype=bool)


def _eligible(people: Followed, how: Numbers) -> NDArray[np.bool_]:
    """Return whom a row is about, by what they were at entry."""
    low, high = how.get("baseline_edss", (0.0, 10.0))
    edss = people.rated()[:, 0]
    before, lesions = people.relapses_in(-1.0, 0.0), people.column(Weekly.GD_ACTIVE)[:, 0]
    active = (before >= how.get("relapses_before", 0)) & (lesions >= how.get("gd", 0))
    at_most = before <= how.get("relapses_before_at_most", 1000)
    return np.asarray((edss >= low) & (edss <= high) & active & at_most)


def change(pool: Pool, how: Numbers) -> Floats:
    """Return the change of the rated EDSS from entry after so many years."""
    people = arm(pool, how)
    edss = people.rated()
    return np.asarray(edss[:, _at(people, how["years"])] - edss[:, 0])


def _at(people: Followed, years: float) -> int:
    return int(np.argmin(np.abs(people.years - years)))


def counted_lesions(pool: Pool, how: Numbers) -> Floats:
    """Return new lesions counted on scans at the weeks given, all together; `none` makes it a yes or no."""
    people = arm(pool, how)
    looks = np.array([_at(people, week / WEEKS_PER_YEAR) for week in (how.get("from_week", 0), *how["weeks"])])
    total = people.new_lesions(looks).sum(axis=1)
    if how.get("none"):
        total = (total == 0).astype(float)
    return (total / how.get("divide", 1.0))[_eligible(people, how)]


def enhancing(pool: Pool, how: Numbers) -> Floats:
    """Return enhancing lesions on scans at the years given, their mean; `none` and `some` make it a yes or no."""
    people = arm(pool, how)
    seen = people.column(Weekly.GD_ACTIVE)[:, [_at(people, years) for years in how["years"]]]
    if how.get("none"):
        found = (seen == 0).all(axis=1).astype(float)
    elif how.get("some"):
        found = (seen > 0).any(axis=1).astype(float)
    else:
        found = seen.mean(axis=1)
    return found[_eligible(people, how)]


def relapsed(pool: Pool, how: Numbers) -> Floats:
    """Return whether a relapse that an examination shows came between two times from entry; `free` turns it round.

    `least_grades` is 0 where a registry takes relapses as reported.
    """
    people = arm(pool, how)
    some = people.relapses_in(how["start"], how["end"], how.get("least_grades", SEEN_GRADES)) > 0
    return (~some if how.get("free") else some)[_eligible(people, how)].astype(float)


def relapses_a_year(pool: Pool, how: Numbers) -> Floats:
    """Return relapses that an examination shows and years between two times; `against` gives a reference period.

    `relapsed_in` leaves those in who had a relapse between two earlier times; `least_grades` is 0 where a registry
    takes relapses as reported.
    """
    people = arm(pool, how)
    count = people.relapses_in(how["start"], how["end"], how.get("least_grades", SEEN_GRADES)).astype(float)
    whole = np.full(len(people), how["end"] - how["start"])
    if "against" in how:
        first, last = how["against"]
        whole = people.relapses_in(first, last, SEEN_GRADES) * (how["end"] - how["start"]) / (last - first)
    who = _eligible(people, how)
    if "relapsed_in" in how:
        first, last = how["relapsed_in"]
        who &= people.relapses_in(first, last, SEEN_GRADES) > 0
    return np.stack([count, whole], axis=1)[who]


def no_activity_on_scans(pool: Pool, how: Numbers) -> Floats:
    """Return whether no scan at the weeks given shows activity, and neither relapse nor confirmed worsening came.

    Counted from the week `from_week`; `only` leaves one of "scans", "relapses".
    """
    people = arm(pool, how)
    start, end = how.get("from_week", 0) / WEEKS_PER_YEAR, how["weeks"][-1] / WEEKS_PER_YEAR
    everybody = {"of": "", "arm": how["arm"], "weeks": how["weeks"], "from_week": how.get("from_week", 0)}
    quiet = counted_lesions(pool, {**everybody, "none": True}) == 1.0
    for week in how["weeks"]:
        quiet &= people.column(Weekly.GD_ACTIVE)[:, _at(people, week / WEEKS_PER_YEAR)] == 0
    if how.get("only") != "scans":
        quiet &= people.relapses_in(start, end, SEEN_GRADES) == 0
        rule = {**everybody, "step": 1.0, "step_above": 0.5, "confirm_weeks": 24, "every_weeks": 12, "years": end}
        quiet &= confirmed_change(pool, rule) != 1.0
    return quiet[_eligible(people, how)].astype(float)


def after_first_year(pool: Pool, how: Numbers) -> Floats:
    """Return whether the EDSS worsened for half a year in the years after the first, by a score of the first year.

    One point for one relapse, two for more, one for more than five new lesions (modified Rio score); people of another
    score than `score` are left out.
    """
    people = arm(pool, how)
    relapses = people.relapses_in(0.0, 1.0, SEEN_GRADES)
    looks = np.array([0, _at(people, 1.0)])
    points = np.minimum(relapses, 2) + (people.new_lesions(looks)[:, 1] > 5)
    low, high = how["score"]
    edss = people.rated()[:, looks[1] : _at(people, 1.0 + how["years"]) + 1]
    aim = np.where(edss[:, :1] > 5.5, 0.5, 1.0)
    ahead = round(26 / people.stride)
    worse = edss - edss[:, :1] >= aim - _OFF_BY
    worsened = np.asarray(_for_visits(worse, ahead).any(axis=1))
    return worsened[(points >= low) & (points <= high)].astype(float)


def activity_then_activity(pool: Pool, how: Numbers) -> Floats:
    """Return whether relapses came between two times, and whether one had come in the period before, for their odds."""
    people = arm(pool, how)
    (start, middle), (again, end) = how["before"], how["after"]
    before = people.relapses_in(start, middle, SEEN_GRADES) > 0
    after = people.relapses_in(again, end, SEEN_GRADES) > 0
    return np.stack([after, before], axis=1).astype(float)


def from_to(pool: Pool, how: Numbers) -> Floats:
    """Return years from one EDSS milestone to another, of those who came to the first within `within_years`."""
    first = milestone_years(pool, {**how, "edss": how["from"]})
    last = milestone_years(pool, {**how, "edss": how["to"]})
    there = first <= how["within_years"]
    return np.where(np.isfinite(last[there]), last[there] - first[there], np.inf)


def reached(pool: Pool, how: Numbers) -> Floats:
    """Return whether an EDSS milestone came within so many years."""
    return (milestone_years(pool, how) <= how["years"]).astype(float)


def same_grade(pool: Pool, how: Numbers) -> Floats:
    """Return whether two raters agree on the grade of one system to `within`, for EDSS scores between two limits."""
    people = arm(pool, how)
    low, high = how["edss"]
    first, second = people.grades()[:, how["system"]], people.grades(rater=1)[:, how["system"]]
    edss = people.rated()[:, 0]
    return (np.abs(first - second) <= how["within"])[(edss >= low) & (edss <= high)].astype(float)


def scans_enhancing(pool: Pool, how: Numbers) -> Floats:
    """Return of lesions seen on one scan whether none is left on the scan `after_weeks` later (`still`: is)."""
    scans = arm(pool, how).scans_of_a_lesion(how["every_weeks"])
    later = 1 + how["after_weeks"] // how["every_weeks"]
    left = scans >= later
    return (left if how.get("still") else ~left)[scans >= 1].astype(float)


def female_to_male(pool: Pool, how: Numbers) -> Floats:
    """Return relapses, years, and whether the person is a woman, for the ratio of their rates."""
    people = arm(pool, how)
    count = people.relapses_in(how["start"], how["end"]).astype(float)
    years = np.full(len(people), how["end"] - how["start"])
    return np.stack([count, years, people.records["patient_is_female"]], axis=1)


def slope(pool: Pool, how: Numbers) -> Floats:
    """Return the rise of the rated EDSS a year between entry and so many years later."""
    people = arm(pool, how)
    edss = people.rated()
    return np.asarray((edss[:, _at(people, how["years"])] - edss[:, 0]) / how["years"])


def recovery_days(pool: Pool, how: Numbers) -> Floats:
    """Return days from an attack to the first 12-weekly visit at which the EDSS is back, of those with a rise.

    `within` makes it a yes or no among those who are back within a year and a half; `ever` among all.
    """
    people = pool.people
    edss = people.rated()
    every, found = 12, []
    for i in range(len(people)):
        onsets = people.relapses[i, : people.counts[i], 0] - people.entry[i]
        alone = np.diff(onsets, append=np.inf) > 52
        for k, week in enumerate(onsets.astype(int)):
            if not alone[k] or week < 13 or week + 80 >= edss.shape[1]:
                continue
            before, visits = edss[i, week - 4], np.arange(week + 1 + (i % every), week + 79, every)
            if edss[i, visits[0]] - before < 0.5:
                continue
            back = visits[edss[i, visits] <= before]
            found.append(7.0 * (back[0] - week) if back.size else np.inf)
    days = np.array(found)
    if "ever" in how:
        return np.isfinite(days).astype(float)
    days = days[np.isfinite(days)]
    return (days <= how["within"]).astype(float) if "within" in how else days


MEASURES: dict[str, Callable[[Pool, Numbers], Floats]] = {
    "yearly-change": yearly_change,
    "ever-lower": ever_lower,
    "confirmed-change": confirmed_change,
    "change": change,
    "counted-lesions": counted_lesions,
    "enhancing": enhancing,
    "relapsed": relapsed,
    "relapses-a-year": relapses_a_year,
    "no-activity-on-scans": no_activity_on_scans,
    "after-first-year": after_first_year,
    "activity-then-activity": activity_then_activity,
    "from-to": from_to,
    "reached": reached,
    "same-grade": same_grade,
    "scans-enhancing": scans_enhancing,
    "female-to-male": female_to_male,
    "slope": slope,
    "recovery-days": recovery_days,
}
