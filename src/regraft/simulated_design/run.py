"""A whole design simulated: pools filled, trials of every case drawn, and what they came to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
import polars as pl

from regraft.core.arrays import Floats
from regraft.core.errors import InputError, nearest
from regraft.core.grounds import RestsOn, rests_on
from regraft.core.results import plain
from regraft.design.documents import grounds_of_design
from regraft.design.file import Design, Method
from regraft.patient.population import load_population
from regraft.simulated_design.case import Case, cases
from regraft.simulated_design.curve import Point, curves, trials_of_curves
from regraft.simulated_design.lives import live_people
from regraft.simulated_design.operating import Operating, Pair, operating, paired
from regraft.simulated_design.pool import Pool, fill_pool
from regraft.simulated_design.traps import sentences
from regraft.simulated_design.trials import DECISIONS, Results, draw_trials, world_of
from regraft.trial.grounds import grounds_of_trial
from regraft.writing.shard import WHOLE, Shard

PATHS_SHOWN = 50
Counting = Callable[[int], None]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Paths:
    """Statistics of some trials at every look of one case, with the bounds: z (trials, looks), bounds (looks,).

    ``statistic`` says what they are: z, or people free where counts decide.
    """

    candidate: str
    scenario: str
    statistic: str
    z: Floats
    upper: Floats
    lower: Floats


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class SimulatedDesign:
    """What trials of a design came to.

    Parameters
    ----------
    design : Design
        The file, with the numbers of trials and people that were asked for.
    rows : tuple of Operating
        Every candidate under every scenario, in the order of the file: no ranking.
    pairs : tuple of Pair
        Each candidate beside the first of the file, under the same scenario and on the same people.
    points : tuple of Point
        Power along sizes and along effects, for each question of the candidates.
    paths : tuple of Paths
        Some trials of every case with looks.
    sentences : tuple of str
        What must be known before any number.
    pools : mapping of str to int
        Digest of each pool, and its people.
    trials : polars.DataFrame
        One row per candidate, scenario and trial.
    rests_on : RestsOn
        Files and definitions behind it.
    """

    design: Design
    rows: tuple[Operating, ...]
    pairs: tuple[Pair, ...]
    points: tuple[Point, ...]
    paths: tuple[Paths, ...]
    sentences: tuple[str, ...]
    pools: Mapping[str, int]
    trials: pl.DataFrame
    rests_on: RestsOn

    def to_frame(self) -> pl.DataFrame:
        """Return the operating characteristics as a table, one row per candidate and scenario; errors beside values."""
        return pl.DataFrame([_flat(one) for one in self.rows], infer_schema_length=None)

    def curves_to_frame(self) -> pl.DataFrame:
        """Return the points of all curves as a table."""
        return pl.DataFrame([_flat(one) for one in self.points], infer_schema_length=None)

    def document(self) -> dict[str, Any]:
        """Return everything but the trials as plain values."""
        return {
            "simulated": True,
            "design": self.design.name,
            "trials": self.design.run.trials,
            "seed": self.design.run.seed,
            "pools": dict(self.pools),
            "sentences": list(self.sentences),
            "operating": [plain(one) for one in self.rows],
            "paired": [plain(one) for one in self.pairs],
            "curves": [plain(one) for one in self.points],
            **self.rests_on.record,
        }


def asked(design: Design, *, trials: int | None = None, people: int | None = None, method: str | None = None) -> Design:
    """Return a design with another number of trials, of people in its pools, or another method.

    Raises
    ------
    InputError
        No such method.
    """
    if method is not None and method not in set(Method):
        raise InputError(f"method {method!r}: {nearest(method, list(Method))}")
    given = {"trials": trials, "people": people, "method": None if method is None else Method(method)}
    update = {key: value for key, value in given.items() if value is not None}
    return design.model_copy(update={"run": design.run.model_copy(update=update)})


def simulate_design(
    design: Design,
    *,
    pools: Path | None = None,
    threads: int = 1,
    on_people: Counting | None = None,
    on_trials: Counting | None = None,
) -> SimulatedDesign:
    """Simulate every candidate of a design under every scenario.

    Parameters
    ----------
    pools : Path, optional
        Folder of pools; None: the cache of this user. What is there already is used.
    threads : int
        Worker threads; no number depends on it.
    on_people, on_trials : callable, optional
        Called with the numbers of people lived and of trials drawn since the last call.

    Raises
    ------
    InputError
        The design cannot be simulated; says what to write instead.
    """
    every = cases(design)
    filled = fill_pools(every, pools, threads=threads, on_people=on_people)
    rows, results, paths = [], [], []
    for case in every:
        world = world_of(case, filled[case.lives.digest])
        done = draw_trials(world, design.run.trials, threads=threads, on_done=on_trials)
        rows.append(operating(world, done))
        results.append((case, done))
        paths.append(
            Paths(
                candidate=case.candidate.name,
                scenario=case.scenario.name,
                statistic="z" if case.counts is None else "people free",
                z=done.z[:PATHS_SHOWN],
                upper=world.bounds.upper,
                lower=world.bounds.lower,
            )
        )
    return SimulatedDesign(
        design=design,
        rows=tuple(rows),
        pairs=_pairs(results),
        points=curves(every, filled, threads=threads, on_trials=on_trials),
        paths=tuple(paths),
        sentences=sentences(design, every, rows),
        pools={digest: pool.people for digest, pool in filled.items()},
        trials=pl.concat([trial_rows(case, done) for case, done in results]),
        rests_on=rests_on_of(design, every),
    )


def rests_on_of(design: Design, every: Sequence[Case]) -> RestsOn:
    """Return what a simulated design rests on; its posterior is that of the first scenario that has one."""
    lives = [case.lives for case in every]
    protocols = {one.protocol.name: one.protocol for one in lives}.values()
    return rests_on(
        parameters=lives[0].parameters,
        posterior=next((one.draws.digest for one in lives if one.draws is not None), None),
        files=(
            grounds_of_design(design),
            *(part for one in protocols for part in grounds_of_trial(one, load_population(one.population))),
        ),
        definitions=[rules for one in lives for rules in one.definitions.values()],
    )


def fill_pools(
    every: Sequence[Case], pools: Path | None, *, threads: int, on_people: Counting | None, shard: Shard = WHOLE
) -> dict[str, Pool]:
    """Return the pools that cases need by their digest, living who is not there yet; of a shard, its own parts."""
    filled: dict[str, Pool] = {}
    for case in every:
        if case.lives.digest not in filled:
            filled[case.lives.digest] = fill_pool(
                case.lives, case.clusters, pools, threads=threads, shard=shard, on_done=on_people
            )
    return filled


def compile_design(every: Sequence[Case]) -> None:
    """Compile everything the people of a design need, or load what was compiled: nobody is lived."""
    live_people(every[0].lives, 0, 0)


def trials_needed(every: Sequence[Case]) -> int:
    """Return how many trials are drawn for all cases and for their curves, for progress."""
    return sum(case.design.run.trials for case in every) + trials_of_curves(every)


def people_needed(every: Sequence[Case]) -> int:
    """Return how many people all pools of a design hold together, for progress."""
    return sum({case.lives.digest: case.clusters * case.lives.cluster for case in every}.values())


def _pairs(results: list[tuple[Case, Results]]) -> tuple[Pair, ...]:
    """Return every candidate beside the first under the same scenario."""
    found = []
    for scenario in dict.fromkeys(case.scenario.name for case, _ in results):
        first, *others = [(case, done) for case, done in results if case.scenario.name == scenario]
        found += [
            paired(
                scenario,
                (first[0].candidate.name, first[1]),
                (case.candidate.name, done),
                case.clusters,
            )
            for case, done in others
        ]
    return tuple(found)


def trial_rows(case: Case, done: Results) -> pl.DataFrame:
    """Return one row per trial: decision, look, month, people, events, harm, and z and month of every look."""
    looks = range(done.z.shape[1])
    size = done.decision.size
    columns: dict[str, Any] = {
        "candidate": [case.candidate.name] * size,
        "scenario": [case.scenario.name] * size,
        "trial": np.arange(size),
        "decision": pl.Series(list(DECISIONS)).gather(done.decision.astype(np.int64)),
        "look": done.look,
        "month": done.month,
        "people": done.recruited,
        "events": done.events,
        "unknown": done.unknown,
        "treatment_deaths": done.treatment_deaths,
        "deaths": done.deaths,
        "serious_harm": done.serious,
        "estimate": done.estimate,
        "estimate_unbiased": done.unbiased,
        "p_value": done.p_value,
        **{f"z_look_{k + 1}": done.z[:, k] for k in looks},
        **{f"month_look_{k + 1}": done.month_of_look[:, k] for k in looks},
    }
    return pl.DataFrame(columns).with_columns(pl.col(pl.Float64).fill_nan(None))


def _flat(one: Operating | Point) -> dict[str, Any]:
    """Return a row of a table: nested values take the name of their place."""
    flat: dict[str, Any] = {}
    for key, value in plain(one).items():
        if isinstance(value, dict):
            flat |= {f"{key}_{inner}" if inner != "value" else key: part for inner, part in value.items()}
        elif key == "looks":
            for look in value:
                stem = f"look_{look['look']}"
                flat |= {
                    f"{stem}_efficacy": look["efficacy"]["value"],
                    f"{stem}_futility": look["futility"]["value"],
                    f"{stem}_month": look["month"],
                }
        elif key == "effect_by_draw":
            continue  # as many as draws: in the document
        elif key == "tipping":
            flat |= {f"if_{at[0]:g}_and_{at[1]:g}_of_unknown_fail": at[2] for at in value}
        else:
            flat[key] = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
    return flat
