"""Jobs in processes of their own: one busy, one spare that takes over at once; to cancel is to end the process.

Nothing heavy is imported here: the server only passes plain values through pipes.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from secrets import token_urlsafe
from threading import Thread
from typing import Any, final

from regraft.explorer.kept import Answer

LONGEST_QUEUE = 20
MOST_JOBS_REMEMBERED = 200
_TEAM = 2
_MOST_FAILED_STARTS = 3


class State(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        """Say whether nothing more happens."""
        return self in {State.DONE, State.FAILED, State.CANCELLED}


@final
@dataclass(slots=True, kw_only=True)
class Job:
    """One request on its way; `back` is the address that shows its result."""

    key: str
    work: str
    asked: dict[str, Any]
    title: str
    back: str
    quick: bool = False
    total: int = 0
    done: int = 0
    state: State = State.QUEUED
    problem: str = ""
    started: float = 0.0
    seconds: float = 0.0
    identity: str = field(default_factory=lambda: token_urlsafe(12))


class Readiness(StrEnum):
    """What a process can do: recorded data need no model, and do not wait for it."""

    STARTING = "starting"
    OPEN = "open"
    LOADING = "loading"
    COMPILING = "compiling"
    LOADED = "loaded"


class QueueFull(Exception):
    """More jobs are waiting than anybody would wait for."""


@final
@dataclass(slots=True, eq=False)
class _Worker:
    """A process with its pipe."""

    process: BaseProcess
    pipe: Connection
    readiness: Readiness = Readiness.STARTING
    job: Job | None = None
    ended: bool = False

    @property
    def is_free(self) -> bool:
        """Say whether it waits for a job."""
        return self.job is None and self.readiness in {Readiness.OPEN, Readiness.LOADED}


@final
class Workers:
    """The queue and the processes; everything here runs in the loop of the server."""

    def __init__(self, serve: Callable[..., None], on_answer: Callable[[Job, Answer], None]) -> None:
        self._serve, self._on_answer = serve, on_answer
        self._team: list[_Worker] = []
        self._waiting: deque[Job] = deque()
        self._jobs: dict[str, Job] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False
        self._failed_starts = 0
        self.library: dict[str, Any] | None = None
        self.has_library = asyncio.Event()

    def start(self) -> None:
        """Start both processes: one gets ready for the first picture, the spare tells what comes with regraft."""
        self._loop = asyncio.get_running_loop()
        for _ in range(_TEAM):
            self._hire()

    def close(self) -> None:
        """End all processes."""
        self._closed = True
        for worker in self._team:
            _end(worker)
        self._team.clear()

    @property
    def compiling(self) -> bool:
        """Say whether the model is being compiled, which takes a minute once on a machine."""
        return any(worker.readiness is Readiness.COMPILING for worker in self._team)

    @property
    def busy(self) -> int:
        """Return how many jobs run or wait."""
        return len(self._waiting) + sum(worker.job is not None for worker in self._team)

    def job(self, identity: str) -> Job | None:
        """Return a job by its random name."""
        return self._jobs.get(identity)

    def before(self, job: Job) -> int:
        """Return how many jobs come before one that waits."""
        return self._waiting.index(job) + 1 if job in self._waiting else 0

    def submit(self, job: Job) -> Job:
        """Put a job in the queue; the same request on its way already is that job.

        Raises
        ------
        QueueFull
            Too many jobs are waiting.
        """
        for other in self._jobs.values():
            if other.key == job.key and not other.state.is_over:
                return other
        if len(self._waiting) >= LONGEST_QUEUE:
            raise QueueFull
        self._jobs[job.identity] = job
        self._waiting.append(job)
        while len(self._jobs) > MOST_JOBS_REMEMBERED:
            oldest = next((name for name, one in self._jobs.items() if one.state.is_over), None)
            if oldest is None:
                break
            del self._jobs[oldest]
        self._next()
        return job

    def cancel(self, job: Job) -> None:
        """Take a job out of the queue, or end the process that is at it."""
        if job.state.is_over:
            return
        job.state = State.CANCELLED
        if job in self._waiting:
            self._waiting.remove(job)
            return
        for worker in [one for one in self._team if one.job is job]:
            self._dismiss(worker)
        self._next()
        self._fill()

    def _hire(self) -> None:
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        tells = self.library is None and bool(self._team)  # the first has the model to load
        process = context.Process(target=self._serve, args=(theirs, tells), daemon=True)
        process.start()
        theirs.close()
        worker = _Worker(process, ours)
        self._team.append(worker)
        Thread(target=self._listen, args=(worker,), daemon=True).start()

    def _fill(self) -> None:
        """Let one process at a time load the model, and hire the spare when the first has it, or compiles it."""
        if self._closed or self._failed_starts >= _MOST_FAILED_STARTS:
            return
        idle = [worker for worker in self._team if worker.readiness is Readiness.OPEN and worker.job is None]
        if idle and all(one.readiness in {Readiness.OPEN, Readiness.LOADED} for one in self._team):
            idle[0].readiness = Readiness.LOADING
            idle[0].pipe.send(("load", {}))
        settled = {Readiness.OPEN, Readiness.COMPILING, Readiness.LOADED}
        if len(self._team) < _TEAM and all(worker.readiness in settled for worker in self._team):
            self._hire()

    def _dismiss(self, worker: _Worker) -> None:
        _end(worker)
        if worker in self._team:
            self._team.remove(worker)

    def _listen(self, worker: _Worker) -> None:
        """Pass on what a process says until it says no more; in a thread of its own."""
        loop = self._loop
        while loop is not None:
            try:
                said = worker.pipe.recv()
            except (EOFError, OSError):
                said = ("gone", None)
            with contextlib.suppress(RuntimeError):  # the loop was closed
                loop.call_soon_threadsafe(self._heard, worker, said)
            if said[0] == "gone":
                worker.process.join()
                worker.pipe.close()
                return

    def _heard(self, worker: _Worker, said: tuple[str, Any]) -> None:
        if worker.ended:
            return
        what, value = said
        if what == "library":
            self.library = value
            self.has_library.set()
        elif what == "readiness":
            worker.readiness = Readiness(value)
            if worker.readiness is Readiness.LOADED:
                self._failed_starts = 0
        elif what == "progress" and worker.job is not None:
            worker.job.done += value
        elif what in {"answer", "problem"}:
            self._finished(worker, what, value)
        elif what == "gone":
            self._lost(worker)
        self._next()
        self._fill()

    def _finished(self, worker: _Worker, what: str, value: Any) -> None:
        job, worker.job = worker.job, None
        if job is None:
            return
        job.seconds = time.monotonic() - job.started
        if what == "answer":
            job.state = State.DONE
            self._on_answer(job, value)
        else:
            job.state, job.problem = State.FAILED, value
            self._on_answer(job, Answer(shown={}, problem=value))

    def _lost(self, worker: _Worker) -> None:
        """Go on without a process that ended by itself."""
        self._dismiss(worker)
        self._failed_starts += worker.readiness is not Readiness.LOADED
        given_up = self._failed_starts >= _MOST_FAILED_STARTS and not self._team
        for job in ([worker.job] if worker.job is not None else []) + ([*self._waiting] if given_up else []):
            job.state, job.problem = State.FAILED, _LOST
            self._on_answer(job, Answer(shown={}, problem=_LOST))
        if given_up:
            self._waiting.clear()

    def _next(self) -> None:
        """Give the next job to a process; a long one leaves the spare free for what takes a moment."""
        at_length = any(worker.job is not None and not worker.job.quick for worker in self._team)
        for job in [*self._waiting]:
            able = [one for one in self._team if job.quick or one.readiness is Readiness.LOADED]
            free = [one for one in able if one.is_free]
            if not free or (at_length and not job.quick):
                continue
            worker = free[0]
            self._waiting.remove(job)
            worker.job, job.state, job.started = job, State.RUNNING, time.monotonic()
            at_length = at_length or not job.quick
            try:
                worker.pipe.send((job.work, job.asked))
            except OSError:
                self._lost(worker)


_LOST = (
    "The process that was at it ended in the middle; memory may have run out. Ask for fewer trials or people, or give "
    "the study in parts."
)


def _end(worker: _Worker) -> None:
    worker.ended = True
    worker.process.kill()  # its listener waits for it and closes the pipe
