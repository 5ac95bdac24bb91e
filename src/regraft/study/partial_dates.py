"""Dates known only to the month or year: the days they may stand for, and the one they are taken for."""

from collections.abc import Mapping

import polars as pl

from regraft.study.reading_rules import Imputation

# 2020, 2020-03, 2020-03-UN, 2020-UN-UN, 2020---15 is no ISO date but SDTM's way to leave out the month
_UNKNOWN = r"(?:-|UN|UNK|XX|00|NK)"
_YEAR_FIRST = rf"^(\d{{4}})(?:-(\d{{2}}|{_UNKNOWN}))?(?:-(?:{_UNKNOWN}|\d{{2}}))?$"
_DAY_FIRST = rf"^{_UNKNOWN}[-/. ](\d{{2}}|[A-Z]{{3}}|{_UNKNOWN})[-/. ](\d{{4}})$"
_MONTH_YEAR = r"^(\d{2})[-/.](\d{4})$"
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_NAMED = {name: f"{number:02d}" for number, name in enumerate(_MONTHS, start=1)}


def ranges(text: pl.Series) -> pl.DataFrame:
    """Return the first and last day every partial date may stand for; null for whole dates and what is no date.

    Parameters
    ----------
    text : polars.Series
        Dates as they are written, without blanks around.

    Returns
    -------
    polars.DataFrame
        Columns ``earliest`` and ``latest``.

    Examples
    --------
    >>> ranges(pl.Series(["2020-02", "2019", "2020-02-03", "UN-MAR-2021"])).rows()[0]
    (datetime.date(2020, 2, 1), datetime.date(2020, 2, 29))
    """
    plain = pl.col("text").str.to_uppercase().str.strip_suffix("-")
    frame = pl.DataFrame({"text": text.cast(pl.String)}).with_columns(plain.alias("text"))
    shapes = ((_YEAR_FIRST, 1, 2), (_DAY_FIRST, 2, 1), (_MONTH_YEAR, 2, 1))
    year = pl.coalesce(pl.col("text").str.extract(shape, place) for shape, place, _ in shapes)
    month = pl.coalesce(pl.col("text").str.extract(shape, place) for shape, _, place in shapes)
    month = month.replace(_NAMED).str.extract(r"^(\d{2})$", 1).replace("00", None)
    whole = pl.col("text").str.contains(r"^\d{4}-\d{2}-\d{2}$") & ~pl.col("text").str.contains(r"-00")
    frame = frame.select(year=pl.when(~whole).then(year), month=pl.when(~whole).then(month))
    first = pl.concat_str("year", pl.col("month").fill_null("01"), pl.lit("01"), separator="-")
    last = pl.concat_str("year", pl.col("month").fill_null("12"), pl.lit("01"), separator="-")
    return frame.select(
        earliest=first.str.to_date("%Y-%m-%d", strict=False),
        latest=last.str.to_date("%Y-%m-%d", strict=False).dt.month_end(),
    )


def taken(days: pl.DataFrame, rule: Imputation) -> pl.Series:
    """Return the day every range of `ranges` is taken for.

    Examples
    --------
    >>> taken(ranges(pl.Series(["2020"])), Imputation.MIDDLE).to_list()
    [datetime.date(2020, 7, 1)]
    """
    middle = pl.col("earliest") + (pl.col("latest") - pl.col("earliest")) / 2
    chosen = {
        Imputation.EARLIEST: pl.col("earliest"),
        Imputation.MIDDLE: middle.cast(pl.Date),
        Imputation.LATEST: pl.col("latest"),
        Imputation.REFUSE: pl.lit(None, dtype=pl.Date),
    }
    return days.select(chosen[rule].alias("taken"))["taken"]


_EARLIEST, _LATEST = "_earliest:", "_latest:"
_SHAPE = {
    "subject_id": pl.String, "table": pl.String, "column": pl.String, "taken": pl.Date, "earliest": pl.Date,
    "latest": pl.Date,
}  # fmt: skip


def range_columns(column: str) -> tuple[str, str]:
    """Return the hidden columns that hold the first and the last day a partial date may stand for."""
    return f"{_EARLIEST}{column}", f"{_LATEST}{column}"


def no_later(frame: pl.DataFrame, column: str) -> pl.Expr:
    """Return the first day the dates of a column can be."""
    return pl.coalesce(f"{_EARLIEST}{column}", column) if f"{_EARLIEST}{column}" in frame.columns else pl.col(column)


def no_earlier(frame: pl.DataFrame, column: str) -> pl.Expr:
    """Return the last day the dates of a column can be."""
    return pl.coalesce(f"{_LATEST}{column}", column) if f"{_LATEST}{column}" in frame.columns else pl.col(column)


def partial_dates(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame | None:
    """Return the partial dates of a study's loaded tables (see `Study`); None when there is none."""
    parts = []
    for table, frame in tables.items():
        for name in frame.columns:
            if name.startswith(_EARLIEST) and "subject_id" in frame.columns:
                column = name.removeprefix(_EARLIEST)
                parts.append(
                    frame.filter(pl.col(name).is_not_null()).select(
                        "subject_id",
                        pl.lit(table).alias("table"),
                        pl.lit(column).alias("column"),
                        pl.col(column).alias("taken"),
                        pl.col(name).alias("earliest"),
                        pl.col(f"{_LATEST}{column}").alias("latest"),
                    )
                )
    return pl.concat(parts).cast(_SHAPE) if parts else None  # type: ignore[arg-type]  # a schema is a mapping too
