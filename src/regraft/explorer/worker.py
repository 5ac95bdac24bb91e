"""What runs in a worker process: the only part of the explorer that meets tables, the model and pictures."""

import os
import signal
from collections.abc import Callable
from importlib import import_module
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from threading import Thread
from typing import Any

from regraft.explorer.kept import Answer

MOST_MEMORY_BYTES = 4 * 2**30
Progress = Callable[[int], None]
_WORK = {
    "trial": "regraft.explorer.answers.trial",
    "report": "regraft.explorer.answers.trial",
    "profile": "regraft.explorer.answers.profile",
    "compare": "regraft.explorer.answers.compare",
    "pathway": "regraft.explorer.answers.pathway",
    "check": "regraft.explorer.answers.study",
    "analyse": "regraft.explorer.answers.study",
}


def serve(pipe: Connection, tells_library: bool) -> None:
    """Say what comes with regraft, then do jobs until the pipe is closed; the first is to load the compiled model.

    Ctrl-C is for the parent to answer; a worker does not outlive it, and takes no more memory than it may.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    _bound_memory()
    if tells_library:
        pipe.send(("library", import_module("regraft.explorer.answers.library").library()))
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
    ready = import_module("regraft.explorer.answers.ready")
    if not ready.is_compiled():
        pipe.send(("readiness", "compiling"))
    ready.load()
    pipe.send(("readiness", "loaded"))


def _done(work: str, asked: dict[str, Any], on_done: Progress) -> tuple[str, Answer | str]:
    """Return the answer to a job, or what a person must know of why there is none."""
    from regraft.core.errors import RegraftError, StudyProblem  # noqa: PLC0415  # light, but not for the server

    try:
        return "answer", getattr(import_module(_WORK[work]), work)(asked, on_done)
    except StudyProblem as problem:
        return "problem", f"The study has {len(problem.findings)} findings that forbid this; My data lists them."
    except RegraftError as problem:
        return "problem", str(problem)
    except MemoryError:
        return "problem", "Memory ran out. Ask for fewer trials or people, or give the study in parts."
    except Exception as problem:  # noqa: BLE001  # the last place: the page says it, and the worker lives on
        return "problem", f"Internal error ({type(problem).__name__}); the command shown on this page shows more."


def _bound_memory() -> None:
    try:
        import resource  # noqa: PLC0415  # POSIX only
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
