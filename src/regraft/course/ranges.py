"""Patients by small ranges in threads, and what is said when one of them could not be enrolled."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

import numpy as np

from regraft.core.arrays import Records
from regraft.core.errors import InputError
from regraft.enrolment.candidate import CANDIDATES_MAX

PATIENTS_PER_TASK = 8
Run: TypeAlias = Callable[[int, int], int]  # start, stop -> how many were done


def run_in_ranges(
    run: Run, count: int, threads: int, on_done: Callable[[int], None] | None, most: int = PATIENTS_PER_TASK
) -> None:
    """Call ``run(start, stop)`` over ranges of `count` patients; stopped from outside, ranges not begun never begin.

    Parameters
    ----------
    run : callable
        Lives a range and returns its size; called for nobody first, which compiles it or loads what was compiled.
    count, threads : int
        Patients, and worker threads.
    on_done : callable, optional
        Called with the number of patients just finished.
    most : int
        Patients in a range, unless there are fewer for each thread.
    """
    run(0, 0)
    size = max(1, min(most, -(-count // threads)))
    starts = range(0, count, size)
    stops = [min(start + size, count) for start in starts]
    with ThreadPoolExecutor(threads) as pool:
        try:
            for done in pool.map(run, starts, stops):
                if on_done is not None:
                    on_done(done)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def refuse_empty_slots(enrolled: Records, first: int) -> None:
    """Raise InputError, with its number, for a slot of which nobody in the population meets the criteria."""
    empty = np.flatnonzero(enrolled["clock"] < 0)
    if len(empty):
        raise InputError(
            f"eligibility: none of {CANDIDATES_MAX} simulated candidates could be enrolled in slot "
            f"{first + empty[0]}. "
            "The criteria are too strict for this population; widen one of them or choose another population."
        )
