"""What every result can do: become a table, become JSON. Results are frozen and do not draw themselves."""

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl


def rows_to_frame(rows: Iterable[Any], schema: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
    """Return one row per frozen dataclass in `rows`, with the columns and types of `schema`."""
    return pl.DataFrame([dataclasses.asdict(row) for row in rows], schema=dict(schema), orient="row")


def to_json(value: Any) -> str:
    """Return frozen dataclasses, mappings, sequences and plain values as JSON; a number that is not finite is null.

    It is ASCII, which every terminal and file can hold.

    Examples
    --------
    >>> to_json({"estimate": float("nan"), "n": 23})
    '{"estimate": null, "n": 23}'
    """
    return json.dumps(plain(value), allow_nan=False)


def plain(value: Any) -> Any:
    """Return `value` as what JSON knows: mappings, lists, text, finite numbers, true, false and null."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(part) for part in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, str | int | bool) else str(value)
