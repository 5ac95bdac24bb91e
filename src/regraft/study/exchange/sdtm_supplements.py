"""Supplemental qualifiers (SUPP--) beside the records they belong to; those that belong to none are reported."""

import polars as pl

from regraft.study.exchange.sdtm_gather import Source, as_text
from regraft.study.exchange.sdtm_homes import RECORDS
from regraft.study.findings import finding

_NEEDED = ("RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QVAL")
_VALUE = "__value"


def attach(source: Source, name: str, file: str, supplement: pl.DataFrame) -> None:
    """Put the qualifiers of one dataset beside their records, as columns ``SUPP:QNAM``.

    Parameters
    ----------
    source : Source
        The domains; changed in place.
    name, file : str
        The dataset and its file.
    supplement : polars.DataFrame
        Its records.
    """
    source.files.setdefault(name, file)
    missing = [column for column in _NEEDED if column not in supplement.columns]
    if missing:
        problem = f"the dataset lacks {', '.join(missing)} and cannot be used"
        source.findings.append(finding(file, problem, "Export it again"))
        return
    rows = supplement.select(as_text(supplement, column).alias(column) for column in _NEEDED)
    capitals = (pl.col(one).fill_null("").str.to_uppercase() for one in ("IDVAR", "RDOMAIN"))
    rows = rows.with_columns(*capitals, pl.col("QNAM").fill_null(""))
    lost = 0
    absent: dict[str, int] = {}
    for (domain, variable, qualifier), part in rows.group_by("RDOMAIN", "IDVAR", "QNAM", maintain_order=True):
        if str(domain) not in source.frames:
            absent[str(domain)] = absent.get(str(domain), 0) + part.height
            continue
        lost += part.height - _attach_one(source, str(domain), str(variable), f"SUPP:{qualifier}", part)
    known = {(home.domain, one.name) for home in RECORDS for one in home.supplements}
    kinds = rows.group_by("RDOMAIN", "QNAM").len().filter(pl.col("RDOMAIN").is_in(list(source.frames)))
    strange = kinds.filter(~pl.concat_str("RDOMAIN", "QNAM", separator=" ").is_in([" ".join(one) for one in known]))
    if strange.height:
        names = strange["QNAM"].unique().sort().to_list()
        shown = f"{', '.join(names[:12])}{', ...' if len(names) > 12 else ''}"
        count = strange["len"].sum()
        problem = f"{count} supplemental qualifiers are not used: no study table has a place for them ({shown})"
        source.warn(name, problem, "Nothing to do if they are not needed")
    for domain, count in absent.items():
        source.warn(name, f"{count} supplemental qualifiers belong to {domain}, which is not there", "Nothing to do")
    if lost:
        problem = f"{lost} supplemental qualifiers belong to no record, or to one that has a value already"
        source.warn(name, problem, "Check IDVAR and IDVARVAL")


def _attach_one(source: Source, domain: str, variable: str, column: str, part: pl.DataFrame) -> int:
    """Attach the values of one qualifier; return how many found their record."""
    frame = source.frames[domain]
    if variable and variable not in frame.columns:
        return 0
    on = ["USUBJID", _VALUE] if variable else ["USUBJID"]
    values = part.select("USUBJID", _plain(pl.col("IDVARVAL")).alias(_VALUE), pl.col("QVAL").alias(column))
    values = values.unique(on, keep="first", maintain_order=True).select(*on, column)
    keyed = frame.with_columns(_plain(as_text(frame, variable)).alias(_VALUE)) if variable else frame
    keys = keyed.select(on)
    found = keys.join(values, on=on, how="left", maintain_order="left")[column]
    known = 0
    if column in frame.columns:  # the same qualifier from another dataset: what stands there already stays
        known = keys.filter(frame[column].is_not_null() & found.is_not_null()).unique().height
        found = pl.select(pl.coalesce(frame[column], found)).to_series()
    source.frames[domain] = frame.with_columns(found.alias(column))
    return values.join(keyed, on=on, how="semi").height - known


def _plain(value: pl.Expr) -> pl.Expr:
    """Return an identifying value without its width: ``  12``, ``012`` and ``12.0`` are the number 12."""
    number = pl.when(value.str.contains(r"^\d+(\.\d*)?$")).then(value.cast(pl.Float64, strict=False).cast(pl.String))
    return pl.coalesce(number, value)
