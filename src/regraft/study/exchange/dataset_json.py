"""Dataset-JSON 1.1: one dataset per file, the records as rows of a JSON array (CDISC Dataset-JSON 1.1)."""

import json
import re
import zlib
from pathlib import Path

import polars as pl

from regraft.study.exchange.dataset import Dataset, SourceDataset, StudyHeader, Variable, VariableKind
from regraft.study.findings import finding

VERSION = "1.1.0"
DEFINE = "define.xml"
_LARGEST = 2_000_000_000
_LINES, _COMPRESSED = ".ndjson", ".dsjc"
SUFFIXES = (".json", _LINES, _COMPRESSED)
_ANY_HEADER = 47  # zlib or gzip, told from the first bytes: both are about
_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
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
        text = _text_of(path)
        document = _by_lines(text) if path.suffix.lower() in {_COMPRESSED, _LINES} else json.loads(text)
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
    if _ESCAPE.search(text) and not _is_text(document):
        return _refused(path, "the file holds half characters (lone surrogates), which are no text", _AGAIN)
    return _dataset(path, document)


class _TooLargeError(Exception):
    """A compressed file holds more than may be read."""


def _text_of(path: Path) -> str:
    if path.suffix.lower() != _COMPRESSED:
        return path.read_text(encoding="utf-8-sig")
    unpacked = zlib.decompressobj(_ANY_HEADER)
    content = unpacked.decompress(path.read_bytes(), _LARGEST)
    if unpacked.unconsumed_tail:
        raise _TooLargeError
    if not unpacked.eof:
        raise zlib.error("its end is missing")
    return content.decode("utf-8-sig")


def _by_lines(text: str) -> object:
    """Return the document of a file whose first line is the description, and every other line a record."""
    first, *lines = text.split("\n")
    document = json.loads(first)
    if not isinstance(document, dict):
        return document
    rows = [json.loads(line) for line in lines if line.strip()]
    names = _names(document.get("columns"))
    return {**document, "rows": [[row.get(n) for n in names] if isinstance(row, dict) else row for row in rows]}


def _is_text(document: object) -> bool:
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        return False
    return True


def _dataset(path: Path, document: dict[str, object]) -> SourceDataset:
    columns, rows, records = document["columns"], document.get("rows", []), document.get("records")
    names = _names(columns)
    if not names or len(set(names)) < len(names):
        return _refused(path, "the columns have no names, or two of them the same", _AGAIN)
    if not isinstance(rows, list) or any(not isinstance(row, list) or len(row) != len(names) for row in rows):
        return _refused(path, f"a row does not have the {len(names)} values of the columns", _AGAIN)
    if records != len(rows):
        return _refused(path, f"the file says {records} records and holds {len(rows)}", _AGAIN)
    name = str(document.get("name") or path.stem).upper()
    return _typed(path, name, names, rows)


def _names(columns: object) -> list[str]:
    if not isinstance(columns, list):
        return []
    names = [column.get("name") if isinstance(column, dict) else None for column in columns]
    return [name.upper() for name in names if isinstance(name, str) and name] if None not in names else []


def _typed(path: Path, name: str, names: list[str], rows: list[list[object]]) -> SourceDataset:
    series = []
    for place, column in enumerate(names):
        values = [row[place] for row in rows]
        if any(isinstance(value, dict | list) for value in values):
            return _refused(path, f"the column {column} holds lists or objects", "Store one value per cell")
        numbers = all(
            value is None or (isinstance(value, int | float) and not isinstance(value, bool)) for value in values
        )
        if numbers and any(value is not None for value in values):
            floats = [None if value is None else _as_float(value) for value in values]
            series.append(pl.Series(column, floats, dtype=pl.Float64).fill_nan(None))
        else:
            series.append(pl.Series(column, [_as_text(value) for value in values], dtype=pl.String))
    return SourceDataset(path.name, name, pl.DataFrame(series), ())


def _as_float(value: object) -> float:
    try:
        return float(value) if isinstance(value, int | float) else float("nan")
    except OverflowError:
        return float("inf")


def _as_text(value: object) -> str | None:
    return None if value is None or value == "" else str(value)


def _refused(path: Path, problem: str, remedy: str) -> SourceDataset:
    return SourceDataset(path.name, path.stem.upper(), None, (finding(path.name, problem, remedy),))
