"""Trial flow: who entered each stage and who left on the way, as a CONSORT diagram."""

from dataclasses import dataclass
from typing import final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from regraft.figures.style import WIDTH_INCHES, Ink, add_panel, blank, mark_simulated, styled

BOX_HEIGHT = 0.42
LINE_HEIGHT = 0.17
GAP = 0.3
STAGE_LEFT, STAGE_RIGHT = 0.3, 4.1
TRUNK = 2.2
EXIT_LEFT, EXIT_RIGHT = 4.75, 8.45


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class FlowStage:
    """One box of the diagram and the people who left before the next.

    Parameters
    ----------
    label : str
        What happened at this stage.
    count : int
        People who reached it.
    exits : tuple of (str, int)
        Reasons for leaving after this stage, with their numbers.
    note : str
        Short remark under the label.
    """

    label: str
    count: int
    exits: tuple[tuple[str, int], ...] = ()
    note: str = ""


@styled
def draw_flow(stages: tuple[FlowStage, ...], *, simulated: bool) -> Figure:
    """Draw the stages from top to bottom with exits to the right.

    Parameters
    ----------
    stages : tuple of FlowStage
        In the order in which they happened; at least one.
    simulated : bool
        Whether to mark the figure SIMULATED.
    """
    heights = [BOX_HEIGHT + (LINE_HEIGHT if stage.note else 0.0) for stage in stages]
    gaps = [max(GAP, LINE_HEIGHT * len(stage.exits) + 0.24 if stage.exits else 0.0) for stage in stages]
    total = sum(heights) + sum(gaps[:-1]) + 0.3
    figure = blank(total)
    axes = add_panel(figure, 0.0, 0.0, WIDTH_INCHES, total)
    axes.set(xlim=(0, WIDTH_INCHES), ylim=(0, total))
    axes.set_axis_off()
    top = total - 0.15
    for index, stage in enumerate(stages):
        bottom = top - heights[index]
        _stage_box(axes, stage, top, bottom)
        if index + 1 < len(stages):
            _arrow(axes, (TRUNK, bottom), (TRUNK, bottom - gaps[index]))
            if stage.exits:
                _exit_box(axes, stage.exits, bottom - gaps[index] / 2)
        top = bottom - gaps[index]
    mark_simulated(figure, simulated)
    return figure


def _stage_box(axes: Axes, stage: FlowStage, top: float, bottom: float) -> None:
    _box(axes, STAGE_LEFT, bottom, STAGE_RIGHT, top, face=Ink.PALE, edge=Ink.DARK)
    middle = (top + bottom) / 2 + (LINE_HEIGHT / 2 if stage.note else 0.0)
    axes.text(STAGE_LEFT + 0.15, middle, stage.label, ha="left", va="center", fontsize=9.5, fontweight="bold")
    axes.text(STAGE_RIGHT - 0.15, middle, f"n = {stage.count:,}", ha="right", va="center", fontsize=9.5)
    if stage.note:
        axes.text(STAGE_LEFT + 0.15, middle - 0.2, stage.note, ha="left", va="center", fontsize=8, color=Ink.DARK.value)


def _exit_box(axes: Axes, exits: tuple[tuple[str, int], ...], middle: float) -> None:
    half = (LINE_HEIGHT * len(exits) + 0.1) / 2
    _arrow(axes, (TRUNK, middle), (EXIT_LEFT, middle))
    _box(axes, EXIT_LEFT, middle - half, EXIT_RIGHT, middle + half, face=Ink.WHITE, edge=Ink.GREY)
    for line, (reason, count) in enumerate(exits):
        height = middle + half - 0.05 - LINE_HEIGHT * (line + 0.5)
        axes.text(EXIT_LEFT + 0.12, height, reason, ha="left", va="center", fontsize=8.5)
        axes.text(EXIT_RIGHT - 0.12, height, f"{count:,}", ha="right", va="center", fontsize=8.5)


def _box(axes: Axes, left: float, bottom: float, right: float, top: float, *, face: Ink, edge: Ink) -> None:
    axes.add_patch(
        FancyBboxPatch(
            (left, bottom),
            right - left,
            top - bottom,
            boxstyle="round,pad=0,rounding_size=0.05",
            facecolor=face.value,
            edgecolor=edge.value,
            linewidth=0.9,
        )
    )


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.annotate(
        "",
        xy=end,
        xytext=start,
        arrowprops={"arrowstyle": "-|>", "color": Ink.DARK.value, "linewidth": 0.9, "shrinkA": 0, "shrinkB": 0},
    )
