"""Recorded data: how far people of whom nothing is known, and events between visits, could move the results."""

import numpy as np
import polars as pl

from regraft.analysis.interval_censored import interval_censored
from regraft.analysis.interval_censored_limits import TooManyIntervals, free_share
from regraft.analysis.survival import Interval, kaplan_meier
from regraft.core.arrays import Floats
from regraft.core.errors import InputError
from regraft.endpoints.intervals import event_intervals
from regraft.endpoints.outcomes import Outcomes
from regraft.report.page import Align, Block, Column, Missing, Prose, Section, table_block
from regraft.report.totals import happened
from regraft.report.wording import percent, short_share
from regraft.study.tables import Study

DAYS_PER_YEAR = 365.25


def sensitivity_section(study: Study, outcomes: Outcomes, years: float) -> Section:
    """Show the extremes that unknown people allow, and survival without dating an event to the visit that showed it.

    Parameters
    ----------
    study, outcomes : Study, Outcomes
        The study and its endpoints.
    years : float
        Time at which curves are read.
    """
    blocks: tuple[Block, ...] = (_unknown_people(outcomes), _between_visits(study, outcomes, years))
    return Section(anchor="sensitivity", title="How far missing data could move the results", blocks=blocks)


def _unknown_people(outcomes: Outcomes) -> Block:
    rows = []
    for name in outcomes.endpoints:
        endpoint, everyone = outcomes.catalogue.endpoint(name), outcomes.events(name).height
        events, known = happened(outcomes, name)
        unknown = everyone - known
        if not (endpoint.is_harm and known and unknown):
            continue
        rows.append(
            (
                endpoint.label,
                str(unknown),
                short_share(events, known),
                short_share(events, everyone),
                short_share(events + unknown, everyone),
            )
        )
    if not rows:
        return Missing(
            "No endpoint is known for some people and unknown for others, so missing data cannot move a result."
        )
    columns = (
        Column("Event"),
        Column("Unknown", Align.RIGHT),
        Column("Unknown left out"),
        Column("None of them had it"),
        Column("All of them had it"),
    )
    notes = ("People with the event at any time of follow-up, per cent, and exact 95% interval.",)
    return table_block("Results if none or all of the unknown people had the event.", columns, rows, notes=notes)


def _between_visits(study: Study, outcomes: Outcomes, years: float) -> Block:
    moment, rows = years * DAYS_PER_YEAR, []
    for name, endpoint in outcomes.catalogue.endpoints.items():
        known = outcomes.events(name).filter(pl.col("status") != "unknown")
        if known.is_empty() or endpoint.seen_at is None or not endpoint.is_harm:
            continue
        days, event = known["time_days"].to_numpy(), (known["status"] == "event").to_numpy()
        curve = kaplan_meier(days, event, interval=Interval.LOG_LOG, level=0.95)
        between = event_intervals(study, known, endpoint)
        if not event.any() or np.isnan(curve.at(moment)[0]):
            continue
        try:
            shown = _free_between(between["after"].to_numpy(), between["until"].to_numpy(), moment)
        except InputError:  # the search did not settle
            continue
        rows.append((endpoint.label, str(known.height), str(int(event.sum())), percent(*curve.at(moment)), shown))
    if not rows:
        return Prose((f"No event that a visit or scan shows can be read at {years:g} years.",))
    columns = (
        Column("Event"),
        Column("People", Align.RIGHT),
        Column("Events", Align.RIGHT),
        Column(f"Free at {years:g} y, dated to the visit (95%)"),
        Column(f"Free at {years:g} y, dated between visits (95%)"),
    )
    notes = (
        "Right: Turnbull's estimate, with the event at any time between the visit that showed it and the one before.",
        "Two numbers before the brackets: the visits leave open which. In brackets: likelihood-ratio interval.",
        "People who died are followed up to their last visit.",
    )
    return table_block(
        "Events dated to the visit that showed them, or between two visits: proportion free of them.",
        columns,
        rows,
        notes=notes,
    )


def _free_between(after: Floats, until: Floats, moment: float) -> str:
    """Return the share free with its interval; without one for more different visits than it can be searched for."""
    try:
        found = free_share(after, until, moment)
        least, greatest, interval = found.least, found.greatest, f" ({100 * found.low:.1f} to {100 * found.high:.1f}%)"
    except TooManyIntervals:
        (least, greatest), interval = interval_censored(after, until).free_at(moment), ""
    share = (
        f"{100 * least:.1f}" if f"{least:.3f}" == f"{greatest:.3f}" else f"{100 * least:.1f} to {100 * greatest:.1f}"
    )
    return f"{share}%{interval}"
