"""What registries read from a person's natural course: relapses, milestones, conversion, worsening, volume, death."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from regraft.core.arrays import Floats
from regraft.core.streams import Purpose, uniform
from regraft.core.units import WEEKS_PER_YEAR
from regraft.course.cohort import Deaths, Mortality, die_some
from regraft.disease.layout import MsCourseCode, Weekly
from regraft.endpoints.progression.kind import EventKind
from regraft.verification.disease.choosing import Pool
from regraft.verification.disease.events import first_event_years, worsening
from regraft.verification.disease.people import Followed

Numbers = Mapping[str, Any]
_DEATH = int(Purpose.BACKGROUND_DEATH)
_TOLD_APART = (int(EventKind.RAW), int(EventKind.PIRA))
_ANY = (int(EventKind.CDW), int(EventKind.RAW), int(EventKind.PIRA))


def arm(pool: Pool, how: Numbers) -> Followed:
    """Return the arm a measure names, else the first."""
    return pool.arms[how["arm"]] if "arm" in how else pool.people


def milestone_years(pool: Pool, how: Numbers) -> Floats:
    """Return years to an EDSS that holds at the next look too; infinite if it was never reached."""
    people = arm(pool, how)
    above = people.column(Weekly.TRUE_EDSS) >= how["edss"]
    return _first(people, above[:, :-1] & above[:, 1:])


def conversion_years(pool: Pool, how: Numbers) -> Floats:
    """Return years to the secondary progressive course."""
    people = arm(pool, how)
    return _first(people, people.column(Weekly.PROGRESSIVE) == MsCourseCode.SECONDARY_PROGRESSIVE)


def conversion_rate(pool: Pool, how: Numbers) -> Floats:
    """Return conversion (0 or 1), years at risk, and whether the person is a man, within the years given."""
    years = conversion_years(pool, how)
    limit = float(how["within_years"])
    male = 1.0 - arm(pool, how).records["patient_is_female"]
    return np.stack([(years < limit).astype(float), np.minimum(years, limit), male], axis=1)


def conversion_trend(pool: Pool, how: Numbers) -> Floats:
    """Return years to conversion or to the limit, and whether it came."""
    years = conversion_years(pool, how)
    limit = float(how["within_years"])
    return np.stack([np.minimum(years, limit), (years < limit).astype(float)], axis=1)


def _first(people: Followed, reached: Any) -> Floats:
    at = reached.argmax(axis=1)
    return np.where(reached.any(axis=1), people.years[at], np.inf)


def relapse_rate(pool: Pool, how: Numbers) -> Floats:
    """Return confirmed relapses and years between two times from entry; `against` gives those of a reference period."""
    people = arm(pool, how)
    count = people.relapses_in(how["start"], how["end"]).astype(float)
    if "against" in how:
        other = people.relapses_in(*how["against"]).astype(float)
        return np.stack([count, other], axis=1)
    return np.stack([count, np.full(count.shape, how["end"] - how["start"])], axis=1)


def relapse_rate_by_age(pool: Pool, how: Numbers) -> Floats:
    """Return relapses in two bands of age of the same width, of people ill before the first."""
    people = arm(pool, how)
    (low, high), (low2, high2) = how["ages"], how["against"]
    age = people.onsets() + people.age()[:, None]
    counts = [((age >= a) & (age < b)).sum(axis=1) for a, b in ((low, high), (low2, high2))]
    ill = people.age() < min(low, low2)
    return np.where(ill[:, None], np.stack(counts, axis=1).astype(float), np.nan)


def has_quiet_spell(pool: Pool, how: Numbers) -> Floats:
    """Return whether a person had so many years without relapse in the relapsing phase, within the years seen."""
    people = arm(pool, how)
    phase = np.minimum(conversion_years(pool, how), how["seen_years"])
    onsets = np.sort(people.onsets(least_grades=how["least_grades"]), axis=1)
    edges = np.concatenate([np.zeros((len(people), 1)), np.minimum(onsets, phase[:, None]), phase[:, None]], axis=1)
    return (np.diff(edges, axis=1).max(axis=1) >= how["years"]).astype(float)


def share_of_lesions_felt(pool: Pool, how: Numbers) -> Floats:
    """Return clinical attacks and new lesions in per cent."""
    people = arm(pool, how)
    return np.stack([100.0 * people.counts, people.column(Weekly.T2_TOTAL)[:, -1]], axis=1)


def lesions_then_relapses(pool: Pool, how: Numbers) -> Floats:
    """Return enhancing lesions per monthly scan of half a year, in fives, and relapses of the year."""
    people = arm(pool, how)
    scans = people.column(Weekly.GD_ACTIVE)[:, : round(26 / people.stride) + 1]
    return np.stack([scans.mean(axis=1) / 5.0, people.relapses_in(0.0, 1.0)], axis=1)


def two_raters_differ(pool: Pool, how: Numbers) -> Floats:
    """Return whether two raters of the same moment agree to `within` points, for scores between two limits."""
    people = arm(pool, how)
    low, high = how["edss"]
    first = people.rated()[:, 0]
    second = people.rated(rater=1)[:, 0]
    return np.where((first >= low) & (first <= high), np.abs(first - second) <= how["within"], np.nan)


def worsening_kind(pool: Pool, how: Numbers) -> Floats:
    """Return whether a person's first confirmed worsening was of the kind named, and whether there was one (%)."""
    people = arm(pool, how)
    events, looks = _events(people, how)
    named = first_event_years(people, events, (int(EventKind[how["kind"].upper()]),), looks)
    whichever = first_event_years(people, events, _TOLD_APART, looks)
    some = np.isfinite(whichever)
    return np.stack([100.0 * (some & (named <= whichever)), some.astype(float)], axis=1)


def worsening_years(pool: Pool, how: Numbers) -> Floats:
    """Return years to the first event that the definition finds, of the kind named or of any."""
    people = arm(pool, how)
    events, looks = _events(people, how)
    kinds = (int(EventKind[how["kind"].upper()]),) if "kind" in how else _ANY
    return first_event_years(people, events, kinds, looks)


def worse_without_relapse(pool: Pool, how: Numbers) -> Floats:
    """Return, of people without relapse so far, whether the EDSS is above the start, at a visit and half a year on."""
    people = arm(pool, how)
    edss = people.rated()
    start = edss[:, 0]
    aim = start + np.where(start == 0.0, 1.5, np.where(start < 5.5, 1.0, 0.5))
    at = [int(np.argmin(np.abs(people.years - year))) for year in (how["years"], how["years"] + 0.5)]
    worse = (edss[:, at] >= aim[:, None]).all(axis=1)
    return np.where(people.relapses_in(0.0, how["years"] + 0.5) == 0, worse, np.nan)


def worsening_rate(pool: Pool, how: Numbers) -> Floats:
    """Return first events per ten years: the event and the decades at risk."""
    years = worsening_years(pool, how)
    limit = float(arm(pool, how).years[-1])
    return np.stack([np.isfinite(years).astype(float), np.minimum(years, limit) / 10.0], axis=1)


def worsening_persists(pool: Pool, how: Numbers) -> Floats:
    """Return, for each event, whether it is still there after so many years, or at the last visit before that."""
    people = arm(pool, how)
    events, looks = _events(people, how)
    chosen = events.kind == EventKind[how["kind"].upper()]
    last = people.years[looks[events.sustained[chosen] % looks.size]]
    first = people.years[looks[events.event[chosen] % looks.size]]
    return np.asarray(last >= np.minimum(first + how["years"], people.years[looks[-1]]) - 0.01, dtype=float)


def _events(people: Followed, how: Numbers) -> tuple[Any, Any]:
    looks = np.arange(0, people.rows.shape[1], how.get("every", 1))
    return worsening(people, people.rated(), how["definition"], looks), looks


def yearly_transition(pool: Pool, how: Numbers) -> Floats:
    """Return, for each person-year begun in one band of the EDSS, whether the next year's visit is above the band.

    In routine care another neurologist sees the person a year later.
    """
    people = arm(pool, how)
    (low, high), above = how["edss"], how["above"]
    start, end = people.rated()[:, :-4:4], people.rated(rater=1)[:, 4::4]
    return np.asarray((end >= above)[(start >= low) & (start <= high)], dtype=float)


def volume_per_year(pool: Pool, how: Numbers) -> Floats:
    """Return the change of brain volume a year between two times from entry [%]."""
    people = arm(pool, how)
    volume = people.column(Weekly.BRAIN_VOLUME_CHANGE_PCT)
    start, end = (int(np.argmin(np.abs(people.years - year))) for year in (how["start"], how["end"]))
    years = 1.0 if how.get("total") else people.years[end] - people.years[start]
    return np.asarray((volume[:, end] - volume[:, start]) / years)


def deaths(people: Followed) -> tuple[Floats, Floats]:
    """Return each person's years to death from entry (infinite.

    None), and yearly hazards without MS, shape (people, looks).
    """
    looks = people.rows.shape[1]
    died, healthy = np.full(len(people), np.inf), np.zeros((len(people), looks))
    edss = people.column(Weekly.TRUE_EDSS)
    lives = Deaths(people.numbers, people.records, people.age(), edss, died, healthy)
    die_some(0, len(people), Mortality(people.seed, people.years, people.stride), lives, 0)
    return died, healthy * WEEKS_PER_YEAR


def mortality(pool: Pool, how: Numbers) -> Floats:
    """Return deaths, deaths expected without MS, and years lived, up to each person's own time of censoring.

    `edss` keeps to time and deaths at such a score, `sex` and `course` to such people.
    """
    people = arm(pool, how)
    key = f"deaths {how.get('arm', '')}"
    if key not in pool.cache:
        pool.cache[key] = deaths(people)
    died, healthy = pool.cache[key]
    low, high = how["seen_years"]
    seen = low + (high - low) * np.array([uniform(people.seed, int(i), _DEATH, 1, 0) for i in people.numbers])
    until = np.minimum(died, seen)
    step = people.stride / WEEKS_PER_YEAR
    lived = np.clip(until[:, None] - people.years[None, :], 0.0, step)
    died_seen = (died <= seen).astype(float)
    if "edss" in how:
        low_edss, high_edss = how["edss"]
        edss = people.column(Weekly.TRUE_EDSS)
        there = (edss >= low_edss) & (edss <= high_edss)
        lived = lived * there
        last = np.minimum(died / step, people.rows.shape[1] - 1).astype(int)
        died_seen *= there[np.arange(len(people)), last]
    who = np.ones(len(people), bool)
    if "sex" in how:
        who &= (people.records["patient_is_female"] > 0.5) == (how["sex"] == "female")
    if "course" in how:
        who &= (people.records["patient_is_primary_progressive"] > 0.5) == (how["course"] == "primary")
    expected = np.where(who, (healthy * lived).sum(axis=1), 0.0)
    died_seen = np.where(who, died_seen, 0.0)
    match how["read"]:
        case "ratio":
            return np.stack([died_seen, expected], axis=1)
        case "excess":
            return np.stack([1000.0 * (died_seen - expected), until], axis=1)
        case _:
            return np.asarray(people.age() + died)


def mortality_between_arms(pool: Pool, how: Numbers) -> Floats:
    """Return deaths, expected deaths and arm (1: the one named, 0: the first) of the people of both."""
    first = next(iter(pool.arms))
    parts = [mortality(pool, {**how, "arm": name, "read": "ratio"}) for name in (first, how["arm"])]
    return np.concatenate([np.c_[part, np.full(len(part), float(i))] for i, part in enumerate(parts)])


MEASURES: dict[str, Callable[[Pool, Numbers], Floats]] = {
    "milestone-years": milestone_years,
    "conversion-years": conversion_years,
    "conversion-rate": conversion_rate,
    "conversion-trend": conversion_trend,
    "relapse-rate": relapse_rate,
    "relapse-rate-by-age": relapse_rate_by_age,
    "quiet-spell": has_quiet_spell,
    "share-felt": share_of_lesions_felt,
    "lesions-then-relapses": lesions_then_relapses,
    "two-raters": two_raters_differ,
    "worsening-kind": worsening_kind,
    "worsening-rate": worsening_rate,
    "worsening-persists": worsening_persists,
    "worse-without-relapse": worse_without_relapse,
    "yearly-transition": yearly_transition,
    "volume-per-year": volume_per_year,
    "mortality": mortality,
    "mortality-between-arms": mortality_between_arms,
}
