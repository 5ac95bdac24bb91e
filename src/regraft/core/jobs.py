"""Independent jobs, and whoever does them: this process, processes of this machine, or the workers of a cluster."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, final

Common = TypeVar("Common")
Job = TypeVar("Job")
Result = TypeVar("Result")


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
    """

    work: Callable[[Common, Job], Result]
    common: Common
    each: Sequence[Job]
    seconds_each: float


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
    """The threads of this process: jobs are done here, one after the other."""

    threads: int

    def do(self, jobs: Jobs[Common, Job, Result], keep: Callable[[Job, Result], None]) -> None:
        """Do all jobs, and let each be kept with its result."""
        for job in jobs.each:
            keep(job, jobs.work(jobs.common, job))


ONE_THREAD = Threads(1)
