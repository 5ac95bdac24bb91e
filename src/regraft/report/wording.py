"""Numbers as words: shares with their exact bounds, medians with their ranges; missing is said, never filled in."""

from math import isnan

import polars as pl

from regraft.analysis.binomial import exact_interval
from regraft.analysis.counts import exact_rate_interval

NOT_RECORDED = "not recorded"


def share(events: int, total: int) -> str:
    """Return a proportion with its exact 95% interval.

    Examples
    --------
    >>> share(0, 23)
    '0 of 23 (0.0%; exact 95% 0.0 to 14.8%)'
    >>> share(0, 0)
    'not evaluable (0)'
    """
    if total == 0:
        return "not evaluable (0)"
    low, high = exact_interval(events, total)
    return f"{events} of {total} ({100 * events / total:.1f}%; exact 95% {100 * low:.1f} to {100 * high:.1f}%)"


def short_share(events: int, total: int) -> str:
    r"""Return a proportion with its exact 95% interval in few words, for a column whose heading says so.

    Examples
    --------
    >>> short_share(20, 24)
    '20 (83.3%; 62.6\xa0to\xa095.3)'
    """
    if total == 0:
        return "not evaluable (0)"
    low, high = exact_interval(events, total)
    interval = f"{100 * low:.1f} to {100 * high:.1f}".replace(" ", "\N{NO-BREAK SPACE}")
    return f"{events} ({100 * events / total:.1f}%; {interval})"


def rate(events: float, years: float) -> str:
    """Return a rate per patient-year with its exact Poisson 95% interval.

    Examples
    --------
    >>> rate(0, 166.0)
    '0.000 (0 in 166 patient-years; exact 95% 0.000 to 0.022)'
    """
    low, high = exact_rate_interval(round(events), years)
    digits = 2 if events / years >= 0.1 else 3
    numbers = f"{events:.0f} in {years:.0f} patient-years; exact 95% {low:.{digits}f} to {high:.{digits}f}"
    return f"{events / years:.{digits}f} ({numbers})"


def percent(value: float, low: float, high: float) -> str:
    """Return a proportion between 0 and 1 as a percentage with its interval.

    Examples
    --------
    >>> percent(0.696, 0.466, 0.842)
    '69.6% (46.6 to 84.2%)'
    >>> percent(float("nan"), 0.0, 1.0)
    'not known (follow-up ends before)'
    """
    if isnan(value):
        return "not known (follow-up ends before)"
    return f"{100 * value:.1f}% ({100 * low:.1f} to {100 * high:.1f}%)"


def median_range(values: pl.Series, digits: int = 1, *, significant: bool = False) -> str:
    """Return the median with the smallest and largest value, and how many are missing.

    Parameters
    ----------
    values : polars.Series
        Numbers, null where missing.
    digits : int
        Decimals, or significant digits.
    significant : bool
        Whether `digits` counts significant digits.

    Examples
    --------
    >>> median_range(pl.Series([3.0, 5.0, None, 6.0]))
    '5.0 (3.0 to 6.0); 1 missing'
    """
    known = values.drop_nulls().cast(pl.Float64).to_list()
    if not known:
        return NOT_RECORDED
    middle = float(pl.Series(known).median())  # type: ignore[arg-type]  # a median of floats is a float
    form = f".{digits}g" if significant else f".{digits}f"
    text = f"{middle:{form}} ({min(known):{form}} to {max(known):{form}})"
    missing = len(values) - len(known)
    return f"{text}; {missing} missing" if missing else text


def counted(values: pl.Series) -> str:
    """Return the values that occur with their numbers, the most frequent first.

    Examples
    --------
    >>> counted(pl.Series(["RRMS", "SPMS", "RRMS", None]))
    'RRMS 2, SPMS 1, not recorded 1'
    """
    if values.null_count() == len(values):
        return NOT_RECORDED
    tally = values.fill_null(NOT_RECORDED).value_counts(sort=True)
    pairs = sorted(tally.iter_rows(), key=lambda pair: (pair[0] == NOT_RECORDED, -pair[1], pair[0]))
    return ", ".join(f"{name} {count}" for name, count in pairs)
