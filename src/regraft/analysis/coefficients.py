"""Estimated coefficients of a regression with their covariance, and what is read from them."""

from dataclasses import dataclass
from typing import final

import numpy as np
import polars as pl

from regraft.analysis.arrays import FloatArray
from regraft.analysis.distributions import interval_factor, two_sided_p
from regraft.analysis.result import Result


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coefficients(Result):
    """Coefficients of one regression.

    Parameters
    ----------
    names : tuple of str
        Names of the p terms.
    estimate : array, shape (p,)
        Estimates on the scale of the linear predictor.
    covariance : array, shape (p, p)
        Their covariance.
    level : float
        Coverage of the intervals.
    degrees : float, optional
        Degrees of freedom of Student's t; None means the normal distribution.
    """

    names: tuple[str, ...]
    estimate: FloatArray
    covariance: FloatArray
    level: float = 0.95
    degrees: float | None = None

    @property
    def standard_error(self) -> FloatArray:
        """Return the standard errors, shape (p,)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def statistic(self) -> FloatArray:
        """Return estimate over standard error, shape (p,)."""
        return self.estimate / self.standard_error

    @property
    def p_value(self) -> FloatArray:
        """Return the two-sided p values, shape (p,)."""
        return np.asarray(two_sided_p(self.statistic, self.degrees), dtype=np.float64)

    @property
    def low(self) -> FloatArray:
        """Return the lower limits, shape (p,)."""
        return self.estimate - self._reach()

    @property
    def high(self) -> FloatArray:
        """Return the upper limits, shape (p,)."""
        return self.estimate + self._reach()

    def _reach(self) -> FloatArray:
        return interval_factor(self.level, self.degrees) * self.standard_error

    def to_frame(self, *, ratios: bool = False) -> pl.DataFrame:
        """Return one row per term; `ratios` shows estimate and limits as exp (hazard, rate and odds ratios)."""
        shown = (np.exp if ratios else np.asarray)((self.estimate, self.low, self.high))
        return pl.DataFrame(
            {
                "term": list(self.names),
                "ratio" if ratios else "estimate": shown[0],
                "low": shown[1],
                "high": shown[2],
                "standard_error": self.standard_error,
                "p_value": self.p_value,
            }
        )
