"""Workers that end with their parent: a killed command leaves no process and no half-written output behind.

A process holds its standard output until it ends, so the end of that pipe is the end of the parent and all its workers.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from regraft.core.errors import FileProblem, RegraftError
from regraft.core.processes import run_jobs

GENEROUS_SECONDS = 120
WORKERS = 2
JOBS = """
import os
import sys
import time
from pathlib import Path

from regraft.core.processes import run_jobs


def work(_job):
    os.write(1, f"{os.getpid()}\\n".encode())
    time.sleep(3600)


def long_jobs():
    return list(run_jobs(work, ["x" * 1_000_000] * 6, 2))
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


def double(number: int) -> int:
    return 2 * number


def fail(number: int) -> int:
    message = f"job {number}"
    raise ValueError(message)


def refuse(_number: int) -> int:
    raise FileProblem("here.toml", "it is empty", "Fill it.")


def vanish(_number: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def double_or_sleep(number: int) -> int:
    if number:
        time.sleep(3600)
    return 2 * number


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


def test_results_come_in_the_order_of_the_jobs() -> None:
    assert list(run_jobs(double, range(5), 2)) == [0, 2, 4, 6, 8]
    assert list(run_jobs(double, range(5), 1)) == [0, 2, 4, 6, 8]


def test_an_error_of_a_job_is_the_error_of_the_caller_and_says_where_it_was() -> None:
    with pytest.raises(ValueError, match="job") as caught:
        list(run_jobs(fail, range(3), 2))
    assert "in fail" in "".join(caught.value.__notes__)


def test_a_refused_file_is_still_one_when_it_comes_from_a_worker() -> None:
    with pytest.raises(FileProblem, match=r"here\.toml: it is empty\. Fill it\.") as caught:
        list(run_jobs(refuse, range(2), 2))
    assert caught.value.remedy == "Fill it."


def test_a_worker_that_is_killed_is_said_to_be() -> None:
    with pytest.raises(RegraftError, match=r"exit code -9.*fewer --threads"):
        list(run_jobs(vanish, range(2), 2))


def test_results_that_nobody_wants_any_more_stop_the_workers() -> None:
    results = run_jobs(double_or_sleep, range(4), 2)
    assert next(results) == 0
    results.close()  # returns although a worker would sleep for an hour
