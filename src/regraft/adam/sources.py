"""Where an analysis value comes from: the record of the SDTM export of the same study."""

from collections.abc import Mapping, Sequence

import polars as pl

from regraft.endpoints.endpoint import Group
from regraft.study.exchange.dataset import Dataset

# Domains whose record of the day made the event, in the order in which they are asked.
_DOMAINS: Mapping[Group, tuple[str, ...]] = {
    Group.ACTIVITY: ("CE", "NV", "RS", "FT", "DS"),
    Group.DISABILITY: ("RS", "FT", "DS"),
    Group.SYSTEM: ("RS",),
    Group.DEATH: ("DS",),
    Group.GRAFT: ("LB", "PR"),
    Group.SAFETY: ("AE", "LB", "VS", "PR"),
}
_SCALES = {"RS": ("EDSS0101",), "FT": ("T25FW101", "NHPT0101")}


def records_of(datasets: Sequence[Dataset], group: Group) -> pl.DataFrame:
    """Return the first record of a subject and day that an endpoint of a group may rest on.

    Returns
    -------
    polars.DataFrame
        Columns USUBJID, day (Date), SRCDOM, SRCVAR, SRCSEQ; one row per subject and day.
    """
    by_name = {dataset.name: dataset.frame for dataset in datasets}
    frames = [
        _dated(domain, by_name[domain], group).with_columns(order=pl.lit(number))
        for number, domain in enumerate(_DOMAINS.get(group, ()))
        if domain in by_name
    ]
    if not frames:
        return pl.DataFrame(schema=_SCHEMA)
    return pl.concat(frames).sort("USUBJID", "day", "order", "SRCSEQ").unique(["USUBJID", "day"], keep="first")


_SCHEMA = {
    "USUBJID": pl.String,
    "day": pl.Date,
    "SRCDOM": pl.String,
    "SRCVAR": pl.String,
    "SRCSEQ": pl.Float64,
    "order": pl.Int32,
}


def _dated(domain: str, frame: pl.DataFrame, group: Group) -> pl.DataFrame:
    variable = f"{domain}STDTC" if f"{domain}STDTC" in frame.columns else f"{domain}DTC"
    if domain in _SCALES:
        graded = pl.col(f"{domain}TESTCD").is_in(_SCALES[domain])
        frame = frame.filter(~graded if group is Group.SYSTEM else graded)
    return frame.select(
        "USUBJID",
        pl.col(variable).str.to_date("%Y-%m-%d", strict=False).alias("day"),
        pl.lit(domain).alias("SRCDOM"),
        pl.lit(variable).alias("SRCVAR"),
        pl.col(f"{domain}SEQ").alias("SRCSEQ"),
    ).filter(pl.col("day").is_not_null())
