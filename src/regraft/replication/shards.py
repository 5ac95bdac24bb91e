"""Parts of one run that several machines have lived, each its shard: written as a folder, and brought together."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

from regraft.core.errors import FileProblem, InputError
from regraft.replication.decides import people_name, ranges_of
from regraft.replication.in_parts import PEOPLE, PEOPLE_IN_A_PART, RunInParts, about_part
from regraft.writing.parts import (
    ALL,
    COMMAND,
    ONE,
    REQUEST,
    WHOLE_COMMAND,
    Parts,
    difference,
    give_second_name,
    waiting,
)
from regraft.writing.shard import Shard

_ASK_AGAIN = "Bring the folder of that shard again, or live it again there"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Shards:
    """Parts of one run, none missing and none of another.

    Parameters
    ----------
    asked : mapping of str to str
        What decides them all.
    command : str
        The command of the run that they are of.
    parts : mapping of str to Path
        Every part of the run by its name, in the order of the people.
    """

    asked: Mapping[str, str]
    command: str
    parts: Mapping[str, Path]

    def copy_to(self, parts: Parts, on_done: Callable[[int], None]) -> int:
        """Copy every part that is not there yet; `on_done` is told of each. Return how many were copied."""
        new = 0
        for name, part in self.parts.items():
            if not parts.is_whole(name):
                parts.write(name, about_part(int(self.asked["seed"]), _people(name)), _copying(part))
                new += 1
            on_done(1)
        return new


def refuse_idle(run: RunInParts, shard: Shard) -> None:
    """Refuse a shard that has nothing to do.

    Raises
    ------
    InputError
        There are fewer parts than shards.
    """
    if not shard.own(run.ranges):
        raise InputError(
            f"shard {shard}: the run has {len(run.ranges)} parts. Share it between {len(run.ranges)} machines at most."
        )


def write_shard(run: RunInParts, shard: Shard, folder: Path) -> None:
    """Let the parts of a shard, which are all there, stand in an empty folder."""
    for name in (ALL, *map(people_name, shard.own(run.ranges))):
        source = run.parts.path(name)
        for path in [source] if source.is_file() else sorted(source.rglob("*")):
            new = folder / path.relative_to(run.parts.folder)
            if path.is_file():
                new.parent.mkdir(parents=True, exist_ok=True)
                give_second_name(path, new)


def read_shards(folders: Sequence[Path]) -> Shards:
    """Return the parts that stand in some folders, after reading every file of them.

    Raises
    ------
    FileProblem
        A folder without parts, or with those of another run; a part that was changed, is foreign, or differs from the
        same part in another folder.
    InputError
        Parts are missing.
    """
    known = {folder: _asked_of(folder) for folder in folders}
    first, asked = next(iter(known.items()))
    names = {people_name(people): people for people in ranges_of(int(asked[PEOPLE]), int(asked[PEOPLE_IN_A_PART]))}
    found: dict[str, Path] = {}
    for folder, told in known.items():
        differs = difference(told, asked)
        if differs is not None:
            raise FileProblem(folder, f"is of another run than {first}: {differs}", "Merge shards of one run")
        for part in _parts_in(folder):
            if part.name not in names:
                raise FileProblem(part, f"is no part of the run in {first}", "Move it away")
            _refuse_changed(part, asked, names[part.name])
            if part.name in found and (found[part.name] / ONE).read_bytes() != (part / ONE).read_bytes():
                raise FileProblem(
                    part, f"differs from {found[part.name]}, and both are said to be the same", "Keep one"
                )
            found.setdefault(part.name, part)
    missing = [name for name in names if name not in found]
    if missing:
        raise InputError(
            f"{len(missing)} of {len(names)} parts are missing, the first is {missing[0]}. Name the folders of all "
            "shards, and live those that are not done with the command that began them."
        )
    told = known[first]
    return Shards(
        asked={key: value for key, value in asked.items() if key not in {COMMAND, REQUEST, WHOLE_COMMAND}},
        command=told.get(WHOLE_COMMAND, told.get(COMMAND, "regraft run")),
        parts={name: found[name] for name in names},
    )


def _asked_of(folder: Path) -> Mapping[str, str]:
    asked = waiting(folder)
    if asked is None:
        raise FileProblem(folder, "holds no part of a run", "Name the folders that were given as --out to run --shard")
    if not all(asked.get(key, "").isdecimal() and int(asked[key]) for key in (PEOPLE, PEOPLE_IN_A_PART)):
        raise FileProblem(folder / ALL, "does not say how many people its run has", _ASK_AGAIN)
    return asked


def _parts_in(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.iterdir()) if path.is_dir() and not path.name.startswith("."))


def _refuse_changed(part: Path, asked: Mapping[str, str], people: range) -> None:
    parts = Parts(folder=part.parent, asked=asked)
    changed = parts.changed(part.name)
    if changed is not None:
        raise FileProblem(part / changed, "is not as it was written", _ASK_AGAIN)
    if parts.about(part.name) != about_part(int(asked["seed"]), people):
        raise FileProblem(part / ONE, "is of other people than its name says", _ASK_AGAIN)


def _people(name: str) -> range:
    first, stop = map(int, name.split("-")[-2:])
    return range(first - 1, stop)


def _copying(part: Path) -> Callable[[Path], None]:
    def fill(folder: Path) -> None:
        shutil.copytree(part, folder, ignore=lambda path, _: {ONE} if Path(path) == part else set(), dirs_exist_ok=True)

    return fill
