"""The one table of plausible limits: `limits.toml`, for every number that a protocol or population file may hold."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, final

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError, PydanticUndefined

FILE = Path(__file__).with_name("limits.toml")
Value = Any  # a number or a date, like the other end


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """The plausible values of one key.

    Parameters
    ----------
    low, high : float or date
        The ends, both allowed; numbers in `unit`.
    unit : str
        What the number counts.
    zero : bool
        Whether 0, for none, is allowed below `low`.
    source, why : str or None
        Who says so, or the reason of the assumption.
    total : float or None
        The most of a whole course, for doses.
    """

    low: Value
    high: Value
    unit: str
    zero: bool = False
    source: str | None = None
    why: str | None = None
    total: float | None = None

    def __post_init__(self) -> None:
        """Refuse a limit without its reason."""
        if not (self.source or self.why):
            raise ValueError(f"the limit {self.low} to {self.high} has neither source nor reason")

    @property
    def reason(self) -> str:
        """Return the source, or the reason of the assumption, as it is told."""
        return self.source or f"assumed: {self.why}"

    @property
    def range_text(self) -> str:
        """Return the allowed range in words.

        Examples
        --------
        >>> Limit(low=0.2, high=7.0, unit="g/m2", zero=True, why="a test").range_text
        '0.2 to 7 g/m2, or 0'
        """
        if isinstance(self.low, date):
            return f"{self.low} to {self.high}"
        ends = f"{_plain(self.low)} to {_plain(self.high)}" if self.low != self.high else _plain(self.low)
        return f"{ends} {self.unit}{', or 0' if self.zero and self.low > 0 else ''}"

    def side(self, value: Any) -> int:
        """Return -1 for a value below, 1 for one above, 0 for one that is plausible.

        `value` is of the kind of the ends.
        """
        if self.zero and value == 0:
            return 0
        return int(value > self.high) - int(value < self.low)


def _plain(value: Value) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.10g}" if isinstance(value, float) else str(value)


def _load() -> tuple[Mapping[str, Limit], Mapping[str, Mapping[str, Limit]]]:
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    doses = {
        drug: {unit: Limit(unit=unit, **entry) for unit, entry in units.items()}
        for drug, units in data.pop("dose").items()
    }
    keys = {f"{section}.{key}": Limit(**entry) for section, part in data.items() for key, entry in part.items()}
    return keys, doses


LIMITS, DOSES = _load()


def limited(key: str, default: Any = PydanticUndefined) -> Any:
    """Return a model field whose number or date must be plausible, by its `key` in the table.

    Lists are held entry by entry.

    Parameters
    ----------
    key : str
        Section and key in `limits.toml`, such as ``freeze.dmso_pct``.
    default : object, optional
        Value of a key that is left out; None stands for nothing. Without it the key is required.
    """
    limit = LIMITS[key]

    def plausible(value: Any) -> Any:
        for one in value if isinstance(value, tuple) else (value,):
            if one is not None and limit.side(one) != 0:
                raise PydanticCustomError("implausible", "implausible", {"limit": limit})
        return value

    field = Field(default, json_schema_extra={"limit": key})
    field.metadata.append(AfterValidator(plausible))
    return field
