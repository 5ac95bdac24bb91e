"""What published values say of the sampled parameters, given the calibrated ones: linear Bayes in damped steps.

Goldstein & Wooff 2007 (Bayes Linear Statistics): means and covariances alone are updated, with the surface of every
observable (`calibration.linear_effects`), the sampling error of the study, the model's own error, and what the surface
does not explain. Two damped steps, the second with surfaces learned where the first one led, are the multiple data
assimilation of Emerick & Reynolds 2013 (Computers & Geosciences 55:3); but the covariance is calculated, not that of an
ensemble, so that no two parameters are tied by the chance of few draws. The calibrated quantities stay as calibration
left them: the sampled ones get their distribution given these, so no value is used twice on the same quantity.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

from regraft.calibration.linear_effects import Effects
from regraft.core.arrays import Flags, Floats
from regraft.core.conditioned import Conditioned

IMPLAUSIBLE = 3.0
"""Standard deviations from what the model shows under any draw: such a value is named, not used (Pukelsheim 1994)."""
_LEAST = 0.05  # of the variance in a direction: less is not worth keeping


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Belief:
    """A normal distribution of the sampled parameters on the scale z, given the calibrated quantities.

    Parameters
    ----------
    centre : float64, shape (parameters,)
        Where the calibrated quantities are zero.
    slope : float64, shape (parameters, quantities)
        How the centre moves with them.
    spread : float64, shape (parameters, parameters)
        Covariance, the same for all of them.
    """

    centre: Floats
    slope: Floats
    spread: Floats


def ranges(parameters: int, quantities: int) -> Belief:
    """Return the belief in ranges before anything was seen."""
    return Belief(centre=np.zeros(parameters), slope=np.zeros((parameters, quantities)), spread=np.eye(parameters))


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surfaces:
    """The surfaces of all observables over sampled parameters and calibrated quantities.

    Parameters
    ----------
    constant : float64, shape (observables,)
        Where all are zero.
    on_sampled, on_calibrated : float64, shape (observables, parameters), (observables, quantities)
        Slopes.
    unexplained : float64, shape (observables, observables)
        Covariance of what they leave unexplained, beyond the chance of the simulated people.
    explained : float64, shape (observables,)
        The share of what differs between draws that each explains.
    """

    constant: Floats
    on_sampled: Floats
    on_calibrated: Floats
    unexplained: Floats
    explained: Floats

    def of(self, rows: Flags) -> "Surfaces":
        """Return those of some observables."""
        return Surfaces(
            constant=self.constant[rows],
            on_sampled=self.on_sampled[rows],
            on_calibrated=self.on_calibrated[rows],
            unexplained=self.unexplained[np.ix_(rows, rows)],
            explained=self.explained[rows],
        )


def surfaces_of(effects: Sequence[Effects], sampled: int) -> Surfaces:
    """Join the surfaces of observables; the first `sampled` quantities of each are the sampled parameters."""
    slopes = np.stack([one.slopes for one in effects])
    return Surfaces(
        constant=np.array([one.constant for one in effects]),
        on_sampled=slopes[:, :sampled],
        on_calibrated=slopes[:, sampled:],
        unexplained=_together(effects),
        explained=np.array([one.explained for one in effects]),
    )


def _together(effects: Sequence[Effects]) -> Floats:
    """Return the covariance of what is unexplained; correlations are shrunk (Schaefer & Strimmer 2005).

    What several observables leave unexplained together must not count as if each had been wrong on its own.
    """
    sizes = np.sqrt([one.beyond_chance for one in effects])
    rest = np.nan_to_num(np.stack([one.unexplained for one in effects]))
    lengths = np.sqrt((rest**2).sum(axis=1))
    unit = rest / np.where(lengths > 0.0, lengths, 1.0)[:, None]
    correlation = unit @ unit.T
    np.fill_diagonal(correlation, 0.0)
    squares = float((correlation**2).sum())
    luck = float(((1.0 - correlation**2) ** 2).sum() - len(sizes)) / max(rest.shape[1] - 1, 1)
    kept = 0.0 if squares <= 0.0 else float(np.clip(1.0 - luck / squares, 0.0, 1.0))
    return np.outer(sizes, sizes) * (kept * correlation + np.eye(len(sizes)))


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Published:
    """What was seen, on the fitted scale.

    Parameters
    ----------
    values : float64, shape (observables,)
        As published.
    error : float64, shape (observables, observables)
        Covariance of sampling at the published size, the model's own error, and what was published as a range.
    """

    values: Floats
    error: Floats


def updated(belief: Belief, surfaces: Surfaces, seen: Published, rows: Flags, damping: float = 1.0) -> Belief:
    """Return the belief after some observables were seen with their error multiplied by `damping`.

    Parameters
    ----------
    belief : Belief
        Before.
    surfaces : Surfaces
        Of all observables.
    seen : Published
        All of them.
    rows : bool, shape (observables,)
        Those that are used.
    damping : float
        The inverses of the dampings of all steps add up to one.
    """
    if not rows.any():
        return belief
    here = surfaces.of(rows)
    moved = here.on_sampled @ belief.spread
    error = damping * (seen.error[np.ix_(rows, rows)] + here.unexplained)
    gain = np.linalg.solve(moved @ here.on_sampled.T + error, moved).T
    surprise = seen.values[rows] - here.constant - here.on_sampled @ belief.centre
    spread = belief.spread - gain @ moved
    return Belief(
        centre=belief.centre + gain @ surprise,
        slope=belief.slope - gain @ (here.on_calibrated + here.on_sampled @ belief.slope),
        spread=0.5 * (spread + spread.T),
    )


def after_steps(steps: Sequence[Surfaces], seen: Published, rows: Flags, of: int | None = None) -> Belief:
    """Return the belief after damped steps, one for each set of surfaces, from the ranges on; `of` so many in all."""
    belief = ranges(steps[0].on_sampled.shape[1], steps[0].on_calibrated.shape[1])
    for surfaces in steps:
        belief = updated(belief, surfaces, seen, rows, damping=float(of or len(steps)))
    return belief


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Expected:
    """What is expected of every observable: mean, standard deviation of the model alone, and of a published value."""

    mean: Floats
    of_model: Floats
    of_value: Floats


def expected(belief: Belief, surfaces: Surfaces, seen: Published, calibrated: Floats) -> Expected:
    """Return what is expected of every observable over draws of the calibrated quantities.

    Parameters
    ----------
    belief : Belief
        Of the sampled parameters.
    surfaces, seen : Surfaces, Published
        Of all observables.
    calibrated : float64, shape (draws, quantities)
        Draws of the calibrated quantities.
    """
    slope = surfaces.on_calibrated + surfaces.on_sampled @ belief.slope
    heights = calibrated @ slope.T
    within = np.einsum("mp,pr,mr->m", surfaces.on_sampled, belief.spread, surfaces.on_sampled)
    model = within + heights.var(axis=0) + np.diag(surfaces.unexplained)
    return Expected(
        mean=surfaces.constant + surfaces.on_sampled @ belief.centre + heights.mean(axis=0),
        of_model=np.sqrt(model),
        of_value=np.sqrt(model + np.diag(seen.error)),
    )


def plausible(before: Expected, seen: Published) -> Flags:
    """Return which values lie where the model can be at all, shape (observables,)."""
    return np.asarray(np.abs(seen.values - before.mean) <= IMPLAUSIBLE * before.of_value)


def kept(belief: Belief, names: tuple[str, ...]) -> Conditioned:
    """Return a belief as it is kept: the directions in which something was seen."""
    gone, directions = np.linalg.eigh(np.eye(len(names)) - belief.spread)
    told = gone > _LEAST
    along = directions[:, told]
    return Conditioned(
        names=names,
        directions=along,
        factor=np.sqrt(np.clip(1.0 - gone[told], 0.0, 1.0)),
        centre=along.T @ belief.centre,
        slope=along.T @ belief.slope,
    )
