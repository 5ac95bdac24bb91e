"""Measures of one subject: their units, and what a study needs to give them."""

from collections.abc import Mapping

from regraft.clinical.ctcae import GRADED_TESTS
from regraft.endpoints.definition import Definition
from regraft.endpoints.safety import PERIODS
from regraft.study.tables import Study

UNITS: Mapping[str, str] = {
    "arr_before": "relapses/year", "arr_after": "relapses/year", "relapses_before": "relapses",
    "relapses_after": "relapses", "years_before": "years", "years_after": "years", "gd_lesions_before": "lesions",
    "gd_scans_before": "scans", "gd_lesions_after": "lesions", "gd_scans_after": "scans",
    "neutrophil_engraftment_day": "day", "platelet_engraftment_day": "day", "brain_volume_change_pct_2_5y": "%",
    "brain_volume_rate_pct_per_year_late": "%/year", "edss_baseline": "EDSS", "edss_last": "EDSS",
    "follow_up_years": "years", "busulfan_auc_mg_h_per_l": "mg*h/L", "cd34_infused_1e6_per_kg": "1e6/kg",
    **{f"infections_{period}": "infections" for period in PERIODS},
    **{f"infection_days_{period}": "days" for period in PERIODS},
    "hospital_days": "days", "intensive_care_admissions": "admissions", "intensive_care_days": "days", "platelet_transfusions": "transfusions",
    "red_cell_transfusions": "transfusions",
}  # fmt: skip

_NEEDS: Mapping[str, tuple[str, str]] = {
    "relapses_before": ("relapses", "a date from which relapses are counted"),
    "arr_before": ("relapses", "a date from which relapses are counted"),
    "years_before": ("subjects", "a date from which relapses are counted"),
    "relapses_after": ("relapses", "follow-up after day zero in which every relapse is known to count or not"),
    "arr_after": ("relapses", "follow-up after day zero in which every relapse is known to count or not"),
    **dict.fromkeys(
        ("gd_lesions_before", "gd_scans_before", "gd_lesions_after", "gd_scans_after"), ("mri_scans", "a scan")
    ),
    "brain_volume_change_pct_2_5y": ("mri_scans", "brain volumes before day zero and two and a half years later"),
    "brain_volume_rate_pct_per_year_late": ("mri_scans", "brain volumes before day zero and late after it"),
    "neutrophil_engraftment_day": ("labs", "a known day"),
    "platelet_engraftment_day": ("labs", "a known day"),
    "busulfan_auc_mg_h_per_l": ("labs", "a busulfan exposure"),
    "cd34_infused_1e6_per_kg": ("grafts", "an infused graft"),
    "edss_last": ("visits", "an EDSS after day zero"),
    "edss_baseline": ("visits", "an EDSS up to day zero"),
    **dict.fromkeys(
        (f"infections_{period}" for period in PERIODS),
        ("adverse_events", "a transplantation and follow-up in this period, with a known engraftment"),
    ),
    **dict.fromkeys(
        (f"infection_days_{period}" for period in PERIODS),
        ("procedures", "a transplantation and follow-up in this period, with a known engraftment"),
    ),
    **dict.fromkeys((f"worst_ctcae_grade_{test}" for test in GRADED_TESTS), ("labs", "a value after conditioning")),
    "hospital_days": ("procedures", "a discharge after a transplantation"),
    "intensive_care_admissions": ("procedures", "an admission to intensive care: perhaps none was recorded"),
    "intensive_care_days": ("procedures", "a stay in intensive care with its end: perhaps none was recorded"),
    "platelet_transfusions": ("procedures", "a transfusion of platelets: perhaps none was recorded"),
    "red_cell_transfusions": ("procedures", "a transfusion of red cells: perhaps none was recorded"),
}


def unit_of(measure: str, definition: Definition) -> str:
    """Return the unit of a measure; a grade carries the version of its criteria."""
    if measure.startswith("worst_ctcae_grade_"):
        return f"grade (CTCAE {definition.safety.ctcae_version})"
    return UNITS[measure]


def why_missing(study: Study, measure: str) -> str:
    """Return why no subject of a study has a measure."""
    needed = _NEEDS.get(measure, ("visits", ""))
    if not study.has(needed[0]):
        return f"the study has no table {needed[0]}"
    return f"no subject has {needed[1]}" if needed[1] else "no subject has the values it needs"
