"""How cells were collected and what became of them: the chain of mobilisation, and the product at each stage."""

import polars as pl

from regraft.report.page import Align, Block, Column, Missing, Row, table_block
from regraft.report.wording import NOT_RECORDED, counted, median_range, share
from regraft.study.tables import Study

_STAGES = (
    ("collected", "Collected"),
    ("selected", "After CD34 selection"),
    ("frozen", "Frozen"),
    ("thawed", "Thawed, viable"),
    ("infused", "Infused"),
)
_CELLS = ("cd34_1e6_per_kg", "cd3_1e6_per_kg", "nucleated_1e8_per_kg")
_LIQUIDS = ("volume_ml", "dmso_ml")
_PRODUCT_COLUMNS = (
    Column("Stage"),
    Column("People"),
    Column("CD34+ [10\u2076/kg]"),
    Column("CD3+ [10\u2076/kg]"),
    Column("Nucleated [10\u2078/kg]"),
    Column("Viable CD34+ [%]"),
    Column("Volume [ml]"),
    Column("DMSO [ml]"),
)


def collection_blocks(study: Study) -> tuple[Block, ...]:
    """Return the chain from mobilisation to transplant or not, and the product table, as far as they were recorded."""
    return (_chain(study), _products(study))


def _who(frame: pl.DataFrame, column: str, value: str) -> set[str]:
    return set(frame.filter(pl.col(column) == value)["subject_id"])


def _chain(study: Study) -> Block:
    procedures = study.table("procedures")
    mobilised = _who(procedures, "procedure", "mobilisation_start")
    if not mobilised:
        return Missing("The steps from mobilisation to transplantation are not shown: no mobilisation was recorded.")
    again = _who(procedures, "procedure", "second_mobilisation") & mobilised
    marrow = _who(procedures, "procedure", "marrow_harvest") & mobilised
    done = _who(procedures, "procedure", "transplant") & mobilised
    given = study.table("exposures").filter(pl.col("drug") == "plerixafor")
    rescued = set(given["subject_id"]) & mobilised
    first, second = (people & mobilised for people in _collected(procedures))
    total = len(mobilised)
    rows: list[Row | tuple[str, str]] = [
        ("Mobilised", str(total)),
        ("Cells collected by apheresis after the first mobilisation", share(len(first), total)),
        ("Plerixafor given because too few cells mobilised", share(len(rescued), total)),
        ("Second mobilisation", share(len(again), total)),
    ]
    if again:
        rows.append(("Of these, cells collected after the second", share(len(second), len(again))))
    rows.append(("Marrow harvested", share(len(marrow), total)))
    if marrow:
        rows.append(("Of these, transplanted", share(len(done & marrow), len(marrow))))
    rows.append(("Transplanted", share(len(done), total)))
    rows.append(("Not transplanted", share(total - len(done), total)))
    if total > len(done):
        rows.append(("Why not", _reasons(study, mobilised - done)))
    return table_block(
        "From mobilisation to transplantation: how many people reached each step.",
        (Column("Step"), Column("People", Align.LEFT)),
        rows,
        notes=("Everyone who was mobilised stays in the study, transplanted or not.",),
        compact=True,
    )


def _collected(procedures: pl.DataFrame) -> tuple[set[str], set[str]]:
    """Return who had an apheresis before any second mobilisation, and who had one after it."""
    repeat = procedures.filter(pl.col("procedure") == "second_mobilisation")
    repeat = repeat.group_by("subject_id").agg(pl.col("date").min().alias("again"))
    sessions = procedures.filter(pl.col("procedure") == "apheresis").join(repeat, on="subject_id", how="left")
    later = pl.col("date") >= pl.col("again")
    first = sessions.filter(pl.col("again").is_null() | ~later)
    return set(first["subject_id"]), set(sessions.filter(later)["subject_id"])


def _reasons(study: Study, people: set[str]) -> str:
    rows = study.table("dispositions").filter(pl.col("event") == "not_transplanted")
    known = rows.filter(pl.col("subject_id").is_in(list(people))).unique("subject_id", maintain_order=True)
    silent = pl.Series([None] * (len(people) - known.height), dtype=pl.String)
    return counted(pl.concat([known["detail"], silent]))


def _products(study: Study) -> Block:
    grafts = study.table("grafts")
    rows = []
    for stage, label in _STAGES:
        bags = grafts.filter(pl.col("stage") == stage)
        reserve = bags.filter(pl.col("intended_use") == "reserve")
        rows += _stage_row(label, bags.filter(pl.col("intended_use").is_null() | (pl.col("intended_use") != "reserve")))
        rows += _stage_row(f"{label}, reserve", reserve)
    if not rows:
        return Missing("The grafts are not shown: no graft was recorded.")
    notes = (
        "Median over people (smallest to largest); each person's bags added up, viability weighted by CD34+ cells.",
        "Amounts are per kg of body weight. A reserve is unselected and counts within the cells collected.",
    )
    return table_block("The product from collection to infusion.", _PRODUCT_COLUMNS, rows, notes=notes)


def _stage_row(label: str, bags: pl.DataFrame) -> list[tuple[str, ...]]:
    """Return one row: the number of people and each quantity, or nothing when no bag was recorded."""
    if bags.is_empty():
        return []
    weight = pl.when(pl.col("viability_pct").is_not_null()).then(pl.col("cd34_1e6_per_kg").fill_null(1.0))
    totals = bags.group_by("subject_id").agg(
        *(
            pl.when(pl.col(name).null_count() == 0).then(pl.col(name).sum()).alias(name)
            for name in (*_CELLS, *_LIQUIDS)
        ),
        ((pl.col("viability_pct") * weight).sum() / weight.sum()).fill_nan(None).alias("viability_pct"),
    )
    cells = (_quantity(totals[name], liquid=False) for name in (*_CELLS, "viability_pct"))
    liquids = (_quantity(totals[name], liquid=True) for name in _LIQUIDS)
    return [(label, str(totals.height), *cells, *liquids)]


def _quantity(values: pl.Series, *, liquid: bool) -> str:
    if values.null_count() == len(values):
        return NOT_RECORDED
    return median_range(values, 0) if liquid else median_range(values, 3, significant=True)
