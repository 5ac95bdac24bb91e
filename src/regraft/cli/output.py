"""Output folders that are either whole or not there: written beside under another name, then renamed."""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from regraft.core.errors import FileProblem

MARK = "results.json"
KILLED_BY = 128  # a shell adds the number of the signal


@contextmanager
def finished_folder(out: Path) -> Iterator[Path]:
    """Yield a temporary folder that becomes `out` only if the block succeeds; an interrupted run leaves nothing.

    Raises
    ------
    FileProblem
        `out` is a file, or a folder with something in it that regraft did not write.
    """
    refuse_foreign(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.parent / f".{out.name}.partial-{os.getpid()}"
    partial.mkdir()
    try:
        yield partial
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    if out.exists():
        shutil.rmtree(out)
    partial.rename(out)


def write_results(folder: Path, document: Mapping[str, object]) -> None:
    """Write the document that marks a folder as one of regraft's; dates are written as year-month-day."""
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False, default=str)
    (folder / MARK).write_text(text + "\n", encoding="utf-8")


def refuse_foreign(out: Path) -> None:
    """Refuse to replace what regraft did not write."""
    if out.is_file():
        raise FileProblem(out, "is a file, and the output is a folder", "Give another --out.")
    if out.is_dir() and any(out.iterdir()) and not (out / MARK).is_file():
        raise FileProblem(out, "holds files that regraft did not write", "Give an empty or new folder with --out.")


def refuse_file(folder: Path | None) -> None:
    """Refuse a folder for output that is a file; None is no folder and fine."""
    if folder is not None and folder.is_file():
        raise FileProblem(folder, "is a file, and a folder is needed", "Give the name of a folder.")


@contextmanager
def progress(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """Yield a function that moves a progress bar on standard error; silent when that is no terminal."""
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done: bar.advance(task, done)


@contextmanager
def stopping_at_once() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end the process on the spot: the compiler swallows them, and nothing is being written yet."""

    def stop(number: int, _frame: object) -> None:
        say(f"regraft: {'interrupted' if number == signal.SIGINT else 'terminated'}; nothing was written")
        os._exit(KILLED_BY + number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def say(message: str) -> None:
    """Print a message on standard error, where it never mixes with results."""
    sys.stderr.write(message + "\n")
    sys.stderr.flush()
