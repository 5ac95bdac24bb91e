"""Workers that end with their parent: a killed command leaves no process and no half-written output behind.

A process holds its standard output until it ends, so the end of that pipe is the end of the parent and all its workers.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from regraft.core.errors import FileProblem, RegraftError
from regraft.core.jobs import ONE_THREAD, Jobs, Workers
from regraft.core.processes import Processes

GENEROUS_SECONDS = 120
WORKERS = 2
JOBS = """
import os
import sys
import time
from pathlib import Path

from regraft.core.jobs import Jobs
from regraft.core.processes import Processes


def work(_common, _job):
    os.write(1, f"{os.getpid()}\\n".encode())
    time.sleep(3600)


def long_jobs():
    jobs = Jobs(work=work, common=None, each=["x" * 1_000_000] * 6, seconds_each=1.0)
    Processes(2).do(jobs, print)
"""
BARE = """

if __name__ == "__main__":
    long_jobs()
"""
COMMAND = """

def command(standalone_mode):
    from regraft.writing.folder import Purpose, reserved_folder

    purpose = Purpose(kind="test", command="test")
    with reserved_folder(Path(sys.argv[1]), purpose, print) as folder, folder.written() as partial:
        (partial / "half").write_text("half")
        long_jobs()


if __name__ == "__main__":
    import signal

    import regraft.cli.commands
    from regraft.__main__ import main

    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background shell hands on that it is ignored

    regraft.cli.commands.app = command
    main()
"""


def times(factor: int, number: int) -> int:
    return factor * number


def fail(_: int, number: int) -> int:
    message = f"job {number}"
    raise ValueError(message)


def refuse(_: int, _number: int) -> int:
    raise FileProblem("here.toml", "it is empty", "Fill it.")


def vanish(_: int, _number: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def sleep_after_the_first(_: int, number: int) -> int:
    if number:
        time.sleep(3600)
    return number


def done(work: Callable[[int, int], Any], count: int, workers: Workers) -> list[tuple[int, Any]]:
    """Return every job and its result, as they came."""
    came: list[tuple[int, Any]] = []
    jobs = Jobs(work=work, common=3, each=range(count), seconds_each=1.0)
    workers.do(jobs, lambda job, result: came.append((job, result)))
    return came


@contextmanager
def running(folder: Path, text: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start a script and wait until every worker is at its job; at the end nothing of it is left."""
    script = folder / "script.py"
    script.write_text(JOBS + text, encoding="utf-8")
    parent = subprocess.Popen(
        [sys.executable, str(script), str(folder / "out")], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert parent.stdout is not None
    workers: list[int] = []
    try:
        workers += [int(parent.stdout.readline()) for _ in range(WORKERS)]
        yield parent
    finally:
        parent.kill()
        for worker in workers:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
        parent.communicate()


def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    with running(tmp_path, BARE) as parent:
        parent.kill()
        parent.communicate(timeout=GENEROUS_SECONDS)
        assert parent.returncode == -signal.SIGKILL


@pytest.mark.parametrize(("number", "code", "said"), [(signal.SIGTERM, 143, b"terminated"), (signal.SIGINT, None, b"")])
def test_a_command_that_is_stopped_leaves_no_worker_and_nothing_half_written(
    tmp_path: Path, number: int, code: int | None, said: bytes
) -> None:
    with running(tmp_path, COMMAND) as parent:
        assert [path.name for path in tmp_path.iterdir() if "partial" in path.name] != []
        parent.send_signal(number)
        _, errors = parent.communicate(timeout=GENEROUS_SECONDS)
    assert code is None or parent.returncode == code, errors
    assert said in errors
    assert [path.name for path in tmp_path.iterdir()] == ["script.py"]


def test_every_job_comes_back_with_its_result_whoever_did_it() -> None:
    for workers in (Processes(2), Processes(1), ONE_THREAD):
        assert sorted(done(times, 5, workers)) == [(0, 0), (1, 3), (2, 6), (3, 9), (4, 12)]


def test_an_error_of_a_job_is_the_error_of_the_caller_and_says_where_it_was() -> None:
    with pytest.raises(ValueError, match="job") as caught:
        done(fail, 3, Processes(2))
    assert "in fail" in "".join(caught.value.__notes__)


def test_a_refused_file_is_still_one_when_it_comes_from_a_worker() -> None:
    with pytest.raises(FileProblem, match=r"here\.toml: it is empty\. Fill it\.") as caught:
        done(refuse, 2, Processes(2))
    assert caught.value.remedy == "Fill it."


def test_a_worker_that_is_killed_is_said_to_be() -> None:
    with pytest.raises(RegraftError, match=r"exit code -9.*fewer --threads"):
        done(vanish, 2, Processes(2))


def test_a_result_that_cannot_be_kept_stops_the_workers() -> None:
    def full(_: int, _result: int) -> None:
        raise OSError(28, "No space left on device")

    jobs = Jobs(work=sleep_after_the_first, common=3, each=range(4), seconds_each=1.0)
    with pytest.raises(OSError, match="No space left"):  # at once, although a worker would sleep for an hour
        Processes(2).do(jobs, full)
