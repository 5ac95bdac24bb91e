"""A small copy of the program, with one kernel that calls another: edited, damaged, run as another user in seconds."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest

SOURCE = Path(__file__).resolve().parents[3] / "src" / "regraft"
INNER = "from regraft.core.kernels import kernel\n\n\n@kernel\ndef factor(x):\n    return x * {factor}\n"
OUTER = (
    "from regraft.core.kernels import kernel\nfrom regraft.core.tiny_inner import factor\n\n\n"
    "@kernel\ndef scaled(x):\n    return factor(x) + 0.5\n"
)


class Ended(NamedTuple):
    status: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Tiny:
    """A package tree of its own; `folder` is open to every user."""

    folder: Path

    def edit(self, factor: float) -> dict[str, Any]:
        """Return the step that changes the inner kernel."""
        return {"write": [str(self.folder / "regraft" / "core" / "tiny_inner.py"), INNER.format(factor=factor)]}

    def step(
        self, settings: Mapping[str, str], *, user: int | None = None, before: str = "", times: int = 1
    ) -> dict[str, Any]:
        """Return the step that prints ``scaled(2.0)`` in a process of its own, with none of this process's settings."""
        environment = {"PATH": os.environ["PATH"], "TMPDIR": str(self.folder / "tmp"), **settings}
        return {
            "settings": environment,
            "user": user if os.geteuid() == 0 else None,
            "before": before,
            "times": times,
        }

    def run(self, *steps: dict[str, Any]) -> list[Ended]:
        """Run steps one after the other."""
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}
        ended = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("run_steps.py"))],
            input=json.dumps(steps),
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=120.0,
        ).stdout
        return [Ended(*one) for one in json.loads(ended)]

    def kernels(self) -> list[Path]:
        """Return what is kept of the outer kernel, wherever it lies."""
        return sorted(self.folder.rglob("*scaled*.kernel"))


@pytest.fixture
def tiny() -> Iterator[Tiny]:
    folder = Path(tempfile.mkdtemp(prefix="regraft-harm-"))  # pytest's own folders are closed to other users
    folder.chmod(0o755)
    (folder / "regraft").mkdir()
    for package in ("core", "clinical"):
        shutil.copytree(SOURCE / package, folder / "regraft" / package, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "regraft" / "__init__.py").touch()
    (folder / "regraft" / "clinical" / "tiny.py").write_text(OUTER)
    (folder / "regraft" / "core" / "tiny_inner.py").write_text(INNER.format(factor=3.0))
    for name, mode in {"tmp": 0o1777, "home": 0o777}.items():
        (folder / name).mkdir()
        (folder / name).chmod(mode)
    yield Tiny(folder)
    for path in folder.rglob("*"):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
    shutil.rmtree(folder)
