"""Sizes for differences at one time (milestone) and of restricted mean times, with the variances of Yung and Liu.

Equal to gsDesign2's ``fixed_design_milestone`` and ``fixed_design_rmst``. Source: Yung G, Liu Y. Biometrics
2020;76:939.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from scipy.special import ndtr, ndtri

from regraft.core.errors import InputError
from regraft.design.survival.follow_up import Accrual, Arm, TwoArms, at_risk, grid, overall_event_share
from regraft.design.survival.weighted_size import WeightedSize


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """A difference of both arms (benefit positive) and its variance times all patients."""

    difference: float
    variance: float


def milestone_contrast(arms: TwoArms, at_time: float, date: float) -> Contrast:
    """Return the difference of the shares free of the event at a time from entry, trial read at a date."""
    parts = [(_milestone(arm, arms.accrual, at_time, date), share) for arm, share in arms.arms]
    return _contrast(parts)


def restricted_mean_contrast(arms: TwoArms, horizon: float, date: float) -> Contrast:
    """Return the difference of the restricted mean times up to a horizon, trial read at a date."""
    parts = [(_restricted_mean(arm, arms.accrual, horizon, date), share) for arm, share in arms.arms]
    return _contrast(parts)


def contrast_size(arms: TwoArms, contrast: Contrast, alpha: float, power: float, date: float) -> WeightedSize:
    """Return the size of a test of a contrast, one-sided, not rounded."""
    if contrast.difference <= 0.0:
        raise InputError("the experimental arm does no better there: no size shows a benefit that is not there.")
    z = float(ndtri(1.0 - alpha))
    patients = (z + float(ndtri(power))) ** 2 * contrast.variance / contrast.difference**2
    return WeightedSize(patients=patients, events=patients * overall_event_share(arms, date), critical_z=z)


def contrast_power(contrast: Contrast, patients: float, alpha: float) -> float:
    """Return the power in so many patients of both arms, one-sided."""
    return float(ndtr(contrast.difference * np.sqrt(patients / contrast.variance) - ndtri(1.0 - alpha)))


def _contrast(parts: list[tuple[tuple[float, float], float]]) -> Contrast:
    ((first, of_first), share), ((second, of_second), rest) = parts
    return Contrast(difference=first - second, variance=of_first / share + of_second / rest)


def _milestone(arm: Arm, accrual: Accrual, at_time: float, date: float) -> tuple[float, float]:
    time, weight = _grid(arm, accrual, at_time, date)
    free = float(arm.hazard.free(np.array(at_time)))
    return free, free**2 * float(weight @ (arm.hazard.at(time) / at_risk(arm, accrual, date, time)))


def _restricted_mean(arm: Arm, accrual: Accrual, horizon: float, date: float) -> tuple[float, float]:
    time, weight = _grid(arm, accrual, horizon, date)
    mean = float(weight @ arm.hazard.free(time))
    after = np.array([_area(arm, accrual, start, horizon, date) for start in time])
    return mean, float(weight @ (after**2 * arm.hazard.at(time) / at_risk(arm, accrual, date, time)))


def _area(arm: Arm, accrual: Accrual, start: float, horizon: float, date: float) -> float:
    """Return the area under the curve from a time to the horizon."""
    time, weight = grid((arm,), accrual, date, start)
    whole, of_whole = grid((arm,), accrual, date, horizon)
    return float(of_whole @ arm.hazard.free(whole) - weight @ arm.hazard.free(time))


def _grid(arm: Arm, accrual: Accrual, until: float, date: float) -> tuple[np.ndarray, np.ndarray]:
    if not 0.0 < until < min(date, arm.longest):
        raise InputError(
            f"time {until:g}: nobody is followed so long when the trial is read at {date:g}. Read it later."
        )
    return grid((arm,), accrual, date, until)
