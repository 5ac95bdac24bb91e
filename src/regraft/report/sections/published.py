"""Published beside simulated, and what a popular article says held against both."""

from collections.abc import Sequence

from regraft.analysis.binomial import exact_interval
from regraft.core.nouns import plural
from regraft.figures.forest import draw_forest
from regraft.replication.predictive import LEAST_REPLICATES, no_interval
from regraft.replication.published import PublishedRow
from regraft.report.contents import Claim, Provenance
from regraft.report.page import Align, Block, Column, Missing, Noted, Prose, Section, figure_block, table_block

QUICK_LOOK = 1000
DASH = "\N{EN DASH}"


def claims_section(claims: Sequence[Claim], rows: Sequence[PublishedRow], intervals_hold: str) -> Section:
    """Show "the article says / the trial found / this simulation"."""
    title = "What the article says, what the trial found"
    if not claims:
        block: Block = Missing("No popular article was given to compare with.")
        return Section(anchor="claims", title=title, blocks=(block,))
    by_endpoint = {row.endpoint: row for row in reversed(rows)}
    cells = [
        (Noted(claim.says, ""), Noted(claim.found, claim.source), _simulated_claim(claim, by_endpoint))
        for claim in claims
    ]
    block = table_block(
        "Sentences of a popular account (paraphrased) beside the findings.",
        (Column("The article says"), Column("The trial found"), Column("This simulation")),
        cells,
        notes=(
            "Simulated: median over replicate trials of the same size, with the 95% predictive interval. "
            f"{intervals_hold}".rstrip(),
        ),
    )
    return Section(anchor="claims", title=title, blocks=(block,))


def _simulated_claim(claim: Claim, rows: dict[str, PublishedRow]) -> str:
    row = rows.get(claim.endpoint or "")
    if row is None or row.predicted is None:
        return "not simulated" if row is None or not row.not_scored_reason else row.not_scored_reason
    return f"{row.label}: {predicted_text(row)}"


def published_section(
    rows: Sequence[PublishedRow],
    provenance: Provenance,
    intervals_hold: str,
    not_beside: str = "",
    *,
    call: str = "rg.plot.published(run)",
) -> Section:
    """Show every published value beside its predictive distribution, as a table and a forest plot.

    Parameters
    ----------
    rows : sequence of PublishedRow
        Published and predicted.
    provenance : Provenance
        Number and size of the replicate trials.
    intervals_hold : str
        The sentence that says what the predictive intervals hold (`regraft.replication.intervals`).
    not_beside : str
        Why no published number may stand here; empty where nothing forbids it.
    call : str
        The Python that draws the forest plot again.
    """
    title = "Published beside simulated"
    compared = [row for row in rows if row.predicted is not None]
    if not compared:
        nothing = "No published value can be compared with this trial: none has a simulated counterpart."
        left = (_uncompared_table(rows),) if rows else ()
        return Section(anchor="published", title=title, blocks=(Missing(not_beside or nothing), *left))
    figure = figure_block(
        draw_forest(tuple(compared)),
        alt=_forest_sentence(compared),
        caption="Orange diamonds: published, with the 95% interval where one is given or can be computed exactly. "
        "Blue "
        f"circles: median over {_replicates(provenance)}, each measured as the paper measured it, with the interval "
        "that "
        f"holds 95% of them where there are {LEAST_REPLICATES} or more. The numbers stand in the table above.",
        call=call,
    )
    how_to_read = tuple(text for text in (intervals_hold, *_how_to_read(rows, provenance)) if text)
    blocks: list[Block] = [Prose(how_to_read), _compared_table(compared, provenance), figure]
    others = [row for row in rows if row.predicted is None]
    if others:
        blocks.append(_uncompared_table(others))
    return Section(anchor="published", title=title, blocks=tuple(blocks))


def _replicates(provenance: Provenance) -> str:
    if provenance.replicates is None or provenance.patients_per_trial is None:
        return "replicate trials"
    return (
        f"{plural(provenance.replicates, 'replicate trial')} of "
        f"{plural(provenance.patients_per_trial, 'person', 'people')}"
    )


def _how_to_read(rows: Sequence[PublishedRow], provenance: Provenance) -> tuple[str, ...]:
    paragraphs = []
    if provenance.replicates is not None and LEAST_REPLICATES <= provenance.replicates < QUICK_LOOK:
        paragraphs.append(
            f"A quick look: {provenance.replicates:,} replicate trials, so the limits of the intervals are uncertain "
            "too. Figures to quote take 4,000 (--replicates 4000)."
        )
    if any(row.role == "fit" for row in rows):
        paragraphs.append(
            "The model was adjusted with this trial in view, so agreement is a posterior predictive check and no "
            "proof of prediction."
        )
    return tuple(paragraphs)


def _compared_table(rows: Sequence[PublishedRow], provenance: Provenance) -> Block:
    columns = (
        Column("Endpoint"),
        Column("Published (95% interval)"),
        Column("Simulated median (95% predictive)"),
        Column("Half of the trials", Align.RIGHT),
        Column("Mean \N{PLUS-MINUS SIGN} Monte Carlo error", Align.RIGHT),
        Column("Width over binomial", Align.RIGHT),
        Column("P(no event)", Align.RIGHT),
        Column("Inside?", Align.CENTRE),
    )
    caption = f"Published values and their distribution over {_replicates(provenance)}."
    return table_block(caption, columns, [_cells(row) for row in rows], notes=_notes(rows))


def _uncompared_table(rows: Sequence[PublishedRow]) -> Block:
    cells = [
        (
            Noted(row.label, row.definition),
            DASH if row.published is None else f"{row.published:g} {row.unit}",
            Noted(row.not_scored_reason or "", _confidence(row)),
        )
        for row in rows
    ]
    return table_block(
        "Published, but not compared with the simulation, or compared above in other words.",
        (Column("Published quantity"), Column("Value"), Column("Why it is not compared")),
        cells,
    )


def _cells(row: PublishedRow) -> tuple[Noted | str, ...]:
    people = f"n={row.published_n}" if row.published_n is not None else ""
    note = "; ".join(part for part in (people, _confidence(row)) if part)
    inside = {True: "yes", False: "no", None: DASH}[row.inside]
    return (
        Noted(row.label, row.definition),
        Noted(published_text(row), note),
        predicted_text(row),
        middle_text(row) or DASH,
        _spread(row),
        f"{row.width_ratio:.2f}" if row.width_ratio is not None else DASH,
        zero_text(row, 3) or DASH,
        Noted(inside, "" if row.scored else "not scored"),
    )


def _spread(row: PublishedRow) -> str:
    """Return the predicted mean and its Monte Carlo error, with the decimals of the mean."""
    if row.predicted_mean is None or row.monte_carlo_error is None:
        return DASH
    mean = _number(row.predicted_mean, row.unit)
    decimals = len(mean.partition(".")[2])
    least = 10.0**-decimals
    error = f"{row.monte_carlo_error:.{decimals}f}" if row.monte_carlo_error >= least / 2 else f"<{least:.{decimals}f}"
    return f"{mean} \N{PLUS-MINUS SIGN} {error}"


def _confidence(row: PublishedRow) -> str:
    """Return how a published value was found."""
    return "" if row.confidence is None else str(row.confidence)


def published_text(row: PublishedRow) -> str:
    """Return the published value with its interval; a share of 0% or 100% never stands without its exact bounds."""
    if row.published is None:
        return "not given"
    low, high = row.published_low, row.published_high
    if row.unit == "%" and row.published in {0.0, 100.0} and low is None:
        if not row.published_n:
            return "in nobody" if row.published == 0.0 else "in everybody"
        bounds = exact_interval(round(row.published / 100 * row.published_n), row.published_n)
        low, high = 100 * bounds[0], 100 * bounds[1]
    return _value(row.published, low, high, row.unit)


def predicted_text(row: PublishedRow) -> str:
    """Return the predicted median with its 95% predictive interval."""
    if row.predicted is None:
        return "not simulated"
    text = _value(row.predicted, row.predicted_low, row.predicted_high, row.unit)
    if row.predicted_low is None and row.replicates is not None:
        return f"{text} ({no_interval(row.replicates)})"
    return text


def middle_text(row: PublishedRow) -> str:
    """Return the interval that holds half of the replicate trials; empty without one."""
    if row.predicted_q25 is None or row.predicted_q75 is None:
        return ""
    return f"{_number(row.predicted_q25, row.unit)} to {_number(row.predicted_q75, row.unit)}"


def zero_text(row: PublishedRow, decimals: int) -> str:
    """Return the share of replicate trials without any event, as a count where they are few; empty if none given."""
    share, count = row.probability_of_zero, row.replicates
    if share is None:
        return ""
    few = count is not None and count < LEAST_REPLICATES
    return f"{round(share * (count or 0))} of {count}" if few else f"{share:.{decimals}f}"


def _value(value: float, low: float | None, high: float | None, unit: str) -> str:
    tail = unit if unit.startswith("%") else f" {unit}"
    if low is None or high is None:
        return f"{_number(value, unit)}{tail}"
    interval = f"({_number(low, unit)} to {_number(high, unit)})".replace(" ", "\N{NO-BREAK SPACE}")
    return f"{_number(value, unit)}{tail} {interval}"


def _number(value: float, unit: str) -> str:
    """Return one decimal of a percentage, else about three significant digits.

    Examples
    --------
    >>> _number(4.17, "%"), _number(1.193, "per year"), _number(-0.234, "% per year"), _number(0.0, "per scan")
    ('4.2', '1.19', '\N{MINUS SIGN}0.23', '0')
    """
    size = abs(value)
    if unit == "%":
        text = f"{size:.1f}"
    elif value == 0:
        text = "0"
    else:
        text = (
            f"{size:.0f}"
            if size >= 100
            else f"{size:.1f}"
            if size >= 10
            else f"{size:.2f}"
            if size >= 0.01
            else f"{size:.2g}"
        )
    return f"\N{MINUS SIGN}{text}" if value < 0 else text


def scored_sentence(rows: Sequence[PublishedRow]) -> tuple[str, ...]:
    """Say how many scored published values lie inside their predictive interval; empty if none is scored."""
    scored = [row for row in rows if row.scored and row.inside is not None]
    if not scored:
        return ()
    inside = sum(1 for row in scored if row.inside)
    outside = [row.label for row in scored if not row.inside]
    sentence = f"{inside} of {len(scored)} scored published values lie inside their 95% predictive interval"
    return (f"{sentence}; outside: {', '.join(outside)}." if outside else f"{sentence}.",)


def _notes(rows: Sequence[PublishedRow]) -> tuple[str, ...]:
    notes = list(scored_sentence(rows))
    for reason in dict.fromkeys(row.not_scored_reason for row in rows if row.not_scored_reason):
        labels = [row.label for row in rows if row.not_scored_reason == reason]
        notes.append(f"Not scored, because {reason}: {'; '.join(labels)}.")
    notes.append(
        "Width over binomial: width of the predictive interval divided by that of the binomial interval; below 1.0 is "
        "overconfident, above 2.5 says little. P(no event): share of replicate trials without any event, given where "
        "the trial saw none; published intervals of zero counts are exact."
    )
    return tuple(notes)


def _forest_sentence(rows: Sequence[PublishedRow]) -> str:
    parts = [f"{row.label}: published {published_text(row)}, simulated {predicted_text(row)}" for row in rows]
    return "; ".join(parts) + "."
