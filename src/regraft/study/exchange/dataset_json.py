"""Dataset-JSON 1.1: one dataset per file, the records as rows of a JSON array (CDISC Dataset-JSON 1.1)."""

import codecs
import json
import zlib
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from types import NoneType
from typing import final

import polars as pl

from regraft.study.exchange.dataset import Dataset, SourceDataset, StudyHeader, Variable, VariableKind
from regraft.study.exchange.json_pieces import Take, read_document, read_lines
from regraft.study.findings import finding

VERSION = "1.1.0"
DEFINE = "define.xml"
_LARGEST = 2_000_000_000
_PIECE = 1 << 21  # bytes or characters that are read at once; what is made of them meanwhile is some ten times as much
_LINES, _COMPRESSED = ".ndjson", ".dsjc"
SUFFIXES = (".json", _LINES, _COMPRESSED)
_ANY_HEADER = 47  # zlib or gzip, told from the first bytes: both are about
_AGAIN = "Export the dataset again as Dataset-JSON 1.1"
_TYPES = {
    VariableKind.TEXT: "string",
    VariableKind.DATE: "date",
    VariableKind.DAY: "date",
    VariableKind.INTEGER: "integer",
    VariableKind.FLOAT: "double",
}


def dataset_json_text(dataset: Dataset, header: StudyHeader) -> str:
    """Return a dataset as the text of a Dataset-JSON file, one record per line.

    Parameters
    ----------
    dataset : Dataset
        The dataset.
    header : StudyHeader
        What the file says of its study.
    """
    moment = header.created.strftime("%Y-%m-%dT%H:%M:%S")
    document = {
        "datasetJSONCreationDateTime": moment,
        "datasetJSONVersion": VERSION,
        "fileOID": f"{header.study_id}.{dataset.name}",
        "originator": "regraft",
        "sourceSystem": {"name": "regraft", "version": header.version or "not stated"},
        "studyOID": f"STUDY.{header.study_id}",
        "metaDataVersionOID": f"MDV.{header.study_id}",
        "metaDataRef": DEFINE,
        "itemGroupOID": f"IG.{dataset.name}",
        "records": dataset.frame.height,
        "name": dataset.name,
        "label": dataset.label,
        "columns": [_column(dataset, variable) for variable in dataset.variables],
    }
    start = json.dumps(document, ensure_ascii=False, indent=1)[:-2]
    columns = [_values(dataset.frame[variable.name], variable.kind) for variable in dataset.variables]
    rows = ",\n".join(json.dumps(row, ensure_ascii=False, allow_nan=False) for row in zip(*columns, strict=True))
    return f'{start},\n "rows": [\n{rows}\n ]\n}}\n'


def _column(dataset: Dataset, variable: Variable) -> dict[str, object]:
    column: dict[str, object] = {
        "itemOID": f"IT.{dataset.name}.{variable.name}",
        "name": variable.name,
        "label": variable.label,
        "dataType": _TYPES[variable.kind],
    }
    if variable.kind is VariableKind.TEXT:
        longest = dataset.frame[variable.name].str.len_chars().max()
        column["length"] = max(1, longest if isinstance(longest, int) else 1)
    if variable.kind is VariableKind.DAY:
        column |= {"targetDataType": "integer", "displayFormat": "DATE9."}
    if variable.key is not None:
        column["keySequence"] = variable.key
    return column


def _values(series: pl.Series, kind: VariableKind) -> list[object]:
    if kind is VariableKind.DAY:
        return series.dt.strftime("%Y-%m-%d").to_list()
    return (series.cast(pl.Int64) if kind is VariableKind.INTEGER else series).to_list()


def is_dataset_json(path: Path) -> bool:
    """Return whether a file is a dataset in one of the three forms: JSON, NDJSON, or that compressed."""
    if path.suffix.lower() not in SUFFIXES:
        return False
    if path.suffix.lower() == _COMPRESSED:
        return True
    with path.open("rb") as file:
        return b"datasetJSON" in file.read(4000)


def read_dataset_json(path: Path) -> SourceDataset:
    """Read a Dataset-JSON file (version 1.1): ``.json``, ``.ndjson`` with a record per line, or ``.dsjc`` (compressed).

    Parameters
    ----------
    path : Path
        The file, UTF-8.

    Returns
    -------
    SourceDataset
        Records as text and numbers; empty text is null.
    """
    if path.stat().st_size > _LARGEST:
        return _refused(path, "the file is over two gigabytes", "Split it, or use another format")
    try:
        _refuse_what_is_no_text(path)
        document, rows = _document_and_rows(path)
        if rows.mixed:  # a column that began with numbers is one of text
            document, rows = _document_and_rows(path, frozenset(rows.mixed))
    except UnicodeDecodeError:
        return _refused(path, "the file is not UTF-8", _AGAIN)
    except zlib.error as error:
        return _refused(path, f"the file cannot be decompressed ({error})", _AGAIN)
    except _TooLargeError:
        return _refused(path, "the file is over two gigabytes when decompressed", "Split it, or use another format")
    except (ValueError, RecursionError) as error:
        return _refused(path, f"the file is not valid JSON ({error})", _AGAIN)
    if not isinstance(document, dict) or "columns" not in document or "datasetJSONVersion" not in document:
        return _refused(path, "the file is no Dataset-JSON 1.1", _AGAIN)
    if rows.halves or not _is_text(document):
        return _refused(path, "the file holds half characters (lone surrogates), which are no text", _AGAIN)
    return _dataset(path, document, rows)


class _TooLargeError(Exception):
    """A compressed file holds more than may be read."""


def _packed(path: Path) -> bool:
    return path.suffix.lower() == _COMPRESSED


def _bytes_of(path: Path) -> Iterator[bytes]:
    """Yield a file in pieces, decompressed where it is compressed."""
    with path.open("rb") as file:
        if not _packed(path):
            while piece := file.read(_PIECE):
                yield piece
            return
        unpacked, left = zlib.decompressobj(_ANY_HEADER), _LARGEST
        packed = b""
        while not unpacked.eof and (packed := unpacked.unconsumed_tail or file.read(_PIECE)):
            piece = unpacked.decompress(packed, min(_PIECE, left))
            left -= len(piece)
            yield piece
            if not left:
                raise _TooLargeError
        if not unpacked.eof:
            raise zlib.error("its end is missing")


def _refuse_what_is_no_text(path: Path) -> None:
    """Raise where the bytes of a file are no text, before anything is said of what is in them."""
    decoder = codecs.getincrementaldecoder("utf-8" if _packed(path) else "utf-8-sig")()
    pieces = _bytes_of(path)
    try:
        for piece in pieces:
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        deque(pieces, maxlen=0)  # what cannot be decompressed comes before what is no text
        raise


def _text_of(path: Path) -> Iterator[str]:
    """Yield the text of a file in pieces; of a plain file every line ends alike."""
    if _packed(path):
        yield from codecs.iterdecode(_bytes_of(path), "utf-8-sig")
        return
    with path.open(encoding="utf-8-sig") as file:
        while piece := file.read(_PIECE):
            yield piece


def _document_and_rows(path: Path, text: frozenset[int] = frozenset()) -> tuple[object, "_Rows"]:
    """Return what a file says beside its rows, and these in columns; those at the places `text` are text."""
    rows = _Rows(text)

    def anew() -> Take:
        nonlocal rows
        rows = _Rows(text)  # of several arrays of rows the last one counts
        return rows.add

    def beside(document: object) -> Take | None:
        if not isinstance(document, dict):
            return None
        document.pop("rows", None)
        names = _names(document.get("columns"))
        return lambda values, halves: rows.add(
            [[row.get(name) for name in names] if isinstance(row, dict) else row for row in values], halves
        )

    if path.suffix.lower() in {_COMPRESSED, _LINES}:
        return read_lines(_text_of(path), beside), rows
    return read_document(_text_of(path), "rows", anew), rows


def _is_text(document: object) -> bool:
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        return False
    return True


@final
class _Rows:
    """Rows put into columns piece by piece: numbers as numbers, everything else as text, which is held once.

    Parameters
    ----------
    text : frozenset of int
        Places of columns in which numbers are text.
    """

    def __init__(self, text: frozenset[int]) -> None:
        self.text = text
        self.count = 0
        self.halves = False
        self.widths: set[int | None] = set()  # None: of what is no row
        self.columns: list[list[pl.Series]] = []
        self.nested: set[int] = set()

    def add(self, rows: list[object], halves: bool) -> None:
        """Take some more rows, in which there may be half characters."""
        self.count += len(rows)
        self.halves = self.halves or (halves and not _is_text(rows))
        self.widths |= {len(row) if isinstance(row, list) else None for row in rows}
        lists = [row for row in rows if isinstance(row, list)]
        if self.halves or len(self.widths) != 1 or len(lists) != len(rows):
            self.columns = []  # the file is refused
            return
        self.columns = self.columns or [[] for _ in lists[0]]
        for place, values in enumerate(zip(*lists, strict=True)):
            kinds = set(map(type, values))
            if kinds & {dict, list}:
                self.nested.add(place)
            else:
                self.columns[place].append(_typed(values, kinds, text=place in self.text))

    @property
    def mixed(self) -> set[int]:
        """Places of columns with numbers in one piece and text in another."""
        return {place for place, pieces in enumerate(self.columns) if len(_kinds(pieces)) > 1}

    def column(self, place: int, name: str) -> pl.Series:
        """Return one column; one without a value is text."""
        pieces = self.columns[place] if self.columns else []
        (kind,) = _kinds(pieces) or (pl.String(),)
        whole = [piece.cast(kind) for piece in pieces] or [pl.Series([], dtype=kind)]
        return pl.concat(whole, rechunk=True).alias(name)


def _kinds(pieces: list[pl.Series]) -> set[pl.DataType]:
    return {piece.dtype for piece in pieces if piece.dtype != pl.Null}


def _typed(values: tuple[object, ...], kinds: set[type], *, text: bool) -> pl.Series:
    if kinds <= {NoneType}:
        return pl.Series([None] * len(values), dtype=pl.Null)
    if kinds <= {NoneType, int, float} and not text:
        return pl.Series([None if value is None else _as_float(value) for value in values], dtype=pl.Float64).fill_nan(
            None
        )
    places: dict[str | None, int] = {}
    at = [places.setdefault(_as_text(value), len(places)) for value in values]
    return pl.Series(list(places), dtype=pl.String).gather(at)


def _dataset(path: Path, document: dict[str, object], rows: _Rows) -> SourceDataset:
    names, records = _names(document["columns"]), document.get("records")
    if not names or len(set(names)) < len(names):
        return _refused(path, "the columns have no names, or two of them the same", _AGAIN)
    if "rows" in document or not rows.widths <= {len(names)}:
        return _refused(path, f"a row does not have the {len(names)} values of the columns", _AGAIN)
    if records != rows.count:
        return _refused(path, f"the file says {records} records and holds {rows.count}", _AGAIN)
    for place in sorted(rows.nested)[:1]:
        return _refused(path, f"the column {names[place]} holds lists or objects", "Store one value per cell")
    name = str(document.get("name") or path.stem).upper()
    frame = pl.DataFrame([rows.column(place, column) for place, column in enumerate(names)])
    return SourceDataset(path.name, name, frame, ())


def _names(columns: object) -> list[str]:
    if not isinstance(columns, list):
        return []
    names = [column.get("name") if isinstance(column, dict) else None for column in columns]
    return [name.upper() for name in names if isinstance(name, str) and name] if None not in names else []


def _as_float(value: object) -> float:
    try:
        return float(value) if isinstance(value, int | float) else float("nan")
    except OverflowError:
        return float("inf")


def _as_text(value: object) -> str | None:
    return None if value is None or value == "" else str(value)


def _refused(path: Path, problem: str, remedy: str) -> SourceDataset:
    return SourceDataset(path.name, path.stem.upper(), None, (finding(path.name, problem, remedy),))
