"""Sizes for the log-rank test by the formulas in use, each named: they differ, most of all when arms are unequal.

Sources: Schoenfeld D. Biometrika 1981;68:316; Freedman LS. Stat Med 1982;1:121; Lachin JM, Foulkes MA. Biometrics
1986;42:507.
"""

from dataclasses import dataclass, replace
from typing import final

import numpy as np
from scipy.special import ndtr, ndtri

from regraft.core.errors import InputError
from regraft.design.looks.boundaries import Boundaries
from regraft.design.survival.follow_up import (
    TwoArms,
    constant,
    date_of_share,
    event_share,
    overall_event_share,
)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SurvivalSize:
    """Events and patients of both arms, not rounded."""

    events: float
    patients: float


def schoenfeld_events(hazard_ratio: float, alpha: float, power: float, experimental_share: float = 0.5) -> float:
    """Return events for a one-sided log-rank test by Schoenfeld's formula."""
    _check(hazard_ratio)
    z = float(ndtri(1.0 - alpha) + ndtri(power))
    return z**2 / (experimental_share * (1.0 - experimental_share) * float(np.log(hazard_ratio)) ** 2)


def freedman_events(hazard_ratio: float, alpha: float, power: float, experimental_share: float = 0.5) -> float:
    """Return events by Freedman's formula, which asks for more when the effect is large."""
    _check(hazard_ratio)
    z = float(ndtri(1.0 - alpha) + ndtri(power))
    odds = experimental_share / (1.0 - experimental_share)
    return (z * (1.0 + odds * hazard_ratio) / (1.0 - hazard_ratio)) ** 2 / odds


def _check(hazard_ratio: float) -> None:
    if not 0.0 < hazard_ratio < 1.0:
        raise InputError(f"hazard ratio {hazard_ratio:g}: must lie between 0 and 1, experimental over control.")


def log_rank_power(hazard_ratio: float, events: float, alpha: float, experimental_share: float = 0.5) -> float:
    """Return the power of a one-sided log-rank test at so many events, by Schoenfeld's formula.

    With few events, or a hazard ratio far from 1, the true power is lower; see `few_events`.
    """
    return float(ndtr(log_rank_drift(hazard_ratio, events, experimental_share) - ndtri(1.0 - alpha)))


def log_rank_drift(hazard_ratio: float, events: float, experimental_share: float = 0.5) -> float:
    """Return the mean of the log-rank z at so many events, positive for a hazard ratio below 1."""
    if hazard_ratio <= 0.0 or events < 0.0:
        raise InputError(f"hazard ratio {hazard_ratio:g}, {events:g} events: the first above 0, the second 0 or more.")
    return float(-np.log(hazard_ratio) * np.sqrt(events * experimental_share * (1.0 - experimental_share)))


def few_events(events: float, hazard_ratio: float) -> bool:
    """Return whether so few events are expected in the experimental arm (under 5) that normal theory is void.

    Five is a rule of thumb, as for the chi-square test; assumed, not derived. Use exact or permutation tests there.
    """
    return events * hazard_ratio / (1.0 + hazard_ratio) < 5.0


def size_by_events(arms: TwoArms, events: float, date: float) -> SurvivalSize:
    """Return how many patients give so many events by a date.

    Parameters
    ----------
    arms : TwoArms
        Arms under the alternative.
    events : float
        Events needed, as by `schoenfeld_events` times `Boundaries.inflation`.
    date : float
        When the trial ends, from its first patient.
    """
    return SurvivalSize(events=events, patients=events / overall_event_share(arms, date))


def hazard_ratio_of(arms: TwoArms) -> float:
    """Return the hazard ratio of two arms whose hazards are proportional.

    Raises
    ------
    InputError
        They are not: use the average hazard ratio of `average_hazard`.
    """
    first, second = arms.experimental.hazard, arms.control.hazard
    starts = np.union1d(first.starts, second.starts)
    ratio = first.at(starts) / second.at(starts)
    if np.ptp(ratio) > 1e-9 * ratio[0]:
        raise InputError("hazards are not proportional: use the average hazard ratio, or a test made for such hazards.")
    return float(ratio[0])


def lachin_foulkes_size(arms: TwoArms, alpha: float, power: float, date: float) -> SurvivalSize:
    """Return the size by Lachin and Foulkes: events of each arm counted under the null and under the alternative.

    Equal to gsDesign's ``nSurv``; constant hazards only. The null gives both arms the mean of the hazards.
    """
    ratio = hazard_ratio_of(arms)
    _check(ratio)
    if len(arms.control.hazard.rates) > 1:
        raise InputError("Lachin and Foulkes' size is for constant hazards. Use `asymptotic_size` for piecewise ones.")
    share = arms.experimental_share
    common = constant(arms.control.hazard.rates[0] * (1.0 - share + share * ratio))
    null = [w * event_share(replace(arm, hazard=common), arms.accrual, date) for arm, w in arms.arms]
    alternative = [w * event_share(arm, arms.accrual, date) for arm, w in arms.arms]
    spread = ndtri(1.0 - alpha) * np.sqrt(sum(1.0 / one for one in null))
    spread += ndtri(power) * np.sqrt(sum(1.0 / one for one in alternative))
    patients = float((spread / np.log(ratio)) ** 2)
    return SurvivalSize(events=patients * sum(alternative), patients=patients)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class LookDates:
    """When looks fall: events and dates from the first patient, and the share of patients entered by then."""

    events: tuple[float, ...]
    dates: tuple[float, ...]
    entered: tuple[float, ...]

    @property
    def before_accrual_ends(self) -> tuple[int, ...]:
        """Numbers of the looks, from 1, at which patients are still being recruited."""
        return tuple(k for k, share in enumerate(self.entered, start=1) if share < 1.0 - 1e-12)


def look_dates(arms: TwoArms, size: SurvivalSize, bounds: Boundaries) -> LookDates:
    """Return when the events of each look are reached under the alternative."""
    events = [float(fraction * size.events) for fraction in bounds.fractions]
    dates = [date_of_share(arms, one / size.patients) for one in events]
    entered = arms.accrual.entered(np.array(dates))
    return LookDates(events=tuple(events), dates=tuple(dates), entered=tuple(float(one) for one in entered))
