"""Independent jobs, and whoever does them: this process, processes of this machine, or the workers of a cluster."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Generic, Protocol, TypeVar, final

Common = TypeVar("Common")
Job = TypeVar("Job")
Result = TypeVar("Result")
Estimate = Callable[[float], None]
"""Told how many seconds jobs will take."""
LONG_S = 120.0  # by the clock; what takes less is not worth an estimate


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs(Generic[Common, Job, Result]):
    """Jobs that may be done anywhere, in any order, and more than once.

    Parameters
    ----------
    work : callable
        Given `common` and one of the jobs; a function of a module (it is sent by name), for one core.
    common : object
        What all jobs need: sent once to everyone who does some.
    each : sequence
        What tells the jobs apart; small.
    seconds_each : float
        How long one takes about, on one core: where that is little, several are given at once.
    samples : sequence of (Job, float)
        A little of each kind of work, and how many times it is there in all jobs (see `of_two_sizes`): from them it is
        known how long these take. None: it is not asked.
    """

    work: Callable[[Common, Job], Result]
    common: Common
    each: Sequence[Job]
    seconds_each: float
    samples: Sequence[tuple[Job, float]] = ()


def of_two_sizes(small: Job, few: int, large: Job, many: int, *, jobs: int, people: int) -> list[tuple[Job, float]]:
    """Return samples of two sizes that stand for so many jobs of so many people in all.

    The two tell apart what a job takes whatever its size, and what each person takes: a small sample alone would have
    each person take three times as long.

    Examples
    --------
    >>> of_two_sizes("1 person", 1, "11 people", 11, jobs=2, people=102)
    [('1 person', -8.0), ('11 people', 10.0)]
    """
    times = (people - jobs * few) / (many - few)
    return [(small, jobs - times), (large, times)]


def tell_how_long(jobs: Jobs[Common, Job, Result], at_once: int, tell: Estimate | None) -> None:
    """Tell how long jobs will take, from samples that are done now, where that is long enough to be asked.

    Parameters
    ----------
    at_once : int
        How many jobs are done at a time.
    """
    if tell is None or not jobs.samples or jobs.seconds_each * len(jobs.each) < LONG_S * at_once:
        return
    jobs.work(jobs.common, jobs.samples[0][0])  # what is loaded once is no part of the rate
    seconds = 0.0
    for job, times in jobs.samples:
        before = perf_counter()
        jobs.work(jobs.common, job)
        seconds += (perf_counter() - before) * times
    tell(max(seconds, 0.0) / at_once)


class Workers(Protocol):
    """Whoever does jobs; nothing of a result tells who did it."""

    @property
    def threads(self) -> int:
        """How many threads a job may take."""
        ...

    def do(self, jobs: Jobs[Common, Job, Result], keep: Callable[[Job, Result], None]) -> None:
        """Have all jobs done; `keep` is given each with its result, here, as they come.

        Raises
        ------
        RegraftError
            Whoever did a job is gone and cannot be replaced; an error in a job is raised as it is.
        """


@final
@dataclass(frozen=True, slots=True)
class Threads:
    """The threads of this process: jobs are done here, one after the other.

    `on_estimate` is told how long that will take, before it begins.
    """

    threads: int
    on_estimate: Estimate | None = None

    def do(self, jobs: Jobs[Common, Job, Result], keep: Callable[[Job, Result], None]) -> None:
        """Do all jobs, and let each be kept with its result."""
        tell_how_long(jobs, 1, self.on_estimate)
        for job in jobs.each:
            keep(job, jobs.work(jobs.common, job))


ONE_THREAD = Threads(1)
