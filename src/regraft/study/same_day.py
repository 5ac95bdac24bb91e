"""Several records of one subject and day: taken as one where they agree, else by a declared rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import polars as pl

from regraft.clinical.systems import FUNCTIONAL_SYSTEMS
from regraft.core.errors import Finding
from regraft.study.places import PLANNED, ROW, Origin, all_distinct, hidden
from regraft.study.reading_rules import SameDay
from regraft.study.schema import Table

DAILY = ("visits", "functional_systems", "mri_scans", "labs")
PLANNED_VISITS = ("scheduled", "baseline", "screening")
# Which end of a column is the worse one; of what stands nowhere here the last record of the day is taken.
HIGH_IS_WORSE = frozenset(
    {
        *FUNCTIONAL_SYSTEMS, "edss", "ambulation_score", "t25fw_seconds", "nhpt_seconds", "mfis", "msis29_physical",
        "msis29_psychological", "gd_lesions", "new_t2_lesions", "t2_lesions",
    }
)  # fmt: skip
LOW_IS_WORSE = frozenset(
    {"sdmt", "sf36_physical", "sf36_mental", "eq5d_index", "brain_volume_ml", "brain_volume_change_pct"}
)
LABS_HIGH_IS_WORSE = frozenset(
    {
        "bilirubin", "alt", "creatinine", "temperature", "cmv_dna", "ebv_dna", "bk_virus_dna", "neurofilament_light",
        "gfap",
    }
)  # fmt: skip


@final
@dataclass(frozen=True, slots=True)
class OneADay:
    """A typed table with one row for each key as far as that can be said, the findings, and whether all are so."""

    frame: pl.DataFrame
    findings: list[Finding]
    distinct: bool


def one_a_day(
    frame: pl.DataFrame, schema: Table, origin: Origin, rule: SameDay | None, *, by_itself: bool = False
) -> OneADay:
    """Return a typed table with one row for each key, as far as that can be said, and the findings.

    Parameters
    ----------
    frame : polars.DataFrame
        The typed rows with their hidden columns.
    schema : Table
        One of `DAILY`.
    origin : Origin
        Where the table came from.
    rule : SameDay, optional
        Which of contradicting rows is taken; without one they stay, and are told as an error elsewhere.
    by_itself : bool
        The rule is regraft's own, not a declared one.
    """
    key = [name for name in schema.key if name in frame.columns]
    if len(key) < len(schema.key) or frame.is_empty():
        return OneADay(frame, [], distinct=False)
    if all_distinct(frame, key):
        return OneADay(frame, [], distinct=True)
    double = frame.select(key).is_duplicated() & frame.select(pl.all_horizontal(pl.col(key).is_not_null())).to_series()
    if not double.any():
        return OneADay(frame, [], distinct=False)
    rows = frame.filter(double)
    data = [name for name in frame.columns if name not in key and name not in hidden(frame)]
    clash = rows.group_by(key, maintain_order=True).agg(
        clash=pl.any_horizontal(False, *(pl.col(name).drop_nulls().n_unique() > 1 for name in data))
    )
    rows = rows.join(clash, on=key, how="left", maintain_order="left")
    alike, contrary = rows.filter(~pl.col("clash")), rows.filter("clash")
    found: list[Finding] = []
    parts = [frame.filter(~double)]
    if alike.height:
        merged = _merged(alike.drop("clash"), key, data)
        repeated = alike.filter(~pl.struct(key).is_first_distinct())
        problem = "the row adds to another of the same key without contradicting it: they are taken as one"
        found += origin.told(key[-1], repeated, repeated[key[-1]], problem, "Nothing to do if that is right", "warning")
        parts.append(merged)
    if contrary.height and rule is not None:
        chosen = _chosen(contrary.drop("clash"), key, data, rule, schema.name)
        left = contrary.filter(~pl.struct(key).is_first_distinct())
        whose = "which is regraft's own rule" if by_itself else "as declared"
        problem = f"the row contradicts another of the same key; the {rule} is taken, {whose}"
        remedy = f'[same_day] {schema.name} = "..." in a mapping file sets first, last, worst or scheduled'
        found += origin.told(key[-1], left, left[key[-1]], problem, remedy, "warning")
        parts.append(chosen)
    elif contrary.height:
        parts.append(contrary.drop("clash"))
    whole = pl.concat(parts, how="vertical_relaxed")
    ordered = whole.sort(ROW, maintain_order=True) if "_file" not in whole.columns else whole
    return OneADay(ordered, found, distinct=False)


def _merged(rows: pl.DataFrame, key: list[str], data: list[str]) -> pl.DataFrame:
    others = [name for name in rows.columns if name not in key and name not in data]
    cells = [pl.col(name).drop_nulls().first() for name in data] + [pl.col(name).first() for name in others]
    return rows.group_by(key, maintain_order=True).agg(cells).select(rows.columns)


def _chosen(rows: pl.DataFrame, key: list[str], data: list[str], rule: SameDay, table: str) -> pl.DataFrame:
    """Return one row for each key by the rule; what it leaves empty is taken from the others."""
    if rule is SameDay.WORST:
        return _worst(rows, key, data, table)
    if rule is SameDay.LAST:
        rows = rows.reverse()
    elif rule is SameDay.SCHEDULED:
        rows = rows.sort(_unplanned(rows), maintain_order=True)
    chosen = _merged(rows, key, data)
    return chosen.sort(ROW, maintain_order=True)


def _unplanned(rows: pl.DataFrame) -> pl.Expr:
    planned = pl.lit(None, dtype=pl.Boolean)
    if PLANNED in rows.columns:
        planned = pl.coalesce(PLANNED, planned)
    if "visit_type" in rows.columns:
        planned = pl.coalesce(pl.col("visit_type").is_in(PLANNED_VISITS), planned)
    return ~planned.fill_null(value=False)


def _worst(rows: pl.DataFrame, key: list[str], data: list[str], table: str) -> pl.DataFrame:
    if table == "labs":
        high = pl.col("test").is_in(list(LABS_HIGH_IS_WORSE))
        keyed = rows.with_columns(__order=pl.when(high).then(-pl.col("value")).otherwise(pl.col("value")))
        return _merged(keyed.sort("__order", nulls_last=True, maintain_order=True).drop("__order"), key, data)
    others = [name for name in rows.columns if name not in key and name not in data]
    ends: Mapping[bool, pl.Expr]
    cells = []
    for name in data:
        ends = {name in HIGH_IS_WORSE: pl.col(name).max(), name in LOW_IS_WORSE: pl.col(name).min()}
        cells.append(ends.get(True, pl.col(name).drop_nulls().last()))
    return (
        rows.group_by(key, maintain_order=True)
        .agg(*cells, *(pl.col(name).first() for name in others))
        .select(rows.columns)
    )
