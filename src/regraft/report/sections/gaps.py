"""Recorded data: what could not be derived because the data lack it, and remarks on their quality."""

import polars as pl

from regraft.report.contents import DataFinding, Gap
from regraft.report.page import Align, Block, Column, Missing, Section, table_block

MOST_FINDINGS = 60


def gaps_section(events: pl.DataFrame, gaps: tuple[Gap, ...]) -> Section:
    """List what could not be derived, whole endpoints first, then people for whom an endpoint is unknown."""
    title = "What could not be derived"
    blocks: list[Block] = []
    if gaps:
        rows = [(gap.what, gap.lacking) for gap in gaps]
        blocks.append(table_block("Not derived, and the data that are lacking.", (Column("What"), Column("Lacking")), rows))
    unknown = (
        events.group_by("endpoint")
        .agg(pl.len().alias("people"), (pl.col("status") == "unknown").sum().alias("unknown"), _commonest("detail"))
        .filter(pl.col("unknown") > 0)
        .sort(["unknown", "endpoint"], descending=[True, False])
    )
    if not unknown.is_empty():
        cells = [
            (row["endpoint"].replace("_", " "), f"{row['unknown']} of {row['people']}", row["detail"] or "not said")
            for row in unknown.iter_rows(named=True)
        ]
        blocks.append(
            table_block(
                "People for whom an endpoint is unknown: counted apart, never as an event or as free of it.",
                (Column("Endpoint"), Column("Unknown for", Align.RIGHT), Column("Most frequent reason")),
                cells,
            )
        )
    if not blocks:
        blocks.append(Missing("Every endpoint could be derived for everybody."))
    return Section(anchor="gaps", title=title, blocks=tuple(blocks))


def _commonest(column: str) -> pl.Expr:
    unknown = pl.col(column).filter(pl.col("status") == "unknown").drop_nulls()
    return unknown.mode().sort().first().alias(column)


def quality_section(findings: tuple[DataFinding, ...]) -> Section:
    """List remarks on the quality of the data."""
    title = "Quality of the data"
    if not findings:
        return Section(anchor="quality", title=title, blocks=(Missing("The checks found nothing to remark."),))
    rows = [(finding.place, finding.problem, finding.severity) for finding in findings[:MOST_FINDINGS]]
    more = len(findings) - len(rows)
    notes = (f"{more} further remarks: `regraft check` lists them all.",) if more else ()
    columns = (Column("Where"), Column("Remark"), Column("Severity"))
    return Section(anchor="quality", title=title, blocks=(table_block("Remarks of the data check.", columns, rows, notes=notes),))
