"""Looks at planned dates when hazards are not proportional: the effect grows or fades from look to look.

The boundary is set by the information under the null (events), and paths move by the average hazard ratio of each date
with the information under the alternative. With one look this is `average_hazard_size`.

gsDesign2 1.1.8's ``gs_design_ahr`` scales the bound to the alternative's information at its first look only, so that
with two looks it asks for fewer patients (160.1 where one look needs 161.1); here every look is scaled.
"""

from dataclasses import dataclass
from typing import final

import numpy as np

from regraft.analysis.arrays import FloatArray
from regraft.analysis.roots import find_root
from regraft.core.errors import InputError
from regraft.design.looks.boundaries import Boundaries, Efficacy, LookPlan, boundaries
from regraft.design.looks.crossing import Exits, exits, paths_from
from regraft.design.looks.spending import increasing
from regraft.design.survival.follow_up import TwoArms, date_of_share
from regraft.design.survival.weighted_size import LOG_RANK, average_hazard, score_moments


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DatedLooks:
    """A log-rank trial with looks at dates.

    Parameters
    ----------
    dates, hazard_ratios, events, upper, efficacy : array, shape (looks,)
        Dates from the first patient, average hazard ratio and events by then, efficacy bound on z, and the chance to
        stop for efficacy first there.
    patients : float
        Patients of both arms, not rounded.
    """

    dates: FloatArray
    hazard_ratios: FloatArray
    events: FloatArray
    upper: FloatArray
    efficacy: FloatArray
    patients: float


def dated_looks(arms: TwoArms, dates: tuple[float, ...], efficacy: Efficacy, alpha: float, power: float) -> DatedLooks:
    """Return the size of a log-rank trial with looks at dates, one-sided, without futility.

    Raises
    ------
    InputError
        Dates that do not increase, or no benefit by the last.
    """
    at = [average_hazard(arms, float(date)) for date in increasing(dates, "dates of the looks")]
    effect = -np.log([one.hazard_ratio for one in at])
    information = np.array([one.information for one in at])
    null = np.array([one.null_information for one in at])
    if effect[-1] <= 0.0:
        raise InputError(f"average hazard ratio {at[-1].hazard_ratio:g} by the last look: no benefit to be shown.")
    shares = tuple(float(share) for share in null / null[-1])
    upper = boundaries(LookPlan(fractions=shares, alpha=alpha, beta=1.0 - power, efficacy=efficacy)).upper
    scaled = upper * np.sqrt(information / null)
    never = np.full(upper.size, -np.inf)

    def chances(patients: float) -> FloatArray:
        return exits(paths_from(), patients * information, never, scaled, effect).efficacy

    least = (1.0 / effect[-1]) ** 2 / information[-1]
    patients = find_root(lambda n: float(chances(n).sum()) - power, 0.01 * least, 200.0 * least)
    return DatedLooks(
        dates=np.array(dates),
        hazard_ratios=np.exp(-effect),
        events=patients * np.array([one.events for one in at]),
        upper=upper,
        efficacy=chances(patients),
        patients=patients,
    )


def chances_at_events(arms: TwoArms, patients: float, events: tuple[float, ...], bounds: Boundaries) -> Exits:
    """Return the chances to stop at looks by events, from the moments of the log-rank score at their expected dates.

    Unlike Schoenfeld's formula this counts that the arms are no longer equal among those at risk: with strong effects
    the log-rank test is weaker than that formula says (0.7 points at a hazard ratio of 0.5 and 66 events).

    Parameters
    ----------
    patients : float
        Patients of both arms.
    events : tuple of float
        Events of both arms at each look.
    bounds : Boundaries
        The looks, their fractions those of the events.
    """
    dates = [date_of_share(arms, one / patients) for one in events]
    moments = [score_moments(arms, (LOG_RANK,), date) for date in dates]
    variance = np.array([one.covariance[0, 0] for one in moments])
    effect = np.array([one.mean[0] for one in moments]) / variance
    return exits(paths_from(), patients * variance, bounds.lower, bounds.upper, effect)
