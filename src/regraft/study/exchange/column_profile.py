"""What the cells of a foreign column look like: dates and their format, numbers and their steps, codes, flags."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import polars as pl

from regraft.study.schema import Column, Kind

DATE_FORMATS = (
    "%Y-%m-%d",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d-%b-%Y",
    "%d%b%Y",
    "%d %b %Y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d.%m.%y",
)
MISSING_WORDS = ("NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", ".", "-", "?", "ND", "missing")
_FLAGS = ("true", "false", "1", "0", "yes", "no")
_SYNONYMS: Mapping[str, Mapping[str, str]] = {
    "sex": {"m": "male", "f": "female", "w": "female", "man": "male", "woman": "female", "1": "male", "2": "female"},
    "ms_course": {"rr": "RRMS", "sp": "SPMS", "pp": "PPMS", "relapsing-remitting": "RRMS",
                  "secondary progressive": "SPMS", "primary progressive": "PPMS"},
    "visit_type": {"s": "scheduled", "u": "unscheduled", "b": "baseline", "r": "relapse", "planned": "scheduled"},
}  # fmt: skip
_SAMPLE = 20_000


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a column of a foreign file holds.

    Parameters
    ----------
    name : str
        Its header.
    cells : polars.Series
        Its cells without missing ones, blanks at the ends removed (the first 20,000).
    date_formats : tuple of str
        Formats in which every cell is a date; more than one means that day and month cannot be told apart.
    numbers : polars.Series or None
        The cells as numbers, when all of them are.
    missing : tuple of str
        Words found that stand for a missing value.
    unique : bool
        No cell stands twice.
    """

    name: str
    cells: pl.Series
    date_formats: tuple[str, ...]
    numbers: pl.Series | None
    missing: tuple[str, ...]
    unique: bool


def profile(cells: pl.Series) -> Profile:
    """Return what a text column looks like.

    Parameters
    ----------
    cells : polars.Series
        The column as text; null where the cell is empty.
    """
    text = cells.drop_nulls().str.strip_chars()
    words = tuple(word for word in MISSING_WORDS if (text == word).any())
    given = text.filter(~text.is_in(list(words))).head(_SAMPLE)
    numbers = given.cast(pl.Float64, strict=False)
    all_numbers = len(given) > 0 and numbers.null_count() == 0
    return Profile(
        name=cells.name,
        cells=given,
        date_formats=tuple(form for form in DATE_FORMATS if _is_date(given, form)),
        numbers=numbers if all_numbers else None,
        missing=words,
        unique=not given.is_duplicated().any(),
    )


def _is_date(cells: pl.Series, form: str) -> bool:
    if cells.is_empty() or cells.str.len_chars().min() in {0, 1, 2, 3, 4, 5}:
        return False
    dates = cells.str.to_date(form, strict=False)
    if dates.null_count():
        return False
    years = dates.dt.year()
    return bool(years.is_between(1900, 2100).all())


def value_fit(found: Profile, column: Column) -> float:
    """Return how well the cells of a foreign column fit one of the study tables' columns, from 0 (not at all) to 1.

    Parameters
    ----------
    found : Profile
        The foreign column.
    column : Column
        A column of the study tables.
    """
    if found.cells.is_empty():
        return 0.3
    if column.kind is Kind.DATE:
        return (1.0 if len(found.date_formats) == 1 else 0.8) if found.date_formats else 0.0
    if column.kind in {Kind.NUMBER, Kind.INTEGER}:
        return _number_fit(found, column)
    if column.kind is Kind.FLAG:
        return 1.0 if found.cells.str.to_lowercase().is_in(list(_FLAGS)).all() else 0.0
    if column.kind is Kind.CODE:
        cells = found.cells.unique().head(200).to_list()
        known = code_values(found, column)
        return sum(cell in known for cell in cells) / len(cells)
    return 0.5 if found.date_formats and column.name == "subject_id" else 0.9


def _number_fit(found: Profile, column: Column) -> float:
    if found.numbers is None:
        return 0.0
    values = found.numbers.abs() if column.name == "days_since_relapse" else found.numbers
    low = column.minimum if column.minimum is not None else -1e9
    high = column.maximum if column.maximum is not None else 1e9
    inside = values.is_between(low, high)
    if column.kind is Kind.INTEGER:
        inside &= values == values.floor()
    if column.name == "edss":
        inside &= (values * 2 == (values * 2).floor()) & (values != 0.5)
    share = inside.mean()
    fit = share if isinstance(share, float) else 0.0
    return fit if fit > 0.95 else 0.0


def code_values(found: Profile, column: Column) -> dict[str, str]:
    """Return which cells stand for which allowed value, as far as that can be told.

    Parameters
    ----------
    found : Profile
        The foreign column.
    column : Column
        A column with allowed values.
    """
    plain = {value.lower().replace("_", " "): value for value in column.allowed}
    known = {**plain, **_SYNONYMS.get(column.name, {})}
    cells = found.cells.unique(maintain_order=True).head(200)
    return {cell: known[key] for cell in cells if (key := cell.lower().replace("_", " ")) in known}
