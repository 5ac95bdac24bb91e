"""Run steps one after the other, each as its own user and settings, in forks of one process with Numba ready.

Started as a script with a list of steps as JSON on standard input; prints a list of [exit status, output, errors].
"""

import json
import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

import numba

from regraft.core.kernel_digest import digest_of_code
from regraft.core.kernels import kernel


def prepare() -> None:
    """Load all that a user without access to this Python could not load later, and forget the program under test."""
    numba.njit(lambda x: x * 2.0)(1.0)
    assert kernel
    digest_of_code("clinical")
    for name in [name for name in sys.modules if name.split(".")[0] == "regraft"]:
        del sys.modules[name]


def live(step: dict[str, Any], out: int, errors: int) -> None:
    """Become the user of a step and do it; never returns."""
    os.dup2(out, 1)
    os.dup2(errors, 2)
    os.environ.clear()
    os.environ.update(step["settings"])
    tempfile.tempdir = None
    if step["user"] is not None:
        os.setgroups([])
        os.setgid(step["user"])
        os.setuid(step["user"])
    status = 0
    try:
        exec(f"{step['before']}\nfrom regraft.clinical.tiny import scaled\nprint(scaled(2.0))", {})  # noqa: S102
    except BaseException:  # noqa: BLE001  # it is told by the status
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def done(step: dict[str, Any]) -> list[Any]:
    """Do a step in a fork and return how it ended.

    With ``times``, in so many forks at once, of which the worst is told.
    """
    if "write" in step:
        Path(step["write"][0]).write_text(step["write"][1])
        return [0, "", ""]
    forks = []
    for _ in range(step.get("times", 1)):
        out, errors = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
        pid = os.fork()
        if pid == 0:
            live(step, out.fileno(), errors.fileno())
        forks.append((pid, out, errors))
    ended = []
    for pid, out, errors in forks:
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        out.seek(0)
        errors.seek(0)
        ended.append([status, out.read().decode(), errors.read().decode()])
    return max(ended, key=lambda end: (end[0] != 0, end[1] != ended[0][1]))


if __name__ == "__main__":
    prepare()
    json.dump([done(step) for step in json.load(sys.stdin)], sys.stdout)
