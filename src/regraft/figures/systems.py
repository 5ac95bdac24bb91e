"""Functional systems that improved.

Patients with a sustained gain of at least one grade, of those who had something to gain.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import polars as pl
from matplotlib.figure import Figure

from regraft.analysis.binomial import exact_interval
from regraft.clinical.systems import System
from regraft.figures.style import WIDTH_INCHES, Ink, add_panel, blank, mark_simulated, styled
from regraft.figures.timeline import treated_clocks, with_years
from regraft.study.tables import Study

ROW = 0.36


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SystemGain:
    """One functional system: who improved, of those affected at baseline whose course can be judged.

    Parameters
    ----------
    system : str
        Name for a reader.
    improved, affected, unknown : int
        Patients improved for 24 weeks; affected (grade 1 or more at baseline) and judged; affected but not judged.
    share, low, high : float
        Improved over affected, with its exact 95% interval (0 to 1; NaN if nobody was affected).
    mean_grade : float or None
        Mean grade at baseline of those affected.
    """

    system: str
    improved: int
    affected: int
    unknown: int
    share: float
    low: float
    high: float
    mean_grade: float | None


def system_gains(study: Study, events: Callable[[str], pl.DataFrame]) -> tuple[SystemGain, ...]:
    """Return the seven systems in the order of the schema; empty if the study has no functional systems.

    Parameters
    ----------
    study : Study
        Grades at the last visit up to day zero say who was affected.
    events : callable
        Gives the status of everybody at risk for endpoints ``improvement_24w_<system>``.
    """
    grades = with_years(study.table("functional_systems"), treated_clocks(study)).filter(pl.col("years") <= 0)
    if grades.is_empty():
        return ()
    baseline = grades.sort("years").group_by("subject_id", maintain_order=True).last()
    result = []
    for one in System:
        system = one.code
        affected = baseline.filter(pl.col(system) >= 1).select("subject_id", system)
        judged = affected.join(
            events(f"improvement_24w_{system}").select("subject_id", "status"),
            on="subject_id",
            how="inner",
        )
        unknown = judged.filter(pl.col("status") == "unknown").height + affected.height - judged.height
        improved = judged.filter(pl.col("status") == "event").height
        count = affected.height - unknown
        low, high = exact_interval(improved, count) if count else (float("nan"), float("nan"))
        mean = affected[system].mean()
        result.append(
            SystemGain(
                system=one.label,
                improved=improved,
                affected=count,
                unknown=unknown,
                share=improved / count if count else float("nan"),
                low=low,
                high=high,
                mean_grade=float(mean) if isinstance(mean, int | float) else None,
            )
        )
    return tuple(result)


@styled
def draw_systems(gains: tuple[SystemGain, ...], *, simulated: bool) -> Figure:
    """Draw one bar per functional system with its exact interval.

    Parameters
    ----------
    gains : tuple of SystemGain
        From `system_gains`.
    simulated : bool
        Whether to mark the figure SIMULATED.
    """
    height = ROW * len(gains) + 1.0
    figure = blank(height)
    axes = add_panel(figure, 1.55, 0.6, WIDTH_INCHES - 2.3, height - 0.35)
    rows = range(len(gains) - 1, -1, -1)
    for row, gain in zip(rows, gains, strict=True):
        label = f"{gain.improved} of {gain.affected}" if gain.affected else "nobody affected"
        if gain.affected:
            axes.barh(row, 100 * gain.share, height=0.6, color=Ink.GREEN.value, alpha=0.75)
            axes.plot([100 * gain.low, 100 * gain.high], [row, row], color=Ink.DARK.value, linewidth=1.2)
            label += f"  (exact {100 * gain.low:.0f} to {100 * gain.high:.0f}%)"
        axes.text(1.02, row, label, transform=axes.get_yaxis_transform(), va="center", fontsize=8.5)
    axes.set(xlim=(0, 100), ylim=(-0.6, len(gains) - 0.4))
    axes.set_xlabel("% of patients affected at baseline who improved by one grade or more for 24 weeks")
    axes.set_yticks(list(rows), [gain.system for gain in gains])
    axes.tick_params(axis="y", length=0, labelsize=9, labelcolor=Ink.BLACK.value)
    axes.grid(visible=True, axis="x")
    mark_simulated(figure, simulated)
    return figure
