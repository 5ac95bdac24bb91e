"""Values of the study tables as SDTM terms and back: codes in capitals, flags as Y and N, dates in ISO 8601."""

from collections.abc import Mapping

import polars as pl

from regraft.study.exchange.sdtm_homes import NOTHING, RECORDS, RESULTS, YES_NO
from regraft.study.exchange.sdtm_lab_codes import LAB_CODES
from regraft.study.schema import BY_NAME, Column, ColumnType

# Scales of causality made into two: what is at least possible is related. Our choice; a warning says it.
_RELATED = (
    "RELATED", "POSSIBLE", "POSSIBLY", "POSSIBLY RELATED", "PROBABLE", "PROBABLY", "PROBABLY RELATED", "DEFINITE",
    "DEFINITELY", "DEFINITELY RELATED", "CERTAIN", "LIKELY", "LIKELY RELATED", "VERY LIKELY", "REASONABLE POSSIBILITY",
    "SUSPECTED", "Y", "YES", "TRUE", "1",
)  # fmt: skip
_UNRELATED = (
    "NOT RELATED", "UNRELATED", "NONE", "N", "NO", "FALSE", "0", "UNLIKELY", "UNLIKELY RELATED", "NOT LIKELY", "REMOTE",
    "REMOTELY", "DOUBTFUL", "NO REASONABLE POSSIBILITY", "NOT SUSPECTED", "DEFINITELY NOT RELATED",
    "PROBABLY NOT RELATED",
)  # fmt: skip
# Other spellings of the terms of a column, read from the datasets of others.
SYNONYMS: Mapping[str, Mapping[str, str]] = {
    "treatment_related": {**dict.fromkeys(_RELATED, "true"), **dict.fromkeys(_UNRELATED, "false")},
    "sex": {
        "FEMALE": "female", "MALE": "male", "UNKNOWN": "unknown", "UN": "unknown", "UNDIFFERENTIATED": "unknown",
        "INTERSEX": "unknown",
    },
    "event": {"DIED": "died", "DECEASED": "died", "LOST TO FOLLOW UP": "lost_to_follow_up"},
}  # fmt: skip


def term_of(value: str) -> str:
    """Return a code in capitals, words apart.

    Examples
    --------
    >>> term_of("intensive_care")
    'INTENSIVE CARE'
    """
    return value.replace("_", " ").upper()


def terms(column: Column, codes: Mapping[str, str] = NOTHING) -> dict[str, str]:
    """Return the SDTM term of every value of a code or flag column."""
    if column.kind is ColumnType.FLAG:
        return dict(codes or YES_NO)
    return {value: codes.get(value, term_of(value)) for value in column.allowed}


def term(column: Column, codes: Mapping[str, str] = NOTHING) -> pl.Expr:
    """Return a column as SDTM text; empty text is null."""
    value = pl.col(column.name)
    if column.kind is ColumnType.DATE:
        return value.dt.strftime("%Y-%m-%d")
    if column.kind is ColumnType.FLAG:
        return value.cast(pl.String).replace_strict(terms(column, codes), default=None, return_dtype=pl.String)
    if column.kind is ColumnType.CODE:
        return value.replace(terms(column, codes))
    return value.cast(pl.String).replace("", None)


def value_of(
    cells: pl.Series, column: Column, codes: Mapping[str, str] = NOTHING, declared: Mapping[str, str] = NOTHING
) -> pl.Series:
    """Return SDTM text as the study tables write it; a term that is not known stays, to be reported.

    Parameters
    ----------
    cells : polars.Series
        The terms.
    column : Column
        The column of the study tables.
    codes : mapping of str to str
        The term regraft writes for each value, where it is not the value in capitals.
    declared : mapping of str to str
        The value of terms of the sponsor's own.
    """
    if column.kind not in {ColumnType.CODE, ColumnType.FLAG} or cells.dtype != pl.String:
        return cells
    known = {name: value for value, name in terms(column, codes).items()}
    if column.kind is ColumnType.FLAG:
        known |= {"YES": "true", "NO": "false"}
    known = {**SYNONYMS.get(column.name, {}), **known, **{name.upper(): value for name, value in declared.items()}}
    frame = pl.DataFrame({"cell": cells, "plain": cells.str.strip_chars().str.to_uppercase()})
    found = pl.col("plain").replace_strict(known, default=None, return_dtype=pl.String)
    return frame.select(pl.coalesce(found, pl.col("cell"))).to_series().alias(cells.name)


def codes_of(variable: str, domain: str) -> tuple[tuple[str, str], ...]:
    """Return the values a variable can take with their meanings, for Define-XML; empty when it is free."""
    if variable == f"{domain}TESTCD":
        return tuple(_tests(domain).items())
    found: dict[str, str] = {}
    for home in RECORDS:
        for field in home.fields if home.domain == domain else ():
            column = BY_NAME[home.table].column(field.column)
            if field.variable == variable and column.kind in {ColumnType.CODE, ColumnType.FLAG}:
                values = home.split[1] if home.split is not None and home.split[0] == column.name else None
                found |= {
                    name: value for value, name in terms(column, field.codes).items() if not values or value in values
                }
    return tuple(found.items())


def _tests(domain: str) -> dict[str, str]:
    found = {f"{domain}ALL": "All tests of the category"}
    for home in RECORDS:
        if home.table == "labs" and home.domain == domain and home.split is not None:
            found |= dict(LAB_CODES[test] for test in home.split[1])
    for results in RESULTS:
        if results.domain == domain:
            found |= {test.code: test.name for test in results.tests}
    return found
