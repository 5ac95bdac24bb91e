"""The page of `regraft validate`: every fitted and every scored trial, published beside predicted, with scores."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from regraft.core.calibrated import ModelError
from regraft.core.nouns import plural
from regraft.evidence.schema import Role
from regraft.figures.forest import draw_forest
from regraft.figures.pit import draw_pit
from regraft.prediction.validate import ValidatedRow, Validation, biases
from regraft.replication.published import PublishedRow
from regraft.report.page import Align, Block, Column, Noted, Page, Prose, Section, figure_block, table_block
from regraft.report.sections.published import DASH, predicted_text, published_text
from regraft.report.sections.recipe import python_section


class Part(StrEnum):
    """Parts of the table: trials never fitted, cohorts left out of the fit, and fitted ones."""

    SCORE = Role.SCORE.value
    LEFT_OUT = "left-out"
    FIT = Role.FIT.value


_KINDS = {
    ModelError.ACTIVITY_SHARE: "Shares free of activity or with it",
    ModelError.ACTIVITY_RATE: "Rates of relapses and lesions",
    ModelError.DISABILITY_SHARE: "Shares worse or improved",
    ModelError.EDSS_MEAN: "Mean EDSS",
    ModelError.EDSS_SLOPE: "Slopes of the EDSS",
    ModelError.HARM_SHARE: "Shares harmed or dead",
    ModelError.NATURAL_HISTORY_SHARE: "Shares in natural history",
    ModelError.NATURAL_HISTORY_RATE: "Rates in natural history",
    ModelError.NATURAL_HISTORY_EDSS: "EDSS in natural history",
}
_TITLES = {
    Part.SCORE: "Trials never fitted",
    Part.FIT: "Fitted trials: a posterior predictive check",
    Part.LEFT_OUT: "Predicted with the whole cohort left out of the fit",
}


def validation_page(validation: Validation, command: str, call: str) -> Page:
    """Return the page, not yet written; `call` is the Python that makes the table again."""
    shown = [part for part in Part if part is not Part.LEFT_OUT or rows_of(validation, part)]
    sections = [_section(part, rows_of(validation, part), drawn_rows(validation, part)) for part in shown]
    sections += [_pit_section(validation), python_section(call)]
    return Page(
        title="Published trials beside their predictions",
        subtitle="calibration and validation",
        simulated=True,
        key_findings=" ".join((*summary(validation), validation.intervals_hold)),
        facts=(
            ("Replicates of each trial", f"{validation.draws:,}"),
            ("Posterior", validation.posterior or "none: typical values"),
            ("Seed", str(validation.seed)),
            ("Command", command),
        ),
        sections=tuple(sections),
    )


def summary(validation: Validation) -> tuple[str, ...]:
    """Say coverage, scores against the baseline, primary endpoints and the worst misses, in sentences."""
    lines = [*_unseen(validation)]
    for role, words in ((Role.SCORE, "scored trials"), (Role.FIT, "fitted trials")):
        inside, total = validation.coverage(role)
        if total:
            lines.append(
                f"{words.capitalize()}: {inside} of {total} verified values inside their 95% predictive interval."
            )
    scored = [one for one in rows_of(validation, Part.SCORE) if one.counts and one.log_score is not None]
    if scored:
        mean = sum(one.log_score or 0.0 for one in scored) / len(scored)
        middle = sorted(one.log_score or 0.0 for one in scored)[len(scored) // 2]
        lines.append(f"Log score of scored values: mean {mean:.1f}, median {middle:.1f}.")
    paired = [(one.interval_score, one.baseline_score) for one in scored if one.baseline_score is not None]
    if paired:
        ours = sum(a or 0.0 for a, _ in paired) / len(paired)
        theirs = sum(b or 0.0 for _, b in paired) / len(paired)
        lines.append(
            f"Mean interval score where fitted trials can be pooled ({len(paired)} values): {ours:.0f}, against "
            f"{theirs:.0f} of the random-effects meta-analysis (lower is better)."
        )
    lines += [
        f"Primary endpoint of {_name(one)}: {_verdict(one)}."
        for one in validation.rows
        if one.primary and one.fitted_without is None and one.row.inside is not None
    ]
    worst = [f"{one.row.study}, {one.row.label}" for one in validation.worst()]
    return (*lines, f"Worst misses: {'; '.join(worst)}." if worst else "No counting value was missed.")


def _unseen(validation: Validation) -> list[str]:
    """Say how values did that the fit had not seen: those that judge, and those of cohorts left out."""
    unseen = validation.never_seen()
    if not unseen:
        return []
    placed = [one for one in unseen if one.inside_50 is not None]
    lines = [
        (
            "Values the fit had not seen (trials that judge, and fitted cohorts predicted with their cohort left out): "
            f"{sum(bool(one.row.inside) for one in unseen)} of {len(unseen)} inside their 95% interval, "
            f"{sum(bool(one.inside_50) for one in placed)} of {len(placed)} between their quartiles."
        )
    ]
    for bias in biases(unseen):
        error = "" if bias.standard_error is None else f", standard error {bias.standard_error:.2f}"
        lines.append(
            f"{_KINDS[bias.kind]}: published values lie at {bias.mean_pit:.2f} of their predictions on average (0.5: "
            f"no bias; {plural(bias.values, 'value')} of {plural(bias.cohorts, 'cohort')}{error})."
        )
    return lines


def _name(one: ValidatedRow) -> str:
    about = ", ".join(part for part in (one.row.arm if one.row.arm != "ahsct" else None, one.row.subgroup) if part)
    return f"{one.row.study} ({about})" if about else one.row.study


def _verdict(one: ValidatedRow) -> str:
    return "inside" if one.row.inside else "OUTSIDE"


def rows_of(validation: Validation, part: Part) -> list[ValidatedRow]:
    """Return the rows of a part of the table."""
    if part is Part.LEFT_OUT:
        return [one for one in validation.rows if one.fitted_without is not None]
    return [one for one in validation.rows if one.row.role == part and one.fitted_without is None]


def drawn_rows(validation: Validation, part: Part) -> tuple[PublishedRow, ...]:
    """Return the counting rows of a part as its forest plot shows them, the study before each label."""
    counting = [one.row for one in rows_of(validation, part) if one.counts]
    return tuple(replace(row, label=f"{row.study}: {row.label}") for row in counting)


def placed(validation: Validation) -> list[tuple[str, list[float]]]:
    """Return where counting published values lie among the predicted ones (0 to 1), scored and fitted trials apart."""
    groups = [
        (words, [one.pit for one in rows_of(validation, part) if one.counts and one.pit is not None])
        for part, words in ((Part.SCORE, "scored"), (Part.LEFT_OUT, "left out"), (Part.FIT, "fitted"))
    ]
    return [group for group in groups if group[1]]


def _section(part: Part, rows: list[ValidatedRow], drawn: tuple[PublishedRow, ...]) -> Section:
    title = _TITLES[part]
    counting = [one for one in rows if one.counts]
    blocks: list[Block] = [_table(title, counting, "Values that count: verified, with a definition.")]
    if drawn:
        caption = "Orange diamonds: published, with the interval where one is known. Blue circles: predicted, with 95%."
        call = f"rg.plot.validated(done, {part.value!r})"
        blocks.append(figure_block(draw_forest(drawn), alt=title, caption=caption, call=call))
    others = [one for one in rows if not one.counts]
    if others:
        blocks.append(_table(title, others, "Shown, not counted; the reason stands in the last column."))
    return Section(anchor=part.value, title=title, blocks=tuple(blocks))


def _table(title: str, rows: Sequence[ValidatedRow], caption: str) -> Block:
    columns = (
        Column("Study and endpoint"),
        Column("Published"),
        Column("Predicted (95%)"),
        Column("Inside?", Align.CENTRE),
        Column("Width over binomial", Align.RIGHT),
        Column("Interval score", Align.RIGHT),
        Column("Meta-analysis", Align.RIGHT),
        Column("PIT", Align.RIGHT),
        Column("P(no event)", Align.RIGHT),
        Column("Why not counted"),
    )
    return table_block(f"SIMULATED. {title}. {caption}", columns, [_cells(one) for one in rows])


def _cells(one: ValidatedRow) -> tuple[Noted | str, ...]:
    row = one.row
    name = f"{row.study}: {row.label}" + (f" ({row.subgroup})" if row.subgroup else "")
    return (
        Noted(name, ("primary endpoint; " if one.primary else "") + row.definition),
        published_text(row),
        predicted_text(row),
        {True: "yes", False: "no", None: DASH}[row.inside],
        _number(row.width_ratio),
        _number(one.interval_score),
        _number(one.baseline_score),
        _number(one.pit),
        _number(row.probability_of_zero),
        row.not_scored_reason or ("" if one.counts else str(row.confidence or "")),
    )


def _number(value: float | None) -> str:
    return DASH if value is None else f"{value:.2f}"


def _pit_section(validation: Validation) -> Section:
    shown = placed(validation)
    title = "Where the published values lie"
    if not shown:
        return Section(anchor="pit", title=title, blocks=(Prose(("No value counts.",)),))
    picture = figure_block(
        draw_pit(shown),
        alt="Histograms of the randomised probability integral transform",
        caption="Randomised probability integral transform; orange: uniform.",
        call="rg.plot.pit(done)",
    )
    return Section(anchor="pit", title=title, blocks=(picture,))
