"""What is calculated of a design as plain values: boundaries, safety, borrowing, re-estimation, decisions, events."""

from collections.abc import Iterable
from dataclasses import asdict
from math import isfinite
from typing import Any

import numpy as np
from scipy.special import ndtri

from regraft.core.errors import InputError
from regraft.core.grounds import Grounds, RestsOn, Rules, grounds_of_file, rests_on
from regraft.design.belief.beta_mixture import effective_size
from regraft.design.belief.decisions import decision_table, error_curve
from regraft.design.file import Clock, Design, Monitored, ReestimationKind, Safety, TestName
from regraft.design.looks.boundaries import Boundaries, boundaries
from regraft.design.looks.characteristics import expected_ratio, type_one
from regraft.design.looks.conditional import (
    NormalBelief,
    Seen,
    assurance_of_looks,
    assurance_without_looks,
    conditional_power,
    drift_seen,
    predictive_power,
)
from regraft.design.looks.reestimation import grown_operating, naive_reject
from regraft.design.looks.scales import difference_of_z, hazard_ratio_of_z, one_sided_p
from regraft.design.outcomes.blinded import blinded_reject, fixed_reject
from regraft.design.planned import (
    acting_boundary,
    blinded_plan,
    growing_plan,
    look_plan,
    planned_boundaries,
    planned_events,
    safety_chances,
    safety_steps,
    updated_plan,
)
from regraft.design.planned_arms import planned_arms
from regraft.design.planned_belief import borrowed_prior, count_looks, posterior_decision
from regraft.design.recruitment import Forecast
from regraft.design.single_arm.exact_looks import count_chances
from regraft.design.size_in_words import date_read, patients_of, shares_assumed
from regraft.design.survival.follow_up import TwoArms, date_of_share, overall_event_share
from regraft.design.survival.log_rank_size import SurvivalSize, look_dates
from regraft.design.survival.looks_by_date import dated_looks

Document = dict[str, Any]
_RATIOS = (0.5, 1.0, 2.0, 3.0)  # true probabilities of harm, as multiples of the accepted one
_SHARES = tuple(k / 10.0 for k in range(1, 10))  # true shares of the arm that borrows
_FLAT = NormalBelief(mean=0.0, standard_deviation=np.inf)
_AT_Z = (0.5, 1.0, 1.5, 2.0)  # statistics at a look at which the size after it is said
_POOLED = (0.3, 0.4, 0.5, 0.6, 0.7)  # shares of both arms together at which it is


def grounds_of_design(design: Design) -> Grounds:
    """Return where the values of a design file come from."""
    return grounds_of_file("design", design.name, design.model_dump(exclude_unset=True), design.sources)


def calculated_from(design: Design, definitions: Iterable[Rules] = ()) -> RestsOn:
    """Return what numbers calculated of a design rest on: its file, its statistics, its definitions."""
    methods = (design.hypothesis.test, *(one.rule for one in design.safety))
    return rests_on(files=(grounds_of_design(design),), definitions=definitions, methods=map(str, methods))


def bounds_document(design: Design) -> Document:
    """Return everything that is calculated of a design before its trial."""
    by_z = design.looks is not None and design.looks.two_stage is None and design.hypothesis.test != TestName.POSTERIOR
    return {
        "design": design.name,
        "looks": looks_document(design) if by_z else None,
        "counts": counts_document(design),
        "safety": [safety_document(one) for one in design.safety],
        "reestimation": reestimation_document(design),
        "borrowing": borrowing_document(design),
        "assurance": assurance_document(design),
    }


def counts_document(design: Design) -> Document | None:
    """Return the counts by which a single arm stops, with their exact chances; None where it does not."""
    reference, patients = design.hypothesis.reference, patients_of(design)
    names = tuple(design.assumed.free_pct)
    looks = count_looks(design, names[0] if names else "", patients or 1) if reference is not None else None
    if looks is None or reference is None:
        return None
    truths = {"reference": reference.free_pct, **({"hoped": design.assumed.free_pct[names[0]]} if names else {})}
    chances = {name: count_chances(looks, pct / 100.0) for name, pct in truths.items()}
    return {
        "looks": [
            {"people": n, "futility_at_most": low if low >= 0 else None, "efficacy_from": high if high <= n else None}
            for n, low, high in zip(looks.patients, looks.lower, looks.upper, strict=True)
        ],
        "operating": [
            {
                "truth": name,
                "free_pct": truths[name],
                "efficacy": one.efficacy.tolist(),
                "futility": one.futility.tolist(),
                "expected_people": one.expected_patients,
            }
            for name, one in chances.items()
        ],
    }


def reestimation_document(design: Design) -> Document | None:
    """Return what a re-estimation does: type I error, power, people expected; None without."""
    asked, patients = design.reestimation, patients_of(design)
    if asked is None or patients is None:
        return None
    if asked.kind is ReestimationKind.BLINDED:
        return _blinded_document(design, patients)
    plan, bounds = growing_plan(design, patients), planned_boundaries(design)
    effect = bounds.drift / float(np.sqrt(plan.first + plan.second))
    people = patients / (plan.first + plan.second)
    null, planned = grown_operating(plan, 0.0), grown_operating(plan, effect)
    return {
        "kind": asked.kind.value,
        "type_one": null.reject,
        "type_one_if_pooled": naive_reject(plan, 0.0),
        "power": planned.reject,
        "people_expected": planned.expected * people,
        "people_expected_null": null.expected * people,
        "after_z": [
            {
                "z": z,
                "conditional_power": float(plan.conditional_power(np.array(z), plan.second)),
                "people": float((plan.first + plan.second_stage(np.array(z))) * people),
            }
            for z in _AT_Z
        ],
    }


def _blinded_document(design: Design, patients: int) -> Document:
    if design.hypothesis.test is TestName.LOG_RANK:
        return {"kind": "blinded", "by": "events of both arms; simulated by `regraft design run`"}
    plan, pair = blinded_plan(design, patients), shares_assumed(design)
    assert pair is not None
    return {
        "kind": "blinded",
        "pilot": plan.pilot,
        "type_one": blinded_reject(plan, pair.control, pair.control),
        "power": blinded_reject(plan, pair.experimental, pair.control),
        "power_at_the_look": fixed_reject(plan, pair.experimental, pair.control),
        "after_pooled": [{"free_pct": 100.0 * pooled, "people": plan.size(pooled)} for pooled in _POOLED],
    }


def borrowing_document(design: Design) -> Document | None:
    """Return the prior that is borrowed and what it is worth, with the type I error as a curve; None without.

    The curve is by the true share free of the second arm, the first one the same (type I) or better by what was hoped.
    """
    if design.borrowing is None:
        return None
    prior = borrowed_prior(design)
    pair, patients = shares_assumed(design), patients_of(design)
    curve = None
    if pair is not None and patients is not None:
        first = round(patients * design.hypothesis.experimental_share)
        names = tuple(design.assumed.free_pct)
        table = decision_table(posterior_decision(design, names, (first, patients - first)))
        curve = asdict(error_curve(table, _SHARES, pair.experimental - pair.control))
    return {
        "arm": design.borrowing.arm,
        "mean": prior.mean,
        "standard_deviation": prior.standard_deviation,
        "components": [dict(zip(("weight", "a", "b"), one, strict=True)) for one in zip(*prior.arrays(), strict=True)],
        "worth_patients": {name: plain(value) for name, value in asdict(effective_size(prior)).items()},
        "curve": curve,
    }


def assurance_document(design: Design) -> Document | None:
    """Return power averaged over a normal belief about the effect, around that planned; None where none is said."""
    share = design.assumed.effect_uncertainty
    if share is None:
        return None
    if design.looks is not None and design.looks.two_stage is None:
        bounds = planned_boundaries(design)
        value = assurance_of_looks(bounds, NormalBelief(mean=bounds.drift, standard_deviation=share * bounds.drift))
    else:
        critical = float(ndtri(1.0 - design.hypothesis.alpha_each))
        drift = critical + float(ndtri(design.hypothesis.power))
        value = assurance_without_looks(critical, NormalBelief(mean=drift, standard_deviation=share * drift))
    return {"effect_uncertainty": share, "power": design.hypothesis.power, "assurance": value}


def events_document(design: Design) -> Document | None:
    """Return when events and looks are expected under what is assumed; None where nothing is assumed of hazards.

    Deaths that compete and people who leave have the event no more: they are not counted as if they might.
    """
    arms, patients = planned_arms(design), patients_of(design)
    if arms is None or patients is None or not np.isfinite(arms.control.longest):
        return None
    end = date_read(design, arms)
    told: Document = {
        "patients": patients,
        "recruited_month": arms.accrual.length,
        "end_month": end,
        "events_at_end": patients * overall_event_share(arms, end),
        "looks": None,
    }
    looks = design.looks
    if looks is None or looks.two_stage is not None:
        return told
    if looks.by is Clock.EVENTS:
        told["looks"] = _looks_by_events(design, arms, patients, told["events_at_end"])
    elif looks.by is Clock.CALENDAR and looks.at:
        found = dated_looks(
            arms, tuple(looks.at), look_plan(design).efficacy, design.hypothesis.alpha_each, design.hypothesis.power
        )
        told["looks"] = [
            {"month": month, "events": patients * overall_event_share(arms, month), "hazard_ratio": float(ratio)}
            for month, ratio in zip(looks.at, found.hazard_ratios, strict=True)
        ]
        told["patients_for_power"] = found.patients
    return told


def _looks_by_events(design: Design, arms: TwoArms, patients: int, at_end: float) -> list[Document]:
    """Return the month of each look; null where so many events are not expected by the end."""
    bounds = planned_boundaries(design)
    wanted = planned_events(design) or tuple(float(share) * at_end for share in bounds.fractions)
    if wanted[-1] <= at_end:
        dates = look_dates(arms, SurvivalSize(events=wanted[-1], patients=float(patients)), bounds)
        early = dates.before_accrual_ends
        return [
            {"events": events, "month": month, "recruiting": k in early}
            for k, (events, month) in enumerate(zip(wanted, dates.dates, strict=True), start=1)
        ]
    return [
        {"events": one, "month": date_of_share(arms, one / patients) if one <= at_end else None, "recruiting": None}
        for one in wanted
    ]


def reestimated_document(design: Design, z: float) -> Document | None:
    """Return the size after a look of a real trial whose second stage may grow; None without a planned number."""
    patients = patients_of(design)
    if patients is None:
        return None
    plan = growing_plan(design, patients)
    whole = plan.first + float(plan.second_stage(np.array(z)))
    return {
        "conditional_power": float(plan.conditional_power(np.array(z), plan.second)),
        "people": patients * whole / (plan.first + plan.second),
        "information": whole,
    }


def looks_document(design: Design) -> Document:
    """Return boundaries on every scale, with both type I errors and what they cost."""
    found = planned_boundaries(design)
    errors, expected = type_one(found), expected_ratio(found)
    return {
        "looks": [_look(design, found, k) for k in range(found.fractions.size)],
        "alpha": found.alpha,
        "power": 1.0 - found.beta,
        "binding": found.binding,
        "type_one_futility_obeyed": errors.futility_obeyed,
        "type_one_futility_overruled": errors.futility_overruled,
        "inflation": found.inflation,
        "expected_share_alternative": expected.alternative / found.inflation,
        "expected_share_null": expected.null / found.inflation,
    }


def _look(design: Design, found: Boundaries, k: int) -> Document:
    events, share = planned_events(design), design.hypothesis.experimental_share
    error = _error_of_shares(design, float(found.fractions[k]))
    upper, lower = float(found.upper[k]), float(found.lower[k])
    last = k + 1 == found.fractions.size

    def ratio(z: float) -> float | None:
        return hazard_ratio_of_z(z, events[k], share) if events is not None and isfinite(z) else None

    power = None
    if not last and isfinite(lower):
        seen = Seen(look=k + 1, z=lower)
        power = conditional_power(found, seen, drift_seen(found, seen))
    return {
        "look": k + 1,
        "share": float(found.fractions[k]),
        "events": events[k] if events is not None else None,
        "efficacy_z": upper if isfinite(upper) else None,
        "efficacy_p": one_sided_p(upper) if isfinite(upper) else None,
        "efficacy_hazard_ratio": ratio(upper),
        "efficacy_difference_pct": None
        if error is None or not isfinite(upper)
        else 100.0 * difference_of_z(upper, error),
        "futility_z": lower if isfinite(lower) and not last else None,
        "futility_hazard_ratio": None if last else ratio(lower),
        "futility_conditional_power": power,
    }


def _error_of_shares(design: Design, fraction: float) -> float | None:
    """Return the standard error of the difference of both shares free at a look; None where shares are not assumed."""
    pair, patients = shares_assumed(design), patients_of(design)
    if pair is None or patients is None:
        return None
    return pair.spreads()[0] / float(np.sqrt(patients * fraction))


def safety_document(asked: Safety) -> Document:
    """Return a safety rule with its operating characteristics.

    A step stops at so many events among at most so many people, days watched in all, or effective people.
    """
    found, measure = acting_boundary(asked), _MEASURES[asked.monitored]
    null = asked.null_pct / 100.0
    at = [safety_chances(asked, min(0.99, ratio * null)) for ratio in _RATIOS]
    whole = asked.monitored is Monitored.EVALUABLE
    return {
        "counts": asked.counts,
        "arm": asked.arm,
        "rule": asked.rule.value,
        "monitored": asked.monitored.value,
        "then": asked.then.value,
        "alpha": found.alpha,
        "constant": found.constant if isfinite(found.constant) else None,  # counts have none
        "stop_at": [{"events": events, measure: int(most) if whole else most} for events, most in safety_steps(asked)],
        "operating": [
            {
                "true_pct": 100.0 * one.probability,
                "stop": one.stop,
                "expected_people": one.expected_people,
                "expected_events": one.expected_events,
            }
            for one in at
        ],
    }


_MEASURES = {Monitored.EVALUABLE: "people", Monitored.TOTAL_TIME: "days", Monitored.TITE: "effective_people"}


def decided_document(design: Design, look: int, z: float, information: float | None) -> Document:
    """Return the decision at a look, with updated bounds and what may still be shown."""
    found = boundaries(look_plan(design) if information is None else updated_plan(design, look, information))
    looks = found.fractions.size
    if look > looks:
        raise InputError(f"look {look}: the design has {looks}. Give one of those.")
    upper, lower = float(found.upper[look - 1]), float(found.lower[look - 1])
    last = look == looks
    decision = "efficacy" if z >= upper else "futility" if z < lower else "go on"
    told: Document = {
        "look": look,
        "share": float(found.fractions[look - 1]),
        "z": z,
        "decision": "not shown" if last and decision == "futility" else decision,
        "binding": found.binding,
        "efficacy_z": upper if isfinite(upper) else None,
        "futility_z": lower if isfinite(lower) and not last else None,
        "bounds_to_come": [float(b) for b in found.upper[look:]],
    }
    if not last:
        seen = Seen(look=look, z=z)
        told["conditional_power"] = {
            "observed": conditional_power(found, seen, drift_seen(found, seen)),
            "planned": conditional_power(found, seen, found.drift),
            "none": conditional_power(found, seen, 0.0),
        }
        told["predictive_power"] = predictive_power(found, seen, _FLAT)
    asked = design.reestimation
    if asked is not None and asked.at_look == look and asked.kind is ReestimationKind.PROMISING_ZONE:
        told["reestimated"] = reestimated_document(design, z)
    return told


def finite(one: Forecast) -> Document:
    """Return a forecast in which never is null."""
    return {name: plain(value) for name, value in asdict(one).items()}


def plain(value: Any) -> Any:
    """Return a number, or several, in which what is not finite is null."""
    if isinstance(value, tuple):
        return [plain(part) for part in value]
    return value if isfinite(value) else None
