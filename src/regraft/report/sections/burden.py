"""What treatment cost: infections by period, laboratory values by their worst grade, hospital days and transfusions."""

from collections.abc import Mapping

import polars as pl

from regraft.analysis.summary import StudySummary, SummaryRow
from regraft.report.page import Align, Block, Column, Missing, Noted, table_block
from regraft.report.wording import median_range, short_share

DENSITY = "infection_density_"
GRADE = "worst_ctcae_grade_"
TESTS: Mapping[str, str] = {
    "neutrophils": "Neutrophils", "platelets": "Platelets", "lymphocytes": "Lymphocytes", "haemoglobin": "Haemoglobin",
    "bilirubin": "Bilirubin", "alt": "ALT", "creatinine": "Creatinine",
}  # fmt: skip
HOSPITAL: Mapping[str, str] = {
    "hospital_days": "Days in hospital, from conditioning to discharge",
    "intensive_care_admissions": "Admissions to intensive care",
    "intensive_care_days": "Days in intensive care",
    "platelet_transfusions": "Platelet transfusions",
    "red_cell_transfusions": "Red-cell transfusions",
}


def burden_blocks(measures: pl.DataFrame, summary: StudySummary | None) -> tuple[Block, ...]:
    """Return infections per 1,000 patient-days, worst laboratory grades, and hospital care.

    Parameters
    ----------
    measures : polars.DataFrame
        Derived measures.
    summary : StudySummary or None
        All numbers of the study; the densities are taken from it.
    """
    return (_infections(summary), _grades(measures), _hospital(measures))


def _infections(summary: StudySummary | None) -> Block:
    rows = [row for row in summary.rows if row.endpoint.startswith(DENSITY)] if summary is not None else []
    if not rows:
        return Missing(
            "Infections per patient-day are not shown: they need adverse events and a known day of engraftment."
        )
    return table_block(
        "Infections per 1,000 patient-days after transplantation, by period.",
        (Column("Period"), Column("People", Align.RIGHT), Column("Infections", Align.RIGHT), Column("Per 1,000 patient-days")),
        [(Noted(row.label, row.definition), str(row.n), f"{row.events or 0:.0f}", _density(row)) for row in rows],
        notes=(
            "Exact Poisson intervals: too narrow if some people have many infections.",
            "An adverse event is an infection if its term says so.",
        ),
    )  # fmt: skip


def _density(row: SummaryRow) -> Noted:
    exposure = row.note.split("; ")[0].split(" over ")[-1]
    low, high = row.low or 0.0, row.high or 0.0
    return Noted(f"{row.estimate or 0.0:.2f} ({low:.2f} to {high:.2f})", f"in {exposure}")


def _grades(measures: pl.DataFrame) -> Block:
    graded = measures.filter(pl.col("measure").str.starts_with(GRADE)).drop_nulls("value")
    if graded.is_empty():
        return Missing("Grades of laboratory values are not shown: none was recorded from conditioning on.")
    version = graded["unit"][0].removeprefix("grade (CTCAE ").removesuffix(")")
    rows = []
    for test, label in TESTS.items():
        grades = graded.filter(pl.col("measure") == f"{GRADE}{test}")["value"]
        if grades.is_empty():
            continue
        counts = [short_share(int((grades >= least).sum()), len(grades)) for least in (3, 4)]
        rows.append((label, version, str(len(grades)), *counts))
    return table_block(
        "Worst CTCAE grade of laboratory values from conditioning on.",
        (
            Column("Test"), Column("CTCAE version"), Column("People", Align.RIGHT),
            Column("Grade 3 or more (exact 95%)"), Column("Grade 4 (exact 95%)"),
        ),
        rows,
        notes=(
            "Usual limits of normal, not those of each laboratory. Low counts are what conditioning intends.",
            "No value decides a fourth grade of anaemia, and laboratory terms have no grade 5.",
        ),
        compact=True,
    )  # fmt: skip


def _hospital(measures: pl.DataFrame) -> Block:
    rows = []
    for name, label in HOSPITAL.items():
        values = measures.filter(pl.col("measure") == name)["value"].drop_nulls()
        if not values.is_empty():
            rows.append((label, str(len(values)), median_range(values, 0), f"{values.to_numpy().mean():.1f}"))
    if not rows:
        return Missing("Hospital days, intensive care and transfusions are not shown: none was recorded.")
    columns = (
        Column("Hospital care"), Column("People", Align.RIGHT), Column("Median (range)"), Column("Mean", Align.RIGHT),
    )  # fmt: skip
    return table_block("Hospital care of the transplanted.", columns, rows, compact=True)
