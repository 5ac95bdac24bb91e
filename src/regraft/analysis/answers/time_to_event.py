"""Answers about the time to an event: curves, tests of them, hazards, and mean times."""

import numpy as np

from regraft.analysis.answers.answer import Answer
from regraft.analysis.answers.question import AskedOfGroups, number_of, ratios_of, strata_of
from regraft.analysis.answers.words import (
    competing_text,
    degrees_text,
    event_text,
    interval_text,
    listed,
    p_text,
    people_text,
    ratio_text,
)
from regraft.analysis.arm_contrast import difference_of, free_at
from regraft.analysis.cox import Cox, Structure, cox
from regraft.analysis.fine_gray import fine_gray
from regraft.analysis.gray import gray_test
from regraft.analysis.groups import Timed
from regraft.analysis.log_rank import log_rank
from regraft.analysis.rmst import restricted_mean, restricted_mean_difference
from regraft.analysis.survival import kaplan_meier
from regraft.core.errors import InputError
from regraft.core.units import DAYS_PER_MONTH, DAYS_PER_YEAR


def answer_kaplan_meier(q: AskedOfGroups) -> Answer:
    """Return the share free of the event in every group, and its difference from the first."""
    timed, left_out = q.timed(whole=False)
    moment = q.years * DAYS_PER_YEAR
    numbers, told, first = [], [], None
    for name in q.groups.names:
        own = timed.group == name
        share = free_at(kaplan_meier(timed.time[own], timed.event[own], level=q.level), moment)
        if np.isnan(share[0]):
            raise InputError(f"{name}: follow-up ends before {q.years:g} years. Give an earlier time with years.")
        values = (100.0 * share[0], 100.0 * share[1], 100.0 * share[2])
        first = first or values
        numbers.append(number_of(f"free at {q.years:g} years, {name}", values, "%"))
        told.append(f"{interval_text(values, 1, '%')} with {name}")
        if values is not first:
            numbers.append(number_of(f"difference, {name}", difference_of(values, first), "percentage points"))
            told[-1] += f" (difference {interval_text(difference_of(values, first), 1)} percentage points)"
    sentence = (
        f"At {q.years:g} years {'; '.join(told)} were free of {event_text(timed)} (Kaplan-Meier with {q.percent} "
        f"log-log intervals, exact bounds for all or nobody, differences with Newcombe's); "
        f"{people_text(q.groups, timed)}."
    )
    return q.found(numbers, sentence, left_out)


def answer_log_rank(q: AskedOfGroups) -> Answer:
    """Return a log-rank test of all groups."""
    timed, left_out = q.timed()
    found = log_rank(timed.time, timed.event, timed.group, strata=strata_of(q, timed))
    numbers = [number_of("chi-square", (found.chi_square, None, None), f"{found.degrees} df", found.p_value)]
    numbers += [
        number_of(f"observed over expected, {name}", (float(o / e) if e > 0 else None, None, None))
        for name, o, e in zip(found.groups, found.observed, found.expected, strict=True)
    ]
    stratified = f" stratified by {listed(q.asked.strata)}" if q.asked.strata else ""
    sentence = (
        f"Time to {event_text(timed)}: {people_text(q.groups, timed)}; log-rank test{stratified}, chi-square "
        f"{found.chi_square:.2f} with {degrees_text(found.degrees)}, "
        f"{p_text(found.p_value)}."
    )
    return q.found(numbers, sentence, left_out)


def hazard(q: AskedOfGroups) -> tuple[Cox, Timed, str]:
    """Return a Cox regression with the people it is of, and who was left out."""
    timed, left_out = q.timed()
    x, names = q.groups.matrix(timed.rows, q.asked.adjust)
    structure = Structure(strata=strata_of(q, timed))
    return cox(timed.time, timed.event, x, names, structure=structure, level=q.level), timed, left_out


def answer_cox(q: AskedOfGroups) -> Answer:
    """Return hazard ratios."""
    found, timed, left_out = hazard(q)
    numbers = ratios_of(found.coefficients, "hazard ratio", q.groups)
    told = ratio_text(q.groups, numbers, "hazard ratio")
    sentence = (
        f"Time to {event_text(timed)}: {told} (Cox regression, Efron's ties{q.adjusted()}, {q.percent} intervals); "
        f"{people_text(q.groups, timed)}."
    )
    return q.found(numbers, sentence, left_out)


def answer_rmst(q: AskedOfGroups) -> Answer:
    """Return mean times free of the event up to some years, and their differences from the first group."""
    timed, left_out = q.timed(whole=False)
    horizon = q.years * DAYS_PER_YEAR
    numbers, told = [], []
    for name in q.groups.names:
        own = timed.group == name
        mean = restricted_mean(timed.time[own], timed.event[own], horizon, level=q.level)
        numbers.append(number_of(f"restricted mean, {name}", _months(mean.mean, mean.low, mean.high), "months"))
    for name in q.groups.others:
        pair = np.isin(timed.group, (q.groups.names[0], name))
        second = (timed.group[pair] == name).astype(np.int64)  # sorted labels: 0 is the reference
        found = restricted_mean_difference(timed.time[pair], timed.event[pair], second, horizon, level=q.level)
        values = _months(found.difference, found.low, found.high)
        numbers.append(number_of(f"difference, {name}", values, "months", found.p_value))
        told.append(f"{interval_text(values, 1)} months with {name} ({p_text(found.p_value)})")
    means = ", ".join(f"{n.estimate:.1f} months with {name}" for n, name in zip(numbers, q.groups.names, strict=False))
    sentence = (
        f"Mean time free of {event_text(timed)} up to {q.years:g} years was {means}; difference from "
        f"{q.groups.names[0]} {'; '.join(told)} (restricted mean, {q.percent} intervals); "
        f"{people_text(q.groups, timed)}."
    )
    return q.found(numbers, sentence, left_out)


def answer_gray(q: AskedOfGroups) -> Answer:
    """Return Gray's test of all groups, with death as a competing event."""
    timed, left_out = q.timed()
    found = gray_test(timed.time, timed.status, timed.group, strata=strata_of(q, timed))
    numbers = [number_of("chi-square", (found.chi_square, None, None), f"{found.degrees} df", found.p_value)]
    stratified = f" stratified by {listed(q.asked.strata)}" if q.asked.strata else ""
    sentence = (
        f"Cumulative incidence of {event_text(timed)} with death as a competing event ({competing_text(timed)}): "
        f"{people_text(q.groups, timed)}; Gray's test{stratified}, chi-square {found.chi_square:.2f} "
        f"with {degrees_text(found.degrees)}, {p_text(found.p_value)}."
    )
    return q.found(numbers, sentence, left_out)


def answer_fine_gray(q: AskedOfGroups) -> Answer:
    """Return subdistribution hazard ratios, with death as a competing event."""
    timed, left_out = q.timed()
    x, names = q.groups.matrix(timed.rows, q.asked.adjust)
    found = fine_gray(timed.time, timed.status, x, names, level=q.level)
    numbers = ratios_of(found.coefficients, "subdistribution hazard ratio", q.groups)
    told = ratio_text(q.groups, numbers, "subdistribution hazard ratio")
    sentence = (
        f"{timed.label} with death as a competing event ({competing_text(timed)}): {told} (Fine-Gray "
        f"regression{q.adjusted()}, {q.percent} intervals); {people_text(q.groups, timed)}."
    )
    return q.found(numbers, sentence, left_out)


def _months(*days: float) -> tuple[float, ...]:
    return tuple(value / DAYS_PER_MONTH for value in days)
