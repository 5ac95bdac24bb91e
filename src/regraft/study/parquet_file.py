"""Reading Parquet files: one that regraft did not write is first tried in a process of its own.

A damaged Parquet file can end the whole program: polars may ask for an absurd amount of memory and abort, or print the
stack traces of its threads. A file whose digest stands in ``study.toml`` is known to be whole and is read at once.
"""

import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from regraft.core.errors import Finding
from regraft.study.about import FILE, digest
from regraft.study.findings import finding
from regraft.study.places import ROW

_AGAIN = "Write or copy the file again"
_PATIENCE_S = 600.0
_TRIAL = """
import sys
import polars
for path in sys.argv[1:]:
    try:
        polars.read_parquet(path, glob=False)
        print("whole", flush=True)
    except BaseException as error:
        print("damaged", (str(error).splitlines() or ["no reason given"])[0], flush=True)
"""


def read_parquet_files(paths: Sequence[Path]) -> dict[str, tuple[pl.DataFrame | None, list[Finding]]]:
    """Read the Parquet files of a folder.

    Parameters
    ----------
    paths : sequence of Path
        Files of one folder.

    Returns
    -------
    dict
        By file name: the table, or None with the findings that say why not.
    """
    read: dict[str, tuple[pl.DataFrame | None, list[Finding]]] = {}
    unknown = []
    for path in paths:
        problem = _from_outside(path)
        if problem is not None:
            read[path.name] = (None, [finding(path.name, *problem)])
        elif not _vouched(path):
            unknown.append(path)
    for path, reason in _tried(unknown).items():
        read[path.name] = (None, [finding(path.name, f"the file cannot be read ({reason})", _AGAIN)])
    for path in paths:
        if path.name not in read:
            read[path.name] = _read(path)
    return read


def _from_outside(path: Path) -> tuple[str, str] | None:
    """Look at the size and at the first and last bytes, which a cut file lacks."""
    size = path.stat().st_size
    if size == 0:
        return "the file is empty", "Write the table again, or delete it"
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(-min(4, size), 2)
        end = file.read(4)
    if start != b"PAR1":
        return "the file is not Parquet", "Give it the right ending, or write it again"
    return None if end == b"PAR1" else ("the file is cut: its end is missing", _AGAIN)


def _vouched(path: Path) -> bool:
    """Return whether study.toml holds the digest of this very file."""
    about = path.parent / FILE
    try:
        digests = tomllib.loads(about.read_text(encoding="utf-8-sig")).get("digests", {})
    except (OSError, ValueError):
        return False
    return isinstance(digests, dict) and digests.get(path.name) == digest(path)


def _tried(paths: list[Path]) -> dict[Path, str]:
    """Read files in a process of their own; return those that it did not survive or could not read, with the reason."""
    failed: dict[Path, str] = {}
    while paths:
        command = [sys.executable, "-c", _TRIAL, *(str(path) for path in paths)]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_PATIENCE_S, check=False)  # noqa: S603
            lines, broke = done.stdout.decode("utf-8", "replace").splitlines(), "it ends the program that reads it"
        except subprocess.TimeoutExpired as error:
            lines, broke = (error.stdout or b"").decode("utf-8", "replace").splitlines(), "reading it does not end"
        for path, line in zip(paths, lines, strict=False):
            if not line.startswith("whole"):
                failed[path] = line.removeprefix("damaged ")
        if len(lines) < len(paths):
            failed[paths[len(lines)]] = broke
        paths = paths[len(lines) + 1 :]
    return failed


def _read(path: Path) -> tuple[pl.DataFrame | None, list[Finding]]:
    try:
        frame = pl.read_parquet(path, glob=False)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        first_line = (str(error).splitlines() or ["no reason given"])[0]
        return None, [finding(path.name, f"the file cannot be read ({first_line})", _AGAIN)]
    if ROW in frame.columns:
        return None, [finding(path.name, "regraft needs this name for itself", "Rename the column", column=ROW)]
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested() or dtype == pl.Binary]
    if nested:
        problem = "the column holds lists, structs or bytes"
        return None, [finding(path.name, problem, "Store one value per cell", column=nested[0])]
    return frame, []
