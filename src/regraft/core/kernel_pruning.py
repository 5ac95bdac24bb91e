"""Folders of compiled code that nobody uses any more: each edit of a source makes a new one, and old ones are removed.

Only a folder that regraft made goes: its name, its marker (or the layout of earlier versions) and every file in it say
so.
"""

import os
import re
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

from regraft.core.kernel_folder import is_ours_alone

SUFFIX = ".kernel"
PARTIAL = ".partial-"  # then the process that writes it
MARKER = "made-by-regraft.txt"
_NAME = re.compile(r"kernels-[0-9a-f]{16}")
_OURS = re.compile(rf".+{re.escape(SUFFIX)}({re.escape(PARTIAL)}\d+)?|{re.escape(MARKER)}")
_OF_EARLIER_VERSIONS = re.compile(r".+\.py\d+\w*(\.nbi|\.\d+\.nbc)(\.tmp\.[0-9a-f]+)?")
_DAY, _HOUR = 86_400.0, 3_600.0
UNUSED_DAYS = 30.0
ROOM_BYTES = 1_000_000_000  # for what was not used today


def make_folder(folder: Path) -> None:
    """Make a folder for compiled code, this user's alone, with a marker that says who made it.

    Raises
    ------
    OSError
        It cannot be made, or another user has taken its name.
    """
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        (folder / MARKER).write_text("Programs compiled by regraft. The folder may be deleted at any time.\n")
    if not is_ours_alone(folder):
        raise PermissionError(None, "its folder belongs to another user, or others may write to it", str(folder))


@cache
def note_use(folder: Path) -> None:
    """Note in the marker that a folder is in use, at most once a process and an hour.

    A folder of the administrator stays.
    """
    with suppress(OSError):
        if time.time() - (folder / MARKER).stat().st_mtime > _HOUR:
            os.utime(folder / MARKER)


def forget_old(root: Path, now: float | None = None) -> None:
    """Remove folders unused for 30 days, and the longest unused beyond 1 GB.

    What was used today and foreign files stay.
    """
    now = time.time() if now is None else now
    found = []
    with suppress(OSError):
        for folder in root.iterdir():
            if _NAME.fullmatch(folder.name) and is_ours_alone(folder):
                files = _files_if_all_ours(folder)
                states = [state for state in map(_state, files) if state is not None]
                if states:
                    found.append((max(state.st_mtime for state in states), sum(s.st_size for s in states), files))
    total = 0
    for last_use, size, files in sorted(found, reverse=True):
        unused_days = (now - last_use) / _DAY
        total += size
        if unused_days > UNUSED_DAYS or (unused_days > 1.0 and total > ROOM_BYTES):
            _remove(files)


def _files_if_all_ours(folder: Path) -> list[Path]:
    """Return the files of a folder that regraft made; none if there is anything else in it."""
    files = []
    for path in folder.rglob("*"):
        if path.is_dir() and not path.is_symlink():
            continue
        direct = path.parent == folder and _OURS.fullmatch(path.name)
        earlier = path.parent.parent == folder and _OF_EARLIER_VERSIONS.fullmatch(path.name)
        if path.is_symlink() or not (direct or earlier):
            return []
        files.append(path)
    return files


def _state(file: Path) -> os.stat_result | None:
    """Return size and time of a file; None if another process has renamed or removed it."""
    try:
        return file.lstat()
    except OSError:
        return None


def _remove(files: list[Path]) -> None:
    """Remove files, and the folders that are empty then; another process may be at it too."""
    for file in files:
        with suppress(OSError):
            file.unlink()
    for folder in sorted({folder for file in files for folder in (file.parent, file.parent.parent)}, reverse=True):
        if folder.name.startswith("kernels-") or folder.parent.name.startswith("kernels-"):
            with suppress(OSError):
                folder.rmdir()
