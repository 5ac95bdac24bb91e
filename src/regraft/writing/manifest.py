"""The list a result folder keeps of what regraft wrote there.

Only these files, and only unchanged, are replaced or removed.
"""

import json
import stat
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b, file_digest
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any, final

MANIFEST = "regraft-manifest.toml"
_LARGEST = 10_000_000
_ANYBODY_MAY_WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
_HEAD = """\
# The files that regraft wrote into this folder, with their SHA-256. A later run into the folder replaces or removes
# these files, and only if nobody changed them; it keeps everything else.
"""


class State(StrEnum):
    """What stands under a name."""

    ABSENT = "absent"
    OURS = "ours"
    PROTECTED = "protected"
    FOREIGN = "foreign"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What regraft wrote into a folder.

    Parameters
    ----------
    kind : str
        What was written, such as the command's name.
    command : str
        The command that wrote it.
    asked : str
        Digest of what was asked for (see `asked_digest`): the same again replaces, another is not mixed with it.
    files : mapping of str to str
        SHA-256 by path below the folder, with ``/``.
    """

    kind: str
    command: str
    asked: str
    files: Mapping[str, str]

    def to_toml(self) -> str:
        """Return the text of the file."""
        lines = [
            f"{key} = {quoted(value)}"
            for key, value in (
                ("program", "regraft"),
                ("version", version("regraft")),
                ("kind", self.kind),
                ("command", self.command),
                ("asked", self.asked),
            )
        ]
        files = [f"{quoted(name)} = {quoted(self.files[name])}" for name in sorted(self.files)]
        return _HEAD + "\n".join([*lines, "", "[files]", *files]) + "\n"


def asked_digest(asked: Sequence[object]) -> str:
    """Return a digest of what tells one request from another: the command, where its input lies, its options."""
    return blake2b(repr([str(part) for part in asked]).encode("utf-8", "backslashreplace"), digest_size=8).hexdigest()


def manifest_of(folder: Path, kind: str, command: str, asked: str) -> Manifest:
    """Return the list of all files of a folder that regraft has just written."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    files = {path.relative_to(folder).as_posix(): digest(path) for path in paths}
    return Manifest(kind=kind, command=command, asked=asked, files=files)


def read_manifest(folder: Path) -> Manifest | None:
    """Return the list of a folder; None without one that regraft wrote."""
    path = folder / MANIFEST
    try:
        if not stat.S_ISREG(path.lstat().st_mode) or path.stat().st_size > _LARGEST:
            return None
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    files = data.get("files")
    if data.get("program") != "regraft" or not isinstance(files, dict) or not all(map(_is_below, files.items())):
        return None
    kind, command, asked = (str(data.get(key)) for key in ("kind", "command", "asked"))
    return Manifest(kind=kind, command=command, asked=asked, files=files)


def state_of(folder: Path, name: str, manifest: Manifest | None) -> State:
    """Say what stands under a name in a folder; whatever lies behind a link is not ours."""
    path = folder / name
    if any((folder / above).is_symlink() for above in PurePosixPath(name).parents):
        return State.FOREIGN
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return State.ABSENT
    except NotADirectoryError:
        return State.FOREIGN
    known = None if manifest is None else manifest.files.get(name)
    if not stat.S_ISREG(mode) or known is None or digest(path) != known:
        return State.FOREIGN
    return State.PROTECTED if is_protected(path) else State.OURS


def is_protected(path: Path) -> bool:
    """Return whether nobody may write a file: somebody said that it is to stay, which a rename would not ask about."""
    return not path.stat().st_mode & _ANYBODY_MAY_WRITE


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _is_below(entry: tuple[Any, Any]) -> bool:
    """Return whether an entry names a file below the folder: a list made by others may name any."""
    name = PurePosixPath(entry[0])
    return isinstance(entry[1], str) and bool(name.parts) and not name.is_absolute() and ".." not in name.parts


def quoted(text: str) -> str:
    """Return a TOML string; bytes of a path that are no text are written as escapes."""
    plain = text.encode("utf-8", "backslashreplace").decode()
    return json.dumps(plain, ensure_ascii=False).replace("\x7f", "\\u007f")
