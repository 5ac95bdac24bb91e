"""When an event that only a visit or scan shows can have happened.

After the last one that did not, up to the one that did.
"""

import numpy as np
import polars as pl

from regraft.core.arrays import Ints
from regraft.core.errors import InputError
from regraft.endpoints.clock import start_clock
from regraft.endpoints.endpoint import Endpoint, SeenAt
from regraft.study.blocks import blocks_of
from regraft.study.tables import Study

_SPAN = 2**32  # days between the first of one person and that of the next, where both are one number


def _seen(study: Study, seen_at: SeenAt) -> Ints:
    """Return every visit or scan that can show an event as one number, the person's place and the day; ascending."""
    found, people = [], 0
    for block in blocks_of(study):
        clock = start_clock(block).subjects
        shows = pl.any_horizontal(pl.col(column).is_not_null() for column in seen_at.columns)
        rows = block.table(seen_at.table).filter(shows).select("subject_id", "date").join(clock, on="subject_id")
        day = (pl.col("date") - pl.col("zero")).dt.total_days()
        place = pl.col("index").cast(pl.Int64) + people
        found.append(rows.select((place * _SPAN + day).alias("seen")).drop_nulls()["seen"].sort().to_numpy())
        people += clock.height
    return np.concatenate(found)


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
    known = events.filter((pl.col("endpoint") == endpoint.name) & (pl.col("status") != "unknown"))
    known = known.select("subject_id", "status", "time_days")
    happened = pl.col("status") == "event"
    # days are whole: a visit before the event is one up to half a day before it
    end = (pl.col("time_days") - pl.when(happened).then(0.5).otherwise(0.0)).floor().cast(pl.Int64)
    clock = start_clock(study).subjects.select("subject_id", pl.col("index").cast(pl.Int64))
    until = known.join(clock, on="subject_id", how="left", maintain_order="left").select("index", end=end)
    seen = study.once(_seen, seen_at)
    place, latest = until["index"].to_numpy(), (until["index"] * _SPAN + until["end"]).to_numpy()
    last = np.append(seen, -_SPAN)[np.searchsorted(seen, latest, side="right") - 1]
    after = np.where((last + _SPAN // 2) // _SPAN == place, last - place * _SPAN, 0)
    return known.select(
        "subject_id",
        after=pl.Series(np.maximum(after, 0).astype(np.float64)),
        until=pl.when(happened).then("time_days").otherwise(float("inf")),
    )
