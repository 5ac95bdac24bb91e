"""People of pools lived by the workers of a cluster: written where the pools are if that is seen, or sent back."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import final

from regraft.cluster.settings import Cluster
from regraft.cluster.shared import OfferedFolder, offered
from regraft.cluster.spread import Spread
from regraft.replication.seconds import SECONDS_PER_PATIENT_YEAR
from regraft.simulated_design.case import Case
from regraft.simulated_design.lives import Lives, live_people
from regraft.simulated_design.pool import begin_pool, bytes_of_part, part_name, people_per_part
from regraft.writing.file import write_whole
from regraft.writing.shard import WHOLE, Shard

Part = tuple[str, int, int]
"""Digest of a pool, the first person of the part, and how many it has."""


@final
@dataclass(frozen=True, slots=True)
class PoolsElsewhere:
    """What a worker is told of pools, by their digest."""

    lives: Mapping[str, Lives]
    offered: Mapping[str, OfferedFolder]


def fill_pools_on_cluster(
    every: Sequence[Case],
    pools: Path | None,
    cluster: Cluster,
    *,
    on_people: Callable[[int], None],
    say: Callable[[str], None],
    shard: Shard = WHOLE,
) -> None:
    """Have the people of all pools lived by workers who are not there yet.

    Parameters
    ----------
    pools : Path, optional
        Folder of pools; None: the cache of this user.
    on_people : callable
        Told how many people were lived.
    say : callable
        Told what a person should know.
    shard : Shard
        Which parts are lived.

    Raises
    ------
    InputError
        The cluster cannot be reached, or failed; the parts that were made stay.
    """
    begun = {case.lives.digest: begin_pool(case.lives, case.clusters, pools) for case in every}
    missing = [
        (digest, first, people_per_part(pool.lives)) for digest, pool in begun.items() for first in pool.missing(shard)
    ]
    seconds = max(_seconds(pool.lives) for pool in begun.values())

    def keep(lot: Sequence[Part], sent: Mapping[Part, bytes]) -> None:
        for part in lot:
            digest, first, size = part
            pool = begun[digest]
            if part in sent:
                write_whole(pool.folder / part_name(first), sent[part])
            on_people(min(size, pool.people - first))

    with ExitStack() as stack:
        folders = {digest: stack.enter_context(offered(pool.folder)) for digest, pool in begun.items()}
        Spread(
            cluster=cluster,
            live=live_people_elsewhere,
            common=PoolsElsewhere({digest: pool.lives for digest, pool in begun.items()}, folders),
            parts=missing,
            seconds_each=seconds,
            keep=keep,
            say=say,
        ).run()


def live_people_elsewhere(told: PoolsElsewhere, lot: Sequence[Part]) -> dict[Part, bytes]:
    """Live some parts on a worker, on one core: into the folder of the pool if it is seen, else to be sent back."""
    sent = {}
    for part in lot:
        digest, first, size = part
        lives, folder = told.lives[digest], told.offered[digest]
        people = bytes_of_part(live_people(lives, first, size, threads=1))
        if folder.is_seen():
            write_whole(folder.folder / part_name(first), people)
        else:
            sent[part] = people
    return sent


def _seconds(lives: Lives) -> float:
    return people_per_part(lives) * len(lives.arms) * lives.plan().years * SECONDS_PER_PATIENT_YEAR
