"""A design in English: the paragraphs on size, looks, safety and recruitment of a protocol, by calculation alone.

What was assumed is said with its source, or that it has none.
"""

from collections.abc import Iterator
from math import ceil, isfinite

import numpy as np

from regraft.core.sources import source_of
from regraft.design.file import Clock, DeathCounts, Design, Question, Safety, TestName
from regraft.design.looks.characteristics import type_one
from regraft.design.outcomes.exact_tables import TableTest, rejection_region
from regraft.design.outcomes.means import recruits_for
from regraft.design.outcomes.proportions import TwoProportions, proportions_power, proportions_size
from regraft.design.outcomes.win_ratio import win_ratio_power, win_ratio_size
from regraft.design.planned import planned_boundaries, planned_events, planned_recruitment, safety_boundary
from regraft.design.recruitment import month_of
from regraft.design.safety.evaluable import safety_operating
from regraft.design.single_arm.one_stage import Hypotheses, one_stage, one_stage_size
from regraft.design.survival.log_rank_size import few_events, freedman_events, log_rank_power, schoenfeld_events

_TESTS = {
    TestName.FISHER: "Fisher's exact test",
    TestName.BOSCHLOO: "Boschloo's exact test",
    TestName.DIFFERENCE_AT: "the difference of Kaplan-Meier shares at the time asked",
    TestName.LOG_RANK: "the log-rank test",
    TestName.ONE_SAMPLE_LOG_RANK: "the one-sample log-rank test in its exact Poisson form",
    TestName.MAX_COMBO: "the largest of several weighted log-rank statistics",
    TestName.RMST: "the difference of restricted mean times",
    TestName.NEGATIVE_BINOMIAL: "negative binomial regression of counts",
    TestName.WIN_RATIO: "the win ratio",
    TestName.EXACT_BINOMIAL: "the exact binomial test",
    TestName.POSTERIOR: "the posterior probability",
}
_DEATH = {
    DeathCounts.EVENT: "A death is an event.",
    DeathCounts.COMPETING: "A death is a competing event: who has died stays among those without the event.",
    DeathCounts.ENDS_OBSERVATION: "A death ends observation.",
}


def in_words(design: Design) -> tuple[tuple[str, str], ...]:
    """Return headings and paragraphs of a design.

    Raises
    ------
    InputError
        Something in the file cannot be calculated with, such as a hazard ratio of 1 or more.
    """
    parts = (
        ("Question", " ".join(_question(design))),
        ("Sample size", " ".join(_size(design))),
        ("Interim looks", " ".join(_looks(design))),
        ("Safety", " ".join(sentence for one in design.safety for sentence in _safety(one))),
        ("Recruitment", " ".join(_recruitment(design))),
        ("Where the assumed numbers come from", " ".join(_sources(design))),
    )
    return tuple((heading, text) for heading, text in parts if text)


def _question(design: Design) -> Iterator[str]:
    asked = design.hypothesis
    own = next((one for one in design.estimand if one.name == asked.estimand), None)
    reference = asked.reference
    if reference is not None:
        yield (
            f"One arm is held against {reference.free_pct:g}% free of the event at {_years(reference.years)}, by "
            f"{_TESTS[asked.test]}, at a one-sided error of {asked.alpha:g}."
        )
    else:
        yield f"Two arms are compared by {_TESTS[asked.test]}, at a one-sided error of {asked.alpha:g}."
    if own is not None:
        yield _estimand(own)
    else:
        death = "" if asked.death is None else f" {_DEATH[asked.death]}"
        yield f"The estimand is “{asked.estimand}”, as the protocol words it.{death}"
    if asked.win_order:
        yield f"Pairs are decided by {', then '.join(level.endpoint for level in asked.win_order)}."


def _estimand(one: Question) -> str:
    strategy = str(one.strategy).replace("_", " ")
    return (
        f"The estimand is “{one.name}”: {one.endpoint} up to {_years(one.years)}, intercurrent events by "
        f"{strategy}. {_DEATH[one.death]}"
    )


def _years(years: float) -> str:
    return f"{years:g} year{'' if years == 1 else 's'}"


# ------------------------------------------------------------------ size
def patients_of(design: Design) -> int | None:
    """Return the people of the design itself: of its recruitment, else of its first candidate."""
    if design.recruitment is not None:
        return design.recruitment.patients
    return next((one.patients for one in design.candidate if one.patients is not None), None)


def _size(design: Design) -> Iterator[str]:
    test, patients = design.hypothesis.test, patients_of(design)
    formula = {
        TestName.EXACT_BINOMIAL: _one_arm,
        TestName.FISHER: _two_shares,
        TestName.BOSCHLOO: _two_shares,
        TestName.DIFFERENCE_AT: _two_shares,
        TestName.LOG_RANK: _events,
        TestName.WIN_RATIO: _wins,
    }.get(test)
    said = list(formula(design, patients)) if formula is not None else []
    if said:
        yield from said
    else:
        what = "no formula for this test is written out here" if formula is None else "nothing is assumed of the effect"
        yield (
            f"{f'{patients} people are planned; ' if patients else ''}{what}: `regraft design size` finds the size by "
            "simulation" + ("." if formula is None else ", and [assumed] in the file lets it be calculated.")
        )
    lost = design.dropout.annual_pct
    if patients and lost:
        worst = max(lost.values()) / 100.0
        years = max((one.years for one in design.estimand), default=1.0)
        gone = 1.0 - (1.0 - worst) ** years
        yield (
            f"With {max(lost.values()):g}% leaving each year at most, {_years(years)} lose {100 * gone:.1f}%: for "
            f"{patients} people to be read, {ceil(recruits_for(patients, gone) - 1e-9)} have to be recruited."
        )


def _one_arm(design: Design, patients: int | None) -> Iterator[str]:
    asked = design.hypothesis
    hoped = next(iter(design.assumed.free_pct.values()), None)
    if hoped is None or asked.reference is None:
        return
    null = asked.reference.free_pct / 100.0
    both = Hypotheses(null=null, alternative=hoped / 100.0, alpha=asked.alpha, beta=1.0 - asked.power)
    found = one_stage_size(both)
    yield (
        f"If {hoped:g}% are free, {found.smallest.patients} people are the fewest with power {asked.power:g} (exact "
        f"{found.smallest.power:.4f}), and {found.lasting.patients} are the number from which every larger one has it: "
        "exact power is a saw."
    )
    if patients:
        own = one_stage(patients, both)
        yield (
            f"With {patients} people the reference is rejected if {own.reject_at} or more are free: one-sided error "
            f"{own.alpha:.4f}, power {own.power:.4f}."
        )


def shares_assumed(design: Design) -> TwoProportions | None:
    """Return the shares free that were assumed, the experimental arm first in the file; None without two."""
    given = [value / 100.0 for value in design.assumed.free_pct.values()]
    if len(given) != 2:
        return None
    return TwoProportions(
        experimental=given[0], control=given[1], experimental_share=design.hypothesis.experimental_share
    )


def _two_shares(design: Design, patients: int | None) -> Iterator[str]:
    pair, asked = shares_assumed(design), design.hypothesis
    if pair is None:
        return
    needed = proportions_size(pair, asked.alpha, asked.power)
    yield (
        f"If {100 * pair.experimental:g}% of the experimental arm are free against {100 * pair.control:g}%, "
        f"{ceil(needed)} people in all give power {asked.power:g} by the normal formula (pooled z)."
    )
    if not patients:
        return
    first = round(patients * asked.experimental_share)
    power = proportions_power(pair, patients, asked.alpha)
    yield f"{patients} people have power {power:.3f} by that formula."
    if asked.test is not TestName.DIFFERENCE_AT and patients <= 400:
        region = rejection_region(TableTest(asked.test.value), (first, patients - first), 2.0 * asked.alpha)
        yield (
            f"{_TESTS[asked.test]} with {first} and {patients - first} has power "
            f"{region.chance(pair.experimental, pair.control):.3f} and an exact two-sided size of {region.size():.4f}."
        )


def _events(design: Design, patients: int | None) -> Iterator[str]:
    asked, ratio = design.hypothesis, design.assumed.hazard_ratio
    if ratio is None:
        return
    share = asked.experimental_share
    inflation = planned_boundaries(design).inflation if design.looks is not None else 1.0
    needed = schoenfeld_events(ratio, asked.alpha, asked.power, share) * inflation
    freedman = freedman_events(ratio, asked.alpha, asked.power, share) * inflation
    yield (
        f"A hazard ratio of {ratio:g} is found with power {asked.power:g} at {ceil(needed)} events (Schoenfeld; "
        f"Freedman {ceil(freedman)}), {inflation:.3f} times as many as without looks."
    )
    events = planned_events(design)
    if events is not None:
        power = log_rank_power(ratio, events[-1] / inflation, asked.alpha, share)
        yield f"The {events[-1]:g} events planned have power {power:.3f}."
    control = design.assumed.control_event_pct
    if control is not None and patients:
        treated = 100.0 * (1.0 - (1.0 - control / 100.0) ** ratio)
        expected = patients * (share * treated + (1.0 - share) * control) / 100.0
        yield (
            f"If {control:g}% of the control arm have the event, {patients} people have {expected:.1f} events and "
            f"power {log_rank_power(ratio, expected / inflation, asked.alpha, share):.3f}."
        )
        if few_events(expected, ratio):
            yield "So few are expected in the experimental arm that normal theory is void: use exact tests."
    yield "Hazards are taken as proportional, which they are not where treatment comes months after randomisation."


def _wins(design: Design, patients: int | None) -> Iterator[str]:
    asked, ratio, ties = design.hypothesis, design.assumed.win_ratio, design.assumed.ties_pct
    if ratio is None or ties is None:
        return
    share = asked.experimental_share
    needed = win_ratio_size(ratio, ties / 100.0, asked.alpha, asked.power, experimental_share=share)
    yield f"A win ratio of {ratio:g}, {ties:g}% of pairs tied, is found with power {asked.power:g} by {ceil(needed)}."
    if patients:
        power = win_ratio_power(ratio, ties / 100.0, patients, asked.alpha, experimental_share=share)
        yield f"{patients} people have power {power:.3f}."


# ------------------------------------------------------------------ looks, safety, recruitment
_CLOCKS = {
    Clock.EVENTS: "events",
    Clock.CALENDAR: "months of the trial",
    Clock.PATIENTS: "people",
    Clock.FOLLOW_UP: "months after the last entry",
}


def _looks(design: Design) -> Iterator[str]:
    looks = design.looks
    if looks is None:
        return
    found = planned_boundaries(design)
    errors = type_one(found)
    values = ", ".join(f"{one:g}" for one in looks.at) or ", ".join(f"{100 * one:g}%" for one in looks.fractions)
    bounds = ", ".join(f"{one:.3f}" if isfinite(one) else "none" for one in found.upper)
    yield (
        f"The data are read at {values} {_CLOCKS[looks.by]}; efficacy is claimed from z {bounds} "
        f"({looks.efficacy.spending.value.replace('_', ' ')})."
    )
    if found.has_futility and looks.futility is not None:
        below = ", ".join(f"{one:.3f}" if isfinite(one) else "none" for one in found.lower[:-1])
        yield (
            f"The trial ends for futility below z {below} ({looks.futility.rule.value.replace('_', ' ')}), which "
            f"{'binds' if found.binding else 'does not bind'}."
        )
    yield (
        f"The one-sided error is {errors.futility_overruled:.5f} if futility is overruled and "
        f"{errors.futility_obeyed:.5f} if it is obeyed."
    )


def _safety(asked: Safety) -> Iterator[str]:
    found = safety_boundary(asked)
    steps = ", ".join(f"{step.events} among at most {step.people}" for step in found.steps())
    does = {"stop": "stops", "pause": f"pauses for {asked.pause_months:g} months", "report": "is reported"}
    at = safety_operating(found, asked.null_pct / 100.0)
    twice = safety_operating(found, min(1.0, asked.null_pct / 50.0))
    yield (
        f"{asked.counts.replace('_', ' ').capitalize()} within {asked.within_days:g} days in {asked.arm} is watched "
        f"({asked.rule.value.replace('_', ' ')}): the trial {does[asked.then.value]} at {steps} evaluable people. At "
        f"the accepted {asked.null_pct:g}% it does so with a chance of {at.stop:.3f}, at twice that with "
        f"{twice.stop:.3f}."
    )


def _recruitment(design: Design) -> Iterator[str]:
    asked = design.recruitment
    if asked is None:
        return
    found = month_of(planned_recruitment(design, {}, 0.0), asked.patients)
    refuses = (
        f", {asked.refuses_drug_arm_pct:g}% of those eligible refusing because of the control arm"
        if asked.refuses_drug_arm_pct
        else ""
    )
    if np.isfinite(found.median):
        when = f"by month {found.median:.0f} (95% {found.wide[0]:.0f} to {_month(found.wide[1])})"
    else:
        when = "by the end of recruitment with less than an even chance"
    count = len(asked.sites)
    yield (
        f"{count} centre{'s' if count > 1 else ''} recruit{'' if count > 1 else 's'} {asked.patients} people "
        f"{when}{refuses}."
    )


def _month(value: float) -> str:
    return f"{value:.0f}" if isfinite(value) else "never"


# ------------------------------------------------------------------ sources
def _sources(design: Design) -> Iterator[str]:
    values = {
        **{f"assumed.free_pct.{arm}": f"{value:g}% free in {arm}" for arm, value in design.assumed.free_pct.items()},
        "assumed.hazard_ratio": _given("a hazard ratio of {:g}", design.assumed.hazard_ratio),
        "assumed.win_ratio": _given("a win ratio of {:g}", design.assumed.win_ratio),
        "assumed.ties_pct": _given("{:g}% of pairs tied", design.assumed.ties_pct),
        "assumed.control_event_pct": _given(
            "{:g}% with the event in the control arm", design.assumed.control_event_pct
        ),
        "hypothesis.reference": None
        if design.hypothesis.reference is None
        else f"the reference of {design.hypothesis.reference.free_pct:g}%",
        "safety": "the safety rule" if design.safety else None,
        "recruitment": "rates of recruitment" if design.recruitment is not None else None,
        "dropout": "dropout" if design.dropout.annual_pct else None,
    }
    for key, what in values.items():
        if what is None:
            continue
        source = source_of(key, design.sources)
        if source is None:
            yield f"{what[:1].upper()}{what[1:]}: no source given."
        else:
            where = ", ".join(part for part in (source.source, source.locator, source.why) if part)
            yield f"{what[:1].upper()}{what[1:]}: {source.standing.value} ({where})."


def _given(text: str, value: float | None) -> str | None:
    return None if value is None else text.format(value)
