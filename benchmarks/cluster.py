"""What bounds a run on very many workers: scheduler, files and merge, each measured here and said for 1,000 workers.

Run: ``python benchmarks/cluster.py [--tasks 1000] [--folder DIR]``; needs ``regraft[cluster]``. A scheduler and two
workers run as processes at loopback. Measured are: processor time of the scheduler and of this process for a task that
does nothing; one part of a run (`atkins-2016`, 1,200 people) lived, written with fsync, sent back and written here, and
merged. What 1,000 workers would meet is arithmetic from these, printed beside them; no 1,000 workers were started.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regraft.api.protocols import protocol
from regraft.api.simulate import planned
from regraft.cluster.settings import Cluster
from regraft.cluster.spread import Spread
from regraft.replication.decides import people_name
from regraft.replication.in_parts import RunInParts, asked_for
from regraft.replication.on_cluster import _files_of, _write
from regraft.replication.shards import read_shards, write_shard
from regraft.trial.run import compile_trial
from regraft.writing.parts import begin_parts
from regraft.writing.shard import WHOLE

WORKERS, PART_S = 1_000, 10.0
WAIT_S = 300.0


@dataclass(frozen=True)
class Took:
    """Processor and wall time [s]."""

    processor_s: float
    wall_s: float


def timed(work: Any) -> Took:
    """Return what a piece of work took in this process."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return Took(time.process_time() - processor, time.perf_counter() - wall)


def seconds_of(pid: int) -> float:
    """Return the processor time that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def tasks_through_a_scheduler(number: int, folder: Path) -> tuple[float, float]:
    """Return the processor time of scheduler and of this process for each of so many empty tasks."""
    told = folder / "scheduler.json"
    here = (
        "--host",
        "127.0.0.1",
        "--dashboard-address",
        "127.0.0.1:0",
        "--no-dashboard",
        "--scheduler-file",
        str(told),
    )
    processes = []
    try:
        for program, words in (
            ("dask_scheduler", ("--port", "0")),
            ("dask_worker", ("--nthreads", "1", "--no-nanny")),
            ("dask_worker", ("--nthreads", "1", "--no-nanny")),
        ):
            command = [sys.executable, "-m", f"distributed.cli.{program}", *here, *words]
            processes.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
            until = time.monotonic() + WAIT_S
            while not told.exists() and time.monotonic() < until:
                time.sleep(0.1)
        address = told.read_text().partition('"address": "')[2].partition('"')[0]

        def live(_: Any, lot: Any) -> Any:
            return lot

        def spread(parts: range) -> None:
            Spread(
                cluster=Cluster(address=address, wait_minutes=WAIT_S / 60),
                live=live,
                common=0,
                parts=parts,
                seconds_each=PART_S,
                keep=lambda _lot, _made: None,
                say=print,
            ).run()

        spread(range(20))
        before = seconds_of(processes[0].pid)
        took = timed(lambda: spread(range(number)))
        return (seconds_of(processes[0].pid) - before) / number, took.processor_s / number
    finally:
        for one in processes:
            one.kill()
            one.wait(WAIT_S)


def main() -> None:
    """Measure, and print the arithmetic."""
    options = argparse.ArgumentParser()
    options.add_argument("--tasks", type=int, default=1_000)
    options.add_argument("--people", type=int, default=2_401)
    options.add_argument("--folder", type=Path)
    asked = options.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp())
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores; processor seconds unless wall is said")
    scheduler, client = tasks_through_a_scheduler(asked.tasks, folder)
    print(f"a task: {1e3 * scheduler:.2f} ms of the scheduler, {1e3 * client:.2f} ms of the process that asks")
    plan = planned(protocol("atkins-2016").settings, seed=1, years=None)
    compile_trial(plan)
    run = RunInParts(plan, asked.people, 1, begin_parts(folder / "parts", asked_for(plan, asked.people, 1)))
    people = run.ranges[0]
    lived = timed(lambda: run.live([people], 1))
    files = _files_of(run.parts.path(people_name(people)))
    size = sum(map(len, files.values()))
    print(
        f"a part of {len(people):,} people: {lived.processor_s:.1f} s to live; {len(files)} files, {size / 1e6:.2f} MB"
    )
    back = RunInParts(plan, asked.people, 1, begin_parts(folder / "back", asked_for(plan, asked.people, 1)))
    wrote = timed(lambda: _write(back, people, files))
    print(f"the same sent back and written: {wrote.processor_s:.3f} s, {wrote.wall_s:.3f} s wall")
    run.live(run.ranges[1:], 1)
    (folder / "shard").mkdir()
    write_shard(run, WHOLE, folder / "shard")
    merged = begin_parts(folder / "merged", {"command": "c"})
    merge = timed(lambda: read_shards([folder / "shard"]).copy_to(merged, lambda _: None))
    each = merge.wall_s / len(run.ranges), merge.processor_s / len(run.ranges)
    print(f"merged: {each[1]:.3f} s a part, {each[0]:.3f} s wall")
    parts, hours = -(-1_000_000 // len(people)), 1_000_000 / len(people) * lived.processor_s / 3600
    print(f"a million people: {parts} parts, {hours:.2f} core hours, {parts * size / 1e9:.1f} GB")
    rate, busy = WORKERS / lived.processor_s, WORKERS / PART_S * scheduler
    print(f"{WORKERS:,} workers: {rate:.0f} parts/s, {rate * size / 1e6:.0f} MB/s, {rate * len(files):.0f} files/s;")
    print(f"  tasks of {PART_S:g} s keep {busy:.0%} of a core of the scheduler busy,")
    print(f"  parts sent back {rate * wrote.processor_s:.1f} cores here: {1 / wrote.processor_s:.0f} parts/s at most")


if __name__ == "__main__":
    main()
