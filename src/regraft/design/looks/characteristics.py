"""What a plan of looks does: power, both type I errors, and how much information is expected to be spent."""

from dataclasses import dataclass
from typing import final

import numpy as np

from regraft.analysis.arrays import FloatArray
from regraft.design.looks.boundaries import Boundaries
from regraft.design.looks.crossing import exits, paths_from


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Operating:
    """Operating characteristics at one true effect.

    Parameters
    ----------
    efficacy, futility : array, shape (looks,)
        Chance to stop first for each reason at each look; at the last, futility is not rejecting.
    expected_fraction : float
        Expected information as a share of the largest.
    """

    efficacy: FloatArray
    futility: FloatArray
    expected_fraction: float

    @property
    def power(self) -> float:
        """Chance to reject at any look."""
        return float(self.efficacy.sum())


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TypeOne:
    """Type I error if futility is obeyed, and if it is overruled at every look."""

    futility_obeyed: float
    futility_overruled: float


def operating(bounds: Boundaries, drift: float | FloatArray, *, obey_futility: bool = True) -> Operating:
    """Return the operating characteristics.

    Parameters
    ----------
    bounds : Boundaries
        The looks.
    drift : float or array, shape (looks,)
        Mean of z at the last look if the whole information is reached (0 under the null); an array of z's mean over
        the root of the information fraction where the effect changes from look to look.
    obey_futility : bool
        Whether trials stop when the futility boundary is crossed.
    """
    lower = bounds.lower if obey_futility else np.full(bounds.lower.size, -np.inf)
    out = exits(paths_from(), bounds.fractions, lower, bounds.upper, drift)
    efficacy, futility = out.efficacy, out.futility.copy()
    futility[-1] = max(0.0, 1.0 - efficacy.sum() - futility[:-1].sum())
    return Operating(
        efficacy=efficacy, futility=futility, expected_fraction=float((efficacy + futility) @ bounds.fractions)
    )


def type_one(bounds: Boundaries) -> TypeOne:
    """Return both type I errors, which differ where a futility boundary exists.

    A plan whose futility does not bind holds alpha when it is overruled, and lies below alpha when it is obeyed: the
    lower number is no error (it has been misread as one).
    """
    return TypeOne(
        futility_obeyed=operating(bounds, 0.0).power,
        futility_overruled=operating(bounds, 0.0, obey_futility=False).power,
    )


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedRatio:
    """Expected information over that of a trial without looks of the same errors, under three truths."""

    alternative: float
    half_way: float
    null: float


def expected_ratio(bounds: Boundaries) -> ExpectedRatio:
    """Return the expected information at the alternative, half-way and under the null, futility obeyed."""
    shares = [operating(bounds, share * bounds.drift).expected_fraction for share in (1.0, 0.5, 0.0)]
    return ExpectedRatio(
        alternative=shares[0] * bounds.inflation,
        half_way=shares[1] * bounds.inflation,
        null=shares[2] * bounds.inflation,
    )
