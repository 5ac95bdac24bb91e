"""One arm with any number of looks: exact chances to cross counts for success or for futility.

Equal to gsDesign's ``gsBinomialExact``: at each look, stop for futility at `lower` successes or fewer, for efficacy at
`upper` or more.
"""

from dataclasses import dataclass
from typing import final

import numpy as np

from regraft.analysis.arrays import FloatArray
from regraft.core.errors import InputError
from regraft.design.looks.spending import increasing
from regraft.design.single_arm.one_stage import binomial_masses


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CountLooks:
    """Counts at which a single-arm trial stops.

    Parameters
    ----------
    patients : tuple of int
        Evaluable people at each look, ascending.
    lower : tuple of int
        Successes at which, or below which, it stops for futility; -1 where it never does.
    upper : tuple of int
        Successes at which, or above which, it stops for efficacy; above `patients` where it never does.
    """

    patients: tuple[int, ...]
    lower: tuple[int, ...]
    upper: tuple[int, ...]

    def __post_init__(self) -> None:
        """Refuse looks that do not increase or counts that overlap."""
        increasing(self.patients, "patients at each look")
        if not len(self.patients) == len(self.lower) == len(self.upper):
            raise InputError("counts: one lower and one upper count are needed for each look.")
        if any(low >= high for low, high in zip(self.lower, self.upper, strict=True)):
            raise InputError("counts: the count for futility must lie below the one for efficacy at every look.")


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CountChances:
    """Exact chances to stop at each look for efficacy and for futility, each (looks,), and people expected."""

    efficacy: FloatArray
    futility: FloatArray
    expected_patients: float


def count_chances(looks: CountLooks, proportion: float) -> CountChances:
    """Return the exact chances at a true proportion."""
    going = np.ones(1)
    before, efficacy, futility = 0, [], []
    for patients, low, high in zip(looks.patients, looks.lower, looks.upper, strict=True):
        reached = np.convolve(going, binomial_masses(patients - before, proportion))
        counts = np.arange(reached.size)
        efficacy.append(float(reached[counts >= high].sum()))
        futility.append(float(reached[counts <= low].sum()))
        going = np.where((counts > low) & (counts < high), reached, 0.0)
        before = patients
    stopped = np.array(efficacy) + np.array(futility)
    stopped[-1] = 1.0 - stopped[:-1].sum()
    return CountChances(
        efficacy=np.array(efficacy),
        futility=np.array(futility),
        expected_patients=float(stopped @ np.array(looks.patients)),
    )
