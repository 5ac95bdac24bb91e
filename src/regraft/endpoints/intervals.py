"""When an event that only a visit or scan shows can have happened.

After the last one that did not, up to the one that did.
"""

import polars as pl

from regraft.core.errors import InputError
from regraft.endpoints.clock import start_clock
from regraft.endpoints.endpoint import Endpoint, SeenAt
from regraft.study.tables import Study


def _days_seen(study: Study, seen_at: SeenAt) -> pl.DataFrame:
    """Return subject_id and day of every visit or scan that can show an event, by day."""
    zero = start_clock(study).subjects.select("subject_id", "zero")
    given = study.table(seen_at.table).filter(
        pl.any_horizontal(pl.col(column).is_not_null() for column in seen_at.columns)
    )
    day = (pl.col("date") - pl.col("zero")).dt.total_days().cast(pl.Float64)
    return given.select("subject_id", "date").join(zero, on="subject_id").select("subject_id", day=day).sort("day")


def event_intervals(study: Study, events: pl.DataFrame, endpoint: Endpoint) -> pl.DataFrame:
    """Return between which days the event of each subject lies.

    Parameters
    ----------
    study : Study
        The study.
    events : polars.DataFrame
        Derived endpoints of the study.
    endpoint : Endpoint
        An endpoint that visits or scans show.

    Raises
    ------
    InputError
        The event has a day of its own.

    Returns
    -------
    polars.DataFrame
        subject_id, after, until: days from day zero; `until` is infinite for who had no event, `after` then the last
        visit. Who is unknown or not at risk is not in it.
    """
    seen_at = endpoint.seen_at
    if seen_at is None:
        raise InputError(f"{endpoint.name}: the event has a day of its own. Ask for one that visits or scans show.")
    seen = study.once(_days_seen, seen_at)
    known = events.filter((pl.col("endpoint") == endpoint.name) & (pl.col("status") != "unknown"))
    known = known.select("subject_id", "status", "time_days")
    happened = pl.col("status") == "event"
    # days are whole: a visit before the event is one up to half a day before it
    ends = known.with_columns(end=pl.col("time_days") - pl.when(happened).then(0.5).otherwise(0.0)).sort("end")
    last = ends.join_asof(seen, left_on="end", right_on="day", by="subject_id", coalesce=False, check_sortedness=False)
    last = last.select("subject_id", after="day")
    return known.join(last, on="subject_id", how="left", maintain_order="left").select(
        "subject_id",
        after=pl.col("after").fill_null(0.0).clip(lower_bound=0.0),
        until=pl.when(happened).then("time_days").otherwise(float("inf")),
    )
