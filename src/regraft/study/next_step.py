"""What to do with a folder that is no study as it stands: a run's tables lie deeper, foreign files want a mapping."""

import shlex
from collections.abc import Iterable
from pathlib import Path

from regraft.core.errors import Finding

_DEEPER = "study"  # where a run puts its tables
_TABLE = "subjects"
_SUFFIXES = (".parquet", ".csv")


def next_step(directory: Path, mapping: Path | None, findings: Iterable[Finding]) -> str:
    """Return the command that leads on from a refused folder, or nothing when its rows are to be corrected.

    Parameters
    ----------
    directory : Path
        The folder that was read.
    mapping : Path, optional
        The mapping it was read through.
    findings : iterable of Finding
        What was found; whole files and columns that are wrong have no row.
    """
    if not any(found.row is None and found.severity == "error" for found in findings) or not directory.is_dir():
        return ""
    deeper = directory / _DEEPER
    if not _holds_subjects(directory) and _holds_subjects(deeper):
        return f"This is the result of a run, and its tables stand in {deeper}: give that folder."
    if mapping is not None or not any(path.suffix.lower() == ".csv" for path in directory.iterdir()):
        return ""
    command = shlex.join(["regraft", "map", str(directory), "--write", "mapping.toml"])
    return (
        f"If these files were written for another program: `{command}` proposes how to read them; "
        "correct what it writes, then add --mapping mapping.toml."
    )


def _holds_subjects(directory: Path) -> bool:
    return any((directory / f"{_TABLE}{suffix}").is_file() for suffix in _SUFFIXES)
