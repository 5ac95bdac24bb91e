"""The same patients under several regimens: values on the left, paired differences from the first on the right."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from regraft.figures.style import WIDTH_INCHES, Ink, add_panel, blank, mark_simulated, styled
from regraft.prediction.compare import ComparedRow, Comparison, Estimate
from regraft.prediction.paired import Contrast

STRIP, GAP = 0.16, 0.36
LEFT, MIDDLE, RIGHT = 2.65, 5.55, 5.95
HEAD, FOOT = 0.75, 0.3
INKS = (Ink.BLUE, Ink.VERMILLION, Ink.GREEN, Ink.PURPLE, Ink.ORANGE, Ink.SKY, Ink.BLACK, Ink.GREY)


@styled
def draw_compared(comparison: Comparison) -> Figure:
    """Draw every quantity on a scale of its own; always marked SIMULATED, in the order named and unranked.

    Parameters
    ----------
    comparison : Comparison
        What `regraft.prediction.compare.compare` returned.
    """
    strip = STRIP * (len(comparison.regimens) + 1)
    height = HEAD + FOOT + (strip + GAP) * len(comparison.rows)
    figure = blank(height)
    top = height - HEAD
    for index, row in enumerate(comparison.rows):
        left = add_panel(figure, LEFT, top - strip, MIDDLE, top)
        right = add_panel(figure, RIGHT, top - strip, WIDTH_INCHES - 0.2, top)
        _draw_row(left, right, row)
        figure.text(
            0.1 / WIDTH_INCHES, (top - 0.5 * strip) / height, f"{row.label}\n[{row.unit}]", va="center", fontsize=8.5
        )
        if index == 0:
            _head(left, right, comparison)
        top -= strip + GAP
    mark_simulated(figure, simulated=True)
    return figure


def _draw_row(left: Axes, right: Axes, row: ComparedRow) -> None:
    arms = len(row.estimates)
    _intervals(left, row.estimates, 0)
    _intervals(right, row.differences, 1)
    if all(one.low == one.high == 0.0 for one in row.differences):
        right.set(xlim=(-1.0, 1.0), xticks=[0.0])
        right.text(0.1, 0.5, "the same in every pair", fontsize=7.5, color=Ink.DARK.value, va="center")
    right.axvline(0.0, color=Ink.GREY.value, linewidth=0.9, linestyle=(0, (3, 3)))
    for axes in (left, right):
        axes.set(ylim=(-0.8, arms - 0.2), yticks=[])
        if len(axes.get_xticks()) > 1:
            axes.locator_params(axis="x", nbins=5)
        axes.spines["left"].set_visible(False)
        axes.grid(visible=True, axis="x")
        axes.tick_params(axis="x", labelsize=7)
        axes.margins(x=0.12)


def _intervals(axes: Axes, values: Sequence[Estimate | Contrast], first: int) -> None:
    """Draw one interval a regimen, the first named on top."""
    top = len(values) + first - 1
    for index, one in enumerate(values):
        if one.value is None or one.low is None or one.high is None:
            continue
        ink, level = INKS[(index + first) % len(INKS)].value, top - (index + first)
        axes.plot([one.low, one.high], [level, level], color=ink, linewidth=1.6, solid_capstyle="butt")
        axes.plot([one.value], [level], marker="o", markersize=4.0, color=ink)


def _head(left: Axes, right: Axes, comparison: Comparison) -> None:
    """Name the columns and the regimens above the first row."""
    for index, name in enumerate(comparison.regimens):
        left.plot([], [], marker="o", markersize=4.0, color=INKS[index % len(INKS)].value, label=name)
    left.legend(loc="lower left", bbox_to_anchor=(-0.9, 1.18), ncols=4, columnspacing=1.4, handletextpad=0.4)
    left.set_title("latent value, 95% interval", fontsize=8.5, fontweight="normal")
    right.set_title(f"paired difference from {comparison.regimens[0]}", fontsize=8.5, fontweight="normal")
