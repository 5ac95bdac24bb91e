"""What trials and cohorts read from a person.

Relapses and their residue, drugs against each other, what follows an ablation.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from regraft.core.arrays import Floats
from regraft.core.units import WEEKS_PER_YEAR
from regraft.disease.layout import Attack, AttackKind, Weekly
from regraft.verification.disease.choosing import SEEN_GRADES, Pool
from regraft.verification.disease.course_measures import arm, worsening_years
from regraft.verification.disease.events import first_event_years, worsening

Numbers = Mapping[str, Any]
_SCANS = (24.0, 48.0, 96.0)  # weeks of the scans of OPERA
_AFTER = (0, 2, 9, 13, 18, 26, 52)  # weeks after an attack; 0 is the end of the week of its onset
_CONFIRMING = "msprog-first-cdw-12w-fixed"


def _attacks(pool: Pool) -> Floats:
    """Return, per attack that stands alone, the EDSS before it and at each of `_AFTER`, as rated.

    Last the grades it took.
    """
    if "attacks" in pool.cache:
        return pool.cache["attacks"]
    people = pool.people
    edss = people.rated()
    after = np.array([-4, 1, *_AFTER[1:]])
    found = []
    for i in range(len(people)):
        rows = people.relapses[i, : people.counts[i]]
        kept = rows[:, Attack.KIND] != AttackKind.NO_LESION
        onsets = rows[kept][:, Attack.ONSET_WEEK] - people.entry[i]
        alone = (np.diff(onsets, prepend=-np.inf) > 17) & (np.diff(onsets, append=np.inf) > 19)
        for week, grades in zip(onsets[alone].astype(int), rows[kept][alone, Attack.SEVERITY], strict=True):
            if week >= 4 and week + 53 < edss.shape[1]:
                found.append(np.r_[edss[i, week + after], grades])
    pool.cache["attacks"] = np.array(found)
    return pool.cache["attacks"]


def attack_change(pool: Pool, how: Numbers) -> Floats:
    """Return what the EDSS is above that before the attack, `after` so many weeks; `at_least` makes it a yes or no.

    `before` are the limits of the EDSS before, `rise` the least rise of the attacks that count, `least_grades` the
    least loss in one system (a clinic does not see the mildest), `or_at` an earlier visit that counts too if it was
    better.
    """
    scores = _attacks(pool)
    scores = scores[scores[:, -1] >= how.get("least_grades", 0.0)]
    low, high = how.get("before", (0.0, 10.0))
    column = 1 + _AFTER.index(how["after"])
    chosen = (scores[:, 0] >= low) & (scores[:, 0] <= high) & (scores[:, 2] - scores[:, 0] >= how.get("rise", -10.0))
    change = scores[chosen, column] - scores[chosen, 0]
    if "or_at" in how:
        change = np.minimum(change, scores[chosen, 1 + _AFTER.index(how["or_at"])] - scores[chosen, 0])
    if "at_least" in how:
        return (change >= how["at_least"]).astype(float)
    return (change <= how["at_most"]).astype(float) if "at_most" in how else np.asarray(change)


def no_activity(pool: Pool, how: Numbers) -> Floats:
    """Return whether a person has no relapse, new lesion or 12-week worsening between two weeks of a trial.

    `baseline_gd` and `baseline_edss` choose by enhancement or score at entry; `active_before` those with activity
    before `start`; not a number for everybody else.
    """
    people = arm(pool, how)
    quiet = _quiet(pool, how, how["start"], how["end"])
    chosen = np.ones(len(people), bool)
    lesions, edss = people.column(Weekly.GD_ACTIVE)[:, 0], people.rated()[:, 0]
    if "baseline_gd" in how:
        chosen &= (lesions > 0) == how["baseline_gd"]
    if "baseline_edss" in how:
        chosen &= edss >= how["baseline_edss"]
    if how.get("active_before"):
        chosen &= ~_quiet(pool, how, 0, how["start"])
    return np.where(chosen, quiet, np.nan)


def _quiet(pool: Pool, how: Numbers, start: int, end: int) -> Any:
    people = arm(pool, how)
    relapsed = people.relapses_in(start / WEEKS_PER_YEAR, end / WEEKS_PER_YEAR, SEEN_GRADES) > 0
    scans = [start, *(week for week in _SCANS if start < week <= end)]
    new = people.new_lesions(np.array([_look(people, week) for week in scans])).sum(axis=1) > 0
    for week in _SCANS:
        if start < week <= end:
            new |= people.column(Weekly.GD_ACTIVE)[:, _look(people, week)] > 0
    looks = np.arange(start, min(end + 12, people.rows.shape[1] * people.stride - 1) + 1, 12) // people.stride
    events = worsening(people, people.rated(), _CONFIRMING, looks)
    years = first_event_years(people, events, (2, 3, 4), looks)
    return ~(relapsed | new | (years <= end / WEEKS_PER_YEAR + 0.01))


def no_activity_ratio(pool: Pool, how: Numbers) -> Floats:
    """Return whether there was no activity, in the first arm and in the second, for a ratio of shares."""
    return np.stack([no_activity(pool, {**how, "arm": name}) for name in how["arms"]], axis=1)


def _look(people: Any, week: float) -> int:
    return round(week / people.stride)


def between_arms(pool: Pool, how: Numbers) -> Floats:
    """Return events, exposure and arm (1: the first of `arms`, 0.

    The second) for a rate ratio in a trial of `weeks` weeks.
    """
    parts = []
    for indicator, name in zip((1.0, 0.0), how["arms"], strict=True):
        people = pool.arms[name]
        weeks = how["weeks"]
        exposure = np.full(len(people), weeks / WEEKS_PER_YEAR)
        match how["read"]:
            case "relapses":
                events = people.relapses_in(0.0, weeks / WEEKS_PER_YEAR, SEEN_GRADES).astype(float)
            case "new lesions":
                scans = np.array([0, *(_look(people, week) for week in _SCANS if week <= weeks)])
                events = people.new_lesions(scans).sum(axis=1)
            case "enhancing lesions":
                events = people.column(Weekly.GD_ACTIVE)[:, [_look(people, week) for week in _SCANS]].sum(axis=1)
            case _:
                years = worsening_years(pool, {**how, "arm": name, "every": how.get("every", 3)})
                events = (years <= weeks / WEEKS_PER_YEAR + 0.01).astype(float)
                exposure = np.minimum(years, exposure)
        parts.append(np.stack([events, exposure, np.full(len(people), indicator)], axis=1))
    return np.concatenate(parts)


def relapse_free(pool: Pool, how: Numbers) -> Floats:
    """Return whether there was no confirmed relapse within so many years."""
    return (arm(pool, how).relapses_in(0.0, how["years"]) == 0).astype(float)


def worsening_free(pool: Pool, how: Numbers) -> Floats:
    """Return whether there was no confirmed worsening within so many years."""
    return (worsening_years(pool, how) > how["years"]).astype(float)


def edss_change(pool: Pool, how: Numbers) -> Floats:
    """Return the change of the rated EDSS from entry after so many years."""
    people = arm(pool, how)
    edss = people.rated()
    return np.asarray(edss[:, int(np.argmin(np.abs(people.years - how["years"])))] - edss[:, 0])


def before_enrolment(pool: Pool, how: Numbers) -> Floats:
    """Return what a person brings to a transplant trial."""
    people = pool.people
    match how["read"]:
        case "relapses":
            years = pool.extra["years_since_diagnosis"]
            onsets = people.onsets()
            return np.stack([((onsets >= -years[:, None]) & (onsets < 0.0)).sum(axis=1), years], axis=1).astype(float)
        case "secondary progressive":
            return people.called()
        case _:
            return people.column(Weekly.GD_ACTIVE)[:, 0]


def nobody_relapses(pool: Pool, how: Numbers) -> Floats:
    """Return whether no relapse came in so many years after ablation; the statistic is a probability of zero in n."""
    return relapse_free(pool, how)


def nobody_has_lesions(pool: Pool, how: Numbers) -> Floats:
    """Return whether there was no new lesion within so many years after ablation."""
    people = arm(pool, how)
    lesions = people.column(Weekly.T2_TOTAL)
    return (lesions[:, int(np.argmin(np.abs(people.years - how["years"])))] == lesions[:, 0]).astype(float)


def protein(pool: Pool, how: Numbers) -> Floats:
    """Return the concentration of a protein so many years after entry, or its change in per cent of that at entry."""
    people = arm(pool, how)
    level = people.column(Weekly[how["column"].upper()])
    then = level[:, int(np.argmin(np.abs(people.years - how["years"])))]
    return np.asarray(100.0 * (then / level[:, 0] - 1.0) if how.get("change") else then)


MEASURES: dict[str, Callable[[Pool, Numbers], Floats]] = {
    "attack-change": attack_change,
    "no-activity": no_activity,
    "no-activity-ratio": no_activity_ratio,
    "between-arms": between_arms,
    "relapse-free": relapse_free,
    "worsening-free": worsening_free,
    "edss-change": edss_change,
    "before-enrolment": before_enrolment,
    "nobody-relapses": nobody_relapses,
    "nobody-has-lesions": nobody_has_lesions,
    "protein": protein,
}
