"""Independent jobs in processes of their own: for work that spends most of its time in tables, which threads can't share."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Thread
from typing import TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")
_LEFT_ALONE = 1


def run_jobs(work: Callable[[Job], Result], jobs: Sequence[Job], workers: int) -> Iterator[Result]:
    """Yield the results of `work` in the order of `jobs`; one worker runs them here, without another process.

    Workers end as soon as this process ends, however it ends, or stops taking results; a job they were at is lost.

    Parameters
    ----------
    work : callable
        A function of a module (it is sent to the workers by name).
    jobs : sequence
        Its arguments, one per call.
    workers : int
        Processes; the results do not depend on it.
    """
    if workers < 2 or len(jobs) < 2:
        yield from map(work, jobs)
        return
    context = get_context("spawn")
    watched, held = context.Pipe(duplex=False)  # nothing is sent: its end closes with this process, even a killed one
    pool = ProcessPoolExecutor(
        min(workers, len(jobs)), mp_context=context, initializer=_end_with_parent, initargs=(watched,)
    )
    with watched, held, pool:
        try:
            yield from pool.map(work, jobs)
        except BaseException:
            held.close()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _end_with_parent(watched: Connection) -> None:
    """Prepare a worker: Ctrl-C is its parent's to answer, and it does not outlive the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_when_closed, args=(watched,), daemon=True).start()


def _end_when_closed(watched: Connection) -> None:
    """Wait until the other end is closed, then end this process in the middle of whatever it does."""
    try:
        watched.poll(None)
    finally:
        os._exit(_LEFT_ALONE)
