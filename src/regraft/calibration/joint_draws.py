"""What published values come to under joint draws of the posterior and of the sampled parameters, simulated in parts.

Each draw has people of its own, few of them: a surface over all draws is learned from all of them together. A run that
was killed goes on where it stopped, as calibration does.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from typing import final

import numpy as np
import polars as pl

from regraft.calibration.held_rows import Held
from regraft.calibration.natural_history import observed_values
from regraft.calibration.simulated_sets import by_population, by_protocol, values_at
from regraft.calibration.targets import Target
from regraft.calibration.treatment_rows import treated_values
from regraft.core.arrays import Floats
from regraft.core.jobs import Jobs, Workers
from regraft.core.kernel_digest import digest_of_sources
from regraft.core.parameters import ParameterSet
from regraft.core.posterior import ParameterDraws, Posterior
from regraft.core.processes import Processes
from regraft.trial.plan import plan_trial
from regraft.trial.protocol import Protocol
from regraft.writing.file import write_whole

DRAWS_PER_PART = 20
_SECONDS_OF_A_PART = 8.0
_REPEATS_FROM = 1_000_000  # seeds of repeats stand apart from those of draws


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What is held against the model: rows of trials, of natural history and of the treatment, in this order.

    ``held`` rows are simulated after them and never learned from.
    """

    trials: tuple[Target, ...]
    natural_history: tuple[Target, ...]
    treatment: tuple[Target, ...]
    held: tuple[Held, ...] = ()

    @property
    def targets(self) -> tuple[Target, ...]:
        """Return those that are learned from."""
        return (*self.trials, *self.natural_history, *self.treatment)

    @property
    def simulated(self) -> tuple[Target, ...]:
        """Return all of them."""
        return (*self.targets, *(one.target for one in self.held))

    def people(self, *, is_treatment: bool) -> tuple[Target, ...]:
        """Return the rows that are read in populations of one kind."""
        own = self.treatment if is_treatment else self.natural_history
        return (*own, *(one.target for one in self.held if one.is_treatment is is_treatment))


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
        How many live under each draw in each trial and each population of the treatment.
    scale : float
        Of the people of natural history, whose pools differ in size.
    seed : int
        Of the people and of the effects of studies.
    """

    observed: Observed
    parameters: ParameterSet
    people: int
    scale: float
    seed: int


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shown:
    """What was simulated: values, and the people or units behind them; float64, shape (rows, draws)."""

    values: Floats
    sizes: Floats


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where rows are read: a trial, a population of natural history, or one of the treatment."""

    name: str
    targets: tuple[Target, ...]
    protocol: Protocol | None = None
    is_treatment: bool = False


@final
@dataclass(frozen=True, slots=True)
class _Part:
    """Draws from `first` on at one place, by its number."""

    place: int
    first: int
    count: int


@final
@dataclass(frozen=True, slots=True)
class _Told:
    """What everyone who simulates is told; draws by the cohort group of a study, and under "" those without effects."""

    run: JointRun
    places: tuple[_Place, ...]
    draws: Mapping[str, ParameterDraws]
    first_seed: int

    def name_of(self, part: _Part) -> str:
        """Return the name of the file of a part."""
        return f"{self.places[part.place].name}-{part.first:05d}.parquet"

    def digest(self) -> str:
        """Return what tells these simulations from others."""
        read = [(place.name, [target.key for target in place.targets]) for place in self.places]
        sizes = (self.run.people, self.run.scale, self.run.seed, self.first_seed)
        spreads = np.array([parameter.sigma for parameter in self.run.parameters.parameters])
        told = blake2b(repr((read, sizes, digest_of_sources("trial"))).encode() + spreads.tobytes(), digest_size=8)
        for name, draws in sorted(self.draws.items()):
            told.update(name.encode() + draws.values.tobytes())
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
    groups = {target.cohort_group for target in run.observed.trials}
    draws = {group: posterior.drawn(run.parameters, group, run.seed) for group in sorted(groups)}
    told = _Told(run, _places(run.observed), draws | {"": posterior.drawn(run.parameters)}, run.seed)
    return _simulated(told, len(posterior.z), folder, workers, on_done)


def repeat_first(
    run: JointRun,
    posterior: Posterior,
    repeats: int,
    folder: Path,
    workers: Workers | None = None,
    on_done: Callable[[int, int], None] | None = None,
) -> Shown:
    """Simulate the first draw again and again with other people, which tells the luck of so many people.

    Parameters are those of `simulate_draws`; the effects of studies stay those of the first draw.
    """
    groups = {target.cohort_group for target in run.observed.trials}
    first = replace(posterior, z=posterior.z[:1])
    draws = {group: _tiled(first.drawn(run.parameters, group, run.seed), repeats) for group in sorted(groups)}
    whole = draws | {"": _tiled(first.drawn(run.parameters), repeats)}
    told = _Told(run, _places(run.observed), whole, run.seed + _REPEATS_FROM)
    return _simulated(told, repeats, folder, workers, on_done)


def _tiled(draws: ParameterDraws, times: int) -> ParameterDraws:
    return ParameterDraws(values=np.tile(draws.values, (times, 1)))


def _places(observed: Observed) -> tuple[_Place, ...]:
    trials = [_Place(name=p.name, targets=tuple(rows), protocol=p) for p, rows in by_protocol(observed.trials)]
    people = [
        _Place(
            name=f"{'treatment' if is_treatment else 'disease'}-{name}", targets=tuple(rows), is_treatment=is_treatment
        )
        for is_treatment in (False, True)
        for name, rows in by_population(observed.people(is_treatment=is_treatment))
    ]
    return (*trials, *people)


def _simulated(
    told: _Told, draws: int, folder: Path, workers: Workers | None, on_done: Callable[[int, int], None] | None
) -> Shown:
    home = folder / told.digest()
    home.mkdir(parents=True, exist_ok=True)
    parts = [
        _Part(place, first, min(DRAWS_PER_PART, draws - first))
        for first in range(0, draws, DRAWS_PER_PART)
        for place in range(len(told.places))
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
    place, here = told.places[part.place], slice(part.first, part.first + part.count)
    seeds = [told.first_seed + draw for draw in range(part.first, part.first + part.count)]
    run, typical = told.run, told.draws[""].values[here]
    if place.protocol is not None:
        sized = place.protocol.model_copy(update={"patients": run.people})
        of_study = told.draws[place.targets[0].cohort_group]
        draws = ParameterDraws(
            values=of_study.values[here], instead=None if of_study.instead is None else of_study.instead[here]
        )
        frame = values_at(plan_trial(sized, run.parameters, seeds[0], draws=draws), place.targets)
    elif place.is_treatment:
        frame = treated_values(run.parameters, typical, place.targets, seeds, run.people)
    else:
        frame = observed_values(run.parameters, typical, place.targets, seeds, run.scale)
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
