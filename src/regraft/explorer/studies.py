"""Studies that were uploaded: files in the private folder of this process, under names that cannot lead anywhere."""

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from typing import final

from regraft.core.library import LIBRARY

MOST_FILES, LARGEST_FILE, LARGEST_STUDY = 24, 20 * 2**20, 60 * 2**20
DIRECTORY = "uploaded-study"  # as the commands shown call it
MAPPING = "mapping.toml"
EXAMPLE = "registry-sample"
_LONGEST_MAPPING = 200_000
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,60}\.(csv|parquet|toml|xpt|json)", re.ASCII)
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(10))})


class Refused(Exception):
    """A file is not taken; says which, why, and what to do."""


@final
@dataclass(slots=True)
class Uploaded:
    """One study of this process; `version` counts how often its files changed."""

    identity: str
    folder: Path
    version: int = 0

    @property
    def names(self) -> list[str]:
        """Return the names of its files."""
        return sorted(path.name for path in self.folder.iterdir())


@final
class Studies:
    """The studies of this process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._by_identity: dict[str, Uploaded] = {}

    def get(self, identity: str) -> Uploaded | None:
        """Return a study by its random name."""
        return self._by_identity.get(identity)

    def take(self, files: Iterable[tuple[str, bytes]]) -> Uploaded:
        """Keep the files of a new study; all of them, or none.

        Raises
        ------
        Refused
            A name or a size that is not taken.
        """
        kept = {name: content for name, content in files if name or content}
        if not kept:
            raise Refused("No file was given. Choose the tables of the study.")
        if len(kept) > MOST_FILES:
            raise Refused(f"{len(kept)} files were given, and {MOST_FILES} are taken. Give the tables of one study.")
        for name, content in kept.items():
            refuse_name(name)
            if len(content) > LARGEST_FILE:
                raise Refused(f"{name}: larger than {LARGEST_FILE // 2**20} MB. Use `regraft analyse` for it.")
        if sum(map(len, kept.values())) > LARGEST_STUDY:
            raise Refused(f"Together the files are larger than {LARGEST_STUDY // 2**20} MB. Use `regraft analyse`.")
        study = self._fresh()
        for name, content in kept.items():
            (study.folder / name).write_bytes(content)
        return study

    def take_example(self) -> Uploaded:
        """Keep a copy of the registry sample that comes with regraft."""
        study = self._fresh()
        for path in (LIBRARY / "examples" / EXAMPLE).iterdir():
            if _NAME.fullmatch(path.name):
                shutil.copyfile(path, study.folder / path.name)
        return study

    def map(self, study: Uploaded, text: str) -> None:
        """Write the mapping of a study; an empty one is taken away.

        Raises
        ------
        Refused
            It is far too long.
        """
        if len(text) > _LONGEST_MAPPING:
            raise Refused("The mapping is too long: a mapping file has some hundred lines.")
        study.version += 1
        path = study.folder / MAPPING
        if text.strip():
            path.write_text(text.replace("\r\n", "\n"), encoding="utf-8")
        else:
            path.unlink(missing_ok=True)

    def forget(self, study: Uploaded) -> None:
        """Remove a study with its files."""
        del self._by_identity[study.identity]
        shutil.rmtree(study.folder.parent, ignore_errors=True)

    def _fresh(self) -> Uploaded:
        identity = token_urlsafe(12)
        folder = self._folder / identity / DIRECTORY
        folder.mkdir(parents=True, mode=0o700)
        study = Uploaded(identity, folder)
        self._by_identity[identity] = study
        return study


def refuse_name(name: str) -> None:
    """Refuse a name that is none of a table, or that some system takes for a place or a device.

    Raises
    ------
    Refused
        With the reason.
    """
    if not _NAME.fullmatch(name) or name.startswith(".") or name.partition(".")[0].lower() in _DEVICES:
        raise Refused(
            f"{name[:80]!r}: no such file is taken. Names have letters, digits, _ . - and end in .csv, "
            ".parquet, .toml, .xpt or .json; archives are not opened. Rename it, or give its tables one by one."
        )
