"""A run on a cluster whose workers and scheduler are killed at random ends with the parts of one that nobody disturbed.

    python scripts/disturb_cluster.py [--kills 10] [--people 960] [--workers 2] [--folder DIR] [--seed 1]

A real scheduler and workers run as processes at loopback; every few seconds a worker, now and then the scheduler, is
killed (SIGKILL) and another started.
Needs ``regraft[cluster]``. Ten kills take some minutes on a quiet machine.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from random import Random  # noqa: TID251 - nothing is simulated with it
from socket import socket

from regraft.api.protocols import protocol
from regraft.api.simulate import planned
from regraft.cluster.settings import Cluster
from regraft.replication import in_parts, replicate
from regraft.replication.in_parts import RunInParts, asked_for
from regraft.replication.on_cluster import live_on_cluster
from regraft.trial.run import compile_trial
from regraft.writing.parts import begin_parts

HERE = ("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0", "--no-dashboard")
LONGEST_S = 900.0


class Disturbed:
    """A scheduler and its workers, one of which is killed and replaced at random moments."""

    def __init__(self, workers: int, folder: Path, chance: Random) -> None:
        with socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address, self.folder, self.chance = f"tcp://127.0.0.1:{self.port}", folder, chance
        self.scheduler = self.start("dask_scheduler", "--port", str(self.port))
        self.workers = [self.start_worker() for _ in range(workers)]
        self.kills, self.schedulers = 0, 0
        self.over = threading.Event()

    def start(self, program: str, *words: str) -> subprocess.Popen:
        """Start a program of Dask."""
        command = [sys.executable, "-m", f"distributed.cli.{program}", *HERE, *words]
        with (self.folder / f"{program}.log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)

    def start_worker(self) -> subprocess.Popen:
        """Start a worker; one ends by itself when its scheduler is gone."""
        return self.start("dask_worker", self.address, "--nthreads", "1", "--no-nanny", "--death-timeout", "600")

    def strike(self, kills: int, every_s: float) -> None:
        """Kill so many times at most, and start another for whatever has ended, until it is over."""
        until = 0.0
        while not self.over.wait(0.5):
            if self.kills < kills and time.monotonic() > until:
                until = time.monotonic() + self.chance.uniform(0.3 * every_s, 1.7 * every_s)
                self.kills += 1
                if self.kills % 5 == 3:
                    self.schedulers += 1
                    end(self.scheduler)
                    self.scheduler = self.start("dask_scheduler", "--port", str(self.port))
                else:
                    end(self.workers[self.kills % len(self.workers)])
            self.workers = [one if one.poll() is None else self.start_worker() for one in self.workers]

    def stop(self) -> None:
        """End all."""
        self.over.set()
        for one in (self.scheduler, *self.workers):
            end(one)


def end(one: subprocess.Popen) -> None:
    """Kill a process."""
    one.send_signal(signal.SIGKILL)
    one.wait(LONGEST_S)


def files_of(folder: Path) -> dict[str, bytes]:
    """Return every file of the parts."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.glob("SIMULATED-*/**/*") if p.is_file()}


def asked_words() -> argparse.Namespace:
    """Return what was asked for."""
    options = argparse.ArgumentParser()
    options.add_argument("--kills", type=int, default=10)
    options.add_argument("--people", type=int, default=960)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--every", type=float, default=8.0, help="seconds between kills, about")
    options.add_argument("--folder", type=Path)
    options.add_argument("--seed", type=int, default=1)
    return options.parse_args()


def main() -> None:
    """Disturb, compare, and say what was found; exit 1 at a difference."""
    asked = asked_words()
    folder = asked.folder or Path(tempfile.mkdtemp())
    in_parts._PEOPLE_PER_PART = replicate._PATIENTS_PER_BATCH = 24  # noqa: SLF001 - dozens of parts in little time
    plan = planned(protocol("atkins-2016").settings, seed=asked.seed, years=2.0)
    compile_trial(plan)

    def begun(name: str) -> RunInParts:
        return RunInParts(plan, asked.people, 1, begin_parts(folder / name, asked_for(plan, asked.people, 1)))

    whole, disturbed = begun("whole"), begun("disturbed")
    whole.live(whole.missing(), 1)
    print(f"{len(whole.ranges)} parts lived undisturbed", flush=True)
    cluster = Disturbed(asked.workers, folder, Random(asked.seed))  # noqa: S311 - when it is killed is no secret
    striking = threading.Thread(target=cluster.strike, args=(asked.kills, asked.every), daemon=True)
    striking.start()
    try:
        began = time.monotonic()
        asked_of = Cluster(address=cluster.address, wait_minutes=10.0)
        live_on_cluster(disturbed, disturbed.missing(), asked_of, 10.0, lambda _: None, print)
        took = time.monotonic() - began
    finally:
        cluster.stop()
        striking.join(LONGEST_S)
    own, other = files_of(folder / "whole"), files_of(folder / "disturbed")
    differ = [name for name in {**own, **other} if own.get(name) != other.get(name)]
    if differ:
        sys.exit(f"differ: {differ[:5]}")
    print(
        f"{cluster.kills} kills, {cluster.schedulers} of the scheduler, in {took:.0f} s; {len(own)} files are the same"
    )
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
