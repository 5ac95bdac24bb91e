"""Confirmed worsening of the timed 25-foot walk and the nine-hole peg test, and EDSS-plus.

EDSS-plus (Cadavid D et al. Mult Scler 2017;23:94, recalled) is the first confirmed worsening of EDSS, walk or hand.
"""

import numpy as np
import polars as pl

from regraft.endpoints.clock import Ragged, along
from regraft.endpoints.composite import first_of
from regraft.endpoints.confirmed import confirmed_changes
from regraft.endpoints.deaths import efficacy_rule
from regraft.endpoints.definition import Definition
from regraft.endpoints.disability import change_outcome, edss_worsening, one_step
from regraft.endpoints.endpoint import Endpoint, Group, NeededLooks, SeenAt, Subjects, made
from regraft.endpoints.outcome import Outcome, all_unknown

_TOLERANCE = 1e-9  # 12 s after 10 s is a rise of 20%, whatever the rounding of logarithms
_WALK = ("t25fw", "t25fw_seconds", "Timed 25-foot walk")
_HAND = ("nhpt", "nhpt_seconds", "Nine-hole peg test")


def timed_endpoints(rules: Definition) -> tuple[Endpoint, ...]:
    """Return EDSS-plus, and confirmed worsening of walk and hand, as endpoints."""
    weeks, death = rules.timed.confirmation_weeks, efficacy_rule(rules)
    slower = (
        f"A time at least {rules.timed.percent:g}% longer than at baseline, seen at every visit until one at least "
        f"{weeks} weeks later; a test that could not be done counts as missing."
    )
    seen_again = NeededLooks(confirmed_after_weeks=weeks, changes_from_day=rules.worsening.counts_from_day)
    walk, hand = (
        Endpoint(
            name=f"{test}_worsening_{weeks}w",
            label=f"{label} worsening confirmed at {weeks} weeks",
            group=Group.DISABILITY,
            rule=f"{slower} {death}",
            derive=made(slower_test, column, f"{test}_worsening_{weeks}w"),
            seen_at=SeenAt(table="visits", columns=(column,)),
            needs=seen_again,
        )
        for test, column, label in (_WALK, _HAND)
    )
    plus = f"edss_plus_worsening_{weeks}w"
    either = Endpoint(
        name=plus,
        label=f"EDSS-plus worsening confirmed at {weeks} weeks",
        group=Group.DISABILITY,
        rule=f"First of EDSS worsening, and of walk or peg test: {slower} {death}",
        derive=made(edss_plus, plus, walk.name, hand.name),
        seen_at=SeenAt(table="visits", columns=("edss", _WALK[1], _HAND[1])),
        needs=seen_again,
    )
    return either, walk, hand


def edss_plus(subjects: Subjects, endpoint: str, walk: str, hand: str) -> Outcome:
    """Return the first confirmed worsening of EDSS, walk or hand.

    Who cannot do a test has no time for it: such a visit says nothing here, and a person is then known only by the
    others.
    """
    weeks = subjects.definition.timed.confirmation_weeks
    parts = (
        subjects.once(edss_worsening, weeks),
        subjects.once(slower_test, _WALK[1], walk),
        subjects.once(slower_test, _HAND[1], hand),
    )
    for part in parts:
        if (why := subjects.why_nothing(endpoint, part)) is not None:
            return all_unknown(endpoint, subjects.clock.count, f"{part.endpoint} cannot be derived: {why}")
    return first_of(endpoint, parts)


def slower_test(subjects: Subjects, column: str, endpoint: str) -> Outcome:
    """Return the first confirmed rise of a time by the per cent of the definition: a step on the logarithmic scale."""
    study, clock, definition = subjects.study, subjects.clock, subjects.definition
    if not subjects.recorded("visits", column):
        return all_unknown(endpoint, clock.count, f"{column} was not recorded")
    timed = study.table("visits").filter(pl.col(column) > 0.0)
    series = along(clock, timed, "date", (column,))
    logarithms = {"log": np.log(np.maximum(series.values[column], 1.0))}
    edss = definition.confirmed_worsening(definition.timed.confirmation_weeks)
    step = float(np.log1p(definition.timed.percent / 100.0)) - _TOLERANCE
    rules = edss.model_copy(update={"worsening": one_step(step)})
    changes = confirmed_changes(Ragged(series.offsets, series.day, logarithms), "log", subjects, rules)
    return change_outcome(subjects, series, column, endpoint, changes)
