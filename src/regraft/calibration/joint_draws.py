"""What was measured of the treatment, simulated in parts under joint draws of posterior and sampled parameters.

Each draw has people of its own, few of them: a surface over all draws is learned from all of them together. A run that
was killed goes on where it stopped, as calibration does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from typing import final

import numpy as np
import polars as pl

from regraft.calibration.held_rows import Held
from regraft.calibration.simulated_sets import by_population
from regraft.calibration.targets import Target
from regraft.calibration.treatment_rows import treated_values
from regraft.core.arrays import Floats
from regraft.core.jobs import Jobs, Workers
from regraft.core.kernel_digest import digest_of_sources
from regraft.core.parameters import ParameterSet
from regraft.core.posterior import Posterior
from regraft.core.processes import Processes
from regraft.writing.file import write_whole

DRAWS_PER_PART = 20
_SECONDS_OF_A_PART = 8.0
_REPEATS_FROM = 1_000_000  # seeds of repeats stand apart from those of draws


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What is held against the model: ``targets`` are learned from, ``held`` rows only simulated, after them."""

    targets: tuple[Target, ...]
    held: tuple[Held, ...] = ()

    @property
    def simulated(self) -> tuple[Target, ...]:
        """Return all of them."""
        return (*self.targets, *(one.target for one in self.held))


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class JointRun:
    """What is simulated.

    Parameters
    ----------
    observed : Observed
        The published values.
    parameters : ParameterSet
        Everything that does not differ between draws.
    people : int
        How many live under each draw in each population.
    seed : int
        Of the people.
    """

    observed: Observed
    parameters: ParameterSet
    people: int
    seed: int


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shown:
    """What was simulated: values, and the people or units behind them; float64, shape (rows, draws)."""

    values: Floats
    sizes: Floats


@final
@dataclass(frozen=True, slots=True)
class _Part:
    """Draws from `first` on in one population, by its number."""

    population: int
    first: int
    count: int


@final
@dataclass(frozen=True, slots=True)
class _Told:
    """What everyone who simulates is told: the rows of each population, and typical values of every draw."""

    run: JointRun
    populations: tuple[tuple[str, tuple[Target, ...]], ...]
    typical: Floats
    first_seed: int

    def name_of(self, part: _Part) -> str:
        """Return the name of the file of a part."""
        return f"{self.populations[part.population][0]}-{part.first:05d}.parquet"

    def digest(self) -> str:
        """Return what tells these simulations from others."""
        read = [(name, [target.key for target in rows]) for name, rows in self.populations]
        sizes = (self.run.people, self.run.seed, self.first_seed)
        spreads = np.array([parameter.sigma for parameter in self.run.parameters.parameters])
        told = blake2b(repr((read, sizes, digest_of_sources("trial"))).encode() + spreads.tobytes(), digest_size=8)
        told.update(self.typical.tobytes())
        return told.hexdigest()


def simulate_draws(
    run: JointRun,
    posterior: Posterior,
    folder: Path,
    workers: Workers | None = None,
    on_done: Callable[[int, int], None] | None = None,
) -> Shown:
    """Simulate every published value under every draw of a posterior, or read what stands in the folder.

    Parameters
    ----------
    run : JointRun
        What to simulate.
    posterior : Posterior
        Its draws, joined by those of the sampled parameters.
    folder : Path
        Where parts are kept.
    workers : Workers, optional
        Who simulates; None: this process.
    on_done : callable, optional
        Called with how many parts are done, of how many.
    """
    told = _Told(run, _populations(run.observed), posterior.typical_values(run.parameters), run.seed)
    return _simulated(told, folder, workers, on_done)


def repeat_first(
    run: JointRun,
    posterior: Posterior,
    repeats: int,
    folder: Path,
    workers: Workers | None = None,
    on_done: Callable[[int, int], None] | None = None,
) -> Shown:
    """Simulate the first draw again and again with other people, which tells the luck of so many people.

    Parameters are those of `simulate_draws`.
    """
    first = replace(posterior, z=posterior.z[:1]).typical_values(run.parameters)
    told = _Told(run, _populations(run.observed), np.tile(first, (repeats, 1)), run.seed + _REPEATS_FROM)
    return _simulated(told, folder, workers, on_done)


def _populations(observed: Observed) -> tuple[tuple[str, tuple[Target, ...]], ...]:
    return tuple((name, tuple(rows)) for name, rows in by_population(observed.simulated))


def _simulated(told: _Told, folder: Path, workers: Workers | None, on_done: Callable[[int, int], None] | None) -> Shown:
    draws = len(told.typical)
    home = folder / told.digest()
    home.mkdir(parents=True, exist_ok=True)
    parts = [
        _Part(population, first, min(DRAWS_PER_PART, draws - first))
        for first in range(0, draws, DRAWS_PER_PART)
        for population in range(len(told.populations))
    ]
    files = {part: home / told.name_of(part) for part in parts}
    missing = [part for part, file in files.items() if not file.exists()]
    done = len(parts) - len(missing)

    def came(part: _Part, content: bytes) -> None:
        nonlocal done
        write_whole(files[part], content)
        done += 1
        if on_done is not None:
            on_done(done, len(parts))

    jobs = Jobs(work=_made, common=told, each=missing, seconds_each=_SECONDS_OF_A_PART)
    (workers or Processes(1)).do(jobs, came)
    return _gathered(list(files.values()), told.run.observed.simulated, draws)


def _made(told: _Told, part: _Part) -> bytes:
    """Simulate a part, and return its file."""
    _, rows = told.populations[part.population]
    typical = told.typical[part.first : part.first + part.count]
    seeds = [told.first_seed + draw for draw in range(part.first, part.first + part.count)]
    frame = treated_values(told.run.parameters, typical, rows, seeds, told.run.people)
    content = BytesIO()
    frame.with_columns(pl.col("point") + part.first).write_parquet(content)
    return content.getvalue()


def _gathered(files: Sequence[Path], targets: Sequence[Target], draws: int) -> Shown:
    row = {target.key: i for i, target in enumerate(targets)}
    values, sizes = np.full((len(targets), draws), np.nan), np.zeros((len(targets), draws))
    for file in files:
        for point, key, value, n in pl.read_parquet(file).select("point", "key", "value", "n").iter_rows():
            if value is not None:
                values[row[key], point], sizes[row[key], point] = value, n
    return Shown(values=values, sizes=sizes)
