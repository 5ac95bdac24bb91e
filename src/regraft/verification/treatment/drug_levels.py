"""Cyclophosphamide as a pharmacologist samples it: half-lives, clearances and exposures, day by day of a course.

A half-life comes from two levels in the hours after an infusion; the clearance of a day is what left the body over the
exposure of that day.
"""

from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regraft.core.arrays import Floats, Record
from regraft.core.kernels import kernel
from regraft.physiology.cyclophosphamide import (
    Cyclophosphamide,
    cyclophosphamide_mg_per_l,
    cyclophosphamide_rates,
    hydroxy_mg_per_l,
)

_STEP_DAYS = 0.002
_ML_PER_MIN_PER_L_PER_H = 1000.0 / 60.0


class Sampled(IntEnum):
    """Columns of a course: one row per day."""

    HALF_LIFE_H = 0
    CLEARANCE_L_PER_H = 1
    EXPOSURE_MG_H_PER_L = 2
    HYDROXY_MG_H_PER_L = 3


class Course(IntEnum):
    """Positions of what describes a course: one infusion a day."""

    DOSE_MG_PER_KG = 0
    INFUSION_HOURS = 1
    FIRST_SAMPLE_H = 2
    LAST_SAMPLE_H = 3
    PHENYTOIN = 4  # 1 with phenytoin from `LEAD_DAYS` before the first infusion on
    LEAD_DAYS = 5


@kernel
def _glutathione_after(store: float, state: Cyclophosphamide, p: Record) -> float:
    """The liver's store of glutathione one step later, used up by 4-hydroxy-cyclophosphamide alone."""
    used = p.liver_glutathione_hydroxy_l_per_mg_per_day * hydroxy_mg_per_l(state, store, p)
    return store + _STEP_DAYS * (p.liver_glutathione_recovery_per_day * (1.0 - store) - used * store)


@kernel
def _step(state: Cyclophosphamide, rate: float, phenytoin: float, p: Record) -> Cyclophosphamide:
    """One step by the midpoint rule."""
    half = 0.5 * _STEP_DAYS
    k = cyclophosphamide_rates(state, rate, phenytoin, p)
    middle = Cyclophosphamide(state.amount_mg + half * k.amount_mg, state.enzyme + half * k.enzyme)
    k = cyclophosphamide_rates(middle, rate, phenytoin, p)
    return Cyclophosphamide(state.amount_mg + _STEP_DAYS * k.amount_mg, state.enzyme + _STEP_DAYS * k.enzyme)


@kernel
def _run(p: Record, course: Floats, out: Floats) -> None:
    """Fill `out` (days, len(Sampled)) for one person."""
    state, steps, phenytoin = Cyclophosphamide(0.0, 1.0), round(1.0 / _STEP_DAYS), course[Course.PHENYTOIN]
    glutathione = 1.0
    for _ in range(int(course[Course.LEAD_DAYS]) * steps):
        state = _step(state, 0.0, phenytoin, p)
    hours, early, late = course[Course.INFUSION_HOURS], 1.0, 1.0
    for day in range(out.shape[0]):
        begun, exposure, hydroxy = state.amount_mg, 0.0, 0.0
        dose = course[Course.DOSE_MG_PER_KG] * p.patient_weight_kg
        for step in range(steps):
            t = step * _STEP_DAYS * 24.0
            state = _step(state, dose * 24.0 / hours if t < hours else 0.0, phenytoin, p)
            level = cyclophosphamide_mg_per_l(state, p)
            exposure += 24.0 * _STEP_DAYS * level
            hydroxy += 24.0 * _STEP_DAYS * hydroxy_mg_per_l(state, glutathione, p)
            glutathione = _glutathione_after(glutathione, state, p)
            early = level if t <= course[Course.FIRST_SAMPLE_H] else early
            late = level if t <= course[Course.LAST_SAMPLE_H] else late
        apart = course[Course.LAST_SAMPLE_H] - course[Course.FIRST_SAMPLE_H]
        out[day, Sampled.HALF_LIFE_H] = apart * np.log(2.0) / np.log(early / late)
        out[day, Sampled.CLEARANCE_L_PER_H] = (begun + dose - state.amount_mg) / exposure
        out[day, Sampled.EXPOSURE_MG_H_PER_L], out[day, Sampled.HYDROXY_MG_H_PER_L] = exposure, hydroxy


def sample_course(records: NDArray[np.void], how: Mapping[str, Any], *, phenytoin: bool = False) -> Floats:
    """Return what is sampled of everybody on every day, shape (people, days, len(Sampled)).

    Parameters
    ----------
    records : record, shape (people,)
        Who is given the drug.
    how : mapping
        `day`, the last day needed; `dose_mg_per_kg`, `infusion_hours`, `sample_hours` [h after the start].
    phenytoin : bool
        Whether phenytoin is given from ten days before the first infusion on.
    """
    first, last = how["sample_hours"]
    course = np.array([how["dose_mg_per_kg"], how["infusion_hours"], first, last, float(phenytoin), 10.0 * phenytoin])
    out = np.empty((len(records), int(how["day"]), len(Sampled)))
    for i in range(len(records)):
        _run(records[i], course, out[i])
    return out


def half_lives(records: NDArray[np.void], how: Mapping[str, Any]) -> Floats:
    """Return the half-life [h] on the later and on the first day, shape (people, 2)."""
    return sample_course(records, how)[:, [-1, 0], Sampled.HALF_LIFE_H]


def half_life(records: NDArray[np.void], how: Mapping[str, Any]) -> Floats:
    """Return the half-life [h] on the last day asked for, shape (people,)."""
    return sample_course(records, how)[:, -1, Sampled.HALF_LIFE_H]


def clearance(records: NDArray[np.void], how: Mapping[str, Any]) -> Floats:
    """Return the clearance [mL/min] of the last day asked for, shape (people,)."""
    return _ML_PER_MIN_PER_L_PER_H * sample_course(records, how)[:, -1, Sampled.CLEARANCE_L_PER_H]


def hydroxy_exposures(records: NDArray[np.void], how: Mapping[str, Any]) -> Floats:
    """Return the exposure to 4-hydroxy-cyclophosphamide of the last and of the first day, shape (people, 2)."""
    return sample_course(records, how)[:, [-1, 0], Sampled.HYDROXY_MG_H_PER_L]


def clearances_by_phenytoin(records: NDArray[np.void], how: Mapping[str, Any]) -> Floats:
    """Return the clearance of the last day with and without phenytoin, shape (people, 2)."""
    both = [sample_course(records, how, phenytoin=given)[:, -1, Sampled.CLEARANCE_L_PER_H] for given in (True, False)]
    return np.column_stack(both)


LEVELS: Mapping[str, Callable[[NDArray[np.void], Mapping[str, Any]], Floats]] = {
    "half-life": half_lives,
    "half-life of a day": half_life,
    "clearance": clearance,
    "hydroxy exposures": hydroxy_exposures,
    "clearances by phenytoin": clearances_by_phenytoin,
}
