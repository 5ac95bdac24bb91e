"""Time-to-event curves with their intervals, the numbers at risk, and a published point beside them."""

from dataclasses import dataclass
from typing import final

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from regraft.analysis.binomial import exact_interval
from regraft.analysis.survival import KaplanMeier, kaplan_meier
from regraft.figures.style import Ink, add_panel, blank, mark_simulated, styled
from regraft.figures.timeline import DAYS_PER_YEAR

LEFT = (0.85, 5.0)
RIGHT = (4.45, 8.45)
BOTTOM, TOP, HEIGHT = 0.98, 3.6, 4.0
_SHORTEST_YEARS = 0.1  # of the time axis, if nobody was followed


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
    """A Kaplan-Meier estimate ready to draw.

    Parameters
    ----------
    title : str
        Title of the panel.
    estimate : KaplanMeier
        The estimate with its log-log interval; times in days.
    published : PublishedPoint or None
        Published value of the same quantity.
    """

    title: str
    estimate: KaplanMeier
    published: PublishedPoint | None = None

    @property
    def longest_years(self) -> float:
        """Return the longest follow-up."""
        return float(self.estimate.time[-1]) / DAYS_PER_YEAR

    def at_risk(self, years: float) -> int:
        """Return the number at risk at a time."""
        return int(self.estimate.number_at_risk(years * DAYS_PER_YEAR))

    def share_at(self, years: float) -> tuple[float, float, float]:
        """Return the proportion and its 95% interval at a time; NaN beyond the longest follow-up.

        A proportion of 0 or 1 has no log-log interval: it gets the exact binomial one of those still at risk, or of
        those who had the event.
        """
        share, low, high = self.estimate.at(years * DAYS_PER_YEAR)
        if share not in {0.0, 1.0}:
            return share, low, high
        people = max(self.at_risk(years), 1) if share else int(self.estimate.events.sum())
        return (share, *exact_interval(people if share else 0, people))


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
    longest = max(_SHORTEST_YEARS, *(curve.longest_years for curve in curves))
    for index, curve in enumerate(curves[:2]):
        right = RIGHT[index] if len(curves) > 1 else RIGHT[1]
        axes = add_panel(figure, LEFT[index], BOTTOM, right, TOP)
        _draw_curve(axes, curve, longest)
        axes.set_ylabel(f"{ylabel} [%]" if index == 0 else "")
    mark_simulated(figure, simulated)
    return figure


def _draw_curve(axes: Axes, curve: Curve, longest: float) -> None:
    estimate = curve.estimate
    years = np.concatenate([[0.0], estimate.time / DAYS_PER_YEAR])
    share, low, high = (
        100 * np.concatenate([[1.0], part]) for part in (estimate.survival, estimate.low, estimate.high)
    )
    axes.fill_between(years, low, high, step="post", color=Ink.BLUE.value, alpha=0.16, linewidth=0, label="95% log-log")
    axes.step(years, share, where="post", color=Ink.BLUE.value, label="Kaplan-Meier")
    left = np.concatenate([[False], estimate.censored > 0])
    axes.plot(years[left], share[left], linestyle="none", marker="|", markersize=6, color=Ink.BLUE.value)
    if curve.published is not None:
        _draw_point(axes, curve.published)
    axes.set(xlim=(0, longest), ylim=(0, 102), xlabel="years after day 0", title=curve.title)
    step = 1 if longest <= 8 else 2
    axes.xaxis.set_major_locator(MultipleLocator(step))
    axes.grid(visible=True, axis="y")
    axes.legend(loc="lower left", handlelength=1.6)
    axes.annotate(
        "Number at risk",
        xy=(0, 0),
        xycoords="axes fraction",
        xytext=(-4, -42),
        textcoords="offset points",
        ha="left",
        va="center",
        fontsize=8.5,
        fontweight="bold",
    )
    for time in np.arange(0, longest, step):
        axes.annotate(
            str(curve.at_risk(float(time))),
            xy=(float(time), 0),
            xycoords=("data", "axes fraction"),
            xytext=(0, -55),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=8.5,
            annotation_clip=False,
        )


def _draw_point(axes: Axes, point: PublishedPoint) -> None:
    share = 100 * point.share
    below = share - 100 * point.low if point.low is not None else 0.0
    above = 100 * point.high - share if point.high is not None else 0.0
    axes.errorbar(
        [point.years],
        [share],
        yerr=[[below], [above]],
        fmt="D",
        markersize=6,
        capsize=4,
        linewidth=1.4,
        color=Ink.VERMILLION.value,
        label=point.label,
        zorder=5,
    )


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
    happened = (known["status"] == "event").to_numpy()
    return Curve(title=title, estimate=kaplan_meier(known["time_days"].to_numpy(), happened), published=published)
