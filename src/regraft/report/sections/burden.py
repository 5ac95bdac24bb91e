"""What treatment cost: infections by period, laboratory values by their worst grade, hospital days and transfusions."""

from collections.abc import Mapping

from regraft.analysis.summary import StudySummary, SummaryRow
from regraft.endpoints.endpoint import Group, Reading
from regraft.endpoints.outcomes import Outcomes
from regraft.endpoints.safety import grade_of
from regraft.report.page import Align, Block, Column, Missing, Noted, table_block
from regraft.report.wording import median_range, short_share

TESTS: Mapping[str, str] = {
    "neutrophils": "Neutrophils",
    "platelets": "Platelets",
    "lymphocytes": "Lymphocytes",
    "haemoglobin": "Haemoglobin",
    "bilirubin": "Bilirubin",
    "alt": "ALT",
    "creatinine": "Creatinine",
}


def burden_blocks(outcomes: Outcomes, summary: StudySummary | None) -> tuple[Block, ...]:
    """Return infections per 1,000 patient-days, worst laboratory grades, and hospital care.

    Parameters
    ----------
    outcomes : Outcomes
        Endpoints and measures.
    summary : StudySummary or None
        All numbers of the study; the densities are taken from it.
    """
    return (_infections(summary), _grades(outcomes), _hospital(outcomes))


def _infections(summary: StudySummary | None) -> Block:
    rows = []
    if summary is not None:
        rows = [row for row in summary.rows if row.group is Group.BURDEN and row.reading is Reading.RATE]
    if not rows:
        return Missing(
            "Infections per patient-day are not shown: they need adverse events and a known day of engraftment."
        )
    return table_block(
        "Infections per 1,000 patient-days after transplantation, by period.",
        (
            Column("Period"),
            Column("People", Align.RIGHT),
            Column("Infections", Align.RIGHT),
            Column("Per 1,000 patient-days"),
        ),
        [(Noted(row.label, row.definition), str(row.n), f"{row.events or 0:.0f}", _density(row)) for row in rows],
        notes=(
            "Exact Poisson intervals: too narrow if some people have many infections.",
            "An adverse event is an infection if its term says so.",
        ),
    )


def _density(row: SummaryRow) -> Noted:
    low, high = row.low or 0.0, row.high or 0.0
    return Noted(f"{row.estimate or 0.0:.2f} ({low:.2f} to {high:.2f})", f"in {row.exposure or 0.0:.0f} patient-days")


def _grades(outcomes: Outcomes) -> Block:
    version = str(outcomes.catalogue.definition.safety.ctcae_version)
    rows = []
    for test, label in TESTS.items():
        grades = outcomes.measure(grade_of(test)).drop_nulls()
        if grades.is_empty():
            continue
        counts = [short_share(int((grades >= least).sum()), len(grades)) for least in (3, 4)]
        rows.append((label, version, str(len(grades)), *counts))
    if not rows:
        return Missing("Grades of laboratory values are not shown: none was recorded from conditioning on.")
    return table_block(
        "Worst CTCAE grade of laboratory values from conditioning on.",
        (
            Column("Test"),
            Column("CTCAE version"),
            Column("People", Align.RIGHT),
            Column("Grade 3 or more (exact 95%)"),
            Column("Grade 4 (exact 95%)"),
        ),
        rows,
        notes=(
            "Usual limits of normal, not those of each laboratory. Low counts are what conditioning intends.",
            "No value decides a fourth grade of anaemia, and laboratory terms have no grade 5.",
        ),
        compact=True,
    )


def _hospital(outcomes: Outcomes) -> Block:
    rows = []
    for measure in outcomes.catalogue.measures.values():
        values = outcomes.measure(measure.name).drop_nulls()
        if measure.group is Group.BURDEN and measure.reading is not Reading.NONE and not values.is_empty():
            mean = f"{values.to_numpy().mean():.1f}"
            rows.append((Noted(measure.label, measure.rule), str(len(values)), median_range(values, 0), mean))
    if not rows:
        return Missing("Hospital days, intensive care and transfusions are not shown: none was recorded.")
    columns = (
        Column("Hospital care"),
        Column("People", Align.RIGHT),
        Column("Median (range)"),
        Column("Mean", Align.RIGHT),
    )
    return table_block("Hospital care of the people who were transplanted.", columns, rows, compact=True)
