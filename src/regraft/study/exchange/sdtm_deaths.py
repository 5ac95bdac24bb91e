"""Deaths that DM knows and DS does not: nobody who died is left among the living."""

import polars as pl

from regraft.study.exchange.sdtm_gather import SUBJECT, Source, as_text, upper
from regraft.study.findings import findings_at
from regraft.study.places import FILE, ROW


def with_deaths(rows: pl.DataFrame | None, source: Source) -> tuple[pl.DataFrame | None, str | None]:
    """Return the dispositions with the deaths that stand in DM only, and the file of DM if there are any.

    Parameters
    ----------
    rows : polars.DataFrame, optional
        The dispositions DS gives.
    source : Source
        The domains.
    """
    people = source.frames.get("DM")
    if people is None or source.own or not {"DTHFL", "DTHDTC"} & set(people.columns):
        return rows, None
    dead = people.select(
        pl.col(ROW), pl.col(SUBJECT), date=as_text(people, "DTHDTC").str.slice(0, 10), flag=upper(people, "DTHFL")
    )
    known = None if rows is None else rows.filter(pl.col("event") == "died").select(SUBJECT, said="date")
    denied = dead.filter(pl.col("flag").is_in(["N", "NO"]))
    dead = dead.filter(
        (pl.col("flag").is_in(["Y", "YES"])) | (pl.col("date").is_not_null() & ~pl.col("flag").is_in(["N", "NO"]))
    )
    if known is not None:
        _compare(dead, denied, known, source)
        dead = dead.join(known, on=SUBJECT, how="anti", maintain_order="left")
    if dead.is_empty():
        return rows, None
    file = source.files["DM"]
    undated = dead.filter(pl.col("date").is_null())
    problem = "DM says that the subject died, and no dataset says when"
    source.findings.extend(
        findings_at(file, "DTHDTC", undated[ROW], undated[SUBJECT], problem, "Fill in the date of death")
    )
    dated = dead.filter(pl.col("date").is_not_null())
    problem = "DM says that the subject died, and DS does not: the death is taken from DM"
    remedy = "Add the disposition DEATH, or correct DTHFL and DTHDTC"
    source.findings.extend(findings_at(file, "DTHDTC", dated[ROW], dated[SUBJECT], problem, remedy, "warning"))
    if dated.is_empty():
        return rows, None
    deaths = dated.select(ROW, SUBJECT, "date", event=pl.lit("died"), death_cause=pl.lit("unknown"))
    if rows is None:
        return deaths, file
    if FILE not in rows.columns:
        rows = rows.with_columns(pl.lit(source.files["DS"]).alias(FILE))
    return pl.concat([rows, deaths.with_columns(pl.lit(file).alias(FILE))], how="diagonal_relaxed"), file


def _compare(dead: pl.DataFrame, denied: pl.DataFrame, known: pl.DataFrame, source: Source) -> None:
    """Warn where DM and DS disagree about a death."""
    file = source.files["DM"]
    both = dead.join(known.unique(SUBJECT, keep="first"), on=SUBJECT, maintain_order="left")
    other = both.filter(pl.col("date") != pl.col("said").str.slice(0, 10))
    problem = "DM and DS give different dates of death: that of DS is used"
    source.findings.extend(
        findings_at(file, "DTHDTC", other[ROW], other["date"], problem, "Correct one of them", "warning")
    )
    contrary = denied.join(known.unique(SUBJECT, keep="first"), on=SUBJECT, maintain_order="left")
    problem = "DM says that the subject did not die, and DS that they did: the death of DS is used"
    source.findings.extend(
        findings_at(file, "DTHFL", contrary[ROW], contrary[SUBJECT], problem, "Correct one of them", "warning")
    )
