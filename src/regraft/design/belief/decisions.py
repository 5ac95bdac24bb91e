"""Two arms decided by a posterior probability: exact type I error, power and assurance.

Borrowing changes the type I error with the true proportion of the arm that borrows: it is a curve, never one number.
"""

from dataclasses import dataclass
from typing import final

import numpy as np

from regraft.analysis.arrays import BoolArray
from regraft.core.errors import InputError
from regraft.design.belief.beta_mixture import BetaMixture, chance_first_larger
from regraft.design.single_arm.one_stage import binomial_masses


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PosteriorDecision:
    """Decide for the first arm when the chance that its proportion is the larger exceeds a threshold.

    Parameters
    ----------
    first, second : BetaMixture
        Priors used in the analysis.
    patients : tuple of int
        People in both arms.
    threshold : float
        Posterior probability to be exceeded.
    """

    first: BetaMixture
    second: BetaMixture
    patients: tuple[int, int]
    threshold: float

    def __post_init__(self) -> None:
        """Refuse empty arms and thresholds out of range."""
        if min(self.patients) < 1:
            raise InputError(f"patients {self.patients}: each arm needs one at least.")
        if not 0.0 < self.threshold < 1.0:
            raise InputError(f"threshold {self.threshold:g}: a posterior probability lies between 0 and 1.")


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DecisionTable:
    """Where a decision is taken: `decided[i, j]` for i events of the first and j of the second arm."""

    decided: BoolArray

    def chance(self, first: float, second: float) -> float:
        """Return the exact chance of the decision at two true proportions."""
        rows, columns = (size - 1 for size in self.decided.shape)
        return float(binomial_masses(rows, first) @ self.decided @ binomial_masses(columns, second))

    def assurance(self, first: BetaMixture, second: BetaMixture) -> float:
        """Return the chance of the decision averaged over what is believed about both arms."""
        rows, columns = (size - 1 for size in self.decided.shape)
        return float(first.predicted(rows) @ self.decided @ second.predicted(columns))


def decision_table(decision: PosteriorDecision) -> DecisionTable:
    """Return the decision for every outcome of both arms.

    Notes
    -----
    More events in the first arm only add to the probability, so each column is searched for its first decision.
    """
    rows, columns = decision.patients
    decided = np.zeros((rows + 1, columns + 1), dtype=np.bool_)
    after = [decision.first.after(i, rows) for i in range(rows + 1)]
    for j in range(columns + 1):
        second = decision.second.after(j, columns)
        low, high = -1, rows + 1
        while high - low > 1:
            middle = (low + high) // 2
            if chance_first_larger(after[middle], second) > decision.threshold:
                high = middle
            else:
                low = middle
        decided[high:, j] = True
    return DecisionTable(decided=decided)


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ErrorCurve:
    """Type I error, and power for a difference, by the true proportion of the second arm."""

    second: tuple[float, ...]
    type_one: tuple[float, ...]
    power: tuple[float, ...]


def error_curve(table: DecisionTable, second: tuple[float, ...], difference: float) -> ErrorCurve:
    """Return the curve; a first proportion that would pass 1 counts as 1."""
    return ErrorCurve(
        second=second,
        type_one=tuple(table.chance(p, p) for p in second),
        power=tuple(table.chance(min(1.0, p + difference), p) for p in second),
    )
