"""Endpoint definitions as data: small TOML files, loaded into frozen values that say every rule in words."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from regraft.clinical.ctcae import CtcaeVersion
from regraft.core.library import LIBRARY
from regraft.core.line import Line
from regraft.core.settings import Choice, Many, Section, find_file, list_names, validate
from regraft.endpoints.definition_base import with_base

FOLDER = LIBRARY / "definitions"
Weeks = Annotated[int, Field(gt=0, le=520)]
Days = Annotated[int, Field(ge=0, le=3660)]
Steps = Annotated[float, Field(gt=0.0, le=10.0)]
Level = Annotated[float, Field(ge=1.0, le=9.5, multiple_of=0.5)]


class RelapseCount(StrEnum):
    """Which relapses count."""

    CONFIRMED = "confirmed"  # confirmed on examination; where that is not recorded, it stays unknown
    UNLESS_REFUTED = "unless_refuted"  # all but those recorded as not confirmed
    REPORTED = "reported"  # all


class Hygiene(StrEnum):
    """What a relapse needs that may be a passing worsening: too short, or with fever or infection."""

    IGNORED = "ignored"  # no such rule
    UNLESS_SHOWN = "unless_shown"  # does not count where it is recorded so
    KNOWN = "known"  # must be known not to be so; where that is not recorded, it stays unknown


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


class RelapseRules(Section):
    """Which relapses count, and when two reports are one relapse."""

    count: Choice[RelapseCount]
    merge_within_days: Days
    passing: Choice[Hygiene]
    least_days: Days
    fever: Choice[Hygiene]
    fever_within_days: Days
    fever_from_degc: Annotated[float, Field(ge=36.0, le=42.0)]
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


class SystemRules(Section):
    """Confirmed improvement of one functional system."""

    step: Annotated[int, Field(ge=1, le=6)]
    confirmation_weeks: Weeks


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
    """

    name: Line
    title: Line
    source: str
    unverified: Many[str] = ()
    confirmation_weeks: Many[Weeks] = (12, 24)
    relapse: RelapseRules
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

    def worsening_steps(self) -> NDArray[np.float64]:
        """Return the step that counts as worsening for each baseline, indexed by twice the EDSS; shape (21,)."""
        rules = self.worsening
        doubled = np.arange(21)
        steps = np.where(doubled < 2, rules.step_from_0, rules.step_from_1_to_5)
        steps = np.where(doubled == 11, rules.step_from_5_5, steps)
        return np.where(doubled > 11, rules.step_above_5_5, steps)

    def improvement_steps(self) -> NDArray[np.float64]:
        """Return the fall that counts as improvement for each baseline, indexed by twice the EDSS; shape (21,)."""
        doubled = np.arange(21)
        return np.where(doubled > 11, self.improvement.step_above_5_5, self.improvement.step_to_5_5)


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
    return validate(Definition, with_base(path, FOLDER), path)


def list_definitions() -> tuple[str, ...]:
    """Return the names of the packaged definitions."""
    return list_names(FOLDER)
