"""Endpoint definitions as data: the sections of a set, and what they mean for the search for confirmed change."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from regraft.clinical.ctcae import CtcaeVersion
from regraft.clinical.systems import HIGHEST_RAW, System
from regraft.core.library import LIBRARY
from regraft.core.line import Line
from regraft.core.settings import Choice, Issue, Many, Section, find_file, list_names, raise_issues, validate
from regraft.endpoints.definition_base import merged, with_base
from regraft.endpoints.progression.choices import Edss10, Moves, Onward, Start, Target
from regraft.endpoints.progression.rules import (
    BaselineRules,
    ConfirmationRules,
    EventRules,
    ProgressionDefinition,
    ProgressionRules,
    RelapsesNearby,
    ThresholdRow,
    Thresholds,
    Window,
)
from regraft.endpoints.relapse_rules import Days, Pseudorelapse, RelapseCount, RelapseRules

FOLDER = LIBRARY / "definitions"
Weeks = Annotated[int, Field(gt=0, le=520)]
Steps = Annotated[float, Field(gt=0.0, le=10.0)]
Level = Annotated[float, Field(ge=1.0, le=9.5, multiple_of=0.5)]


class QuietScan(StrEnum):
    """What must be known of a scan for it to show no activity."""

    BOTH = "both"  # gadolinium and T2
    T2 = "t2"  # the T2 comparison
    EITHER = "either"  # one of the two


class DeathInEfficacy(StrEnum):
    """What a death is in an endpoint of efficacy."""

    COMPETING = "competing"
    CENSORED = "censored"


class EfficacySet(StrEnum):
    """Who counts in the endpoints of efficacy."""

    ALL = "all"
    ASSESSED = "assessed"  # subjects assessed at least once after day zero
    TRANSPLANTED = "transplanted"  # those of them who were transplanted


class RateSince(StrEnum):
    """From when the relapse rate before day zero is counted."""

    DIAGNOSIS = "diagnosis"
    ONSET = "onset"
    YEARS = "years"


class CountedRelapses(RelapseRules):
    """Which relapses are events, and from when the rate before day zero is counted."""

    rate_before_since: Choice[RateSince]
    rate_before_years: Annotated[float, Field(gt=0.0, le=50.0)] = 2.0


class MriRules(Section):
    """When a scan shows activity, and from when scans count."""

    new_lesions_at_least: Annotated[int, Field(ge=1, le=50)]
    quiet_scan_needs: Choice[QuietScan]
    reference_until_days: Days


class WorseningRules(Section):
    """Confirmed EDSS worsening."""

    step_from_0: Steps
    step_from_1_to_5: Steps
    step_from_5_5: Steps
    step_above_5_5: Steps
    baseline_days_from_relapse: Days
    confirmation_days_from_relapse: Days
    confirmation_may_be_early_by_days: Days
    sustained_to_end: bool
    counts_from_day: Days
    ms_death_is_worsening: bool


class ImprovementRules(Section):
    """Confirmed EDSS improvement."""

    baseline_at_least: Annotated[float, Field(ge=2.0, le=10.0)]
    step_to_5_5: Steps
    step_above_5_5: Steps
    sustained_to_end: bool


class SystemSteps(Section):
    """Raw grades of improvement asked of single functional systems; None for the step of all."""

    visual: Annotated[int, Field(ge=1, le=HIGHEST_RAW[System.VISUAL])] | None = None
    brainstem: Annotated[int, Field(ge=1, le=HIGHEST_RAW[System.BRAINSTEM])] | None = None
    pyramidal: Annotated[int, Field(ge=1, le=HIGHEST_RAW[System.PYRAMIDAL])] | None = None
    cerebellar: Annotated[int, Field(ge=1, le=HIGHEST_RAW[System.CEREBELLAR])] | None = None
    sensory: Annotated[int, Field(ge=1, le=HIGHEST_RAW[System.SENSORY])] | None = None
    bowel_bladder: Annotated[int, Field(ge=1, le=HIGHEST_RAW[System.BOWEL_BLADDER])] | None = None
    cerebral: Annotated[int, Field(ge=1, le=HIGHEST_RAW[System.CEREBRAL])] | None = None


class SystemRules(Section):
    """Confirmed improvement of one functional system: the step asked of all, and of those that have their own."""

    step: Annotated[int, Field(ge=1, le=5)]
    steps: SystemSteps = SystemSteps()
    confirmation_weeks: Weeks

    def step_of(self, system: System) -> int:
        """Return the raw grades of improvement asked of one functional system."""
        own: int | None = getattr(self.steps, system.code)
        return own or self.step


class TimedRules(Section):
    """Confirmed worsening of the timed walk and the peg test, and with EDSS as one (EDSS-plus)."""

    percent: Annotated[float, Field(gt=0.0, le=200.0)]
    confirmation_weeks: Weeks


class CompositeRules(Section):
    """MS activity-free survival and NEDA-3."""

    worsening_weeks: Weeks
    lesions_count: bool = True
    neda_rebaseline_days: Days
    neda_visit_window_days: Days


class MilestoneRules(Section):
    """Confirmed EDSS milestones."""

    levels: Many[Level]
    confirmation_weeks: Weeks


class SecondaryRules(Section):
    """Conversion to secondary progression, by an objective rule on EDSS and functional systems."""

    step_to_5_5: Steps
    step_above_5_5: Steps
    edss_at_least: Level
    pyramidal_at_least: Annotated[int, Field(ge=0, le=6)]
    confirmation_days: Days
    confirmed_in_leading_system: bool


class SurvivalRules(Section):
    """Progression-free, relapse-free and event-free survival."""

    death_is_event: bool


class DeathRules(Section):
    """What a death is."""

    in_efficacy: Choice[DeathInEfficacy]
    efficacy_set: Choice[EfficacySet]


class BrainRules(Section):
    """Brain volume."""

    at_years: Annotated[float, Field(gt=0.0, le=20.0)]
    window_days: Days
    late_from_years: Annotated[float, Field(gt=0.0, le=20.0)]
    loss_pct_per_year: Annotated[float, Field(gt=0.0, le=10.0)]
    loss_reference_days: Days
    loss_reference_window_days: Days
    loss_least_years: Annotated[float, Field(gt=0.0, le=20.0)]


class TransplantRules(Section):
    """Engraftment, failure of the graft, early mortality and sinusoidal obstruction syndrome."""

    engraftment_longest_gap_days: Days
    platelet_transfusion_free_days: Days
    sos_until_day: Days
    sos_carry_forward_days: Days
    sos_severity_within_days: Days
    graft_failure_day: Annotated[int, Field(ge=1, le=365)]
    graft_loss_measurements: Annotated[int, Field(ge=1, le=30)]
    mortality_until_day: Annotated[int, Field(ge=1, le=3660)]


class SafetyRules(Section):
    """Periods in which infections are counted, and grades of laboratory values."""

    infections_early_until_day: Annotated[int, Field(ge=1, le=3660)]
    infections_late_from_day: Annotated[int, Field(ge=1, le=3660)]
    ctcae_version: Choice[CtcaeVersion]
    ctcae_until_day: Annotated[int, Field(ge=1, le=3660)]
    ctcae_baseline_days: Days


class Definition(Section):
    """A whole set of endpoint definitions.

    Parameters
    ----------
    name, title, source : str
        What the set is called, and where its rules come from.
    unverified : tuple of str
        Rules that could not be read in the source, one sentence each.
    confirmation_weeks : tuple of int
        Confirmation intervals for which worsening and improvement are derived.
    relapse, mri, worsening, improvement, systems, timed, milestones, secondary, composite, survival, death, brain,
    transplant, safety
        The rules.
    progression : dict
        What of `event_by_event` is other than in the rules above, as written in ``[progression]``.
    """

    name: Line
    title: Line
    source: str
    unverified: Many[str] = ()
    confirmation_weeks: Many[Weeks] = (12, 24)
    relapse: CountedRelapses
    mri: MriRules
    worsening: WorseningRules
    improvement: ImprovementRules
    systems: SystemRules
    timed: TimedRules
    milestones: MilestoneRules
    secondary: SecondaryRules
    composite: CompositeRules
    survival: SurvivalRules
    death: DeathRules
    brain: BrainRules
    transplant: TransplantRules
    safety: SafetyRules
    progression: dict[str, Any] = Field(default_factory=dict)

    def confirmed_worsening(self, weeks: int) -> ProgressionRules:
        """Return the first EDSS worsening, confirmed after so many weeks, as rules of the search for events.

        Visits keep their distance from every reported relapse: soon after a worsening with fever, or one that was
        refuted, an EDSS is no better a baseline or confirmation than soon after a relapse.
        """
        rules = self.worsening
        steps = (
            (0.0, rules.step_from_0),
            (1.0, rules.step_from_1_to_5),
            (5.5, rules.step_from_5_5),
            (6.0, rules.step_above_5_5),
        )
        return ProgressionRules(
            events=Target.FIRST_CDW,
            edss_10=Edss10.MS_DEATH if rules.ms_death_is_worsening else Edss10.LEFT_OUT,
            worsening=_thresholds(steps),
            improvement=self._improvement(),
            baseline=BaselineRules(
                start=Start.DAY_ZERO,
                moves=Moves.FIXED,
                to=Onward.CONFIRMATION,
                days_after_relapse=rules.baseline_days_from_relapse,
            ),
            event=EventRules(days_after_relapse=0.0, from_day=rules.counts_from_day),
            confirmation=ConfirmationRules(
                days_after_relapse=rules.confirmation_days_from_relapse,
                window=(Window(days=7.0 * weeks, early_days=rules.confirmation_may_be_early_by_days),),
                sustained_to_end=rules.sustained_to_end,
            ),
            relapses=RelapsesNearby.model_validate(
                {name: getattr(self.relapse, name) for name in RelapseRules.model_fields} | _EVERY_REPORT
            ),
        )

    def confirmed_improvement(self, weeks: int) -> ProgressionRules:
        """Return the first EDSS improvement, confirmed after so many weeks, as rules of the search for events."""
        rules = self.confirmed_worsening(weeks)
        sustained = {"sustained_to_end": self.improvement.sustained_to_end}
        return rules.model_copy(
            update={
                "events": Target.FIRST_CDI,
                "event": EventRules(days_after_relapse=0.0),
                "confirmation": rules.confirmation.model_copy(update=sustained),
            }
        )

    def _improvement(self) -> Thresholds:
        rules = self.improvement
        steps = _thresholds(((0.0, rules.step_to_5_5), (6.0, rules.step_above_5_5)))
        return steps.model_copy(update={"baseline_at_least": rules.baseline_at_least})


_EVERY_REPORT = {
    "count": RelapseCount.REPORTED,
    "pseudorelapse_by_length": Pseudorelapse.IGNORED,
    "pseudorelapse_by_fever": Pseudorelapse.IGNORED,
}


def _thresholds(steps: tuple[tuple[float, float], ...]) -> Thresholds:
    return Thresholds(rows=tuple(ThresholdRow(baseline_from=base, points=points) for base, points in steps))


class _EventByEvent(Section):
    """A file that says only how confirmed change is found event by event, and what any set becomes for that search."""

    name: Line
    title: Line
    source: str
    unverified: Many[str] = ()
    progression: ProgressionRules

    def named(self) -> ProgressionDefinition:
        head = {key: getattr(self, key) for key in _HEAD}
        return ProgressionDefinition.model_validate(head | {k: getattr(self.progression, k) for k in _RULES})


_HEAD = ("name", "title", "source", "unverified")
_RULES = tuple(ProgressionRules.model_fields)


def load_definition(name_or_path: str | Path) -> Definition:
    """Return the definitions called so, or those of a file of one's own.

    Raises
    ------
    FileProblem, SettingsProblem
        No such file, or something in it cannot be used: with key, value and what to write instead.

    Examples
    --------
    >>> load_definition("atkins-2016").worsening.step_from_5_5
    0.5
    """
    path = find_file(name_or_path, FOLDER, "set of endpoint definitions")
    data = with_base(path, FOLDER)
    if "progression" in data and not _is_whole(data):
        whole = ", ".join(list_definitions())
        problem = "the file says only how confirmed change is found event by event, for `regraft endpoints`"
        raise_issues(path, [Issue("relapse", None, problem, f'Begin it with extends = "consensus", or use {whole}.')])
    definition = validate(Definition, data, path)
    event_by_event(definition, path)
    return definition


def list_definitions() -> tuple[str, ...]:
    """Return the names of the packaged sets that say all that endpoints need."""
    return tuple(name for name in list_names(FOLDER) if _is_whole(with_base(FOLDER / f"{name}.toml", FOLDER)))


def load_progression(name_or_path: str | Path) -> ProgressionDefinition:
    """Return how confirmed change is found event by event, by a set of this name or a file of one's own.

    A whole set says it by its rules of worsening and improvement, and by what stands in its ``[progression]``.

    Raises
    ------
    FileProblem, SettingsProblem
        No such file, or something in it cannot be used: with key, value and what to write instead.

    Examples
    --------
    >>> load_progression("msprog-first-cdw-24w-fixed").confirmation.window[0].days
    168.0
    """
    path = find_file(name_or_path, FOLDER, "definition of confirmed worsening")
    data = with_base(path, FOLDER)
    if _is_whole(data):
        return event_by_event(validate(Definition, data, path), path)
    if "events" in data:
        remedy = "Put all but name, title, source and unverified into [progression], [progression.worsening] and so on."
        raise_issues(path, [Issue("events", data["events"], "such rules stand in the section [progression]", remedy)])
    return validate(_EventByEvent, data, path).named()


def list_progressions() -> tuple[str, ...]:
    """Return the names of the packaged sets; each says how confirmed change is found event by event."""
    return list_names(FOLDER)


def event_by_event(definition: Definition, path: Path) -> ProgressionDefinition:
    """Return what a set means for the search event by event; `path` is its file, for the message.

    Raises
    ------
    SettingsProblem
        Something in its ``[progression]`` cannot be used.
    """
    rules = definition.confirmed_worsening(definition.composite.worsening_weeks)
    whole = merged(rules.model_dump(mode="json", exclude_none=True), definition.progression)
    head = {key: getattr(definition, key) for key in _HEAD}
    return validate(_EventByEvent, head | {"progression": whole}, path).named()


def _is_whole(data: Mapping[str, Any]) -> bool:
    """Whether a file says more than how confirmed change is found event by event."""
    return bool(set(data) & set(Definition.model_fields) - {*_HEAD, "progression"})
