"""Names of endpoints and measures for a reader."""

from regraft.figures.systems import NAMES

LABELS = {
    "relapse": "confirmed relapse",
    "relapse_reported": "relapse, confirmed or only reported",
    "mri_activity": "new T2 or Gd-enhancing lesion",
    "activity_free_survival_death_event": "activity-free survival, death as an event",
    "activity_free_survival_death_censored": "activity-free survival, death censored",
    "neda3_failure": "NEDA-3 lost",
    "treatment_related_death": "treatment-related death",
    "sos_ebmt2016": "SOS (EBMT 2016)",
    "sos_seattle": "SOS (modified Seattle)",
    "sos_baltimore": "SOS (Baltimore)",
    "arr_before": "relapse rate before day 0",
    "arr_after": "relapse rate after day 0",
    "gd_lesions_before": "Gd-enhancing lesions before day 0",
    "gd_lesions_after": "Gd-enhancing lesions after day 0",
    "gd_scans_before": "scans with Gd before day 0",
    "gd_scans_after": "scans with Gd after day 0",
    "brain_volume_change_pct_2_5y": "brain volume change at 2.5 years",
    "brain_volume_rate_pct_per_year_late": "late rate of brain volume change",
    "cd34_infused_1e6_per_kg": "CD34+ cells infused",
    "busulfan_auc_mg_h_per_l": "busulfan exposure",
}
EDSS = {"edss_worsening": "EDSS worsening", "edss_improvement": "EDSS improvement"}
IMPROVEMENT = "improvement_24w_"


def label(name: str) -> str:
    """Return the name of an endpoint or measure for a reader.

    Examples
    --------
    >>> label("edss_worsening_24w"), label("improvement_24w_bowel_bladder"), label("years_after")
    ('EDSS worsening for 24 weeks', 'bowel and bladder better for 24 weeks', 'years after')
    """
    if name in LABELS:
        return LABELS[name]
    stem, _, weeks = name.rpartition("_")
    if stem in EDSS:
        return f"{EDSS[stem]} for {weeks.removesuffix('w')} weeks"
    if name.startswith(IMPROVEMENT):
        return f"{NAMES[name.removeprefix(IMPROVEMENT)].lower()} better for 24 weeks"
    return name.replace("_", " ")
