"""Independent jobs in processes of their own.

For work that spends most of its time in tables, which threads can't share.

Every worker has a pipe of its own and nothing is shared, so that one can be killed at any moment without a lock or half
a message left behind.
"""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from threading import Thread
from traceback import format_exc
from typing import Any, TypeVar

from regraft.core.errors import RegraftError

Job = TypeVar("Job")
Result = TypeVar("Result")
_LEFT_ALONE = 1


def run_jobs(work: Callable[[Job], Result], jobs: Sequence[Job], workers: int) -> Iterator[Result]:
    """Yield the results of `work` in the order of `jobs`; one worker runs them here, without another process.

    Workers end as soon as this process ends, however it ends, or takes no more results; the jobs they were at are lost.

    Parameters
    ----------
    work : callable
        A function of a module (it is sent to the workers by name).
    jobs : sequence
        Its arguments, one per call.
    workers : int
        Processes; the results do not depend on it.

    Raises
    ------
    RegraftError
        A worker was killed; an error in a job is raised as it is.
    """
    if workers < 2 or len(jobs) < 2:
        yield from map(work, jobs)
        return
    with _started(work, min(workers, len(jobs))) as team:
        at: dict[Connection, int] = {}
        idle, given, told = list(team), 0, 0
        done: dict[int, Result] = {}
        while told < len(jobs):
            while idle and given < len(jobs):
                connection = idle.pop()
                connection.send(jobs[given])
                at[connection], given = given, given + 1
            ready = wait(list(at))
            for connection in [one for one in at if one in ready]:
                done[at.pop(connection)] = _result(connection, team[connection])
                idle.append(connection)
            while told in done:
                yield done.pop(told)
                told += 1


@contextmanager
def _started(work: Callable[[Any], object], count: int) -> Iterator[dict[Connection, BaseProcess]]:
    """Start workers and yield them by their pipes; at the end they go home, after an error or an interrupt at once."""
    context = get_context("spawn")
    team: dict[Connection, BaseProcess] = {}
    try:
        for _ in range(count):
            ours, theirs = context.Pipe()
            team[ours] = context.Process(target=_serve, args=(work, theirs), daemon=True)
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


def _serve(work: Callable[[Any], object], connection: Connection) -> None:
    """Do jobs until the pipe is closed; Ctrl-C is for the parent to answer, and a worker does not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            job = connection.recv()
        except EOFError:
            return
        try:
            connection.send((True, work(job)))
        except Exception as problem:  # noqa: BLE001 - it is raised again where the results are taken
            problem.add_note(f"In a worker process:\n{format_exc()}")
            connection.send((False, problem))


def _end_with_parent() -> None:
    """Wait for the end of the parent, then end in the middle of whatever is being done."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(_LEFT_ALONE)
