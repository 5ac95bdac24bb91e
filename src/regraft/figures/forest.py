"""Published beside simulated, as a forest plot: one row per endpoint, one panel per unit."""

from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from regraft.figures.style import WIDTH_INCHES, Ink, add_panel, blank, mark_simulated, styled
from regraft.replication.published import PublishedRow

ROW = 0.42
LEFT = 3.35
LABEL_CHARACTERS = 46
ABOVE, BELOW = 0.12, 0.52
OFFSET = 0.14
HEAD = 0.5
SHARES = "% of patients"


@styled
def draw_forest(rows: tuple[PublishedRow, ...]) -> Figure:
    """Draw every row that has a published or a simulated number; always marked SIMULATED.

    Parameters
    ----------
    rows : tuple of PublishedRow
        Rows of one unit stand in one panel, in the order given.
    """
    shown = [row for row in rows if row.published is not None or row.predicted is not None]
    axes_names = list(dict.fromkeys(_axis_name(row) for row in shown))
    groups = [[row for row in shown if _axis_name(row) == name] for name in axes_names]
    height = sum(ROW * len(group) + ABOVE + BELOW for group in groups) + HEAD
    figure = blank(height)
    top = height - HEAD
    for index, group in enumerate(groups):
        bottom = top - ABOVE - ROW * len(group)
        axes = add_panel(figure, LEFT, bottom, WIDTH_INCHES - 0.35, top - ABOVE)
        _draw_group(axes, group)
        if index == 0:
            axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.01), ncols=2, columnspacing=1.6, handletextpad=0.5)
        top = bottom - BELOW
    mark_simulated(figure, simulated=True)
    return figure


def _draw_group(axes: Axes, rows: list[PublishedRow]) -> None:
    heights = range(len(rows) - 1, -1, -1)
    for height, row in zip(heights, rows, strict=True):
        _interval(
            axes, height + OFFSET, row.published, row.published_low, row.published_high, ink=Ink.VERMILLION, marker="D"
        )
        _interval(axes, height - OFFSET, row.predicted, row.predicted_low, row.predicted_high, ink=Ink.BLUE, marker="o")
    axes.set(ylim=(-0.55, len(rows) - 0.45), xlabel=_axis_name(rows[0]))
    if _axis_name(rows[0]) == SHARES:
        axes.set_xlim(-2, 102)
    axes.set_yticks(list(heights), [fill(row.label, LABEL_CHARACTERS) for row in rows])
    axes.tick_params(axis="y", length=0, labelsize=9, labelcolor=Ink.BLACK.value)
    for height in range(len(rows) - 1):
        axes.axhline(height + 0.5, color=Ink.PALE.value, linewidth=0.8)
    axes.grid(visible=True, axis="x")
    axes.spines["left"].set_visible(False)
    axes.errorbar([], [], xerr=[], fmt="D", color=Ink.VERMILLION.value, capsize=3, label="published, 95% interval")
    axes.errorbar([], [], xerr=[], fmt="o", color=Ink.BLUE.value, capsize=3, label="simulated, 95% predictive interval")


def _interval(
    axes: Axes, height: float, value: float | None, low: float | None, high: float | None, *, ink: Ink, marker: str
) -> None:
    if value is None:
        return
    axes.plot([value], [height], marker=marker, markersize=5.5, color=ink.value, linestyle="none", clip_on=False)
    if low is not None and high is not None:
        axes.plot([low, high], [height, height], color=ink.value, linewidth=1.8, solid_capstyle="butt", clip_on=False)
        axes.plot(
            [low, high], [height, height], color=ink.value, marker="|", markersize=7, linestyle="none", clip_on=False
        )


def _axis_name(row: PublishedRow) -> str:
    """Return the name of the axis a row belongs to: its unit; a bare percentage is a share of patients."""
    return SHARES if row.unit == "%" else row.unit
