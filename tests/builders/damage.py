"""Ways to damage the files of a study: cut, swap, duplicate, encode, insert, delete, huge, wrong types, empty."""

import io
import json
import zlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, TypeVar

import polars as pl

from regraft.core.errors import RegraftError
from regraft.core.streams import Purpose, uniform
from regraft.study.exchange.dataset import Dataset, StudyHeader, Variable, VariableKind
from regraft.study.exchange.xpt import read_xpt, xpt_bytes

Files = dict[str, bytes]
T = TypeVar("T")
CELLS = (
    "",
    "NaN",
    "inf",
    "-inf",
    "1e308",
    "1e999",
    "-1",
    "9" * 400,
    "0.5",
    "11",
    "2020-02-30",
    "31/12/2020",
    "2020-01-01T10:00",
    "9999-12-31",
    "0001-01-01",
    "-2020-01-01",
    "20200101",
    "true",
    "maybe",
    "é" * 300,
    "x" * 5000,
    "'",
    '"',
    '"unclosed',
    ",",
    ";",
    "\t",
    "=1+1",
    "\u202e",
    "\ufeff",
    "\u0000",
    "٣",
    "1,5",
    "None",
    " ",
    "\r",
    "died",
    "001",
    "2147483648",
    "1e-400",
    "\n",
    "\r\n",
    "null",
    "{}",
    "[1]",
    "NA",
    "-9",
    "-999",
    "99",
    "UNK",
    "NASK",
    "1.234,5",
    "1,234",
    "<0.1",
    "2014",
    "2014-05",
    "UN-MAY-2014",
    "14/15/2016",
    "41640",
)
# What SDTM of centres holds where a reader hopes for something else.
_TERMS = (
    "N|Y|U|NOT DONE|NOT SUBMITTED|UNK|-9|<0.1|>=8.5|3,5|1E2|2014|2014-05|2014-05-UN|2014-05-06T07:08|"
    "2014-05-06T00:00+02:00|PSEUDORELAPSE|RELAPSE|COMPLETED|DEATH|LOST TO FOLLOW-UP|SCRNFAIL|SCREENING|"
    "POSSIBLE|NONE|GRADE 3|3.0|NATALIZUMAB|PLACEBO|10^6/L|K/uL|mg/dL|NEUT|EDSS0101|EDSS|HEIGHT|WEIGHT|"
    "nobody|1|2|0.5|999|MULTIPLE SCLEROSIS|ONSET"
)
TERMS = ("", "é" * 90, *_TERMS.split("|"))
TEXT = (".csv", ".toml", ".json", ".ndjson", ".xml")
RECORDS = (".xpt", ".json", ".ndjson", ".dsjc")


class Chance:
    """Random choices of one case: every draw has its own address, so that a case can be repeated alone."""

    def __init__(self, seed: int, case: int) -> None:
        self.seed, self.case, self.slot = seed, case, 0

    def below(self, count: int) -> int:
        """Return a whole number from 0 to count - 1 (0 when there is nothing to choose from)."""
        self.slot += 1
        return max(0, min(int(uniform(self.seed, self.case, Purpose.SCENARIO, 0, self.slot) * count), count - 1))

    def of(self, choices: Sequence[T]) -> T:
        """Return one of the choices."""
        return choices[self.below(len(choices))]


def cut(content: bytes, chance: Chance) -> bytes:
    """Cut the end off."""
    return content[: chance.below(len(content) + 1)]


def cut_start(content: bytes, chance: Chance) -> bytes:
    """Cut the start off."""
    return content[chance.below(len(content) + 1) :]


def empty(_content: bytes, _chance: Chance) -> bytes:
    """Leave nothing."""
    return b""


def flip(content: bytes, chance: Chance) -> bytes:
    """Change a few bytes."""
    raw = bytearray(content)
    for _ in range(1 + chance.below(8)):
        if raw:
            raw[chance.below(len(raw))] = chance.below(256)
    return bytes(raw)


def insert_bytes(content: bytes, chance: Chance) -> bytes:
    """Insert a few bytes somewhere."""
    place = chance.below(len(content) + 1)
    return content[:place] + bytes(chance.below(256) for _ in range(1 + chance.below(100))) + content[place:]


def delete_bytes(content: bytes, chance: Chance) -> bytes:
    """Delete a stretch of bytes."""
    place = chance.below(len(content) + 1)
    return content[:place] + content[place + 1 + chance.below(120) :]


def repeat(content: bytes, chance: Chance) -> bytes:
    """Write the file twice into one, or a part of it again."""
    place = chance.below(len(content) + 1)
    return content + content[place:]


def encode(content: bytes, chance: Chance) -> bytes:
    """Store the text in another encoding, or with other line ends."""
    text = content.decode("utf-8", "replace")
    kind = chance.of(("utf-16", "latin-1", "cp1252", "utf-8-sig", "utf-32", "crlf", "cr", "no-end", "blank-lines"))
    match kind:
        case "crlf":
            return text.replace("\n", "\r\n").encode()
        case "cr":
            return text.replace("\n", "\r").encode()
        case "no-end":
            return text.rstrip("\n").encode()
        case "blank-lines":
            return (text + "\n\n\n").encode()
        case _:
            return text.encode(kind, "replace")


def change_records(name: str, content: bytes, chance: Chance) -> tuple[bytes, str]:
    """Change the records of an SDTM dataset as people change them; return the file again, and what was done."""
    try:
        dataset = dataset_in(name, content)
    except (ValueError, TypeError, KeyError, zlib.error):
        return flip(content, chance), "flip"
    if dataset is None or dataset.is_empty() or not dataset.columns:
        return flip(content, chance), "flip"
    column, row = chance.of(dataset.columns), chance.below(dataset.height)
    term, where = chance.of(TERMS), pl.int_range(pl.len()) == row
    same = dataset.columns.index(column)
    text = pl.col(column).cast(pl.String)
    subject = "USUBJID" if "USUBJID" in dataset.columns else column
    status = f"{name[:2].upper()}{chance.of(('OCCUR', 'STAT', 'BLFL', 'PRESP', 'REASND', 'NEW'))}"
    ways: dict[str, Callable[[], pl.DataFrame]] = {
        "a cell": lambda: dataset.with_columns(pl.when(where).then(pl.lit(term)).otherwise(text).alias(column)),
        "another cell": lambda: dataset.with_columns(pl.when(where).then(pl.lit(term)).otherwise(text).alias(column)),
        "some cells": lambda: dataset.with_columns(
            pl.when(pl.int_range(pl.len()) % 3 == 0).then(pl.lit(term)).otherwise(text).alias(column)
        ),
        "a column": lambda: dataset.with_columns(pl.lit(term).alias(column)),
        "no column": lambda: dataset.drop(column),
        "a new column": lambda: dataset.with_columns(
            pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit(term)).alias(status)
        ),
        "a record twice": lambda: pl.concat([dataset, dataset.slice(row, 1)]),
        "all records twice": lambda: pl.concat([dataset, dataset]),
        "a record like another but for a cell": lambda: pl.concat(
            [dataset, dataset.slice(row, 1).with_columns(pl.lit(term).alias(column))], how="vertical_relaxed"
        ),
        "no record": lambda: dataset.filter(~where),
        "no records": dataset.clear,
        "a stranger": lambda: dataset.with_columns(
            pl.when(where).then(pl.lit("nobody")).otherwise(pl.col(subject).cast(pl.String)).alias(subject)
        ),
        "columns exchanged": lambda: dataset.rename(
            {column: dataset.columns[same - 1], dataset.columns[same - 1]: column} if dataset.width > 1 else {}
        ),
        "records in another order": dataset.reverse,
    }
    way = chance.of(tuple(ways))
    return content_of(name, content, ways[way]()), f"{way} ({column}, record {row + 1}: {term[:20]!r})"


def dataset_in(name: str, content: bytes) -> pl.DataFrame | None:
    """Return the records of an SDTM dataset; None for a file that is none."""
    if name.endswith(".xpt"):
        with NamedTemporaryFile(suffix=".xpt") as file:
            Path(file.name).write_bytes(content)
            return read_xpt(Path(file.name)).frame
    if name.endswith(".dsjc"):
        content = zlib.decompress(content)
    head, rows = _json_parts(name, content)
    names = [str(one["name"]) for one in head["columns"]] if isinstance(head.get("columns"), list) else []
    if not names or any(not isinstance(one, list) or len(one) != len(names) for one in rows):
        raise ValueError(name)
    cells = {one: [None if row[at] is None else str(row[at]) for row in rows] for at, one in enumerate(names)}
    return pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String))


def _json_parts(name: str, content: bytes) -> tuple[dict[str, Any], list[Any]]:
    if name.endswith(".json"):
        document = json.loads(content)
        if not isinstance(document, dict) or not isinstance(document.get("rows"), list):
            raise ValueError(name)
        return document, document["rows"]
    head, *rows = [json.loads(line) for line in content.decode().splitlines() if line.strip()]
    if not isinstance(head, dict):
        raise TypeError(name)
    return head, rows


def content_of(name: str, content: bytes, frame: pl.DataFrame) -> bytes:
    """Return the bytes of a file with other records than it had."""
    if name.endswith(".xpt"):
        variables = tuple(
            Variable(name=one, label=one, kind=VariableKind.FLOAT if dtype.is_numeric() else VariableKind.TEXT)
            for one, dtype in frame.schema.items()
        )
        moment = datetime(2026, 1, 1, tzinfo=UTC)
        header = StudyHeader(study_id="S", title="", protocol="", created=moment, version="")
        try:
            return xpt_bytes(
                Dataset(name=Path(name).stem.upper()[:8], label="", variables=variables, frame=frame), header
            )
        except RegraftError:  # the format cannot hold the change
            return content
    packed = name.endswith(".dsjc")
    head, _ = _json_parts(name, zlib.decompress(content) if packed else content)
    known = {str(one["name"]): one for one in head["columns"]}
    columns = [
        known.get(one, {"itemOID": one, "name": one, "label": one, "dataType": "string"}) for one in frame.columns
    ]
    rows = [list(row) for row in frame.iter_rows()]
    head |= {"columns": columns, "records": len(rows)}
    if name.endswith(".json"):
        return json.dumps(head | {"rows": rows}, ensure_ascii=False).encode()
    lines = "\n".join(json.dumps(one, ensure_ascii=False) for one in (head, *rows)).encode()
    return zlib.compress(lines) if packed else lines


def as_lines(content: bytes, *, packed: bool) -> bytes:
    """Return a Dataset-JSON file as NDJSON, or that compressed."""
    document = json.loads(content)
    rows = document.pop("rows")
    lines = "\n".join(json.dumps(one, ensure_ascii=False) for one in (document, *rows)).encode()
    return zlib.compress(lines) if packed else lines


def _lines(change: Callable[[list[str], Chance], None]) -> Callable[[bytes, Chance], bytes]:
    def damage(content: bytes, chance: Chance) -> bytes:
        lines = content.decode("utf-8", "replace").split("\n")
        change(lines, chance)
        return "\n".join(lines).encode()

    damage.__name__ = change.__name__
    return damage


def delete_line(lines: list[str], chance: Chance) -> None:
    """Delete a line."""
    lines.pop(chance.below(len(lines)))


def duplicate_line(lines: list[str], chance: Chance) -> None:
    """Write a line twice."""
    lines.insert(chance.below(len(lines)), chance.of(lines))


def swap_lines(lines: list[str], chance: Chance) -> None:
    """Exchange two lines; one may be the header."""
    one, other = chance.below(len(lines)), chance.below(len(lines))
    lines[one], lines[other] = lines[other], lines[one]


def change_cell(lines: list[str], chance: Chance) -> None:
    """Put something strange into a cell, a header among them."""
    mark = _mark(lines)
    place = chance.below(len(lines))
    cells = lines[place].split(mark)
    cells[chance.below(len(cells))] = chance.of(CELLS)
    lines[place] = mark.join(cells)


def delete_cell(lines: list[str], chance: Chance) -> None:
    """Take a cell out of a line."""
    place = chance.below(len(lines))
    cells = lines[place].split(",")
    cells.pop(chance.below(len(cells)))
    lines[place] = ",".join(cells)


def swap_cells(lines: list[str], chance: Chance) -> None:
    """Exchange two cells of a line; in the header, two columns change their names."""
    place = chance.of((0, chance.below(len(lines))))
    cells = lines[place].split(",")
    one, other = chance.below(len(cells)), chance.below(len(cells))
    cells[one], cells[other] = cells[other], cells[one]
    lines[place] = ",".join(cells)


def change_column(lines: list[str], chance: Chance) -> None:
    """Put the same strange thing into a whole column."""
    mark = _mark(lines)
    column, cell = chance.below(max(line.count(mark) for line in lines) + 1), chance.of(CELLS)
    for place in range(1, len(lines)):
        cells = lines[place].split(mark)
        if column < len(cells) and lines[place]:
            cells[column] = cell
            lines[place] = mark.join(cells)


def _mark(lines: list[str]) -> str:
    """Return what parts the cells of a table."""
    return ";" if lines[-1].count(";") > lines[-1].count(",") else ","


def huge_line(lines: list[str], chance: Chance) -> None:
    """Write a line longer than any table has."""
    lines.insert(chance.below(len(lines)), "x" * chance.of((70_000, 1_200_000)))


def retype(content: bytes, chance: Chance) -> bytes:
    """Give a column of a Parquet table another type, another name, or take it out; or change its rows."""
    try:
        frame = pl.read_parquet(io.BytesIO(content))
    except (pl.exceptions.PolarsError, OSError):
        return flip(content, chance)
    name = chance.of(frame.columns)
    types: tuple[pl.DataType | type[pl.DataType], ...] = (
        pl.String,
        pl.Int64,
        pl.Float32,
        pl.Boolean,
        pl.Datetime,
        pl.Time,
        pl.Binary,
        pl.Categorical,
        pl.UInt8,
        pl.Null,
    )
    changes: tuple[Callable[[], pl.DataFrame], ...] = (
        lambda: frame.with_columns(pl.col(name).cast(chance.of(types), strict=False)),
        lambda: frame.with_columns(pl.concat_list(name)),
        lambda: frame.with_columns(pl.struct(name).alias(name)),
        lambda: frame.rename({name: chance.of(("_row", "datum", name.upper(), f" {name}", "ünknown"))}),
        lambda: frame.drop(name),
        lambda: frame.head(chance.below(frame.height + 1)),
        lambda: pl.concat([frame, frame.head(1 + chance.below(3))]),
        frame.reverse,
        lambda: frame.with_columns(pl.lit(chance.of(CELLS)).alias(name)),
        lambda: frame.with_columns(pl.lit(chance.of((1e308, -1.0, float("nan"), float("inf"), 2.0**40))).alias(name)),
    )
    try:
        changed = chance.of(changes)()
    except pl.exceptions.PolarsError:
        changed = frame
    out = io.BytesIO()
    changed.write_parquet(out)
    return out.getvalue()


BYTES = (cut, cut_start, empty, flip, insert_bytes, delete_bytes, repeat)
LINES = tuple(
    _lines(change)
    for change in (
        delete_line,
        duplicate_line,
        swap_lines,
        change_cell,
        change_cell,
        change_cell,
        delete_cell,
        swap_cells,
        change_column,
        huge_line,
    )
)


def damage(files: Files, chance: Chance) -> list[str]:
    """Damage one to three files in place; return what was done, for the report."""
    done = []
    for _ in range(chance.of((1, 1, 2, 3))):
        if not files:
            break
        name = chance.of(sorted(files))
        whole = chance.below(20)
        if whole == 0:
            del files[name]
            done.append(f"deleted {name}")
        elif whole == 1:
            other = chance.of(sorted(files))
            files[name], files[other] = files[other], files[name]
            done.append(f"swapped {name} and {other}")
        elif whole == 2:
            copy = chance.of(
                (f"copy_{name}", name.upper(), f"{name}.bak", name.replace(".csv", ".parquet"), "visit.csv")
            )
            files[copy] = files[name]
            done.append(f"copied {name} to {copy}")
        elif name.endswith(RECORDS) and chance.below(10) < 7:
            files[name], words = change_records(name, files[name], chance)
            done.append(f"{words} in {name}")
        else:
            way = chance.of(_ways(name))
            files[name] = way(files[name], chance)
            done.append(f"{way.__name__} {name}")
    return done


def _ways(name: str) -> tuple[Callable[[bytes, Chance], bytes], ...]:
    if name.endswith(TEXT):
        return (*LINES, *LINES, encode, *BYTES)
    return (*BYTES, retype, retype, retype, retype) if name.endswith(".parquet") else BYTES
