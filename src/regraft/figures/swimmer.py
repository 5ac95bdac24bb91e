"""Swimmer plot: one bar per patient with relapses, scans, EDSS change and the end of follow-up; unknown stays unknown."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, final

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MultipleLocator

from regraft.figures.style import WIDTH_INCHES, Ink, add_panel, blank, mark_simulated, styled
from regraft.figures.timeline import DAYS_PER_YEAR, clocks, with_years
from regraft.study.tables import Study

BEFORE_YEARS = 3.0
LONGEST_GAP_YEARS = 1.25
HALF_A_DAY = 0.5 / DAYS_PER_YEAR
MOST_LANES = 40
HALF = 0.33
ROW, BOTTOM, ABOVE = 0.235, 0.55, 1.12


class Standing(StrEnum):
    """EDSS at a visit against the baseline, by the usual step (1.5 from 0, 1.0 to 5.0, 0.5 above)."""

    BEFORE = "before day 0"
    BETTER = "EDSS better than baseline"
    SAME = "EDSS within one step"
    WORSE = "EDSS worse than baseline"
    UNKNOWN = "not seen: unknown"


SHADE = {
    Standing.BEFORE: Ink.LIGHT.value,
    Standing.BETTER: "#9BD3BF",
    Standing.SAME: "#BFD9EA",
    Standing.WORSE: "#F2C6A0",
    Standing.UNKNOWN: Ink.WHITE.value,
}


class Mark(StrEnum):
    """What happened at one moment of a lane."""

    RELAPSE = "relapse"
    SCAN_QUIET = "scan without activity"
    SCAN_ACTIVE = "scan with Gd or new T2 lesion"
    SCAN_UNKNOWN = "scan not read: unknown"
    WORSENING = "EDSS worsening, sustained 24 weeks"
    IMPROVEMENT = "EDSS improvement, sustained 24 weeks"
    DEATH = "death"
    ONGOING = "in follow-up at the end"
    LEFT = "withdrew or lost"


LOOK: dict[Mark, dict[str, Any]] = {
    Mark.RELAPSE: {"marker": "^", "color": Ink.VERMILLION.value, "markersize": 5.5},
    Mark.SCAN_QUIET: {"marker": "|", "color": Ink.DARK.value, "markersize": 5, "markeredgewidth": 0.7},
    Mark.SCAN_ACTIVE: {"marker": "s", "color": Ink.PURPLE.value, "markersize": 3.8},
    Mark.SCAN_UNKNOWN: {"marker": "s", "markerfacecolor": "white", "markeredgecolor": Ink.PURPLE.value, "markersize": 3.6},
    Mark.WORSENING: {"marker": "v", "color": Ink.BLACK.value, "markersize": 6.5},
    Mark.IMPROVEMENT: {"marker": "*", "color": Ink.GREEN.value, "markersize": 8.5, "markeredgecolor": "white",
                       "markeredgewidth": 0.5},
    Mark.DEATH: {"marker": "X", "color": Ink.BLACK.value, "markersize": 7.5},
    Mark.ONGOING: {"marker": ">", "color": Ink.DARK.value, "markersize": 4},
    Mark.LEFT: {"marker": "o", "markerfacecolor": "white", "markeredgecolor": Ink.DARK.value, "markersize": 4.5},
}  # fmt: skip


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One patient: shaded stretches of time and marks upon them, in years after day zero.

    Parameters
    ----------
    subject : str
        Name of the patient.
    stretches : tuple of (float, float, Standing)
        From, to, and how the EDSS stood.
    marks : tuple of (float, Mark)
        What happened when.
    edss : str
        EDSS at baseline and at the last visit, ``?`` where it is not known.
    """

    subject: str
    stretches: tuple[tuple[float, float, Standing], ...]
    marks: tuple[tuple[float, Mark], ...]
    edss: str

    def count(self, mark: Mark, *, after: bool) -> int:
        """Return how often `mark` occurs after (or before) day zero."""
        return sum(1 for years, kind in self.marks if kind is mark and (years > 0) == after)


def swimmer_lanes(study: Study, events: pl.DataFrame) -> tuple[Lane, ...]:
    """Return one lane per subject with a day zero, longest follow-up first.

    Parameters
    ----------
    study : Study
        Visits, relapses, scans and dispositions are read.
    events : polars.DataFrame
        Derived endpoints; the 24-week EDSS endpoints are marked.
    """
    clock = clocks(study).drop_nulls("follow_up_years").sort("follow_up_years", descending=True, maintain_order=True)
    visits = _by_subject(with_years(study.table("visits").drop_nulls("edss"), clock))
    relapses = _by_subject(with_years(study.table("relapses"), clock, "onset_date"))
    scans = _by_subject(with_years(study.table("mri_scans"), clock))
    changes = _by_subject(events.filter((pl.col("status") == "event") & pl.col("time_days").is_not_null()))
    return tuple(
        _lane(row, *(table.get(row["subject_id"]) for table in (visits, relapses, scans, changes)))
        for row in clock.iter_rows(named=True)
    )


def _by_subject(frame: pl.DataFrame) -> dict[str, pl.DataFrame]:
    return {str(part["subject_id"][0]): part for part in frame.partition_by("subject_id", maintain_order=True)}


def _lane(
    row: dict[str, Any],
    visits: pl.DataFrame | None,
    relapses: pl.DataFrame | None,
    scans: pl.DataFrame | None,
    changes: pl.DataFrame | None,
) -> Lane:
    end = float(row["follow_up_years"])
    times = visits.sort("years")["years"].to_numpy() if visits is not None else np.empty(0)
    values = visits.sort("years")["edss"].to_numpy() if visits is not None else np.empty(0)
    marks = [(years, Mark.RELAPSE) for years in ([] if relapses is None else relapses["years"])]
    marks += list(_scan_marks(scans)) + list(_change_marks(changes))
    marks.append((end, _ending(row["ended"])))
    baseline = _baseline(times, values)
    last = f"{values[-1]:.1f}" if values.size else "?"
    return Lane(
        subject=str(row["subject_id"]),
        stretches=tuple(_stretches(times, values, baseline, end)),
        marks=tuple((years, mark) for years, mark in marks if years >= -BEFORE_YEARS),
        edss=f"{'?' if baseline is None else format(baseline, '.1f')} \N{RIGHTWARDS ARROW} {last}",
    )


def _baseline(times: np.ndarray, values: np.ndarray) -> float | None:
    before = np.flatnonzero(times <= 0)
    return float(values[before[-1]]) if before.size else None


def _standing(baseline: float | None, value: float) -> Standing:
    if baseline is None:
        return Standing.UNKNOWN
    step = 1.5 if baseline == 0 else 1.0 if baseline <= 5.0 else 0.5
    if value >= baseline + step:
        return Standing.WORSE
    down = 1.0 if baseline <= 5.0 else 0.5
    return Standing.BETTER if value <= baseline - down else Standing.SAME


def _stretches(
    times: np.ndarray, values: np.ndarray, baseline: float | None, end: float
) -> Iterator[tuple[float, float, Standing]]:
    """Yield stretches from a visit to the next; a gap of more than 15 months is unknown from its middle on."""
    start = max(float(times[0]), -BEFORE_YEARS) if times.size and times[0] < 0 else 0.0
    if start < 0:
        yield start, 0.0, Standing.BEFORE
    after = times > 0
    moments = [0.0, *times[after].tolist()]
    standings = [Standing.SAME if baseline is not None else Standing.UNKNOWN]
    standings += [_standing(baseline, value) for value in values[after].tolist()]
    moments.append(max(end, moments[-1]))
    for index, standing in enumerate(standings):
        begin, stop = moments[index], moments[index + 1]
        if stop - begin > LONGEST_GAP_YEARS:
            known = begin + LONGEST_GAP_YEARS / 2
            yield begin, known, standing
            yield known, stop, Standing.UNKNOWN
        elif stop - begin > HALF_A_DAY:
            yield begin, stop, standing


def _scan_marks(scans: pl.DataFrame | None) -> Iterator[tuple[float, Mark]]:
    if scans is None:
        return
    for years, enhancing, new in scans.select("years", "gd_lesions", "new_t2_lesions").iter_rows():
        counted = [value for value in (enhancing, new) if value is not None]
        if not counted:
            yield years, Mark.SCAN_UNKNOWN
        else:
            yield years, Mark.SCAN_ACTIVE if max(counted) > 0 else Mark.SCAN_QUIET


def _change_marks(changes: pl.DataFrame | None) -> Iterator[tuple[float, Mark]]:
    if changes is None:
        return
    wanted = {"edss_worsening_24w": Mark.WORSENING, "edss_improvement_24w": Mark.IMPROVEMENT}
    for endpoint, days in changes.select("endpoint", "time_days").iter_rows():
        if endpoint in wanted:
            yield days / DAYS_PER_YEAR, wanted[endpoint]


def _ending(ended: str | None) -> Mark:
    if ended == "died":
        return Mark.DEATH
    return Mark.LEFT if ended in {"withdrew", "lost_to_follow_up"} else Mark.ONGOING


@styled
def draw_swimmer(lanes: tuple[Lane, ...], *, simulated: bool) -> Figure:
    """Draw up to forty lanes.

    Parameters
    ----------
    lanes : tuple of Lane
        From `swimmer_lanes`; those after the fortieth are left out.
    simulated : bool
        Whether to mark the figure SIMULATED.
    """
    shown = lanes[:MOST_LANES]
    height = ROW * max(len(shown), 1) + BOTTOM + ABOVE
    figure = blank(height)
    axes = add_panel(figure, 0.95, BOTTOM, WIDTH_INCHES - 0.95, height - ABOVE)
    rows = range(len(shown) - 1, -1, -1)
    placed = dict(zip(rows, shown, strict=True))
    _draw_stretches(axes, placed)
    for row, lane in placed.items():
        axes.text(1.015, row, lane.edss, transform=axes.get_yaxis_transform(), va="center", fontsize=8)
    _draw_marks(axes, placed)
    last = max((stop for lane in shown for _, stop, _ in lane.stretches), default=1.0)
    axes.set(xlim=(-BEFORE_YEARS - 0.1, last + 0.4), ylim=(-0.7, len(shown) - 0.3), xlabel="years after day 0")
    axes.set_yticks(list(rows), [lane.subject for lane in shown])
    axes.tick_params(axis="y", length=0, labelsize=8, labelcolor=Ink.BLACK.value)
    axes.xaxis.set_major_locator(MultipleLocator(1))
    axes.axvline(0.0, color=Ink.DARK.value, linewidth=0.8)
    axes.spines["left"].set_visible(False)
    axes.text(1.015, len(shown) - 0.25, "EDSS", transform=axes.get_yaxis_transform(), va="bottom", fontsize=8.5)
    _legend(figure, height)
    mark_simulated(figure, simulated)
    return figure


def _draw_stretches(axes: Axes, lanes: dict[int, Lane]) -> None:
    """Draw each kind of stretch as one collection of boxes: hundreds of single bars would take a second."""
    for standing, shade in SHADE.items():
        boxes = [
            [(begin, row - HALF), (stop, row - HALF), (stop, row + HALF), (begin, row + HALF)]
            for row, lane in lanes.items()
            for begin, stop, kind in lane.stretches
            if kind is standing
        ]
        unknown = standing is Standing.UNKNOWN
        axes.add_collection(
            PolyCollection(
                boxes, facecolors=shade, edgecolors=Ink.GREY.value if unknown else shade,
                linewidths=0.6 if unknown else 0.0, linestyles=[(0, (2, 2))] if unknown else "solid",
            )
        )  # fmt: skip


def _draw_marks(axes: Axes, lanes: dict[int, Lane]) -> None:
    """Draw each kind of mark with one call, quiet scans first so that events lie on top."""
    order = (
        Mark.SCAN_QUIET, Mark.SCAN_UNKNOWN, Mark.SCAN_ACTIVE, Mark.ONGOING, Mark.LEFT, Mark.RELAPSE, Mark.IMPROVEMENT,
        Mark.WORSENING, Mark.DEATH,
    )  # fmt: skip
    for mark in order:
        points = [(years, row) for row, lane in lanes.items() for years, kind in lane.marks if kind is mark]
        if points:
            years, rows = zip(*points, strict=True)
            axes.plot(years, rows, linestyle="none", clip_on=False, **LOOK[mark])


def _legend(figure: Figure, height: float) -> None:
    marks = [Line2D([], [], linestyle="none", label=mark.value, **LOOK[mark]) for mark in Mark]
    shades = [
        Patch(facecolor=shade, edgecolor=Ink.GREY.value, linewidth=0.5, label=standing.value)
        for standing, shade in SHADE.items()
    ]
    figure.legend(
        handles=[*marks, *shades], loc="upper left", bbox_to_anchor=(0.02, 1 - 0.2 / height), ncols=4, fontsize=7.6,
        handlelength=1.2, columnspacing=1.2, handletextpad=0.5, labelspacing=0.3,
    )  # fmt: skip
