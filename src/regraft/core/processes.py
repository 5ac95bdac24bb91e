"""Independent jobs in processes of their own.

For work that spends most of its time in tables, which threads can't share.

Every worker has a pipe of its own and nothing is shared, so that one can be killed at any moment without a lock or half
a message left behind.
"""

import os
import signal
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from threading import Thread
from traceback import format_exc
from typing import Any, final

from regraft.core.errors import RegraftError
from regraft.core.jobs import ONE_THREAD, Common, Estimate, Job, Jobs, Result, tell_how_long

_LEFT_ALONE = 1


@final
@dataclass(frozen=True, slots=True)
class Processes:
    """Processes of this machine, each of which does jobs; one does them here, without another process.

    They end as soon as this process ends, however it ends, or fails to keep a result; the jobs they were at are lost.

    Parameters
    ----------
    count : int
        Processes; the results do not depend on it.
    on_estimate : callable, optional
        Told how long all jobs will take, before they begin.
    """

    count: int
    on_estimate: Estimate | None = None

    @property
    def threads(self) -> int:
        """One: there are as many processes as may work at a time."""
        return 1

    def do(self, jobs: Jobs[Common, Job, Result], keep: Callable[[Job, Result], None]) -> None:
        """Have all jobs done; `keep` is given each with its result, as they come.

        Raises
        ------
        RegraftError
            A process was killed; an error in a job is raised as it is.
        """
        tell_how_long(jobs, min(self.count, max(1, len(jobs.each))), self.on_estimate)
        if self.count < 2 or len(jobs.each) < 2:
            ONE_THREAD.do(jobs, keep)
            return
        waiting, at = deque(jobs.each), dict[Connection, Job]()

        def give(connection: Connection) -> None:
            at[connection] = waiting.popleft()
            connection.send(at[connection])

        with _started(jobs, min(self.count, len(jobs.each))) as team:
            for connection in team:
                give(connection)
            while at:
                ready = wait(list(at))
                for connection in [one for one in at if one in ready]:
                    job, found = at.pop(connection), _result(connection, team[connection])
                    if waiting:
                        give(connection)
                    keep(job, found)


@contextmanager
def _started(jobs: Jobs[Any, Any, Any], count: int) -> Iterator[dict[Connection, BaseProcess]]:
    """Start workers and yield them by their pipes; at the end they go home, after an error or an interrupt at once."""
    context = get_context("spawn")
    team: dict[Connection, BaseProcess] = {}
    try:
        for _ in range(count):
            ours, theirs = context.Pipe()
            team[ours] = context.Process(target=_serve, args=(jobs.work, jobs.common, theirs), daemon=True)
            team[ours].start()
            theirs.close()
        yield team
    except BaseException:
        for worker in team.values():
            if worker.pid is not None:
                worker.kill()
        raise
    finally:
        for connection, worker in team.items():
            connection.close()
            if worker.pid is not None:
                worker.join()


def _result(connection: Connection, worker: BaseProcess) -> Any:
    """Return what a worker has found, or raise what went wrong there."""
    try:
        succeeded, found = connection.recv()
    except (EOFError, ConnectionError):
        worker.join()
        raise RegraftError(
            f"a worker process ended in the middle of its job (exit code {worker.exitcode}); memory may have run out. "
            "Try again with fewer --threads."
        ) from None
    if succeeded:
        return found
    raise found


def _serve(work: Callable[[Any, Any], object], common: object, connection: Connection) -> None:
    """Do jobs until the pipe is closed; Ctrl-C is for the parent to answer, and a worker does not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            job = connection.recv()
        except EOFError:
            return
        try:
            connection.send((True, work(common, job)))
        except Exception as problem:  # noqa: BLE001 - it is raised again where the results are taken
            problem.add_note(f"In a worker process:\n{format_exc()}")
            connection.send((False, problem))


def _end_with_parent() -> None:
    """Wait for the end of the parent, then end in the middle of whatever is being done."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(_LEFT_ALONE)
