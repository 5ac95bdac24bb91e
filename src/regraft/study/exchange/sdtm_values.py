"""Results of SDTM findings: the number that was standardised with its unit, else what was written with its own."""

from collections.abc import Mapping

import polars as pl

from regraft.study.exchange.sdtm_gather import as_text

# Factors to the unit a column of the study tables has, by the unit in small letters.
_FACTORS: Mapping[str, Mapping[str, float]] = {
    "cm": {"cm": 1.0, "m": 100.0, "mm": 0.1, "in": 2.54, "inch": 2.54, "inches": 2.54},
    "kg": {"kg": 1.0, "g": 0.001, "lb": 0.45359237, "lbs": 0.45359237},  # the international pound
    "s": {"s": 1.0, "sec": 1.0, "secs": 1.0, "second": 1.0, "seconds": 1.0, "min": 60.0, "minutes": 60.0},
    "ml": {"ml": 1.0, "cm3": 1.0, "cm^3": 1.0, "cc": 1.0, "l": 1000.0},
    "%": {"%": 1.0, "percent": 1.0, "pct": 1.0},
    "10^6/kg": {"10^6/kg": 1.0, "1e6/kg": 1.0, "10*6/kg": 1.0},
    "10^8/kg": {"10^8/kg": 1.0, "1e8/kg": 1.0, "10*8/kg": 1.0},
}
_FAHRENHEIT = ("F", "DEGF", "°F", "FAHRENHEIT")


def results(frame: pl.DataFrame, domain: str) -> pl.DataFrame:
    """Return the results of a findings domain.

    Parameters
    ----------
    frame : polars.DataFrame
        Its records.
    domain : str
        Its name.

    Returns
    -------
    polars.DataFrame
        Columns ``value`` (text), ``unit`` (the one the value is in; null where none was written) and ``name`` (the
        variable the value stands in). A record that was NOT DONE has no value.
    """
    number, text, original = (as_text(frame, f"{domain}{name}") for name in ("STRESN", "STRESC", "ORRES"))
    own, standard = as_text(frame, f"{domain}ORRESU"), as_text(frame, f"{domain}STRESU")
    parts = frame.select(
        number=number, text=text, original=original, own=own, standard=standard, done=_done(frame, domain)
    )
    from_standard = pl.coalesce("number", "text")
    same = pl.col("original").cast(pl.Float64, strict=False) == from_standard.cast(pl.Float64, strict=False)
    same |= pl.col("original") == from_standard
    unit = (
        pl.when(from_standard.is_null())
        .then("own")
        .when(same.fill_null(value=False))
        .then(pl.coalesce("own", "standard"))
        .when(pl.col("original").is_null())
        .then(pl.coalesce("standard", "own"))
        .otherwise("standard")
    )
    name = pl.when(pl.col("number").is_not_null()).then(pl.lit(f"{domain}STRESN")).when(pl.col("text").is_not_null())
    return parts.select(
        value=pl.when("done").then(pl.coalesce(from_standard, "original")),
        unit=unit,
        name=name.then(pl.lit(f"{domain}STRESC")).otherwise(pl.lit(f"{domain}ORRES")),
    )


def _done(frame: pl.DataFrame, domain: str) -> pl.Expr:
    return as_text(frame, f"{domain}STAT").fill_null("") != "NOT DONE"


def in_degrees_celsius(found: pl.DataFrame, test: pl.Series) -> pl.DataFrame:
    """Return results with temperatures in Fahrenheit as degrees Celsius."""
    hot = (test == "temperature") & found["unit"].str.to_uppercase().is_in(list(_FAHRENHEIT))
    if not hot.fill_null(value=False).any():
        return found
    celsius = ((pl.col("value").cast(pl.Float64, strict=False) - 32.0) / 1.8).round(2).cast(pl.String)
    here = pl.lit(hot)
    return found.with_columns(
        value=pl.when(here).then(celsius).otherwise("value"), unit=pl.when(here).then(pl.lit("degC")).otherwise("unit")
    )


def in_unit(found: pl.DataFrame, unit: str | None) -> tuple[pl.DataFrame, pl.Series]:
    """Return results in the unit of a column, and which of them are in a unit that is not known.

    A result without a unit is taken to be in that of the column, whose limits then judge it.
    """
    none = pl.Series([False] * found.height, dtype=pl.Boolean)
    factors = _FACTORS.get("" if unit is None else unit.lower())
    if factors is None:
        return found, none
    plain = found["unit"].str.to_lowercase().str.replace_all(" ", "")
    factor = plain.replace_strict(factors, default=None, return_dtype=pl.Float64)
    unknown = (plain.is_not_null() & factor.is_null() & found["value"].is_not_null()).fill_null(value=False)
    changed = (factor != 1.0).fill_null(value=False)
    if changed.any():
        number = (found["value"].cast(pl.Float64, strict=False) * factor).round(6).cast(pl.String)
        found = found.with_columns(
            value=pl.DataFrame({"c": changed, "n": number, "v": found["value"]}).select(
                pl.when("c").then(pl.coalesce("n", "v")).otherwise("v").alias("value")
            )["value"]
        )
    return found.with_columns(pl.when(pl.lit(unknown)).then(None).otherwise("value").alias("value")), unknown
