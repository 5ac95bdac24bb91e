"""Writing that is killed, stopped or out of room at its k-th step, in forks of a process that has one thread.

A fork of a process with threads may wait for ever for a lock that one of them held; so the forks are made here, in a
program that imports only what writes. Run as a script it answers each request ``[k, strike, work, path, content]``, a
JSON array on a line of its own, with the exit code of the fork.
"""

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from regraft.core.errors import FileProblem
from regraft.writing import stage
from regraft.writing.file import reserved_file
from regraft.writing.folder import Purpose, reserved_folder

EVENTS = {
    "open",
    "os.rename",
    "os.mkdir",
    "os.remove",
    "os.rmdir",
    "os.listdir",
    "os.scandir",
    "os.chmod",
    "os.truncate",
}
REFUSED, FINE, NOT_STRUCK = 2, 0, 99
PURPOSE = Purpose(kind="test", command="regraft test")
LONGEST_SECONDS = 60  # for a step of milliseconds: what takes longer has hung, and dies of SIGALRM

Struck = Callable[[int, str, str, Path, Any], int]


def write_results(folder: Path, files: dict[str, str]) -> None:
    with reserved_folder(folder, PURPOSE, lambda _: None) as place, place.written() as partial:
        for name, text in files.items():
            (partial / name).parent.mkdir(exist_ok=True)
            (partial / name).write_text(text)


def write_one(path: Path, text: str) -> None:
    with reserved_file(path, lambda _: None) as file:
        file.write(text.encode())


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _stop() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def _full() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


STRIKES = {"die": _die, "full": _full, "stop": _stop}
WORKS: dict[str, Callable[[Path, Any], None]] = {"results": write_results, "one": write_one}


def without_waiting_for_the_disk(change: Callable[[Any, str, Any], None]) -> None:
    """Leave out what only the disk needs, here or in another process."""
    change(os, "fsync", lambda _: None)
    change(stage, "_PLAUSIBLE_BYTES", 100)


def _in_a_fork(at: int, strike: str, work: str, path: str, content: Any) -> int:
    """Do some work in a child that is struck at one step; return its exit code, negative for a signal."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        signal.alarm(LONGEST_SECONDS)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        seen = [0]

        def count(event: str, _arguments: object) -> None:
            if event in EVENTS:
                seen[0] += 1
                if seen[0] == at:
                    STRIKES[strike]()

        sys.addaudithook(count)
        WORKS[work](Path(path), content)
        code = FINE if seen[0] >= at else NOT_STRUCK
    except FileProblem:
        code = REFUSED
    except SystemExit:
        code = 143
    finally:
        os._exit(code)


@contextmanager
def striker() -> Iterator[Struck]:
    """Yield what asks for struck work, in a process of its own."""
    program = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def struck(at: int, strike: str, work: str, path: Path, content: Any) -> int:
        assert program.stdin is not None
        assert program.stdout is not None
        program.stdin.write(json.dumps([at, strike, work, str(path), content]) + "\n")
        program.stdin.flush()
        return int(program.stdout.readline())

    try:
        yield struck
    finally:
        program.kill()
        program.communicate()


if __name__ == "__main__":
    without_waiting_for_the_disk(setattr)
    for line in sys.stdin:
        sys.stdout.write(f"{_in_a_fork(*json.loads(line))}\n")
        sys.stdout.flush()
