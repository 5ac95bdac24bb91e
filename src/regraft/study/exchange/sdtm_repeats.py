"""Records of others that are one to the study tables, or lack what a row needs: counted, never in silence."""

import polars as pl

from regraft.study.exchange.sdtm_gather import SUBJECT, Source, upper
from regraft.study.lab_units import factor_of
from regraft.study.places import ROW

_DATED = {
    "exposures": "start_date",
    "adverse_events": "start_date",
    "labs": "date",
    "visits": "date",
    "mri_scans": "date",
    "functional_systems": "date",
}
_NEEDED = {"exposures": "drug", "adverse_events": "term"}
_LEFT = ("completed", "withdrew", "lost_to_follow_up")
_EARLY_EPOCHS = ("SCREENING", "SCREEN", "RUN-IN", "LEAD-IN", "PRE-TREATMENT", "WASHOUT")


def without_unfit(rows: pl.DataFrame, table: str, domain: str, source: Source) -> pl.DataFrame:
    """Leave out the rows of a table that lack what every row of it needs, with a warning that counts them.

    Parameters
    ----------
    rows : polars.DataFrame
        Rows of the table, as text.
    table, domain : str
        The table, and the domain they came from.
    source : Source
        Keeps the warnings.
    """
    if source.own:
        return rows
    date = _DATED.get(table)
    if date is not None and date in rows.columns:
        rows = _left_out(rows, rows[date].is_null(), domain, source, "have no date")
    needed = _NEEDED.get(table)
    if needed is not None and needed in rows.columns:
        rows = _left_out(rows, rows[needed].is_null(), domain, source, f"have no {needed}")
    return _measured(rows, domain, source) if table == "labs" else rows


def _left_out(rows: pl.DataFrame, gone: pl.Series, domain: str, source: Source, words: str) -> pl.DataFrame:
    if not gone.any():
        return rows
    source.warn(domain, f"{int(gone.sum())} records {words} and are left out", "Complete them if they are needed")
    return rows.filter(~gone)


def _measured(rows: pl.DataFrame, domain: str, source: Source) -> pl.DataFrame:
    """Leave out laboratory records that say nothing: no result, a word for one, no unit, or one that is not known."""
    rows = _left_out(rows, rows["value"].is_null(), domain, source, "have no result")
    number = rows["value"].str.replace(r"^\s*(<=|>=|<|>|≤|≥)\s*", "").cast(pl.Float64, strict=False)
    words = ", ".join(rows.filter(number.is_null())["value"].unique().sort().head(6).to_list())
    rows = _left_out(rows, number.is_null(), domain, source, f"have a result that is no number ({words})")
    rows = _left_out(rows, rows["unit"].is_null(), domain, source, "have no unit")
    pairs = rows.select("test", "unit").unique()
    strange = [(test, unit) for test, unit in pairs.rows() if factor_of(str(test), str(unit)) is None]
    if not strange:
        return rows
    shown = ", ".join(sorted(f"{test} in {unit}" for test, unit in strange)[:8])
    unknown = pl.DataFrame(strange, schema={"test": pl.String, "unit": pl.String}, orient="row")
    gone = rows.join(
        unknown.with_columns(gone=pl.lit(value=True)), on=["test", "unit"], how="left", maintain_order="left"
    )
    marked = gone["gone"].fill_null(value=False)
    return _left_out(rows, marked, domain, source, f"are in a unit that is not known for their test ({shown})")


def made_one(rows: pl.DataFrame, table: str, domain: str, source: Source) -> pl.DataFrame:
    """Return the rows of a table with one for each of its keys, as far as a rule is plain; a warning counts the others.

    An adverse event with several records keeps the worst of each column and the last end; a drug with several records
    of a day keeps the first, and doses are not added.
    """
    if source.own or rows.is_empty():
        return rows
    if table == "dispositions":
        return _statuses(rows, domain, source)
    if table == "adverse_events":
        key = [SUBJECT, "start_date", "term"]
        worst = {
            "ctcae_grade": pl.col("ctcae_grade").cast(pl.Int64, strict=False).max().cast(pl.String),
            "serious": _any_true("serious"),
            "treatment_related": _any_true("treatment_related"),
            "end_date": pl.when(pl.col("end_date").is_null().any()).then(None).otherwise(pl.col("end_date").max()),
        }
        words = "the worst grade and judgement and the last end are kept"
    elif table == "exposures":
        key = [SUBJECT, "drug", "start_date", "purpose"]
        worst, words = {}, "the first is kept, doses are not added"
    else:
        return rows
    return _one_each(rows, key, worst, domain, source, words)


def _one_each(
    rows: pl.DataFrame, key: list[str], worst: dict[str, pl.Expr], domain: str, source: Source, words: str
) -> pl.DataFrame:
    again = rows.filter(~pl.struct(key).is_first_distinct()).height
    if not again:
        return rows
    problem = f"{again} records repeat another of the same {', '.join(key)}: {words}"
    source.warn(domain, problem, "Nothing to do if that is right")
    others = [
        worst.get(name, pl.col(name).drop_nulls().first()).alias(name) for name in rows.columns if name not in key
    ]
    return rows.group_by(key, maintain_order=True).agg(others).select(rows.columns)


def _any_true(name: str) -> pl.Expr:
    said = pl.col(name).drop_nulls()
    return pl.when((said == "true").any()).then(pl.lit("true")).otherwise(said.first())


def _statuses(rows: pl.DataFrame, domain: str, source: Source) -> pl.DataFrame:
    """Return one row per subject and status: of those given once for each epoch the last, of deaths the first."""
    rows = _left_out(rows, rows["date"].is_null() & (rows["event"] != "died"), domain, source, "have no date")
    frame = source.frames[domain]
    more = frame.select(ROW, epoch=upper(frame, "EPOCH"), sub=upper(frame, "DSSCAT"))
    if "_file" in frame.columns:
        return _last_of_each(rows, domain, source)
    rows = rows.join(more, on=ROW, how="left", maintain_order="left")
    early = (rows["event"] == "completed") & rows["epoch"].is_in(list(_EARLY_EPOCHS))
    rows = _left_out(rows, early, domain, source, "complete the screening and not the study,")
    treatment = (
        rows["event"].is_in(list(_LEFT))
        & rows["sub"].str.contains("TREATMENT")
        & ~rows["sub"].str.contains("PARTICIPATION")
    )
    rows = _left_out(rows, treatment, domain, source, "are of the treatment and not of the study (DSSCAT),")
    ends = rows.filter(pl.col("event").is_in(_LEFT) & (pl.col("epoch") != ""))
    last = ends.group_by(SUBJECT).agg(last=pl.col("date").max())
    rows = rows.join(last, on=SUBJECT, how="left", maintain_order="left")
    before = rows["event"].is_in(list(_LEFT)) & (rows["epoch"] != "") & (rows["date"] < rows["last"])
    before &= rows["date"].str.contains(r"^\d{4}-\d{2}-\d{2}")
    rows = _left_out(rows, before.fill_null(value=False), domain, source, "end an epoch before the last one,")
    return _last_of_each(rows.drop("epoch", "sub", "last"), domain, source)


def _last_of_each(rows: pl.DataFrame, domain: str, source: Source) -> pl.DataFrame:
    died = rows["event"] == "died"
    if rows.select(SUBJECT, "event").is_unique().all():
        return rows
    first = (
        rows.filter(died)
        .sort("date", maintain_order=True)
        .unique([SUBJECT, "event"], keep="first", maintain_order=True)
    )
    last = (
        rows.filter(~died)
        .sort("date", maintain_order=True)
        .unique([SUBJECT, "event"], keep="last", maintain_order=True)
    )
    whole = pl.concat([last, first]).sort(ROW)
    again = rows.height - whole.height
    problem = f"{again} records repeat a status of the same subject: the last is kept, of deaths the first"
    source.warn(domain, problem, "Nothing to do if that is right")
    return whole
