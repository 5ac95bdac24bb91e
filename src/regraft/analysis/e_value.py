"""How strong an unmeasured confounder would have to be to explain a difference from an outside comparison away.

Source: VanderWeele TJ, Ding P. Ann Intern Med 2017;167:268.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import isfinite, sqrt
from typing import final

from regraft.analysis.result import Result
from regraft.core.errors import InputError


class Ratio(StrEnum):
    """What kind of ratio compares the two groups; an outcome is rare below about 15% at the end of follow-up.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.stats.e_value(0.5, 0.3, 0.8, rg.stats.Ratio.HAZARD_COMMON)
    >>> round(found.risk_ratio, 3), round(found.of_estimate, 2)
    (0.62, 2.61)
    """

    RISK = "risk"
    RATE = "rate"
    ODDS_RARE = "odds_rare"
    ODDS_COMMON = "odds_common"
    HAZARD_RARE = "hazard_rare"
    HAZARD_COMMON = "hazard_common"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class EValue(Result):
    """The least association with both group and outcome, as a risk ratio, beyond what was adjusted for.

    Parameters
    ----------
    ratio : Ratio
        Kind of the ratio given.
    risk_ratio : float
        The ratio as a risk ratio (approximate for odds and hazard ratios of common outcomes).
    of_estimate : float
        What would move the estimate to 1.
    of_limit : float
        What would move the confidence limit nearer to 1 onto 1; 1 if the interval holds 1.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.stats.e_value(0.5, 0.3, 0.8)
    >>> round(found.of_estimate, 2), round(found.of_limit, 2)
    (3.41, 1.81)
    """

    ratio: Ratio
    risk_ratio: float
    of_estimate: float
    of_limit: float


def e_value(estimate: float, low: float, high: float, ratio: Ratio = Ratio.RISK) -> EValue:
    """Return the E-value of a ratio with its confidence interval.

    It says nothing about selection, measurement or missing data, and a small one does not show that confounding exists.

    Parameters
    ----------
    estimate, low, high : float
        Ratio and limits, all above 0.
    ratio : Ratio
        Kind of the ratio.

    Raises
    ------
    InputError
        A ratio that is not positive and finite, or limits that do not hold the estimate.

    Examples
    --------
    >>> found = e_value(3.9, 1.8, 8.7)  # VanderWeele and Ding 2017: 7.26 and 3.0
    >>> round(found.of_estimate, 2), round(found.of_limit, 1)
    (7.26, 3.0)
    """
    if not all(isfinite(value) and value > 0 for value in (estimate, low, high)):
        raise InputError(
            f"ratio {estimate} ({low} to {high}): all three must be above 0 and finite. Give ratios, not logs."
        )
    if not low <= estimate <= high:
        raise InputError(f"the limits {low} to {high} do not hold the estimate {estimate}. Check their order.")
    risk = _as_risk_ratio(estimate, ratio)
    near = low if estimate >= 1 else high
    crosses = low <= 1 <= high
    limit = 1.0 if crosses else _needed(_as_risk_ratio(near, ratio))
    return EValue(ratio=ratio, risk_ratio=risk, of_estimate=_needed(risk), of_limit=limit)


def _as_risk_ratio(value: float, ratio: Ratio) -> float:
    if ratio is Ratio.ODDS_COMMON:
        return sqrt(value)
    if ratio is Ratio.HAZARD_COMMON:
        return float((1.0 - 0.5 ** sqrt(value)) / (1.0 - 0.5 ** sqrt(1.0 / value)))
    return value


def _needed(risk_ratio: float) -> float:
    """Return the E-value of a risk ratio on either side of 1."""
    above = max(risk_ratio, 1.0 / risk_ratio)
    return above + sqrt(above * (above - 1.0))
