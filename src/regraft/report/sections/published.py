"""Published beside simulated, and what a popular article says held against both."""

from collections.abc import Sequence

from regraft.figures.forest import draw_forest
from regraft.reenact.published import PublishedRow
from regraft.report.contents import Claim, Provenance
from regraft.report.page import Align, Block, Column, Missing, Noted, Prose, Section, figure_block, table_block

QUICK_LOOK = 1000


def claims_section(claims: Sequence[Claim], rows: Sequence[PublishedRow]) -> Section:
    """Show "the article says / the trial found / this simulation"."""
    title = "What the article says, what the trial found"
    if not claims:
        block: Block = Missing("No popular article was given to compare with.")
        return Section(anchor="claims", title=title, blocks=(block,))
    by_endpoint = {row.endpoint: row for row in rows}
    cells = [
        (Noted(claim.says, ""), Noted(claim.found, claim.source), _simulated_claim(claim, by_endpoint)) for claim in claims
    ]
    block = table_block(
        "Sentences of a popular account (paraphrased) beside the findings.",
        (Column("The article says"), Column("The trial found"), Column("This simulation")),
        cells,
        notes=("Simulated: median and 95% predictive interval over replicate trials of the same size.",),
    )
    return Section(anchor="claims", title=title, blocks=(block,))


def _simulated_claim(claim: Claim, rows: dict[str, PublishedRow]) -> str:
    row = rows.get(claim.endpoint or "")
    if row is None or row.predicted is None:
        return "not simulated"
    return f"{row.label}: {_predicted(row)}"


def published_section(rows: Sequence[PublishedRow], provenance: Provenance) -> Section:
    """Show every published value beside its predictive distribution, as a table and a forest plot."""
    title = "Published beside simulated"
    if not rows:
        missing = Missing("Nothing published stands beside this trial: the protocol names no evidence file.")
        return Section(anchor="published", title=title, blocks=(missing,))
    columns = (
        Column("Endpoint"), Column("Published (95% interval)"), Column("Simulated median (95% predictive)"),
        Column("Mean \N{PLUS-MINUS SIGN} Monte Carlo error", Align.RIGHT), Column("Width / binomial", Align.RIGHT),
        Column("P(no event)", Align.RIGHT), Column("Inside?", Align.CENTRE),
    )  # fmt: skip
    table = table_block(
        f"Published values and their distribution over {_replicates(provenance)}.",
        columns, [_cells(row) for row in rows], notes=_notes(rows),
    )  # fmt: skip
    figure = figure_block(
        draw_forest(tuple(rows)),
        alt=_forest_sentence(rows),
        caption=f"{_forest_sentence(rows)} Orange diamonds: published. Blue circles: median over {_replicates(provenance)}, each "
        "measured as the paper measured it.",
        call="draw_forest(published)",
    )
    return Section(anchor="published", title=title, blocks=(Prose(_how_to_read(rows, provenance)), table, figure), new_page=True)


def _replicates(provenance: Provenance) -> str:
    if provenance.replicates is None or provenance.patients_per_trial is None:
        return "replicate trials"
    return f"{provenance.replicates:,} replicate trials of {provenance.patients_per_trial} people"


def _how_to_read(rows: Sequence[PublishedRow], provenance: Provenance) -> tuple[str, ...]:
    paragraphs = []
    if provenance.replicates is not None and provenance.replicates < QUICK_LOOK:
        paragraphs.append(
            f"A quick look: {provenance.replicates:,} replicate trials. The limits of the intervals move by their Monte Carlo "
            "error; quoted figures take 4,000 (--replicates 4000)."
        )
    if any(row.role == "fit" for row in rows):
        paragraphs.append(
            "The model was adjusted with this trial in view, so agreement is a posterior predictive check and no proof of "
            "prediction."
        )
    paragraphs.append(
        "Width is the predictive interval over the binomial interval at the predicted mean: below 1.0 is overconfident, above "
        "2.5 says little."
    )
    return tuple(paragraphs)


def _cells(row: PublishedRow) -> tuple[Noted | str, ...]:
    published = "not given" if row.published is None else _value(row.published, row.published_low, row.published_high, row.unit)
    people = f"n={row.published_n}" if row.published_n is not None else ""
    note = "; ".join(part for part in (people, row.published_note) if part)
    spread = ""
    if row.predicted_mean is not None and row.monte_carlo_error is not None:
        spread = f"{_number(row.predicted_mean)} \N{PLUS-MINUS SIGN} {_number(row.monte_carlo_error)}"
    inside = {True: "yes", False: "no", None: "\N{EN DASH}"}[row.inside]
    return (
        Noted(row.label, row.definition),
        Noted(published, note),
        _predicted(row),
        spread or "\N{EN DASH}",
        f"{row.width_ratio:.2f}" if row.width_ratio is not None else "\N{EN DASH}",
        f"{row.probability_of_zero:.3f}" if row.probability_of_zero is not None else "\N{EN DASH}",
        Noted(inside, "" if row.scored else "not scored"),
    )


def _predicted(row: PublishedRow) -> str:
    return "not simulated" if row.predicted is None else _value(row.predicted, row.predicted_low, row.predicted_high, row.unit)


def _value(value: float, low: float | None, high: float | None, unit: str) -> str:
    tail = "%" if unit == "%" else f" {unit}"
    if low is None or high is None:
        return f"{_number(value)}{tail}"
    return f"{_number(value)}{tail} ({_number(low)} to {_number(high)})"


def _number(value: float) -> str:
    """Return three significant digits, at most two decimals below ten and one above.

    Examples
    --------
    >>> _number(69.57), _number(1.193), _number(0.0), _number(188.0)
    ('69.6', '1.19', '0', '188')
    """
    size = abs(value)
    if value == 0:
        return "0"
    return f"{value:.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.2f}" if size >= 0.01 else f"{value:.2g}"


def _notes(rows: Sequence[PublishedRow]) -> tuple[str, ...]:
    unscored = [f"{row.label} ({row.not_scored_reason})" for row in rows if not row.scored]
    scored = [row for row in rows if row.scored and row.inside is not None]
    inside = sum(1 for row in scored if row.inside)
    notes = [f"{inside} of {len(scored)} scored values lie inside their 95% predictive interval."]
    if unscored:
        notes.append(f"Shown but not scored: {'; '.join(unscored)}.")
    notes.append(
        "Where no event was published, the row gives the simulated probability of no event, and the published interval is exact."
    )
    return tuple(notes)


def _forest_sentence(rows: Sequence[PublishedRow]) -> str:
    parts = [
        f"{row.label} published {_value(row.published, row.published_low, row.published_high, row.unit)}, simulated {_predicted(row)}"
        for row in rows
        if row.published is not None
    ]
    return "; ".join(parts) + "."
