"""Parts lived by workers come back whatever is lost on the way, and what cannot work is said in one line."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("distributed", reason="needs regraft[cluster]")

from dask_processes import LONGEST_S, Processes, dask_processes

from regraft.cluster.program import this_program
from regraft.cluster.settings import Cluster
from regraft.cluster.spread import Spread, try_cluster
from regraft.core.errors import FileProblem, InputError

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # sockets that a killed worker leaves to the client


@pytest.fixture
def processes(tmp_path) -> Iterator[Processes]:
    with dask_processes(tmp_path) as own:
        yield own


def spread_over(processes: Processes, live, parts=range(6)) -> tuple[dict[int, int], list[str]]:
    """Return what came back by part, and what was said; a task lives one part."""
    made: dict[int, int] = {}
    said: list[str] = []
    Spread(
        cluster=Cluster(address=processes.address, wait_minutes=LONGEST_S / 60),
        live=live,
        common=1000,
        parts=parts,
        seconds_each=10.0,
        keep=lambda lot, back: made.update(zip(lot, back, strict=True)),
        say=said.append,
    ).run()
    return made, said


def test_a_worker_that_is_killed_at_its_part_costs_nothing_and_a_full_disk_is_said_in_one_line(processes, tmp_path):
    for _ in range(2):
        processes.worker()
    struck = tmp_path / "struck"

    def live(common: int, lot: list[int]) -> list[int]:
        if 3 in lot and not struck.exists():
            struck.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return [common + part for part in lot]

    made, _ = spread_over(processes, live)
    assert struck.exists()
    assert made == {part: 1000 + part for part in range(6)}
    processes.running[-1].poll()
    assert sum(one.poll() is None for one in processes.running) == 2  # the scheduler and one worker

    def fills(_: int, lot: list[int]) -> list[int]:
        with Path("/dev/full").open("wb") as disk:
            disk.write(b"a part")
        return lot

    with pytest.raises(FileProblem, match=r"No space left on device \(on worker tcp://127\.0\.0\.1.*kept") as full:
        spread_over(processes, fills)
    assert "\n" not in str(full.value)


def test_a_worker_of_another_version_is_refused_with_both_versions(processes, tmp_path):
    about = tmp_path / "regraft-9.9.9.dist-info" / "METADATA"
    about.parent.mkdir()
    about.write_text("Metadata-Version: 2.1\nName: regraft\nVersion: 9.9.9\n")
    processes.worker(PYTHONPATH=os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    with pytest.raises(InputError, match=r"has regraft 9\.9\.9, and ") as refused:
        try_cluster(Cluster(address=processes.address, wait_minutes=LONGEST_S / 60), print)
    assert f"and {this_program()[0]} runs here" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_scheduler_without_workers_and_none_at_all_are_said_in_one_line(processes):
    for address, said in ((processes.address, "no worker has come"), ("tcp://127.0.0.1:9", "no scheduler answers")):
        with pytest.raises(InputError, match=said) as refused:
            try_cluster(Cluster(address=address, wait_minutes=0.01), print)
        assert "\n" not in str(refused.value)
