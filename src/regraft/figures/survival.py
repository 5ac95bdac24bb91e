"""Time-to-event curves with their intervals, the numbers at risk, and a published point beside them."""

from dataclasses import dataclass
from typing import final

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator
from numpy.typing import NDArray

from regraft.figures.exact import kaplan_meier
from regraft.figures.style import Ink, add_panel, blank, mark_simulated, styled
from regraft.figures.timeline import DAYS_PER_YEAR

LEFT = (0.85, 5.0)
RIGHT = (4.45, 8.45)
BOTTOM, TOP, HEIGHT = 0.98, 3.6, 4.0


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedPoint:
    """A published proportion of an endpoint with its interval at one time, all between 0 and 1."""

    endpoint: str
    years: float
    share: float
    low: float | None = None
    high: float | None = None
    label: str = "published"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A Kaplan-Meier curve ready to draw.

    Parameters
    ----------
    title : str
        Title of the panel.
    years : ndarray, shape (steps,)
        Times at which the curve steps, from 0, rising.
    share, low, high : ndarray, shape (steps,)
        Proportion still free and its 95% log-log interval, from that time on.
    censored_years : ndarray, shape (censored,)
        Times at which people were censored.
    at_risk : tuple of (float, int)
        Number at risk at chosen years.
    published : PublishedPoint or None
        Published value of the same quantity.
    """

    title: str
    years: NDArray[np.float64]
    share: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    censored_years: NDArray[np.float64]
    at_risk: tuple[tuple[float, int], ...]
    published: PublishedPoint | None = None

    def share_at(self, years: float) -> tuple[float, float, float]:
        """Return the proportion and its interval at a time."""
        index = int(np.searchsorted(self.years, years, side="right")) - 1
        return float(self.share[index]), float(self.low[index]), float(self.high[index])


@styled
def draw_survival(curves: tuple[Curve, ...], *, ylabel: str, simulated: bool) -> Figure:
    """Draw one or two curves side by side.

    Parameters
    ----------
    curves : tuple of Curve
        One or two.
    ylabel : str
        What the vertical axis shows, without the unit.
    simulated : bool
        Whether to mark the figure SIMULATED.
    """
    figure = blank(HEIGHT)
    longest = max(max((years for years, _ in curve.at_risk), default=1.0) for curve in curves)
    for index, curve in enumerate(curves[:2]):
        right = RIGHT[index] if len(curves) > 1 else RIGHT[1]
        axes = add_panel(figure, LEFT[index], BOTTOM, right, TOP)
        _draw_curve(axes, curve, longest)
        axes.set_ylabel(f"{ylabel} [%]" if index == 0 else "")
    mark_simulated(figure, simulated)
    return figure


def _draw_curve(axes: Axes, curve: Curve, longest: float) -> None:
    years = np.append(curve.years, longest)
    share, low, high = (np.append(part, part[-1]) * 100 for part in (curve.share, curve.low, curve.high))
    axes.fill_between(years, low, high, step="post", color=Ink.BLUE.value, alpha=0.16, linewidth=0, label="95% log-log")
    axes.step(years, share, where="post", color=Ink.BLUE.value, label="Kaplan-Meier")
    if curve.censored_years.size:
        levels = [100 * curve.share_at(time)[0] for time in curve.censored_years]
        axes.plot(curve.censored_years, levels, linestyle="none", marker="|", markersize=6, color=Ink.BLUE.value)
    if curve.published is not None:
        _draw_point(axes, curve.published)
    axes.set(xlim=(0, longest), ylim=(0, 102), xlabel="years after day 0", title=curve.title)
    axes.xaxis.set_major_locator(MultipleLocator(1 if longest <= 8 else 2))
    axes.grid(visible=True, axis="y")
    axes.legend(loc="lower left", handlelength=1.6)
    axes.annotate(
        "Number at risk", xy=(0, 0), xycoords="axes fraction", xytext=(-4, -42), textcoords="offset points", ha="left",
        va="center", fontsize=8.5, fontweight="bold",
    )  # fmt: skip
    for time, count in curve.at_risk:
        axes.annotate(
            str(count), xy=(time, 0), xycoords=("data", "axes fraction"), xytext=(0, -55), textcoords="offset points",
            ha="center", va="center", fontsize=8.5, annotation_clip=False,
        )  # fmt: skip


def _draw_point(axes: Axes, point: PublishedPoint) -> None:
    share = 100 * point.share
    below = share - 100 * point.low if point.low is not None else 0.0
    above = 100 * point.high - share if point.high is not None else 0.0
    axes.errorbar(
        [point.years], [share], yerr=[[below], [above]], fmt="D", markersize=6, capsize=4, linewidth=1.4,
        color=Ink.VERMILLION.value, label=point.label, zorder=5,
    )  # fmt: skip


def survival_curve(
    events: pl.DataFrame, endpoint: str, *, title: str, published: PublishedPoint | None = None
) -> Curve | None:
    """Return the Kaplan-Meier curve of an endpoint, or None if nobody can be judged.

    Competing events are censored; people whose status is unknown are left out.

    Parameters
    ----------
    events : polars.DataFrame
        Derived endpoints.
    endpoint : str
        Name of the endpoint.
    title : str
        Title of the panel.
    published : PublishedPoint, optional
        Published value of the same quantity.
    """
    known = events.filter(
        (pl.col("endpoint") == endpoint) & (pl.col("status") != "unknown") & pl.col("time_days").is_not_null()
    )
    if known.is_empty():
        return None
    days = known["time_days"].to_numpy()
    happened = (known["status"] == "event").to_numpy()
    table = kaplan_meier(days, happened)
    step = 1 if days.max() / DAYS_PER_YEAR <= 8 else 2
    grid = np.arange(0, days.max() / DAYS_PER_YEAR, step)
    return Curve(
        title=title, years=table[:, 0] / DAYS_PER_YEAR, share=table[:, 1], low=table[:, 2], high=table[:, 3],
        censored_years=np.sort(days[~happened]) / DAYS_PER_YEAR,
        at_risk=tuple((float(years), int((days >= years * DAYS_PER_YEAR).sum())) for years in grid),
        published=published,
    )  # fmt: skip
