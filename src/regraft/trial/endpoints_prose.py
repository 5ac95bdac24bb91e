"""The endpoints of a protocol in English."""

from pathlib import Path

from regraft.trial.design import Endpoints
from regraft.trial.treatment_prose import count

_ACTIVITY = "no relapse, no new T2 or enhancing lesion, no EDSS worsening sustained for 24 weeks"
_ENDPOINTS = {
    "relapse": "clinical relapse",
    "mri_activity": "new T2 or gadolinium-enhancing lesion",
    "edss_worsening_12w": "EDSS worsening sustained for 12 weeks",
    "edss_worsening_24w": "EDSS worsening sustained for 24 weeks",
    "edss_improvement_12w": "EDSS improvement sustained for 12 weeks",
    "edss_improvement_24w": "EDSS improvement sustained for 24 weeks",
    "t25fw_worsening_24w": "worsening of the timed 25-foot walk sustained for 24 weeks",
    "nhpt_worsening_24w": "worsening of the nine-hole peg test sustained for 24 weeks",
    "edss_plus_worsening_24w": "worsening of EDSS, walk or hand (EDSS-plus) sustained for 24 weeks",
    "activity_free_survival_death_event": f"MS activity-free survival, death counted as an event ({_ACTIVITY})",
    "activity_free_survival_death_censored": f"MS activity-free survival, death censored ({_ACTIVITY})",
    "edss_milestone_3": "confirmed EDSS 3 or higher",
    "edss_milestone_4": "confirmed EDSS 4 or higher",
    "edss_milestone_6": "confirmed EDSS 6 or higher",
    "edss_milestone_7": "confirmed EDSS 7 or higher",
    "secondary_progression": "conversion to secondary progression",
    "progression_free_survival": "progression-free survival",
    "relapse_free_survival": "relapse-free survival",
    "event_free_survival": "event-free survival",
    "relapse_reported": "reported relapse, confirmed or not",
    "neda3_failure": "loss of NEDA-3",
    "neda4_failure": "loss of NEDA-4",
    "death": "death of any cause",
    "death_by_day_100": "death of any cause by day 100",
    "non_relapse_death": "non-relapse mortality (death not due to MS)",
    "primary_graft_failure": "primary failure of the graft",
    "secondary_graft_failure": "secondary failure of the graft",
    "sos_ebmt2023": "sinusoidal obstruction syndrome (EBMT 2023)",
    "treatment_related_death": "treatment-related death",
    "neutrophil_engraftment": "neutrophil engraftment",
    "platelet_engraftment": "platelet engraftment",
    "sos_ebmt2016": "sinusoidal obstruction syndrome (EBMT 2016)",
    "sos_seattle": "sinusoidal obstruction syndrome (modified Seattle)",
    "sos_baltimore": "sinusoidal obstruction syndrome (Baltimore)",
}


def _endpoint(name: str) -> str:
    system = name.removeprefix("improvement_24w_").replace("_", " ")
    return _ENDPOINTS.get(name, f"improvement of the {system} functional system sustained for 24 weeks")


def endpoints(entry: Endpoints) -> list[str]:
    """Say what is primary, what else is reported, and by whose rules."""
    others = [_endpoint(name) for name in entry.reported if name != entry.primary]
    lines = [f"Primary, at {count(entry.primary_years, 'year')}: {_endpoint(entry.primary)}."]
    if others:
        lines.append(f"Also reported: {'; '.join(others)}.")
    return [*lines, f"Rules of derivation: the definitions called {Path(entry.definitions).name}."]
