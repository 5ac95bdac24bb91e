"""Simulated sets of published values.

Every study and population that is fitted, simulated at every point of the design.

A set is kept in parts of some points of one of them, each written under a temporary name and renamed, so that a run
that was killed goes on where it stopped and loses at most one part.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from typing import final

import numpy as np
import polars as pl

from regraft.calibration.design import design_points, typical_values
from regraft.calibration.natural_history import observed_values
from regraft.calibration.statistics import target_values
from regraft.calibration.targets import Target
from regraft.core.arrays import Floats
from regraft.core.calibrated import Calibrated
from regraft.core.errors import InputError
from regraft.core.jobs import Jobs, Workers
from regraft.core.kernel_digest import digest_of_sources
from regraft.core.parameters import ParameterSet
from regraft.core.posterior import ParameterDraws
from regraft.core.processes import Processes
from regraft.trial.plan import plan_trial
from regraft.trial.protocol import Protocol, load_protocol
from regraft.trial.run import TrialPlan
from regraft.writing.file import write_whole

POINTS_PER_PART = 25
_SECONDS_OF_A_PART = 15.0  # 96 patients followed for some four years at each point, or a population


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class DesignRun:
    """What is simulated.

    Parameters
    ----------
    points : int
        Points of the design.
    patients_max, patients_min : int
        Patients per point and study: the published n, but within these bounds (noise is added at the published n
        later).
    calibrated : tuple of Calibrated
        Columns of the design.
    targets : tuple of Target
        Published values to simulate.
    parameters : ParameterSet
        Everything that is not calibrated.
    seed, threads : int
        As everywhere.
    """

    points: int
    patients_min: int
    patients_max: int
    calibrated: tuple[Calibrated, ...]
    targets: tuple[Target, ...]
    parameters: ParameterSet
    seed: int
    threads: int

    def digest(self) -> str:
        """Return what tells this run from another one: the model, the design and what is read, not how it is fitted.

        Nor how many points: a shorter design is the beginning of a longer one, and their parts are the same.
        """
        scales = [(entry.name, entry.median, entry.low, entry.high) for entry in self.calibrated]
        read = [(target.key, target.kind, target.is_change, target.population) for target in self.targets]
        text = repr((self.patients_min, self.patients_max, self.seed, scales, read, digest_of_sources("trial")))
        spreads = np.array([parameter.sigma for parameter in self.parameters.parameters])
        return blake2b(text.encode() + self.parameters.values.tobytes() + spreads.tobytes(), digest_size=8).hexdigest()


@final
@dataclass(frozen=True, slots=True)
class SimulatedSets:
    """The design and what was simulated at it: ``values`` and ``sizes`` of shape (targets, points)."""

    points: Floats
    values: Floats
    sizes: Floats


def simulate_sets(
    run: DesignRun, folder: Path, on_done: Callable[[int], None] | None = None, workers: Workers | None = None
) -> SimulatedSets:
    """Simulate what is not there yet and return all of it.

    Parameters
    ----------
    run : DesignRun
        What to simulate.
    folder : Path
        Where parts are kept; each run has a folder of its own in it.
    on_done : callable, optional
        Called with the number of patients just simulated.
    workers : Workers, optional
        Who simulates; None: as many processes as the run has threads.
    """
    home = folder / run.digest()
    home.mkdir(parents=True, exist_ok=True)
    points = design_points(run.points, len(run.calibrated))
    typical = typical_values(points, run.calibrated, run.parameters)
    whom: list[tuple[Protocol | None, list[Target]]] = [
        *by_protocol(run.targets),
        *((None, targets) for _, targets in by_population(run.targets)),
    ]
    told = _Told(run, tuple((protocol, tuple(targets)) for protocol, targets in whom), typical)
    missing = [
        part
        for first in range(0, run.points, POINTS_PER_PART)
        for number in range(len(whom))
        if not (home / told.name_of(part := _Part(number, first, min(POINTS_PER_PART, run.points - first)))).exists()
    ]

    def came(part: _Part, made: tuple[int, bytes]) -> None:
        patients, content = made
        write_whole(home / told.name_of(part), content)
        if on_done is not None:
            on_done(patients)

    jobs = Jobs(work=_made, common=told, each=missing, seconds_each=_SECONDS_OF_A_PART, samples=_samples(missing))
    (workers or Processes(run.threads)).do(jobs, came)
    return _gather(home, run, points)


def by_population(targets: Sequence[Target]) -> list[tuple[str, list[Target]]]:
    """Return the populations of natural history, each with its targets."""
    found: dict[str, list[Target]] = {}
    for target in targets:
        if target.population is not None:
            found.setdefault(target.population, []).append(target)
    return list(found.items())


def by_protocol(targets: Sequence[Target]) -> list[tuple[Protocol, list[Target]]]:
    """Return the protocols that re-enact the targets' cohorts, each with its targets."""
    cohorts: dict[str, list[Target]] = {}
    for target in targets:
        if target.population is None:
            cohorts.setdefault(target.cohort_group, []).append(target)
    return [(load_protocol(protocol_of(group)), group) for group in cohorts.values()]


def protocol_of(targets: Sequence[Target]) -> str:
    """Return the protocol of a cohort: the one named after the first study of it."""
    return targets[0].study


@final
@dataclass(frozen=True, slots=True)
class _Part:
    """Some points, from `first` on, of one study or population by its place among them."""

    study: int
    first: int
    count: int


@final
@dataclass(frozen=True, slots=True)
class _Told:
    """What everyone who simulates is told: the studies (None: a population), and all points as typical values."""

    run: DesignRun
    studies: tuple[tuple[Protocol | None, tuple[Target, ...]], ...]
    typical: Floats

    def points(self, part: _Part) -> Floats:
        """Return the typical values at the points of a part."""
        return self.typical[part.first : part.first + part.count]

    def name_of(self, part: _Part) -> str:
        """Return the name of the file of a part."""
        protocol, targets = self.studies[part.study]
        name = f"population-{targets[0].population}" if protocol is None else protocol.name
        return f"{name}-{part.first:05d}.parquet"


def _samples(parts: Sequence[_Part]) -> list[tuple[_Part, float]]:
    """Return the first point of every study and population, and at how many points each is to be simulated."""
    points: Counter[int] = Counter()
    for part in parts:
        points[part.study] += part.count
    return [(_Part(study, 0, 1), float(count)) for study, count in points.items()]


def _made(told: _Told, part: _Part) -> tuple[int, bytes]:
    """Simulate a part, and return how many patients of trials it took, and its file."""
    protocol, targets = told.studies[part.study]
    points = told.points(part)
    n, frame = (
        (0, observed_values(told.run.parameters, points, targets, told.run.seed))
        if protocol is None
        else _trials(told.run, protocol, targets, points)
    )
    content = BytesIO()
    frame.with_columns(pl.col("point") + part.first).write_parquet(content)
    return n * len(points), content.getvalue()


def _trials(
    run: DesignRun, protocol: Protocol, targets: tuple[Target, ...], points: Floats
) -> tuple[int, pl.DataFrame]:
    """Return the patients of a trial and the targets read in one trial per point."""
    n = min(max(protocol.patients, run.patients_min), run.patients_max)
    sized = protocol.model_copy(update={"patients": n})
    plan = plan_trial(sized, run.parameters, run.seed, draws=ParameterDraws(values=points))
    return n, _values(plan, targets)


def _values(plan: TrialPlan, targets: Sequence[Target]) -> pl.DataFrame:
    """Return the targets at the plan's points; a point at which nobody meets the criteria shows nothing."""
    points = 0 if plan.draws is None else len(plan.draws)
    try:
        return target_values(plan, targets, points, threads=1)
    except InputError:
        if points < 2:
            return pl.DataFrame(schema={"point": pl.Int32, "key": pl.String, "value": pl.Float64, "n": pl.Float64})
    singly = (
        [replace(plan, draws=ParameterDraws(values=plan.draws.values[i : i + 1])) for i in range(points)]
        if plan.draws is not None
        else []
    )
    frames = [_values(one, targets).with_columns(pl.col("point") + i) for i, one in enumerate(singly)]
    return pl.concat(frames, how="vertical_relaxed")


def _gather(home: Path, run: DesignRun, points: Floats) -> SimulatedSets:
    frame = pl.concat([pl.read_parquet(part) for part in sorted(home.glob("*.parquet"))])
    row = {target.key: i for i, target in enumerate(run.targets)}
    values = np.full((len(run.targets), run.points), np.nan)
    sizes = np.zeros((len(run.targets), run.points))
    for point, key, value, n in frame.select("point", "key", "value", "n").iter_rows():
        if key in row and value is not None and point < run.points:
            values[row[key], point], sizes[row[key], point] = value, n
    return SimulatedSets(points, values, sizes)


def patients_to_simulate(run: DesignRun) -> int:
    """Return how many patients the whole design takes."""
    return sum(
        run.points * min(max(protocol.patients, run.patients_min), run.patients_max)
        for protocol, _ in by_protocol(run.targets)
    )
