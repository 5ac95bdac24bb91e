"""Who is looked for: the numbers of a population and of a trial's eligibility, as kernels read them."""

from typing import NamedTuple


class Recruitment(NamedTuple):
    """Population and eligibility in plain numbers; weeks and years as named, shares between 0 and 1.

    An EDSS of standard deviation 0 is not looked for.
    """

    onset_age_mean_years: float
    onset_age_sd_years: float
    onset_age_minimum_years: float
    onset_age_maximum_years: float
    female_share: float
    height_female_mean_cm: float
    height_female_sd_cm: float
    height_male_mean_cm: float
    height_male_sd_cm: float
    bmi_mean: float
    bmi_cv: float
    bmi_minimum: float
    bmi_maximum: float
    diagnosis_delay_mean_years: float
    visit_weeks: int
    referral_per_sign: float
    referral_without_signs: float
    give_up_years: float
    first_drug: int
    second_drug: int
    third_drug: int
    start_after_diagnosis_years: float
    switch_after_relapses: int
    third_drug_share: float
    steroid_share: float
    age_minimum_years: float
    age_maximum_years: float
    edss_minimum: float
    edss_maximum: float
    takes_relapsing: float
    takes_secondary_progressive: float
    treated_years_minimum: float
    poor_relapses_in_first_2_years: int
    poor_edss_minimum: float
    poor_within_years: float
    poor_grade: float
    active_relapses_in_last_year: int
    active_gd_lesions: int
    primary_progressive_share: float = 0.0
    primary_progressive_later_years: float = 0.0
    primary_progressive_female_share: float = 0.5
    takes_primary_progressive: float = 0.0
    duration_minimum_years: float = 0.0
    duration_maximum_years: float = 1000.0
    relapses_in_last_year_maximum: int = 1000
    relapses_in_last_year_minimum: int = 0
    gd_lesions_minimum: int = 0
    gd_lesions_maximum: int = 1000
    cohort_is_known: float = 0.0
    cohort_relapsing_share: float = 0.0
    cohort_secondary_progressive_share: float = 0.0
    cohort_relapsing_edss_mean: float = 0.0
    cohort_relapsing_edss_sd: float = 0.0
    cohort_secondary_progressive_edss_mean: float = 0.0
    cohort_secondary_progressive_edss_sd: float = 0.0
    cohort_primary_progressive_edss_mean: float = 0.0
    cohort_primary_progressive_edss_sd: float = 0.0
