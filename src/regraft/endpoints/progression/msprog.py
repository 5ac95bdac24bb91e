"""The settings of msprog (R) and pymsprog (Python) as a definition: same names, same defaults."""

from collections.abc import Mapping, Sequence
from typing import Any

from regraft.core.settings import validate
from regraft.endpoints.progression.rules import ProgressionDefinition

DEFAULTS: Mapping[str, Any] = {
    "outcome": "edss",
    "event": "firstCDW",
    "RAW_PIRA": False,
    "baseline": "fixed",
    "proceed_from": "firstconf",
    "sub_threshold_rebl": "none",
    "bl_geq": False,
    "relapse_rebl": False,
    "skip_local_extrema": "none",
    "conf_days": 84,
    "conf_tol_days": (7, 730.5),
    "require_sust_days": 0,
    "check_intermediate": True,
    "relapse_to_bl": 30,
    "relapse_to_event": 0,
    "relapse_to_conf": 30,
    "relapse_assoc": 90,
    "relapse_indep": None,
    "impute_last_visit": 0,
}
_EVENTS = {
    "firstCDW": "first_cdw",
    "firstCDI": "first_cdi",
    "firstPIRA": "first_pira",
    "firstRAW": "first_raw",
    "first": "first",
    "multiple": "multiple",
}
_MOVES = {
    "fixed": "fixed",
    "roving": "roving",
    "roving_impr": "roving_improvement",
    "roving_wors": "roving_worsening",
}
_THRESHOLDS: Mapping[str, list[dict[str, float]]] = {
    "edss": [
        {"baseline_from": 0.0, "points": 1.5},
        {"baseline_from": 0.5, "points": 1.0},
        {"baseline_from": 5.5, "points": 0.5},
    ],
    "sdmt": [{"baseline_from": 0.0, "points": 4.0, "percent": 20.0}],
    "t25fw": [{"baseline_from": 0.0, "percent": 20.0}],
    "nhpt": [{"baseline_from": 0.0, "percent": 20.0}],
}
_REFERENCES = {"baseline": "baseline", "last": "last_visit", "last_delta": "last_change"}
_DEFAULT_BOUNDS: Mapping[str, Any] = {"prec": (0, 0), "event": (90, 30), "conf": (90, 30)}
_EVERY_RELAPSE: Mapping[str, Any] = {
    "count": "reported",
    "merge_within_days": 0,
    "without_table": "none_happened",
    "pseudorelapse_by_length": "ignored",
    "least_days": 1,
    "pseudorelapse_by_fever": "ignored",
    "fever_within_days": 7,
    "fever_from_degc": 38.0,
}
_ANCHORS = {"prec": "reference", "event": "event", "conf": "confirmation"}


def _pair(value: Any, right: float | None = None) -> tuple[float, float]:
    """Return two numbers: a single one stands for both sides, or for the left one."""
    if isinstance(value, Sequence):
        return float(value[0]), float(value[-1])
    return float(value), float(value) if right is None else right


def _free(bounds: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the intervals free of relapse that pairs of bounds describe; an open bound joins two intervals."""
    intervals: list[dict[str, Any]] = []
    start: tuple[str, float] = ("reference", 0.0)
    for point, anchor in _ANCHORS.items():
        before, after = bounds.get(point, (0, 0))
        if before is not None:
            start = (anchor, -float(before))
        if after is not None:
            intervals.append({"start": start[0], "from_days": start[1], "end": anchor, "to_days": float(after)})
    return intervals


def _windows(days: Any, tolerance: Any) -> list[dict[str, Any]]:
    """Return confirmation windows; a mapping gives each its own tolerance."""
    found = []
    for day in days if isinstance(days, Sequence) else (days,):
        early, late = _pair(tolerance[day] if isinstance(tolerance, Mapping) else tolerance)
        window = {"days": float(day), "early_days": early}
        found.append(window if late == float("inf") else window | {"late_days": late})
    return found


def msprog(**settings: Any) -> ProgressionDefinition:
    """Return the definition that arguments of `MSprog()` describe.

    Parameters
    ----------
    **settings
        Arguments of `MSprog()` in pymsprog 1.0.7 that say how events are found; the others have its defaults.

    Raises
    ------
    SettingsProblem
        A setting that cannot be used.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.msprog(conf_days=168).confirmation.window[0].days
    168.0
    """
    s = {**DEFAULTS, **settings}
    distance = {name: _pair(s[f"relapse_to_{name}"], 0.0) for name in ("bl", "event", "conf")}
    raw = _pair(s["relapse_assoc"], 0.0)
    near = {name: {"days_after_relapse": a, "days_before_relapse": b} for name, (a, b) in distance.items()}
    bounds = s["relapse_indep"] or _DEFAULT_BOUNDS
    below = {"event": "change"}.get(s["sub_threshold_rebl"], s["sub_threshold_rebl"])
    steps = {"rows": _THRESHOLDS[s["outcome"]]}
    sustained, imputed = s["require_sust_days"], s["impute_last_visit"]
    data = {
        "name": "msprog",
        "title": "Settings of msprog",
        "source": "arguments of MSprog()",
        "scale": s["outcome"],
        "events": _EVENTS[s["event"]],
        "raw_pira": s["RAW_PIRA"],
        "edss_10": "as_recorded",
        "worsening": steps,
        "improvement": steps,
        "baseline": near["bl"]
        | {
            "start": "first_visit",
            "moves": _MOVES[s["baseline"]],
            "to": "confirmation" if s["proceed_from"] == "firstconf" else "event",
            "on_sub_threshold": below,
            "after_relapse": s["relapse_rebl"],
            "never_lower": s["bl_geq"] and s["relapse_rebl"],
            "skip_extrema": s["skip_local_extrema"],
        },
        "event": near["event"],
        "confirmation": near["conf"]
        | {
            "window": _windows(s["conf_days"], s["conf_tol_days"]),
            "every_visit_between": s["check_intermediate"],
            "sustained_to_end": sustained == float("inf"),
            "sustained_days": 0.0 if sustained == float("inf") else float(sustained),
        },
        "imputation": {"probability": 1.0, "within_days": float(imputed)}
        if imputed > 1
        else {"probability": float(imputed)},
        "relapses": {**_EVERY_RELAPSE, "raw_days_after": raw[0], "raw_days_before": raw[1]},
        "pira": {"reference": _REFERENCES[bounds.get("prec_type", "baseline")], "free": _free(bounds)},
    }
    return validate(ProgressionDefinition, data, "settings of msprog")
