"""The folder of one run of the program: private, gone when the program ends, and swept when one was left behind."""

import os
import re
import secrets
import shutil
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import final

from regraft.explorer.guard import LEADS_ON

_NAME = re.compile(r"regraft-explore-(\d+)-[A-Za-z0-9_]+")
_PLACE = re.compile(r"[A-Za-z0-9_-]{22}")
_PRIVATE_FILE, _PRIVATE_FOLDER = 0o600, 0o700


@final
@dataclass(frozen=True, slots=True)
class Session:
    """A fresh folder that nobody else may read.

    Parameters
    ----------
    folder : Path
        Where uploaded files and whatever is made of them lie.
    """

    folder: Path

    @classmethod
    def start(cls) -> "Session":
        """Make a folder for this process, after sweeping those of processes that are gone."""
        root = runtime_folder()
        sweep(root)
        return cls(Path(tempfile.mkdtemp(prefix=f"regraft-explore-{os.getpid()}-", dir=root)))

    def end(self) -> None:
        """Remove the folder with everything in it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def opening_page(self, address: str) -> Path:
        """Write a page that leads to an address, so that the token stands in no list of processes."""
        path = self.folder / "open.html"
        _write_private(path, f'{LEADS_ON}{address}"><p><a href="{address}">Open regraft explore</a></p>')
        return path


def runtime_folder() -> Path:
    """Return where this user's short-lived private files belong."""
    named = os.environ.get("XDG_RUNTIME_DIR", "")
    return Path(named) if named and Path(named).is_dir() and os.access(named, os.W_OK) else Path(tempfile.gettempdir())


def sweep(root: Path) -> None:
    """Remove what processes of this user left that ended without clearing away."""
    for path in root.glob("regraft-explore-*"):
        found = _NAME.fullmatch(path.name)
        if found is None or path.is_symlink() or _is_running(int(found[1])):
            continue
        with suppress(OSError):
            if path.stat().st_uid == os.getuid():
                shutil.rmtree(path, ignore_errors=True)


def _is_running(process: int) -> bool:
    if os.name == "nt":
        return True  # asking would end the process
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def steady_place() -> str:
    """Return the random first part of every path: the same from start to start, so that links stay good.

    It is no secret that opens anything; where it cannot be kept it is a new one.
    """
    state = os.environ.get("XDG_STATE_HOME", "")
    path = (Path(state) if state else Path.home() / ".local" / "state") / "regraft" / "explore-place"
    fresh = secrets.token_urlsafe(16)
    try:
        if path.is_file() and not path.is_symlink():
            said = path.read_text(encoding="ascii").strip()
            if _PLACE.fullmatch(said):
                return said
        path.parent.mkdir(parents=True, exist_ok=True, mode=_PRIVATE_FOLDER)
        _write_private(path, fresh)
    except (OSError, ValueError, RuntimeError):
        return fresh
    return fresh


def _write_private(path: Path, text: str) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
    with os.fdopen(os.open(path, flags, _PRIVATE_FILE), "w", encoding="utf-8") as file:
        file.write(text)
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)
