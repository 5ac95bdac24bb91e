"""One arm against a reference proportion, one stage, exact binomial.

Exact power does not rise evenly with n but as a saw: one patient more may need one success more. So a size is given
twice: the smallest n that has the power, and the n from which every larger one has it.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from scipy.special import bdtrc, gammaln, xlog1py, xlogy

from regraft.analysis.arrays import FloatArray, IntArray
from regraft.core.errors import InputError


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Hypotheses:
    """A proportion to beat and the one that is hoped for, with both errors (one-sided)."""

    null: float
    alternative: float
    alpha: float
    beta: float

    def __post_init__(self) -> None:
        """Refuse what no trial can decide."""
        if not 0.0 < self.null < self.alternative < 1.0:
            raise InputError(
                f"proportions {self.null:g} and {self.alternative:g}: the one to beat must lie below the one hoped "
                "for, both between 0 and 1. Count what is good, such as people free of activity."
            )
        if not (0.0 < self.alpha < 0.5 and 0.0 < self.beta < 1.0):
            raise InputError(
                f"errors {self.alpha:g} and {self.beta:g}: alpha must lie between 0 and 0.5, beta between 0 and 1."
            )


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class OneStage:
    """An exact design of one stage.

    Parameters
    ----------
    patients : int
        Evaluable people.
    reject_at : int
        Successes from which the reference is rejected; one more than `patients` if no outcome does.
    alpha, power : float
        Exact errors of this rule.
    """

    patients: int
    reject_at: int
    alpha: float
    power: float


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class OneStageSize:
    """The smallest design that has the power, and the one from which all larger ones have it."""

    smallest: OneStage
    lasting: OneStage


def one_stage(patients: int, hypotheses: Hypotheses) -> OneStage:
    """Return the exact rule of a given size; equal to the exact binomial test.

    Raises
    ------
    InputError
        Fewer than one patient.
    """
    if patients < 1:
        raise InputError(f"patients {patients}: a design needs one at least.")
    (reject,) = _critical(np.array([patients]), hypotheses)
    return OneStage(
        patients=patients,
        reject_at=int(reject),
        alpha=exact_power(patients, int(reject), hypotheses.null),
        power=exact_power(patients, int(reject), hypotheses.alternative),
    )


def exact_power(patients: int, reject_at: int, proportion: float) -> float:
    """Return the chance of `reject_at` successes or more."""
    if reject_at > patients:
        return 0.0
    return 1.0 if reject_at <= 0 else float(bdtrc(reject_at - 1, patients, proportion))


def one_stage_size(hypotheses: Hypotheses, *, at_most: int = 1000) -> OneStageSize:
    """Return the sizes that hold both errors.

    Parameters
    ----------
    at_most : int
        Largest size looked at; "all larger" means up to it.

    Raises
    ------
    InputError
        No size up to `at_most` has the power, or not the last ones.
    """
    sizes = np.arange(1, at_most + 1)
    reject = _critical(sizes, hypotheses)
    power = np.where(reject > sizes, 0.0, bdtrc(np.minimum(reject, sizes) - 1, sizes, hypotheses.alternative))
    enough = power >= 1.0 - hypotheses.beta
    if not enough[-1]:
        raise InputError(
            f"no size up to {at_most} holds power {1.0 - hypotheses.beta:g} for {hypotheses.alternative:g} against "
            f"{hypotheses.null:g}. Allow more patients, or hope for more."
        )
    short = np.flatnonzero(~enough)
    lasting = int(sizes[short[-1]]) + 1 if short.size else 1
    return OneStageSize(
        smallest=one_stage(int(sizes[np.argmax(enough)]), hypotheses), lasting=one_stage(lasting, hypotheses)
    )


def _critical(sizes: IntArray, hypotheses: Hypotheses) -> IntArray:
    """Return for each size the fewest successes whose tail under the null is alpha at most."""
    reject = np.ceil(sizes * hypotheses.null).astype(np.int64)
    while True:
        tail: FloatArray = np.where(reject > sizes, 0.0, bdtrc(np.clip(reject - 1, 0, sizes), sizes, hypotheses.null))
        wide = tail > hypotheses.alpha
        if not wide.any():
            return reject
        reject = reject + wide


def binomial_masses(patients: int, proportion: float) -> FloatArray:
    """Return the probability of 0 to `patients` successes, shape (patients + 1,)."""
    counts = np.arange(patients + 1)
    choose = gammaln(patients + 1) - gammaln(counts + 1) - gammaln(patients - counts + 1)
    return np.exp(choose + xlogy(counts, proportion) + xlog1py(patients - counts, -proportion))
