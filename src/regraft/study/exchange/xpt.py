"""SAS transport files, version 5 (XPT): one dataset per file, written and read by hand.

Reading takes the records apart in blocks, so that little more is needed than the columns that come of them.

80-byte records; a header for the library, one for the member, one 140-byte description per variable, then the records
in one stream (SAS TS-140, The Record Layout of a SAS Transport Data Set). What the format cannot hold is refused with
its place: names above 8 characters, labels above 40, text above 200 bytes or ending in a blank. Nothing is cut.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from regraft.core.errors import FileProblem
from regraft.study.exchange.dataset import Dataset, SourceDataset, StudyHeader, Variable, VariableKind
from regraft.study.exchange.ibm_float import from_ibm, to_ibm
from regraft.study.findings import finding

LONGEST_NAME, LONGEST_LABEL, LONGEST_TEXT = 8, 40, 200
_RECORD = 80
_LARGEST = 4_000_000_000
_BLOCK = 1 << 24  # bytes of records that are taken apart at once
_NUMBER, _CHARACTER = 1, 2
_NUMBERS = frozenset({VariableKind.INTEGER, VariableKind.FLOAT, VariableKind.DAY})
_DAYS_1960_TO_1970 = 3653  # SAS counts from 1960
_NAMESTR = ">hhhh8s40s8shhh2s8shhl52s"
_LIBRARY = b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!" + b"0" * 30 + b"  "
_MEMBER = b"HEADER RECORD*******MEMBER  HEADER RECORD!!!!!!!000000000000000001600000000140  "
_DESCRIPTOR = b"HEADER RECORD*******DSCRPTR HEADER RECORD!!!!!!!" + b"0" * 30 + b"  "
_NAMES = b"HEADER RECORD*******NAMESTR HEADER RECORD!!!!!!!000000"
_OBSERVATIONS = b"HEADER RECORD*******OBS     HEADER RECORD!!!!!!!" + b"0" * 30 + b"  "
_VERSION_8 = b"HEADER RECORD*******LIBV8"


def xpt_bytes(dataset: Dataset, header: StudyHeader) -> bytes:
    """Return a dataset as the bytes of an XPT file.

    Parameters
    ----------
    dataset : Dataset
        The dataset.
    header : StudyHeader
        Gives the moment of creation.

    Raises
    ------
    FileProblem
        Something does not fit the format, with the variable and the record.
    """
    _refuse_long_names(dataset)
    columns = _wide_enough([_column(dataset, variable) for variable in dataset.variables], dataset)
    lengths = [column.shape[1] for column in columns]
    stream = np.hstack(columns).tobytes() if dataset.frame.height else b""
    parts = [_headers(dataset, header.created), *_namestrs(dataset.variables, lengths)]
    described = _padded(b"".join(parts))
    return described + _OBSERVATIONS + _padded(stream)


def _wide_enough(columns: list[NDArray[np.uint8]], dataset: Dataset) -> list[NDArray[np.uint8]]:
    """Widen the last text until a record is longer than 80 bytes.

    The end of the file is filled up with blanks to 80 bytes, and readers take a short last record that ends in blanks
    for filling (pandas does).
    """
    short = _RECORD + 1 - sum(column.shape[1] for column in columns)
    texts = [n for n, variable in enumerate(dataset.variables) if variable.kind not in _NUMBERS]
    if short > 0 and texts:
        last = columns[texts[-1]]
        blanks = np.full((last.shape[0], short), ord(" "), dtype=np.uint8)
        columns[texts[-1]] = np.hstack([last, blanks])
    return columns


def _problem(dataset: Dataset, problem: str, remedy: str) -> FileProblem:
    return FileProblem(f"{dataset.name.lower()}.xpt", problem, remedy)


def _refuse_long_names(dataset: Dataset) -> None:
    for name, label in [(dataset.name, dataset.label), *((v.name, v.label) for v in dataset.variables)]:
        if len(name.encode()) > LONGEST_NAME:
            raise _problem(dataset, f"the name {name} is longer than 8 characters", "Shorten it")
        if len(label.encode()) > LONGEST_LABEL:
            raise _problem(dataset, f"the label {label!r} of {name} is longer than 40 characters", "Shorten it")


def _column(dataset: Dataset, variable: Variable) -> NDArray[np.uint8]:
    """Return one variable as an array of bytes, shape (records, length)."""
    series = dataset.frame[variable.name]
    if variable.kind is VariableKind.DAY:
        series = series.cast(pl.Int32) + _DAYS_1960_TO_1970
    if variable.kind in _NUMBERS:
        numbers = series.cast(pl.Float64).fill_null(float("nan")).to_numpy()
        try:
            return to_ibm(numbers).astype(">u8").view(np.uint8).reshape(-1, 8)
        except ValueError as error:
            raise _problem(
                dataset, f"{variable.name} holds {error}", "Correct the value, or use another format"
            ) from None
    texts = series.cast(pl.String).fill_null("")
    if texts.is_empty():
        return np.zeros((0, 1), dtype=np.uint8)
    different = texts.unique(maintain_order=True)
    encoded = [text.encode() for text in different]
    for text, raw in zip(different, encoded, strict=True):
        if len(raw) > LONGEST_TEXT or raw.endswith(b" ") or b"\0" in raw:
            raise _unfit(dataset, variable, int((texts == text).arg_max() or 0) + 1, raw)
    width = max([1, *map(len, encoded)])
    joined = b"".join(raw.ljust(width) for raw in encoded)
    places = texts.replace_strict(different, list(range(len(different))), return_dtype=pl.Int64)
    return np.frombuffer(joined, dtype=np.uint8).reshape(-1, width)[places.to_numpy()]


def _unfit(dataset: Dataset, variable: Variable, row: int, raw: bytes) -> FileProblem:
    place = f"{variable.name} of record {row}"
    if len(raw) > LONGEST_TEXT:
        problem = f"{place} holds {len(raw)} bytes of text, and XPT version 5 at most 200"
        return _problem(dataset, problem, "Shorten the text, or convert to dataset-json, csv, parquet or redcap")
    problem = f"{place} ends in a blank or holds a zero byte, which XPT cannot keep: {raw!r}"
    return _problem(dataset, problem, "Remove it, or convert to another format")


def _padded(content: bytes) -> bytes:
    return content + b" " * (-len(content) % _RECORD)


def _headers(dataset: Dataset, created: datetime) -> bytes:
    moment = created.strftime("%d%b%y:%H:%M:%S").upper().encode()
    name, label = dataset.name.encode().ljust(8), dataset.label.encode().ljust(40)
    system = b"9.4     " + b"REGRAFT " + b" " * 24
    return b"".join(
        (
            _LIBRARY,
            b"SAS     SAS     SASLIB  ",
            system,
            moment,
            moment.ljust(_RECORD),
            _MEMBER,
            _DESCRIPTOR,
            b"SAS     ",
            name,
            b"SASDATA ",
            system,
            moment,
            moment + b" " * 16 + label + b" " * 8,
            _NAMES,
            f"{len(dataset.variables):04d}".encode(),
            b"0" * 20 + b"  ",
        )
    )


def _namestrs(variables: tuple[Variable, ...], lengths: list[int]) -> list[bytes]:
    described, position = [], 0
    for number, (variable, length) in enumerate(zip(variables, lengths, strict=True), start=1):
        kind = _NUMBER if variable.kind in _NUMBERS else _CHARACTER
        form, form_length = (b"DATE    ", 9) if variable.kind is VariableKind.DAY else (b" " * 8, 0)
        name, label = variable.name.encode().ljust(8), variable.label.encode().ljust(40)
        blank = b" " * 8
        described.append(
            struct.pack(
                _NAMESTR,
                kind,
                0,
                length,
                number,
                name,
                label,
                form,
                form_length,
                0,
                0,
                b"\0\0",
                blank,
                0,
                0,
                position,
                b"\0" * 52,
            )
        )
        position += length
    return described


def read_xpt(path: Path) -> SourceDataset:
    """Read an XPT version 5 file that holds one dataset.

    Parameters
    ----------
    path : Path
        The file. Text is UTF-8 (of which ASCII is a part), or else read as Windows-1252 with a warning.

    Returns
    -------
    SourceDataset
        Blanks at the end of text are not part of it; empty text and SAS missing values are null.
    """
    size = path.stat().st_size
    if size > _LARGEST:
        return _refused(path, "the file is over four gigabytes, and is not read", "Split it, or use another format")
    with path.open("rb") as file:
        read = _described(file, size)
        if not isinstance(read, _Described):
            return _refused(path, *read)
        frames, latin = [], False
        for records in read.blocks(file):
            frame, strange = _columns(read.variables, records)
            frames.append(frame)
            latin = latin or strange
    problem = "text that is not UTF-8 was read as Windows-1252"
    found = (finding(path.name, problem, "Check letters with accents", severity="warning"),) if latin else ()
    return SourceDataset(path.name, read.name or path.stem.upper(), pl.concat(frames, rechunk=True), found)


def _refused(path: Path, problem: str, remedy: str) -> SourceDataset:
    return SourceDataset(path.name, path.stem.upper(), None, (finding(path.name, problem, remedy),))


@final
@dataclass(frozen=True, slots=True)
class _Described:
    """What the headers of a file say: its name, the variables, and where and how many the records are."""

    name: str
    variables: tuple[tuple[str, int, int, int], ...]  # name, kind, length, position
    start: int
    width: int
    records: int

    def blocks(self, file: BinaryIO) -> Iterator[NDArray[np.uint8]]:
        """Yield the records block by block, at least one; the blank ones that fill the last 80 bytes are none."""
        file.seek(self.start)
        at_once = max(1, _BLOCK // self.width)
        for first in range(0, max(self.records, 1), at_once):
            count = min(at_once, self.records - first)
            yield np.frombuffer(file.read(count * self.width), dtype=np.uint8).reshape(count, self.width)


def _described(file: BinaryIO, size: int) -> _Described | tuple[str, str]:
    """Return what the headers say, or what is wrong with the file and what to do."""
    again = "Write the file again as SAS transport version 5, one dataset per file"
    start = 3 * _RECORD
    head = file.read(start + 5 * _RECORD)
    if head.startswith(_VERSION_8):
        return "the file is a SAS transport file of version 8", again
    if not head.startswith(_LIBRARY[:48]):
        return "the file is no SAS transport file", again
    if size % _RECORD:
        return "the file is cut: it does not end with a whole record of 80 bytes", "Export the file again"
    count_text = head[start + 320 + 54 : start + 320 + 58]
    if head[start : start + 48] != _MEMBER[:48] or not count_text.isdigit():
        return "the header of the file is damaged", "Export the file again"
    count, each = int(count_text), 136 if head[start + 74 : start + 78] == b"0136" else 140
    described = file.read(-(-count * each // _RECORD) * _RECORD)
    if file.read(_RECORD)[:48] != _OBSERVATIONS[:48]:
        return "the header of the file is damaged", "Export the file again"
    variables = []
    for at in range(0, count * each, each):
        kind, _hash, length, _number, raw_name = struct.unpack(">hhhh8s", described[at : at + 16])
        position = struct.unpack(">l", described[at + 84 : at + 88])[0]
        variables.append((raw_name.decode("ascii", "replace").strip().upper(), kind, length, position))
    name = head[start + 168 : start + 176].decode("ascii", "replace").strip().upper()
    return _with_records(file, size, name, tuple(variables))


def _with_records(
    file: BinaryIO, size: int, name: str, variables: tuple[tuple[str, int, int, int], ...]
) -> _Described | tuple[str, str]:
    """Return where the records are that follow the headers, or what is wrong with them."""
    start, width = file.tell(), sum(length for _, _, length, _ in variables)
    if _holds(file, _MEMBER[:48]):
        return "the file holds more than one dataset", "Write one dataset per file"
    if any(not 0 < v[2] <= LONGEST_TEXT or v[3] < 0 or v[3] + v[2] > width for v in variables) or not variables:
        return "the description of the variables is damaged", "Export the file again"
    names = [name for name, _, _, _ in variables]
    twice = next((one for at, one in enumerate(names) if not one or one in names[:at]), None)
    records = (size - start) // width
    file.seek(start + records * width)
    rest = file.read()
    if rest.strip(b" ") or len(rest) >= _RECORD:
        return "the file is cut: its last record is not whole", "Export the file again"
    if twice is not None:
        return f"two variables are called {twice!r}", "Export the file again"
    blank = 0
    while blank < min(records, _RECORD // width + 1):
        file.seek(start + (records - blank - 1) * width)
        if file.read(width).strip(b" "):
            break
        blank += 1
    return _Described(name, variables, start, width, records - blank)


def _holds(file: BinaryIO, mark: bytes) -> bool:
    """Return whether the rest of a file holds a mark, looked for block by block."""
    held = b""
    while block := file.read(_BLOCK):
        if mark in held + block:
            return True
        held = (held + block)[1 - len(mark) :]
    return False


def _columns(variables: tuple[tuple[str, int, int, int], ...], records: NDArray[np.uint8]) -> tuple[pl.DataFrame, bool]:
    """Return the columns of some records, and whether one has text that is not UTF-8."""
    columns: dict[str, pl.Series] = {}
    latin = False
    for variable, kind, length, position in variables:
        raw = np.ascontiguousarray(records[:, position : position + length])
        if kind == _NUMBER:
            whole = np.zeros((len(raw), 8), dtype=np.uint8)
            whole[:, : min(length, 8)] = raw[:, :8]
            numbers = pl.Series(variable, from_ibm(whole.view(">u8").reshape(-1).astype(np.uint64)))
            columns[variable] = numbers.fill_nan(None)
            continue
        places: dict[bytes, int] = {}
        at = [places.setdefault(text.rstrip(b" "), len(places)) for text in raw.view(f"S{length}").reshape(-1).tolist()]
        decoded: list[str | None] = []
        for text in places:
            try:
                decoded.append(text.decode() or None)
            except UnicodeDecodeError:
                decoded.append(text.decode("cp1252", "replace"))
                latin = True
        columns[variable] = pl.Series(variable, decoded, dtype=pl.String).gather(at)  # long text is held once
    return pl.DataFrame(columns), latin
