"""Rows of a study table from the records of one SDTM domain, and from the results of one findings domain."""

from collections.abc import Callable, Mapping

import polars as pl

from regraft.study.cells import ROW
from regraft.study.exchange.sdtm_gather import SUBJECT, Source, as_text, text_column
from regraft.study.exchange.sdtm_homes import Link, Records, Results
from regraft.study.exchange.sdtm_terms import terms, value_of
from regraft.study.schema import BY_NAME, Kind

_PURPOSES = {"EX": "disease_modifying", "CM": "other"}  # where another program gave no category regraft knows
_SPECIMEN = "__link"


def record_rows(home: Records, source: Source) -> pl.DataFrame | None:
    """Return the rows of `home.table` that stand in `home.domain`; None when no record belongs to it.

    Parameters
    ----------
    home : Records
        Table, domain and their columns.
    source : Source
        The datasets; the records taken are noted there.
    """
    frame = source.frames[home.domain]
    frame = frame.filter(_BELONGS.get(home.domain, _all)(frame, home))
    if frame.is_empty() and home.domain != "DM":
        return None
    source.take(home.domain, frame)
    schema = BY_NAME[home.table]
    columns = [frame[ROW], frame[SUBJECT]]
    for field in home.fields:
        column = schema.column(field.column)
        cells = text_column(frame, field.variable, field.column)
        if column.kind is Kind.DATE:
            cells = _dates(cells, home.domain, field.variable, source)
        columns.append(value_of(cells, column, field.codes))
    for extra in home.supplements:
        cells = text_column(frame, f"SUPP:{extra.name}", extra.column)
        columns.append(value_of(cells, schema.column(extra.column)))
    rows = pl.DataFrame(columns)
    if home.table == "exposures":
        return _with_purpose(rows, home, source)
    if home.table == "labs":
        return rows.with_columns(_unit(frame, home.domain).alias("unit"), _value(frame, home.domain).alias("value"))
    if home.domain == "BE":
        return rows.with_columns(text_column(frame, "BEREFID", _SPECIMEN))
    return rows


def _all(_frame: pl.DataFrame, _home: Records) -> pl.Expr:
    return pl.col(ROW).is_not_null()


def _relapses(frame: pl.DataFrame, _home: Records) -> pl.Expr:
    words = [as_text(frame, name).fill_null("") for name in ("CETERM", "CEDECOD", "CECAT")]
    return pl.concat_str(words, separator=" ").str.to_uppercase().str.contains("RELAPSE|EXACERBATION")


def _known(variable: str) -> Callable[[pl.DataFrame, Records], pl.Expr]:
    """Return a filter for records whose variable is a term that regraft has a place for."""

    def belongs(frame: pl.DataFrame, home: Records) -> pl.Expr:
        field = next(field for field in home.fields if field.variable == variable)
        known = list(terms(BY_NAME[home.table].column(field.column), field.codes).values())
        return as_text(frame, variable).str.strip_chars().str.to_uppercase().is_in(known).fill_null(value=False)

    return belongs


def _laboratory(frame: pl.DataFrame, home: Records) -> pl.Expr:
    codes = next(field.codes for field in home.fields if field.column == "test")
    known = as_text(frame, f"{home.domain}TESTCD").is_in(list(codes.values())).fill_null(value=False)
    return known & (as_text(frame, f"{home.domain}BLFL").fill_null("") != "Y") if home.domain == "VS" else known


def _grafts(frame: pl.DataFrame, home: Records) -> pl.Expr:
    return as_text(frame, "BECAT") == home.constants["BECAT"]


def _took_place(frame: pl.DataFrame, _home: Records) -> pl.Expr:
    return as_text(frame, "SVOCCUR").fill_null("Y") != "N"


_BELONGS: Mapping[str, Callable[[pl.DataFrame, Records], pl.Expr]] = {
    "SV": _took_place,
    "CE": _relapses,
    "PR": _known("PRTRT"),
    "DS": _known("DSDECOD"),
    "LB": _laboratory,
    "VS": _laboratory,
    "BE": _grafts,
}


def _with_purpose(rows: pl.DataFrame, home: Records, source: Source) -> pl.DataFrame:
    allowed = BY_NAME["exposures"].column("purpose").allowed
    unknown = rows.filter(~pl.col("purpose").is_in(list(allowed)).fill_null(value=False)).height
    if not unknown:
        return rows
    purpose = _PURPOSES[home.domain]
    problem = f"{unknown} records have no category regraft knows: their purpose is taken to be {purpose}"
    source.warn(home.domain, problem, f"Fill {home.domain}CAT: {', '.join(allowed)}", column=f"{home.domain}CAT")
    known = pl.col("purpose").is_in(list(allowed)).fill_null(value=False)
    return rows.with_columns(pl.when(known).then(pl.col("purpose")).otherwise(pl.lit(purpose)).alias("purpose"))


def _dates(cells: pl.Series, domain: str, variable: str, source: Source) -> pl.Series:
    """Return dates without the time of day, which a warning counts."""
    timed = cells.str.contains(r"^\d{4}-\d{2}-\d{2}T").fill_null(value=False)
    if timed.any():
        problem = f"{int(timed.sum())} values carry a time of day, which is left out"
        source.warn(domain, problem, "Nothing to do", column=variable)
    return pl.DataFrame({"d": cells, "t": timed}).select(
        pl.when("t").then(pl.col("d").str.slice(0, 10)).otherwise("d").alias(cells.name)
    )[cells.name]


def _value(frame: pl.DataFrame, domain: str) -> pl.Series:
    """Return the result as text: the number where there is one, else what was written."""
    parts = [as_text(frame, f"{domain}{name}") for name in ("STRESN", "STRESC", "ORRES")]
    return frame.with_columns(pl.coalesce(parts).alias("value"))["value"]


def _unit(frame: pl.DataFrame, domain: str) -> pl.Series:
    """Return the unit that belongs to the value: the original one when the numbers are the same."""
    original = as_text(frame, f"{domain}ORRES").cast(pl.Float64, strict=False)
    standard = as_text(frame, f"{domain}STRESN").cast(pl.Float64, strict=False)
    same = original.eq_missing(standard)
    own, other = as_text(frame, f"{domain}ORRESU"), as_text(frame, f"{domain}STRESU")
    chosen = pl.when(same).then(pl.coalesce(own, other)).otherwise(pl.coalesce(other, own))
    return frame.with_columns(chosen.alias("unit"))["unit"]


def result_rows(home: Results, domain: str, source: Source, link: str) -> pl.DataFrame | None:
    """Return one row per subject and date (or specimen) with a column per test; None when there is no such result.

    Parameters
    ----------
    home : Results
        Table, tests, and what ties them together.
    domain : str
        The dataset to look in: the home's own, or one that earlier conventions used.
    source : Source
        The datasets; the records taken are noted there.
    link : str
        Name of the column that ties the results.
    """
    frame = source.frames.get(domain)
    if frame is None or f"{domain}TESTCD" not in frame.columns:
        return None
    code = as_text(frame, f"{domain}TESTCD")
    wanted = code.is_in([test.code for test in home.tests])
    if home.alone:
        wanted |= (code == f"{domain}ALL") & (as_text(frame, f"{domain}CAT") == home.category)
    if home.link is Link.SUBJECT:
        wanted &= as_text(frame, f"{domain}BLFL") == "Y"
    frame = frame.filter(wanted.fill_null(value=False))
    if frame.is_empty():
        return None
    source.take(domain, frame)
    long = pl.DataFrame(
        [
            frame[ROW],
            frame[SUBJECT],
            _link(frame, home, domain, source).alias(link),
            text_column(frame, f"{domain}TESTCD", "__test"),
            _value(frame, domain).alias("__value"),
        ]
    )
    _report_repeats(long, domain, link, source)
    cells = [
        pl.col("__value")
        .filter((pl.col("__test") == test.code) & pl.col("__value").is_not_null())
        .first()
        .alias(test.column)
        for test in home.tests
    ]
    keys = [SUBJECT] if home.link is Link.SUBJECT else [SUBJECT, link]
    return long.group_by(keys, maintain_order=True).agg(pl.col(ROW).first(), *cells)


def _link(frame: pl.DataFrame, home: Results, domain: str, source: Source) -> pl.Series:
    if home.link is Link.SPECIMEN:
        return text_column(frame, f"{domain}REFID", "link")
    cells = text_column(frame, f"{domain}DTC", "link")
    return _dates(cells, domain, f"{domain}DTC", source)


def _report_repeats(long: pl.DataFrame, domain: str, link: str, source: Source) -> None:
    """Warn of tests done more than once on a day: the first result is used."""
    given = long.filter(pl.col("__value").is_not_null())
    repeats = given.height - given.select(SUBJECT, link, "__test").unique().height
    if repeats:
        problem = f"{repeats} results repeat a test of the same subject and date: the first of each is used"
        source.warn(domain, problem, "Keep the result to analyse first")
