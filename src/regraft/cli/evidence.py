"""`regraft evidence list` and `regraft evidence show`: what was published, and how sure each number is."""

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from regraft.cli.options import AsJson

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from regraft.evidence.schema import Confidence, Fact, Outcome, Trial

_CAPTION = (
    "found: seen in a published abstract or page; recalled: memory of the paper, not verified in it; derived: "
    "computed\n"
    "from found numbers. Roles: fit (may be fitted), score (predicted, never fitted), context (shown only), protocol."
)


def list_command(as_json: AsJson = False) -> None:
    """List the published studies: patients, regimen, role, and how their numbers were found."""
    from regraft.api.evidence import KINDS, evidence
    from regraft.cli.tables import print_json, print_table

    kinds = [str(kind) for kind in KINDS]
    studies = evidence().to_dicts()
    if as_json:
        print_json({"studies": [{**study, "numbers": {kind: study.pop(kind) for kind in kinds}} for study in studies]})
        return
    rows = [
        [
            study["study"],
            "" if study["patients"] is None else str(study["patients"]),
            study["conditioning"] or "",
            study["role"],
            study["cohort_group"],
            *(str(study[kind]) for kind in kinds),
        ]
        for study in studies
    ]
    header = ["study", "n", "conditioning", "role", "cohort group", *kinds]
    print_table(f"{len(studies)} published studies; counts are of numbers", header, rows, _CAPTION)


def show(
    study: Annotated[str, typer.Argument(help="Name of a study, or path to an evidence file (YAML).")],
    as_json: AsJson = False,
) -> None:
    """Print one published study: every value with its interval, its source, and how it was checked."""
    from regraft.cli.tables import print_json, print_table, tell
    from regraft.evidence.registry import load_trial

    trial = load_trial(study)
    if as_json:
        print_json(trial.model_dump(mode="json"))
        return
    _print_heading(trial)
    facts = list(trial.facts())
    sources = _numbered([*(outcome.source for outcome in trial.outcomes), *(fact.source for _, fact in facts)])
    if trial.outcomes:
        header = ["outcome", "who", "at", "value", "interval", "n", "checked", "source"]
        print_table("Outcomes", header, [_outcome_row(outcome, sources) for outcome in trial.outcomes])
    if facts:
        header = ["section", "item", "value", "range or spread", "n", "checked", "source"]
        print_table("Facts", header, [[section, *_fact_row(fact, sources)] for section, fact in facts])
    for source, number in sources.items():
        tell(f"[{number}] {source}")
    tell()
    for name, note in [(o.endpoint, o.note) for o in trial.outcomes] + [(f.field, f.note) for _, f in facts]:
        if note is not None:
            tell(f"{name}: {note}")
    for name, text in trial.definitions.items():
        tell(f"Definition, {name}: {text}")
    for note in trial.notes:
        tell(f"Note: {note}")


def _numbered(sources: "Iterable[str | None]") -> dict[str, int]:
    """Number the sources in the order in which they first occur."""
    unique = dict.fromkeys(source for source in sources if source is not None)
    return {source: number for number, source in enumerate(unique, start=1)}


def _cite(source: str | None, sources: "Mapping[str, int]") -> str:
    return "" if source is None else f"[{sources[source]}]"


def _print_heading(trial: "Trial") -> None:
    from regraft.cli.tables import tell

    c = trial.citation
    place = ";".join(part for part in (str(c.year or ""), c.volume or "") if part) + (f":{c.pages}" if c.pages else "")
    tell(f"{trial.short_name} [{trial.id}]")
    tell(f"{c.authors}. {c.title}. {c.journal} {place}".rstrip() + (f". doi {c.doi}" if c.doi else ""))
    role = f"Role: {trial.use.role}; cohort group: {trial.use.cohort_group}"
    tell(role + (f" ({trial.use.note})" if trial.use.note else ""))
    counts: Counter[Confidence] = trial.confidences()
    tally = ", ".join(f"{number} {kind}" for kind, number in counts.most_common())
    tell(f"Numbers: {tally or 'none'}\n")


def _outcome_row(outcome: "Outcome", sources: "Mapping[str, int]") -> list[str]:
    who = outcome.arm if outcome.subgroup is None else f"{outcome.arm}, {outcome.subgroup}"
    at = "" if outcome.time_years is None else f"{outcome.time_years:g} y"
    value = f"{_plain(outcome.value)} {outcome.unit}".removesuffix(" text")
    value += "" if outcome.events is None else f" (events: {outcome.events})"
    interval = _bound(outcome.value, outcome.unit, outcome.n)
    if outcome.ci_low is not None or outcome.ci_high is not None:
        interval = f"{_plain(outcome.ci_low)} to {_plain(outcome.ci_high)} ({_plain(outcome.ci_level)}% CI"
        interval += f", {outcome.ci_confidence})" if outcome.ci_confidence != outcome.confidence else ")"
    n = "" if outcome.n is None else str(outcome.n)
    return [outcome.endpoint, who, at, value, interval, n, str(outcome.confidence), _cite(outcome.source, sources)]


def _bound(value: object, unit: str | None, n: int | None) -> str:
    """Say the exact limits of 0% and 100%, which are never shown alone."""
    from regraft.evidence.schema import exact_bound

    limits = exact_bound(value, unit, n)
    if limits is not None:
        return f"{limits[0]:.3g} to {limits[1]:.3g} (exact 95%, computed here)"
    return "n not given: no bound" if unit == "percent" and value in {0, 100} else ""


def _fact_row(fact: "Fact", sources: "Mapping[str, int]") -> list[str]:
    item = fact.field if fact.arm is None else f"{fact.field} ({fact.arm})"
    unit = fact.unit or ""
    empty = "" if fact.is_number else "not found"
    value = empty if fact.value is None else f"{_plain(fact.value)} {unit}".rstrip()
    spread = fact.spread or _bound(fact.value, fact.unit, fact.n)
    if fact.low is not None or fact.high is not None:
        spread = f"{_plain(fact.low)} to {_plain(fact.high)} {unit if fact.value is None else ''}".rstrip()
        spread += f" ({fact.spread})" if fact.spread else ""
    n = "" if fact.n is None else str(fact.n)
    return [item, value, spread, n, str(fact.confidence).replace("_", " "), _cite(fact.source, sources)]


def _plain(value: object) -> str:
    if value is None:
        return "?"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
