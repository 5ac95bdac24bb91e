"""Parts lived by workers: what is common sent once, several parts a task, and whatever is lost on the way asked again.

A task returns what it made, or nothing where it wrote into the shared folder itself. Nothing that workers do decides a
result: who lives a part, when, and how often, leaves no trace in it.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import ceil
from time import monotonic, sleep
from typing import Any, final

from regraft.cluster.connect import Say, connected, first_line, refuse_without_dask
from regraft.cluster.program import Program, asked_of_workers, difference, this_program
from regraft.cluster.settings import Cluster
from regraft.core.errors import FileProblem, InputError

SECONDS_PER_TASK = 10.0  # some hundred tasks a second for 1,000 cores; a worker lost costs half a task
_TASKS_PER_CORE = 2  # at once: one is worked at while the next is on its way
_MOST_LOSSES = 5
_MAKE_ROOM = "What was lived is kept: make room, and give the same command again"
_LOOKS_EVERY_S = 5.0

Live = Callable[[Any, Sequence[Any]], Any]
Keep = Callable[[Sequence[Any], Any], None]


class _Lost(Exception):
    """The scheduler, or what it was told, is gone."""


@final
@dataclass(slots=True, kw_only=True)
class Spread:
    """Parts that workers are to live.

    Parameters
    ----------
    cluster : Cluster
        Whose workers.
    live : callable
        Given `common` and some parts, on a worker; of a module of regraft.
    common : object
        Sent once to every worker.
    parts : sequence
        What tells the parts apart; small.
    seconds_each : float
        How long a part takes about, on one core.
    keep : callable
        Given some parts and what `live` has returned of them, here.
    say : callable
        Told what a person should know.
    """

    cluster: Cluster
    live: Live
    common: Any
    parts: Sequence[Any]
    seconds_each: float
    keep: Keep
    say: Say
    waiting: deque[Any] = field(init=False)

    def run(self) -> None:
        """Have all parts lived.

        Raises
        ------
        InputError
            The cluster cannot be reached, has another version of regraft, has lost its workers, or fails again and
            again; what was kept until then stays.
        """
        self.waiting = deque(self.parts)
        losses = 0
        while self.waiting:
            before = len(self.waiting)
            try:
                with connected(self.cluster, self.say) as client:
                    _Session(self, client).work()
            except _Lost as lost:
                losses = losses + 1 if len(self.waiting) == before else 1
                if losses > _MOST_LOSSES:
                    raise InputError(
                        f"cluster {self.cluster.shown}: lost {losses} times without a part between ({lost}). What was "
                        "lived is kept: look at the cluster, and give the same command again."
                    ) from lost
                self.say(f"the cluster has lost what it was told ({lost}); {len(self.waiting)} parts are asked again")


def try_cluster(cluster: Cluster, say: Say) -> None:
    """Try whether a cluster can be used, before anything else is done; jobs are not asked for yet.

    Raises
    ------
    InputError
        It cannot be reached, has no worker, or a worker has another version of regraft.
    """
    refuse_without_dask(cluster)
    if cluster.address is not None:
        with connected(cluster, say) as client:
            refuse_other_programs(client)


def refuse_other_programs(client: Any) -> None:
    """Refuse workers that have another version of regraft.

    Raises
    ------
    InputError
        The first that has, with both versions.
    """
    here = this_program()
    for worker, there in client.run(asked_of_workers(), on_error="return").items():
        if isinstance(there, BaseException):
            problem = f"could not say which regraft it has ({first_line(there)})"
            raise InputError(f"worker {worker}: {problem}. Install regraft {here[0]} there, with the same Python.")
        differs = difference(tuple(there), here)
        if differs is not None:
            raise _other_program(worker, differs)


@final
@dataclass(slots=True)
class _Session:
    """One connection to a cluster, for as long as it lasts."""

    spread: Spread
    client: Any
    running: dict[Any, list[Any]] = field(default_factory=dict)
    idle_since: float | None = None

    def work(self) -> None:
        from distributed import CancelledError
        from distributed import TimeoutError as Late
        from distributed.comm import CommClosedError

        try:
            refuse_other_programs(self.client)
            common = self.client.scatter([self.spread.common], broadcast=True, hash=False, timeout=60)[0]
            while self.spread.waiting or self.running:
                self._fill(common)
                self._look()
        except (CancelledError, CommClosedError, Late, ConnectionError) as lost:
            raise _Lost(type(lost).__name__) from lost
        finally:
            for future, lot in reversed(self.running.items()):
                self.spread.waiting.extendleft(reversed(lot))
                future.release()

    def _fill(self, common: Any) -> None:
        """Give the workers more to do while they have less than twice as many tasks as cores."""
        cores = sum(self.client.nthreads().values())
        self._refuse_nobody(cores)
        waiting, spread = self.spread.waiting, self.spread
        while waiting and len(self.running) < _TASKS_PER_CORE * cores:
            size = _parts_per_task(spread.seconds_each, len(waiting), cores)
            lot = [waiting.popleft() for _ in range(min(size, len(waiting)))]
            future = self.client.submit(_checked, spread.live, common, lot, this_program(), pure=False)
            self.running[future] = lot

    def _refuse_nobody(self, cores: int) -> None:
        """Refuse to wait for ever where all workers have gone."""
        self.idle_since = None if cores else self.idle_since or monotonic()
        wait_s = 60.0 * self.spread.cluster.wait_minutes
        if self.idle_since is not None and monotonic() - self.idle_since > wait_s:
            raise InputError(
                f"cluster {self.spread.cluster.shown}: no worker is left, and none has come within {wait_s:g} seconds. "
                "What was lived is kept: start workers, and give the same command again."
            )

    def _look(self) -> None:
        """Wait until a task has ended, for some seconds at most, and keep what it has made."""
        from distributed import TimeoutError as Late
        from distributed import wait

        if not self.running:
            sleep(1.0)
            return
        try:
            ended = wait(list(self.running), timeout=_LOOKS_EVERY_S, return_when="FIRST_COMPLETED").done
        except Late:
            if self.client.status != "running":
                raise
            return
        for future in ended:
            if future.status == "finished":
                made = future.result(timeout=600)
                self.spread.keep(self.running.pop(future), made)
                future.release()
            elif future.status == "error":
                raise self._told(future)
            else:
                raise _Lost(future.status)

    def _told(self, future: Any) -> BaseException:
        """Return why a task failed, as it is told to a person."""
        from distributed import KilledWorker

        error = future.exception(timeout=60)
        if isinstance(error, InputError):
            return error
        refuse_other_programs(self.client)  # what another version cannot load fails in any way
        if isinstance(error, KilledWorker):
            return InputError(
                f"cluster {self.spread.cluster.shown}: workers died again and again at the same parts. A worker needs "
                "1.5 GB of memory for each core; what was lived is kept: give the same command again."
            )
        return error


def _parts_per_task(seconds_each: float, waiting: int, cores: int) -> int:
    """Return how many parts a task lives: ten seconds or more, and fewer where some cores would have none.

    Examples
    --------
    >>> _parts_per_task(3.0, 1000, 8), _parts_per_task(3.0, 20, 8), _parts_per_task(30.0, 1000, 8)
    (4, 3, 1)
    """
    enough = ceil(SECONDS_PER_TASK / max(seconds_each, 1e-3))
    return max(1, min(enough, ceil(waiting / cores)))


def _checked(live: Live, common: Any, lot: Sequence[Any], program: Program) -> Any:
    """Live some parts on a worker: one that came late may have another version too."""
    from distributed import get_worker

    differs = difference(this_program(), program)
    if differs is not None:
        raise _other_program(get_worker().address, f"{differs} (where the run was begun)")
    try:
        return live(common, lot)
    except FileProblem as error:
        raise FileProblem(error.path, f"{error.problem} (on worker {get_worker().address})", error.remedy) from None
    except OSError as error:
        problem = f"{error.strerror or error} (on worker {get_worker().address})"
        raise FileProblem(str(error.filename or "its disk"), problem, _MAKE_ROOM) from None


def _other_program(worker: str, differs: str) -> InputError:
    return InputError(f"worker {worker}: {differs}. Install the same version on both; what was lived is kept.")
