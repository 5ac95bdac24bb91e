"""When each subject's clock starts and stops: day zero, last contact, and how follow-up ended."""

import polars as pl

from regraft.endpoints.clock import start_clock
from regraft.study.tables import Study

DAYS_PER_YEAR = 365.25
ENDINGS = ("died", "withdrew", "lost_to_follow_up", "completed", "data_cutoff")


def clocks(study: Study) -> pl.DataFrame:
    """Return one row per subject: day zero and follow-up as the endpoints count them, and how follow-up ended.

    ``ended`` is the first of death, withdrawal, loss, completion and data cut-off; null where none is recorded.

    Returns
    -------
    polars.DataFrame
        Columns subject_id, day_zero (Date), ended (str), follow_up_years (Float64); null where there is no date.
    """
    return study.once(_clocks)


def _clocks(study: Study) -> pl.DataFrame:
    clock = start_clock(study)
    endings = (
        study.table("dispositions")
        .filter(pl.col("event").is_in(ENDINGS))
        .sort("date", "event", maintain_order=True)
        .group_by("subject_id", maintain_order=True)
        .agg(ended=pl.col("event").first())
    )
    years = pl.Series("follow_up_years", clock.last_contact / DAYS_PER_YEAR).fill_nan(None)
    return (
        clock.subjects.select("subject_id", day_zero="zero")
        .with_columns(years)
        .join(endings, on="subject_id", how="left", maintain_order="left")
    )


def treated_clocks(study: Study, whole: Study | None = None) -> pl.DataFrame:
    """Return `clocks` of those transplanted; of everybody where no transplant is recorded in the whole study.

    Parameters
    ----------
    study : Study
        The study, or a block of it.
    whole : Study, optional
        The study that a block is of.
    """
    everyone = clocks(study)
    if (whole or study).once(_transplanted).is_empty():
        return everyone
    return everyone.join(study.once(_transplanted), on="subject_id", how="semi", maintain_order="left")


def _transplanted(study: Study) -> pl.DataFrame:
    return study.table("procedures").filter(pl.col("procedure") == "transplant").select("subject_id").unique()


def day_zero_is(study: Study) -> str:
    """Say what day zero is in this study, with numbers where it differs between subjects.

    Returns
    -------
    str
        Such as ``transplantation`` or ``transplantation (23), enrolment (1)``.
    """
    treated = study.once(_transplanted)
    others = study.table("subjects").join(treated, on="subject_id", how="anti")
    enrolled = others["enrolment_date"].is_not_null().sum()
    counts = {"transplantation": treated.height, "enrolment": enrolled, "first visit": others.height - enrolled}
    present = {name: count for name, count in counts.items() if count}
    if len(present) == 1:
        return next(iter(present))
    return ", ".join(f"{name} ({count})" for name, count in present.items())


def with_years(frame: pl.DataFrame, clock: pl.DataFrame, date: str = "date") -> pl.DataFrame:
    """Add ``years``: time of column `date` after the subject's day zero [years].

    Rows of subjects without day zero, or not in `clock`, are dropped.

    Parameters
    ----------
    frame : polars.DataFrame
        Has subject_id and the column `date`.
    clock : polars.DataFrame
        From `clocks`.
    date : str
        Column with the date.
    """
    joined = frame.join(clock.select("subject_id", "day_zero"), on="subject_id", maintain_order="left")
    years = (pl.col(date) - pl.col("day_zero")).dt.total_days() / DAYS_PER_YEAR
    return joined.with_columns(years.alias("years")).drop_nulls("years")
