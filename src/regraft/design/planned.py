"""What a design file says, as the methods take it: boundaries, safety rules, recruitment."""

from dataclasses import dataclass, replace

import numpy as np

from regraft.core.errors import InputError
from regraft.design.file import (
    Clock,
    Design,
    EfficacyBoundary,
    EfficacyRule,
    FutilityBoundary,
    FutilityRule,
    Monitored,
    Safety,
    SafetyFamily,
    Under,
)
from regraft.design.looks.boundaries import (
    Boundaries,
    Efficacy,
    Futility,
    FutilityAt,
    HaybittlePeto,
    LookPlan,
    WangTsiatis,
    boundaries,
)
from regraft.design.looks.conditional import NormalBelief, z_for_conditional_power, z_for_predictive_power
from regraft.design.looks.reestimation import TwoStagePlan
from regraft.design.looks.scales import z_of_hazard_ratio
from regraft.design.looks.spending import Spend, Spending
from regraft.design.outcomes.blinded import BlindedPlan
from regraft.design.recruitment import Recruitment, Site
from regraft.design.safety.evaluable import Boundary, Step, calibrate, count_rule, safety_operating
from regraft.design.safety.rules import Family, SafetyRule
from regraft.design.safety.tite import EffectiveBoundary, calibrate_effective, effective_stop
from regraft.design.safety.total_time import TimeBoundary, calibrate_total_time, total_time_operating

_FLAT = NormalBelief(mean=0.0, standard_deviation=np.inf)


def look_plan(design: Design) -> LookPlan:
    """Return the plan of looks of a design, futility turned into bounds on z.

    Raises
    ------
    InputError
        The design has no looks, or a futility rule that its test has no scale for.
    """
    looks = design.looks
    if looks is None:
        raise InputError(f"design {design.name!r} has no looks. Add [looks] to its file.")
    if looks.two_stage is not None:
        raise InputError("looks.two_stage: is decided by counts and has no bound on z. See `regraft design bounds`.")
    plan = LookPlan(
        fractions=looks.shares,
        alpha=design.hypothesis.alpha_each,
        beta=1.0 - design.hypothesis.power,
        efficacy=_efficacy(looks.efficacy),
        efficacy_at=tuple(looks.efficacy.at) or None,
    )
    if looks.futility is None:
        return plan
    return replace(
        plan,
        futility=_futility(design, looks.futility, plan),
        binding=looks.futility.binding,
        futility_at=tuple(looks.futility.at) or None,
    )


def planned_events(design: Design) -> tuple[float, ...] | None:
    """Return the events of each look where looks wait for events in numbers."""
    looks = design.looks
    return tuple(looks.at) if looks is not None and looks.by is Clock.EVENTS and looks.at else None


def _efficacy(asked: EfficacyBoundary) -> Efficacy:
    if asked.spending is EfficacyRule.WANG_TSIATIS:
        return WangTsiatis(delta=asked.delta)
    if asked.spending is EfficacyRule.HAYBITTLE_PETO:
        return HaybittlePeto(interim_z=asked.interim_z)
    return _spending(asked.spending, asked.gamma, asked.rho, tuple(asked.cumulative))


def _spending(rule: EfficacyRule, gamma: float, rho: float, cumulative: tuple[float, ...] = ()) -> Spending:
    if rule in {EfficacyRule.WANG_TSIATIS, EfficacyRule.HAYBITTLE_PETO}:
        raise InputError(f"futility.spending {rule.value}: is no spending function. Use one, such as obrien_fleming.")
    function = Spend(rule.value)
    parameter = rho if function is Spend.POWER else gamma
    return Spending(function=function, parameter=parameter, cumulative=cumulative)


def _futility(design: Design, asked: FutilityBoundary, plan: LookPlan) -> Futility:
    if asked.rule is FutilityRule.BETA_SPENDING:
        return _spending(asked.spending, asked.gamma, asked.rho)
    if asked.rule is FutilityRule.Z:
        return FutilityAt(z=tuple(asked.z))
    assert asked.below is not None
    without = boundaries(plan)
    interim = range(1, without.fractions.size)
    if asked.rule is FutilityRule.HAZARD_RATIO:
        events = planned_events(design)
        if events is None:
            raise InputError(
                "futility hazard_ratio: needs looks by events, in numbers. Write looks.by and looks.at so."
            )
        share = design.hypothesis.experimental_share
        return FutilityAt(z=tuple(z_of_hazard_ratio(asked.below, events[k - 1], share) for k in interim))
    if asked.rule is FutilityRule.CONDITIONAL_POWER:
        drift = {Under.OBSERVED: None, Under.PLANNED: without.drift, Under.NONE: 0.0}[asked.under]
        return FutilityAt(z=tuple(z_for_conditional_power(without, k, asked.below, drift) for k in interim))
    if asked.rule is FutilityRule.PREDICTIVE_POWER:
        return FutilityAt(z=tuple(z_for_predictive_power(without, k, asked.below, _FLAT) for k in interim))
    raise InputError(
        "futility predictive_probability: is for a single arm with counts and has no bound on z. Use conditional_power."
    )


def updated_plan(design: Design, look: int, information: float) -> LookPlan:
    """Return the plan with the information that a look really has; errors stay spent by the plan's own clock.

    Parameters
    ----------
    look : int
        Number of the look, from 1.
    information : float
        What `looks.by` counts, at that look.
    """
    plan = look_plan(design)
    looks = design.looks
    assert looks is not None
    if not looks.at:
        raise InputError("updated bounds: the file gives fractions. Write looks.at in numbers to compare with.")
    at = list(looks.at)
    if not 1 <= look <= len(at):
        raise InputError(f"look {look}: the design has {len(at)}. Give one of those.")
    at[look - 1] = information
    if look == len(at):  # the end: an overrun, or less than was planned
        return replace(plan, fractions=tuple(one / information for one in at), clock=plan.fractions)
    return replace(plan, fractions=tuple(one / at[-1] for one in at), clock=None)


def planned_boundaries(design: Design) -> Boundaries:
    """Return the boundaries of a design."""
    return boundaries(look_plan(design))


def safety_rule(asked: Safety) -> SafetyRule:
    """Return the rule of a safety section."""
    family = Family.POCOCK if asked.rule is SafetyFamily.COUNT else Family(asked.rule.value)
    prior = None if asked.prior is None else (asked.prior.events, asked.prior.patients - asked.prior.events)
    if asked.prior is not None and asked.monitored is Monitored.TOTAL_TIME:
        hazard = -float(np.log1p(-asked.prior.events / asked.prior.patients)) / asked.within_days
        prior = (asked.prior.events, asked.prior.events / hazard)  # a gamma prior of events per day
    return SafetyRule(
        family=family,
        null=asked.null_pct / 100.0,
        patients=asked.patients,
        alternative=None if asked.alternative_pct is None else asked.alternative_pct / 100.0,
        delta=asked.delta,
        prior=prior,
    )


def safety_boundary(asked: Safety) -> Boundary:
    """Return the calibrated boundary over evaluable people of a safety section."""
    if asked.rule is SafetyFamily.COUNT:
        steps = tuple(Step(events=step.events, people=step.people) for step in asked.stop_at)
        return count_rule(safety_rule(asked), steps)
    return calibrate(safety_rule(asked), asked.alpha)


def acting_boundary(asked: Safety) -> Boundary | TimeBoundary | EffectiveBoundary:
    """Return the calibrated boundary of a safety section, over what it says is monitored."""
    if asked.monitored is Monitored.TOTAL_TIME:
        return calibrate_total_time(safety_rule(asked), asked.within_days, asked.alpha)
    if asked.monitored is Monitored.TITE:
        return calibrate_effective(safety_rule(asked), asked.alpha)
    return safety_boundary(asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyChance:
    """At one true probability of harm: chance to stop, and people and events expected (None where not calculated)."""

    probability: float
    stop: float
    expected_people: float | None
    expected_events: float | None


def safety_chances(asked: Safety, probability: float) -> SafetyChance:
    """Return the operating characteristics of a safety section at a true probability.

    Over effective people (tite) the chance to stop is that if everybody were evaluable.
    """
    found = acting_boundary(asked)
    if isinstance(found, Boundary):
        at = safety_operating(found, probability)
        people, events, stop = at.expected_people, at.expected_events, at.stop
        return SafetyChance(probability=probability, stop=stop, expected_people=people, expected_events=events)
    if isinstance(found, TimeBoundary):
        over = total_time_operating(found, probability)
        told = over.expected_events
        return SafetyChance(probability=probability, stop=over.stop, expected_people=None, expected_events=told)
    stop = effective_stop(found, probability)
    return SafetyChance(probability=probability, stop=stop, expected_people=None, expected_events=None)


def safety_steps(asked: Safety) -> tuple[tuple[int, float], ...]:
    """Return the boundary as steps: events, and up to how many people (days, effective people) they stop."""
    found = acting_boundary(asked)
    if isinstance(found, Boundary):
        return tuple((step.events, float(step.people)) for step in found.steps())
    return tuple((int(count), float(most)) for count, most in zip(found.events, found.until, strict=True))


def safety_met(asked: Safety, events: int, people: int, watched_days: float | None) -> bool:
    """Return whether so much harm meets the rule.

    Parameters
    ----------
    events, people : int
        Harmful events, and the evaluable people among whom they were counted.
    watched_days : float or None
        Days for which all people together were watched (total_time), or those without harm (tite).

    Raises
    ------
    InputError
        No days where the rule counts them.
    """
    found = acting_boundary(asked)
    if isinstance(found, Boundary):
        return found.stops(events, people)
    if watched_days is None:
        raise InputError(
            f"safety of {asked.counts}: is monitored over {asked.monitored.value}. Give --watched in days."
        )
    if isinstance(found, TimeBoundary):
        return found.stops(events, watched_days)
    return found.stops(events, events + watched_days / asked.within_days)


# ------------------------------------------------------------------ re-estimation
def growing_plan(design: Design, patients: int) -> TwoStagePlan:
    """Return the plan of two stages whose second grows in the promising zone.

    Its information is events where looks are by events in numbers, else people.

    Raises
    ------
    InputError
        Not one interim look.
    """
    asked, bounds = design.reestimation, planned_boundaries(design)
    assert asked is not None
    if bounds.fractions.size != 2:
        raise InputError(
            f"reestimation.kind = promising_zone: is for one interim look, and there are {bounds.fractions.size - 1}. "
            "Plan two looks in all."
        )
    events = planned_events(design)
    whole = float(patients) if events is None else events[-1]
    first = whole * float(bounds.fractions[0])
    return TwoStagePlan(
        first=first,
        second=whole - first,
        largest_second=whole * max(1.0, asked.maximum_patients / patients) - first,
        critical=(float(bounds.upper[0]), float(bounds.upper[1])),
        futility_z=float(bounds.lower[0]),
        zone=(asked.zone[0], asked.zone[1]),
        power=design.hypothesis.power,
    )


def blinded_plan(design: Design, patients: int) -> BlindedPlan:
    """Return the plan by which the pooled share free sets the size; its pilot is what the look has of them.

    Raises
    ------
    InputError
        Shares that are not assumed, arms that are not equal, or a look that compares arms.
    """
    asked, pair = design.reestimation, [value / 100.0 for value in design.assumed.free_pct.values()]
    assert asked is not None
    assert design.looks is not None
    if len(pair) != 2 or pair[0] <= pair[1]:
        raise InputError("reestimation.kind = blinded: needs assumed.free_pct of both arms, the larger one first.")
    if design.hypothesis.experimental_share != 0.5:
        raise InputError("reestimation.kind = blinded: is for arms of equal size. Let experimental_share be 0.5.")
    refuse_unblinded_look(design)
    pilot = 2 * max(1, round(patients * design.looks.shares[asked.at_look - 1] / 2.0))
    return BlindedPlan(
        difference=pair[0] - pair[1],
        alpha=design.hypothesis.alpha_each,
        power=design.hypothesis.power,
        pilot=pilot,
        largest=max(asked.maximum_patients - asked.maximum_patients % 2, pilot),
    )


def refuse_unblinded_look(design: Design) -> None:
    """Refuse a blinded re-estimation at a look at which arms are compared."""
    asked, looks = design.reestimation, design.looks
    assert asked is not None
    assert looks is not None
    k = asked.at_look - 1
    shown = not looks.efficacy.at or looks.efficacy.at[k]
    given_up = looks.futility is not None and (not looks.futility.at or looks.futility.at[k])
    if shown or given_up:
        raise InputError(
            f"reestimation.kind = blinded: at look {asked.at_look} arms are compared for efficacy or futility, so it "
            "is not blinded. Let efficacy.at (and futility.at) be false there."
        )


def planned_recruitment(design: Design, recruited: dict[str, int], now_month: float) -> Recruitment:
    """Return the recruitment of a design, with what each site has recruited by now.

    Raises
    ------
    InputError
        No recruitment in the file, or a site it does not know.
    """
    asked = design.recruitment
    if asked is None:
        raise InputError(f"design {design.name!r} has no recruitment. Add [recruitment] to its file.")
    unknown = sorted(set(recruited) - {site.name for site in asked.sites})
    if unknown:
        known = ", ".join(site.name for site in asked.sites)
        raise InputError(f"recruited: no site {unknown[0]!r} in the design. Known: {known}.")
    return Recruitment(
        sites=tuple(
            Site(
                name=site.name,
                opens_month=site.opens_month,
                per_month=site.per_month,
                shape=site.shape,
                recruited=recruited.get(site.name, 0),
            )
            for site in asked.sites
        ),
        now_month=now_month,
        refuses=asked.refuses_drug_arm_pct / 100.0,
        stops_month=np.inf if asked.stops_after_months is None else asked.stops_after_months,
    )
