"""The treatment pathway on a clinical day axis: cells, drugs and counts of one patient over the band of all.

These are latent courses, not measurements: no assay error, no sampling times.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from regraft.figures.style import Ink, add_panel, blank, mark_simulated, styled

INKS = (Ink.BLUE, Ink.VERMILLION, Ink.GREEN, Ink.PURPLE)
COLUMN_LEFT = (0.68, 4.98)
PANEL_WIDTH, PANEL_HEIGHT, ROW_PITCH = 3.4, 1.5, 2.2


class DayZero(StrEnum):
    """What day 0 of a trace is."""

    REINFUSION = "reinfusion"
    MOBILISATION = "start of mobilisation"


class Extreme(StrEnum):
    """What matters about a quantity: how high it rises or how low it falls."""

    HIGHEST = "highest"
    LOWEST = "lowest"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One quantity over time in every patient.

    Parameters
    ----------
    name : str
        Name for a reader, such as ``Neutrophils``.
    unit : str
        Unit of the values.
    days : ndarray, shape (days,)
        Days after `day_zero`, rising.
    values : ndarray, shape (patients, days)
        NaN where the patient has no value (not yet treated, died).
    day_zero : DayZero
        What day 0 is.
    extreme : Extreme
        Which extreme of the median is told in words.
    """

    name: str
    unit: str
    days: NDArray[np.float64]
    values: NDArray[np.float64]
    day_zero: DayZero = DayZero.REINFUSION
    extreme: Extreme = Extreme.HIGHEST


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Traces that share one pair of axes.

    Parameters
    ----------
    title : str
        Title of the panel.
    traces : tuple of Trace
        One to four traces with the same unit and the same day 0.
    floor, ceiling : float
        Limits of the logarithmic value axis.
    thresholds : tuple of (float, str)
        Horizontal lines with their labels, such as ``(0.5, "engraftment")``.
    first_day, last_day : float or None
        Limits of the day axis (None: where the data are).
    labels_right : bool
        Whether the labels of the thresholds stand at the right end, where the curves are elsewhere.
    """

    title: str
    traces: tuple[Trace, ...]
    floor: float
    ceiling: float
    thresholds: tuple[tuple[float, str], ...] = ()
    first_day: float | None = None
    last_day: float | None = None
    labels_right: bool = False


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PathwayTraces:
    """Everything the pathway figure shows.

    Parameters
    ----------
    panels : tuple of Panel
        In reading order, two to a row.
    subjects : tuple of str
        Names of the patients, in the order of the first axis of the values.
    highlighted : int
        Index of the patient drawn as a line.
    """

    panels: tuple[Panel, ...]
    subjects: tuple[str, ...]
    highlighted: int = 0


@styled
def draw_pathway(traces: PathwayTraces, *, simulated: bool) -> Figure:
    """Draw every panel: band of the 5th to 95th percentile, median dashed, one patient as a line.

    Parameters
    ----------
    traces : PathwayTraces
        At least one panel.
    simulated : bool
        Whether to mark the figure SIMULATED.
    """
    rows = (len(traces.panels) + 1) // 2
    height = rows * ROW_PITCH + 0.15
    figure = blank(height)
    for index, panel in enumerate(traces.panels):
        row, column = divmod(index, 2)
        left = COLUMN_LEFT[column]
        top = height - 0.4 - row * ROW_PITCH
        axes = add_panel(figure, left, top - PANEL_HEIGHT, left + PANEL_WIDTH, top)
        _draw_panel(axes, panel, traces.highlighted)
    mark_simulated(figure, simulated)
    return figure


def band(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the 5th, 50th and 95th percentile over patients on each day, NaN on days without a value.

    Examples
    --------
    >>> low, middle, high = band(np.array([[1.0, np.nan], [3.0, np.nan]]))
    >>> middle.tolist()
    [2.0, nan]
    """
    shape = (3, values.shape[1])
    result = np.full(shape, np.nan)
    filled = ~np.all(np.isnan(values), axis=0)
    if filled.any():
        result[:, filled] = np.nanpercentile(values[:, filled], [5.0, 50.0, 95.0], axis=0)
    return result[0], result[1], result[2]


def _draw_panel(axes: Axes, panel: Panel, highlighted: int) -> None:
    first = panel.traces[0]
    axes.set_yscale("log")
    for trace, ink in zip(panel.traces, INKS, strict=False):
        low, middle, high = (np.clip(part, panel.floor, panel.ceiling) for part in band(trace.values))
        axes.fill_between(trace.days, low, high, color=ink.value, alpha=0.18, linewidth=0)
        axes.plot(trace.days, middle, color=ink.value, linewidth=1.0, linestyle=(0, (4, 2)))
        if trace.values.shape[0]:
            line = np.clip(trace.values[highlighted], panel.floor, panel.ceiling)
            axes.plot(trace.days, line, color=ink.value, linewidth=1.6, label=trace.name)
    _draw_thresholds(axes, panel)
    filled = [days for days in (_days_of_most(trace) for trace in panel.traces) if days.size]
    start = panel.first_day if panel.first_day is not None else min((days[0] for days in filled), default=0.0)
    end = panel.last_day if panel.last_day is not None else max((days[-1] for days in filled), default=1.0)
    axes.set(
        xlim=(start, max(end, start + 1.0)), ylim=(panel.floor, panel.ceiling), ylabel=first.unit, title=panel.title
    )
    axes.set_xlabel(f"days after {first.day_zero}")
    axes.grid(visible=True, which="major")
    axes.minorticks_off()
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    if start < 0 < end:
        axes.axvline(0.0, color=Ink.DARK.value, linewidth=0.8, linestyle=(0, (1, 2)))
    if len(panel.traces) > 1:
        axes.legend(loc="best", handlelength=1.4, borderpad=0.2)


def _days_of_most(trace: Trace) -> NDArray[np.float64]:
    """Return the days on which at least half as many patients have a value as on the fullest day."""
    seen = np.sum(~np.isnan(trace.values), axis=0)
    return trace.days[seen >= max(1.0, seen.max(initial=0) / 2)]


def _draw_thresholds(axes: Axes, panel: Panel) -> None:
    edge, side = (1.0, "right") if panel.labels_right else (0.0, "left")
    for value, label in panel.thresholds:
        axes.axhline(value, color=Ink.GREY.value, linewidth=0.8)
        axes.annotate(
            label,
            xy=(edge, value),
            xycoords=("axes fraction", "data"),
            xytext=(3 - 5 * edge, 2),
            textcoords="offset points",
            ha=side,
            va="bottom",
            fontsize=7.5,
            color=Ink.DARK.value,
        )
