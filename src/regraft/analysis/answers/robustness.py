"""Answers about what was not randomised or not seen: overlap weights, E-value, tipping point."""

import numpy as np
import polars as pl

from regraft.analysis.answers.answer import Answer
from regraft.analysis.answers.question import AskedOfGroups, number_of, ratios_of
from regraft.analysis.answers.time_to_event import hazard
from regraft.analysis.answers.words import (
    by_then_text,
    event_text,
    interval_text,
    left_out_text,
    listed,
    p_text,
    with_early,
)
from regraft.analysis.asked import Covariate
from regraft.analysis.cox import Structure, cox
from regraft.analysis.e_value import Ratio, e_value
from regraft.analysis.groups import Groups, column_of
from regraft.analysis.overlap_weights import overlap_weights, weighted_difference
from regraft.analysis.tipping_point import tipping_point
from regraft.core.errors import InputError

_RARE = 0.15  # of people with the event, up to which a hazard ratio stands for a risk ratio (VanderWeele and Ding 2017)


def answer_e_value(q: AskedOfGroups) -> Answer:
    """Return how strong an unmeasured confounder had to be to explain a hazard ratio away."""
    if len(q.groups.names) != 2:
        raise InputError(f"e_value: {len(q.groups.names)} groups. An E-value is of one ratio: compare two.")
    found, timed, left_out = hazard(q)
    ratio = ratios_of(found.coefficients, "hazard ratio", q.groups)[0]
    kind = Ratio.HAZARD_RARE if timed.event.mean() <= _RARE else Ratio.HAZARD_COMMON
    value, low, high = (float(number) for number in (ratio.estimate or 0, ratio.low or 0, ratio.high or 0))
    strength = e_value(value, low, high, kind)
    numbers = [
        ratio,
        number_of("E-value of the estimate", (strength.of_estimate, None, None), "risk ratio"),
        number_of("E-value of the limit", (strength.of_limit, None, None), "risk ratio"),
    ]
    to_limit = (
        "the interval holds 1 already"
        if low <= 1.0 <= high
        else f"to move the interval to include 1, by {strength.of_limit:.2f}"
    )
    taken = "rare" if kind is Ratio.HAZARD_RARE else "common"
    sentence = (
        f"To explain the hazard ratio of {event_text(timed)} of {interval_text((value, low, high), 2)} away, an "
        "unmeasured confounder would have to be associated with both group and outcome by a risk ratio of "
        f"{strength.of_estimate:.2f} each, beyond what was accounted for{q.adjusted()}; {to_limit} (E-value, outcome "
        f"taken as {taken})."
    )
    return q.found(numbers, sentence, left_out)


def answer_overlap(q: AskedOfGroups) -> Answer:
    """Return share and hazard ratio in people whom both groups could have enrolled."""
    groups = q.groups
    if len(groups.names) != 2:
        raise InputError(f"overlap_weights: {len(groups.names)} groups. Weights make two alike: compare two.")
    adjust = q.asked.adjust or _recorded_covariates(groups)
    found, lacking = groups.timed(q.asked.endpoint or "").with_all_of([column_of(one) for one in adjust])
    timed, early = found.by(q.years)
    treated = timed.group == groups.others[0]
    covariates = np.column_stack([timed.rows[column_of(one)].to_numpy() for one in adjust])
    names = tuple(map(str, adjust))
    weights = overlap_weights(treated, covariates, names)
    share = weighted_difference(timed.rows["happened"].cast(pl.Float64).to_numpy(), weights, level=q.level)
    structure = Structure(weights=weights.weight)
    hazard = cox(
        timed.time, timed.event, treated[:, None], (groups.others[0],), structure=structure, robust=True, level=q.level
    )
    difference = (100.0 * share.difference, 100.0 * share.low, 100.0 * share.high)
    ratio = ratios_of(hazard.coefficients, "weighted hazard ratio", groups)[0]
    before, after = (float(weights.balance[when].abs().to_numpy().max()) for when in ("before", "after"))
    numbers = [
        number_of(f"weighted difference by {q.years:g} years", difference, "percentage points", share.p_value),
        ratio,
        number_of("largest standardised difference before", (before, None, None)),
        number_of("largest standardised difference after", (after, None, None)),
        number_of(f"effective people, {groups.others[0]}", (weights.effective_treated, None, None)),
        number_of(f"effective people, {groups.names[0]}", (weights.effective_control, None, None)),
    ]
    shares = f"{100 * share.treated:.1f}% with {groups.others[0]} and {100 * share.control:.1f}% with {groups.names[0]}"
    sentence = (
        f"In people whom both groups could have enrolled (overlap weights from {listed(adjust)}; largest standardised "
        f"difference {before:.2f} before, {after:.2f} after; effective numbers {weights.effective_treated:.0f} and "
        f"{weights.effective_control:.0f}), {event_text(timed)} within {q.years:g} years in {shares}, difference "
        f"{interval_text(difference, 1)} percentage points ({p_text(share.p_value)}); weighted hazard ratio "
        f"{interval_text((ratio.estimate or 0, ratio.low or 0, ratio.high or 0), 2)}; {by_then_text(groups, timed)}. "
        "Weights are no randomisation: what was not recorded is not balanced."
    )
    left_out = left_out_text(groups.timed(q.asked.endpoint or "").left_out, lacking, groups.nowhere)
    return q.found(numbers, sentence, with_early(left_out, early, q.years))


def answer_tipping(q: AskedOfGroups) -> Answer:
    """Return how many of those unknown would have to have the event to reach a threshold."""
    timed = q.groups.timed(q.asked.endpoint or "")
    threshold = q.asked.threshold or 0.0
    numbers, told = [], []
    for name in q.groups.names:
        own = timed.group == name
        events, known, unknown = int(timed.event[own].sum()), int(own.sum()), timed.left_out[name]
        found = tipping_point(events, known, unknown, threshold=threshold, level=q.level)
        first = found.scenarios.row(0, named=True)
        values = (100.0 * first["estimate"], 100.0 * first["low"], 100.0 * first["high"])
        numbers.append(number_of(f"with the event, if none of the unknown had it, {name}", values, "%"))
        numbers.append(number_of(f"unknown with the event that tip it, {name}", (found.tips_at, None, None), "people"))
        tips = (
            "no number of them moves the upper limit to it"
            if found.tips_at is None
            else "the upper limit is there without any"
            if found.tips_at == 0
            else f"{found.tips_at} of them with the event move the upper limit to it"
        )
        told.append(f"{name}: {events} of {known} known, {unknown} unknown; {tips}")
    sentence = (
        f"{timed.label} against a threshold of {100 * threshold:g}% with the event (exact {q.percent} intervals, those "
        f"unknown added): {'. '.join(told)}."
    )
    return q.found(numbers, sentence, left_out_text({}, 0, q.groups.nowhere))


def _recorded_covariates(groups: Groups) -> tuple[Covariate, ...]:
    """Return the covariates that differ between people and are known of nine in ten of every group."""
    found = []
    for one in Covariate:
        column = groups.people.select("group", value=column_of(one))
        shares = column.group_by("group").agg(pl.col("value").is_not_null().mean())["value"]
        if (shares >= 0.9).all() and column["value"].n_unique() > 1:
            found.append(one)
    if not found:
        raise InputError(
            "no covariate is recorded in nine of ten people of both groups. Name what there is with adjust."
        )
    return tuple(found)
