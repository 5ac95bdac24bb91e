"""The forest plot of a pooled endpoint: one row per study, the pooled estimate, and its prediction interval."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from matplotlib.ticker import FuncFormatter, NullFormatter

from regraft.analysis.evidence_pool import EvidencePool
from regraft.figures.style import WIDTH_INCHES, Ink, add_panel, blank, styled

ROW = 0.3
LEFT, RIGHT = 2.75, 2.05
HEAD, FOOT = 0.55, 0.6


@styled
def draw_pool_forest(pooled: EvidencePool) -> Figure:
    """Draw the studies with their intervals, the pooled estimate as a diamond and the prediction interval as a bar.

    Parameters
    ----------
    pooled : EvidencePool
        Published studies; nothing here is simulated.
    """
    height = HEAD + ROW * (len(pooled.entries) + 2.4) + FOOT
    figure = blank(height)
    axes = add_panel(figure, LEFT, FOOT, WIDTH_INCHES - RIGHT, height - HEAD)
    percent = pooled.pooled.scale == "logit"
    factor = 100.0 if percent else 1.0
    rows = len(pooled.entries)
    for index, (entry, weight) in enumerate(zip(pooled.entries, pooled.weights, strict=True)):
        level = rows - index + 1.2
        axes.plot([factor * entry.low, factor * entry.high], [level, level], color=Ink.DARK.value, linewidth=1.2)
        size = 3.0 + 6.0 * (weight / max(pooled.weights)) ** 0.5
        axes.plot([factor * entry.value], [level], marker="s", markersize=size, color=Ink.BLUE.value, clip_on=False)
        time = "" if entry.time_years is None else f", {entry.time_years:g} y"
        who = "" if entry.subgroup is None else f", {entry.subgroup}"
        who += "" if abs(entry.level - pooled.question.level) < 1e-9 else f", {100 * entry.level:g}% limits"
        _write(axes, level, f"{entry.name}{who}{time}", _text(factor, entry.value, entry.low, entry.high, weight))
    _draw_pooled(axes, pooled, factor)
    axes.set(ylim=(-0.6, rows + 1.9), xlabel="% of patients" if percent else pooled.unit)
    if percent:
        axes.set_xlim(0.0, 100.0 if max(entry.high for entry in pooled.entries) > 0.5 else None)
    elif pooled.pooled.scale == "log":
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(visible=True, axis="x")
    title = pooled.question.endpoint.replace("_", " ")
    figure.text(0.12 / WIDTH_INCHES, 1 - 0.22 / height, title, fontsize=10.5, fontweight="bold", va="center")
    return figure


def _draw_pooled(axes: Axes, pooled: EvidencePool, factor: float) -> None:
    p = pooled.pooled
    value, low, high = (factor * p.back(number) for number in (p.estimate, p.low, p.high))
    corners = [(low, 1.0), (value, 1.28), (high, 1.0), (value, 0.72)]
    axes.add_patch(Polygon(corners, closed=True, facecolor=Ink.VERMILLION.value, edgecolor="none"))
    axes.axvline(value, color=Ink.VERMILLION.value, linewidth=0.8, linestyle=(0, (3, 3)))
    label = f"Random effects, {100 * p.level:g}% Hartung-Knapp"
    _write(axes, 1.0, label, _text(factor, p.back(p.estimate), p.back(p.low), p.back(p.high), None), bold=True)
    ends = factor * p.back(p.prediction_low), factor * p.back(p.prediction_high)
    axes.plot(ends, [0.0, 0.0], color=Ink.VERMILLION.value, linewidth=3.0, solid_capstyle="butt", alpha=0.55)
    _write(axes, 0.0, "Prediction interval of a new study", f"{_number(ends[0])} to {_number(ends[1])}")


def _write(axes: Axes, level: float, label: str, text: str, *, bold: bool = False) -> None:
    """Write the label left of the panel and the numbers right of it."""
    weight = "bold" if bold else "normal"
    place = axes.get_yaxis_transform()
    axes.text(-0.03, level, label, transform=place, ha="right", va="center", fontsize=8.5, fontweight=weight)
    axes.text(1.03, level, text, transform=place, ha="left", va="center", fontsize=8.5, fontweight=weight)


def _text(factor: float, value: float, low: float, high: float, weight: float | None) -> str:
    text = f"{_number(factor * value)} ({_number(factor * low)} to {_number(factor * high)})"
    return text if weight is None else f"{text}  {weight:.0f}%"


def _number(value: float) -> str:
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2g}"
