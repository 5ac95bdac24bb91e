"""Reading one Parquet file: looked at before, and without the noise a damaged one makes."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from regraft.core.errors import Finding
from regraft.study.cells import ROW
from regraft.study.findings import finding


@contextmanager
def _silent_panic() -> Iterator[None]:
    """Hold back what is written to standard error, and drop it if polars fails.

    On a damaged file polars raises, but the threads of its Rust half first print their own stack traces, past Python.
    """
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held:
        kept = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.truncate(0)
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            held.seek(0)
            os.write(2, held.read())


def read_parquet_file(path: Path) -> tuple[pl.DataFrame | None, list[Finding]]:
    """Read a Parquet file after looking at its first and last bytes, which a cut file lacks."""
    again = "Write or copy the file again"
    if path.stat().st_size == 0:
        return None, [finding(path.name, "the file is empty", "Write the table again, or delete it")]
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(-min(4, path.stat().st_size), 2)
        end = file.read(4)
    if start != b"PAR1":
        return None, [finding(path.name, "the file is not Parquet", "Give it the right ending, or write it again")]
    if end != b"PAR1":
        return None, [finding(path.name, "the file is cut: its end is missing", again)]
    try:
        with _silent_panic():
            frame = pl.read_parquet(path, glob=False)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        first_line = (str(error).splitlines() or ["no reason given"])[0]
        return None, [finding(path.name, f"the file cannot be read ({first_line})", again)]
    if ROW in frame.columns:
        return None, [finding(path.name, "regraft needs this name for itself", "Rename the column", column=ROW)]
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested() or dtype == pl.Binary]
    if nested:
        return None, [
            finding(path.name, "the column holds lists, structs or bytes", "Store one value per cell", column=nested[0])
        ]
    return frame, []
