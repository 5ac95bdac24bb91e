"""Bayesian predictive probability of a single arm, exact.

Source: Lee JJ, Liu DD. Clin Trials 2008;5:93.
"""

from dataclasses import dataclass
from typing import final

import numpy as np

from regraft.core.errors import InputError
from regraft.design.belief.beta_mixture import BetaMixture
from regraft.design.single_arm.exact_looks import CountLooks


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SingleArmGoal:
    """Success at the end: the posterior probability that the proportion exceeds a reference passes a threshold.

    Parameters
    ----------
    prior : BetaMixture
        Belief before the trial.
    reference : float
        Proportion to beat.
    threshold : float
        Posterior probability to be exceeded at the end.
    patients : int
        People at the end.
    """

    prior: BetaMixture
    reference: float
    threshold: float
    patients: int

    def __post_init__(self) -> None:
        """Refuse references and thresholds out of range."""
        if not (0.0 < self.reference < 1.0 and 0.0 < self.threshold < 1.0) or self.patients < 1:
            raise InputError(
                f"reference {self.reference:g}, threshold {self.threshold:g}, patients {self.patients}: the first two "
                "lie between 0 and 1, the third is 1 or more."
            )

    def succeeds(self, successes: int) -> bool:
        """Return whether so many successes at the end are enough."""
        after = self.prior.after(successes, self.patients)
        return 1.0 - float(after.below(self.reference)) > self.threshold

    def needed(self) -> int:
        """Return the fewest successes at the end that are enough; one more than `patients` if none is."""
        return next((s for s in range(self.patients + 1) if self.succeeds(s)), self.patients + 1)


def predictive_probability(goal: SingleArmGoal, successes: int, seen: int) -> float:
    """Return the chance of success at the end, given successes among those seen.

    Raises
    ------
    InputError
        More seen than the trial has.
    """
    if not 0 <= successes <= seen <= goal.patients:
        raise InputError(
            f"{successes} successes among {seen}: must lie between 0, those seen and the {goal.patients} planned."
        )
    rest = goal.patients - seen
    chances = goal.prior.after(successes, seen).predicted(rest)
    short = max(goal.needed() - successes, 0)
    return float(chances[short:].sum()) if short <= rest else 0.0


def predictive_looks(
    goal: SingleArmGoal, looks: tuple[int, ...], stop_below: float, stop_above: float = 1.0
) -> CountLooks:
    """Return the counts at which a trial stops when its predictive probability leaves a range.

    Parameters
    ----------
    looks : tuple of int
        Evaluable people at the interim looks, ascending, all below the end.
    stop_below, stop_above : float
        Stop for futility below the first, for efficacy at or above the second (1: never).

    Returns
    -------
    CountLooks
        With the end as the last look; `count_chances` gives its exact operating characteristics.
    """
    if not 0.0 <= stop_below < stop_above <= 1.0:
        raise InputError(
            f"predictive probability: stop below {stop_below:g} and above {stop_above:g} must be ordered, in 0 to 1."
        )
    lower, upper = [], []
    for seen in looks:
        chance = np.array([predictive_probability(goal, s, seen) for s in range(seen + 1)])
        lower.append(int((chance < stop_below).sum()) - 1)
        good = chance >= stop_above
        upper.append(int(np.argmax(good)) if stop_above < 1.0 and good.any() else seen + 1)
    needed = goal.needed()
    return CountLooks(patients=(*looks, goal.patients), lower=(*lower, needed - 1), upper=(*upper, needed))
