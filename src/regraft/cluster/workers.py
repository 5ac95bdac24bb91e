"""Jobs done by the workers of a cluster instead of processes of this machine."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, final

from regraft.cluster.connect import Say
from regraft.cluster.settings import Cluster
from regraft.cluster.spread import Spread
from regraft.core.jobs import Common, Job, Jobs, Result

Told = tuple[Callable[[Any, Any], Any], Any]
"""What is to be done, and what all jobs need."""


@final
@dataclass(frozen=True, slots=True)
class ClusterWorkers:
    """The workers of a cluster.

    Parameters
    ----------
    cluster : Cluster
        Whose.
    say : callable
        Told what a person should know.
    """

    cluster: Cluster
    say: Say

    @property
    def threads(self) -> int:
        """One: a worker is a process for one core."""
        return 1

    def do(self, jobs: Jobs[Common, Job, Result], keep: Callable[[Job, Result], None]) -> None:
        """Have all jobs done; `keep` is given each with its result, here, as they come.

        Raises
        ------
        InputError
            The cluster cannot be reached, or failed; what was kept until then stays.
        """

        def keep_all(lot: Sequence[Job], found: Sequence[Result]) -> None:
            for job, result in zip(lot, found, strict=True):
                keep(job, result)

        Spread(
            cluster=self.cluster,
            live=done_elsewhere,
            common=(jobs.work, jobs.common),
            parts=jobs.each,
            seconds_each=jobs.seconds_each,
            keep=keep_all,
            say=self.say,
        ).run()


def done_elsewhere(told: Told, lot: Sequence[Any]) -> list[Any]:
    """Do some jobs on a worker."""
    work, common = told
    return [work(common, job) for job in lot]
