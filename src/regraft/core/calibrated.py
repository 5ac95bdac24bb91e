"""A calibrated quantity: a number that data moved, kept inside the range the parameter file calls plausible.

Calibration works on a scale ``z`` on which the prior is a standard normal; `Calibrated.value_at` leads back to the
number. Parameters of one ``group`` are moved together by what is particular to a study (centre, era, regimen as given).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import final

import numpy as np
from scipy.special import ndtr, ndtri

from regraft.core.arrays import Floats

_EDGE = 1e-9  # keeps the inverse finite at the ends of a range


class Block(StrEnum):
    """The two parts of the model that are fitted apart."""

    TREATMENT = "treatment"
    DISEASE = "disease"


class Learned(StrEnum):
    """What the size of the model's own error is learned on, each apart: trials of two kinds, and natural history."""

    ACTIVITY = "activity"
    DISABILITY = "disability"
    NATURAL_HISTORY = "natural_history"


class ModelError(StrEnum):
    """Which of the model's own errors a published quantity carries, with its scale.

    Shares move on the logit, rates on the logarithm, the EDSS and its slope by points.
    """

    ACTIVITY_SHARE = "activity_share"
    ACTIVITY_RATE = "activity_rate"
    DISABILITY_SHARE = "disability_share"
    EDSS_MEAN = "edss_mean"
    EDSS_SLOPE = "edss_slope"
    HARM_SHARE = "harm_share"
    NATURAL_HISTORY_SHARE = "natural_history_share"
    NATURAL_HISTORY_RATE = "natural_history_rate"
    NATURAL_HISTORY_EDSS = "natural_history_edss"

    @property
    def learned_on(self) -> Learned | None:
        """Return whose factor multiplies it; None: it stays as stated."""
        return _LEARNED_ON[self]


_LEARNED_ON = {
    ModelError.ACTIVITY_SHARE: Learned.ACTIVITY,
    ModelError.ACTIVITY_RATE: Learned.ACTIVITY,
    ModelError.DISABILITY_SHARE: Learned.DISABILITY,
    ModelError.EDSS_MEAN: Learned.DISABILITY,
    ModelError.EDSS_SLOPE: Learned.DISABILITY,
    ModelError.HARM_SHARE: None,
    ModelError.NATURAL_HISTORY_SHARE: Learned.NATURAL_HISTORY,
    ModelError.NATURAL_HISTORY_RATE: Learned.NATURAL_HISTORY,
    ModelError.NATURAL_HISTORY_EDSS: Learned.NATURAL_HISTORY,
}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """One calibrated quantity.

    Parameters
    ----------
    name : str
        Field of the parameter record; for a spread between studies, a name of its own.
    block : Block
        The fit it belongs to.
    median, low, high : float
        Prior median, and the bounds outside which the value makes no sense (unit of the parameter).
    group : str, optional
        What differs between studies: parameters of one group share a study's effect.
    is_study_sd : bool
        Whether this is the spread between studies of ``group``, on the scale z, instead of a model parameter.
    error_of : Learned, optional
        Set where this is the model's own error in what it names, as a multiple of what each target states, instead of a
        model parameter.
    why : str
        Reason of median and bounds.
    """

    name: str
    block: Block
    median: float
    low: float
    high: float
    group: str | None = None
    is_study_sd: bool = False
    error_of: Learned | None = None
    why: str = ""

    @property
    def is_parameter(self) -> bool:
        """Return whether the model has a parameter of this name."""
        return not self.is_study_sd and self.error_of is None

    def value_at(self, z: Floats) -> Floats:
        """Return the value at `z`, any shape; inside ``low`` to ``high`` for every z.

        Examples
        --------
        >>> chance = Calibrated(name="x", block=Block.DISEASE, median=0.2, low=0.0, high=1.0)
        >>> bool(abs(chance.value_at(np.array(0.0)) - 0.2) < 1e-12)
        True
        """
        return self.low + (self.high - self.low) * ndtr(self._centre() + np.asarray(z))

    def z_of(self, value: Floats) -> Floats:
        """Return where a value stands on the scale z; a value at a bound is moved just inside."""
        share = (np.asarray(value) - self.low) / (self.high - self.low)
        return ndtri(np.clip(share, _EDGE, 1.0 - _EDGE)) - self._centre()

    def _centre(self) -> float:
        return float(ndtri((self.median - self.low) / (self.high - self.low)))
