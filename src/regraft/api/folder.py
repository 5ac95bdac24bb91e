"""Folders of results written from Python: reserved, written beside and put in place as those of commands are."""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from regraft.writing.folder import Purpose, reserved_folder

_LOG = logging.getLogger("regraft")


@contextmanager
def result_folder(folder: str | Path, purpose: Purpose) -> Iterator[Path]:
    """Yield an empty folder whose files take their places in `folder` when the block succeeds.

    Raises
    ------
    FileProblem
        The folder cannot be used, or files that regraft did not write, or that were changed, stand in the way.
    """
    with reserved_folder(Path(folder), purpose, _LOG.info) as reserved, reserved.written() as partial:
        yield partial


def write_results(folder: Path, document: Mapping[str, object]) -> None:
    """Write the document of a result folder."""
    text = results_text(document)
    (folder / "results.json").write_text(text, encoding="utf-8", errors="backslashreplace")  # a path that is no text


def results_text(document: Mapping[str, object]) -> str:
    """Return the document as ``results.json`` holds it; dates are written as year-month-day."""
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False, default=str) + "\n"
