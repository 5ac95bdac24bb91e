"""The three variants of the debate: how much better or worse each predicts left-out cohorts than the full model."""

from collections.abc import Sequence
from math import isfinite

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from regraft.figures.style import WIDTH_INCHES, Ink, add_panel, blank, mark_simulated, styled
from regraft.replication.hypotheses import BOTH, Hypotheses, Scores

ROW, LEFT, HEAD, FOOT = 0.42, 1.6, 0.55, 0.55
STEP = 0.17  # between variants of one cohort
INKS = (Ink.BLUE, Ink.VERMILLION, Ink.GREEN, Ink.PURPLE)
MARKERS = ("o", "s", "D", "^")
LINEAR_UP_TO, LINEAR_WITHIN = 100.0, 10.0  # differences above the first are drawn logarithmically outside the second
TICKS = (0, 5, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
ALL = "all cohorts"


@styled
def draw_hypotheses(found: Hypotheses) -> Figure:
    """Draw the log score of every variant minus that of the model with both; always marked SIMULATED.

    Parameters
    ----------
    found : Hypotheses
        What `regraft.replication.hypotheses.load_hypotheses` returned.
    """
    rows = [*found.per_cohort.items(), (ALL, found.log_score)]
    height = HEAD + ROW * len(rows) + FOOT
    figure = blank(height)
    axes = add_panel(figure, LEFT, FOOT, WIDTH_INCHES - 0.35, height - HEAD)
    for index, name in enumerate(found.variants):
        _variant(axes, rows, name, index, 0.5 * (len(found.variants) - 1) - index)
    axes.axvline(0.0, color=Ink.GREY.value, linewidth=0.9, linestyle=(0, (3, 3)))
    axes.axhline(0.5, color=Ink.LIGHT.value, linewidth=0.8)
    axes.set_yticks(range(len(rows) - 1, -1, -1), [cohort for cohort, _ in rows])
    axes.set(ylim=(-0.5, len(rows) - 0.5), xlabel=f"log score minus that of the model with {BOTH} (right: better)")
    axes.tick_params(axis="y", length=0, labelcolor=Ink.BLACK.value)
    axes.grid(visible=True, axis="x")
    _scale(axes)
    axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.01), ncols=len(found.variants), handletextpad=0.3)
    mark_simulated(figure, simulated=True)
    return figure


def _scale(axes: Axes) -> None:
    """Draw wide differences on a scale that leaves the small ones apart."""
    low, high = axes.get_xlim()
    if max(-low, high) <= LINEAR_UP_TO:
        return
    axes.set_xscale("symlog", linthresh=LINEAR_WITHIN)
    ticks = sorted({sign * tick for tick in TICKS for sign in (-1, 1) if low <= sign * tick <= high})
    axes.set_xticks(ticks, [f"{tick:,}".replace("-", "\N{MINUS SIGN}") for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.set_xlim(1.3 * low, 1.3 * high)


def _variant(axes: Axes, rows: Sequence[tuple[str, Scores]], name: str, index: int, place: float) -> None:
    """Draw one variant, a mark in every row where it has a score."""
    levels = range(len(rows) - 1, -1, -1)
    points = [
        (scores[name] - scores[BOTH], level + STEP * place) for level, (_, scores) in zip(levels, rows, strict=True)
    ]
    known = [point for point in points if isfinite(point[0])]
    axes.plot(
        [difference for difference, _ in known],
        [level for _, level in known],
        linestyle="",
        markersize=5.5,
        marker=MARKERS[index % len(MARKERS)],
        color=INKS[index % len(INKS)].value,
        label=name,
    )
