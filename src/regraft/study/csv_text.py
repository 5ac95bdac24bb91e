"""Reading a CSV file as text, after looking at its bytes: nothing is guessed, dropped or silently repaired."""

import codecs
import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from shlex import quote
from typing import TypeAlias, final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from regraft.core.errors import Finding
from regraft.study.findings import SHOWN_PER_PROBLEM, finding
from regraft.study.places import ROW

LONGEST_LINE = 1_000_000
LARGEST = 4_000_000_000  # bytes: 40 million rows of 100
_CHUNK = 1 << 20
_PIECE = 1 << 25  # bytes that are read as a table at once; some five times as much is needed meanwhile
_TAKEN = 1 << 23  # of a piece that is taken: it is copied there, and of wide tables with few values it is much more
_NEWLINE, _QUOTE = 10, 34
_SEP_LINE = re.compile(rb"^[\"']?sep=(.)[\"']?[,;\t]*$", re.IGNORECASE)
_QUOTED = re.compile(rb'"[^"\n]*"')
_LOOKED_AT = 50  # lines


Take: TypeAlias = Callable[[pl.DataFrame], None]


@final
@dataclass(frozen=True, slots=True)
class TextTable:
    """A CSV file as text: one string column per source column, or None with the findings that say why not."""

    frame: pl.DataFrame | None
    findings: tuple[Finding, ...]
    separator: str = ","
    tidy: bool = False  # it is known that no cell has a blank around it


def read_csv_text(path: Path, take: Take | None = None) -> TextTable:
    """Read a file separated by commas, semicolons, tabs or bars with every cell as text; an empty cell is null.

    Parameters
    ----------
    path : Path
        The file. It must be UTF-8 (a byte-order mark is allowed), with one header line and the same number of cells
        in every row, and no line above one megabyte: a file that breaks this is refused with findings, as soon as
        the reading reaches the place.
    take : callable, optional
        Given the rows of the file piece by piece, in their order; the frame that is returned then has the columns and
        no rows. What was given is worth nothing where the file is refused in the end.
    """
    problem = _no_text(path)
    if problem is not None:
        return TextTable(None, (problem,))
    pieces = _pieces(path, _PIECE if take is None else _TAKEN)
    first, said = _without_sep_line(next(pieces).removeprefix(codecs.BOM_UTF8))
    if not first.strip():
        return TextTable(None, (_of(path, "the file is empty", "Write a header line and the rows, or delete it"),))
    header = first.split(b"\n", 1)[0]
    separator = said or _separator(first)
    if b"\r" in header.rstrip(b"\r"):
        return TextTable(None, (_of(path, "lines end in carriage returns only", "Save it again with usual line ends"),))
    found, rows, read = _header_problems(path, header, separator), _Rows(), _Read(take)
    for number, piece in enumerate(chain((first,), pieces)):
        rows.count(piece, separator)
        if not found and rows.even:
            read.add(header + b"\n" + piece if number else piece, separator)
    found = (*found, *rows.problems(path, separator))
    if found:
        return TextTable(None, found)
    if read.failed:
        return TextTable(None, (_of(path, f"cannot be read as CSV ({read.failed})", "Save it again as CSV, UTF-8"),))
    return TextTable(pl.concat(read.frames), (), chr(separator), read.tidy)


@dataclass(slots=True)
class _Read:
    """What was read of a file so far and nobody took: every cell as text, an empty one null."""

    take: Take | None = None
    frames: list[pl.DataFrame] = field(default_factory=list)
    tidy: bool = True
    failed: str = ""

    def add(self, piece: bytes, separator: int) -> None:
        """Read one more piece, which begins with the header."""
        try:
            frame = pl.read_csv(piece, separator=chr(separator), infer_schema=False)
        except pl.exceptions.PolarsError as error:
            self.failed = self.failed or str(error).splitlines()[0]
            return
        frame = frame.rename(str.strip)
        frame = frame.with_columns(pl.all().replace("", None)) if b'""' in piece else frame
        if self.take is not None:
            self.take(frame)
            frame = frame.clear()
        self.frames.append(frame)
        self.tidy = self.tidy and _is_tidy(piece, separator)


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


def _no_text(path: Path) -> Finding | None:
    """Return the first reason why a file is no text that can be read, looked for chunk by chunk."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines = open_line = 0
    if path.stat().st_size > LARGEST:
        remedy = "Check that it is a table of the study; Parquet is smaller and read faster"
        return _of(path, f"the file is over {LARGEST // 10**9} gigabytes, and is not read", remedy)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            first = chunk.find(b"\n")
            if open_line + (len(chunk) if first < 0 else first) > LONGEST_LINE:
                return _of(
                    path,
                    f"line {lines + 1} is longer than {LONGEST_LINE:,} characters; reading stopped there",
                    "A table has one short line per row: check that the file is CSV and was not written as one line",
                )
            problem = _not_text(path, chunk, decoder, lines)
            if problem is not None:
                return problem
            open_line = open_line + len(chunk) if first < 0 else len(chunk) - chunk.rfind(b"\n") - 1
            lines += chunk.count(b"\n")
    if decoder.getstate()[0]:
        return _of(path, "the last character is cut in half: the file seems cut", "Export the file again")
    return None


def _pieces(path: Path, size: int) -> Iterator[bytes]:
    """Yield a file in pieces of whole rows, at least one; line ends at the end of the file are left out.

    The first has all lines that tell what parts the cells.
    """
    held, fewest = b"", _LOOKED_AT + 1
    with path.open("rb") as file:
        while chunk := file.read(size):
            held += chunk
            end = _end_of_rows(held) if len(chunk) == size else 0
            if end and held.count(b"\n", 0, end) > fewest:
                yield held[:end]
                held, fewest = held[end:], 0
    yield held.rstrip(b"\r\n")


def _end_of_rows(held: bytes) -> int:
    """Return where the last row begins that is not blank: what stands before it is whole."""
    last = len(held.rstrip(b"\r\n"))
    if b'"' not in held:
        return held.rfind(b"\n", 0, last) + 1
    data = np.frombuffer(held, dtype=np.uint8, count=last)
    ends = np.flatnonzero((data == _NEWLINE) & ~_quoted(data))
    return int(ends[-1]) + 1 if ends.size else 0


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


def _quoted(data: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which bytes of whole rows stand in a quotation, or begin one."""
    quotes = data == _QUOTE
    return np.bitwise_xor.accumulate(quotes) if quotes.any() else quotes


@dataclass(slots=True)
class _Rows:
    """The rows of a file so far: how many cells the header has, and which rows have more or fewer."""

    rows: int = 0
    expected: int = 0
    open: bool = False  # the last quotation has no end
    uneven: list[tuple[int, int]] = field(default_factory=list)  # row and cells of the first of them
    others: int = 0

    @property
    def even(self) -> bool:
        """Whether there is nothing to refuse."""
        return not self.uneven and not self.open

    def count(self, piece: bytes, separator: int) -> None:
        """Count the cells of some more rows."""
        data = np.frombuffer(piece, dtype=np.uint8, count=len(piece) - piece.endswith(b"\n"))
        quoted = _quoted(data)
        ends = np.flatnonzero((data == _NEWLINE) & ~quoted)
        separators = np.flatnonzero((data == separator) & ~quoted)
        cells = np.diff(np.searchsorted(separators, np.append(ends, data.size)), prepend=0) + 1
        self.expected = self.expected or int(cells[0])
        self.open = bool(quoted.size and quoted[-1])
        bad = np.flatnonzero(cells != self.expected)
        shown = bad[: SHOWN_PER_PROBLEM - len(self.uneven)]
        self.uneven += [(self.rows + int(row), int(cells[row])) for row in shown]
        self.others += bad.size - shown.size
        self.rows += cells.size

    def problems(self, path: Path, separator: int) -> tuple[Finding, ...]:
        """Return rows with more or fewer cells than the header, or a quotation that never ends."""
        last = self.rows - 1
        if self.open:
            problem = f"row {last} opens a quotation that never ends: the file seems cut"
            return (_of(path, problem, "Export the file again, or close the quotation", row=max(last, 0) or None),)
        found = [_uneven(path, row, count, self.expected, separator, last=row == last) for row, count in self.uneven]
        if self.others:
            problem = f"{self.others} more rows do not have the {self.expected} cells of the header"
            found.append(_of(path, problem, "See above"))
        return tuple(found)


def _uneven(path: Path, row: int, count: int, expected: int, separator: int, *, last: bool) -> Finding:
    mark = {44: "a comma", 59: "a semicolon", 9: "a tab"}.get(separator, repr(chr(separator)))
    cut = last and count < expected
    told = "; it is the last row, so the file seems cut" if cut else ""
    remedy = (
        "Export the file again" if cut else f"Give every row the cells of the header (quote text that holds {mark})"
    )
    noun = "cell" if count == 1 else "cells"
    return _of(path, f"{count} {noun} where the header has {expected}{told}", remedy, row=row)
