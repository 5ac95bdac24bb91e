"""Result folders: reserved before computing, written beside, then put in place so that a kill loses nothing.

A folder that is not there yet is made under a hidden name and renamed: it is whole or not there. One that is there
stays what it is, with all that others put into it: new files are made in a hidden folder inside, which is then renamed
to say that it is complete, and its files take their places one by one. A run that is killed in between is finished by
the next one. The hidden folder also keeps the parts of a long run, with which the same run goes on.
"""

import errno
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain, count
from pathlib import Path
from typing import final

from regraft.core.errors import FileProblem
from regraft.writing.manifest import MANIFEST, Manifest, State, asked_digest, manifest_of, read_manifest, state_of
from regraft.writing.parts import COMMAND, REQUEST, Parts, begin_parts, waiting
from regraft.writing.places import Place, find_folder
from regraft.writing.stage import (
    INSIDE,
    PARTS,
    READY,
    Say,
    Stage,
    beside,
    clear_abandoned,
    make_folders,
    remove_empty,
    sync,
    sync_tree,
    take_stage,
    write_synced,
)
from regraft.writing.unbroken import unbroken

RESULTS = (
    "report.html",
    "results.json",
    "SIMULATED-*.csv",
    "SIMULATED-*.svg",
    "study/*.parquet",
    "study/study.toml",
    "study/parts.toml",
    "study/SIMULATED-people-*/*",
)
_APPEARED = {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """What a folder is wanted for.

    Parameters
    ----------
    command : str
        The command, as it can be given again.
    kind : str
        What is written, such as the command's name: results of one kind are not replaced by another.
    asked : tuple
        What tells its results from others of the kind: where its input lies, options that matter.
    inputs : tuple of Path
        Files and folders that are read.
    writes : tuple of str
        Patterns of the files it will write.
    only_again : bool
        Whether only results of the very same request are replaced, and not all of the kind.
    among_others : bool
        Whether the folder may hold files of others from the beginning, such as the folder of a paper.
    option : str
        The option the folder is given with.
    """

    command: str
    kind: str
    asked: tuple[object, ...] = ()
    inputs: tuple[Path, ...] = ()
    writes: tuple[str, ...] = RESULTS
    only_again: bool = False
    among_others: bool = False
    option: str = "--out"

    @property
    def digest(self) -> str:
        """What tells the results apart from those of another request."""
        return asked_digest((self.kind, *self.asked))

    @property
    def request(self) -> str:
        """What tells the parts of a long run apart from those of any other command."""
        return asked_digest((self.kind, self.command, *self.asked))


@final
@dataclass(slots=True)
class ReservedFolder:
    """A folder that nobody else writes into until it is given back."""

    place: Place
    purpose: Purpose
    stage: Stage
    made: list[Path] = field(default_factory=list)

    @property
    def shown(self) -> Path:
        """The folder as it was asked for, for messages."""
        return self.place.shown.expanduser()

    def parts(self, asked: Mapping[str, str]) -> Parts:
        """Begin the parts of a long run, or go on with those of the same run when it was stopped.

        Parameters
        ----------
        asked : mapping of str to str
            What decides the parts, by what it is.

        Raises
        ------
        FileProblem
            There are parts of something else.
        """
        with self.place.told():
            return begin_parts(
                self.stage.parts, {COMMAND: self.purpose.command, REQUEST: self.purpose.request, **asked}
            )

    def parts_for_a_run(self, asked: Mapping[str, str]) -> Parts:
        """Begin parts that are brought here, with which any run goes on that asks for what decides them."""
        with self.place.told():
            return begin_parts(self.stage.parts, {COMMAND: self.purpose.command, **asked})

    @contextmanager
    def written(self) -> Iterator[Path]:
        """Yield an empty folder whose files take their places when the block succeeds; parts are not needed then."""
        with self.place.told():
            new = self.stage.new
            new.mkdir()
            with _untold(new):
                yield new
            manifest = manifest_of(new, self.purpose.kind, self.purpose.command, self.purpose.digest)
            write_synced(new / MANIFEST, manifest.to_toml().encode())
            sync_tree(new)
            with unbroken():
                self._put_in_place(manifest)
                self.stage.forget_parts()

    def _put_in_place(self, manifest: Manifest) -> None:
        folder = self.place.path
        if self.stage.folder.parent != folder:
            try:
                self.stage.new.rename(folder)
            except OSError as error:
                if error.errno in _APPEARED:
                    raise self.place.refused("something has appeared there since the run began") from None
                raise
            sync(folder.parent)
            self.made.clear()
            return
        old = read_manifest(folder)
        _refuse(self.place, old, manifest.files)
        self.stage.new.rename(self.stage.folder / READY)
        sync(self.stage.folder)
        _finish(self.place, self.stage)

    def give_back(self) -> None:
        """Clear away what was made on the way; folders above that were made for nothing go too."""
        with unbroken():
            self.stage.clear()
            remove_empty(self.made)


@contextmanager
def reserved_folder(out: Path, purpose: Purpose, say: Say) -> Iterator[ReservedFolder]:
    """Reserve a folder for results during the block.

    Raises
    ------
    FileProblem
        The folder cannot be used: not a folder, not writable, no room, in or above what is read, another run is at it,
        or files that regraft did not write, or that were changed since, stand where it must write.
    """
    place = find_folder(out, purpose.option, purpose.inputs)
    if place.shown.is_symlink() or _turns_back(place.shown):
        say(f"regraft: {purpose.option} {place.shown} is {place.path}")
    made: list[Path] = []
    reserved: ReservedFolder | None = None
    try:
        with place.told(), unbroken():
            reserved = ReservedFolder(place, purpose, _taken(place, say, made), made)
        with place.told():
            _begin(reserved, say)
        yield reserved
    finally:
        if reserved is not None:
            reserved.give_back()
        remove_empty(made)


def default_folder(wanted: Path, purpose: Purpose) -> Path:
    """Return the folder a command takes by itself: the one wanted, or with -2, -3, ... where that is another's."""
    numbered = (wanted.with_name(f"{wanted.name}-{number}") for number in count(2))
    return next(folder for folder in chain([wanted], numbered) if _is_free(folder, purpose))


def _is_free(folder: Path, purpose: Purpose) -> bool:
    """Return whether a folder is not there, is empty, or holds results of the same request.

    One that cannot be read is told later.
    """
    try:
        if any(_of_another(hidden / PARTS, purpose) for hidden in (beside(folder), folder / INSIDE)):
            return False
        if not (folder.exists() or folder.is_symlink()):
            return True
        manifest = read_manifest(folder)
        if manifest is not None:
            return manifest.asked == purpose.digest
        return folder.is_dir() and all(path.name == INSIDE for path in folder.iterdir())
    except OSError:
        return True


def _of_another(parts: Path, purpose: Purpose) -> bool:
    """Return whether parts wait there for another request; such as were brought there wait for any (see `merge`)."""
    known = waiting(parts)
    return known is not None and known.get(REQUEST, purpose.request) != purpose.request


def _of_this(parts: Path, purpose: Purpose) -> bool:
    """Return whether parts wait there for this request."""
    return waiting(parts) is not None and not _of_another(parts, purpose)


@contextmanager
def _untold(new: Path) -> Iterator[None]:
    """Let the operating system's word pass from a hidden folder, so that it is told of the place that was asked for."""
    try:
        yield
    except FileProblem as problem:
        if isinstance(problem.__cause__, OSError) and new in (problem.path, *problem.path.parents):
            raise problem.__cause__ from None
        raise


def _turns_back(path: Path) -> bool:
    """Return whether a path goes into a folder and out again."""
    return any(after == ".." != before for before, after in zip(path.parts, path.parts[1:], strict=False))


def _taken(place: Place, say: Say, made: list[Path]) -> Stage:
    folder = place.path
    make_folders(folder.parent, made)
    clear_abandoned(folder, say)
    if folder.is_dir():
        return take_stage(folder / INSIDE, place, say)
    return take_stage(beside(folder), place, say)


def _begin(reserved: ReservedFolder, say: Say) -> None:
    """Finish what an interrupted run left to be finished, and refuse what stands in the way."""
    place, purpose = reserved.place, reserved.purpose
    folder = place.path
    if folder.is_dir() and _of_this(beside(folder) / PARTS, purpose):  # begun before the folder was there
        reserved.stage.take_over_parts(beside(folder))
    if _of_another(reserved.stage.parts, purpose):
        command = (waiting(reserved.stage.parts) or {}).get(COMMAND, "another command")
        raise place.refused(
            f"`{command}` was stopped, and its parts wait in {reserved.stage.parts}",
            "Give that command again to go on, another {option}, or delete that folder.",
        )
    if not folder.is_dir():
        return
    if (reserved.stage.folder / READY).exists():
        _finish(place, reserved.stage)
        say(f"regraft: finished putting the results of an interrupted run into {place.shown}")
    old = read_manifest(folder)
    if old is None:
        _refuse_strangers(place, among_others=purpose.among_others)
    elif old.kind != purpose.kind or (purpose.only_again and old.asked != purpose.digest):
        raise place.refused(f"holds what `{old.command}` wrote", "Give another {option}; nothing was changed.")
    _refuse(place, old, [] if old is None else old.files)
    found = [path.relative_to(folder).as_posix() for pattern in purpose.writes for path in sorted(folder.glob(pattern))]
    _refuse(place, old, found)


def _refuse_strangers(place: Place, *, among_others: bool) -> None:
    """Refuse a folder without a list of what regraft wrote, in which anything stands."""
    names = sorted(path.name for path in place.path.iterdir() if path.name != INSIDE)
    if MANIFEST in names:
        raise place.refused("regraft did not write this list of files", inside=MANIFEST)
    if names and not among_others:
        more = "" if len(names) == 1 else f" and {len(names) - 1} more"
        earlier = "; it has no list of files, as results of earlier versions" if "results.json" in names else ""
        raise place.refused(
            f"holds files that regraft did not write ({names[0]}{more}){earlier}",
            "Give an empty or new folder with {option}; nothing was changed.",
        )


def _refuse(place: Place, old: Manifest | None, names: Iterable[str]) -> None:
    """Refuse when a file that must give way is not regraft's, or was changed since it wrote it."""
    for name in names:
        state = state_of(place.path, name, old)
        if state in {State.FOREIGN, State.PROTECTED}:
            problem = "regraft did not write this, and it stands where results go"
            if old is not None and name in old.files:
                problem = "was made read-only" if state is State.PROTECTED else "was changed since regraft wrote it"
            raise place.refused(problem, "Move it away, or give another {option}; nothing was changed.", inside=name)


def _finish(place: Place, stage: Stage) -> None:
    """Let complete files take their places, remove those no longer written, and the list last."""
    folder, ready = place.path, stage.folder / READY
    new, old = read_manifest(ready), read_manifest(folder)
    if new is not None:
        waiting = [name for name in new.files if (ready / name).exists()]
        _refuse(place, old, waiting)
        for name in waiting:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (ready / name).replace(folder / name)
        gone = [] if old is None else [name for name in old.files if name not in new.files]
        for name in gone:
            if state_of(folder, name, old) is State.OURS:
                (folder / name).unlink()
        (ready / MANIFEST).replace(folder / MANIFEST)
        touched = {(folder / name).parent for name in (*new.files, *gone)}
        for one in sorted(touched, reverse=True):
            with suppress(OSError):
                one.rmdir()  # only if nothing is left in it
            if one.exists():
                sync(one)
    stage.finished()
