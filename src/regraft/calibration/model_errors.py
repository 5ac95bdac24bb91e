"""What published values say of the model's own errors: by which factor those that are stated have to be multiplied.

The surfaces are linear and all else is normal, so the probability of what was published is known for every set of
factors; a grid over their priors is weighed by it (empirical Bayes with the doubt kept: Kennedy & O'Hagan 2001, J R
Stat Soc B 63:425, call such an error the discrepancy).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import final

import numpy as np
from scipy.linalg import solve_triangular

from regraft.calibration.linear_bayes import Published, Surfaces
from regraft.core.arrays import Flags, Floats
from regraft.core.calibrated import Calibrated, Learned
from regraft.core.streams import Purpose, address, uniform

_GRID = np.linspace(-2.75, 2.75, 12)  # on the scale z, where the prior is standard normal
_CELL = float(_GRID[1] - _GRID[0])
_CALIBRATION = int(Purpose.CALIBRATION)
_SEED = 20261202


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PublishedWithErrors:
    """What was seen, on the fitted scale, with the model's own errors apart.

    Parameters
    ----------
    values : float64, shape (observables,)
        As published.
    fixed : float64, shape (observables, observables)
        Covariance of all errors that no factor multiplies.
    by : mapping of Learned to float64, shape (observables, observables)
        Covariance of the model's own errors of a kind where its factor is 1.
    """

    values: Floats
    fixed: Floats
    by: Mapping[Learned, Floats]

    def at(self, factors: Mapping[Learned, float]) -> Published:
        """Return the values with their errors under some factors; a factor that is not named is 1."""
        error = self.fixed + sum(factors.get(kind, 1.0) ** 2 * part for kind, part in self.by.items())
        return Published(values=self.values, error=np.asarray(error))


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Factors:
    """A distribution of factors over a grid.

    Parameters
    ----------
    entries : tuple of Calibrated
        The factors.
    points : float64, shape (points, factors)
        The grid on the scale z.
    weights : float64, shape (points,)
        Of each; they add up to 1.
    """

    entries: tuple[Calibrated, ...]
    points: Floats
    weights: Floats

    @classmethod
    def none(cls) -> "Factors":
        """Return those of a model without errors that are learned."""
        return cls(entries=(), points=np.zeros((1, 0)), weights=np.ones(1))

    def middle(self) -> dict[Learned, float]:
        """Return the factors at their mean on the scale z."""
        mean = self.weights @ self.points
        return {
            entry.error_of: float(entry.value_at(np.array(z)))
            for entry, z in zip(self.entries, mean, strict=True)
            if entry.error_of is not None
        }

    def fill(self, z: Floats, calibrated: Sequence[Calibrated]) -> None:
        """Fill draws of the factors into their columns of `z`, shape (draws, quantities)."""
        if not self.entries:
            return
        ends = np.cumsum(self.weights)
        places = {entry.name: column for column, entry in enumerate(calibrated)}
        slot = address("factors")
        for draw in range(len(z)):
            point = int(np.searchsorted(ends, uniform(_SEED, draw, _CALIBRATION, 0, slot) * ends[-1]))
            for number, entry in enumerate(self.entries):
                inside = uniform(_SEED, draw, _CALIBRATION, 1 + number, slot) - 0.5
                z[draw, places[entry.name]] = self.points[point, number] + _CELL * inside


def factors_by(surfaces: Surfaces, seen: PublishedWithErrors, rows: Flags, calibrated: Sequence[Calibrated]) -> Factors:
    """Return what some observables say of the factors.

    Parameters
    ----------
    surfaces : Surfaces
        Of all observables.
    seen : PublishedWithErrors
        All of them.
    rows : bool, shape (observables,)
        Those that are used.
    calibrated : sequence of Calibrated
        All calibrated quantities, the factors among them.
    """
    entries = tuple(entry for entry in calibrated if entry.error_of is not None)
    if not entries or not rows.any():
        return Factors.none()
    here, block = surfaces.of(rows), np.ix_(rows, rows)
    far = seen.values[rows] - here.constant
    whole = here.on_sampled @ here.on_sampled.T + here.on_calibrated @ here.on_calibrated.T + here.unexplained
    points = np.array(list(product(_GRID, repeat=len(entries))))
    found = np.empty(len(points))
    for i, point in enumerate(points):
        factors = {
            e.error_of: float(e.value_at(np.array(z))) for e, z in zip(entries, point, strict=True) if e.error_of
        }
        root = np.linalg.cholesky(whole + seen.at(factors).error[block])
        found[i] = -np.log(np.diag(root)).sum() - 0.5 * (solve_triangular(root, far, lower=True) ** 2).sum()
    found -= 0.5 * (points**2).sum(axis=1)
    weights = np.exp(found - found.max())
    return Factors(entries=entries, points=points, weights=weights / weights.sum())
