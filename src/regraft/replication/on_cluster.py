"""Parts of a run lived by the workers of a cluster: written where the run has them if that is seen, or sent back."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from socket import gethostname
from tempfile import TemporaryDirectory
from typing import final

from regraft.cluster.settings import Cluster
from regraft.cluster.shared import OfferedFolder, offered
from regraft.cluster.spread import Spread
from regraft.core.errors import ModelFault
from regraft.replication.decides import people_name
from regraft.replication.in_parts import RunInParts, about_part
from regraft.writing.parts import ONE, Parts

Say = Callable[[str], None]
Sent = Mapping[str, Mapping[str, bytes]]
"""Files by their path below the part, by part; of none that the worker has written itself."""


@final
@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What a worker is told of a run."""

    run: RunInParts
    offered: OfferedFolder


def live_on_cluster(
    run: RunInParts,
    missing: Sequence[range],
    cluster: Cluster,
    seconds_each: float,
    on_done: Callable[[int], None],
    say: Say,
) -> None:
    """Have the parts that are `missing` lived by workers.

    Parameters
    ----------
    seconds_each : float
        How long a part takes about, on one core.
    on_done : callable
        Told how many people were lived.
    say : callable
        Told what a person should know.

    Raises
    ------
    InputError
        The cluster cannot be reached, or failed; the parts that were made stay.
    """
    sent_back = 0

    def keep(lot: Sequence[range], sent: Sent) -> None:
        nonlocal sent_back
        for people in lot:
            files = sent.get(people_name(people))
            if files is not None:
                _write(run, people, files)
                sent_back += 1
            on_done(len(people))

    with offered(run.parts.folder) as folder:
        Spread(
            cluster=cluster,
            live=live_elsewhere,
            common=Elsewhere(run, folder),
            parts=missing,
            seconds_each=seconds_each,
            keep=keep,
            say=say,
        ).run()
    say(f"{len(missing)} parts lived on {cluster.shown}: {_how(len(missing), sent_back)}")


def live_elsewhere(told: Elsewhere, lot: Sequence[range]) -> Sent:
    """Live some parts on a worker, on one core: into the folder of the run if it is seen here, else to be sent back."""
    if told.offered.is_seen():
        parts = replace(told.run.parts, folder=told.offered.folder, writer=f".{gethostname()}-{os.getpid()}")
        run = replace(told.run, parts=parts)
        run.live([people for people in lot if not parts.is_whole(people_name(people))], threads=1)
        return {}
    with TemporaryDirectory(prefix="regraft-") as folder:
        parts = Parts(folder=Path(folder), asked=told.run.parts.asked)
        replace(told.run, parts=parts).live(lot, threads=1)
        return {people_name(people): _files_of(parts.path(people_name(people))) for people in lot}


def _files_of(part: Path) -> dict[str, bytes]:
    return {path.relative_to(part).as_posix(): path.read_bytes() for path in sorted(part.rglob("*")) if path.is_file()}


def _write(run: RunInParts, people: range, files: Mapping[str, bytes]) -> None:
    """Write a part that was sent, and read its list against the one that came with it."""

    def fill(folder: Path) -> None:
        for name, content in files.items():
            if name != ONE:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(content)

    name = people_name(people)
    run.parts.write(name, about_part(run.plan.seed, people), fill)
    if (run.parts.path(name) / ONE).read_bytes() != files[ONE]:
        raise ModelFault(
            f"part {name} is not what the worker has sent. Delete {run.parts.path(name)}, and report this."
        )


def _how(parts: int, sent_back: int) -> str:
    if sent_back == 0:
        return "the workers see the folder of the results and wrote there"
    return (
        f"{'all' if sent_back == parts else sent_back} sent back, as the workers do not see the folder of the results"
    )
