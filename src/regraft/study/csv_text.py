"""Reading a CSV file as text, after looking at its bytes: nothing is guessed, dropped or silently repaired."""

import codecs
import csv
import re
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from regraft.core.errors import Finding
from regraft.study.findings import SHOWN_PER_PROBLEM, finding
from regraft.study.places import ROW

LONGEST_LINE = 1_000_000
LARGEST = 4_000_000_000  # bytes: 40 million rows of 100
_CHUNK = 1 << 20
_NEWLINE, _QUOTE = 10, 34
_SEP_LINE = re.compile(rb"^[\"']?sep=(.)[\"']?[,;\t]*$", re.IGNORECASE)
_QUOTED = re.compile(rb'"[^"\n]*"')
_LOOKED_AT = 50  # lines


@final
@dataclass(frozen=True, slots=True)
class TextTable:
    """A CSV file as text: one string column per source column, or None with the findings that say why not."""

    frame: pl.DataFrame | None
    findings: tuple[Finding, ...]
    separator: str = ","
    tidy: bool = False  # it is known that no cell has a blank around it


def read_csv_text(path: Path) -> TextTable:
    """Read a file separated by commas, semicolons, tabs or bars with every cell as text; an empty cell is null.

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
    body, said = _without_sep_line(content.removeprefix(codecs.BOM_UTF8).rstrip(b"\r\n"))
    if not body.strip():
        return TextTable(None, (_of(path, "the file is empty", "Write a header line and the rows, or delete it"),))
    header = body.split(b"\n", 1)[0]
    separator = said or _separator(body)
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
    frame = frame.rename(str.strip)
    if b'""' in body:
        frame = frame.with_columns(pl.all().replace("", None))
    return TextTable(frame, (), chr(separator), _is_tidy(body, separator))


def _is_tidy(body: bytes, separator: int) -> bool:
    """Return whether it is plain that no cell has a blank around it: no blank beside a mark, and ASCII alone."""
    if b'"' in body or not body.isascii():
        return False
    data = np.frombuffer(body, dtype=np.uint8)
    for blank in b" \t\r\x0b\x0c":
        if blank == separator or blank not in body:
            continue
        at = np.flatnonzero(data == blank)
        beside = np.concatenate([data[np.maximum(at - 1, 0)], data[np.minimum(at + 1, data.size - 1)]])
        if ((beside == separator) | (beside == _NEWLINE)).any() or at[0] == 0 or at[-1] == data.size - 1:
            return False
    return True


def _of(path: Path, problem: str, remedy: str, row: int | None = None) -> Finding:
    return finding(path.name, problem, remedy, row=row)


def _bytes_of(path: Path) -> tuple[bytes, Finding | None]:
    """Return the file's bytes, or the first reason not to go on reading it (checked chunk by chunk)."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    chunks: list[bytes] = []
    lines = open_line = 0
    if path.stat().st_size > LARGEST:
        remedy = "Check that it is a table of the study; Parquet is smaller and read faster"
        return b"", _of(path, f"the file is over {LARGEST // 10**9} gigabytes, and is not read", remedy)
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
        shown = (
            error.object[: error.start].rpartition(b"\n")[2][-20:] + error.object[error.start :].split(b"\n", 1)[0][:20]
        )
        words = shown.decode("cp1252", "replace").strip()
        return _of(
            path,
            f"line {line} is not UTF-8 (byte 0x{byte:02x})",
            f"As Windows-1252, which older Excel writes, it reads {words!r}: if that is right, save it in Excel as "
            f"'CSV UTF-8', or run: iconv -f WINDOWS-1252 -t UTF-8 {quote(path.name)} > new.csv",
        )
    return None


def _without_sep_line(body: bytes) -> tuple[bytes, int | None]:
    """Return a file without the line ``sep=;`` that spreadsheets write and read, and the separator it names."""
    first, _, rest = body.partition(b"\n")
    found = _SEP_LINE.match(first.rstrip(b"\r"))
    return (body, None) if found is None else (rest, found[1][0])


def _separator(body: bytes) -> int:
    """Return what parts the cells: what stands outside quotations as often in every line as in the header."""
    lines = [_QUOTED.sub(b"", line) for line in body.split(b"\n", _LOOKED_AT)[:_LOOKED_AT]]
    header, rows = lines[0], [line for line in lines[1:] if line.strip()]

    def agreement(candidate: int) -> float:
        count = header.count(candidate)
        same = sum(row.count(candidate) == count for row in rows)
        return 0.0 if count == 0 else (1.0 + same) / (1.0 + len(rows))

    found = max(b",;\t|", key=agreement)  # the first of those that agree alike
    return found if agreement(found) > 0 else ord(",")


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
    return _uneven(path, cells, separator)


def _uneven(path: Path, cells: NDArray[np.int64], separator: int) -> tuple[Finding, ...]:
    expected, rows = int(cells[0]), np.flatnonzero(cells != cells[0])
    mark = {44: "a comma", 59: "a semicolon", 9: "a tab"}.get(separator, repr(chr(separator)))
    found = []
    for row in rows[:SHOWN_PER_PROBLEM]:
        count = int(cells[row])
        last = row == cells.size - 1 and count < expected
        cut = "; it is the last row, so the file seems cut" if last else ""
        remedy = (
            "Export the file again"
            if last
            else f"Give every row the cells of the header (quote text that holds {mark})"
        )
        noun = "cell" if count == 1 else "cells"
        found.append(_of(path, f"{count} {noun} where the header has {expected}{cut}", remedy, row=int(row)))
    if rows.size > SHOWN_PER_PROBLEM:
        left = rows.size - SHOWN_PER_PROBLEM
        found.append(_of(path, f"{left} more rows do not have the {expected} cells of the header", "See above"))
    return tuple(found)
