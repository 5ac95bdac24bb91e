"""Endpoints and measures in words: the definition in a sentence made from the rules."""

from collections.abc import Callable, Mapping

from regraft.endpoints.definition import (
    DeathInEfficacy,
    Definition,
    EfficacySet,
    Hygiene,
    QuietScan,
    RateSince,
    RelapseCount,
)


def definition_of(endpoint: str, rules: Definition) -> str:
    """Return what counts as the endpoint, in one or two sentences; empty for a plain measure.

    Parameters
    ----------
    endpoint : str
        Name of an endpoint or measure.
    rules : Definition
        The definitions.
    """
    for start, sentence in _BY_START.items():
        if endpoint.startswith(start):
            return sentence(endpoint, rules)
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
        f"{f' Visits before day {step.counts_from_day} cannot begin it.' if step.counts_from_day else ''}"
        f"{' A death due to MS is EDSS 10; no other death is a worsening.' if step.ms_death_is_worsening else ''}"
    )


def _improvement(rules: Definition, weeks: int) -> str:
    step = rules.improvement
    return (
        f"EDSS fall from baseline of {step.step_to_5_5:g} (to 5.5) or {step.step_above_5_5:g} (above), seen at every visit "
        f"until one at least {weeks} weeks later{', and at every later visit' if step.sustained_to_end else ''}; who "
        f"starts below {step.baseline_at_least:g} is not counted."
    )


def _slower(rules: Definition) -> str:
    return (
        f"A time at least {rules.timed.percent:g}% longer than at baseline, seen at every visit until one at least "
        f"{rules.timed.confirmation_weeks} weeks later; a test that could not be done has no time and says nothing."
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
        f"{_hygiene(rules)}"
    )


def _hygiene(rules: Definition) -> str:
    """Say which worsening passes for no relapse."""
    relapse = rules.relapse
    parts = {
        f"that ended less than {relapse.least_days} day{'s' * (relapse.least_days != 1)} after its onset": relapse.passing,
        f"with fever or infection within {relapse.fever_within_days} days of its onset": relapse.fever,
    }
    shown = [part for part, rule in parts.items() if rule is not Hygiene.IGNORED]
    if not shown:
        return ""
    unsaid = [part for part, rule in parts.items() if rule is Hygiene.KNOWN]
    more = f" Where it is not recorded whether it is one {' or '.join(unsaid)}, it is unknown." if unsaid else ""
    return f" A relapse recorded as one {' or '.join(shown)} does not count.{more}"


def _mri(rules: Definition) -> str:
    needs = {
        QuietScan.BOTH: "both gadolinium and T2 were read",
        QuietScan.T2: "T2 was compared",
        QuietScan.EITHER: "gadolinium or T2 was read",
    }[rules.mri.quiet_scan_needs]
    least = rules.mri.new_lesions_at_least
    lesions = "a Gd-enhancing or a new T2 lesion" if least == 1 else f"at least {least} Gd-enhancing or new T2 lesions"
    return (
        f"First scan later than day {rules.mri.reference_until_days} with {lesions}; a scan shows "
        f"no activity only if {needs}."
    )


def _activity_free(rules: Definition, death: str) -> str:
    lesions = "no new T2 or Gd-enhancing lesion, " if rules.composite.lesions_count else ""
    return f"No relapse, {lesions}no EDSS worsening confirmed at {rules.composite.worsening_weeks} weeks. {death}"


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


def _infections(when: str) -> str:
    return f"Adverse events that name an infection, by their first day, {when}, per 1,000 days observed."


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
        rules,
        "relapse, new T2 or Gd-enhancing lesion, and EDSS worsening confirmed at WEEKS weeks"
        if rules.composite.lesions_count
        else "relapse and EDSS worsening confirmed at WEEKS weeks",
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
    "infection_density_to_engraftment": lambda _: _infections("from day zero to neutrophil engraftment"),
    "infection_density_early": lambda rules: _infections(
        f"from neutrophil engraftment to day {rules.safety.infections_early_until_day}"
    ),
    "infection_density_first_year": lambda rules: _infections(
        f"from day {rules.safety.infections_early_until_day} to day {rules.safety.infections_late_from_day}"
    ),
    "infection_density_later": lambda rules: _infections(f"from day {rules.safety.infections_late_from_day} on"),
    "hospital_days": lambda _: "From the start of conditioning (else day zero) to the first discharge after day zero.",
    "arr_before": _rate_before,
    "arr_after": lambda rules: f"{_relapse(rules).replace('First relapse', 'Relapses')} Over the time to last contact.",
}
_BY_START: Mapping[str, Callable[[str, Definition], str]] = {
    "edss_worsening": lambda endpoint, rules: f"{_worsening(rules, _weeks(endpoint))} {_efficacy(rules)}",
    "edss_improvement": lambda endpoint, rules: f"{_improvement(rules, _weeks(endpoint))} {_efficacy(rules)}",
    "edss_plus": lambda _, rules: (
        f"First of EDSS worsening, and of walk or peg test: {_slower(rules)} {_efficacy(rules)}"
    ),
    "edss_milestone_": lambda endpoint, rules: (
        f"{_milestone(rules, endpoint.removeprefix('edss_milestone_'))} {_efficacy(rules)}"
    ),
    "t25fw_": lambda _, rules: f"{_slower(rules)} {_efficacy(rules)}",
    "nhpt_": lambda _, rules: f"{_slower(rules)} {_efficacy(rules)}",
    "death_by_day_": lambda *_: (
        "Death from any cause, due to treatment or not; who lives then is censored on that day."
    ),
    "improvement_": lambda _, rules: (
        f"At least {rules.systems.step} raw grade better than at baseline at every visit for "
        f"{rules.systems.confirmation_weeks} weeks; who starts below grade {rules.systems.step} is not counted."
    ),
    "sos_": lambda _, rules: (
        "Read from bilirubin, weight and recorded signs after day zero; a value is carried forward for at most "
        f"{rules.transplant.sos_carry_forward_days} days."
    ),
}
