"""Where somebody asked for results.

Looked at before anything is computed, and refused in one line if it cannot be used.
"""

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import final

from regraft.core.errors import FileProblem

_PROGRAM = Path(__file__).resolve().parents[1]  # every command reads it: parameters, protocols, the posterior
_ROOM = "Make room, or give another {option}."
_OTHER = "Give another {option}."
_WHY = {
    errno.ENOSPC: ("there is no room left on its disk", _ROOM),
    errno.EDQUOT: ("the disk quota is used up", _ROOM),
    errno.EFBIG: ("files as large as results need are not allowed here", "Raise the limit (ulimit -f unlimited)."),
    errno.EROFS: ("the file system is read-only", _OTHER),
    errno.EACCES: ("you may not write there", "Change its permissions or owner, or give another {option}."),
    errno.EPERM: ("you may not write there", "Change its permissions or owner, or give another {option}."),
    errno.ENAMETOOLONG: ("the name is too long", "Give a shorter {option}."),
    errno.ENOTDIR: ("part of the path is a file", _OTHER),
    errno.EMFILE: ("too many files are open", "Raise the limit (ulimit -n 1024)."),
    errno.ENFILE: ("too many files are open on this machine", "End other programs, or ask whoever set the limit."),
    errno.EIO: ("its disk reports a fault", "Look after the disk, or give another {option}."),
}


@final
@dataclass(frozen=True, slots=True)
class Place:
    """A path on which results are to stand.

    Parameters
    ----------
    path : Path
        Without links and `..`.
    shown : Path
        As it was asked for.
    option : str
        The option it was given with.
    """

    path: Path
    shown: Path
    option: str

    def refused(self, problem: str, remedy: str = _OTHER, inside: str = "") -> FileProblem:
        """Return an error about this place, or about a file inside."""
        return FileProblem(self.shown / inside, f"{self.option}: {problem}", remedy.format(option=self.option))

    @contextmanager
    def told(self) -> Iterator[None]:
        """Turn what the operating system says in the block into an error that names the place and what to do."""
        try:
            yield
        except OSError as error:
            why, remedy = _WHY.get(error.errno or 0, (error.strerror or "no reason is given", _OTHER))
            raise self.refused(f"cannot be written: {why}", remedy) from error


def find_place(asked: Path, option: str) -> Place:
    """Return the place a path means: ``~`` is the home folder, links are followed, ``..`` is taken away.

    Raises
    ------
    FileProblem
        The current folder (which is also what an empty variable of a script gives), a link to nothing, or a path that
        cannot be.
    """
    shown = Place(asked, asked, option)
    if asked == Path():
        raise shown.refused("is the current folder, or empty", "Give the name of a folder or file with {option}.")
    with shown.told():
        try:
            path = asked.expanduser()
            if path.is_symlink() and not path.exists():
                raise shown.refused("is a link to something that is not there")
            real = path.resolve()
            if path.exists() and not (real.is_dir() or real.is_file()):
                raise shown.refused("is a device or pipe")
            return Place(real, asked, option)
        except RuntimeError as error:  # nobody of this name has a home; a link that leads to itself
            raise shown.refused(f"means no place ({error})") from None


def find_folder(asked: Path, option: str, inputs: Iterable[Path]) -> Place:
    """Return the place of a folder, which exists as one or can be made, apart from what is read."""
    place = find_place(asked, option)
    with place.told():
        if place.path.exists() and not place.path.is_dir():
            raise place.refused("is a file, and the output is a folder")
        _writable(place, place.path)
    _keep_off(place, inputs)
    return place


def find_file(asked: Path, option: str, inputs: Iterable[Path]) -> Place:
    """Return the place of a file, which is a plain one or can be made, apart from what is read."""
    place = find_place(asked, option)
    with place.told():
        if place.path.is_dir():
            raise place.refused("is a folder, and the output is a file", "Give the path of a file with {option}.")
        _writable(place, place.path.parent)
    _keep_off(place, inputs)
    return place


def _writable(place: Place, folder: Path) -> None:
    """Refuse a folder in which this user may not write, or the nearest one above that is there."""
    nearest = next(one for one in (folder, *folder.parents) if one.exists())
    if not nearest.is_dir():
        raise OSError(errno.ENOTDIR, "")
    if not os.access(nearest, os.R_OK | os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, "")
    if len(os.fsencode(place.path.name)) > os.pathconf(nearest, "PC_NAME_MAX"):
        raise OSError(errno.ENAMETOOLONG, "")


def _keep_off(place: Place, inputs: Iterable[Path]) -> None:
    """Refuse a place that is an input, holds one, or lies in a folder of input or of the program itself."""
    if _holds(_PROGRAM, place.path):
        raise place.refused("lies in the folder of the program itself, which must stay as it is")
    for given in chain.from_iterable(map(_with_links, inputs)):
        source = given.resolve()
        if not source.exists():
            continue
        if _holds(place.path, source):
            raise place.refused(f"is or holds the input {given}, which must stay as it is")
        if source.is_dir() and _holds(source, place.path):
            raise place.refused(f"lies in the input folder {given}, which must stay as it is")


def _with_links(given: Path) -> Iterator[Path]:
    """Yield an input, and of a folder the files only linked into it, which lie elsewhere and are read all the same."""
    yield given
    for path in chain(given.glob("*"), given.glob("*/*")):
        if path.is_symlink() and path.is_file():
            yield path


def _holds(folder: Path, path: Path) -> bool:
    """Return whether a path is a folder or lies in it, by any of their names."""
    return any(
        one == folder or (one.exists() and folder.exists() and one.samefile(folder)) for one in (path, *path.parents)
    )
