"""Dates in the formats of others: percent signs, two-digit years, and the day numbers of spreadsheets."""

from datetime import UTC, date, datetime

import polars as pl

EXCEL, EXCEL_1904 = "excel", "excel-1904"
_FIRST_DAY = {
    EXCEL: date(1899, 12, 30),
    EXCEL_1904: date(1904, 1, 1),
}  # of Windows (after its 29 February 1900), of old Macs


def parsed_dates(text: pl.Series, form: str) -> pl.Series:
    """Return the dates that text holds in one format; null where it is in another.

    Parameters
    ----------
    text : polars.Series
        Cells without blanks around.
    form : str
        Percent signs, or ``excel`` for days since 1899-12-30 (``excel-1904`` since 1904-01-01). A year of two digits is
        taken in the century that keeps it out of the future.

    Examples
    --------
    >>> parsed_dates(pl.Series(["45000", "x"]), "excel").to_list()
    [datetime.date(2023, 3, 15), None]
    """
    if form in _FIRST_DAY:
        days = text.cast(pl.Float64, strict=False).floor()
        days = days.set((days < 1) | (days > 2_958_465), None)  # to the end of 9999
        shifted = pl.DataFrame({"days": days.cast(pl.Int64)})
        return shifted.select(date=(pl.lit(_FIRST_DAY[form]) + pl.duration(days="days")).cast(pl.Date))["date"]
    try:
        if "%H" in form or "%I" in form:
            dates = text.str.to_datetime(form, strict=False).dt.date()
        else:
            dates = text.str.to_date(form, strict=False)
    except pl.exceptions.PolarsError:
        return pl.Series([None] * len(text), dtype=pl.Date)
    if "%y" not in form:
        return dates
    future = dates > datetime.now(UTC).date()
    return pl.DataFrame({"d": dates, "f": future}).select(
        pl.when("f").then(pl.col("d").dt.offset_by("-100y")).otherwise("d").alias("d")
    )["d"]
