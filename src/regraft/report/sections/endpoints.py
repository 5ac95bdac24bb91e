"""Every endpoint in numbers: time to event, people with an event, rates and averages, each with its definition."""

from math import floor, log10

from regraft.analysis.summary import StudySummary, SummaryRow
from regraft.endpoints.endpoint import Group, Reading
from regraft.report.page import Align, Block, Cell, Column, Listing, Missing, Noted, Prose, Section, table_block
from regraft.report.wording import NOT_RECORDED

TITLE = "Every endpoint in numbers"
SHOWN_YEARS = (1.0, 3.0, 5.0, 10.0)
DASH = "\N{EN DASH}"
KAPLAN_MEIER = (
    "Kaplan-Meier with 95% log-log interval; competing deaths are censored. If nobody had the event, the lower limit "
    "is the exact binomial one of the people still observed; if everybody had it, the upper limit is. People with too "
    "few data to tell are left out."
)


def endpoints_section(summary: StudySummary | None) -> Section:
    """Show the whole summary of a study in three tables.

    Parameters
    ----------
    summary : StudySummary or None
        From `regraft.analysis.summary.summarise`.
    """
    if summary is None:
        return Section(
            anchor="endpoints", title=TITLE, blocks=(Missing("The summary of all endpoints was not given."),)
        )
    timed = list(dict.fromkeys(row.endpoint for row in summary.rows if row.reading is Reading.FREE_AT))
    shares = [row for row in summary.rows if row.reading is Reading.PROPORTION and row.endpoint not in timed]
    counted = [row for row in shares if row.group is not Group.SYSTEM]  # a section of their own has them as a figure
    measured = [row for row in summary.rows if row.reading not in {Reading.FREE_AT, Reading.PROPORTION}]
    blocks: list[Block] = [*_rules(summary)]
    if timed:
        blocks.append(_timed_table(summary, timed))
    if counted:
        blocks.append(_counted_table(counted))
    if measured:
        blocks.append(_measured_table(measured))
    return Section(anchor="endpoints", title=TITLE, blocks=tuple(blocks))


def _rules(summary: StudySummary) -> tuple[Block, ...]:
    """Name the definitions, and which of their rules could not be read in the source."""
    named = f"The set of definitions is {summary.definition}."
    if not summary.unverified:
        return (Prose((named,)),)
    return Prose((f"{named} These rules were not verified in their source:",)), Listing(summary.unverified)


def _timed_table(summary: StudySummary, endpoints: list[str]) -> Block:
    found = {(row.endpoint, row.years): row for row in summary.rows}
    years = [year for year in SHOWN_YEARS if any((name, year) in found for name in endpoints)]
    rows: list[tuple[Cell, ...]] = []
    for name in endpoints:
        whole = found.get((name, None))
        readings = [found.get((name, year)) for year in years]
        first = whole or next(row for row in readings if row is not None)
        count = f"{first.events:.0f} of {first.n}" if first.events is not None else str(first.n)
        rows.append((Noted(first.label, _definition(first)), count, *(_share(row) for row in readings)))
    return table_block(
        "Time to event: people with the event in all their follow-up, and the proportion still free of it.",
        (
            Column("Endpoint"),
            Column("Events", Align.RIGHT),
            *(Column(f"Free at {year:g} y [%]", Align.RIGHT) for year in years),
        ),
        rows,
        notes=(KAPLAN_MEIER,),
    )


def _counted_table(rows: list[SummaryRow]) -> Block:
    cells = [
        (Noted(row.label, _definition(row)), f"{row.events or 0:.0f} of {row.n}", _share(row), _left_out(row))
        for row in rows
    ]
    columns = (
        Column("Endpoint"),
        Column("People", Align.RIGHT),
        Column("% (exact 95%)", Align.RIGHT),
        Column("Left out"),
    )
    return table_block("People with an event at any time.", columns, cells)


def _measured_table(rows: list[SummaryRow]) -> Block:
    cells = [
        (Noted(row.label, _definition(row)), str(row.n), row.statistic, _value(row), row.unit, row.note) for row in rows
    ]
    columns = (
        Column("Quantity"),
        Column("n", Align.RIGHT),
        Column("Statistic"),
        Column("Value (interval)"),
        Column("Unit"),
        Column("Note"),
    )
    return table_block("Rates, averages and medians, with intervals or quartiles.", columns, cells)


def _definition(row: SummaryRow) -> str:
    return "" if row.definition == row.label else row.definition


def _share(row: SummaryRow | None) -> Noted:
    if row is None or row.estimate is None:
        return Noted(DASH, "")
    interval = f"{100 * row.low:.1f} to {100 * row.high:.1f}" if row.low is not None and row.high is not None else ""
    return Noted(f"{100 * row.estimate:.1f}", interval)


def _value(row: SummaryRow) -> str:
    if row.estimate is None:
        return NOT_RECORDED
    largest = max(abs(value) for value in (row.estimate, row.low or 0.0, row.high or 0.0))
    decimals = min(max(2 - floor(log10(largest)), 0), 4) if largest > 0 else 0
    text = f"{row.estimate:.{decimals}f}"
    if row.low is not None and row.high is not None:
        text += f" ({row.low:.{decimals}f} to {row.high:.{decimals}f})"
    return text.replace("-", "\N{MINUS SIGN}")


def _left_out(row: SummaryRow) -> str:
    parts = [f"{row.unknown} of {row.n + row.unknown} unknown"] if row.unknown else []
    parts += [f"{row.not_at_risk} not at risk"] if row.not_at_risk else []
    return "; ".join(parts) or DASH
