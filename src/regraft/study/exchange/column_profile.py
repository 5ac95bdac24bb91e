"""What the cells of a foreign column look like: dates and their format, numbers and their steps, codes, flags."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import final

import polars as pl

from regraft.study.exchange.date_formats import EXCEL, parsed_dates
from regraft.study.exchange.number_marks import NumberMarks
from regraft.study.missing_codes import WORDS, codes_in
from regraft.study.partial_dates import ranges
from regraft.study.schema import Column, ColumnType

DATE_FORMATS = (
    "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d",
    "%d-%b-%Y",
    "%d%b%Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%b-%y",
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M",
    "%d.%m.%Y %H:%M", "%d-%m-%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S", EXCEL,
)  # fmt: skip
_TRUE = ("true", "1", "yes", "y", "ja", "oui", "si", "sì", "sí", "tak", "checked", "x")
_FALSE = ("false", "0", "no", "n", "nein", "non", "nie", "unchecked")
_READ = ("true", "false", "1", "0", "yes", "no", "checked", "unchecked")  # as `cells` reads them by itself
_SYNONYMS: Mapping[str, Mapping[str, str]] = {
    "sex": {"m": "male", "f": "female", "w": "female", "man": "male", "woman": "female", "1": "male", "2": "female",
            "männlich": "male", "weiblich": "female", "mann": "male", "frau": "female", "homme": "male",
            "femme": "female",
            "masculin": "male", "féminin": "female", "hombre": "male", "mujer": "female"},
    "ms_course": {"rr": "RRMS", "sp": "SPMS", "pp": "PPMS", "relapsing-remitting": "RRMS",
                  "relapsing remitting": "RRMS",
                  "secondary progressive": "SPMS", "primary progressive": "PPMS", "rr-ms": "RRMS", "sp-ms": "SPMS",
                  "pp-ms": "PPMS"},
    "visit_type": {"s": "scheduled", "u": "unscheduled", "b": "baseline", "r": "relapse", "planned": "scheduled"},
    "test": {"neut": "neutrophils", "anc": "neutrophils", "plt": "platelets", "plat": "platelets", "thrombocytes":
             "platelets", "hb": "haemoglobin", "hgb": "haemoglobin", "hemoglobin": "haemoglobin", "lym": "lymphocytes",
             "lymph": "lymphocytes", "neutrophil": "neutrophils", "platelet": "platelets"},
}  # fmt: skip
_SAMPLE = 20_000
_FIRST_SERIAL = 1915  # nobody in a study was born before
POINTS = NumberMarks()


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
    codes : tuple of str
        Numbers found that most likely stand for one (see `missing_codes`).
    unique : bool
        No cell stands twice.
    """

    name: str
    cells: pl.Series
    date_formats: tuple[str, ...]
    numbers: pl.Series | None
    missing: tuple[str, ...]
    unique: bool
    codes: tuple[str, ...] = ()


def profile(cells: pl.Series, marks: NumberMarks = POINTS) -> Profile:
    """Return what a text column looks like.

    Parameters
    ----------
    cells : polars.Series
        The column as text; null where the cell is empty.
    marks : NumberMarks
        How the numbers of its file are written.
    """
    text = cells.str.strip_chars().replace("", None).drop_nulls()
    words = tuple(word for word in text.unique(maintain_order=True) if word.upper() in WORDS)
    given = text.filter(~text.is_in(list(words))).head(_SAMPLE)
    numbers = marks.plain(given).cast(pl.Float64, strict=False)
    all_numbers = len(given) > 0 and numbers.null_count() == 0
    codes = codes_in(numbers) if all_numbers else ()
    if codes:
        kept = ~numbers.is_in(list(codes))
        given, numbers = given.filter(kept), numbers.filter(kept)
    return Profile(
        name=cells.name,
        cells=given,
        date_formats=tuple(form for form in DATE_FORMATS if _is_date(given, form)),
        numbers=numbers if all_numbers else None,
        missing=words,
        unique=not given.is_duplicated().any(),
        codes=tuple(f"{code:g}" for code in codes),
    )


def _is_date(cells: pl.Series, form: str) -> bool:
    if cells.is_empty() or (form != EXCEL and int(cells.str.len_chars().min() or 0) < 4):  # type: ignore[arg-type]
        return False
    if form == EXCEL and not cells.str.contains(r"^\d{4,5}(\.\d+)?$").all():
        return False
    whole = cells.filter(ranges(cells)["earliest"].is_null())
    dates = parsed_dates(whole, form)
    if whole.is_empty() or dates.null_count():
        return False
    first = _FIRST_SERIAL if form == EXCEL else 1900
    years = dates.dt.year()
    return bool(years.is_between(first, datetime.now(UTC).year + 1).all())


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
    if column.kind is ColumnType.DATE:
        if found.date_formats == (EXCEL,):
            return 0.7  # any number is a date to a spreadsheet: only its name can say so
        return (1.0 if len(found.date_formats) == 1 else 0.8) if found.date_formats else 0.0
    if column.kind in {ColumnType.NUMBER, ColumnType.INTEGER}:
        return _number_fit(found, column)
    if column.kind is ColumnType.FLAG:
        return 1.0 if found.cells.str.to_lowercase().is_in([*_TRUE, *_FALSE]).all() else 0.0
    if column.kind is ColumnType.CODE:
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
    if column.kind is ColumnType.INTEGER:
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
    if column.kind is ColumnType.FLAG:
        flags: list[str] = found.cells.unique(maintain_order=True).to_list()
        if all(flag.lower() in _READ for flag in flags):
            return {}
        return {flag: "true" if flag.lower() in _TRUE else "false" for flag in flags}
    plain = {value.lower().replace("_", " "): value for value in column.allowed}
    known = {**plain, **_SYNONYMS.get(column.name, {})}
    cells = found.cells.unique(maintain_order=True).head(200)
    return {cell: known[key] for cell in cells if (key := cell.lower().replace("_", " ")) in known}
