"""The design sections of a protocol file: eligibility, accrual, visits, MRI, endpoints, stopping."""

from datetime import date, timedelta
from enum import StrEnum
from typing import Self, final

from pydantic import Field, model_validator

from regraft.core.limits import limited
from regraft.core.line import Line
from regraft.core.settings import Choice, Issue, Many, Section, refuse, refuse_all
from regraft.core.units import DAYS_PER_MONTH
from regraft.patient.population import EraDrug


class MsCourse(StrEnum):
    """The course of MS at enrolment."""

    RELAPSING = "RRMS"
    SECONDARY_PROGRESSIVE = "SPMS"
    PRIMARY_PROGRESSIVE = "PPMS"


class StoppingRule(StrEnum):
    """What is counted against the stopping boundary."""

    TREATMENT_DEATHS = "treatment_deaths"


@final
class AgeRange(Section):
    """Ages that may enter [years]."""

    minimum: float = limited("eligibility.age_years.minimum")
    maximum: float = limited("eligibility.age_years.maximum")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.minimum > self.maximum:
            raise refuse("minimum", self.minimum, f"above the maximum of {self.maximum:g}", "Exchange the two.")
        return self


@final
class EdssRange(Section):
    """EDSS that may enter: half points from 0 to 9.5, without 0.5."""

    minimum: float = limited("eligibility.edss.minimum")
    maximum: float = limited("eligibility.edss.maximum")

    @model_validator(mode="after")
    def _on_the_scale(self) -> Self:
        for key, value in (("minimum", self.minimum), ("maximum", self.maximum)):
            if (value * 2) % 1 or value == 0.5:
                raise refuse(key, value, "no step of the EDSS", "The scale is 0, 1.0, 1.5, 2.0 ... in half points.")
        if self.minimum > self.maximum:
            raise refuse("minimum", self.minimum, f"above the maximum of {self.maximum:g}", "Exchange the two.")
        return self


@final
class PoorPrognosis(Section):
    """Either many early relapses, or early disability with pyramidal or cerebellar signs."""

    relapses_in_first_2_years: int = limited("eligibility.poor_prognosis.relapses_in_first_2_years")
    edss_minimum: float = limited("eligibility.poor_prognosis.edss_minimum")
    within_years_of_onset: float = limited("eligibility.poor_prognosis.within_years_of_onset")
    pyramidal_or_cerebellar_grade: int = limited("eligibility.poor_prognosis.pyramidal_or_cerebellar_grade")


@final
class OngoingActivity(Section):
    """Either relapses in the last year or enhancing lesions, although treated."""

    relapses_in_last_year: int = limited("eligibility.ongoing_activity.relapses_in_last_year")
    gd_lesions: int = limited("eligibility.ongoing_activity.gd_lesions")


@final
class Washout(Section):
    """The pause between the last dose of a drug and the start of mobilisation, at least."""

    drug: Choice[EraDrug]
    weeks: int = limited("eligibility.washout.weeks")

    @model_validator(mode="after")
    def _is_a_drug(self) -> Self:
        if self.drug is EraDrug.NONE:
            raise refuse("drug", str(self.drug), "no drug to pause", "Name a drug, or leave out the section.")
        return self


@final
class Eligibility(Section):
    """Who may enter; a criterion left out is not applied."""

    age_years: AgeRange
    edss: EdssRange
    courses: Many[Choice[MsCourse]] = Field(min_length=1)
    treated_years_minimum: float = limited("eligibility.treated_years_minimum")
    poor_prognosis: PoorPrognosis | None = None
    ongoing_activity: OngoingActivity | None = None
    washout: Many[Washout] = ()
    years_since_onset_maximum: float | None = limited("eligibility.years_since_onset_maximum", None)


@final
class CohortGroup(Section):
    """The part of a study's people who had one course: their share of all, and EDSS at entry where it is known."""

    course: Choice[MsCourse]
    share: float = limited("cohort.share")
    edss_mean: float | None = limited("cohort.edss_mean", None)
    edss_sd: float | None = limited("cohort.edss_sd", None)

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.edss_mean is None) != (self.edss_sd is None):
            missing = "edss_mean" if self.edss_mean is None else "edss_sd"
            raise refuse(missing, None, "missing beside the other of the two", "Give both, or leave out both.")
        return self


@final
class Site(Section):
    """A hospital and its share of the patients."""

    name: Line
    share: float = limited("accrual.sites.share")


@final
class Accrual(Section):
    """When, where and how fast people enter, and when the data are cut."""

    first_enrolment: date = limited("accrual.first_enrolment")
    months: float = limited("accrual.months")
    data_cutoff: date = limited("accrual.data_cutoff")
    sites: Many[Site] = Field(min_length=1)
    annual_withdrawal_probability: float = limited("accrual.annual_withdrawal_probability")
    acceleration: float = limited("accrual.acceleration", 1.0)  # 1: even accrual; above: most enter late

    @property
    def last_enrolment(self) -> date:
        """Return the end of the enrolment window."""
        return self.first_enrolment + timedelta(days=round(self.months * DAYS_PER_MONTH))

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        issues = []
        if self.data_cutoff <= self.first_enrolment:
            problem = f"the data would be cut before the first enrolment on {self.first_enrolment}"
            issues.append(Issue("data_cutoff", str(self.data_cutoff), problem, "Give a later date."))
        elif self.data_cutoff < self.last_enrolment:
            problem = f"the data would be cut before enrolment ends on {self.last_enrolment}"
            issues.append(Issue("data_cutoff", str(self.data_cutoff), problem, "Give a later date or fewer months."))
        total = sum(site.share for site in self.sites)
        if abs(total - 1) > 1e-6:
            issues.append(
                Issue("sites", None, f"the shares add up to {total:g}, not to 1", "Correct the shares of the sites.")
            )
        names = [site.name for site in self.sites]
        issues += [
            Issue(f"sites[{i}].name", name, "this site is listed twice", "Join the two.")
            for i, name in enumerate(names)
            if name in names[:i]
        ]
        if issues:
            raise refuse_all(issues)
        return self


@final
class VisitSchedule(Section):
    """Clinical visits: every `months_first_phase` for `first_phase_years`, then every `months_later`."""

    months_first_phase: int = limited("visits.months_first_phase")
    first_phase_years: float = limited("visits.first_phase_years")
    months_later: int = limited("visits.months_later")
    window_days: int = limited("visits.window_days")
    missed_probability: float = limited("visits.missed_probability")
    raters_blinded: bool = False  # without arms: whether raters do not know that a patient was transplanted

    @model_validator(mode="after")
    def _windows_apart(self) -> Self:
        _windows(self.window_days, min(self.months_first_phase, self.months_later))
        return self


@final
class MriSchedule(Section):
    """Brain MRI: scans before treatment, then like the visits."""

    baseline_scans: int = limited("mri.baseline_scans")
    rebaseline_months: int = limited("mri.rebaseline_months", 0)  # 0: no such scan
    months_first_phase: int = limited("mri.months_first_phase")
    first_phase_years: float = limited("mri.first_phase_years")
    months_later: int = limited("mri.months_later")
    gd: bool
    window_days: int = limited("mri.window_days")
    missed_probability: float = limited("mri.missed_probability")
    unreadable_probability: float = limited("mri.unreadable_probability")

    @model_validator(mode="after")
    def _windows_apart(self) -> Self:
        _windows(self.window_days, min(self.months_first_phase, self.months_later))
        return self


def _windows(window_days: int, months: int) -> None:
    if 2 * window_days >= months * DAYS_PER_MONTH:
        raise refuse(
            "window_days", window_days, f"windows of visits {months} months apart would overlap", "Narrow the window."
        )


@final
class Endpoints(Section):
    """What is derived, by which named definitions, and which of it is primary."""

    primary: str
    primary_years: float = limited("endpoints.primary_years")
    definitions: str = Field(min_length=1)
    reported: Many[str] = Field(min_length=1)

    @model_validator(mode="after")
    def _reports_the_primary(self) -> Self:
        if self.primary not in self.reported:
            raise refuse("primary", self.primary, "not among `reported`", "Add it there.")
        return self


@final
class Stopping(Section):
    """A boundary applied to the finished tables: reported, not acted on."""

    rule: Choice[StoppingRule]
    boundary: int = limited("stopping.boundary")
