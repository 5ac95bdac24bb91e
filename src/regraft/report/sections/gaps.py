"""Recorded data: what could not be derived because the data lack it, and remarks on their quality."""

from collections.abc import Sequence

import polars as pl

from regraft.endpoints.derive import Derived
from regraft.report.contents import DataFinding
from regraft.report.page import Align, Block, Column, Listing, Missing, Section, table_block

MOST_FINDINGS = 60


def gaps_section(derived: Derived) -> Section:
    """List what could not be derived at all, then endpoints that are unknown for some people."""
    missing = [(derived.catalogue.label(name), why) for name, why in derived.not_derivable]
    blocks: list[Block] = []
    if missing:
        columns = (Column("What"), Column("What the data lack"))
        blocks.append(table_block("What could not be derived for anybody, and why.", columns, _merged(missing)))
    unknown = _unknown(derived)
    if unknown:
        headings = (Column("Endpoint"), Column("Unknown for", Align.RIGHT), Column("Most frequent reason"))
        caption = "Endpoints unknown for some people. They count neither as having the event nor as free of it."
        blocks.append(table_block(caption, headings, unknown))
    if not blocks:
        blocks.append(Missing("Every endpoint could be derived for everybody."))
    return Section(anchor="gaps", title="What could not be derived", blocks=tuple(blocks))


def _merged(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return one row per reason, with everything it forbids."""
    reasons = dict.fromkeys(why for _, why in pairs)
    return [("; ".join(what for what, why in pairs if why == reason), reason) for reason in reasons]


def _unknown(derived: Derived) -> list[tuple[str, str, str]]:
    absent = [name for name, _ in derived.not_derivable]
    counts = (
        derived.events.filter(~pl.col("endpoint").is_in(absent))
        .group_by("endpoint")
        .agg(pl.len().alias("people"), (pl.col("status") == "unknown").sum().alias("unknown"), _commonest("detail"))
        .filter(pl.col("unknown") > 0)
        .sort(["unknown", "endpoint"], descending=[True, False])
    )
    return [
        (derived.catalogue.label(row["endpoint"]), f"{row['unknown']} of {row['people']}", row["detail"] or "not said")
        for row in counts.iter_rows(named=True)
    ]


def _commonest(column: str) -> pl.Expr:
    unknown = pl.col(column).filter(pl.col("status") == "unknown").drop_nulls()
    return unknown.mode().sort().first().alias(column)


def without_empty(sections: Sequence[Section]) -> tuple[Section, ...]:
    """Return the sections that show something, and one at the end with what the others would have said."""
    shown = [section for section in sections if not _is_empty(section)]
    sentences = [
        block.sentence
        for section in sections
        if _is_empty(section)
        for block in section.blocks
        if isinstance(block, Missing)
    ]
    if not sentences:
        return tuple(shown)
    return (*shown, Section(anchor="not-shown", title="Not shown", blocks=(Listing(tuple(sentences)),)))


def _is_empty(section: Section) -> bool:
    return all(isinstance(block, Missing) for block in section.blocks)


def quality_section(findings: tuple[DataFinding, ...]) -> Section:
    """List remarks on the quality of the data."""
    title = "Quality of the data"
    if not findings:
        return Section(anchor="quality", title=title, blocks=(Missing("The checks found no problem."),))
    rows = [(finding.place, finding.problem, finding.severity) for finding in findings[:MOST_FINDINGS]]
    more = len(findings) - len(rows)
    notes = (f"{more} further remarks: `regraft check` lists them all.",) if more else ()
    columns = (Column("Where"), Column("Remark"), Column("Severity"))
    return Section(
        anchor="quality", title=title, blocks=(table_block("What the data check found.", columns, rows, notes=notes),)
    )
