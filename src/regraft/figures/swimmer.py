"""Swimmer plot: a bar per patient with relapses, scans, EDSS change, end of follow-up; unknown stays unknown."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from regraft.figures.lanes import Lane, Mark, Standing
from regraft.figures.style import WIDTH_INCHES, Ink, add_panel, blank, mark_simulated, styled

MOST_LANES = 40
LONGEST_NAME = 16
HALF = 0.33
ROW, BOTTOM, ABOVE = 0.235, 0.55, 1.0

BOTTOM_TO_TOP = (
    Mark.SCAN_QUIET,
    Mark.SCAN_UNKNOWN,
    Mark.SCAN_ACTIVE,
    Mark.ONGOING,
    Mark.LEFT,
    Mark.REPORTED,
    Mark.RELAPSE,
    Mark.IMPROVEMENT,
    Mark.WORSENING,
    Mark.DEATH,
)
SHADE = {
    Standing.BEFORE: Ink.LIGHT.value,
    Standing.BETTER: "#9BD3BF",
    Standing.SAME: "#BFD9EA",
    Standing.WORSE: "#F2C6A0",
    Standing.UNKNOWN: Ink.WHITE.value,
}


LOOK: dict[Mark, dict[str, Any]] = {
    Mark.RELAPSE: {"marker": "^", "color": Ink.VERMILLION.value, "markersize": 5.5},
    Mark.REPORTED: {
        "marker": "^", "markerfacecolor": "white", "markeredgecolor": Ink.VERMILLION.value, "markersize": 5.0
    },
    Mark.SCAN_QUIET: {"marker": "|", "color": Ink.DARK.value, "markersize": 5, "markeredgewidth": 0.7},
    Mark.SCAN_ACTIVE: {"marker": "s", "color": Ink.PURPLE.value, "markersize": 3.8},
    Mark.SCAN_UNKNOWN: {
        "marker": "s", "markerfacecolor": "white", "markeredgecolor": Ink.PURPLE.value, "markersize": 3.6
    },
    Mark.WORSENING: {"marker": "v", "color": Ink.BLACK.value, "markersize": 6.5},
    Mark.IMPROVEMENT: {"marker": "*", "color": Ink.GREEN.value, "markersize": 8.5, "markeredgecolor": "white",
                       "markeredgewidth": 0.5},
    Mark.DEATH: {"marker": "X", "color": Ink.BLACK.value, "markersize": 7.5},
    Mark.ONGOING: {"marker": ">", "color": Ink.DARK.value, "markersize": 4},
    Mark.LEFT: {"marker": "o", "markerfacecolor": "white", "markeredgecolor": Ink.DARK.value, "markersize": 4.5},
}  # fmt: skip


@styled
def draw_swimmer(lanes: tuple[Lane, ...], *, simulated: bool) -> Figure:
    """Draw up to forty lanes.

    Parameters
    ----------
    lanes : tuple of Lane
        From `swimmer_lanes`; those after the fortieth are left out.
    simulated : bool
        Whether to mark the figure SIMULATED.
    """
    shown = lanes[:MOST_LANES]
    height = ROW * max(len(shown), 1) + BOTTOM + ABOVE
    figure = blank(height)
    names = [_short(lane.subject) for lane in shown]
    left = 0.3 + 0.068 * max((len(name) for name in names), default=0)
    axes = add_panel(figure, left, BOTTOM, WIDTH_INCHES - 0.95, height - ABOVE)
    rows = range(len(shown) - 1, -1, -1)
    placed = dict(zip(rows, shown, strict=True))
    _draw_stretches(axes, placed)
    for row, lane in placed.items():
        axes.text(1.015, row, lane.edss, transform=axes.get_yaxis_transform(), va="center", fontsize=8)
    _draw_marks(axes, placed)
    last = max((stop for lane in shown for _, stop, _ in lane.stretches), default=1.0)
    first = min((moment for lane in shown for moment in _moments(lane)), default=0.0)
    axes.set(xlim=(first - 0.15, last + 0.4), ylim=(-0.7, len(shown) - 0.3), xlabel="years after day 0")
    axes.set_yticks(list(rows), names)
    axes.tick_params(axis="y", length=0, labelsize=8, labelcolor=Ink.BLACK.value)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=14, integer=True))
    axes.axvline(0.0, color=Ink.DARK.value, linewidth=0.8)
    axes.spines["left"].set_visible(False)
    axes.text(1.015, len(shown) - 0.25, "EDSS", transform=axes.get_yaxis_transform(), va="bottom", fontsize=8.5)
    _legend(figure, height, shown)
    mark_simulated(figure, simulated)
    return figure


def _draw_stretches(axes: Axes, lanes: dict[int, Lane]) -> None:
    """Draw each kind of stretch as one collection of boxes: hundreds of single bars would take a second."""
    for standing, shade in SHADE.items():
        boxes = [
            [(begin, row - HALF), (stop, row - HALF), (stop, row + HALF), (begin, row + HALF)]
            for row, lane in lanes.items()
            for begin, stop, kind in lane.stretches
            if kind is standing
        ]
        unknown = standing is Standing.UNKNOWN
        axes.add_collection(
            PolyCollection(
                boxes,
                facecolors=shade,
                edgecolors=Ink.GREY.value if unknown else shade,
                linewidths=0.6 if unknown else 0.0,
                linestyles=[(0, (2, 2))] if unknown else "solid",
            )
        )


def _draw_marks(axes: Axes, lanes: dict[int, Lane]) -> None:
    """Draw each kind of mark with one call, quiet scans first so that events lie on top."""
    for mark in BOTTOM_TO_TOP:
        points = [(years, row) for row, lane in lanes.items() for years, kind in lane.marks if kind is mark]
        if points:
            years, rows = zip(*points, strict=True)
            axes.plot(years, rows, linestyle="none", clip_on=False, **LOOK[mark])


def _short(name: str) -> str:
    """Return a name that fits beside its bar; the end tells people apart better than the beginning."""
    return name if len(name) <= LONGEST_NAME else f"\N{HORIZONTAL ELLIPSIS}{name[-LONGEST_NAME + 1 :]}"


def _moments(lane: Lane) -> list[float]:
    return [*(begin for begin, _, _ in lane.stretches), *(years for years, _ in lane.marks)]


def _legend(figure: Figure, height: float, lanes: tuple[Lane, ...]) -> None:
    """Explain the marks and shades that occur."""
    marked = {mark for lane in lanes for _, mark in lane.marks}
    shaded = {standing for lane in lanes for _, _, standing in lane.stretches}
    marks = [Line2D([], [], linestyle="none", label=mark.value, **LOOK[mark]) for mark in Mark if mark in marked]
    shades = [
        Patch(facecolor=shade, edgecolor=Ink.GREY.value, linewidth=0.5, label=standing.value)
        for standing, shade in SHADE.items()
        if standing in shaded
    ]
    figure.legend(
        handles=[*marks, *shades],
        loc="upper left",
        bbox_to_anchor=(0.02, 1 - 0.2 / height),
        ncols=4,
        fontsize=7.6,
        handlelength=1.2,
        columnspacing=1.2,
        handletextpad=0.5,
        labelspacing=0.3,
    )
