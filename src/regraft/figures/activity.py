"""Relapse and MRI activity by year before and after day zero, with exact intervals."""

from dataclasses import dataclass
from typing import final

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from regraft.analysis.binomial import exact_interval
from regraft.analysis.counts import exact_rate_interval
from regraft.figures.style import Ink, add_panel, blank, mark_simulated, styled
from regraft.figures.timeline import DAYS_PER_YEAR, treated_clocks, with_years
from regraft.study.tables import Study

YEARS_BEFORE, YEARS_AFTER = 4, 10
FEWEST_YEARS = 3.0
HEIGHT, BOTTOM, TOP = 3.9, 1.22, 3.5
EDGES = ((0.72, 4.3), (4.98, 8.5))


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class YearCount:
    """What was counted in one year after (or before) day zero.

    Parameters
    ----------
    year : int
        First moment of the year: -1 is the year before day zero, 0 the first year after it.
    count : int
        Relapses, or scans with activity.
    total : float
        Patient-years, or scans.
    rate, low, high : float
        Count over total with its exact 95% interval.
    """

    year: int
    count: int
    total: float
    rate: float
    low: float
    high: float


def relapses_by_year(study: Study) -> tuple[YearCount, ...]:
    """Return relapses per patient-year by year, from the diagnosis to the end of follow-up.

    A relapse recorded as not confirmed is left out; one without that record counts. A subject without date of diagnosis
    (or onset) contributes nothing before day zero: relapses may be missing there.
    Years with fewer than three patient-years are left out. Empty if the study has no relapse table.
    """
    if not study.has("relapses"):
        return ()
    clock = _observed(study)
    counted = study.table("relapses").filter(pl.col("confirmed").fill_null(value=True))
    onsets = with_years(counted, clock, "onset_date")
    onsets = onsets.join(clock.select("subject_id", "from_years", "follow_up_years"), on="subject_id")
    onsets = onsets.filter((pl.col("years") >= pl.col("from_years")) & (pl.col("years") <= pl.col("follow_up_years")))
    counts = dict(onsets.group_by(pl.col("years").floor().cast(pl.Int32)).len().iter_rows())
    result = []
    for year in range(-YEARS_BEFORE, YEARS_AFTER):
        start = pl.max_horizontal("from_years", pl.lit(float(year)))
        stop = pl.min_horizontal("follow_up_years", pl.lit(year + 1.0))
        person_years = float(clock.select((stop - start).clip(lower_bound=0.0).sum()).item())
        if person_years >= FEWEST_YEARS:
            count = int(counts.get(year, 0))
            low, high = exact_rate_interval(count, person_years)
            result.append(
                YearCount(year=year, count=count, total=person_years, rate=count / person_years, low=low, high=high)
            )
    return tuple(result)


def active_scans_by_year(study: Study) -> tuple[YearCount, ...]:
    """Return scans with a Gd-enhancing lesion over scans where these were counted, by year.

    Intervals are exact binomial.

    Scans of one patient are treated as independent, so the intervals are somewhat too narrow.
    """
    scans = with_years(study.table("mri_scans").drop_nulls("gd_lesions"), treated_clocks(study))
    by_year = scans.group_by(pl.col("years").floor().cast(pl.Int32).alias("year")).agg(
        (pl.col("gd_lesions") > 0).sum().alias("active"), pl.len().alias("scans")
    )
    result = []
    for year, active, count in by_year.sort("year").iter_rows():
        if -YEARS_BEFORE <= year < YEARS_AFTER:
            low, high = exact_interval(active, count)
            result.append(
                YearCount(year=year, count=active, total=float(count), rate=active / count, low=low, high=high)
            )
    return tuple(result)


def _observed(study: Study) -> pl.DataFrame:
    """Return `treated_clocks` with ``from_years``.

    The diagnosis, else the onset, else day zero, in years after day zero.
    """
    subjects = study.table("subjects").select("subject_id", "ms_diagnosis_date", "ms_onset_date")
    joined = treated_clocks(study).join(subjects, on="subject_id", maintain_order="left").drop_nulls("follow_up_years")
    known = pl.coalesce("ms_diagnosis_date", "ms_onset_date", "day_zero")
    years = (known - pl.col("day_zero")).dt.total_days() / DAYS_PER_YEAR
    return joined.with_columns(years.clip(upper_bound=0.0).alias("from_years"))


@styled
def draw_activity(relapses: tuple[YearCount, ...], scans: tuple[YearCount, ...], *, simulated: bool) -> Figure:
    """Draw relapses per patient-year on the left and the share of scans with Gd-enhancing lesions on the right.

    Parameters
    ----------
    relapses, scans : tuple of YearCount
        From `relapses_by_year` and `active_scans_by_year`; an empty tuple is said in the panel.
    simulated : bool
        Whether to mark the figure SIMULATED.
    """
    figure = blank(HEIGHT)
    panels = (
        (relapses, 1.0, "Relapses", "relapses per patient-year", "relapses / patient-years"),
        (scans, 100.0, "Scans with Gd-enhancing lesions", "% of scans", "scans with / scans read"),
    )
    for (left, right), (years, scale, title, ylabel, foot) in zip(EDGES, panels, strict=True):
        axes = add_panel(figure, left, BOTTOM, right, TOP)
        axes.set_title(title)
        _draw_years(axes, years, scale, foot)
        axes.set(ylabel=ylabel, xlabel="years after day 0")
        axes.xaxis.labelpad = 2
    mark_simulated(figure, simulated)
    return figure


def _draw_years(axes: Axes, years: tuple[YearCount, ...], scale: float, foot: str) -> None:
    if not years:
        axes.text(0.5, 0.5, "not recorded", transform=axes.transAxes, ha="center", color=Ink.DARK.value)
        axes.set(xticks=[], yticks=[])
        return
    for item in years:
        ink = Ink.ORANGE if item.year < 0 else Ink.BLUE
        middle = item.year + 0.5
        axes.bar(middle, item.rate * scale, width=0.8, color=ink.value, alpha=0.85)
        axes.plot([middle, middle], [item.low * scale, item.high * scale], color=Ink.DARK.value, linewidth=1.1)
        axes.annotate(
            f"{item.count}/{item.total:.0f}",
            xy=(middle, 0),
            xycoords=("data", "axes fraction"),
            xytext=(0, -36),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=7,
            rotation=90,
        )
    first, last = min(item.year for item in years), max(item.year for item in years) + 1
    axes.set(xlim=(first - 0.1, last + 0.1), xticks=range(first, last + 1))
    axes.set_ylim(bottom=0)
    axes.axvline(0.0, color=Ink.DARK.value, linewidth=0.8, linestyle=(0, (1, 2)))
    axes.grid(visible=True, axis="y")
    axes.annotate(
        foot,
        xy=(0, 0),
        xycoords="axes fraction",
        xytext=(0, -70),
        textcoords="offset points",
        fontsize=7,
        color=Ink.DARK.value,
        va="top",
    )
