"""What runs in a worker process: the only part of the explorer that meets tables, the model and pictures."""

import os
import signal
from collections.abc import Callable
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from threading import Thread
from typing import Any

from regraft.explorer.kept import Answer, Progress

MOST_MEMORY_BYTES = 4 * 2**30
Work = Callable[[dict[str, Any], Progress], Answer]


def serve(pipe: Connection, tells_library: bool) -> None:
    """Say what comes with regraft, then do jobs until the pipe is closed; the first is to load the compiled model.

    Ctrl-C is for the parent to answer; a worker does not outlive it, and takes no more memory than it may.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    _bound_memory()
    if tells_library:
        pipe.send(("library", _library()))
    pipe.send(("readiness", "open"))
    while True:
        try:
            work, asked = pipe.recv()
        except EOFError:
            return
        if work == "load":
            _load(pipe)
        else:
            pipe.send(_done(work, asked, lambda done: pipe.send(("progress", done))))


def _load(pipe: Connection) -> None:
    """Load the model before it is asked for; what is compiled first is said."""
    from regraft.explorer.answers import ready

    if not ready.is_compiled():
        pipe.send(("readiness", "compiling"))
    ready.load()
    pipe.send(("readiness", "loaded"))


def _done(work: str, asked: dict[str, Any], on_done: Progress) -> tuple[str, Answer | str]:
    """Return the answer to a job, or what a person must know of why there is none."""
    from regraft.core.errors import RegraftError, StudyProblem

    try:
        return "answer", _work_of(work)(asked, on_done)
    except StudyProblem as problem:
        return "problem", f"The study has {len(problem.findings)} findings that forbid this; My data lists them."
    except RegraftError as problem:
        return "problem", str(problem)
    except MemoryError:
        return "problem", "Memory ran out. Ask for fewer trials or people, or give the study in parts."
    except Exception as problem:  # noqa: BLE001  # the last place: the page says it, and the worker lives on
        return "problem", f"Internal error ({type(problem).__name__}); the command shown on this page shows more."


def _work_of(name: str) -> Work:
    """Return what does a job; it is imported with the first of its kind."""
    if name in {"trial", "report"}:
        from regraft.explorer.answers.trial import report, trial

        return trial if name == "trial" else report
    if name in {"check", "analyse"}:
        from regraft.explorer.answers.study import analyse, check

        return check if name == "check" else analyse
    if name == "profile":
        from regraft.explorer.answers.profile import profile

        return profile
    if name == "compare":
        from regraft.explorer.answers.compare import compare

        return compare
    if name == "design":
        from regraft.explorer.answers.design import design

        return design
    from regraft.explorer.answers.pathway import pathway

    return pathway


def _library() -> dict[str, Any]:
    from regraft.explorer.answers.library import library

    return library()


def _bound_memory() -> None:
    try:
        import resource  # POSIX only
    except ImportError:
        return
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    most = MOST_MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(hard, MOST_MEMORY_BYTES)
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


def _end_with_parent() -> None:
    """Wait for the end of the parent, then end in the middle of whatever is being done."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
