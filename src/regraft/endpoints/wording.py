"""Endpoints and measures in words: a label for tables, and the definition in a sentence made from the rules."""

from collections.abc import Callable, Mapping

from regraft.endpoints.definition import DeathInEfficacy, Definition, EfficacySet, QuietScan, RateSince, RelapseCount

_SYSTEM_WORDS = {
    "visual": "visual", "brainstem": "brainstem", "pyramidal": "pyramidal", "cerebellar": "cerebellar",
    "sensory": "sensory", "bowel_bladder": "bowel and bladder", "cerebral": "cerebral",
}  # fmt: skip
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
    if endpoint.startswith("edss_"):
        kind, weeks = endpoint.removeprefix("edss_").rsplit("_", 1)
        return f"EDSS {kind} confirmed at {weeks.removesuffix('w')} weeks"
    if endpoint.startswith("improvement_"):
        weeks, system = endpoint.removeprefix("improvement_").split("w_", 1)
        return f"{_SYSTEM_WORDS[system].capitalize()} function improved for {weeks} weeks"
    return endpoint.replace("_", " ")


def definition_of(endpoint: str, rules: Definition) -> str:
    """Return what counts as the endpoint, in one or two sentences; empty for a plain measure.

    Parameters
    ----------
    endpoint : str
        Name of an endpoint or measure.
    rules : Definition
        The definitions.
    """
    if endpoint.startswith("edss_worsening"):
        return f"{_worsening(rules, _weeks(endpoint))} {_efficacy(rules)}"
    if endpoint.startswith("edss_milestone_"):
        return f"{_milestone(rules, endpoint.removeprefix('edss_milestone_'))} {_efficacy(rules)}"
    if endpoint.startswith("death_by_day_"):
        return "Death from any cause, due to treatment or not; who lives then is censored on that day."
    if endpoint.startswith("edss_improvement"):
        return f"{_improvement(rules, _weeks(endpoint))} {_efficacy(rules)}"
    if endpoint.startswith("improvement_"):
        return (
            f"At least {rules.systems.step} raw grade better than at baseline at every visit for "
            f"{rules.systems.confirmation_weeks} weeks; who starts below grade {rules.systems.step} is not counted."
        )
    if endpoint.startswith("sos_"):
        return (
            "Read from bilirubin, weight and recorded signs after day zero; a value is carried forward for at most "
            f"{rules.transplant.sos_carry_forward_days} days."
        )
    words = _BY_NAME.get(endpoint)
    return words(rules) if words is not None else ""


def _weeks(endpoint: str) -> int:
    return int(endpoint.rsplit("_", 1)[1].removesuffix("w"))


def _worsening(rules: Definition, weeks: int) -> str:
    step = rules.worsening
    early = step.confirmation_may_be_early_by_days
    return (
        f"EDSS rise from baseline of {step.step_from_0:g} (from 0), {step.step_from_1_to_5:g} (from 1.0 to 5.0), "
        f"{step.step_from_5_5:g} (from 5.5) or {step.step_above_5_5:g} (above), seen at every visit until one at least "
        f"{weeks} weeks later{f' (less {early} days)' if early else ''}, not within "
        f"{step.confirmation_days_from_relapse} days of a relapse"
        f"{', and at every later visit' if step.sustained_to_end else ''}."
        f"{' A death due to MS is EDSS 10; no other death is a worsening.' if step.ms_death_is_worsening else ''}"
    )


def _improvement(rules: Definition, weeks: int) -> str:
    step = rules.improvement
    return (
        f"EDSS fall from baseline of {step.step_to_5_5:g} (to 5.5) or {step.step_above_5_5:g} (above), seen at every visit "
        f"until one at least {weeks} weeks later{', and at every later visit' if step.sustained_to_end else ''}; who "
        f"starts below {step.baseline_at_least:g} is not counted."
    )


def _efficacy(rules: Definition) -> str:
    """Say what a death does to an endpoint of efficacy."""
    death = "censors" if rules.death.in_efficacy is DeathInEfficacy.CENSORED else "competes"
    counted = {
        EfficacySet.ALL: "",
        EfficacySet.ASSESSED: "; who was never assessed after day zero is not counted",
        EfficacySet.TRANSPLANTED: "; who was not transplanted, or never assessed after it, is not counted",
    }[rules.death.efficacy_set]
    return f"Death {death}{counted}."


def _relapse(rules: Definition) -> str:
    which = {
        RelapseCount.CONFIRMED: "confirmed on examination",
        RelapseCount.UNLESS_REFUTED: "reported and not refuted on examination",
        RelapseCount.REPORTED: "reported",
    }[rules.relapse.count]
    return (
        f"First relapse after day zero, {which}; onsets within {rules.relapse.merge_within_days} days are one relapse."
    )


def _mri(rules: Definition) -> str:
    needs = {
        QuietScan.BOTH: "both gadolinium and T2 were read",
        QuietScan.T2: "T2 was compared",
        QuietScan.EITHER: "gadolinium or T2 was read",
    }[rules.mri.quiet_scan_needs]
    return (
        f"First scan later than day {rules.mri.reference_until_days} with a Gd-enhancing or a new T2 lesion; a scan shows "
        f"no activity only if {needs}."
    )


def _activity_free(rules: Definition, death: str) -> str:
    return (
        "No relapse, no new T2 or Gd-enhancing lesion, no EDSS worsening confirmed at "
        f"{rules.composite.worsening_weeks} weeks. {death}"
    )


def _milestone(rules: Definition, level: str) -> str:
    weeks = rules.milestones.confirmation_weeks
    return f"EDSS {level} or higher, seen at every visit until one at least {weeks} weeks later; who is there at baseline is not counted."


def _secondary(rules: Definition) -> str:
    step = rules.secondary
    system = ", its leading functional system still worse" if step.confirmed_in_leading_system else ""
    return (
        f"EDSS rise of {step.step_to_5_5:g} (to 5.5) or {step.step_above_5_5:g} (above) from the lowest since the last "
        f"relapse, to at least {step.edss_at_least:g} with a pyramidal grade of at least {step.pyramidal_at_least}, without "
        f"a relapse, confirmed after {step.confirmation_days} days{system}. {_efficacy(rules)}"
    )


def _survival(rules: Definition, free_of: str) -> str:
    death = "Death from any cause is an event." if rules.survival.death_is_event else _efficacy(rules)
    return f"Free of {free_of.replace('WEEKS', str(rules.composite.worsening_weeks))}. {death}"


def _neda(rules: Definition, also: str = "") -> str:
    return (
        f"First of relapse, new T2 or Gd-enhancing lesion, {also}and EDSS worsening confirmed at "
        f"{rules.composite.worsening_weeks} weeks, counted from a re-baseline on day {rules.composite.neda_rebaseline_days}. "
        f"{_efficacy(rules)}"
    )


def _neda4(rules: Definition) -> str:
    brain = rules.brain
    return _neda(
        rules, f"brain volume loss above {brain.loss_pct_per_year:g}% a year since day {brain.loss_reference_days}, "
    )


def _graft_loss(rules: Definition) -> str:
    return (
        f"After engraftment, neutrophils below 0.5e9/L again at {rules.transplant.graft_loss_measurements} measurements in "
        "a row; who did not engraft is not counted."
    )


def _rate_before(rules: Definition) -> str:
    since = {
        RateSince.DIAGNOSIS: "from diagnosis",
        RateSince.ONSET: "from onset",
        RateSince.YEARS: f"in the {rules.relapse.rate_before_years:g} years before",
    }[rules.relapse.rate_before_since]
    return f"Relapses {since} to day zero, over that time."


_BY_NAME: Mapping[str, Callable[[Definition], str]] = {
    "relapse": lambda rules: f"{_relapse(rules)} {_efficacy(rules)}",
    "relapse_reported": lambda rules: f"First reported relapse after day zero. {_efficacy(rules)}",
    "mri_activity": lambda rules: f"{_mri(rules)} {_efficacy(rules)}",
    "activity_free_survival_death_event": lambda rules: _activity_free(rules, "Death from any cause is an event."),
    "activity_free_survival_death_censored": lambda rules: _activity_free(rules, _efficacy(rules)),
    "neda3_failure": _neda,
    "neda4_failure": _neda4,
    "secondary_progression": _secondary,
    "progression_free_survival": lambda rules: _survival(rules, "EDSS worsening confirmed at WEEKS weeks"),
    "relapse_free_survival": lambda rules: _survival(rules, "relapse"),
    "event_free_survival": lambda rules: _survival(
        rules, "relapse, new T2 or Gd-enhancing lesion, and EDSS worsening confirmed at WEEKS weeks"
    ),
    "non_relapse_death": lambda _: "Death due to treatment or another cause; deaths due to MS compete.",
    "primary_graft_failure": lambda rules: (
        f"Neutrophils have not engrafted by day {rules.transplant.graft_failure_day}."
    ),
    "secondary_graft_failure": _graft_loss,
    "death": lambda _: "Death from any cause; the living are censored at their last contact.",
    "treatment_related_death": lambda _: "Death recorded as due to treatment; other deaths compete.",
    "neutrophil_engraftment": lambda _: "First of 3 consecutive measurements of at least 0.5e9/L after the nadir.",
    "platelet_engraftment": lambda rules: (
        "First of 3 consecutive measurements of at least 20e9/L after the nadir, without a transfusion in the "
        f"{rules.transplant.platelet_transfusion_free_days} days before."
    ),
    "arr_before": _rate_before,
    "arr_after": lambda rules: f"{_relapse(rules).replace('First relapse', 'Relapses')} Over the time to last contact.",
}
