"""What commands have in common when they write: a folder or file reserved before computing, progress, a clean stop."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, final

from regraft.cli.visible import visible
from regraft.writing.file import ReservedFile, reserved_file
from regraft.writing.folder import Purpose, ReservedFolder, reserved_folder
from regraft.writing.places import find_folder

if TYPE_CHECKING:
    from rich.progress import Task

    from regraft.api.reported import Reported
    from regraft.report.page import Page


@contextmanager
def reserved(out: Path | None, purpose: Purpose) -> Iterator[ReservedFolder | None]:
    """Reserve a folder for results during the block, or nothing when none was asked for."""
    if out is None:
        yield None
        return
    with reserved_folder(out, purpose, say) as place:
        yield place


@contextmanager
def reserved_if_asked(
    file: Path | None, *, option: str = "--out", inputs: tuple[Path, ...] = (), replace: bool = False
) -> Iterator[ReservedFile | None]:
    """Reserve a file during the block, or nothing when none was asked for."""
    if file is None:
        yield None
        return
    with reserved_file(file, say, option=option, inputs=inputs, replace=replace) as place:
        yield place


@final
@dataclass(frozen=True, slots=True)
class TablesFolder:
    """Where a report's tables go: a folder of their own, or one below the results, written with them."""

    shown: Path
    apart: ReservedFolder | None
    below: Path

    def write(self, page: "Page", results: Path) -> int:
        """Write the tables of a page whose results are being written; return how many they are."""
        from regraft.report.rtf import write_tables

        if self.apart is None:
            return len(write_tables(results / self.below, page))
        with self.apart.written() as folder:
            return len(write_tables(folder, page))


@contextmanager
def reserved_tables(tables: Path | None, results: ReservedFolder) -> Iterator[TablesFolder | None]:
    """Reserve a folder for tables during the block, or nothing when none was asked for."""
    if tables is None:
        yield None
        return
    purpose = replace(
        results.purpose, kind="tables", writes=("table-[0-9][0-9]-*.rtf",), among_others=True, option="--tables"
    )
    place, home = find_folder(tables, purpose.option, purpose.inputs), results.place.path
    if place.path.is_relative_to(home):
        yield TablesFolder(tables, None, place.path.relative_to(home))
        return
    with reserved_folder(tables, purpose, say) as apart:
        yield TablesFolder(tables, apart, Path())


def write_to(folder: ReservedFolder | None, found: "Reported", command: str) -> None:
    """Write what a command found into the folder that was asked for, if one was."""
    if folder is not None:
        with folder.written() as partial:
            found.write(partial, found.document(command))


def files_among(*names: str | Path | None) -> tuple[Path, ...]:
    """Return those of some names that are files, which a command reads and must not write."""
    return tuple(Path(name) for name in names if name is not None and Path(name).is_file())


def files_behind(name: str | Path) -> tuple[Path, ...]:
    """Return the file of a name, if it is one, with all files that it names or is like, and those that they name."""
    from regraft.core.settings import read_toml
    from regraft.core.sources import leaves

    found: list[Path] = []
    waiting = list(files_among(name))
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.append(path)
        said = leaves(read_toml(path)) if path.suffix == ".toml" else ()
        waiting += files_among(*(path.parent / str(text) for _, text in said if str(text).endswith((".toml", ".yaml"))))
    return tuple(found)


def whole_name(name: str | Path | None) -> str:
    """Return a name, or where the file or folder of this name lies, so that two of one name are told apart."""
    return "" if name is None else str(Path(name).resolve()) if Path(name).exists() else str(name)


@contextmanager
def progress(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """Yield a function that moves a progress bar on standard error; silent when that is no terminal."""
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: "Task") -> Text:
            return Text("" if task.speed is None else f"{task.speed:,.0f} a second")

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done: bar.advance(task, done)


def say(message: str) -> None:
    """Print a message on standard error, where it never mixes with results."""
    sys.stderr.write(visible(message) + "\n")
    sys.stderr.flush()
