"""Answers about EDSS scores: year by year, and with those who left early imputed."""

import numpy as np
import polars as pl

from regraft.analysis.answers.answer import Answer
from regraft.analysis.answers.question import AskedOfGroups, number_of
from regraft.analysis.answers.words import interval_text, left_out_text, p_text
from regraft.analysis.reference_based import reference_based
from regraft.analysis.repeated import repeated_measures, visit_design
from regraft.core.errors import InputError

_AROUND_YEARS = 0.5


def answer_repeated(q: AskedOfGroups) -> Answer:
    """Return the difference of EDSS change at every whole year."""
    groups = q.groups
    if len(groups.names) != 2:
        raise InputError(f"repeated_measures: {len(groups.names)} groups. The design compares two.")
    rows = _edss_by_year(q).drop_nulls("edss")
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


def answer_reference_based(q: AskedOfGroups) -> Answer:
    """Return the difference of EDSS change at the last year, those who left early imputed in four ways."""
    groups = q.groups
    if len(groups.names) != 2:
        raise InputError(f"reference_based: {len(groups.names)} groups. One is compared with the reference: name two.")
    rows = _edss_by_year(q)
    found = reference_based(
        (rows["edss"] - rows["baseline"]).cast(pl.Float64).to_numpy(),
        (rows["part"].cast(pl.String) + "|" + rows["subject_id"]).to_numpy(),
        rows["mark"].to_numpy(),
        rows["group"].to_numpy(),
        reference=groups.names[0],
        covariates={"EDSS at the start": rows["baseline"].to_numpy()},
        level=q.level,
    )
    year, numbers, told = found.visits[-1], [], []
    for strategy, row in zip(found.strategies, range(len(found.strategies)), strict=True):
        value = tuple(float(part[row, -1]) for part in (found.difference, found.low, found.high))
        name, p_value = str(strategy).replace("_", " "), float(found.p_value[row, -1])
        numbers.append(number_of(f"difference of EDSS change at year {year:g}, {name}", value, "EDSS", p_value))
        told.append(f"{name} {interval_text(value, 2)} ({p_text(p_value)})")
    counts = (
        (groups.names[0], found.imputed_reference, found.subjects_reference),
        (groups.others[0], found.imputed_other, found.subjects_other),
    )
    imputed = " and ".join(f"{missing[-1]} of {people} with {name}" for name, missing, people in counts)
    people = found.subjects_reference + found.subjects_other
    sentence = (
        f"Change of EDSS from the start at year {year:g}, {groups.others[0]} minus {groups.names[0]}, scores after "
        f"the last visit imputed: {'; '.join(told)} (reference {groups.names[0]}; conditional means of repeated "
        f"measures with unstructured covariance by REML, adjusted for EDSS at the start, {q.percent} intervals of the "
        f"jackknife; imputed at that year in {imputed})."
    )
    return q.found(numbers, sentence, left_out_text({}, groups.people.height - people, groups.nowhere))


def _edss_by_year(q: AskedOfGroups) -> pl.DataFrame:
    """Return people with an EDSS at the start, and their score nearest to every whole year; null for none."""
    groups = q.groups
    marks = pl.DataFrame({"mark": np.arange(1.0, np.floor(q.years) + 1.0)})
    people = groups.people.select("part", "subject_id", "group", baseline="edss").drop_nulls()
    near = groups.scores.join(marks, how="cross").with_columns(far=(pl.col("years") - pl.col("mark")).abs())
    near = near.filter(pl.col("far") <= _AROUND_YEARS).sort("part", "subject_id", "mark", "far", "years")
    seen = near.unique(["part", "subject_id", "mark"], keep="first", maintain_order=True)
    seen = seen.join(people.select("part", "subject_id"), on=["part", "subject_id"], how="semi")
    if seen.is_empty():
        raise InputError("no EDSS near a whole year after the start, in people with an EDSS at the start.")
    everywhere = people.join(marks.filter(pl.col("mark").is_in(seen["mark"].implode())), how="cross")
    return everywhere.join(seen, on=["part", "subject_id", "mark"], how="left", maintain_order="left")
