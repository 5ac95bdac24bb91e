"""Reading a CSV file as text, after looking at its bytes: nothing is guessed, dropped or silently repaired."""

import codecs
import csv
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from regraft.core.errors import Finding
from regraft.study.findings import SHOWN_PER_PROBLEM, finding
from regraft.study.places import ROW

LONGEST_LINE = 1_000_000
_CHUNK = 1 << 20
_NEWLINE, _QUOTE = 10, 34


@final
@dataclass(frozen=True, slots=True)
class TextTable:
    """A CSV file as text: one string column per source column, or None with the findings that say why not."""

    frame: pl.DataFrame | None
    findings: tuple[Finding, ...]


def read_csv_text(path: Path) -> TextTable:
    """Read a comma, semicolon or tab separated file with every cell as text; an empty cell is null.

    Parameters
    ----------
    path : Path
        The file. It must be UTF-8 (a byte-order mark is allowed), with one header line and the same number of cells
        in every row, and no line above one megabyte: a file that breaks this is refused with findings, as soon as
        the reading reaches the place.
    """
    content, problem = _bytes_of(path)
    if problem is not None:
        return TextTable(None, (problem,))
    body = content.removeprefix(codecs.BOM_UTF8).rstrip(b"\r\n")
    if not body.strip():
        return TextTable(None, (_of(path, "the file is empty", "Write a header line and the rows, or delete it"),))
    header = body.split(b"\n", 1)[0]
    separator = _separator(header)
    if b"\r" in header.rstrip(b"\r"):
        return TextTable(None, (_of(path, "lines end in carriage returns only", "Save it again with usual line ends"),))
    found = (*_header_problems(path, header, separator), *_ragged_rows(path, body, separator))
    if found:
        return TextTable(None, found)
    try:
        frame = pl.read_csv(body, separator=chr(separator), infer_schema=False)
    except pl.exceptions.PolarsError as error:
        first_line = str(error).splitlines()[0]
        return TextTable(None, (_of(path, f"cannot be read as CSV ({first_line})", "Save it again as CSV, UTF-8"),))
    return TextTable(frame.rename(str.strip).with_columns(pl.all().replace("", None)), ())


def _of(path: Path, problem: str, remedy: str, row: int | None = None) -> Finding:
    return finding(path.name, problem, remedy, row=row)


def _bytes_of(path: Path) -> tuple[bytes, Finding | None]:
    """Return the file's bytes, or the first reason not to go on reading it (checked chunk by chunk)."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    chunks: list[bytes] = []
    lines = open_line = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            first = chunk.find(b"\n")
            if open_line + (len(chunk) if first < 0 else first) > LONGEST_LINE:
                return b"", _of(
                    path,
                    f"line {lines + 1} is longer than {LONGEST_LINE:,} characters; reading stopped there",
                    "A table has one short line per row: check that the file is CSV and was not written as one line",
                )
            problem = _not_text(path, chunk, decoder, lines)
            if problem is not None:
                return b"", problem
            open_line = open_line + len(chunk) if first < 0 else len(chunk) - chunk.rfind(b"\n") - 1
            lines += chunk.count(b"\n")
            chunks.append(chunk)
    if decoder.getstate()[0]:
        return b"", _of(path, "the last character is cut in half: the file seems cut", "Export the file again")
    return b"".join(chunks), None


def _not_text(path: Path, chunk: bytes, decoder: codecs.IncrementalDecoder, lines: int) -> Finding | None:
    if lines == 0 and chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _of(path, "the file is UTF-16, not UTF-8", "Save it as CSV UTF-8")
    if b"\0" in chunk:
        line = lines + chunk[: chunk.index(b"\0")].count(b"\n") + 1
        return _of(path, f"line {line} holds zero bytes: the file is not text", "Export it as CSV UTF-8")
    waiting = len(decoder.getstate()[0])
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError as error:
        line = lines + chunk[: max(error.start - waiting, 0)].count(b"\n") + 1
        byte = error.object[error.start]
        return _of(
            path,
            f"line {line} is not UTF-8 (byte 0x{byte:02x})",
            "Save the file as CSV UTF-8; older exports are often Windows-1252 or Latin-1",
        )
    return None


def _separator(header: bytes) -> int:
    """Return the separator of the header line: the comma, or what is used where no comma is."""
    for candidate in b",;\t":
        if candidate in header:
            return candidate
    return ord(",")


def _header_problems(path: Path, header: bytes, separator: int) -> tuple[Finding, ...]:
    names = [name.strip() for name in next(csv.reader([header.decode().rstrip("\r")], delimiter=chr(separator)))]
    repeated = sorted({name for name in names if names.count(name) > 1 and name})
    found = [
        finding(path.name, "the column stands twice in the header", "Keep one of them", column=name)
        for name in repeated
    ]
    if ROW in names:
        found.append(finding(path.name, "regraft needs this name for itself", "Rename the column", column=ROW))
    if not all(names):
        place = names.index("") + 1
        found.append(_of(path, f"column {place} of the header has no name", "Name the column or remove it"))
    return tuple(found)


def _ragged_rows(path: Path, body: bytes, separator: int) -> tuple[Finding, ...]:
    """Find rows with more or fewer cells than the header, and a quotation that never ends."""
    data = np.frombuffer(body, dtype=np.uint8)
    quotes = data == _QUOTE
    quoted = np.bitwise_xor.accumulate(quotes) if quotes.any() else np.zeros(data.size, dtype=np.bool_)
    ends = np.flatnonzero((data == _NEWLINE) & ~quoted)
    separators = np.flatnonzero((data == separator) & ~quoted)
    cells = np.diff(np.searchsorted(separators, np.append(ends, data.size)), prepend=0) + 1
    if quoted.size and quoted[-1]:
        return (
            _of(
                path,
                f"row {cells.size - 1} opens a quotation that never ends: the file seems cut",
                "Export the file again, or close the quotation",
                row=max(cells.size - 1, 0) or None,
            ),
        )
    return _uneven(path, cells)


def _uneven(path: Path, cells: NDArray[np.int64]) -> tuple[Finding, ...]:
    expected, rows = int(cells[0]), np.flatnonzero(cells != cells[0])
    found = []
    for row in rows[:SHOWN_PER_PROBLEM]:
        count = int(cells[row])
        last = row == cells.size - 1 and count < expected
        cut = "; it is the last row, so the file seems cut" if last else ""
        remedy = "Export the file again" if last else "Give every row the cells of the header (quote text with commas)"
        noun = "cell" if count == 1 else "cells"
        found.append(_of(path, f"{count} {noun} where the header has {expected}{cut}", remedy, row=int(row)))
    if rows.size > SHOWN_PER_PROBLEM:
        left = rows.size - SHOWN_PER_PROBLEM
        found.append(_of(path, f"{left} more rows do not have the {expected} cells of the header", "See above"))
    return tuple(found)
