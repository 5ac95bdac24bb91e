"""Sizes for tests of survival when hazards are not proportional: log-rank, weighted, max-combo; average hazard ratio.

The statistic is normal with the mean and variances of Yung and Liu; its variance under the null is that of two arms
with the mean of both hazards. Equal to gsDesign2's ``fixed_design_ahr``, ``_fh``, ``_mb`` and ``_maxcombo``.

Sources: Yung G, Liu Y. Biometrics 2020;76:939; Magirr D, Burman CF. Stat Med 2019;38:3782 (modest weights).
"""

from dataclasses import dataclass
from typing import TypeAlias, final

import numpy as np
from scipy.special import ndtr, ndtri

from regraft.analysis.arrays import FloatArray
from regraft.analysis.normal_orthant import chance_any_above, critical_of_maximum
from regraft.analysis.roots import find_root
from regraft.core.errors import InputError
from regraft.design.survival.follow_up import Arm, Hazard, TwoArms, at_risk, grid, overall_event_share


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class FlemingHarrington:
    """Weight S^rho (1 - S)^gamma of the pooled share free of the event; 0, 0 is the log-rank test."""

    rho: float = 0.0
    gamma: float = 0.0

    def of(self, free: FloatArray, time: FloatArray, free_at: float) -> FloatArray:  # noqa: ARG002
        """Return the weight at times with a pooled share free."""
        return free**self.rho * (1.0 - free) ** self.gamma

    def holds_until(self) -> float:
        """Return the time at which the pooled share is asked for; none here."""
        return 0.0


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ModestlyWeighted:
    """Weight 1 / max(S(t), S(until)): early differences count less, never nothing (Magirr and Burman)."""

    until: float

    def of(self, free: FloatArray, time: FloatArray, free_at: float) -> FloatArray:  # noqa: ARG002
        """Return the weight at times with a pooled share free."""
        return 1.0 / np.maximum(free, free_at)

    def holds_until(self) -> float:
        """Return the time from which the weight no longer grows."""
        return self.until


Weight: TypeAlias = FlemingHarrington | ModestlyWeighted
LOG_RANK = FlemingHarrington()


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class AverageHazard:
    """At one date, per patient of both arms: average hazard ratio, events, information under both hypotheses.

    `information` adds 1 / (1/a + 1/b) of the events of both arms, `null_information` is events times both shares.
    """

    hazard_ratio: float
    events: float
    information: float
    null_information: float


def average_hazard(arms: TwoArms, date: float) -> AverageHazard:
    """Return the average hazard ratio: geometric, each piece of time weighted by its events (gsDesign2's ``ahr``)."""
    starts = np.union1d(arms.experimental.hazard.starts, arms.control.hazard.starts)
    starts = starts[starts < min(date, max(arms.experimental.longest, arms.control.longest))]
    time, weight = grid((arms.experimental, arms.control), arms.accrual, date)
    seen = [share * weight * arm.hazard.at(time) * at_risk(arm, arms.accrual, date, time) for arm, share in arms.arms]
    piece = np.searchsorted(starts, time, side="right") - 1
    first, second = (np.bincount(piece, one, starts.size) for one in seen)
    ratio = arms.experimental.hazard.at(starts) / arms.control.hazard.at(starts)
    events, share = first + second, arms.experimental_share
    with np.errstate(divide="ignore", invalid="ignore"):
        both = np.where(events > 0.0, first * second / events, 0.0)
    return AverageHazard(
        hazard_ratio=float(np.exp(events @ np.log(ratio) / events.sum())),
        events=float(events.sum()),
        information=float(both.sum()),
        null_information=float(events.sum() * share * (1.0 - share)),
    )


def average_hazard_size(arms: TwoArms, alpha: float, power: float, date: float) -> tuple[float, float]:
    """Return patients and events of the log-rank test by the average hazard ratio."""
    at = average_hazard(arms, date)
    if at.hazard_ratio >= 1.0:
        raise InputError(f"average hazard ratio {at.hazard_ratio:g}: no benefit to be shown by that date.")
    spread = ndtri(1.0 - alpha) / np.sqrt(at.null_information) + ndtri(power) / np.sqrt(at.information)
    patients = float((spread / np.log(at.hazard_ratio)) ** 2)
    return patients, patients * at.events


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreMoments:
    """Per patient, for k weights: mean of the score (benefit positive), covariance under both hypotheses, (k, k)."""

    mean: FloatArray
    covariance: FloatArray
    null_covariance: FloatArray


def score_moments(arms: TwoArms, weights: tuple[Weight, ...], date: float) -> ScoreMoments:
    """Return the moments of weighted log-rank scores when the trial is read at a date."""
    (first, share), (second, _) = arms.arms
    time, step = grid((first, second), arms.accrual, date)
    risk, total = _risk(arms, date, time)
    half = np.where(total > 0.0, risk[0] * risk[1] / np.where(total > 0.0, total, 1.0), 0.0)
    score = step * half * (second.hazard.at(time) - first.hazard.at(time))
    return ScoreMoments(
        mean=_weights(arms, weights, time) @ score,
        covariance=_covariance(arms, weights, date),
        null_covariance=_covariance(_null(arms, share), weights, date),
    )


def _risk(arms: TwoArms, date: float, time: FloatArray) -> tuple[list[FloatArray], FloatArray]:
    """Return the share of all patients at risk in each arm, and in both."""
    risk = [share * at_risk(arm, arms.accrual, date, time) for arm, share in arms.arms]
    return risk, risk[0] + risk[1]


def _covariance(arms: TwoArms, weights: tuple[Weight, ...], date: float) -> FloatArray:
    time, step = grid((arms.experimental, arms.control), arms.accrual, date)
    risk, total = _risk(arms, date, time)
    weight = _weights(arms, weights, time)
    events = risk[0] * arms.experimental.hazard.at(time) + risk[1] * arms.control.hazard.at(time)
    spread = np.where(total > 0.0, risk[0] * risk[1] * events / np.where(total > 0.0, total, 1.0) ** 2, 0.0)
    return np.asarray((weight * (step * spread)) @ weight.T)


def _weights(arms: TwoArms, weights: tuple[Weight, ...], time: FloatArray) -> FloatArray:
    """Return the weights at times, shape (weights, times)."""
    at = np.append(time, [weight.holds_until() for weight in weights])
    (first, share), (second, rest) = arms.arms
    free = share * first.hazard.free(at) + rest * second.hazard.free(at)
    return np.array([w.of(free[: time.size], time, free[time.size + k]) for k, w in enumerate(weights)])


def _null(arms: TwoArms, share: float) -> TwoArms:
    """Return the arms if both had the mean of their hazards."""
    first, second = arms.experimental.hazard, arms.control.hazard
    starts = np.union1d(first.starts, second.starts)
    rates = share * first.at(starts) + (1.0 - share) * second.at(starts)
    common = Hazard(rates=tuple(map(float, rates)), starts=tuple(map(float, starts)))
    experimental, control = (
        Arm(hazard=common, dropout=arm.dropout, longest=arm.longest) for arm in (arms.experimental, arms.control)
    )
    return TwoArms(
        experimental=experimental, control=control, accrual=arms.accrual, experimental_share=arms.experimental_share
    )


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedSize:
    """Patients and events of both arms, not rounded, and the critical value of the statistic."""

    patients: float
    events: float
    critical_z: float


def weighted_size(arms: TwoArms, weight: Weight, alpha: float, power: float, date: float) -> WeightedSize:
    """Return the size of one weighted log-rank test, one-sided."""
    moments = score_moments(arms, (weight,), date)
    mean = _benefit(moments.mean[0])
    variance, null = moments.covariance[0, 0], moments.null_covariance[0, 0]
    # effect per information is mean / variance
    spread = ndtri(1.0 - alpha) / np.sqrt(null) + ndtri(power) / np.sqrt(variance)
    patients = float((spread * variance / mean) ** 2)
    events = patients * overall_event_share(arms, date)
    return WeightedSize(patients=patients, events=events, critical_z=float(ndtri(1.0 - alpha)))


def max_combo_size(
    arms: TwoArms, weights: tuple[FlemingHarrington, ...], alpha: float, power: float, date: float
) -> WeightedSize:
    """Return the size of the test by the largest of several weighted statistics, one-sided.

    The critical value is that of correlated normals; the normal quantile of alpha would inflate the type I error.
    """
    moments = score_moments(arms, weights, date)
    spread = np.sqrt(np.diag(moments.covariance))
    correlation = moments.covariance / np.outer(spread, spread)
    critical = critical_of_maximum(correlation, alpha)
    effect = moments.mean / spread
    _benefit(float(effect.max()))

    def short(root: float) -> float:
        return chance_any_above(critical - root * effect, correlation) - power

    patients = find_root(short, 0.0, 2.0 * (critical + 6.0) / float(effect.max())) ** 2
    return WeightedSize(patients=patients, events=patients * overall_event_share(arms, date), critical_z=critical)


def weighted_power(arms: TwoArms, weight: Weight, patients: float, alpha: float, date: float) -> float:
    """Return the power of one weighted log-rank test in so many patients, one-sided."""
    moments = score_moments(arms, (weight,), date)
    variance, null = moments.covariance[0, 0], moments.null_covariance[0, 0]
    drift = moments.mean[0] * np.sqrt(patients / variance)
    return float(ndtr(drift - ndtri(1.0 - alpha) * np.sqrt(variance / null)))


def _benefit(mean: float) -> float:
    if mean <= 0.0:
        raise InputError("the experimental arm does no better by that date: no size shows a benefit that is not there.")
    return mean
