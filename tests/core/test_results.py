"""A result becomes a table whose columns have the types of its fields."""

from dataclasses import dataclass

import polars as pl

from regraft.core.results import columns_of, rows_to_frame


@dataclass(frozen=True)
class Line:
    published_in: str
    predicted: float | None
    n: int | None = None
    inside: bool = False


def test_a_column_has_the_type_of_its_field_whatever_it_is_called() -> None:
    types = {"published_in": pl.String, "predicted": pl.Float64, "n": pl.Int64, "inside": pl.Boolean}
    assert columns_of(Line) == types
    assert dict(rows_to_frame([Line("2016", None)], columns_of(Line)).schema) == types
