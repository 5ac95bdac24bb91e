"""An emulator: the expected value of every target as a smooth function of the calibrated quantities.

Simulated trials are noisy and cost seconds; what a trial would show on average is smooth in the parameters. One
Gaussian process per target (`calibration.gaussian_process`) is fitted to the simulated trials: on the logit with a
binomial likelihood for shares, as they are for means, on the logarithm for rates. Sampling noise is added afterwards at
the published size (`calibration.synthetic`), and so is what the process does not know of its own surface.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.model_selection import KFold

from regraft.calibration.gaussian_process import GaussianProcess, fit_shares, fit_values
from regraft.calibration.simulated_sets import SimulatedSets
from regraft.calibration.targets import Target, TargetKind
from regraft.core.arrays import Floats
from regraft.core.jobs import Jobs
from regraft.core.processes import Processes

_FOLDS = 3
_SECONDS_OF_A_SURFACE = 5.0
_FEWEST = 10  # points whose variance is worth a word


@final
@dataclass(frozen=True, slots=True)
class Explained:
    """How good a surface is at points left out of its making.

    ``explained`` : the share of the variance between the points that it explains.
    ``explainable`` : the share that is not the luck of the simulated people (None: not known).
    """

    explained: float
    explainable: float | None


@final
@dataclass(frozen=True, slots=True)
class Surface:
    """One target's surface over the quantities ``columns``.

    ``noise_sd`` is the spread of one simulated patient's contribution around the surface (means and log rates).
    ``wide`` and ``near`` say what it explains at points that fill the prior, and where the posterior lives (None: not
    judged, or no such points).
    """

    target: Target
    columns: tuple[int, ...]
    process: GaussianProcess
    noise_sd: float
    wide: Explained | None
    near: Explained | None


@final
@dataclass(frozen=True, slots=True)
class Emulator:
    """Surfaces of all targets over the same calibrated quantities."""

    surfaces: tuple[Surface, ...]
    quantities: int

    def expected(self, z: Floats) -> Floats:
        """Return the expected targets at `z` on their own scale (logit, identity, log), shape (rows, targets).

        Parameters
        ----------
        z : float64, shape (rows, quantities) or (targets, rows, quantities)
            Points on the scale of the priors; with three axes each target is read at its own study's points.
        """
        points = [z if z.ndim == 2 else z[i] for i in range(len(self.surfaces))]
        columns = [
            surface.process.expected(at[:, list(surface.columns)])
            for surface, at in zip(self.surfaces, points, strict=True)
        ]
        return np.stack(columns, axis=1)


def fit_emulator(
    simulated: SimulatedSets,
    targets: Sequence[Target],
    columns: Sequence[int] | None = None,
    *,
    workers: int = 1,
    judged: bool = True,
) -> Emulator:
    """Fit every surface to the design.

    Parameters
    ----------
    simulated : SimulatedSets
        Targets in the order of `targets`.
    targets : sequence of Target
        Their meaning.
    columns : sequence of int, optional
        The quantities that move a simulated trial; all by default.
    workers : int
        Processes; the surfaces do not depend on it.
    judged : bool
        Whether points are left out to say how much a surface explains, which takes most of the time.
    """
    quantities = simulated.points.shape[1]
    read = tuple(range(quantities)) if columns is None else tuple(columns)
    told, found = _Told(tuple(targets), read, simulated, judged), dict[int, Surface]()
    jobs = Jobs(work=_fit_one, common=told, each=range(len(targets)), seconds_each=_SECONDS_OF_A_SURFACE)
    Processes(workers).do(jobs, found.__setitem__)
    return Emulator(tuple(found[row] for row in range(len(targets))), quantities)


@final
@dataclass(frozen=True, slots=True)
class _Told:
    """What everyone who fits surfaces is told."""

    targets: tuple[Target, ...]
    columns: tuple[int, ...]
    simulated: SimulatedSets
    judged: bool


@final
@dataclass(frozen=True, slots=True)
class _Job:
    """One target of what was simulated."""

    target: Target
    columns: tuple[int, ...]
    simulated: SimulatedSets
    row: int
    judged: bool


def _fit_one(told: _Told, row: int) -> Surface:
    job = _Job(told.targets[row], told.columns, told.simulated, row, told.judged)
    all_y, all_n = job.simulated.values[job.row], job.simulated.sizes[job.row]
    known = np.isfinite(all_y) & (all_n > 0)
    z, y, n = job.simulated.points[known][:, job.columns], all_y[known], all_n[known]
    near = job.simulated.near[known]
    kind = job.target.kind
    process = _fit(z, y, n, kind, near)
    spread = float(np.sqrt(process.likeness.luck * n.mean()))
    wide, later = _judged(job, z, y, n, near) if job.judged else (None, None)
    return Surface(job.target, job.columns, process, spread, wide, later)


def _judged(
    job: _Job, z: Floats, y: Floats, n: Floats, near: NDArray[np.bool_]
) -> tuple[Explained | None, Explained | None]:
    """Return what the surface explains in left-out points: those that fill the prior, and those near the posterior."""
    kind = job.target.kind
    predicted = np.full(len(y), np.nan)
    for train, test in KFold(_FOLDS, shuffle=True, random_state=0).split(z):
        predicted[test] = _fit(z[train], y[train], n[train], kind).expected(z[test])
    is_share = kind is TargetKind.SHARE
    seen = y / 100.0 if is_share else target_scale(y, kind)
    residual = seen - (expit(predicted) if is_share else predicted)
    wide, later = (_explained(job, seen[where], residual[where], n[where]) for where in (~near, near))
    return wide, later


def _explained(job: _Job, seen: Floats, residual: Floats, n: Floats) -> Explained | None:
    if len(seen) < _FEWEST:
        return None
    variance = max(float(np.var(seen)), 1e-12)
    luck = _luck(job, seen, n)
    explainable = None if luck is None else max(0.0, 1.0 - luck / variance)
    return Explained(1.0 - float(np.mean(residual**2)) / variance, explainable)


def _luck(job: _Job, seen: Floats, n: Floats) -> float | None:
    """Return the variance of what was simulated that is the luck of the people, or None where that is not known.

    Where one point was simulated again with other people, their scatter says it: for shares as a multiple of the
    binomial variance, else by size. Without that, shares alone are known, as binomial.
    """
    is_share = job.target.kind is TargetKind.SHARE
    value, size = job.simulated.again[job.row], job.simulated.again_sizes[job.row]
    value, size = value[np.isfinite(value)], size[np.isfinite(value)]
    if len(value) < 2:
        return _binomial(seen, n) if is_share else None
    if not is_share:
        return float(np.var(target_scale(value, job.target.kind), ddof=1)) * float(np.mean(size) * np.mean(1.0 / n))
    plain = _binomial(value / 100.0, size)
    factor = float(np.var(value / 100.0, ddof=1)) / plain if plain > 0.0 else 1.0
    return factor * _binomial(seen, n)


def _binomial(chance: Floats, n: Floats) -> float:
    return float(np.mean(chance * (1.0 - chance) / np.maximum(n - 1.0, 1.0)))


def _fit(z: Floats, y: Floats, n: Floats, kind: TargetKind, near: NDArray[np.bool_] | None = None) -> GaussianProcess:
    """Return the process of one target, on its fitted scale."""
    if kind is TargetKind.SHARE:
        return fit_shares(z, y / 100.0, n, near)
    return fit_values(z, target_scale(y, kind), n.mean() / n, near)


def target_scale(y: Floats, kind: TargetKind) -> Floats:
    """Return means as they are and rates as logarithms; a rate of zero counts as a hundredth."""
    return np.log(np.maximum(y, 0.01)) if kind is TargetKind.RATE else y
