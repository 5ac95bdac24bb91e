"""Results beyond the limits of an assay: how they are written, read, and compared with a threshold.

A result below the limit of detection is known to lie below it and no more. It stands in the tables as that limit with
the comparator ``below``; other programs write ``<0.1``. It is below every threshold at or above its limit; whether it
reaches a lower one cannot be said.
"""

import polars as pl

from regraft.study.schema import ABOVE, BELOW

SIGNS = {"<": BELOW, ">": ABOVE}
_WRITTEN = r"^\s*(<=|>=|<|>|≤|≥)\s*(-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)\s*$"
_HAIR = 1e-9  # relative: a result beyond a limit is not the limit


def as_written(value: pl.Expr, comparator: pl.Expr) -> pl.Expr:
    """Return results as text, ``<0.1`` for one below 0.1.

    Examples
    --------
    >>> labs = pl.DataFrame({"value": [0.1, 4.0], "comparator": ["below", None]})
    >>> labs.select(written=as_written(pl.col("value"), pl.col("comparator")))["written"].to_list()
    ['<0.1', '4']
    """
    words = {word: sign for sign, word in SIGNS.items()}
    sign = comparator.replace_strict(words, default="", return_dtype=pl.String).fill_null("")
    return pl.concat_str(sign, value.cast(pl.String).str.strip_suffix(".0"))


def with_comparators(labs: pl.DataFrame) -> pl.DataFrame:
    """Return laboratory cells with results such as ``<0.1`` split into comparator and limit.

    The others are left as they are.

    Examples
    --------
    >>> with_comparators(pl.DataFrame({"value": ["<0.1", "2.5"]})).rows()
    [('0.1', 'below'), ('2.5', None)]
    """
    if "value" not in labs.columns or labs.schema["value"] != pl.String:
        return labs
    if not labs["value"].str.contains("[<>≤≥]").any():
        none = [] if "comparator" in labs.columns else [pl.lit(None, dtype=pl.String).alias("comparator")]
        return labs.with_columns(none)
    sign = pl.col("value").str.extract(_WRITTEN, 1).str.slice(0, 1).replace({"≤": "<", "≥": ">"})
    found = sign.replace_strict(SIGNS, default=None, return_dtype=pl.String)
    limit = pl.col("value").str.extract(_WRITTEN, 2)
    stated = pl.col("comparator").cast(pl.String) if "comparator" in labs.columns else pl.lit(None, dtype=pl.String)
    return labs.with_columns(
        value=pl.when(found.is_not_null()).then(limit).otherwise(pl.col("value")), comparator=pl.coalesce(found, stated)
    )


def with_bounds(labs: pl.DataFrame) -> pl.DataFrame:
    """Return laboratory rows whose `value` is a hair beyond the limit where there is a comparator.

    So a result below 0.1 is below a threshold of 0.1, as it is.

    Examples
    --------
    >>> labs = pl.DataFrame({"value": [0.1, 0.1], "comparator": ["below", None]})
    >>> with_bounds(labs).select(pl.col("value") < 0.1)["value"].to_list()
    [True, False]
    """
    hair = pl.col("comparator").replace_strict({BELOW: 1.0 - _HAIR, ABOVE: 1.0 + _HAIR}, default=1.0)
    return labs.with_columns(value=pl.col("value") * hair)


def decides(labs: pl.DataFrame, threshold: float) -> pl.Series:
    """Return for each row whether it says on which side of `threshold` the result lies.

    Examples
    --------
    >>> labs = pl.DataFrame({"value": [0.1, 1.0, 1.0], "comparator": ["below", "below", None]})
    >>> decides(labs, 0.5).to_list()
    [True, False, True]
    """
    low = (pl.col("comparator") == BELOW) & (pl.col("value") > threshold)
    high = (pl.col("comparator") == ABOVE) & (pl.col("value") < threshold)
    return labs.select(decided=~(low.fill_null(value=False) | high.fill_null(value=False)))["decided"]
