"""Parts of a long run: each is made under another name and renamed when it is whole, so a kill loses one at most.

A folder of parts begins with a list of what decides them all (``parts.toml``); a part is a folder with a list of its
own (``part.toml``): which of them it is, and the SHA-256 of each of its files. Who asks for the same again goes on with
the parts that are whole; who asks for anything else is refused, and so is a part that was changed.
"""

import errno
import os
import shutil
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import final

from regraft.core.errors import FileProblem
from regraft.writing.manifest import digest, quoted
from regraft.writing.places import Place
from regraft.writing.stage import has_parts, make_folders, sync, sync_tree, write_synced

ALL, ONE = "parts.toml", "part.toml"
COMMAND, REQUEST, WHOLE_COMMAND = "command", "request", "command of all shards"
_HOW_IT_WAS_ASKED = {COMMAND, REQUEST, WHOLE_COMMAND}  # a file at another path is the same protocol
_HEAD = "# What decides every part beside this list: a run that asks for anything else does not go on with them.\n"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A folder of parts.

    Parameters
    ----------
    folder : Path
        Where they stand.
    asked : mapping of str to str
        What decides them, by what it is: ``seed``, the digest of the ``protocol``, ...
    writer : str
        What tells names that are not whole yet apart, where several processes write; of one, nothing.
    """

    folder: Path
    asked: Mapping[str, str]
    writer: str = ""

    def path(self, name: str) -> Path:
        """Return where a part stands when it is whole."""
        return self.folder / name

    def is_whole(self, name: str) -> bool:
        """Return whether a part is there; every file of it is read.

        Raises
        ------
        FileProblem
            It was changed since it was written.
        """
        part = self.folder / name
        if not part.is_dir():
            return False
        changed = self.changed(name)
        if changed is not None:
            problem = "is not as it was written, and the run that went on would rest on it"
            raise FileProblem(part / changed, problem, f"Delete {part} to have that part made again")
        return True

    def changed(self, name: str) -> str | None:
        """Return the first file of a part that is not as it was written; None where all are. Every file is read."""
        part = self.folder / name
        return next((file for file, known in _files(part).items() if _digest(part / file) != known), None)

    def about(self, name: str) -> Mapping[str, str]:
        """Return what stands in the list of a part beside the digests of its files."""
        told = tomllib.loads((self.folder / name / ONE).read_text(encoding="utf-8"))
        return {key: value for key, value in told.items() if isinstance(value, str)}

    def write(self, name: str, about: Mapping[str, str], fill: Callable[[Path], None]) -> None:
        """Make a part: `fill` is given an empty folder; `about` stands in the part's list.

        Raises
        ------
        FileProblem
            The disk is full, or cannot be written to; parts that are whole stay.
        """
        new = self.folder / f".{name}{self.writer}.new"
        with Place(self.folder, self.folder, "--out").told():
            shutil.rmtree(new, ignore_errors=True)  # of a run that was killed
            try:
                new.mkdir()
                fill(new)
                paths = [path for path in sorted(new.rglob("*")) if path.is_file()]
                files = {path.relative_to(new).as_posix(): digest(path) for path in paths}
                write_synced(new / ONE, _toml(about, files).encode())
                sync_tree(new)
                _put_in_place(new, self.folder / name)
            except Exception:
                shutil.rmtree(new, ignore_errors=True)  # a full disk has room again for others
                raise
            sync(self.folder)


def begin_parts(folder: Path, asked: Mapping[str, str]) -> Parts:
    """Begin a folder of parts, or go on with one.

    Parameters
    ----------
    folder : Path
        Made when it is not there.
    asked : mapping of str to str
        What decides the parts; ``command`` is how it was asked for.

    Raises
    ------
    FileProblem
        The parts there are of something else: the first difference is named.
    """
    known = waiting(folder)
    if known is None:
        make_folders(folder, [])
        for left in (folder / f".{ALL}.new", folder / ALL):
            left.unlink(missing_ok=True)
        write_synced(folder / f".{ALL}.new", (_HEAD + _toml(asked, {})).encode())
        (folder / f".{ALL}.new").rename(folder / ALL)
        sync(folder)
    else:
        refuse_others(folder, known, asked)
    return Parts(folder=folder, asked=asked)


def refuse_others(folder: Path, known: Mapping[str, str], asked: Mapping[str, str]) -> None:
    """Refuse parts that are of something else than what is asked for.

    Raises
    ------
    FileProblem
        They are: the first difference is named.
    """
    differs = difference(known, asked)
    if differs is not None:
        raise FileProblem(
            folder,
            f"holds parts of a run that was stopped, `{known.get(COMMAND, 'unknown')}`, of {differs}",
            "Ask for the same again to go on, give another --out, or delete that folder",
        )


def difference(there: Mapping[str, str], now: Mapping[str, str]) -> str | None:
    """Return the first thing in which what decides some parts differs from what is asked for now; None if in nothing.

    Examples
    --------
    >>> difference({"seed": "1", "command": "regraft run a"}, {"seed": "2", "command": "regraft run b"})
    'another seed (1 there, 2 now)'
    """
    differs = [key for key in {**there, **now} if key not in _HOW_IT_WAS_ASKED and there.get(key) != now.get(key)]
    if not differs:
        return None
    was, wanted = (one.get(differs[0], "none") for one in (there, now))
    return f"another {differs[0]} ({was[:20]} there, {wanted[:20]} now)"


def waiting(folder: Path) -> Mapping[str, str] | None:
    """Return what decides the parts that wait in a folder; None where there are none."""
    if not has_parts(folder):
        return None
    try:
        told = tomllib.loads((folder / ALL).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FileProblem(folder / ALL, f"cannot be read ({error})", "Delete that folder to begin again") from error
    return {key: value for key, value in told.items() if isinstance(value, str)}


def give_second_name(path: Path, other: Path) -> None:
    """Let a file of a part stand elsewhere too, until all is done and the part goes; without copying if may be."""
    with suppress(OSError):  # a file system without second names
        os.link(path, other)
        return
    shutil.copyfile(path, other)


def _put_in_place(new: Path, part: Path) -> None:
    """Give a part its name; of two processes that made the same part the first has it."""
    try:
        new.rename(part)
    except OSError as error:
        if error.errno not in {errno.ENOTEMPTY, errno.EEXIST} or (new / ONE).read_bytes() != (part / ONE).read_bytes():
            raise
        shutil.rmtree(new, ignore_errors=True)


def _files(part: Path) -> Mapping[str, str]:
    try:
        files = tomllib.loads((part / ONE).read_text(encoding="utf-8")).get("files", {})
    except (OSError, ValueError) as error:
        raise FileProblem(part / ONE, "cannot be read", f"Delete {part} to have that part made again") from error
    return {name: str(known) for name, known in files.items() if ".." not in PurePosixPath(name).parts}


def _digest(path: Path) -> str:
    try:
        return digest(path)
    except FileNotFoundError:
        return "missing"


def _toml(about: Mapping[str, str], files: Mapping[str, str]) -> str:
    lines = [f"{quoted(key)} = {quoted(value)}" for key, value in about.items()]
    listed = [f"{quoted(name)} = {quoted(known)}" for name, known in files.items()]
    return "\n".join([*lines, *(["", "[files]", *listed] if files else [])]) + "\n"
