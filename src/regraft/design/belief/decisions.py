"""Two arms decided by a posterior probability: exact type I error, power and assurance.

Borrowing changes the type I error with the true proportion of the arm that borrows: it is a curve, never one number.
"""

from dataclasses import dataclass
from typing import final

from regraft.analysis.arrays import BoolArray, FloatArray
from regraft.core.errors import InputError
from regraft.design.belief.beta_mixture import BetaMixture, chances_larger
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
    """Return the decision for every outcome of both arms."""
    return DecisionTable(decided=chances_first_larger(decision) > decision.threshold)


def chances_first_larger(decision: PosteriorDecision) -> FloatArray:
    """Return the posterior chance that the first proportion is the larger, for every outcome of both arms."""
    rows, columns = decision.patients
    return chances_larger(
        tuple(decision.first.after(i, rows) for i in range(rows + 1)),
        tuple(decision.second.after(j, columns) for j in range(columns + 1)),
    )


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
