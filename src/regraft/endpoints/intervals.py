"""When an event that only a visit or scan shows can have happened: after the last one that did not, up to the one that did."""

import polars as pl

from regraft.endpoints.clock import start_clock
from regraft.study.tables import Study

_SEEN_AT = {"edss": ("visits", ("edss",)), "mri": ("mri_scans", ("gd_lesions", "new_t2_lesions"))}


def seen_by_visits(endpoint: str) -> bool:
    """Return whether the day of an endpoint is that of a visit or scan, and not of the event itself.

    Examples
    --------
    >>> [seen_by_visits(name) for name in ("edss_worsening_24w", "mri_activity", "relapse", "death")]
    [True, True, False, False]
    """
    return endpoint.startswith(("edss_", "mri_activity"))


def event_intervals(study: Study, events: pl.DataFrame, endpoint: str) -> pl.DataFrame:
    """Return between which days the event of each subject lies.

    Parameters
    ----------
    study : Study
        The study.
    events : polars.DataFrame
        Derived endpoints of the study.
    endpoint : str
        An endpoint that visits or scans show (`seen_by_visits`).

    Returns
    -------
    polars.DataFrame
        subject_id, after, until: days from day zero; `until` is infinite for who had no event, `after` then the last
        visit. Who is unknown or not at risk is not in it.
    """
    table, columns = _SEEN_AT[endpoint.split("_", maxsplit=1)[0]]
    zero = start_clock(study).subjects.select("subject_id", "zero")
    given = study.table(table).filter(pl.any_horizontal(pl.col(column).is_not_null() for column in columns))
    seen = given.join(zero, on="subject_id").select(
        "subject_id", day=(pl.col("date") - pl.col("zero")).dt.total_days().cast(pl.Float64)
    )
    known = events.filter((pl.col("endpoint") == endpoint) & (pl.col("status") != "unknown"))
    known = known.select("subject_id", "status", "time_days")
    happened = pl.col("status") == "event"
    before = known.join(seen, on="subject_id").filter(
        pl.when(happened).then(pl.col("day") < pl.col("time_days")).otherwise(pl.col("day") <= pl.col("time_days"))
    )
    last = before.group_by("subject_id").agg(after=pl.col("day").max())
    return known.join(last, on="subject_id", how="left", maintain_order="left").select(
        "subject_id", after=pl.col("after").fill_null(0.0).clip(lower_bound=0.0),
        until=pl.when(happened).then("time_days").otherwise(float("inf")),
    )  # fmt: skip
