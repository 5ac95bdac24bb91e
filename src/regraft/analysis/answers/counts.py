"""Answers about shares and counts: odds, and relapse rates."""

import numpy as np
import polars as pl

from regraft.analysis.answers.answer import Answer
from regraft.analysis.answers.question import AskedOfGroups, number_of, ratios_of, term_of
from regraft.analysis.answers.words import (
    by_then_text,
    left_out_text,
    ratio_text,
    with_early,
)
from regraft.analysis.firth import firth
from regraft.analysis.groups import column_of
from regraft.analysis.negative_binomial import negative_binomial
from regraft.core.errors import InputError


def answer_firth(q: AskedOfGroups) -> Answer:
    """Return odds ratios of the event within some years, of those followed so long."""
    whole, left_out = q.timed()
    timed, early = whole.by(q.years)
    x, names = q.groups.matrix(timed.rows, q.asked.adjust)
    found = firth(timed.rows["happened"].to_numpy(), x, names, level=q.level)
    at = [found.coefficients.names.index(name) for name in names]
    numbers = [
        number_of(
            term_of("odds ratio", name, q.groups),
            (_exp(found.coefficients.estimate[i]), _exp(found.low[i]), _exp(found.high[i])),
            "",
            float(found.p_value[i]),
        )
        for i, name in zip(at, names, strict=True)
    ]
    told = ratio_text(q.groups, numbers, "odds ratio")
    sentence = (
        f"{timed.label} within {q.years:g} years: {told} (logistic regression with Firth's penalty{q.adjusted()}, "
        f"{q.percent} intervals of the profile likelihood); {by_then_text(q.groups, timed)}."
    )
    return q.found(numbers, sentence, with_early(left_out, early, q.years))


def answer_negative_binomial(q: AskedOfGroups) -> Answer:
    """Return ratios of relapse rates."""
    groups = q.groups
    names = ("relapses_after", "years_after")
    rows = groups.people.join(groups.measured(names), on=["part", "subject_id"], how="left", maintain_order="left")
    known = rows.drop_nulls([*names, *map(column_of, q.asked.adjust)]).filter(pl.col("years_after") > 0)
    x, terms = groups.matrix(known, q.asked.adjust)
    counts, exposure = known["relapses_after"].to_numpy(), known["years_after"].to_numpy()
    found = negative_binomial(counts, exposure, x, terms, level=q.level)
    numbers = ratios_of(found.coefficients, "rate ratio", groups)
    rates = []
    for name in groups.names:
        own = (known["group"] == name).to_numpy()
        if not own.any():
            raise InputError(f"{name}: nobody has relapses and follow-up recorded.")
        rates.append(f"{counts[own].sum():.0f} relapses in {exposure[own].sum():.0f} patient-years with {name}")
    lacking = rows.height - known.height
    sentence = (
        f"Relapses: {', '.join(rates)}; {ratio_text(groups, numbers, 'rate ratio')} (negative-binomial "
        f"regression{q.adjusted()}, {q.percent} intervals)."
    )
    return q.found(numbers, sentence, left_out_text({}, lacking, groups.nowhere))


def _exp(value: float) -> float:
    return float(np.exp(value))
