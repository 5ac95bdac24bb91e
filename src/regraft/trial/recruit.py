"""The numbers of a population and of a protocol's eligibility, put together for the search for patients."""

from typing import Any

from regraft.core.errors import InputError
from regraft.core.units import WEEKS_PER_MONTH
from regraft.enrolment.criteria import Recruitment
from regraft.patient.population import Population
from regraft.therapy.drugs import drug_code
from regraft.trial.design import MsCourse
from regraft.trial.protocol import Protocol

_NO_LIMIT = 1000.0
_FIELD = {
    MsCourse.RELAPSING: "relapsing",
    MsCourse.SECONDARY_PROGRESSIVE: "secondary_progressive",
    MsCourse.PRIMARY_PROGRESSIVE: "primary_progressive",
}


def recruitment_of(protocol: Protocol, population: Population) -> Recruitment:
    """Return what the search for patients needs, as plain numbers.

    A criterion the protocol leaves out is set so that everybody meets it.

    Raises
    ------
    InputError
        The protocol takes only courses, or ages, that nobody in the population has.
    """
    rules = protocol.eligibility
    share = population.primary_progressive.share
    if set(rules.courses) == {MsCourse.PRIMARY_PROGRESSIVE} and share == 0.0:
        raise InputError(
            f"protocol {protocol.name}: eligibility.courses = {[str(c) for c in rules.courses]}, but nobody in "
            "population "
            f"{population.name} has primary progressive MS. Set primary_progressive.share in the population file, or "
            "add RRMS or SPMS."
        )
    onset, ages = population.onset_age_years, rules.age_years
    if ages.maximum < onset.minimum:
        raise InputError(
            f"protocol {protocol.name}: eligibility.age_years.maximum = {ages.maximum:g}, but nobody in population "
            f"{population.name} falls ill before onset_age_years.minimum = {onset.minimum:g}. Correct one of the two."
        )
    poor, active = rules.poor_prognosis, rules.ongoing_activity
    return Recruitment(
        onset_age_mean_years=population.onset_age_years.mean,
        onset_age_sd_years=population.onset_age_years.sd,
        onset_age_minimum_years=population.onset_age_years.minimum,
        onset_age_maximum_years=population.onset_age_years.maximum,
        female_share=population.female_share.value,
        height_female_mean_cm=population.height_cm.female_mean,
        height_female_sd_cm=population.height_cm.female_sd,
        height_male_mean_cm=population.height_cm.male_mean,
        height_male_sd_cm=population.height_cm.male_sd,
        bmi_mean=population.body_mass_index.mean,
        bmi_cv=population.body_mass_index.cv_pct / 100.0,
        bmi_minimum=population.body_mass_index.minimum,
        bmi_maximum=population.body_mass_index.maximum,
        diagnosis_delay_mean_years=max(population.diagnosis_delay_years.mean, 1e-9),
        visit_weeks=max(1, round(population.referral.visit_months * WEEKS_PER_MONTH)),
        referral_per_sign=population.referral.probability_per_sign,
        referral_without_signs=population.referral.probability_without_signs,
        give_up_years=population.referral.give_up_years,
        first_drug=drug_code(population.era.first_drug),
        second_drug=drug_code(population.era.second_drug),
        third_drug=drug_code(population.era.third_drug),
        start_after_diagnosis_years=population.era.start_after_diagnosis_years,
        switch_after_relapses=population.era.switch_after_relapses_on_drug,
        third_drug_share=population.era.third_drug_share,
        steroid_share=population.steroids.treated_share,
        age_minimum_years=float(rules.age_years.minimum),
        age_maximum_years=float(rules.age_years.maximum),
        edss_minimum=rules.edss.minimum,
        edss_maximum=rules.edss.maximum,
        takes_relapsing=float(MsCourse.RELAPSING in rules.courses),
        takes_secondary_progressive=float(MsCourse.SECONDARY_PROGRESSIVE in rules.courses),
        treated_years_minimum=rules.treated_years_minimum,
        poor_relapses_in_first_2_years=poor.relapses_in_first_2_years if poor else 0,
        poor_edss_minimum=poor.edss_minimum if poor else 0.0,
        poor_within_years=poor.within_years_of_onset if poor else _NO_LIMIT,
        poor_grade=float(poor.pyramidal_or_cerebellar_grade) if poor else 0.0,
        active_relapses_in_last_year=active.relapses_in_last_year if active else 0,
        active_gd_lesions=active.gd_lesions if active else 0,
        primary_progressive_share=share,
        primary_progressive_later_years=population.primary_progressive.onset_later_years,
        primary_progressive_female_share=(
            population.female_share.value
            if population.primary_progressive.female_share is None
            else population.primary_progressive.female_share
        ),
        takes_primary_progressive=float(MsCourse.PRIMARY_PROGRESSIVE in rules.courses),
        duration_maximum_years=rules.years_since_onset_maximum or _NO_LIMIT,
    )._replace(**_cohort(protocol))


def _cohort(protocol: Protocol) -> dict[str, Any]:
    """Return the published mix of courses and their EDSS, by name of the field; empty if the protocol tells none."""
    if not protocol.cohort:
        return {}
    fields = {"cohort_is_known": 1.0}
    for group in protocol.cohort:
        stem = f"cohort_{_FIELD[group.course]}"
        if group.course is not MsCourse.PRIMARY_PROGRESSIVE:  # what the other two leave
            fields[f"{stem}_share"] = group.share
        if group.edss_mean is not None and group.edss_sd is not None:
            fields |= {f"{stem}_edss_mean": group.edss_mean, f"{stem}_edss_sd": group.edss_sd}
    return fields
