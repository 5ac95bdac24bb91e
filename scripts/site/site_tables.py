"""Reference pages of every endpoint, every set of definitions and every parameter, from the program's own values."""

import re
from itertools import groupby
from pathlib import Path

import numpy as np

from regraft.core.origin import standing_of
from regraft.core.parameters import Parameter, ParameterSet, Spread, load_parameters
from regraft.core.posterior import load_posterior
from regraft.endpoints.catalogue import Catalogue, catalogue_of
from regraft.endpoints.definition import list_definitions, list_progressions, load_definition, load_progression
from regraft.endpoints.endpoint import Endpoint, Group, Measure, Rate, Reading

SENSITIVITY = Path(__file__).resolve().parents[2] / "docs" / "sensitivity.md"
GROUPS = {
    Group.ACTIVITY: "Activity and survival",
    Group.DISABILITY: "Disability",
    Group.SYSTEM: "Functional systems",
    Group.BRAIN: "Brain volume",
    Group.GRAFT: "Graft and treatment",
    Group.DEATH: "Death",
    Group.SAFETY: "Safety",
    Group.LABORATORY: "Laboratory",
    Group.BURDEN: "Burden of treatment",
    Group.FOLLOW_UP: "Follow-up",
}
READINGS = {
    Reading.FREE_AT: "share free of it at a time (Kaplan-Meier)",
    Reading.PROPORTION: "share with the event",
    Reading.RATE: "rate",
    Reading.MEAN: "mean",
    Reading.MEDIAN: "median",
    Reading.NONE: "a part of a rate",
}
ABOUT_ENDPOINTS = """\
Another set of definitions has other rules, and may derive other endpoints: [definitions side by
side](../explanation/definitions-side-by-side.md). The rules below are generated from the values that are applied.
Commands, Python and files use the `name` of an endpoint.
"""
ABOUT_PARAMETERS = """\
- *measured*: read in a paper. *pooled*: from several papers. *fitted*: chosen so that the model agrees with observed
  data. *assumed*: with the reason given here. *unchecked*: recalled, and not looked up in the source.
- *between patients*: the scale on which people differ, and the standard deviation on it.
- *calibrated*: median and central 95% of the packaged posterior, from which simulated trials take the parameter.
- *moves*: the mean effect on an outcome, in percentage points, where it is among the largest in
  [Which parameters drive the outcome](../sensitivity.md).
"""
SIDE_BY_SIDE = {
    "relapse": "Relapse",
    "mri_activity": "Activity on MRI",
    "edss_worsening_24w": "EDSS worsening confirmed at 24 weeks",
    "edss_improvement_24w": "EDSS improvement confirmed at 24 weeks",
    "activity_free_survival_death_event": "MS activity-free survival",
    "event_free_survival": "Event-free survival",
    "neda3_failure": "Loss of NEDA-3",
    "arr_after": "Relapse rate after day zero",
}


def table_pages() -> dict[str, str]:
    """Return every page of this kind by its path."""
    return {
        "reference/endpoints.md": _endpoints(catalogue_of(load_definition("consensus"))),
        "reference/definitions.md": _definitions(),
        "explanation/definitions-side-by-side.md": _side_by_side(),
        "reference/parameters.md": _parameters(),
        "reference/sources.md": _sources(),
    }


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("$", "\\$")


def _filter(page_has: str) -> str:
    return (
        f'<p class="filter-rows" hidden><label>Show only rows that hold <input type="search"></label> '
        f'<output aria-live="polite"></output> of {page_has}</p>'
    )


def _endpoints(catalogue: Catalogue) -> str:
    entries = [*catalogue.endpoints.values(), *catalogue.measures.values(), *catalogue.rates.values()]
    counts = (
        f"{len(catalogue.endpoints)} endpoints, {len(catalogue.measures)} measures and {len(catalogue.rates)} rates"
    )
    derived = f"What `regraft analyse` derives by the set `{catalogue.definition.name}`: {counts}."
    lines = ["# Every endpoint", "", derived, "", ABOUT_ENDPOINTS, _filter(f"{len(entries)} endpoints"), ""]
    for group, title in GROUPS.items():
        rows = [_endpoint_row(one) for one in entries if one.group is group]
        if rows:
            lines += [f"## {title}", "", "| name | what it is | read as | rule |", "|---|---|---|---|", *rows, ""]
    return "\n".join(lines)


def _endpoint_row(one: Endpoint | Measure | Rate) -> str:
    reading = getattr(one, "reading", Reading.RATE)
    unit = getattr(one, "unit", "")
    needs = getattr(one, "needs", "")
    rule = one.rule or (f"Needs {needs} (table `{getattr(one, 'table', '')}`)." if needs else "")
    read = READINGS[reading] + (f", {unit}" if unit else "")
    return f"| `{one.name}` | {_cell(one.label)} | {read} | {_cell(rule)} |"


def _definitions() -> str:
    lines = [
        "# Every set of definitions",
        "",
        "For `regraft analyse DIR --definition NAME` (whole sets) and",
        "`regraft endpoints DIR --definition NAME --out FILE.csv` (all of them).",
        "`regraft copy definitions/consensus` copies one to change.",
        "",
        "| name | title | serves | source |",
        "|---|---|---|---|",
    ]
    whole = set(list_definitions())
    for name in list_progressions():
        one = load_definition(name) if name in whole else load_progression(name)
        serves = "reports and events" if name in whole else "events"
        lines.append(f"| `{name}` | {_cell(one.title)} | {serves} | {_cell(one.source)} |")
    lines += ["", "## What is not verified in them", ""]
    for name in sorted(whole):
        unverified = load_definition(name).unverified
        if unverified:
            lines += [f"### {name}", "", *[f"- {sentence}" for sentence in unverified], ""]
    return "\n".join(lines)


def _side_by_side() -> str:
    catalogues = {name: catalogue_of(load_definition(name)) for name in list_definitions()}
    lines = [
        "# Definitions side by side",
        "",
        "Two papers may use the same word for different endpoints. This page gives the rule of each set of",
        "definitions, generated from its values. Sets with the same rule share a row.",
        "`regraft multiverse DIR` shows how much the choice changes your own results. Why this matters:",
        "[why the numbers of two studies differ](why-numbers-differ.md).",
        "",
    ]
    for name, title in SIDE_BY_SIDE.items():
        said: dict[str, list[str]] = {}
        for key, one in catalogues.items():
            found = one.endpoints.get(name) or one.rates.get(name)
            said.setdefault(found.rule if found else "not derived by this set", []).append(key)
        rows = [f"| {', '.join(f'`{key}`' for key in keys)} | {_cell(rule)} |" for rule, keys in said.items()]
        lines += [f"## {title}", "", "| set | rule |", "|---|---|", *rows, ""]
    return "\n".join(lines)


def _parameters() -> str:
    tree = load_parameters()
    moved, fitted = _moved(), _fitted(tree)
    counts = "; ".join(f"{count} {standing}" for standing, count in sorted(tree.counts().items(), key=lambda x: -x[1]))
    lines = [
        "# Every parameter",
        "",
        f"The {len(tree.parameters)} numbers of the model: {counts}.",
        "",
        ABOUT_PARAMETERS,
    ]
    lines += [_filter(f"{len(tree.parameters)} parameters"), ""]
    for part, group in groupby(tree.parameters, key=lambda one: one.part):
        lines += [
            f"## {part.capitalize()}",
            "",
            "| parameter | value | range | between patients | origin | why, where |",
        ]
        lines.append("|---|---|---|---|---|---|")
        lines += [_parameter_row(one, moved.get(one.name, ""), fitted.get(one.name, "")) for one in group]
        lines.append("")
    return "\n".join(lines)


def _parameter_row(one: Parameter, moved: str, fitted: str) -> str:
    unit = "" if one.unit == "1" else f" {_cell(one.unit)}"
    span = f"{one.low:g} to {one.high:g}" if one.low is not None and one.high is not None else ""
    spread = "" if one.spread is Spread.NONE else f"{one.spread.value}, {one.sigma:.3g}"
    said = [one.why or "", one.locator or ""]
    if one.source:
        said.append(f'<a href="sources.html#{_slug(one.source)}">{one.source}</a>')
    if one.covariates:
        said.append(f"depends on: {one.covariates}")
    if fitted:
        said.append(f"calibrated: {fitted}")
    if moved:
        said.append(f"moves {moved}")
    text = "; ".join(part if part.startswith("<a") else _cell(part) for part in said if part)
    standing = standing_of(one.origin, checked=one.checked)
    return f"| `{one.name}` | {one.value:g}{unit} | {span} | {spread} | {standing.value} | {text} |"


def _slug(key: str) -> str:
    return re.sub(r"[^a-z0-9-]", "-", key.lower())


def _moved() -> dict[str, str]:
    """Return what each parameter moves, from the page that the sensitivity analysis made."""
    moved: dict[str, list[str]] = {}
    outcome = ""
    for line in SENSITIVITY.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            outcome = line.removeprefix("## ").lower()
        row = re.match(r"\| `(\w+)` \| ([\d.]+)", line)
        if row:
            moved.setdefault(row[1], []).append(f"{outcome} by {row[2]}")
    return {name: ", ".join(effects) for name, effects in moved.items()}


def _fitted(tree: ParameterSet) -> dict[str, str]:
    """Return median and 95% interval of each calibrated parameter over the draws of the packaged posterior."""
    posterior = load_posterior()
    if posterior is None:
        return {}
    values = posterior.typical_values(tree)
    fitted = {}
    for one in posterior.calibrated:
        if one.is_parameter:
            column = tree.places[one.name]
            low, middle, high = np.quantile(values[:, column], [0.025, 0.5, 0.975])
            fitted[tree.names[column]] = f"{middle:.3g} ({low:.3g} to {high:.3g})"
    return fitted


def _sources() -> str:
    tree = load_parameters()
    used: dict[str, list[str]] = {}
    for one in tree.parameters:
        if one.source:
            used.setdefault(one.source, []).append(one.name)
    lines = [
        "# Every source of a parameter",
        "",
        f"{len(tree.references)} works. Published trials and their outcomes stand apart: `regraft evidence list`.",
        "",
        _filter(f"{len(tree.references)} works"),
        "",
        "| key | work | parameters |",
        "|---|---|---|",
    ]
    for key, work in sorted(tree.references.items()):
        link = f" [link]({work.url})" if work.url else ""
        anchor = f'<span id="{_slug(key)}"></span>'
        names = ", ".join(f"`{name}`" for name in used.get(key, ()))
        lines.append(f"| {anchor}{key} | {_cell(work.citation)}{link} | {names} |")
    return "\n".join([*lines, ""])
