"""A real scheduler and real workers, as processes that listen at loopback alone; all end with the tests."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

LONGEST_S = 120.0  # on a machine that is busy; on a quiet one a second or two
ONLY_HERE = ("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0", "--no-dashboard")


@dataclass
class Processes:
    """A scheduler at a free port, and its workers."""

    folder: Path
    running: list[subprocess.Popen] = field(default_factory=list)
    address: str = ""

    def start(self, program: str, *words: str, env: dict[str, str] | None = None) -> subprocess.Popen:
        command = [sys.executable, "-m", f"distributed.cli.{program}", *ONLY_HERE, *words]
        with (self.folder / f"{program}-{len(self.running)}.log").open("wb") as log:
            one = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | (env or {}), cwd=self.folder)
        self.running.append(one)
        return one

    def scheduler(self) -> None:
        told = self.folder / "scheduler.json"
        one = self.start("dask_scheduler", "--port", "0", "--scheduler-file", str(told), "--idle-timeout", "600s")
        until = time.monotonic() + LONGEST_S
        while not told.exists() and one.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        self.address = told.read_text().partition('"address": "')[2].partition('"')[0]

    def worker(self, **env: str) -> subprocess.Popen:
        return self.start("dask_worker", self.address, "--nthreads", "1", "--no-nanny", env=env)

    def stop(self) -> None:
        for one in self.running:
            one.send_signal(signal.SIGKILL)
            one.wait(LONGEST_S)


@contextmanager
def dask_processes(folder: Path) -> Iterator[Processes]:
    """Yield a scheduler that waits for workers; all are killed in the end."""
    own = Processes(folder)
    try:
        own.scheduler()
        yield own
    finally:
        own.stop()
