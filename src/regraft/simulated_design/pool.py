"""A pool of people, lived once: parts on disk that are written whole or not at all, and read by column.

A part is a Parquet file of people ``first .. last``; it is written under another name and renamed, so a run that is
killed loses the part it was at and no more. The folder goes by the digest of what decides the people.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from regraft.core.arrays import Floats, Ints
from regraft.core.errors import InputError, nearest
from regraft.core.kernel_folder import cache_roots
from regraft.endpoints.outcome import Status
from regraft.simulated_design.lives import RELAPSES, Lives, live_people
from regraft.writing.file import write_whole
from regraft.writing.shard import WHOLE, Shard

PEOPLE_PER_PART = 1024
LEAST_CLUSTERS = 20  # fewer say nothing about how far pools differ
MOST_PEOPLE = 900_000  # subject ids have six digits


@final
@dataclass(frozen=True, eq=False)
class Pool:
    """People who live every arm.

    Parameters
    ----------
    lives : Lives
        What decides them.
    clusters : int
        How many clusters of `Lives.cluster` people; each is the population that one in so many trials is drawn from.
    folder : Path
        Where the parts stand.
    """

    lives: Lives
    clusters: int
    folder: Path

    @property
    def people(self) -> int:
        """People in the pool."""
        return self.clusters * self.lives.cluster

    @property
    def arms(self) -> int:
        """Arms lived."""
        return len(self.lives.arms)

    @property
    def firsts(self) -> range:
        """The first person of every part."""
        return range(0, self.people, people_per_part(self.lives))

    def missing(self, shard: Shard = WHOLE) -> list[int]:
        """Return the first person of every part of a shard that is not there yet, or not whole."""
        size = people_per_part(self.lives)
        return [first for first in shard.own(self.firsts) if not is_whole(self.folder / part_name(first), first, size)]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(pl.read_parquet_schema(self._paths()[0]))

    def days(self, column: str) -> Floats:
        """Return days by arm and person, shape (arms, people); infinite for never."""
        return self._read(column).fill_null(np.inf).to_numpy().reshape(self.people, self.arms).T.copy()

    def outcome(self, definitions: str, endpoint: str) -> tuple[NDArray[np.int8], Floats]:
        """Return status and day of an endpoint, each (arms, people); the day is not a number where unknown.

        Raises
        ------
        InputError
            The definitions derive no endpoint of this name.
        """
        stem = f"{definitions}/{endpoint}"
        if f"{stem}/status" not in self.columns:
            known = {name.split("/")[1] for name in self.columns if name.startswith(f"{definitions}/")}
            raise InputError(
                f"endpoint {endpoint!r}: definitions {definitions} derive none. {nearest(endpoint, known)}"
            )
        shape = (self.people, self.arms)
        status = self._read(f"{stem}/status", pl.Int8).to_numpy().reshape(shape).T
        day = self._read(f"{stem}/day").fill_null(np.nan).to_numpy().reshape(shape).T
        return np.ascontiguousarray(status), np.where(status < Status.UNKNOWN, day, np.nan)

    def relapses(self, definitions: str) -> tuple[Floats, Ints]:
        """Return the days of every relapse that counts, and where each person's begin, shape (arms, people + 1)."""
        lists = self._read(f"{definitions}/{RELAPSES}", pl.List(pl.Int16))
        number = lists.list.len().fill_null(0).to_numpy().astype(np.int64).reshape(self.people, self.arms).T
        order = np.arange(self.people * self.arms).reshape(self.people, self.arms).T.ravel()  # arm by arm
        day = lists.gather(order).drop_nulls().explode(empty_as_null=False).cast(pl.Float64).to_numpy()
        ends = np.cumsum(number, axis=1)
        before = np.concatenate(([0], np.cumsum(ends[:, -1])[:-1]))
        return day, np.concatenate((np.zeros((self.arms, 1), np.int64), ends), axis=1) + before[:, None]

    def person(self, column: str) -> Floats:
        """Return what a person is in every arm, such as ``female``, shape (people,)."""
        return self._read(column).to_numpy().reshape(self.people, self.arms)[:, 0].copy()

    def cluster_of(self) -> Ints:
        """Return the cluster of every person, shape (people,)."""
        return np.repeat(np.arange(self.clusters, dtype=np.int64), self.lives.cluster)

    def _read(self, column: str, kind: pl.DataType | type[pl.DataType] = pl.Float64) -> pl.Series:
        wanted = ["person", "arm", column]
        frame = pl.concat([pl.read_parquet(path, columns=wanted) for path in self._paths()])
        return frame.filter(pl.col("person") < self.people).sort("person", "arm")[column].cast(kind)

    def _paths(self) -> list[Path]:
        return [self.folder / part_name(first) for first in self.firsts]


def people_per_part(lives: Lives) -> int:
    """Return how many people a part has: whole trials where these are lived."""
    return lives.blocks * max(1, PEOPLE_PER_PART // lives.blocks) if lives.blocks else PEOPLE_PER_PART


def part_name(first: int) -> str:
    """Return the file name of the part that begins with a person."""
    return f"SIMULATED-people-{first:06d}.parquet"


def fill_pool(
    lives: Lives,
    clusters: int,
    folder: Path | None = None,
    *,
    threads: int = 1,
    shard: Shard = WHOLE,
    on_done: Callable[[int], None] | None = None,
) -> Pool:
    """Return the pool of these people, living those who are not on disk yet.

    Parameters
    ----------
    clusters : int
        Clusters wanted.
    folder : Path, optional
        Where pools are kept, each under its digest; None: the cache of this user.
    threads : int
        Worker threads; the people do not depend on it.
    shard : Shard
        Which parts are lived here; the pool can be read when those of all shards are there.
    on_done : callable, optional
        Called with the number of people now there.
    """
    pool, size = begin_pool(lives, clusters, folder), people_per_part(lives)
    for first in shard.own(pool.firsts):
        path = pool.folder / part_name(first)
        if not is_whole(path, first, size):
            part = live_people(lives, first, size, threads=threads)
            write_part(part, path)
        if on_done is not None:
            on_done(min(size, pool.people - first))
    return pool


def begin_pool(lives: Lives, clusters: int, folder: Path | None = None) -> Pool:
    """Return a pool whose people may have to be lived yet; its folder is there.

    Raises
    ------
    InputError
        Too few clusters, or too many people.
    """
    people = clusters * lives.cluster
    if clusters < LEAST_CLUSTERS or people > MOST_PEOPLE:
        raise InputError(
            f"pool of {people:,} people in {clusters} clusters of {lives.cluster}: it takes {LEAST_CLUSTERS} clusters "
            f"or more to say how far pools differ, and {MOST_PEOPLE:,} people at most. Ask for another number."
        )
    place = (folder or pools_folder()) / lives.digest
    place.mkdir(parents=True, exist_ok=True)
    return Pool(lives, clusters, place)


def take_parts(folders: Sequence[Path], into: Path) -> int:
    """Copy the parts of pools that other machines have lived into one folder; return how many were new.

    Raises
    ------
    InputError
        A folder without pools, or a part that differs from the one that is there already.
    """
    new = 0
    for folder in folders:
        parts = sorted(folder.glob(f"*/{part_name(0).replace('000000', '[0-9]*')}"))
        if not parts:
            raise InputError(f"{folder}: holds no part of a pool. Name the folder that was given as --pool there.")
        for path in parts:
            place = into / path.parent.name / path.name
            if place.exists():
                if not pl.read_parquet(place).equals(pl.read_parquet(path)):
                    raise InputError(
                        f"{path}: differs from {place}, and both are said to be the same people. Keep one."
                    )
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            write_part(pl.read_parquet(path), place)
            new += 1
    return new


def is_whole(path: Path, first: int, size: int) -> bool:
    """Return whether a part is there, can be read, and holds its people."""
    try:
        people = pl.read_parquet(path, columns=["person"])["person"]
    except (OSError, pl.exceptions.PolarsError):
        return False
    return set(people.unique().to_list()) == set(range(first, first + size))


def write_part(part: pl.DataFrame, path: Path) -> None:
    """Write a part under another name and rename it."""
    write_whole(path, bytes_of_part(part))


def bytes_of_part(part: pl.DataFrame) -> bytes:
    """Return a part as it stands in its file."""
    content = BytesIO()
    part.write_parquet(content, compression="zstd")
    return content.getvalue()


def pools_folder() -> Path:
    """Return where pools are kept unless said otherwise: beside the compiled code of this user.

    Raises
    ------
    InputError
        There is no such folder.
    """
    roots = cache_roots()
    if not roots:
        raise InputError("pool: there is no folder for it. Name one with --pool, or with REGRAFT_CACHE_DIR.")
    return roots[0] / "pools"
