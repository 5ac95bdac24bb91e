"""Confirmed worsening of the timed 25-foot walk and the nine-hole peg test, and EDSS-plus.

EDSS-plus (Cadavid D et al. Mult Scler 2017;23:94, recalled) is the first confirmed worsening of EDSS, walk or hand.
"""

import numpy as np
import polars as pl

from regraft.endpoints.clock import Clock, Ragged, along
from regraft.endpoints.composite import first_of
from regraft.endpoints.confirmed import WORSE, confirmed_changes
from regraft.endpoints.definition import Definition
from regraft.endpoints.disability import change_outcome, edss_worsening, with_relapses_near
from regraft.endpoints.outcome import Outcome, all_unknown
from regraft.study.tables import Study

TESTS = {"t25fw": "t25fw_seconds", "nhpt": "nhpt_seconds"}
_TOLERANCE = 1e-9  # 12 s after 10 s is a rise of 20%, whatever the rounding of logarithms


def timed_worsening(
    study: Study, clock: Clock, edss: Ragged, relapses: Ragged | None, definition: Definition
) -> tuple[Outcome, Outcome, Outcome]:
    """Return confirmed worsening of walk and hand, and EDSS-plus.

    Who cannot do a test has no time for it: such a visit says nothing here, and a person is then known only by the others.

    Parameters
    ----------
    study, clock : Study, Clock
        The study and its subjects.
    edss : Ragged
        From `regraft.endpoints.disability.edss_series`.
    relapses : Ragged or None
        Relapses that visits may be too near to.
    definition : Definition
        The rules.
    """
    weeks = definition.timed.confirmation_weeks
    walk, hand = (
        _slower(study, clock, relapses, definition, f"{test}_worsening_{weeks}w", column)
        for test, column in TESTS.items()
    )
    name, parts = f"edss_plus_worsening_{weeks}w", (edss_worsening(clock, edss, definition, weeks), walk, hand)
    for part in parts:
        if part.says_nothing():
            return (
                walk,
                hand,
                all_unknown(name, clock.count, f"{part.endpoint} cannot be derived: {part.why_nothing()}"),
            )
    return walk, hand, first_of(name, parts)


def _slower(
    study: Study, clock: Clock, relapses: Ragged | None, definition: Definition, endpoint: str, column: str
) -> Outcome:
    """Return the first confirmed rise of a time by the per cent of the definition: a step on the logarithmic scale."""
    if not study.recorded("visits", column):
        return all_unknown(endpoint, clock.count, f"{column} was not recorded")
    timed = study.table("visits").filter(pl.col(column) > 0.0)
    timed = timed.select("subject_id", "date", column, "days_since_relapse", terminal=pl.lit(0.0))
    series = along(clock, timed, "date", (column, "days_since_relapse", "terminal"))
    series = with_relapses_near(series, relapses, definition)
    values = {**series.values, "log": np.log(np.maximum(series.values[column], 1.0))}
    begin = np.zeros(clock.count)
    rules = definition.worsening
    rows = confirmed_changes(
        Ragged(series.offsets, series.day, values), column="log", baseline_until=begin,
        event_after=np.maximum(begin, rules.counts_from_day - 1.0),
        steps=np.full(21, np.log1p(definition.timed.percent / 100.0) - _TOLERANCE), direction=WORSE,
        confirmation_days=7.0 * definition.timed.confirmation_weeks - rules.confirmation_may_be_early_by_days,
        sustained=rules.sustained_to_end,
    )  # fmt: skip
    return change_outcome(clock, series, column, endpoint, rows, definition, begin)
