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
MOST_ROWS = 200_000_000  # of a table that regraft did not write: some 2,000 laboratory values each of 100,000 people
_MANY, _PACKED = 5_000_000, 0.1  # so many rows in less than so many bytes each are one row over and over; assumed
_TRIAL = """
import os
import sys
import polars
most, many, packed = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
for path in sys.argv[4:]:
    try:
        rows = polars.scan_parquet(path, glob=False).select(polars.len()).collect().item()  # from the footer alone
        if rows > most or (rows > many and os.path.getsize(path) < packed * rows):
            print(f"large {rows}", flush=True)
            continue
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
    for path, told in _tried(unknown).items():
        read[path.name] = (None, [finding(path.name, *told)])
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


def _tried(paths: list[Path]) -> dict[Path, tuple[str, str]]:
    """Read files in a process of their own; return problem and remedy of those that cannot or should not be read."""
    failed: dict[Path, tuple[str, str]] = {}
    while paths:
        command = [sys.executable, "-c", _TRIAL, *map(str, (MOST_ROWS, _MANY, _PACKED)), *(str(path) for path in paths)]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_PATIENCE_S, check=False)  # noqa: S603
            lines, broke = done.stdout.decode("utf-8", "replace").splitlines(), "it ends the program that reads it"
        except subprocess.TimeoutExpired as error:
            lines, broke = (error.stdout or b"").decode("utf-8", "replace").splitlines(), "reading it does not end"
        for path, line in zip(paths, lines, strict=False):
            if line != "whole":
                failed[path] = _told(line)
        if len(lines) < len(paths):
            failed[paths[len(lines)]] = (f"the file cannot be read ({broke})", _AGAIN)
        paths = paths[len(lines) + 1 :]
    return failed


def _told(line: str) -> tuple[str, str]:
    """Return the problem and the remedy for what the other process said of a file."""
    if line.startswith("large "):
        rows = int(line.removeprefix("large "))
        problem = f"its footer tells {rows:,} rows, which no table of a study has in a file of its size: it is not read"
        return problem, "Check that it is a table of the study; if it is, give the study in parts"
    return f"the file cannot be read ({line.removeprefix('damaged ')})", _AGAIN


def _read(path: Path) -> tuple[pl.DataFrame | None, list[Finding]]:
    try:
        rows = int(pl.scan_parquet(path, glob=False).select(pl.len()).collect().item())
        if rows > _MANY and path.stat().st_size < _PACKED * rows:  # a digest in study.toml can be anybody's
            return None, [finding(path.name, *_told(f"large {rows}"))]
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
