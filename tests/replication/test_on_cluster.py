"""Parts lived by workers are those lived here, byte by byte, whether workers see the folder of the run or not."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("distributed", reason="needs regraft[cluster]")

from dask_processes import LONGEST_S, dask_processes

from regraft.api.protocols import protocol
from regraft.api.simulate import planned
from regraft.cluster.settings import Cluster
from regraft.cluster.shared import OfferedFolder
from regraft.replication import in_parts, on_cluster, replicate
from regraft.replication.in_parts import RunInParts, asked_for
from regraft.replication.on_cluster import live_on_cluster
from regraft.writing.parts import begin_parts


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@contextmanager
def unseen(folder: Path) -> Iterator[OfferedFolder]:
    yield OfferedFolder(folder, ".not-there")


def test_parts_of_workers_are_those_lived_here_written_there_or_sent_back(tmp_path, monkeypatch):
    monkeypatch.setattr(in_parts, "_PEOPLE_PER_PART", 24)
    monkeypatch.setattr(replicate, "_PATIENTS_PER_BATCH", 24)  # here alone: a worker lives a part in one batch
    plan = planned(protocol("atkins-2016").settings, seed=7, years=1.0)

    def begun(name: str) -> RunInParts:
        return RunInParts(plan, 72, 2, begin_parts(tmp_path / name, asked_for(plan, 72, 2)))

    here, seen, sent = map(begun, ("here", "seen", "sent"))
    here.live(here.missing(), 1)
    said: list[str] = []
    people: list[int] = []
    with dask_processes(tmp_path) as processes:
        processes.worker()
        cluster = Cluster(address=processes.address, wait_minutes=LONGEST_S / 60)
        live_on_cluster(seen, seen.missing(), cluster, 10.0, people.append, said.append)
        monkeypatch.setattr(on_cluster, "offered", unseen)
        live_on_cluster(sent, sent.missing()[:2], cluster, 10.0, people.append, said.append)
    assert sum(people) == 72 + 48
    assert "the workers see the folder of the results" in said[0]
    assert "all sent back" in said[1]
    expected = files_of(tmp_path / "here")
    assert files_of(tmp_path / "seen") == expected
    assert files_of(tmp_path / "sent") == {k: v for k, v in expected.items() if "0000049-0000072" not in k}
