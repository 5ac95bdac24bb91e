"""Definitions of confirmed worsening and improvement, event by event, as data: small TOML files and frozen values."""

from typing import Annotated, Any, Self

import numpy as np
from pydantic import Field, model_validator

from regraft.core.line import Line
from regraft.core.settings import Choice, Many, Section, refuse
from regraft.endpoints.progression.choices import (
    Anchor,
    Edss10,
    Extrema,
    Moves,
    Onward,
    Reference,
    Scale,
    Start,
    SubThreshold,
    Target,
    WithoutRelapses,
)
from regraft.endpoints.progression.plan import SKIP_ALL, SKIP_NONE, SKIP_STRICT, Plan
from regraft.endpoints.relapse_rules import Pseudorelapse, RelapseRules, refuse_old_names

Days = Annotated[float, Field(ge=0.0, le=36_600.0)]
Offset = Annotated[float, Field(ge=-36_600.0, le=36_600.0)]
Level = Annotated[float, Field(ge=0.0, le=600.0)]


class ThresholdRow(Section):
    """Least change from baselines of at least `baseline_from`: points, per cent of the baseline, or the smaller."""

    baseline_from: Level
    points: Annotated[float, Field(gt=0.0, le=600.0)] | None = None
    percent: Annotated[float, Field(gt=0.0, le=100.0)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.points is None and self.percent is None:
            raise refuse("points", None, "a threshold needs points, percent or both", "Write points = 1.0")
        return self


class Thresholds(Section):
    """Least change that counts, by baseline; a row holds until the next one."""

    rows: Annotated[tuple[ThresholdRow, ...], Field(strict=False, min_length=1, max_length=20)]
    baseline_at_least: Level = 0.0

    @model_validator(mode="after")
    def _ascends_from_zero(self) -> Self:
        starts = [row.baseline_from for row in self.rows]
        if starts[0] != 0.0 or sorted(set(starts)) != starts:
            raise refuse("rows", starts, "baselines must start at 0 and ascend", "Order the rows by baseline_from")
        return self

    def points_from(self, baseline: np.ndarray) -> np.ndarray:
        """Return the points that count from each baseline, infinite where only per cent are used."""
        table = self.table()
        points: np.ndarray = table[np.searchsorted(table[:, 0], baseline, side="right") - 1, 1]
        return points

    def table(self) -> np.ndarray:
        """Return the rows as numbers: baseline, points (infinite where not used), divisor (0 where not used)."""
        rows = []
        for row in self.rows:
            points = np.inf if row.points is None else row.points
            rows.append((row.baseline_from, points, 0.0 if row.percent is None else 100.0 / row.percent))
        return np.array(rows, dtype=np.float64)


class RelapseDistance(Section):
    """Least distance of a visit from relapses [d]; 0 asks for none."""

    days_after_relapse: Days
    days_before_relapse: Days = 0.0


class BaselineRules(RelapseDistance):
    """Baseline."""

    start: Choice[Start]
    moves: Choice[Moves]
    to: Choice[Onward]
    on_sub_threshold: Choice[SubThreshold] = SubThreshold.NONE
    after_relapse: bool = False
    never_lower: bool = False
    skip_extrema: Choice[Extrema] = Extrema.NONE


class EventRules(RelapseDistance):
    """The visit that first shows a change."""

    from_day: Days = 0.0


class Window(Section):
    """When a visit confirms: `days` after the event, so many days early or late; without `late_days` however late."""

    days: Annotated[float, Field(gt=0.0, le=3660.0)]
    early_days: Days = 0.0
    late_days: Days | None = None


class ConfirmationRules(RelapseDistance):
    """Confirmation: in any of the windows; the baseline moves to the visit that confirms in the first of them."""

    window: Annotated[tuple[Window, ...], Field(strict=False, min_length=1, max_length=8)]
    every_visit_between: bool = True
    sustained_days: Days = 0.0
    sustained_to_end: bool = False
    not_at_visit_types: Many[str] = ()


class ImputationRules(Section):
    """Worsening at the last visit, where nothing can confirm it."""

    probability: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0
    within_days: Days | None = None
    seed: Annotated[int, Field(ge=0)] = 0


class RelapsesNearby(RelapseRules):
    """Which relapses count, and how near one worsening is relapse-associated."""

    without_table: Choice[WithoutRelapses] = WithoutRelapses.UNKNOWN
    raw_days_after: Days = 90.0
    raw_days_before: Days = 0.0

    @model_validator(mode="after")
    def _can_be_told(self) -> Self:
        for key in ("pseudorelapse_by_length", "pseudorelapse_by_fever"):
            if getattr(self, key) is Pseudorelapse.KNOWN:
                why = "here a relapse counts or does not; it cannot stay unknown"
                raise refuse(key, "known", why, "Write unless_shown or ignored")
        return self


class FreeInterval(Section):
    """No relapse from `from_days` after (negative: before) one anchor to `to_days` after another."""

    start: Choice[Anchor]
    from_days: Offset
    end: Choice[Anchor]
    to_days: Offset


class PiraRules(Section):
    """Progression independent of relapse activity: the intervals that must be free of relapse."""

    reference: Choice[Reference] = Reference.BASELINE
    free: Annotated[tuple[FreeInterval, ...], Field(strict=False, max_length=8)] = ()


class ProgressionRules(Section):
    """Confirmed change event by event: the section ``[progression]`` of a set of definitions, whole.

    Parameters
    ----------
    scale : Scale
        The scale.
    events : Target
        Which events are looked for.
    raw_pira : bool
        Whether worsening is told apart into RAW and PIRA (always where only one of them is looked for).
    edss_10 : Edss10
        What a recorded EDSS of 10 is.
    worsening, improvement, baseline, event, confirmation, imputation, relapses, pira
        The rules.
    """

    scale: Choice[Scale] = Scale.EDSS
    events: Choice[Target]
    raw_pira: bool = False
    edss_10: Choice[Edss10] = Edss10.LEFT_OUT
    worsening: Thresholds
    improvement: Thresholds
    baseline: BaselineRules
    event: EventRules
    confirmation: ConfirmationRules
    imputation: ImputationRules = ImputationRules()
    relapses: RelapsesNearby
    pira: PiraRules = PiraRules()

    @model_validator(mode="before")
    @classmethod
    def _by_its_new_name(cls, data: Any) -> Any:
        refuse_old_names(data, {"outcome": "scale"})
        return data

    @property
    def classifies(self) -> bool:
        """Whether worsening is told apart into RAW and PIRA."""
        told_apart = self.raw_pira and self.events is not Target.FIRST_CDI
        return told_apart or self.events in {Target.FIRST_PIRA, Target.FIRST_RAW}

    @property
    def needs_relapses(self) -> bool:
        """Whether a study without a table of relapses can say nothing."""
        return self.classifies and self.relapses.without_table is WithoutRelapses.UNKNOWN

    def plan(self) -> Plan:
        """Return the rules as plain numbers for the search."""
        baseline, confirmation = self.baseline, self.confirmation
        improves = baseline.moves in {Moves.ROVING, Moves.IMPROVEMENT}
        worsens = baseline.moves in {Moves.ROVING, Moves.WORSENING}
        below = baseline.on_sub_threshold
        return Plan(
            target=list(Target).index(self.events),
            classify=self.classifies,
            sign=-1.0 if self.scale is Scale.SDMT else 1.0,
            worse=self.worsening.table(),
            better=self.improvement.table(),
            better_least=self.improvement.baseline_at_least,
            moves_on_improvement=improves,
            moves_on_worsening=worsens,
            to_confirmation=baseline.to is Onward.CONFIRMATION,
            candidates_any_size=below is not SubThreshold.NONE,
            sub_improvement=improves and below in {SubThreshold.CHANGE, SubThreshold.IMPROVEMENT},
            sub_worsening=worsens and below in {SubThreshold.CHANGE, SubThreshold.WORSENING},
            never_lower=baseline.never_lower,
            after_relapse=baseline.after_relapse,
            grace=0.0 if self.events is Target.FIRST_PIRA else self.relapses.raw_days_after,
            extrema={Extrema.NONE: SKIP_NONE, Extrema.STRICT: SKIP_STRICT, Extrema.ALL: SKIP_ALL}[
                baseline.skip_extrema
            ],
            start_stays=baseline.start is Start.DAY_ZERO,
            base_since=baseline.days_after_relapse,
            base_until=baseline.days_before_relapse,
            event_since=self.event.days_after_relapse,
            event_until=self.event.days_before_relapse,
            confirm_since=confirmation.days_after_relapse,
            confirm_until=confirmation.days_before_relapse,
            windows=np.array([_days(window) for window in confirmation.window], dtype=np.float64),
            between=confirmation.every_visit_between,
            sustained=np.inf if confirmation.sustained_to_end else confirmation.sustained_days,
            raw_after=self.relapses.raw_days_after,
            raw_before=self.relapses.raw_days_before,
            reference=list(Reference).index(self.pira.reference),
            free=_intervals(self.pira.free),
        )


def _days(window: Window) -> tuple[float, float]:
    late = np.inf if window.late_days is None else window.days + window.late_days
    return window.days - window.early_days, late


def _intervals(free: tuple[FreeInterval, ...]) -> np.ndarray:
    anchors = list(Anchor)
    rows = [(anchors.index(i.start), i.from_days, anchors.index(i.end), i.to_days) for i in free]
    return np.array(rows, dtype=np.float64).reshape(-1, 4)


class ProgressionDefinition(ProgressionRules):
    """Rules of confirmed change with their name and where they come from.

    Parameters
    ----------
    name, title, source : str
        What the set is called, and where its rules come from.
    unverified : tuple of str
        Rules that could not be read in the source, one sentence each.
    """

    name: Line
    title: Line
    source: str
    unverified: Many[str] = ()
