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
from numpy.typing import NDArray

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
from regraft.trial.protocol import Protocol, list_protocols, load_protocol
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
    points, near, again : int
        Points that fill the prior, points drawn later where the posterior lives, and repeats at the prior median with
        other people, which tell luck.
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
    near: int = 0
    again: int = 0

    def digest(self) -> str:
        """Return what tells this run from another one: the model, the design and what is read, not how it is fitted.

        Nor how many points: a shorter design is the beginning of a longer one, and their parts are the same.
        """
        scales = [(entry.name, entry.median, entry.low, entry.high) for entry in self.calibrated]
        read = [(target.key, target.kind, target.is_change, target.population) for target in self.targets]
        text = repr(
            ("casts", self.patients_min, self.patients_max, self.seed, scales, read, digest_of_sources("trial"))
        )
        spreads = np.array([parameter.sigma for parameter in self.parameters.parameters])
        return blake2b(text.encode() + self.parameters.values.tobytes() + spreads.tobytes(), digest_size=8).hexdigest()


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedSets:
    """What was simulated, and what of it tells luck from surface.

    Parameters
    ----------
    points : float64, shape (points, quantities)
        The design, on the scale z.
    values, sizes : float64, shape (targets, points)
        What the simulated trials showed (not a number where they could not say), and how many patients or units stood
        below the line.
    near : bool, shape (points,)
        The points drawn where the posterior lives.
    again, again_sizes : float64, shape (targets, repeats)
        The same at the prior median with other people each time.
    """

    points: Floats
    values: Floats
    sizes: Floats
    near: NDArray[np.bool_]
    again: Floats
    again_sizes: Floats

    def of(self, rows: Sequence[int], columns: Sequence[int]) -> "SimulatedSets":
        """Return some targets over some quantities."""
        wanted = list(rows)
        return replace(
            self,
            points=self.points[:, list(columns)],
            values=self.values[wanted],
            sizes=self.sizes[wanted],
            again=self.again[wanted],
            again_sizes=self.again_sizes[wanted],
        )


def simulate_sets(
    run: DesignRun,
    folder: Path,
    on_done: Callable[[int], None] | None = None,
    draw_near: Callable[[SimulatedSets], Floats] | None = None,
    workers: Workers | None = None,
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
    draw_near : callable, optional
        Returns ``run.near`` points where the posterior of the points before lives; asked once, and kept.
    workers : Workers, optional
        Who simulates; None: as many processes as the run has threads.
    """
    home = folder / run.digest()
    home.mkdir(parents=True, exist_ok=True)
    quantities, doers = len(run.calibrated), workers or Processes(run.threads)
    points = design_points(run.points, quantities)
    values, sizes = _simulate(run, home, points, "", on_done, doers)
    again, again_sizes = _simulate(run, home, np.zeros((run.again, quantities)), "again-", on_done, doers)
    wide = SimulatedSets(
        points=points,
        values=values,
        sizes=sizes,
        near=np.zeros(len(points), dtype=bool),
        again=again,
        again_sizes=again_sizes,
    )
    if draw_near is None or run.near == 0:
        return wide
    near = _kept_points(home / f"near-{run.points}-{run.near}.npy", lambda: draw_near(wide))
    values, sizes = _simulate(run, home, near, f"near-{run.points}-{run.near}-", on_done, doers)
    return replace(
        wide,
        points=np.concatenate([points, near]),
        values=np.concatenate([wide.values, values], axis=1),
        sizes=np.concatenate([wide.sizes, sizes], axis=1),
        near=np.concatenate([wide.near, np.ones(len(near), dtype=bool)]),
    )


def _kept_points(file: Path, draw: Callable[[], Floats]) -> Floats:
    """Return the points of a file, or draw and keep them: a run that goes on must not draw others."""
    if not file.exists():
        content = BytesIO()
        np.save(content, draw())
        write_whole(file, content.getvalue())
    return np.asarray(np.load(file), dtype=np.float64)


def _simulate(
    run: DesignRun,
    home: Path,
    points: Floats,
    label: str,
    on_done: Callable[[int], None] | None,
    workers: Workers,
) -> tuple[Floats, Floats]:
    """Return values and sizes at points, each of shape (targets, points); parts are called by the label."""
    typical = typical_values(points, run.calibrated, run.parameters)
    whom: list[tuple[Protocol | None, list[Target]]] = [
        *by_protocol(run.targets),
        *((None, targets) for _, targets in by_population(run.targets)),
    ]
    told = _Told(run, tuple((protocol, tuple(targets)) for protocol, targets in whom), typical, label)
    parts = [
        _Part(number, first, min(POINTS_PER_PART, len(points) - first))
        for first in range(0, len(points), POINTS_PER_PART)
        for number in range(len(whom))
    ]
    files = {part: home / told.name_of(part) for part in parts}

    def came(part: _Part, made: tuple[int, bytes]) -> None:
        patients, content = made
        write_whole(files[part], content)
        if on_done is not None:
            on_done(patients)

    missing = [part for part, file in files.items() if not file.exists()]
    jobs = Jobs(work=_made, common=told, each=missing, seconds_each=_SECONDS_OF_A_PART, samples=_samples(missing))
    workers.do(jobs, came)
    return _gather(list(files.values()), run, len(points))


def by_population(targets: Sequence[Target]) -> list[tuple[str, list[Target]]]:
    """Return the populations of natural history, each with its targets."""
    found: dict[str, list[Target]] = {}
    for target in targets:
        if target.population is not None:
            found.setdefault(target.population, []).append(target)
    return list(found.items())


def by_protocol(targets: Sequence[Target]) -> list[tuple[Protocol, list[Target]]]:
    """Return the protocols that re-enact the targets' studies, each with its targets.

    A study without a protocol of its own is read in that of the first study of its cohort.
    """
    own = set(list_protocols())
    first: dict[str, str] = {}
    found: dict[str, list[Target]] = {}
    for target in targets:
        if target.population is None:
            name = first.setdefault(target.cohort_group, target.study)
            found.setdefault(target.study if target.study in own else name, []).append(target)
    return [(load_protocol(name), group) for name, group in found.items()]


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
    """What everyone who simulates is told: studies (None: a population), all points as typical values, and a label."""

    run: DesignRun
    studies: tuple[tuple[Protocol | None, tuple[Target, ...]], ...]
    typical: Floats
    label: str

    def points(self, part: _Part) -> Floats:
        """Return the typical values at the points of a part."""
        return self.typical[part.first : part.first + part.count]

    def name_of(self, part: _Part) -> str:
        """Return the name of the file of a part."""
        protocol, targets = self.studies[part.study]
        name = f"population-{targets[0].population}" if protocol is None else protocol.name
        return f"{name}-{self.label}{part.first:05d}.parquet"


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
        (0, _natural_history(told.run, points, targets))
        if protocol is None
        else _trials(told.run, protocol, targets, points)
    )
    content = BytesIO()
    frame.with_columns(pl.col("point") + part.first).write_parquet(content)
    return n * len(points), content.getvalue()


def _natural_history(run: DesignRun, points: Floats, targets: tuple[Target, ...]) -> pl.DataFrame:
    """Return the targets of a population; the points of a part are other people each, as trials are."""
    return observed_values(run.parameters, points, targets, [run.seed + i for i in range(len(points))])


def _trials(
    run: DesignRun, protocol: Protocol, targets: tuple[Target, ...], points: Floats
) -> tuple[int, pl.DataFrame]:
    """Return the patients of a trial and the targets read in one trial per point."""
    n = min(max(protocol.patients, run.patients_min), run.patients_max)
    sized = protocol.model_copy(update={"patients": n})
    plan = plan_trial(sized, run.parameters, run.seed, draws=ParameterDraws(values=points))
    return n, values_at(plan, targets)


def values_at(plan: TrialPlan, targets: Sequence[Target]) -> pl.DataFrame:
    """Return the targets at the plan's points; a point at which nobody meets the criteria shows nothing."""
    points = 0 if plan.draws is None else len(plan.draws)
    try:
        return target_values(plan, targets, points, threads=1)
    except InputError:
        if points < 2:
            return pl.DataFrame(schema={"point": pl.Int32, "key": pl.String, "value": pl.Float64, "n": pl.Float64})
    singly = [] if plan.draws is None else [replace(plan, draws=plan.draws.one(i)) for i in range(points)]
    frames = [values_at(one, targets).with_columns(pl.col("point") + i) for i, one in enumerate(singly)]
    return pl.concat(frames, how="vertical_relaxed")


def _gather(files: Sequence[Path], run: DesignRun, points: int) -> tuple[Floats, Floats]:
    row = {target.key: i for i, target in enumerate(run.targets)}
    values, sizes = np.full((len(run.targets), points), np.nan), np.zeros((len(run.targets), points))
    for file in files:
        for point, key, value, n in pl.read_parquet(file).select("point", "key", "value", "n").iter_rows():
            if key in row and value is not None and point < points:
                values[row[key], point], sizes[row[key], point] = value, n
    return values, sizes


def patients_to_simulate(run: DesignRun) -> int:
    """Return how many patients the whole design takes."""
    return sum(
        (run.points + run.near + run.again) * min(max(protocol.patients, run.patients_min), run.patients_max)
        for protocol, _ in by_protocol(run.targets)
    )
