"""Two arms followed over time: piecewise hazards, dropout, accrual, and what of it is seen by a date.

Every expectation is one integral over time since entry of hazard times the share still free, still followed and
entered early enough; pieces are integrated by Gauss-Legendre, exact to rounding.
"""

from dataclasses import dataclass
from typing import final

import numpy as np

from regraft.analysis.arrays import FloatArray
from regraft.analysis.roots import find_root
from regraft.core.errors import InputError

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
_LONGEST_PIECE = 12.0  # in the unit of the times: keeps each piece smooth enough for 24 nodes


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """A hazard that is constant in pieces.

    Parameters
    ----------
    rates : tuple of float
        Events per person and unit of time in each piece.
    starts : tuple of float
        Where each piece begins, from 0.
    """

    rates: tuple[float, ...]
    starts: tuple[float, ...] = (0.0,)

    def __post_init__(self) -> None:
        """Refuse pieces that do not fit together."""
        fits = len(self.rates) == len(self.starts) > 0 and self.starts[0] == 0.0
        if not fits or any(b <= a for a, b in zip(self.starts, self.starts[1:], strict=False)):
            raise InputError(
                f"hazard: pieces start at {self.starts}. One start for each rate, the first at 0, ascending."
            )
        if min(self.rates) < 0.0 or not np.isfinite(self.rates).all():
            raise InputError(f"hazard: rates {self.rates} must be 0 or more. Give events per person and unit of time.")

    def at(self, time: FloatArray) -> FloatArray:
        """Return the hazard at times from 0."""
        return np.asarray(self.rates)[np.searchsorted(self.starts, time, side="right") - 1]

    def cumulative(self, time: FloatArray) -> FloatArray:
        """Return the cumulative hazard at times from 0."""
        starts, rates = np.asarray(self.starts), np.asarray(self.rates)
        lengths = np.diff(np.append(starts, np.inf))
        inside = np.clip(np.asarray(time)[..., None] - starts, 0.0, lengths)
        return np.asarray((inside * rates).sum(axis=-1))

    def free(self, time: FloatArray) -> FloatArray:
        """Return the share without the event at times from 0."""
        return np.exp(-self.cumulative(time))

    def times(self, ratio: float) -> "Hazard":
        """Return the hazard times a ratio."""
        return Hazard(rates=tuple(ratio * rate for rate in self.rates), starts=self.starts)


def constant(rate: float) -> Hazard:
    """Return a hazard that never changes."""
    return Hazard(rates=(rate,))


NEVER = constant(0.0)


def from_median(median: float) -> Hazard:
    """Return the constant hazard with a median time to the event."""
    if median <= 0.0:
        raise InputError(f"median {median:g}: must be above 0.")
    return constant(float(np.log(2.0)) / median)


def from_event_share(share: float, by_time: float) -> Hazard:
    """Return the constant hazard under which a share has the event by a time, nobody dropping out."""
    if not 0.0 < share < 1.0 or by_time <= 0.0:
        raise InputError(f"share {share:g} by {by_time:g}: a share between 0 and 1 by a time above 0.")
    return constant(-float(np.log1p(-share)) / by_time)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Accrual:
    """Accrual at rates that are constant in pieces; only their proportions count.

    Parameters
    ----------
    durations : tuple of float
        Length of each piece.
    rates : tuple of float
        Patients per unit of time in each piece, up to a common factor.
    """

    durations: tuple[float, ...]
    rates: tuple[float, ...] = (1.0,)

    def __post_init__(self) -> None:
        """Refuse pieces that recruit nobody."""
        if len(self.durations) != len(self.rates) or min(self.durations, default=0.0) <= 0.0:
            raise InputError(f"accrual: durations {self.durations} must be above 0, with one rate for each.")
        if min(self.rates) < 0.0 or max(self.rates) <= 0.0:
            raise InputError(f"accrual: rates {self.rates} recruit nobody. Give patients per unit of time.")

    @property
    def length(self) -> float:
        """How long accrual lasts."""
        return float(sum(self.durations))

    def entered(self, date: FloatArray) -> FloatArray:
        """Return the share of all patients that has entered by dates from the first patient."""
        ends = np.concatenate(([0.0], np.cumsum(self.durations)))
        shares = np.concatenate(([0.0], np.cumsum(np.multiply(self.durations, self.rates))))
        return np.interp(date, ends, shares / shares[-1])


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """An arm: hazard of the event, hazard of dropping out unseen, and the longest follow-up of one person."""

    hazard: Hazard
    dropout: Hazard = NEVER
    longest: float = np.inf

    def followed(self, time: FloatArray) -> FloatArray:
        """Return the share neither with the event nor dropped out at times from entry."""
        return np.exp(-self.hazard.cumulative(time) - self.dropout.cumulative(time))


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TwoArms:
    """A randomised comparison over time: both arms, accrual, and the share of people in the experimental arm."""

    experimental: Arm
    control: Arm
    accrual: Accrual
    experimental_share: float = 0.5

    def __post_init__(self) -> None:
        """Refuse a share out of range."""
        if not 0.0 < self.experimental_share < 1.0:
            raise InputError(f"share of the experimental arm {self.experimental_share:g}: must lie between 0 and 1.")

    @property
    def arms(self) -> tuple[tuple[Arm, float], tuple[Arm, float]]:
        """Both arms with their shares, the experimental one first."""
        return (self.experimental, self.experimental_share), (self.control, 1.0 - self.experimental_share)


def grid(arms: tuple[Arm, ...], accrual: Accrual, date: float, until: float = np.inf) -> tuple[FloatArray, FloatArray]:
    """Return times from entry with weights that integrate functions of hazards and accrual up to a date.

    Parameters
    ----------
    date : float
        When the trial is read, from its first patient.
    until : float
        Longest time from entry of interest.
    """
    last = min(date, until, max(arm.longest for arm in arms))
    if last <= 0.0:
        raise InputError(f"date {date:g}: nobody has been followed by then. Read the trial after its first patient.")
    kinks = [start for arm in arms for part in (arm.hazard, arm.dropout) for start in part.starts]
    kinks += [arm.longest for arm in arms]
    kinks += list(date - np.concatenate(([0.0], np.cumsum(accrual.durations))))
    kinks += list(np.arange(0.0, last, _LONGEST_PIECE))
    edges = np.unique([0.0, last, *(kink for kink in kinks if 0.0 < kink < last)])
    half = np.diff(edges)[:, None] / 2.0
    return (edges[:-1, None] + half * (1.0 + _NODES)).ravel(), (half * _WEIGHTS).ravel()


def at_risk(arm: Arm, accrual: Accrual, date: float, time: FloatArray) -> FloatArray:
    """Return the share of an arm seen at risk at times from entry when the trial is read at a date."""
    return np.where(time < arm.longest, arm.followed(time) * accrual.entered(date - time), 0.0)


def event_share(arm: Arm, accrual: Accrual, date: float) -> float:
    """Return the share of an arm (of all that will ever enter) with the event by a date."""
    time, weight = grid((arm,), accrual, date)
    return float(weight @ (arm.hazard.at(time) * at_risk(arm, accrual, date, time)))


def overall_event_share(arms: TwoArms, date: float) -> float:
    """Return the share of all patients with the event by a date."""
    return sum(share * event_share(arm, arms.accrual, date) for arm, share in arms.arms)


def date_of_share(arms: TwoArms, share: float) -> float:
    """Return the date by which a share of all patients has the event.

    Raises
    ------
    InputError
        So many events never happen.
    """
    latest = arms.accrual.length + 1.0
    while overall_event_share(arms, latest) < share:
        latest *= 2.0
        if latest > 1e4:  # centuries of months
            raise InputError(
                f"{share:.3g} of all patients never have the event. Ask for fewer events, or recruit more."
            )
    return find_root(lambda date: overall_event_share(arms, date) - share, 1e-6, latest)
