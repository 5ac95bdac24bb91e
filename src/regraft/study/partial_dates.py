"""Dates known only to the month or year: the days they may stand for, and the one they are taken for."""

from collections.abc import Mapping

import polars as pl

from regraft.study.reading_rules import BY_ITSELF, Imputation

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
_TEXT = "_text:"
_SHAPE = {
    "subject_id": pl.String,
    "table": pl.String,
    "column": pl.String,
    "row": pl.Int64,
    "taken": pl.Date,
    "earliest": pl.Date,
    "latest": pl.Date,
}


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
                    frame.with_row_index("row")
                    .filter(pl.col(name).is_not_null())
                    .select(
                        "subject_id",
                        pl.lit(table).alias("table"),
                        pl.lit(column).alias("column"),
                        "row",
                        pl.col(column).alias("taken"),
                        pl.col(name).alias("earliest"),
                        pl.col(f"{_LATEST}{column}").alias("latest"),
                    )
                )
    return pl.concat(parts).cast(_SHAPE) if parts else None  # type: ignore[arg-type]  # a schema is a mapping too


def with_partial_text(frame: pl.DataFrame, table: str, partial: pl.DataFrame | None) -> pl.DataFrame:
    """Return a table with hidden columns that hold its partial dates as they are written: 2020, or 2020-03.

    Parameters
    ----------
    frame : polars.DataFrame
        The whole table, its rows as they were read.
    table : str
        Its name.
    partial : polars.DataFrame, optional
        From `partial_dates`.
    """
    if partial is None:
        return frame
    year = pl.col("earliest").dt.strftime("%Y")
    same_month = pl.col("earliest").dt.truncate("1mo") == pl.col("latest").dt.truncate("1mo")
    written = pl.when(same_month).then(pl.col("earliest").dt.strftime("%Y-%m")).otherwise(year)
    for (column,), rows in partial.filter(pl.col("table") == table).group_by("column", maintain_order=True):
        texts = rows.select("row", written.alias(f"{_TEXT}{column}"))
        frame = frame.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
        frame = frame.join(texts, on="row", how="left", maintain_order="left").drop("row")
    return frame


def iso(frame: pl.DataFrame, column: str) -> pl.Expr:
    """Return a column of dates as text, partial ones as they are written (`with_partial_text`)."""
    whole = pl.col(column).dt.strftime("%Y-%m-%d")
    return pl.coalesce(f"{_TEXT}{column}", whole) if f"{_TEXT}{column}" in frame.columns else whole


def as_written(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the table of `with_partial_text` with text in place of the columns that have partial dates."""
    columns = [name.removeprefix(_TEXT) for name in frame.columns if name.startswith(_TEXT)]
    return frame.with_columns(iso(frame, column).alias(column) for column in columns).drop(
        f"{_TEXT}{column}" for column in columns
    )


def rules_of(partial: pl.DataFrame | None) -> dict[str, Imputation]:
    """Return by table and column the rule by which its partial dates were taken, where it is not regraft's own.

    Examples
    --------
    >>> days = {"table": ["relapses"], "column": ["onset_date"], **ranges(pl.Series(["2020"])).to_dict()}
    >>> frame = pl.DataFrame(days).with_columns(taken=pl.col("latest"))
    >>> rules_of(frame)
    {'relapses.onset_date': <Imputation.LATEST: 'latest'>}
    """
    found: dict[str, Imputation] = {}
    if partial is None:
        return found
    for (table, column), rows in partial.group_by("table", "column", maintain_order=True):
        place = f"{table}.{column}"
        own = BY_ITSELF.get(place, Imputation.REFUSE)
        for rule in (own, Imputation.EARLIEST, Imputation.MIDDLE, Imputation.LATEST):
            if rule is not Imputation.REFUSE and (taken(rows, rule) == rows["taken"]).all():
                found |= {} if rule is own else {place: rule}
                break
    return found
