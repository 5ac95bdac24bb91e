"""The latent courses of the acute phase, laid out on clinical days for the pathway figure."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from regraft.core.arrays import Floats
from regraft.course.course import Course
from regraft.figures.pathway import DayZero, Extreme, Panel, PathwayTraces, Trace
from regraft.physiology.signs import Daily
from regraft.treatment.reconstitute import Weekly

BEFORE_REINFUSION, AFTER_REINFUSION = 90, 100
MOBILISATION_DAYS = 21
T_CELL_WEEKS = 105
HOURS_PER_DAY = 24.0


def pathway_traces(courses: Sequence[Course], subjects: Sequence[str]) -> PathwayTraces:
    """Return what the pathway figure shows of the first `subjects`.

    Parameters
    ----------
    courses : sequence of Course
        Latent courses in the order of the subjects; those beyond the last subject are left out.
    subjects : sequence of str
        Names of the patients.

    Returns
    -------
    PathwayTraces
        Six panels; the patient drawn as a line is the one of median CD34 dose.
    """
    count = len(subjects)
    daily = np.concatenate([course.daily for course in courses])[:count]
    weekly = np.concatenate([course.lymphocytes for course in courses])[:count, :T_CELL_WEEKS]
    result = np.concatenate([course.result for course in courses])[:count]
    aligned = partial(_around_reinfusion, daily, result["transplant_day"])
    return PathwayTraces(
        panels=(
            _mobilisation_panel(daily),
            _busulfan_panel(aligned(_mean_level(daily))),
            _atg_panel(aligned),
            _neutrophil_panel(aligned),
            _platelet_panel(aligned),
            _t_cell_panel(weekly),
        ),
        subjects=tuple(subjects),
        highlighted=_typical(result["infused_cd34_1e6_per_kg"]),
    )


def _around_reinfusion(daily: Floats, transplant_day: Floats, values: int | Floats) -> tuple[Floats, Floats]:
    """Return days after reinfusion (days,), and one column of the daily table on them, shape (patients, days)."""
    table = daily[:, :, values] if isinstance(values, int) else values
    days = np.arange(-BEFORE_REINFUSION, AFTER_REINFUSION + 1)
    start = np.where(np.isnan(transplant_day), -1e6, np.floor(transplant_day)).astype(np.int64)
    rows = start[:, None] + days
    known = (rows >= 0) & (rows < table.shape[1])
    taken = np.take_along_axis(table, np.where(known, rows, 0), axis=1)
    return days.astype(np.float64), np.where(known, taken, np.nan)


def _mean_level(daily: Floats) -> Floats:
    """Return the mean busulfan concentration of each day [mg/L] from the exposure gathered between two mornings."""
    exposure = daily[:, :, Daily.BUSULFAN_AUC_MG_H_PER_L]
    level = np.full_like(exposure, np.nan)
    level[:, :-1] = np.diff(exposure, axis=1) / HOURS_PER_DAY
    return np.where(level > 1e-6, level, np.nan)


def _typical(doses: Floats) -> int:
    """Return the patient whose CD34 dose lies in the middle of those who were transplanted."""
    known = np.flatnonzero(~np.isnan(doses) & (doses > 0))
    if not known.size:
        return 0
    order = known[np.argsort(doses[known], kind="stable")]
    return int(order[order.size // 2])


def _mobilisation_panel(daily: Floats) -> Panel:
    days = np.arange(MOBILISATION_DAYS, dtype=np.float64)
    trace = Trace(
        name="CD34+ cells",
        unit="cells/\N{MICRO SIGN}L",
        days=days,
        values=daily[:, :MOBILISATION_DAYS, Daily.CD34_PER_UL],
        day_zero=DayZero.MOBILISATION,
    )
    return Panel(
        title="CD34+ cells in blood",
        traces=(trace,),
        floor=0.1,
        ceiling=2000.0,
        thresholds=((20.0, "collection from 20"),),
    )


def _busulfan_panel(level: tuple[Floats, Floats]) -> Panel:
    trace = Trace(name="Busulfan", unit="mg/L", days=level[0], values=level[1])
    return Panel(
        title="Busulfan in plasma, mean of the day",
        traces=(trace,),
        floor=0.01,
        ceiling=10.0,
        first_day=-12.0,
        last_day=2.0,
    )


def _atg_panel(aligned: "partial[tuple[Floats, Floats]]") -> Panel:
    days, values = aligned(Daily.ATG_ACTIVE_UG_PER_ML)
    trace = Trace(
        name="Active rabbit ATG", unit="\N{MICRO SIGN}g/mL", days=days, values=np.where(values > 0, values, np.nan)
    )
    return Panel(
        title="Active rabbit ATG in plasma", traces=(trace,), floor=0.01, ceiling=100.0, first_day=-6.0, last_day=60.0
    )


def _neutrophil_panel(aligned: "partial[tuple[Floats, Floats]]") -> Panel:
    days, values = aligned(Daily.NEUTROPHILS_1E9_PER_L)
    trace = Trace(name="Neutrophils", unit="10\N{SUPERSCRIPT NINE}/L", days=days, values=values, extreme=Extreme.LOWEST)
    return Panel(
        title="Neutrophils",
        traces=(trace,),
        floor=0.01,
        ceiling=100.0,
        thresholds=((0.5, "engraftment from 0.5"),),
        labels_right=True,
    )


def _platelet_panel(aligned: "partial[tuple[Floats, Floats]]") -> Panel:
    days, values = aligned(Daily.PLATELETS_1E9_PER_L)
    trace = Trace(name="Platelets", unit="10\N{SUPERSCRIPT NINE}/L", days=days, values=values, extreme=Extreme.LOWEST)
    return Panel(
        title="Platelets",
        traces=(trace,),
        floor=3.0,
        ceiling=1000.0,
        thresholds=((20.0, "engraftment from 20"),),
        labels_right=True,
    )


def _t_cell_panel(weekly: Floats) -> Panel:
    days = 7.0 * np.arange(weekly.shape[1], dtype=np.float64)
    unit = "cells/\N{MICRO SIGN}L"
    return Panel(
        title="CD4 and CD8 T cells",
        floor=1.0,
        ceiling=3000.0,
        thresholds=((200.0, "CD4 200"),),
        traces=(
            Trace(name="CD4", unit=unit, days=days, values=weekly[:, :, Weekly.CD4]),
            Trace(name="CD8", unit=unit, days=days, values=weekly[:, :, Weekly.CD8]),
        ),
    )
