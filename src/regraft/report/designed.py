"""The page of `regraft design run`: power or assurance beside deaths and harm, formulas beside simulation, unranked."""

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from regraft.design.in_words import in_words
from regraft.figures.designed import (
    draw_assurance,
    draw_belief,
    draw_definitions,
    draw_effects,
    draw_paths,
    draw_power,
    draw_recruitment,
    draw_safety,
    draw_sizes,
    draw_stops,
)
from regraft.report.page import (
    Align,
    Block,
    Column,
    Listing,
    Noted,
    Page,
    Prose,
    Section,
    figure_block,
    render,
    table_block,
)
from regraft.simulated_design.operating import Operating, Value, kind_of
from regraft.simulated_design.run import SimulatedDesign

HEADER = (
    "candidate",
    "scenario",
    "people",
    "chance to show efficacy",
    "formula",
    "treatment deaths",
    "grade 4-5 harm",
    "safety stop",
    "months",
)


class Calls(NamedTuple):
    """The Python that gives the design, and that which ran it."""

    design: str
    ran: str


_UNRANKED = "In the order of the file: nothing is ranked."


def cells_of(one: Operating) -> tuple[str, ...]:
    """Return the cells of one candidate and scenario on a screen; harm stands beside the chance, always."""
    return (
        one.candidate,
        one.scenario,
        str(one.patients),
        f"{percent(one.efficacy)} ({kind_of(one)})",
        twin_text(one),
        f"{_number(one.treatment_deaths, 2)} (P≥1 {percent(one.any_treatment_death)})",
        _number(one.serious_harm, 2),
        percent(one.safety_stop),
        _number(one.months, 0),
    )


def percent(value: Value) -> str:
    """Return a chance in per cent with two standard errors."""
    if value.value is None:
        return "unknown"
    error = "" if value.error is None else f" ± {200.0 * value.error:.1f}"
    return f"{100.0 * value.value:.1f}%{error}"


def twin_text(one: Operating) -> str:
    """Return the formula's chance, and how many standard errors the simulation lies from it."""
    if one.twin is None:
        return "none"
    apart = " (at the mean of draws)" if one.errors_apart is None else f" ({one.errors_apart:+.1f} errors)"
    return f"{100.0 * one.twin.power:.1f}%{apart}"


def _number(value: Value, digits: int) -> str:
    return "unknown" if value.value is None else f"{value.value:.{digits}f}"


def write_designed(folder: Path, done: SimulatedDesign, command: str, calls: Calls) -> Mapping[str, Any]:
    """Write report and tables into an empty folder, and return the document that goes with them."""
    document = done.document() | {
        "command": command,
        "version": version("regraft"),
        "in_words": [{"heading": heading, "text": text} for heading, text in in_words(done.design)],
    }
    (folder / "report.html").write_text(render(designed_page(done, command, calls)), encoding="utf-8")
    (folder / "SIMULATED-operating.csv").write_text(done.to_frame().write_csv(), encoding="utf-8")
    (folder / "SIMULATED-bounds.csv").write_text(_bounds(done).write_csv(), encoding="utf-8")
    (folder / "SIMULATED-curves.csv").write_text(done.curves_to_frame().write_csv(), encoding="utf-8")
    done.trials.write_parquet(folder / "SIMULATED-trials.parquet", compression="zstd")
    return document


def _bounds(done: SimulatedDesign) -> pl.DataFrame:
    if done.design.looks is None:
        return pl.DataFrame(schema={"look": pl.Int64, "statistic": pl.String, "efficacy": pl.Float64})
    found = done.paths[0]
    return pl.DataFrame(
        {
            "look": range(1, found.upper.size + 1),
            "statistic": [found.statistic] * found.upper.size,
            "efficacy": found.upper,
            "futility": found.lower,
        }
    )


def designed_page(done: SimulatedDesign, command: str, calls: Calls) -> Page:
    """Return the page, not yet written."""
    first = done.rows[0]
    arms = ", ".join(
        f"{name or 'the arm'} {free:.1f}%" for name, free in zip(first.arms, first.free_pct, strict=True) if free
    )
    found = (
        f"{first.candidate} with {first.patients} people, {first.scenario}: {kind_of(first)} "
        f"{percent(first.efficacy)}, with {_number(first.treatment_deaths, 2)} treatment deaths and "
        f"{_number(first.serious_harm, 2)} people with grade 4 or 5 harm expected. "
        f"True shares free in the model: {arms}."
    )
    pools = ", ".join(f"{people:,} ({digest})" for digest, people in done.pools.items())
    return Page(
        title=f"The design {done.design.name}, simulated",
        subtitle="Trials sampled from people who are simulated in every arm",
        simulated=True,
        key_findings=found,
        facts=(
            ("Trials of each candidate", f"{done.design.run.trials:,}"),
            ("People in pools", pools),
            ("Seed", str(done.design.run.seed)),
            ("Command", command),
        ),
        sections=tuple(_sections(done, calls)),
    )


def _sections(done: SimulatedDesign, calls: Calls) -> Iterator[Section]:
    yield Section(
        anchor="operating",
        title="Chance to show efficacy, beside harm",
        blocks=(_operating_table(done), *_power(done, calls.ran)),
    )
    if done.points:
        yield Section(anchor="curves", title="Other sizes and other effects", blocks=tuple(_curves(done, calls.ran)))
    yield Section(anchor="ends", title="Why and when trials end", blocks=tuple(_ends(done, calls)))
    yield Section(anchor="estimates", title="Effect as trials would estimate it", blocks=(_estimates_table(done),))
    yield Section(anchor="robust", title="What the chance rests on", blocks=tuple(_robust(done, calls.ran)))
    yield Section(anchor="pairs", title="Candidates compared with the first", blocks=(_pairs_table(done),))
    yield Section(anchor="words", title="The design in words", blocks=(_words(done),))
    yield Section(anchor="read", title="How to read this", blocks=(Listing(done.sentences),))


def _operating_table(done: SimulatedDesign) -> Block:
    columns = [Column(name, Align.LEFT if k < 2 else Align.RIGHT) for k, name in enumerate(HEADER)]
    return table_block(
        "SIMULATED. Chance to show efficacy, with two standard errors (from the number of trials and of simulated "
        f"people), and expected harm. {_UNRANKED}",
        columns,
        [cells_of(one) for one in done.rows],
        notes=(
            (
                "Formula: without safety rules, at the effect in the simulated people; in brackets, the simulation "
                "without safety rules minus the formula, in standard errors."
            ),
            "Harm: in everybody recruited by the end of the trial, during follow-up.",
        ),
    )


def _power(done: SimulatedDesign, ran: str) -> Iterator[Block]:
    said = "; ".join(
        f"{one.candidate}, {one.scenario}: {percent(one.efficacy)} with {_number(one.treatment_deaths, 2)} deaths"
        for one in done.rows
    )
    yield figure_block(
        draw_power(done.rows),
        alt=f"SIMULATED. {said}",
        caption="Chance to show efficacy by people in a trial (left) and by treatment deaths expected (right).",
        call=f"rg.plot.design_power({ran})",
    )


def _curves(done: SimulatedDesign, ran: str) -> Iterator[Block]:
    names = ("candidate", "estimand", "definitions", "people", "share of the effect", "chance to show efficacy")
    columns = [Column(name, Align.LEFT if k < 3 else Align.RIGHT) for k, name in enumerate(names)]
    columns += [Column(name, Align.RIGHT) for name in ("formula", "people expected", "treatment deaths")]
    rows = [
        (
            one.label,
            one.estimand,
            one.definitions,
            str(one.patients),
            f"{one.effect_share:g}",
            percent(one.efficacy),
            "none" if one.analytic is None else f"{100.0 * one.analytic:.1f}%",
            _number(one.people, 1),
            _number(one.treatment_deaths, 2),
        )
        for one in done.points
    ]
    sizes = "; ".join(
        f"{r[0]} with {r[3]} people: {r[5]}" for r, p in zip(rows, done.points, strict=True) if p.along == "size"
    )
    effects = "; ".join(
        f"{r[0]} at {r[4]}: {r[5]}" for r, p in zip(rows, done.points, strict=True) if p.along == "effect"
    )
    if sizes:
        yield figure_block(
            draw_sizes(done.points),
            alt=f"SIMULATED. {sizes}",
            caption="Chance to show efficacy by people in a trial, for each estimand and its definitions.",
            call=f"rg.plot.design_sizes({ran})",
        )
        yield figure_block(
            draw_definitions(done.points),
            alt=f"SIMULATED. {sizes}",
            caption="Estimands and definitions by sizes of trials.",
            call=f"rg.plot.design_definitions({ran})",
        )
    if effects:
        yield figure_block(
            draw_effects(done.points),
            alt=f"SIMULATED. {effects}",
            caption="Chance to show efficacy and expected number of people, if only a share of people has the effect.",
            call=f"rg.plot.design_effects({ran})",
        )
    yield table_block(f"SIMULATED. The points of the curves. {_UNRANKED}", columns, rows)


def _estimates_table(done: SimulatedDesign) -> Block:
    names = ("all trials", "where efficacy is shown", "median-unbiased", "had nothing stopped any")
    rows = [
        (
            f"{one.candidate}, {one.scenario}",
            one.estimated,
            _number(one.estimate, 3),
            _number(one.estimate_when_shown, 3),
            _number(one.estimate_unbiased, 3),
            _number(one.estimate_without_stopping, 3),
        )
        for one in done.rows
    ]
    columns = [Column("candidate, scenario"), Column("estimate"), *(Column(name, Align.RIGHT) for name in names)]
    return table_block(
        f"SIMULATED. Mean estimates. {_UNRANKED}",
        columns,
        rows,
        notes=(
            "An early stop exaggerates the effect; the median-unbiased estimate is too high as often as too low.",
            "The table of trials has each trial's own estimate and its stage-wise p.",
        ),
    )


def _ends(done: SimulatedDesign, calls: Calls) -> Iterator[Block]:
    columns = [Column("candidate, scenario")]
    columns += [
        Column(name, Align.RIGHT)
        for name in ("efficacy", "futility", "safety", "not recruited in time", "people", "events", "months (10-90%)")
    ]
    rows = [
        (
            f"{one.candidate}, {one.scenario}",
            percent(one.efficacy),
            percent(one.futility),
            Noted(percent(one.safety_stop), f"rule met {percent(one.safety_met)}"),
            percent(one.not_recruited),
            _number(one.people, 1),
            _number(one.events, 1),
            Noted(
                _number(one.months, 1),
                f"{one.months_quantiles[0]:.0f} to {one.months_quantiles[2]:.0f}",
            ),
        )
        for one in done.rows
    ]
    yield table_block(f"SIMULATED. How trials end. {_UNRANKED}", columns, rows)
    yield figure_block(
        draw_stops(done.rows),
        alt="SIMULATED. Shares of trials by why they end, as in the table above.",
        caption="Why trials end, by look.",
        call=f"rg.plot.design_stops({calls.ran})",
    )
    for number, paths in enumerate(done.paths):
        if paths.upper.size > 1:
            yield figure_block(
                draw_paths(paths),
                alt=f"SIMULATED. {paths.statistic} of {len(paths.z)} trials at {paths.upper.size} looks, with bounds.",
                caption=f"Boundaries and the first {len(paths.z)} trials, as if nothing had stopped them.",
                call=f"rg.plot.design_paths({calls.ran}, {number})",
            )
    for number, asked in enumerate(done.design.safety):
        yield figure_block(
            draw_safety(asked),
            alt=f"Number of events that stops the trial, and the chance to stop by the true rate, for {asked.counts}.",
            caption=f"Safety rule for {asked.counts} in {asked.arm}: when it stops, and how often (calculated).",
            call=f"rg.plot.design_safety({calls.design}, {number})",
        )
    if done.design.recruitment is not None:
        yield figure_block(
            draw_recruitment(done.design),
            alt="People recruited by month with bands of half and 95% of forecasts.",
            caption="Recruitment as planned: median, half and 95% of forecasts (calculated).",
            call=f"rg.plot.design_recruitment({calls.design})",
        )


def _robust(done: SimulatedDesign, ran: str) -> Iterator[Block]:
    names = ("as analysed", "no safety rule", "futility overruled", "all unknown fail", "first arm's fail", "unknown")
    rows = [
        (
            f"{one.candidate}, {one.scenario}",
            percent(one.efficacy),
            percent(one.without_safety),
            percent(one.futility_overruled),
            percent(one.if_unknown_fail),
            percent(one.if_unknown_differ),
            Noted(f"{_number(one.unknown_pct, 1)}%", _by_arm(one)),
        )
        for one in done.rows
    ]
    yield table_block(
        f"SIMULATED. Chance to show efficacy under other rules, and if unknown outcomes fail. {_UNRANKED}",
        [Column("candidate, scenario"), *(Column(name, Align.RIGHT) for name in names)],
        rows,
        notes=("First arm's fail: unknown outcomes of the first arm are failures, those of the second are not.",),
    )
    if any(one.tipping for one in done.rows):
        yield _tipping_table(done)
    own = [one for one in done.rows if one.efficacy_by_draw]
    if own:
        said = "; ".join(
            f"{one.candidate}, {one.scenario}: half of draws {100 * one.efficacy_by_draw[1]:.0f}% to "
            f"{100 * one.efficacy_by_draw[3]:.0f}%"
            for one in own
        )
        yield figure_block(
            draw_assurance(done.rows),
            alt=f"SIMULATED. {said}",
            caption="Chance to show efficacy by draw of the posterior; the spread includes the chance of trials.",
            call=f"rg.plot.design_assurance({ran})",
        )
        yield _thirds_table(own)
        yield figure_block(
            draw_belief(done.rows),
            alt="SIMULATED. The chance to show efficacy by the true effect of each draw; the table gives thirds.",
            caption="Chance to show efficacy by the true effect of each draw; below, the draws by effect.",
            call=f"rg.plot.design_belief({ran})",
        )


def _thirds_table(rows: Sequence[Operating]) -> Block:
    """Return assurance split by where the posterior lies: the thirds of draws with the least and the most effect."""
    told = []
    for one in rows:
        gain, chance = np.array(sorted(one.effect_by_draw)).T
        thirds = zip(("least", "middle", "most"), np.array_split(np.arange(gain.size), 3), strict=True)
        for name, third in ((name, third) for name, third in thirds if third.size > 0):
            shown = f"{gain[third].min():.1f} to {gain[third].max():.1f}"
            told.append((f"{one.candidate}, {one.scenario}", name, shown, f"{100 * chance[third].mean():.1f}%"))
    names = ("candidate, scenario", "third of draws by effect", "true gain in the share free, points")
    columns = [Column(name) for name in names] + [Column("chance to show efficacy", Align.RIGHT)]
    return table_block(f"SIMULATED. Chance to show efficacy by thirds of the posterior. {_UNRANKED}", columns, told)


def _by_arm(one: Operating) -> str:
    told = zip(one.arms, one.unknown_pct_by_arm, strict=True)
    return ", ".join(f"{name or 'the arm'} {share:.1f}%" for name, share in told if share is not None)


def _tipping_table(done: SimulatedDesign) -> Block:
    """Return the grid of a tipping point: shares of unknown outcomes that fail, on either side."""
    cells = list(dict.fromkeys((at.tested_fail, at.last_fail) for one in done.rows for at in one.tipping))
    columns = [Column("candidate, scenario")]
    columns += [Column(f"{100 * first:.0f}% / {100 * last:.0f}%", Align.RIGHT) for first, last in cells]
    rows = []
    for one in done.rows:
        told = {(at.tested_fail, at.last_fail): at.chance for at in one.tipping}
        known = [f"{100 * told[cell]:.0f}%" if cell in told else "none unknown" for cell in cells]
        rows.append((f"{one.candidate}, {one.scenario}", *known))
    return table_block(
        "SIMULATED. Chance to show efficacy if these percentages of unknown outcomes fail, in the arms tested and "
        f"in the last arm. The tipping point is where it becomes too low. {_UNRANKED}",
        columns,
        rows,
        notes=("Of the first 400 trials, without safety rules.",),
    )


def _pairs_table(done: SimulatedDesign) -> Block:
    if not done.pairs:
        return Prose(("There is one candidate.",))
    rows = [
        (
            one.scenario,
            f"{one.second} minus {one.first}",
            percent(one.difference),
            "equal within two errors" if one.equal else "differ",
        )
        for one in done.pairs
    ]
    names = ("scenario", "difference of", "chance to show efficacy", "finding")
    return table_block(f"SIMULATED. Paired on the same people. {_UNRANKED}", [Column(name) for name in names], rows)


def _words(done: SimulatedDesign) -> Block:
    return Prose(tuple(f"{heading}. {text}" for heading, text in in_words(done.design)))
