"""A measurement over the years: each patient a thin line, mean and quartiles of those seen, and how many those are."""

from dataclasses import dataclass
from typing import final

import numpy as np
import polars as pl
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator
from numpy.typing import NDArray

from regraft.core.arrays import Floats
from regraft.figures.style import WIDTH_INCHES, Ink, add_panel, blank, mark_simulated, styled
from regraft.figures.timeline import treated_clocks, with_years
from regraft.study.blocks import blocks_of
from regraft.study.tables import Study

STEP_YEARS = 0.5
FEWEST = 4
HEIGHT, BOTTOM, TOP, LEFT = 3.85, 0.98, 3.55, 0.85

MOST_LINES = 400


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredOverTime:
    """One measurement over time in every patient, and its summary on a half-yearly grid.

    Parameters
    ----------
    ylabel : str
        Name and unit of the value.
    people : int
        Patients with a value.
    lines : tuple of (ndarray, ndarray)
        Years after day zero and values of each patient, at most 400 of them, each pair of shape (observations,).
    years : ndarray, shape (grid,)
        Grid of the summary, only where at least four patients were seen.
    mean, lower, upper : ndarray, shape (grid,)
        Mean and quartiles of each patient's last value within a quarter of a year.
    seen : ndarray of int, shape (grid,)
        Patients seen.
    """

    ylabel: str
    people: int
    lines: tuple[tuple[NDArray[np.float64], NDArray[np.float64]], ...]
    years: NDArray[np.float64]
    mean: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    seen: NDArray[np.int64]

    def mean_near(self, years: float) -> tuple[float, int] | None:
        """Return the mean and the number seen at a time, or None if fewer than four were seen then."""
        match = np.flatnonzero(np.abs(self.years - years) < STEP_YEARS / 4)
        return (float(self.mean[match[0]]), int(self.seen[match[0]])) if match.size else None


def edss_course(study: Study) -> MeasuredOverTime:
    """Return the EDSS of every visit from a year before day zero."""
    return _course(study, table="visits", column="edss", ylabel="EDSS", from_years=-1.0)


def brain_volume_course(study: Study) -> MeasuredOverTime:
    """Return the change of brain volume since the baseline scan [%] from a year before day zero."""
    return _course(
        study, table="mri_scans", column="brain_volume_change_pct", ylabel="brain volume change [%]", from_years=-1.0
    )


def _course(study: Study, *, table: str, column: str, ylabel: str, from_years: float) -> MeasuredOverTime:
    people, lines, steps = 0, list[tuple[Floats, Floats]](), []
    for block in blocks_of(study):
        measured = block.table(table).drop_nulls(column).select("subject_id", "date", column)
        values = with_years(measured, treated_clocks(block, study))
        values = values.filter(pl.col("years") >= from_years).sort("subject_id", "years")
        seen = values["subject_id"].unique(maintain_order=True)
        drawn = values.filter(pl.col("subject_id").is_in(seen.head(MOST_LINES - len(lines)).implode()))
        lines += [
            (part["years"].to_numpy(), part[column].to_numpy())
            for part in drawn.partition_by("subject_id", maintain_order=True)
        ]
        people += seen.len()
        steps.append(
            values.with_columns((pl.col("years") / STEP_YEARS).round().alias("bin"))
            .group_by("subject_id", "bin", maintain_order=True)
            .agg(pl.col(column).last())
            .select("bin", column)
        )
    binned = (
        pl.concat(steps, rechunk=True)
        .group_by("bin")
        .agg(
            pl.col(column).mean().alias("mean"),
            pl.col(column).quantile(0.25, "linear").alias("lower"),
            pl.col(column).quantile(0.75, "linear").alias("upper"),
            pl.len().alias("seen"),
        )
        .filter(pl.col("seen") >= FEWEST)
        .sort("bin")
    )
    return MeasuredOverTime(
        ylabel=ylabel,
        people=people,
        lines=tuple(lines),
        years=binned["bin"].to_numpy() * STEP_YEARS,
        mean=binned["mean"].to_numpy(),
        lower=binned["lower"].to_numpy(),
        upper=binned["upper"].to_numpy(),
        seen=binned["seen"].cast(pl.Int64).to_numpy(),
    )


@styled
def draw_course(course: MeasuredOverTime, *, simulated: bool, limits: tuple[float, float] | None = None) -> Figure:
    """Draw the lines, the mean with its quartiles, and the number seen under the axis.

    Parameters
    ----------
    course : MeasuredOverTime
        From `edss_course` or `brain_volume_course`.
    simulated : bool
        Whether to mark the figure SIMULATED.
    limits : (float, float), optional
        Limits of the value axis.
    """
    figure = blank(HEIGHT)
    axes = add_panel(figure, LEFT, BOTTOM, WIDTH_INCHES - 0.15, TOP)
    for years, values in course.lines:
        axes.plot(years, values, color=Ink.SKY.value, linewidth=0.7, alpha=0.55)
    if course.years.size:
        axes.fill_between(
            course.years, course.lower, course.upper, color=Ink.BLUE.value, alpha=0.18, linewidth=0, label="quartiles"
        )
        axes.plot(
            course.years, course.mean, color=Ink.BLUE.value, linewidth=2.0, marker="o", markersize=3, label="mean"
        )
        axes.legend(loc="upper right", ncols=2)
    first = min((float(years[0]) for years, _ in course.lines), default=0.0)
    last = max((float(years[-1]) for years, _ in course.lines), default=1.0)
    axes.set(xlim=(first - 0.1, max(last, 1.0) + 0.1), ylabel=course.ylabel, xlabel="years after day 0")
    step = 1 if last <= 14 else 2
    axes.xaxis.set_major_locator(MultipleLocator(step))
    if limits is not None:
        axes.set_ylim(*limits)
    axes.axvline(0.0, color=Ink.DARK.value, linewidth=0.8, linestyle=(0, (1, 2)))
    axes.grid(visible=True, axis="y")
    axes.annotate(
        "Number seen",
        xy=(0, 0),
        xycoords="axes fraction",
        xytext=(-4, -42),
        textcoords="offset points",
        fontsize=8.5,
        va="center",
        fontweight="bold",
    )
    for time, count in zip(course.years, course.seen, strict=True):
        if float(time) % step == 0:
            axes.annotate(
                str(count),
                xy=(float(time), 0),
                xycoords=("data", "axes fraction"),
                xytext=(0, -55),
                textcoords="offset points",
                ha="center",
                va="center",
                fontsize=8.5,
            )
    mark_simulated(figure, simulated)
    return figure
