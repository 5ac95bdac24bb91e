"""When each subject's clock starts and stops: day zero, last contact, and how follow-up ended."""

import polars as pl

from regraft.study.tables import Study

DAYS_PER_YEAR = 365.25
ENDINGS = ("died", "withdrew", "lost_to_follow_up", "completed", "data_cutoff")


def clocks(study: Study) -> pl.DataFrame:
    """Return one row per subject: day zero, last contact, and how follow-up ended.

    Day zero is the transplant, else the enrolment, else the first visit. Follow-up ends at the first of death,
    withdrawal, loss, completion or data cut-off, else at the last visit or scan (``ended`` is then null).

    Returns
    -------
    polars.DataFrame
        Columns subject_id, day_zero (Date), last_contact (Date), ended (str or null), follow_up_years (Float64).
    """
    subjects = study.table("subjects").select("subject_id", "enrolment_date")
    transplants = (
        study.table("procedures")
        .filter(pl.col("procedure") == "transplant")
        .group_by("subject_id")
        .agg(pl.col("date").min().alias("transplant_date"))
    )
    seen = pl.concat(
        [study.table("visits").select("subject_id", "date"), study.table("mri_scans").select("subject_id", "date")]
    )
    contacts = seen.group_by("subject_id").agg(pl.col("date").max().alias("last_seen"))
    first = study.table("visits").group_by("subject_id").agg(pl.col("date").min().alias("first_visit"))
    endings = (
        study.table("dispositions")
        .filter(pl.col("event").is_in(ENDINGS))
        .sort("date", "event", maintain_order=True)
        .group_by("subject_id", maintain_order=True)
        .agg(pl.col("date").first().alias("end_date"), pl.col("event").first().alias("ended"))
    )
    joined = subjects
    for frame in (transplants, contacts, first, endings):
        joined = joined.join(frame, on="subject_id", how="left", maintain_order="left")
    zero = pl.coalesce("transplant_date", "enrolment_date", "first_visit")
    last = pl.coalesce("end_date", pl.max_horizontal("last_seen", "enrolment_date"))
    return joined.select(
        "subject_id",
        zero.alias("day_zero"),
        last.alias("last_contact"),
        "ended",
        ((last - zero).dt.total_days() / DAYS_PER_YEAR).alias("follow_up_years"),
    )


def day_zero_is(study: Study) -> str:
    """Say what day zero is in this study, with numbers where it differs between subjects.

    Returns
    -------
    str
        Such as ``transplantation`` or ``transplantation (23), enrolment (1)``.
    """
    treated = study.table("procedures").filter(pl.col("procedure") == "transplant").select("subject_id").unique()
    others = study.table("subjects").join(treated, on="subject_id", how="anti")
    enrolled = others["enrolment_date"].is_not_null().sum()
    counts = {"transplantation": treated.height, "enrolment": enrolled, "first visit": others.height - enrolled}
    present = {name: count for name, count in counts.items() if count}
    if len(present) == 1:
        return next(iter(present))
    return ", ".join(f"{name} ({count})" for name, count in present.items())


def with_years(frame: pl.DataFrame, clock: pl.DataFrame, date: str = "date") -> pl.DataFrame:
    """Add ``years``: time of column `date` after the subject's day zero [years]; rows without day zero are dropped.

    Parameters
    ----------
    frame : polars.DataFrame
        Has subject_id and the column `date`.
    clock : polars.DataFrame
        From `clocks`.
    date : str
        Column with the date.
    """
    joined = frame.join(clock.select("subject_id", "day_zero"), on="subject_id", how="left", maintain_order="left")
    years = (pl.col(date) - pl.col("day_zero")).dt.total_days() / DAYS_PER_YEAR
    return joined.with_columns(years.alias("years")).drop_nulls("years")
