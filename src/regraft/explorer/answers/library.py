"""What comes with regraft, as plain values: definitions, evidence and parameters."""

from typing import Any

from regraft.core.origin import standing_of
from regraft.core.parameters import FOLDER as PARAMETERS
from regraft.core.parameters import load_parameters
from regraft.core.settings import read_toml
from regraft.endpoints.definition import list_definitions, load_definition
from regraft.evidence.registry import load_library
from regraft.evidence.schema import Confidence, Fact, Outcome, Trial
from regraft.explorer.answers.drives import driven
from regraft.prediction.profile.simulate import inputs_of

_CHECKED = {Confidence.FOUND: "checked in the source", Confidence.DERIVED: "computed from checked numbers"}


def library() -> dict[str, Any]:
    """Return everything that pages show without simulating."""
    parameters = load_parameters()
    inputs = inputs_of(parameters)
    return {
        "definitions": {name: load_definition(name).title for name in list_definitions()},
        "evidence": [_study(trial) for trial in load_library()],
        "parameters": _parameters(),
        "references": {key: {"citation": one.citation, "url": one.url} for key, one in parameters.references.items()},
        "assumed": inputs.assumed_or_unverified,
        "inputs": inputs.total,
    }


def _study(trial: Trial) -> dict[str, Any]:
    cited = trial.citation
    where = ", ".join(str(part) for part in (cited.journal, cited.year, cited.volume, cited.pages) if part)
    rows = [_outcome(one) for one in trial.outcomes]
    rows += [_fact(section, one) for section, one in trial.facts() if one.value is not None]
    counts = trial.confidences()
    return {
        "id": trial.id,
        "name": trial.short_name,
        "authors": cited.authors,
        "title": cited.title,
        "where": where,
        "doi": cited.doi,
        "pmid": cited.pmid,
        "registration": list(trial.registration),
        "patients": trial.patients,
        "regimen": trial.regimen.conditioning_class or "",
        "role": str(trial.use.role),
        "rows": rows,
        "checked": counts[Confidence.FOUND] + counts[Confidence.DERIVED],
        "recalled": counts[Confidence.RECALLED] + counts[Confidence.ASSUMED],
        "notes": list(trial.notes),
    }


def _outcome(one: Outcome) -> dict[str, Any]:
    interval = ""
    if one.ci_low is not None and one.ci_high is not None:
        interval = f"{one.ci_low:g} to {one.ci_high:g} ({one.ci_level:g}% interval)"
    number = one.value if isinstance(one.value, int | float) else None
    return {
        "section": "outcomes",
        "name": one.endpoint,
        "arm": one.arm + (f", {one.subgroup}" if one.subgroup else ""),
        "when": "" if one.time_years is None else f"{one.time_years:g} years",
        "value": f"{one.value:g}" if number is not None else str(one.value),
        "number": number,
        "low": one.ci_low,
        "high": one.ci_high,
        "unit": one.unit,
        "interval": interval,
        "n": one.n,
        "source": one.source,
        "state": _state(one.confidence),
        "note": one.note or "",
    }


def _in_words(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return f"{value:g}"
        case _:
            return str(value)


def _fact(section: str, one: Fact) -> dict[str, Any]:
    interval = "" if one.low is None or one.high is None else f"{one.low:g} to {one.high:g} ({one.spread or 'range'})"
    return {
        "section": section,
        "name": one.field,
        "arm": one.arm or "",
        "when": "",
        "value": _in_words(one.value),
        "number": None,
        "low": None,
        "high": None,
        "unit": one.unit or "",
        "interval": interval,
        "n": one.n,
        "source": one.source or "",
        "state": _state(one.confidence),
        "note": one.note or "",
    }


def _state(confidence: Confidence) -> str:
    return _CHECKED.get(confidence, f"{confidence}".replace("_", " ") + ", not checked")


def _parameters() -> list[dict[str, Any]]:
    drives = driven()
    titles = _files()
    return [
        {
            "name": one.name,
            "value": f"{one.value:g}",
            "unit": "" if one.unit == "1" else one.unit,
            "range": "" if one.low is None or one.high is None else f"{one.low:g} to {one.high:g}",
            "standing": str(standing_of(one.origin, checked=one.checked)),
            "part": one.part,
            "source": one.source,
            "locator": one.locator or "",
            "why": one.why or "",
            "spread": "" if not one.sigma else f"{one.spread}, sd {one.sigma:.3g}",
            "file": titles.get(one.name, ""),
            "drives": drives.get(one.name, []),
        }
        for one in load_parameters().parameters
    ]


def _files() -> dict[str, str]:
    """Return the file in which each parameter is written."""
    found: dict[str, str] = {}
    for path in sorted(PARAMETERS.glob("*/*.toml")):
        if path.parent.name in {"references", "posterior"}:
            continue
        for key in read_toml(path):
            found[f"{path.stem}_{key}"] = f"library/parameters/{path.parent.name}/{path.name}"
    return found
