"""What every result can do: become a table, become JSON. Results are frozen and do not draw themselves."""

import dataclasses
import json
import math
import types
from collections.abc import Iterable, Mapping
from typing import Any, get_args, get_type_hints

import polars as pl

_COLUMN_TYPES: Mapping[Any, type[pl.DataType]] = {str: pl.String, bool: pl.Boolean, int: pl.Int64, float: pl.Float64}


def rows_to_frame(rows: Iterable[Any], schema: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
    """Return one row per frozen dataclass in `rows`, with the columns and types of `schema`."""
    return pl.DataFrame([dataclasses.asdict(row) for row in rows], schema=dict(schema), orient="row")


def columns_of(row: type) -> dict[str, type[pl.DataType]]:
    """Return the columns of a table of one class of frozen dataclasses, each of the type of its field.

    A field holds text, a truth, a whole number or a number, or one of them and None, which is null.
    """
    return {name: _COLUMN_TYPES[_but_for_none(hint)] for name, hint in get_type_hints(row).items()}


def _but_for_none(hint: Any) -> Any:
    kinds = [one for one in get_args(hint) if one is not types.NoneType]
    return kinds[0] if len(kinds) == 1 else hint


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
