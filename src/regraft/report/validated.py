"""The page of `regraft validate`: every fitted and every scored trial, published beside predicted, with scores."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from regraft.evidence.schema import Role
from regraft.figures.forest import draw_forest
from regraft.figures.pit import draw_pit
from regraft.prediction.validate import ValidatedRow, Validation
from regraft.report.page import Align, Block, Column, Noted, Page, Prose, Section, figure_block, render, table_block
from regraft.report.sections.published import DASH, predicted_text, published_text

_TITLES = {Role.SCORE: "Trials never fitted", Role.FIT: "Fitted trials: a posterior predictive check"}


def write_validation(path: Path, validation: Validation, command: str) -> None:
    """Write the page."""
    path.write_text(render(validation_page(validation, command)), encoding="utf-8")


def validation_page(validation: Validation, command: str) -> Page:
    """Return the page, not yet written."""
    left_out = [one for one in validation.rows if one.fitted_without is not None]
    sections = [_section(role, _of_role(validation, role)) for role in (Role.SCORE, Role.FIT)]
    if left_out:
        sections.append(_section_of("left-out", "Predicted with the whole cohort left out of the fit", left_out))
    sections.append(_pit_section(validation))
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
    lines = []
    for role, words in ((Role.SCORE, "scored trials"), (Role.FIT, "fitted trials")):
        inside, total = validation.coverage(role)
        if total:
            lines.append(
                f"{words.capitalize()}: {inside} of {total} verified values inside their 95% predictive interval."
            )
    scored = [one for one in _of_role(validation, Role.SCORE) if one.counts and one.log_score is not None]
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


def _name(one: ValidatedRow) -> str:
    about = ", ".join(part for part in (one.row.arm if one.row.arm != "ahsct" else None, one.row.subgroup) if part)
    return f"{one.row.study} ({about})" if about else one.row.study


def _verdict(one: ValidatedRow) -> str:
    return "inside" if one.row.inside else "OUTSIDE"


def _of_role(validation: Validation, role: Role) -> list[ValidatedRow]:
    return [one for one in validation.rows if one.row.role == role and one.fitted_without is None]


def _section(role: Role, rows: list[ValidatedRow]) -> Section:
    return _section_of(role.value, _TITLES[role], rows)


def _section_of(anchor: str, title: str, rows: list[ValidatedRow]) -> Section:
    counting = [one for one in rows if one.counts]
    blocks: list[Block] = [_table(title, counting, "Values that count: verified, with a definition.")]
    if counting:
        labelled = tuple(replace(one.row, label=f"{one.row.study}: {one.row.label}") for one in counting)
        caption = "Orange diamonds: published, with the interval where one is known. Blue circles: predicted, with 95%."
        blocks.append(figure_block(draw_forest(labelled), alt=title, caption=caption, call="draw_forest(rows)"))
    others = [one for one in rows if not one.counts]
    if others:
        blocks.append(_table(title, others, "Shown, not counted; the reason stands in the last column."))
    return Section(anchor=anchor, title=title, blocks=tuple(blocks))


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
    groups = [
        (words, [one.pit for one in _of_role(validation, role) if one.counts and one.pit is not None])
        for role, words in ((Role.SCORE, "scored"), (Role.FIT, "fitted"))
    ]
    shown = [group for group in groups if group[1]]
    title = "Where the published values lie"
    if not shown:
        return Section(anchor="pit", title=title, blocks=(Prose(("No value counts.",)),))
    picture = figure_block(
        draw_pit(shown),
        alt="Histograms of the randomised probability integral transform",
        caption="Randomised probability integral transform; orange: uniform.",
        call="draw_pit(groups)",
    )
    return Section(anchor="pit", title=title, blocks=(picture,))
