"""Independent jobs in processes of their own: for work that spends most of its time in tables, which threads can't share."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")


def run_jobs(work: Callable[[Job], Result], jobs: Sequence[Job], workers: int) -> Iterator[Result]:
    """Yield the results of `work` in the order of `jobs`; one worker runs them here, without another process.

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
    with ProcessPoolExecutor(min(workers, len(jobs)), mp_context=get_context("spawn")) as pool:
        try:
            yield from pool.map(work, jobs)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
