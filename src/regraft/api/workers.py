"""The workers of a cluster, for whatever takes long; without one, this machine does it."""

from collections.abc import Callable
from pathlib import Path

from regraft.cluster.settings import cluster_of
from regraft.cluster.spread import try_cluster
from regraft.cluster.workers import ClusterWorkers
from regraft.core.errors import InputError
from regraft.replication.decides import MANY


def workers_of(
    cluster: str | Path | None, say: Callable[[str], None] | None = None, people: int | None = None
) -> ClusterWorkers | None:
    """Return the workers of a cluster that can be used; None where none was named.

    Parameters
    ----------
    cluster : str or Path, optional
        Address of a Dask scheduler, or a settings file.
    say : callable, optional
        Told what a person should know.
    people : int, optional
        How many people are to be lived, where these may be few.

    Raises
    ------
    InputError
        The cluster cannot be reached, or has another version of regraft; or there is too little for it to do.
    """
    if cluster is None:
        return None
    found = cluster_of(str(cluster))
    if people is not None and people <= MANY:
        raise InputError(
            f"cluster {found.shown}: {people:,} people are lived on one machine in a minute or so. It is for more than "
            f"{MANY:,}: leave it out."
        )
    told = say or _silent
    try_cluster(found, told)
    return ClusterWorkers(found, told)


def _silent(_said: str) -> None:
    """Say nothing."""
