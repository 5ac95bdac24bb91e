"""Answers about shares, counts and scores: odds, relapse rates, and EDSS year by year."""

import numpy as np
import polars as pl

from regraft.analysis.answers.answer import Answer
from regraft.analysis.answers.question import AskedOfGroups, number_of, ratios_of, term_of
from regraft.analysis.answers.words import (
    by_then_text,
    interval_text,
    left_out_text,
    p_text,
    ratio_text,
    with_early,
)
from regraft.analysis.firth import firth
from regraft.analysis.groups import column_of
from regraft.analysis.negative_binomial import negative_binomial
from regraft.analysis.repeated import repeated_measures, visit_design
from regraft.core.errors import InputError

_AROUND_YEARS = 0.5


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
    wide = groups.measures.filter(pl.col("measure").is_in(names)).pivot(
        "measure", index=["part", "subject_id"], values="value"
    )
    rows = groups.people.join(wide, on=["part", "subject_id"], how="left", maintain_order="left")
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


def answer_repeated(q: AskedOfGroups) -> Answer:
    """Return the difference of EDSS change at every whole year."""
    groups = q.groups
    if len(groups.names) != 2:
        raise InputError(f"repeated_measures: {len(groups.names)} groups. The design compares two.")
    marks = pl.DataFrame({"mark": np.arange(1.0, np.floor(q.years) + 1.0)})
    people = groups.people.select("part", "subject_id", "group", baseline="edss").drop_nulls()
    near = groups.scores.join(marks, how="cross").with_columns(far=(pl.col("years") - pl.col("mark")).abs())
    near = near.filter(pl.col("far") <= _AROUND_YEARS).sort("part", "subject_id", "mark", "far", "years")
    seen = near.unique(["part", "subject_id", "mark"], keep="first", maintain_order=True)
    rows = people.join(seen, on=["part", "subject_id"], maintain_order="left")
    if rows.is_empty():
        raise InputError("no EDSS near a whole year after the start, in people with an EDSS at the start.")
    change = (rows["edss"] - rows["baseline"]).to_numpy()
    who = (rows["part"].cast(pl.String) + "|" + rows["subject_id"]).to_numpy()
    second = (rows["group"] == groups.others[0]).cast(pl.Int64).to_numpy()
    x, names = visit_design(rows["mark"].to_numpy(), second)
    x, names = (
        np.column_stack((x, rows["baseline"].to_numpy() - rows["baseline"].mean())),
        (*names, "EDSS at the start"),
    )
    found = repeated_measures(change, who, rows["mark"].to_numpy(), x, names, level=q.level)
    table = found.coefficients.to_frame().filter(pl.col("term").str.starts_with("difference"))
    numbers = [
        number_of(
            f"difference of EDSS change at year {v:g}", (r["estimate"], r["low"], r["high"]), "EDSS", r["p_value"]
        )
        for v, r in zip(found.visits, table.iter_rows(named=True), strict=True)
    ]
    last = numbers[-1]
    value = (last.estimate or 0.0, last.low or 0.0, last.high or 0.0)
    sentence = (
        f"Change of EDSS from the start: {groups.others[0]} minus {groups.names[0]} {interval_text(value, 2)} at year "
        f"{found.visits[-1]:g} ({p_text(last.p_value)}; repeated measures with unstructured covariance by REML, "
        f"adjusted for EDSS at the start, {q.percent} intervals; {found.subjects} people, {found.observations} scores, "
        "valid where scores are missing at random)."
    )
    return q.found(numbers, sentence, left_out_text({}, groups.people.height - found.subjects, groups.nowhere))


def _exp(value: float) -> float:
    return float(np.exp(value))
