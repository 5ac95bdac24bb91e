"""Where compiled code is kept, and whose folder may be trusted with it: what is taken from there is run.

A folder is used if it belongs to this user or to the administrator, and within it what they alone may write. What
cannot be used is said in one line, and the next place is taken: ``REGRAFT_CACHE_DIR`` or the user's cache, then a
private folder in the temporary one, then none.
"""

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from multiprocessing import parent_process
from pathlib import Path

_ADMINISTRATOR = 0
_REMEDY = "Name a folder of your own with REGRAFT_CACHE_DIR"


@cache
def cache_roots() -> tuple[Path, ...]:
    """Return the folders that compiled code may be taken from and kept in, best first; those left out are said."""
    roots = []
    shared = _temporary_folder()
    for path in _candidates(shared):
        doubt = _doubt(path, everybodys=path.parent == shared)
        if doubt is None:
            roots.append(path)
        else:
            say(f"no compiled code is taken from {path}: {doubt}. {_REMEDY}.")
    return tuple(roots)


def _candidates(shared: Path | None) -> Iterator[Path]:
    named = os.environ.get("REGRAFT_CACHE_DIR")
    users = os.environ.get("XDG_CACHE_HOME") or _home_cache()
    if named:
        yield Path(os.path.expanduser(named)).absolute()  # noqa: PTH111  # Path.expanduser raises without a home
    elif Path(users).is_absolute():
        yield Path(users) / "regraft"
    if shared is not None:
        yield shared / f"regraft-{_user()}"


def _temporary_folder() -> Path | None:
    """Return the folder for temporary files; None where there is none but the current folder, which stays as it is."""
    try:
        found = tempfile.gettempdir()
    except FileNotFoundError:
        return None
    meant = {os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP")}
    usual = {"/tmp", "/var/tmp", "/usr/tmp"}  # noqa: S108  # where a system keeps what is temporary
    return None if found == os.getcwd() and found not in meant | usual else Path(found)  # noqa: PTH109


def _home_cache() -> str:
    """Return the usual folder for caches; a relative path where there is neither HOME nor an entry for the user."""
    return os.path.join(os.path.expanduser("~"), ".cache")  # noqa: PTH111, PTH118  # as above


def _user() -> int:
    return os.geteuid() if hasattr(os, "geteuid") else _ADMINISTRATOR


def _doubt(root: Path, *, everybodys: bool) -> str | None:
    """Return why a folder, or the one it would be made in, may not hold code that is run; None if it may.

    In a folder of everybody's (the temporary one) it must be no link and nobody else's to write.
    """
    place = root
    while not os.path.lexists(place) and place != place.parent:
        place = place.parent
    try:
        found = place.stat()
    except OSError as problem:
        return f"{place} cannot be used ({problem.strerror})"
    if not stat.S_ISDIR(found.st_mode):
        return f"{place} is not a folder"
    if found.st_uid not in {_user(), _ADMINISTRATOR}:
        return f"{place} belongs to another user"
    if place != root:
        return None
    if everybodys:
        return None if is_ours_alone(root) else "it stands in a folder of everybody's and is not yours alone"
    everybody_writes = hasattr(os, "geteuid") and found.st_mode & stat.S_IWOTH
    return "every user may write to it" if everybody_writes and found.st_uid != _user() else None


def is_ours_alone(folder: Path) -> bool:
    """Return whether this is a folder, no link, which nobody but this user and the administrator may write to."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and is_written_by_us_only(found)


def is_written_by_us_only(found: os.stat_result) -> bool:
    """Return whether a file or folder belongs to this user or the administrator and no other may write to it."""
    if not hasattr(os, "geteuid"):
        return True  # Windows: folders of caches are private to the user
    return found.st_uid in {_user(), _ADMINISTRATOR} and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def say(message: str) -> None:
    """Print one line on standard error, from the first process only; without a standard error it is lost."""
    if parent_process() is not None or sys.stderr is None:
        return
    try:
        sys.stderr.write(f"regraft: {message}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        return
