"""Short names of endpoints and measures, for tables and curves."""

_SYSTEM_WORDS = {
    "visual": "visual", "brainstem": "brainstem", "pyramidal": "pyramidal", "cerebellar": "cerebellar",
    "sensory": "sensory", "bowel_bladder": "bowel and bladder", "cerebral": "cerebral",
}  # fmt: skip
_TIMED = {"t25fw_": "Timed 25-foot walk", "nhpt_": "Nine-hole peg test", "edss_plus_": "EDSS-plus"}
_LABELS = {
    "relapse": "Clinical relapse",
    "relapse_reported": "Reported relapse, confirmed or not",
    "mri_activity": "New T2 or Gd-enhancing lesion",
    "activity_free_survival_death_event": "MS activity-free survival (death as an event)",
    "activity_free_survival_death_censored": "MS activity-free survival (death censored)",
    "neda3_failure": "Loss of NEDA-3",
    "neda4_failure": "Loss of NEDA-4",
    "secondary_progression": "Conversion to secondary progression",
    "progression_free_survival": "Progression-free survival",
    "relapse_free_survival": "Relapse-free survival",
    "event_free_survival": "Event-free survival",
    "death": "Death from any cause",
    "non_relapse_death": "Non-relapse mortality (death not due to MS)",
    "primary_graft_failure": "Primary failure of the graft",
    "secondary_graft_failure": "Secondary failure of the graft",
    "treatment_related_death": "Treatment-related death",
    "neutrophil_engraftment": "Neutrophil engraftment",
    "platelet_engraftment": "Platelet engraftment",
    "sos_ebmt2016": "Sinusoidal obstruction syndrome (EBMT 2016)",
    "sos_ebmt2023": "Sinusoidal obstruction syndrome (EBMT 2023, items recalled)",
    "sos_seattle": "Sinusoidal obstruction syndrome (modified Seattle)",
    "sos_baltimore": "Sinusoidal obstruction syndrome (Baltimore)",
    "arr_before": "Annualised relapse rate before day zero",
    "arr_after": "Annualised relapse rate after day zero",
    "relapses_before": "Relapses before day zero",
    "relapses_after": "Relapses after day zero",
    "gd_before": "Gd-enhancing lesions per scan before day zero",
    "gd_after": "Gd-enhancing lesions per scan after day zero",
    "neutrophil_engraftment_day": "Day of neutrophil engraftment",
    "platelet_engraftment_day": "Day of platelet engraftment",
    "brain_volume_change_pct_2_5y": "Brain volume change to 2.5 years",
    "brain_volume_rate_pct_per_year_late": "Brain volume change per year after 2.5 years",
    "edss_baseline": "EDSS at baseline",
    "edss_last": "EDSS at the last visit",
    "follow_up_years": "Follow-up",
    "busulfan_auc_mg_h_per_l": "Busulfan exposure (AUC)",
    "cd34_infused_1e6_per_kg": "CD34+ cells infused",
    "infection_density_to_engraftment": "Infections up to engraftment",
    "infection_density_early": "Infections from engraftment",
    "infection_density_first_year": "Infections in the rest of the first year",
    "infection_density_later": "Infections later",
    "hospital_days": "Days in hospital",
    "intensive_care_admissions": "Admissions to intensive care",
    "intensive_care_days": "Days in intensive care",
    "platelet_transfusions": "Platelet transfusions",
    "red_cell_transfusions": "Red-cell transfusions",
}


def label_of(endpoint: str) -> str:
    """Return a short name for tables.

    Examples
    --------
    >>> label_of("edss_worsening_24w")
    'EDSS worsening confirmed at 24 weeks'
    >>> label_of("improvement_24w_bowel_bladder")
    'Bowel and bladder function improved for 24 weeks'
    """
    if endpoint in _LABELS:
        return _LABELS[endpoint]
    if endpoint.startswith("edss_milestone_"):
        return f"Confirmed EDSS {endpoint.removeprefix('edss_milestone_')} or higher"
    if endpoint.startswith("death_by_day_"):
        return f"Death from any cause by day {endpoint.removeprefix('death_by_day_')}"
    for start, test in _TIMED.items():
        if endpoint.startswith(start):
            return f"{test} worsening confirmed at {endpoint.rsplit('_', 1)[1].removesuffix('w')} weeks"
    if endpoint.startswith("edss_"):
        kind, weeks = endpoint.removeprefix("edss_").rsplit("_", 1)
        return f"EDSS {kind} confirmed at {weeks.removesuffix('w')} weeks"
    if endpoint.startswith("improvement_"):
        weeks, system = endpoint.removeprefix("improvement_").split("w_", 1)
        return f"{_SYSTEM_WORDS[system].capitalize()} function improved for {weeks} weeks"
    return endpoint.replace("_", " ")
