"""How much of an error may be spent by which look.

Sources: Lan KKG, DeMets DL. Biometrika 1983;70:659; Hwang IK, Shih WJ, De Cani JS. Stat Med 1990;9:1439;
Kim K, DeMets DL. Biometrika 1987;74:149.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from regraft.analysis.arrays import FloatArray, floats
from regraft.core.errors import InputError


class Spend(StrEnum):
    """Names of the spending functions."""

    OBRIEN_FLEMING = "obrien_fleming"
    POCOCK = "pocock"
    HWANG_SHIH_DECANI = "hwang_shih_decani"
    POWER = "power"
    USER = "user"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """A spending function.

    Parameters
    ----------
    function : Spend
        Its name; O'Brien-Fleming and Pocock are those of Lan and DeMets, which only resemble the boundaries so called.
    parameter : float
        Gamma of Hwang, Shih and De Cani (negative: little early; 0: linear), or rho of the power family of Kim and
        DeMets; not read by the others.
    cumulative : tuple of float
        What is spent by each look, for `Spend.USER` only; the last is the whole error.
    """

    function: Spend
    parameter: float = 0.0
    cumulative: tuple[float, ...] = ()

    def by(self, fraction: ArrayLike, total: float) -> FloatArray:
        """Return what is spent by each look; the last look always spends what is left.

        Parameters
        ----------
        fraction : array-like, shape (looks,)
            Share of the planned information (or of another clock that says so) at each look, ascending.
        total : float
            The whole error, such as 0.025 one-sided.

        Raises
        ------
        InputError
            Looks that do not increase, an error not between 0 and 1, or a user's list that cannot be spent.
        """
        t = increasing(fraction, "looks")
        if not 0.0 < total < 1.0:
            raise InputError(f"error to spend {total:g}: must lie between 0 and 1. One-sided 0.025 is usual.")
        spent = self._curve(np.minimum(t, 1.0), total)
        spent[-1] = total
        return spent

    def _curve(self, t: FloatArray, total: float) -> FloatArray:
        match self.function:
            case Spend.OBRIEN_FLEMING:
                return np.asarray(2.0 * ndtr(ndtri(total / 2.0) / np.sqrt(t)))
            case Spend.POCOCK:
                return total * np.log1p((np.e - 1.0) * t)
            case Spend.HWANG_SHIH_DECANI:
                gamma = self.parameter
                return total * (t if gamma == 0.0 else np.expm1(-gamma * t) / np.expm1(-gamma))
            case Spend.POWER:
                if self.parameter <= 0.0:
                    raise InputError(f"rho {self.parameter:g}: must be above 0. 1 spends evenly, 3 little early.")
                return total * t**self.parameter
            case Spend.USER:
                return self._given(t.size, total)

    def _given(self, looks: int, total: float) -> FloatArray:
        """Return the list of the user, refused where it cannot be spent."""
        given = floats(self.cumulative, "spent by each look", looks)
        if given.max() > 1.0:
            raise InputError(f"spent by each look: {given.max():g} is over 1. Give cumulative probabilities.")
        if (np.diff(given, prepend=0.0) < 0.0).any() or given[-1] > total * (1.0 + 1e-12):
            raise InputError(
                f"spent by each look: {', '.join(f'{value:g}' for value in given)} must not fall, nor end above "
                f"{total:g}. Give cumulative amounts up to the whole error."
            )
        return given.copy()


def increasing(values: ArrayLike, what: str) -> FloatArray:
    """Return positive, strictly increasing numbers, or say which is not.

    Raises
    ------
    InputError
        None at all, one that is not above 0, or one that is not above the one before.
    """
    array = floats(values, what)
    if array.size == 0 or array[0] <= 0.0 or (np.diff(array) <= 0.0).any():
        shown = ", ".join(f"{value:g}" for value in array) or "none"
        raise InputError(f"{what}: {shown}. They must be above 0 and increase from one look to the next.")
    return array
