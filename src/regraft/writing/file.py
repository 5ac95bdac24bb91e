"""Single files: made beside under a hidden name and renamed; one of others, or changed since, is not replaced."""

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import final

from regraft.writing.manifest import digest, is_protected
from regraft.writing.places import Place, find_file
from regraft.writing.stage import (
    Say,
    Stage,
    beside,
    clear_abandoned,
    make_folders,
    remove_empty,
    sync,
    take_stage,
    write_synced,
)
from regraft.writing.unbroken import unbroken

_MARK = "user.regraft.sha256"  # an extended attribute: the digest of the content regraft wrote


@final
@dataclass(slots=True)
class ReservedFile:
    """A file that nobody else writes until it is given back."""

    place: Place
    replace: bool
    stage: Stage
    made: list[Path] = field(default_factory=list)

    def write(self, content: bytes) -> None:
        """Put the file in place, whole; it is marked as regraft's where the file system keeps marks."""
        with self.place.told(), unbroken():
            new, path = self.stage.new, self.place.path
            write_synced(new, content)
            _refuse(self.place, replace=self.replace)
            with suppress(FileNotFoundError):
                new.chmod(stat.S_IMODE(path.stat().st_mode))
            _set_mark(new, sha256(content).hexdigest())
            new.replace(path)
            sync(path.parent)

    def give_back(self) -> None:
        """Clear away what was made on the way; folders above that were made for nothing go too."""
        with unbroken():
            self.stage.clear()
            remove_empty(self.made)


@contextmanager
def reserved_file(
    out: Path, say: Say, *, option: str = "--out", inputs: tuple[Path, ...] = (), replace: bool = False
) -> Iterator[ReservedFile]:
    """Reserve a file during the block.

    Parameters
    ----------
    out : Path
        The file.
    say : callable
        Takes a message.
    option : str
        The option it was given with.
    inputs : tuple of Path
        Files and folders that are read: never written to.
    replace : bool
        Whether a file that is no input may be replaced, whoever wrote it.

    Raises
    ------
    FileProblem
        The file cannot be written, is or lies among what is read, or is there and regraft did not write it as it is.
    """
    place, made = find_file(out, option, inputs), list[Path]()
    file: ReservedFile | None = None
    try:
        with place.told(), unbroken():
            _refuse(place, replace=replace)
            make_folders(place.path.parent, made)
            clear_abandoned(place.path, say)
            file = ReservedFile(place, replace, take_stage(beside(place.path), place, say), made)
        yield file
    finally:
        if file is not None:
            file.give_back()
        remove_empty(made)


def write_whole_files(folder: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write files of regraft's own into a folder, each whole, in the order given; return their paths.

    Raises
    ------
    FileProblem
        The folder or a file cannot be written.
    """
    place = Place(folder, folder, "folder")
    with place.told():
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            write_whole(folder / name, content)
    return tuple(folder / name for name in files)


def write_whole(path: Path, content: bytes) -> None:
    """Replace one of regraft's own files in a single step; half of it never has its name."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        write_synced(partial, content)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _refuse(place: Place, *, replace: bool) -> None:
    if not place.path.exists():
        return
    if is_protected(place.path):
        raise place.refused("the file was made read-only", "Make it writable, or give another {option}.")
    if replace or _is_ours(place.path):
        return
    raise place.refused(
        "the file exists, and regraft did not write it, or it was changed since",
        "Move it away, give another {option}, or say --replace.",
    )


def _is_ours(path: Path) -> bool:
    """Return whether regraft wrote a file and nobody changed it; False where the file system keeps no marks."""
    try:
        return os.getxattr(path, _MARK).decode("ascii") == digest(path)
    except (OSError, AttributeError, UnicodeDecodeError):
        return False


def _set_mark(path: Path, value: str) -> None:
    with suppress(OSError, AttributeError):
        os.setxattr(path, _MARK, value.encode("ascii"))
