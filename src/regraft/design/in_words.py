"""A design in English: the paragraphs on size, looks, safety and recruitment of a protocol, by calculation alone.

What was assumed is said with its source, or that it has none.
"""

from collections.abc import Iterator
from math import isfinite

import numpy as np

from regraft.core.sources import source_of
from regraft.design.file import Clock, DeathCounts, Design, Looks, Question, ReestimationKind, Safety, TestName
from regraft.design.looks.characteristics import type_one
from regraft.design.planned import planned_boundaries, planned_recruitment, safety_chances, safety_steps
from regraft.design.recruitment import month_of
from regraft.design.size_in_words import TESTS, size_in_words, years_said

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
        ("Sample size", " ".join(size_in_words(design))),
        ("Interim looks", " ".join(_looks(design))),
        ("Re-estimation", " ".join(_reestimation(design))),
        ("Borrowing", " ".join(_borrowing(design))),
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
            f"One arm is compared with {reference.free_pct:g}% free of the event at {years_said(reference.years)}, by "
            f"{TESTS[asked.test]}, at a one-sided error of {asked.alpha:g}."
        )
    else:
        arms = (
            "Two arms are compared"
            if asked.comparisons == 1
            else f"{asked.comparisons} arms are compared with the last"
        )
        each = "" if asked.comparisons == 1 else f", {asked.alpha_each:.4g} for each comparison (Bonferroni)"
        yield f"{arms} by {TESTS[asked.test]}, at a one-sided error of {asked.alpha:g}{each}."
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
        f"The estimand is “{one.name}”: {one.endpoint} up to {years_said(one.years)}, intercurrent events by "
        f"{strategy}. {_DEATH[one.death]}"
    )


# ------------------------------------------------------------------ looks, safety, recruitment
_CLOCKS = {
    Clock.EVENTS: "events",
    Clock.CALENDAR: "months of the trial",
    Clock.PATIENTS: "people",
    Clock.FOLLOW_UP: "months after the last entry",
}


def _looks(design: Design) -> Iterator[str]:
    looks = design.looks
    if looks is None or looks.two_stage is not None:
        return
    if design.hypothesis.test is TestName.POSTERIOR:
        yield from _predicted(looks)
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


def _predicted(looks: Looks) -> Iterator[str]:
    rule = looks.futility
    values = ", ".join(f"{one:g}" for one in looks.at or [100 * share for share in looks.fractions])
    yield f"The data are read at {values} {'people' if looks.at else 'per cent of the people'}."
    if rule is not None and rule.below is not None:
        yield f"The trial ends for futility if its predictive probability is below {rule.below:g}."
    if looks.efficacy.predictive_above < 1.0:
        yield f"It ends for success if that is {looks.efficacy.predictive_above:g} or more."


_MONITORED = {
    "evaluable": "evaluable people",
    "total_time": "days watched in all",
    "tite": "effective people, those still watched counting in part",
}


def _safety(asked: Safety) -> Iterator[str]:
    steps = ", ".join(f"{events} among at most {most:.4g}" for events, most in safety_steps(asked))
    does = {"stop": "stops", "pause": f"pauses for {asked.pause_months:g} months", "report": "is reported"}
    at, twice = (safety_chances(asked, min(1.0, ratio * asked.null_pct / 100.0)) for ratio in (1.0, 2.0))
    yield (
        f"{asked.counts.replace('_', ' ').capitalize()} within {asked.within_days:g} days in {asked.arm} is watched "
        f"({asked.rule.value.replace('_', ' ')}): the trial {does[asked.then.value]} at {steps} "
        f"{_MONITORED[asked.monitored.value]}. At the accepted {asked.null_pct:g}% it does so with a chance of "
        f"{at.stop:.3f}, at twice that with {twice.stop:.3f}."
    )


def _reestimation(design: Design) -> Iterator[str]:
    asked = design.reestimation
    if asked is None:
        return
    if asked.kind is ReestimationKind.BLINDED:
        yield (
            f"At look {asked.at_look} the size is set anew, up to {asked.maximum_patients} people, by what both arms "
            "together have shown; nobody sees which arm is which."
        )
        return
    yield (
        f"If conditional power at look {asked.at_look} lies between {asked.zone[0]:g} and {asked.zone[1]:g}, the trial "
        f"grows, up to {asked.maximum_patients} people, to reach {design.hypothesis.power:g}; both stages are combined "
        "with the weights of the plan, so that the error holds whatever the size."
    )


def _borrowing(design: Design) -> Iterator[str]:
    asked = design.borrowing
    if asked is None:
        return
    kind = {
        "robust_map": f"a meta-analytic prior with a weak part of weight {asked.prior.weak_weight:g}",
        "power_prior": f"a power prior that counts each earlier person as {asked.prior.a0:g}",
    }
    yield (
        f"{asked.arm} borrows from {', '.join(asked.from_)} by {kind[asked.prior.kind.value]}. The type I error then "
        "depends on the truth: see the curve of `regraft design bounds`."
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
        **{
            f"assumed.annual_rate.{arm}": f"{value:g} relapses a year in {arm}"
            for arm, value in design.assumed.annual_rate.items()
        },
        "assumed.overdispersion": _given("an overdispersion of {:g}", design.assumed.overdispersion or None),
        "assumed.difference_sd": _given("a difference of {:g} standard deviations", design.assumed.difference_sd),
        "assumed.control_median_months": _given(
            "a median of {:g} months in the control arm", design.assumed.control_median_months
        ),
        "assumed.delay_months": _given("a delay of {:g} months", design.assumed.delay_months or None),
        "assumed.death_annual_pct": "deaths that compete" if design.assumed.death_annual_pct else None,
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
