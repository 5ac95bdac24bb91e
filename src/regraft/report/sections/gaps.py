"""Recorded data: what could not be derived because the data lack it, and remarks on their quality."""

from collections.abc import Sequence

from regraft.endpoints.outcomes import Outcomes
from regraft.report.contents import DataFinding
from regraft.report.page import Align, Block, Column, Listing, Missing, Section, table_block
from regraft.report.totals import happened

MOST_FINDINGS = 60


def gaps_section(outcomes: Outcomes) -> Section:
    """List what could not be derived at all, then endpoints that are unknown for some people."""
    missing = [(outcomes.catalogue.label(name), why) for name, why in outcomes.not_derivable]
    blocks: list[Block] = []
    if missing:
        columns = (Column("What"), Column("What the data lack"))
        blocks.append(table_block("What could not be derived for anybody, and why.", columns, _merged(missing)))
    unknown = _unknown(outcomes)
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


def _unknown(outcomes: Outcomes) -> list[tuple[str, str, str]]:
    absent = {name for name, _ in outcomes.not_derivable}
    counts = []
    for name in outcomes.endpoints:
        known, people = happened(outcomes, name)[1], outcomes.events(name).height
        if name not in absent and known < people:
            counts.append((people - known, name, people))
    return [
        (outcomes.catalogue.label(name), f"{unknown} of {people}", outcomes.reason(name) or "not said")
        for unknown, name, people in sorted(counts, key=lambda one: (-one[0], one[1]))
    ]


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
