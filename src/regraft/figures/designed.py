"""Simulated designs drawn: power beside harm, boundaries with paths, why trials end, safety rules, recruitment."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from regraft.design.documents import events_document
from regraft.design.file import Design, Monitored, Safety
from regraft.design.planned import planned_recruitment, safety_chances, safety_steps
from regraft.design.recruitment import recruited_by
from regraft.figures.style import WIDTH_INCHES, Ink, add_panel, blank, mark_simulated, styled

if TYPE_CHECKING:
    from regraft.simulated_design.curve import Point
    from regraft.simulated_design.operating import Operating
    from regraft.simulated_design.run import Paths

_INKS = (Ink.BLUE, Ink.VERMILLION, Ink.GREEN, Ink.PURPLE, Ink.ORANGE, Ink.SKY, Ink.BLACK, Ink.GREY)
_STRIP = 0.3
_WATCHED = {
    Monitored.EVALUABLE: "evaluable people",
    Monitored.TOTAL_TIME: "days watched in all",
    Monitored.TITE: "effective people",
}
_BANDS = ((0.025, 0.975, 0.15), (0.25, 0.75, 0.3))


@styled
def draw_power(rows: Sequence["Operating"]) -> Figure:
    """Draw the chance to show efficacy against treatment deaths expected, and against people, by scenario."""
    figure = blank(3.5)
    left = add_panel(figure, 0.7, 0.6, 4.2, 3.0)
    right = add_panel(figure, 5.0, 0.6, WIDTH_INCHES - 0.2, 3.0)
    scenarios = list(dict.fromkeys(one.scenario for one in rows))
    for number, scenario in enumerate(scenarios):
        ink = _INKS[number % len(_INKS)].value
        own = [one for one in rows if one.scenario == scenario]
        _points(left, own, [float(one.patients) for one in own], ink, scenario)
        _points(right, own, [one.treatment_deaths.value or 0.0 for one in own], ink, scenario)
        twins = sorted((one.patients, one.twin.power) for one in own if one.twin is not None)
        left.plot([n for n, _ in twins], [p for _, p in twins], linestyle=(0, (4, 3)), linewidth=0.9, color=ink)
    left.set(xlabel="people in a trial", ylabel="chance to show efficacy", ylim=(0.0, 1.02))
    right.set(xlabel="treatment deaths expected", ylim=(0.0, 1.02))
    left.set_title("bars: two errors; dashed: formula", fontsize=8.5, fontweight="normal")
    left.legend(loc="upper left", fontsize=7.5)
    for axes in (left, right):
        axes.grid(visible=True, axis="y")
        axes.margins(x=0.08)
    mark_simulated(figure, simulated=True)
    return figure


def _points(axes: Axes, rows: Sequence["Operating"], x: Sequence[float], ink: str, label: str) -> None:
    y = [one.efficacy.value or 0.0 for one in rows]
    bar = [2.0 * (one.efficacy.error or 0.0) for one in rows]
    axes.errorbar(x, y, yerr=bar, fmt="o", markersize=4.0, linewidth=1.0, color=ink, label=label)


@styled
def draw_sizes(points: Sequence["Point"]) -> Figure:
    """Draw power against people for each question, with two errors; dashed: the formula."""
    figure = blank(3.6)
    axes = add_panel(figure, 0.7, 0.6, WIDTH_INCHES - 2.6, 3.2)
    for number, label in enumerate(labels_of(points, "size")):
        own = [one for one in points if one.along == "size" and one.label == label]
        ink = _INKS[number % len(_INKS)].value
        _curve(axes, own, [float(one.patients) for one in own], ink, name_of(label, points))
    axes.set(xlabel="people in a trial", ylabel="chance to show efficacy", ylim=(0.0, 1.02))
    axes.set_title("band: two errors; dashed: formula", fontsize=8.5, fontweight="normal")
    axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0), fontsize=7.5)
    axes.grid(visible=True, axis="y")
    mark_simulated(figure, simulated=True)
    return figure


@styled
def draw_effects(points: Sequence["Point"]) -> Figure:
    """Draw power against the share of the effect (left), and people expected (right), for each question."""
    figure = blank(3.9)
    left = add_panel(figure, 0.7, 0.6, 3.9, 2.9)
    right = add_panel(figure, 5.0, 0.6, WIDTH_INCHES - 0.2, 2.9)
    for number, label in enumerate(labels_of(points, "effect")):
        own = [one for one in points if one.along == "effect" and one.label == label]
        ink = _INKS[number % len(_INKS)].value
        shares = [one.effect_share for one in own]
        _curve(left, own, shares, ink, name_of(label, points))
        right.plot(shares, [one.people.value or 0.0 for one in own], color=ink, marker="o", markersize=3.0)
    left.set(xlabel="share of the effect", ylabel="chance to show efficacy", ylim=(0.0, 1.02))
    right.set(xlabel="share of the effect", ylabel="people expected", ylim=(0.0, None))
    left.legend(loc="lower left", bbox_to_anchor=(0.0, 1.02), ncols=3, fontsize=7.5)
    for axes in (left, right):
        axes.grid(visible=True, axis="y")
    mark_simulated(figure, simulated=True)
    return figure


@styled
def draw_definitions(points: Sequence["Point"]) -> Figure:
    """Draw the chance to show efficacy of each question (rows) in trials of each size (columns)."""
    labels, own = labels_of(points, "size"), [one for one in points if one.along == "size"]
    sizes = sorted({one.patients for one in own})
    cells = np.full((len(labels), len(sizes)), np.nan)
    for one in own:
        cells[labels.index(one.label), sizes.index(one.patients)] = one.efficacy.value or 0.0
    figure = blank(1.0 + 0.5 * len(labels))
    axes = add_panel(figure, 3.0, 0.5, WIDTH_INCHES - 0.2, 0.6 + 0.5 * len(labels))
    axes.imshow(cells, vmin=0.0, vmax=1.0, cmap="Blues", aspect="auto")
    for row, column in np.argwhere(~np.isnan(cells)):
        value = cells[row, column]
        ink = Ink.WHITE.value if value > 0.6 else Ink.BLACK.value
        axes.text(column, row, f"{100 * value:.0f}%", ha="center", va="center", fontsize=8.0, color=ink)
    axes.set(xticks=range(len(sizes)), yticks=range(len(labels)), xlabel="people in a trial")
    axes.set_xticklabels([str(one) for one in sizes])
    axes.set_yticklabels([name_of(label, points) for label in labels], fontsize=7.5)
    mark_simulated(figure, simulated=True)
    return figure


def labels_of(points: Sequence["Point"], along: str) -> list[str]:
    """Return the labels of curves in the order of the file."""
    return list(dict.fromkeys(one.label for one in points if one.along == along))


def name_of(label: str, points: Sequence["Point"]) -> str:
    """Return what a curve is of: estimand and definitions, and the candidate where another has the same."""
    kinds = {one.label: f"{one.estimand}\n{one.definitions}" for one in points}
    twice = list(kinds.values()).count(kinds[label]) > 1
    return f"{kinds[label]}, {label}" if twice else kinds[label]


def _curve(axes: Axes, points: Sequence["Point"], x: Sequence[float], ink: str, label: str) -> None:
    y = np.array([one.efficacy.value or 0.0 for one in points])
    error = np.array([2.0 * (one.efficacy.error or 0.0) for one in points])
    axes.fill_between(x, y - error, y + error, color=ink, alpha=0.15, linewidth=0.0)
    axes.plot(x, y, color=ink, marker="o", markersize=3.0, label=label)
    known = [(at, one.analytic) for at, one in zip(x, points, strict=True) if one.analytic is not None]
    axes.plot([at for at, _ in known], [value for _, value in known], linestyle=(0, (4, 3)), linewidth=0.9, color=ink)


@styled
def draw_stops(rows: Sequence["Operating"]) -> Figure:
    """Draw why trials end, by look: efficacy, futility, safety, or nothing shown at the end."""
    figure = blank(0.9 + _STRIP * len(rows))
    axes = add_panel(figure, 3.0, 0.5, WIDTH_INCHES - 0.2, 0.5 + _STRIP * len(rows))
    for place, one in enumerate(reversed(rows)):
        start = 0.0
        for width, ink, shade in _parts(one):
            axes.barh(place, width, left=start, height=0.62, color=ink, alpha=shade, edgecolor=Ink.WHITE.value)
            start += width
    axes.set(yticks=range(len(rows)), xlim=(0.0, 1.0), xlabel="share of trials")
    axes.set_yticklabels([f"{one.candidate}, {one.scenario}" for one in reversed(rows)], fontsize=7.5)
    for name, colour in (
        ("efficacy (darker: earlier look)", Ink.BLUE),
        ("futility", Ink.GREY),
        ("safety", Ink.VERMILLION),
        ("not shown", Ink.LIGHT),
    ):
        axes.barh([0], [0.0], color=colour.value, label=name)
    axes.legend(loc="lower left", bbox_to_anchor=(-0.35, 1.0), ncols=4, fontsize=7.5)
    mark_simulated(figure, simulated=True)
    return figure


def _parts(one: "Operating") -> list[tuple[float, str, float]]:
    looks = len(one.looks)
    shades = [1.0 - 0.5 * k / max(looks - 1, 1) if looks > 1 else 0.9 for k in range(looks)]
    parts = [(at.efficacy.value or 0.0, Ink.BLUE.value, shade) for at, shade in zip(one.looks, shades, strict=True)]
    parts += [(at.futility.value or 0.0, Ink.GREY.value, shade) for at, shade in zip(one.looks, shades, strict=True)]
    parts.append((one.safety_stop.value or 0.0, Ink.VERMILLION.value, 1.0))
    parts.append((max(0.0, 1.0 - sum(width for width, _, _ in parts)), Ink.LIGHT.value, 1.0))
    return parts


@styled
def draw_paths(paths: "Paths") -> Figure:
    """Draw boundaries on z with the statistics of some simulated trials."""
    figure = blank(3.0)
    axes = add_panel(figure, 0.7, 0.6, WIDTH_INCHES - 0.3, 2.6)
    looks = np.arange(1, paths.upper.size + 1)
    for z in paths.z:
        axes.plot(looks, z, color=Ink.SKY.value, linewidth=0.7, alpha=0.7, marker=".", markersize=3.0)
    axes.plot(looks, _finite(paths.upper), color=Ink.BLUE.value, marker="v", label="efficacy")
    axes.plot(looks, _finite(paths.lower), color=Ink.DARK.value, marker="^", label="futility")
    axes.set(xlabel="look", ylabel=paths.statistic, xticks=looks)
    axes.set_title(f"{paths.candidate}, {paths.scenario}", fontsize=8.5, fontweight="normal")
    axes.legend(loc="best")
    axes.margins(x=0.08)
    mark_simulated(figure, simulated=True)
    return figure


def _finite(bound: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(bound), bound, np.nan)


@styled
def draw_safety(asked: Safety) -> Figure:
    """Draw a safety rule as stairs, and its chance to stop by the true rate of harm; calculated, not simulated."""
    steps = safety_steps(asked)
    figure = blank(2.8)
    left = add_panel(figure, 0.7, 0.6, 4.2, 2.4)
    right = add_panel(figure, 5.0, 0.6, WIDTH_INCHES - 0.2, 2.4)
    counts, until = [events for events, _ in steps], [most for _, most in steps]
    left.stairs(counts, [0.0, *until], baseline=None, color=Ink.VERMILLION.value)
    left.set(xlabel=_WATCHED[asked.monitored], ylabel="events that stop", ylim=(0.0, max(counts, default=1) + 1.0))
    rates = np.linspace(0.0, min(0.9, 6.0 * asked.null_pct / 100.0), 41)
    chance = [safety_chances(asked, float(rate)).stop for rate in rates]
    right.plot(100.0 * rates, chance, color=Ink.VERMILLION.value)
    right.axvline(asked.null_pct, color=Ink.GREY.value, linestyle=(0, (3, 3)), linewidth=0.9)
    right.set(xlabel=f"true rate of harm in {asked.patients} people, %", ylabel="chance to stop", ylim=(0.0, 1.02))
    for axes in (left, right):
        axes.grid(visible=True, axis="y")
    return figure


@styled
def draw_recruitment(design: Design) -> Figure:
    """Draw how many people are recruited by month: median, and where half and 95% of forecasts lie; calculated."""
    assert design.recruitment is not None
    plan, wanted = planned_recruitment(design, {}, 0.0), design.recruitment.patients
    months = [0.0]
    while len(months) < 60:
        months.append(months[-1] + 3.0)
        if np.searchsorted(np.cumsum(recruited_by(plan, months[-1])), 0.5) >= wanted or months[-1] > 240.0:
            break
    figure = blank(2.8)
    axes = add_panel(figure, 0.7, 0.6, WIDTH_INCHES - 0.3, 2.5)
    chances = [np.cumsum(recruited_by(plan, month)) for month in months]

    def at(share: float) -> list[int]:
        return [int(np.searchsorted(one, share)) for one in chances]

    for low, high, shade in _BANDS:
        axes.fill_between(months, at(low), at(high), color=Ink.BLUE.value, alpha=shade, linewidth=0.0)
    axes.plot(months, at(0.5), color=Ink.BLUE.value)
    axes.axhline(wanted, color=Ink.GREY.value, linestyle=(0, (3, 3)), linewidth=0.9)
    events = events_document(design)
    for number, look in enumerate((events or {}).get("looks") or (), start=1):
        if look["month"] is not None:
            axes.axvline(look["month"], color=Ink.DARK.value, linestyle=(0, (1, 2)), linewidth=0.9)
            axes.text(look["month"], 1.36 * wanted, f" look {number}", fontsize=7.5, va="top")
    axes.set(xlabel="month of the trial", ylabel="people recruited", ylim=(0.0, 1.4 * wanted))
    return figure


@styled
def draw_belief(rows: Sequence["Operating"]) -> Figure:
    """Draw the chance to show efficacy against the true effect of each draw, above how the draws lie."""
    own = [one for one in rows if one.effect_by_draw]
    figure = blank(4.2)
    upper = add_panel(figure, 0.7, 1.5, WIDTH_INCHES - 0.3, 3.9)
    lower = add_panel(figure, 0.7, 0.6, WIDTH_INCHES - 0.3, 1.4)
    for number, one in enumerate(own):
        ink = _INKS[number % len(_INKS)].value
        gain, chance = np.array(one.effect_by_draw).T
        upper.plot(gain, chance, linestyle="none", marker="o", markersize=3.0, alpha=0.6, color=ink)
        upper.plot([], [], marker="o", linestyle="none", color=ink, label=f"{one.candidate}, {one.scenario}")
        lower.hist(gain, bins=20, histtype="step", density=True, color=ink)
    upper.set(ylabel="chance to show efficacy", ylim=(0.0, 1.02))
    upper.legend(loc="lower right", fontsize=7.5)
    lower.set(
        xlabel="true gain in the share free, points of a hundred", yticks=[], ylabel="draws", xlim=upper.get_xlim()
    )
    upper.grid(visible=True, axis="y")
    mark_simulated(figure, simulated=True)
    return figure


@styled
def draw_assurance(rows: Sequence["Operating"]) -> Figure:
    """Draw how the chance to show efficacy lies between draws of the posterior: its mean, half and 90% of draws."""
    own = [one for one in rows if one.efficacy_by_draw]
    figure = blank(0.8 + _STRIP * len(own))
    axes = add_panel(figure, 3.0, 0.5, WIDTH_INCHES - 0.2, 0.5 + _STRIP * len(own))
    for place, one in enumerate(reversed(own)):
        low, quarter, middle, three, high = one.efficacy_by_draw
        axes.plot([low, high], [place, place], color=Ink.BLUE.value, linewidth=1.0)
        axes.plot([quarter, three], [place, place], color=Ink.BLUE.value, linewidth=3.5, solid_capstyle="butt")
        axes.plot([middle], [place], marker="|", markersize=9.0, color=Ink.BLACK.value)
        axes.plot([one.efficacy.value or 0.0], [place], marker="o", markersize=4.0, color=Ink.VERMILLION.value)
    axes.set(yticks=range(len(own)), xlim=(0.0, 1.0), xlabel="chance to show efficacy under one draw (dot: mean)")
    axes.set_yticklabels([f"{one.candidate}, {one.scenario}" for one in reversed(own)], fontsize=7.5)
    axes.grid(visible=True, axis="x")
    mark_simulated(figure, simulated=True)
    return figure
