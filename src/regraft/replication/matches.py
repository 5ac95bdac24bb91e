"""Which published value is held against which statistic: the rules of `statistics.toml`, applied to any study.

A rule looks at what the evidence schema says of a row: its section, endpoint, definition, time, statistic, unit, arm
and subgroup. No rule knows a study.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import final

from regraft.core.errors import closest
from regraft.evidence.schema import Fact, Outcome, Trial
from regraft.replication.rules import Rule, Survival, load_rules, names_of, rule_of
from regraft.replication.statistics import Average, Form, TrialStatistic, Whom

SECTIONS = ("outcomes", "population", "safety", "engraftment", "graft", "conditioning", "immune reconstitution")
_AS_PUBLISHED = {Form.EDSS_AT, Form.EDSS_CHANGE_AT, Form.BASELINE}  # mean or median, whichever was published
_AT_A_TIME = {Form.EDSS_AT, Form.EDSS_CHANGE_AT, Form.EDSS_STATE_AT}
_COUNTED = {Form.SHARE, Form.FREE_SHARE}
_ALL_FOLLOW_UP = ", in all follow-up"
_NOTHING = "nothing in the simulated tables corresponds to it"
_BARE_COUNT = ("n", "n_", "eligibility")  # sizes and criteria are the protocol's


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One published row with the statistic it is held against, in words and as `TrialStatistic`."""

    trial: Trial
    section: str
    row: Outcome | Fact
    rule: Rule
    statistic: TrialStatistic
    label: str
    definition: str

    @property
    def per(self) -> float | None:
        """Return the number a published total is divided by, from its unit."""
        found = re.search(self.rule.per_unit, self.row.unit or "") if self.rule.per_unit else None
        return float(found.group(1)) if found else None


class Why(StrEnum):
    """Why a published row is not compared."""

    NO_NUMBER = "no number"
    NO_TIME = "no time"
    ARM = "arm"  # an arm that the protocol does not simulate
    SUBGROUP = "subgroup"  # one that the tables do not tell apart
    NO_RULE = "no rule"  # nothing simulated corresponds to it


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """A published row that is not compared, and why: the kind of reason, and the reason in words."""

    trial: Trial
    section: str
    row: Outcome | Fact
    why: Why
    reason: str

    @property
    def nearest(self) -> str | None:
        """Return the nearest name of its section that something is held against, of a name that nothing is."""
        if self.why is not Why.NO_RULE or self.reason != _NOTHING:
            return None
        return closest(name_of(self.row), names_of(self.section))


def rows_of(trial: Trial) -> tuple[tuple[str, Outcome | Fact], ...]:
    """Return the results and facts of a study that may be compared, each with the section it stands in."""
    facts = [(section, fact) for section, fact in trial.facts() if section in SECTIONS]
    return (*(("outcomes", row) for row in trial.outcomes), *facts)


def name_of(row: Outcome | Fact) -> str:
    """Return the endpoint of a result or the field of a fact."""
    return row.endpoint if isinstance(row, Outcome) else row.field


def match_rows(
    trials: tuple[Trial, ...], arms: Mapping[str, str] | None = None
) -> tuple[tuple[Match, ...], tuple[Unmatched, ...]]:
    """Return every published number with its statistic, in the order of the rules, and every other row with its reason.

    Parameters
    ----------
    trials : tuple of Trial
        Evidence files of one cohort.
    arms : mapping, optional
        Names of arms in the evidence, and of the simulated arms they mean; None: the simulation has one arm.
    """
    found: list[tuple[int, Match]] = []
    left: list[Unmatched] = []
    for trial in trials:
        for section, row in rows_of(trial):
            match = _match(trial, section, row, arms)
            if isinstance(match, Match):
                found.append((load_rules().rules.index(match.rule), match))
            elif match is not None:
                left.append(match)
    found.sort(key=lambda pair: pair[0])
    return _each_at_its_time([match for _, match in found]), tuple(left)


def _each_at_its_time(found: Sequence[Match]) -> tuple[Match, ...]:
    """Return matches of which counts that were published at several times are each counted until their own time.

    A count is read in all follow-up, because its time is often that of the last visit; two counts of the same people
    at two times cannot both be.
    """
    times: dict[str, set[float | None]] = defaultdict(set)
    for match in found:
        if match.statistic.form in _COUNTED:
            times[match.statistic.key].add(getattr(match.row, "time_years", None))
    return tuple(_until(match) if len(times[match.statistic.key] - {None}) > 1 else match for match in found)


def _until(match: Match) -> Match:
    years = getattr(match.row, "time_years", None)
    if years is None:
        return match
    statistic = replace(match.statistic, key=f"{match.statistic.key}/until@{years:g}y", years=years)
    until = f"until {years:g} year{'' if years == 1.0 else 's'}"
    definition = match.definition.replace(_ALL_FOLLOW_UP, f", counted {until}")
    return replace(match, statistic=statistic, label=f"{match.label}, {until}", definition=definition)


def _match(trial: Trial, section: str, row: Outcome | Fact, arms: Mapping[str, str] | None) -> Match | Unmatched | None:
    """Return the match of one row, or why there is none; None for a size, a criterion, or a fact in words."""
    rule = rule_of(section, name_of(row))
    if rule is None:
        return _without_rule(trial, section, row)
    if not is_number(row.value):
        return _without_number(trial, section, row) if _shown(section, row) else None
    arm = simulated_arm(trial, row.arm, arms)
    if arm is None:
        reason = f"the arm {row.arm!r} is not simulated by this protocol"
        return Unmatched(trial=trial, section=section, row=row, why=Why.ARM, reason=reason)
    courses = courses_of(getattr(row, "subgroup", None))
    if courses is None:
        reason = f"the subgroup {getattr(row, 'subgroup', None)!r} is not told apart in the simulated tables"
        return Unmatched(trial=trial, section=section, row=row, why=Why.SUBGROUP, reason=reason)
    if rule.form in _AT_A_TIME and getattr(row, "time_years", None) is None:
        return Unmatched(trial=trial, section=section, row=row, why=Why.NO_TIME, reason="no time was published")
    return _matched(trial, section, row, rule, courses, arm)


def _matched(trial: Trial, section: str, row: Outcome | Fact, rule: Rule, courses: tuple[str, ...], arm: str) -> Match:
    by_death = bool(rule.death_of) and death_is_event(trial, row, rule)
    of = _confirmed(trial, row, rule, rule.death_of if by_death else rule.of)
    form, years = reading(row, rule)
    average = _average(row, rule)
    whom = _counted(trial, row, rule)
    statistic = TrialStatistic(
        key=_key(rule, of, average, years, courses, arm) + ("" if whom == rule.whom else f"/{whom}"),
        form=form,
        average=average,
        of=of,
        years=years,
        whom=Whom(whom),
        courses=courses,
        arm=arm or None,
    )
    return Match(
        trial=trial,
        section=section,
        row=row,
        rule=rule,
        statistic=statistic,
        label=_label(rule, average, row, years, arm),
        definition=_definition(row, rule, form, by_death=by_death),
    )


def reading(row: Outcome | Fact, rule: Rule) -> tuple[Form, float | None]:
    """Return how subjects become one number, and at which time.

    A share is read from the Kaplan-Meier curve at the published time; a bare count (events without a curve, or
    patients) and a quantity without a time are counted in all follow-up.
    """
    years = getattr(row, "time_years", None)
    if isinstance(rule.form, Survival):
        curve = "kaplan" in (getattr(row, "statistic", None) or "").lower()
        counted = getattr(row, "events", None) is not None or row.counts_people
        if years is not None and not rule.crude and (curve or not counted) and getattr(row, "events", None) != 0:
            return (Form.FREE_AT if rule.form is Survival.FREE else Form.EVENT_BY), years
        return (Form.FREE_SHARE if rule.form is Survival.FREE else Form.SHARE), None
    return rule.form, years if rule.form in _AS_PUBLISHED | _AT_A_TIME else None


def _average(row: Outcome | Fact, rule: Rule) -> Average:
    """Return how people are averaged: as the rule says, else by the name or the statistic of the row."""
    if rule.form not in _AS_PUBLISHED:
        return rule.average
    words = f"{name_of(row)} {getattr(row, 'statistic', None) or ''}".lower()
    return Average.MEDIAN if "median" in words else Average.MEAN


def death_is_event(trial: Trial, row: Outcome | Fact, rule: Rule) -> bool:
    """Return whether the published definition makes death an event."""
    text = definition_of(trial, row, rule) or ""
    rules = load_rules()
    if any(words in text for words in rules.no_death_words):
        return False
    return any(re.search(rf"\b{re.escape(word)}\b", text) for word in rules.death_words)


def definition_of(trial: Trial, row: Outcome | Fact, rule: Rule) -> str | None:
    """Return the definition of a row as published: in the row, else in the study's block of definitions."""
    own = row.definition if isinstance(row, Outcome) else None
    return own or next((trial.definitions[key] for key in rule.defined_by if key in trial.definitions), None)


def _counted(trial: Trial, row: Outcome | Fact, rule: Rule) -> str:
    """Return who is counted: as the rule says, unless the definition names another denominator."""
    text = definition_of(trial, row, rule) or ""
    return next((whom for words, whom in load_rules().denominators.items() if words in text), rule.whom)


def _confirmed(trial: Trial, row: Outcome | Fact, rule: Rule, of: tuple[str, ...]) -> tuple[str, ...]:
    """Return the endpoints with the confirmation interval that the definition asks for."""
    text = definition_of(trial, row, rule) or ""
    rules = load_rules()
    short = any(words in text for words in rules.words_12w)
    return tuple(rules.of_12w.get(name, name) if short else name for name in of)


def simulated_arm(trial: Trial, arm: str | None, arms: Mapping[str, str] | None) -> str | None:
    """Return the simulated arm a row is about (empty: everybody), or None when it is not simulated."""
    if arm is None:
        return ""
    if arms is not None and arm in arms:
        return arms[arm]
    if arms is None and (arm in load_rules().transplantation or {o.arm for o in trial.outcomes} == {arm}):
        return ""
    return None


def courses_of(subgroup: str | None) -> tuple[str, ...] | None:
    """Return the courses at enrolment that a subgroup means (empty: everybody); None if it means something else."""
    return () if subgroup is None else load_rules().subgroups.get(subgroup)


def _key(
    rule: Rule, of: tuple[str, ...], average: Average, years: float | None, courses: tuple[str, ...], arm: str
) -> str:
    parts = [rule.key]
    parts += [f"@{years:g}y"] if years is not None else []
    parts += [f"/{'+'.join(courses)}"] if courses else []
    parts += [f"/{arm}"] if arm else []
    parts += ["/death"] if of == rule.death_of else []
    parts += ["/12w"] if any(name in load_rules().of_12w.values() for name in of) else []
    parts += ["/median"] if rule.form in _AS_PUBLISHED and average is Average.MEDIAN else []
    return "".join(parts)


def _label(rule: Rule, average: Average, row: Outcome | Fact, years: float | None, arm: str) -> str:
    subgroup = getattr(row, "subgroup", None)
    who = "".join(f", {part}" for part in (arm, subgroup) if part)
    averaged = f", {average}" if rule.form in _AS_PUBLISHED and rule.unit != "%" else ""
    unit = "" if years is None else "1 year" if years == 1.0 else f"{years:g} years"
    return f"{rule.label}{who}{averaged}" + (f" at {unit}" if unit else "")


def _definition(row: Outcome | Fact, rule: Rule, form: Form, *, by_death: bool) -> str:
    """Return what counts here, behind what was published."""
    here = rule.death_definition if by_death else rule.definition
    if form in {Form.SHARE, Form.FREE_SHARE} and not rule.crude:
        here += _ALL_FOLLOW_UP
    own = row.definition if isinstance(row, Outcome) else None
    return f"published: {own}; here: {here}" if own else here


def _without_rule(trial: Trial, section: str, row: Outcome | Fact) -> Unmatched | None:
    if not _shown(section, row):
        return None
    if not is_number(row.value):
        return _without_number(trial, section, row)
    known = (reason for part, reason in load_rules().not_compared.items() if part in name_of(row))
    reason = next(known, _NOTHING)
    return Unmatched(trial=trial, section=section, row=row, why=Why.NO_RULE, reason=reason)


def _shown(section: str, row: Outcome | Fact) -> bool:
    """Return whether a row belongs into the list of what is not compared: results always, facts if numbers."""
    if section == "outcomes":
        return True
    name = name_of(row)
    size = name == "n" or name.startswith(_BARE_COUNT[1:])
    return isinstance(row, Fact) and row.is_number and not size and section not in {"graft", "conditioning"}


def _without_number(trial: Trial, section: str, row: Outcome | Fact) -> Unmatched:
    reason = "no value was published or found" if row.value is None else f"published in words only: {row.value}"
    return Unmatched(trial=trial, section=section, row=row, why=Why.NO_NUMBER, reason=reason)


def is_number(value: object) -> bool:
    """Return whether a published value is a number."""
    return number_of(value) is not None


def number_of(value: object) -> float | None:
    """Return a published value as a number, or None if it is a word, yes or no, or missing."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
