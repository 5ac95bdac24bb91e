"""What every statistic can do: become a table, become JSON."""

import dataclasses
from typing import Any

import numpy as np
import polars as pl

from regraft.core.notebook import notebook_html
from regraft.core.results import plain, to_json


class Result:
    """Base of the frozen results of this package."""

    __slots__ = ()

    def to_json(self) -> str:
        """Return all fields as JSON; arrays become lists, numbers that are not finite become null."""
        return to_json(_listed(self))

    def _repr_html_(self) -> str:
        return notebook_html(type(self).__name__, self.to_frame())

    def to_frame(self) -> pl.DataFrame:
        """Return the coefficients, one row per term, where there are any; else one row of all single values."""
        fields = _fields(self)
        coefficients = fields.get("coefficients")
        if isinstance(coefficients, Result):
            return coefficients.to_frame()
        single = {name: plain(value) for name, value in fields.items() if _is_single(value)}
        return pl.DataFrame([single], orient="row")


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def _is_single(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | np.generic)


def _listed(value: Any) -> Any:
    """Return a result with its arrays and frames as lists."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: _listed(part) for name, part in _fields(value).items()}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, pl.DataFrame):
        return value.to_dicts()
    return [_listed(part) for part in value] if isinstance(value, list | tuple) else value
