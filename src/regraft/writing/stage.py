"""A hidden folder on the disk of the results, in which they are made: locked while its run lives, cleared away after.

The lock is the kernel's (`flock`) and ends with the process, however it ends; a folder whose lock is free was left by a
run that was killed.
"""

import errno
import os
import shutil
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import final

from regraft.core.errors import FileProblem
from regraft.writing.places import Place
from regraft.writing.unbroken import unbroken

READY = "ready"  # everything below is complete and takes its place now: to be finished, never thrown away
PARTS = "parts"  # of a long run (see `regraft.writing.parts`): the same run goes on with them; never thrown away
_NEW, _LOCK, _TRIAL, _GONE = "new", "lock", "trial", "gone"
_MARK = b"regraft makes results here; the folder goes when they are done\n"
_PLAUSIBLE_BYTES = 2_000_000  # about the results of one run
_LEGACY = {"report.html", "report.html.partial", "results.json", "study"}  # and figures and tables named SIMULATED-
INSIDE = ".regraft.partial"

Say = Callable[[str], None]


@final
@dataclass(slots=True)
class Stage:
    """A locked hidden folder."""

    folder: Path
    lock: int

    @property
    def new(self) -> Path:
        """Where results are made."""
        return self.folder / _NEW

    def clear(self) -> None:
        """Remove the folder and give the lock back.

        Results that were taking their place are left to be finished, and parts of a long run to go on with.
        """
        with unbroken():
            if self.lock < 0:
                return
            with suppress(OSError):  # whatever stays is cleared away by the next run
                if not (self.folder / READY).exists():
                    for path in self.folder.iterdir():
                        if path.name != _LOCK and not (path == self.parts and has_parts(path)):
                            _remove(path)
                    if not self.parts.exists():
                        (self.folder / _LOCK).unlink()
                        self.folder.rmdir()
            os.close(self.lock)
            self.lock = -1

    def finished(self) -> None:
        """Say that everything has taken its place."""
        _remove(self.folder / READY)

    @property
    def parts(self) -> Path:
        """Where the parts of a long run are kept until all is done."""
        return self.folder / PARTS

    def take_over_parts(self, hidden: Path) -> None:
        """Take the parts that wait in another hidden folder, whose run has ended."""
        other = None if has_parts(self.parts) else _locked_again(hidden, {_MARK})
        if other is not None:
            with suppress(OSError):  # on another disk: they wait where they are
                _remove(self.parts)
                other.parts.rename(self.parts)
            other.clear()

    def forget_parts(self) -> None:
        """Remove the parts, whose run is done; half of them never stand where whole ones are looked for."""
        with suppress(FileNotFoundError):
            self.parts.rename(self.folder / _GONE)
        _remove(self.folder / _GONE)

    def try_room(self) -> None:
        """Write as much as results need at least, so that a full disk is met now and not when all is computed."""
        path = self.folder / _TRIAL
        try:
            path.write_bytes(bytes(_PLAUSIBLE_BYTES))
        finally:
            path.unlink(missing_ok=True)


def beside(path: Path) -> Path:
    """Return the hidden folder beside a file or folder that is to be made."""
    name = f".{path.name}.partial"
    if len(os.fsencode(name)) > os.pathconf(_existing(path.parent), "PC_NAME_MAX"):
        name = f".{blake2b(os.fsencode(path.name), digest_size=8).hexdigest()}.partial"
    return path.parent / name


def take_stage(hidden: Path, place: Place, say: Say) -> Stage:
    """Make and lock a hidden folder, or take over the one of a run that was killed.

    Raises
    ------
    FileProblem
        Another run is using it, or something of its name is not regraft's.
    OSError
        It cannot be made.
    """
    lock, fresh = _taken(hidden, place)
    stage = Stage(hidden, lock)
    try:
        os.pwrite(lock, _MARK, 0)
        if not fresh and not _is_kept(hidden):
            say(f"regraft: cleared away what an interrupted run had left ({hidden})")
        _remove(stage.new)
        _remove(hidden / _TRIAL)
        stage.try_room()
    except BaseException:
        stage.clear()
        raise
    return stage


def _taken(hidden: Path, place: Place) -> tuple[int, bool]:
    """Return the lock of a hidden folder that is ours now, and whether the folder was made for it."""
    while True:
        fresh = _made(hidden, place)
        try:
            lock = os.open(hidden / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        except FileNotFoundError:
            continue  # its owner has just cleared it away
        except OSError:
            with suppress(OSError):
                hidden.rmdir()  # only if nothing is in it
            raise
        if os.pread(lock, 2 * len(_MARK), 0) not in {b"", _MARK}:
            os.close(lock)
            raise _in_the_way(hidden, place)
        if not _locked(lock):
            os.close(lock)
            raise place.refused("another run of regraft is writing there", "Wait for it, or give another {option}.")
        if _stands(hidden / _LOCK, lock):
            return lock, fresh
        os.close(lock)


def clear_abandoned(path: Path, say: Say) -> None:
    """Clear away what runs that were killed left beside a file or folder.

    That is hidden folders whose lock is free or, of earlier versions, ``.NAME.partial-PID`` of a process that has
    ended.
    """
    folder, own = path.parent, beside(path)
    with suppress(OSError):
        own.rmdir()  # only if nothing is in it
    for hidden in folder.glob(".*.partial"):
        stage = _left_behind(hidden, {_MARK, b""} if hidden == own else {_MARK})
        if stage is not None:
            say(f"regraft: cleared away what an interrupted run had left ({hidden})")
            stage.clear()
    for hidden in folder.glob(f".{_literal(path.name)}.partial-*"):
        pid = hidden.name.rpartition("-")[2]
        if pid.isdecimal() and not _lives(int(pid)) and _is_legacy(hidden):
            say(f"regraft: cleared away what an interrupted run had left ({hidden})")
            _remove(hidden)


def has_parts(folder: Path) -> bool:
    """Return whether any part of a long run stands in a folder of parts."""
    return folder.is_dir() and any(path.is_dir() and not path.name.startswith(".") for path in folder.iterdir())


def make_folders(folder: Path, made: list[Path]) -> None:
    """Make a folder and those above it, and note each that was not there."""
    for one in (*reversed(folder.parents), folder):
        if not one.exists():
            one.mkdir(exist_ok=True)
            made.append(one)


def remove_empty(made: list[Path]) -> None:
    """Remove folders that were made for nothing, the deepest first."""
    for folder in reversed(made):
        with suppress(OSError):
            folder.rmdir()
    made.clear()


def write_synced(path: Path, content: bytes) -> None:
    """Write a new file and wait until it is on the disk."""
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_tree(folder: Path) -> None:
    """Wait until a folder and all below is on the disk."""
    for path in (*folder.rglob("*"), folder):
        sync(path)


def sync(path: Path) -> None:
    """Wait until a file or a folder's list of names is on the disk."""
    if sys.platform == "win32" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _made(hidden: Path, place: Place) -> bool:
    """Make the folder; return False when it was there, left by a run."""
    try:
        hidden.mkdir()
    except FileExistsError:
        names = [] if hidden.is_symlink() or not hidden.is_dir() else [path.name for path in hidden.iterdir()]
        if not hidden.is_symlink() and hidden.is_dir() and (not names or _LOCK in names):
            return False
        raise _in_the_way(hidden, place) from None
    return True


def _in_the_way(hidden: Path, place: Place) -> FileProblem:
    return place.refused(f"{hidden} is in the way, and regraft did not write it", "Move it away.")


def _locked(descriptor: int) -> bool:
    """Lock a file; False when another process holds it. Where locks cannot be had, runs are not kept apart."""
    if sys.platform == "win32":
        return True
    from fcntl import LOCK_EX, LOCK_NB, flock  # noqa: PLC0415 - not on Windows

    try:
        flock(descriptor, LOCK_EX | LOCK_NB)
    except OSError as error:
        return error.errno not in {errno.EWOULDBLOCK, errno.EACCES}
    return True


def _stands(path: Path, descriptor: int) -> bool:
    """Return whether a path still means the file that was opened."""
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _left_behind(hidden: Path, marks: set[bytes]) -> Stage | None:
    """Return a hidden folder, locked, if it is regraft's and its run ended with nothing left to finish."""
    return None if _is_kept(hidden) else _locked_again(hidden, marks)


def _locked_again(hidden: Path, marks: set[bytes]) -> Stage | None:
    """Return a hidden folder, locked, if it is regraft's and its run has ended."""
    lock = hidden / _LOCK
    try:
        if hidden.is_symlink() or not stat.S_ISREG(lock.lstat().st_mode):
            return None
        descriptor = os.open(lock, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    if os.pread(descriptor, 2 * len(_MARK), 0) in marks and _locked(descriptor) and _stands(lock, descriptor):
        return Stage(hidden, descriptor)
    os.close(descriptor)
    return None


def _is_kept(hidden: Path) -> bool:
    """Return whether a hidden folder holds what the next run finishes or goes on with."""
    return (hidden / READY).exists() or has_parts(hidden / PARTS)


def _is_legacy(hidden: Path) -> bool:
    if hidden.is_symlink() or not hidden.is_dir():
        return False
    return all(path.name in _LEGACY or path.name.startswith("SIMULATED-") for path in hidden.iterdir())


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _literal(name: str) -> str:
    """Return a name in which no letter stands for others."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def _existing(folder: Path) -> Path:
    return next(one for one in (folder, *folder.parents) if one.exists())
