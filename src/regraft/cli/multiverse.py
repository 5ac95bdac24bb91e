"""`regraft multiverse`: every named definition of confirmed worsening at once, and how far the conclusion moves."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regraft.cli.options import AsJson

if TYPE_CHECKING:
    from regraft.endpoints.multiverse import Answer

YEARS = (2.0, 5.0)
_DAYS = 365.25
_CAUTION = (
    "Free of the event by Kaplan-Meier, censored at the last visit, with 95% interval. Definitions marked msprog "
    "count from\n"
    "the first visit, the others from day zero (transplantation, enrolment or first EDSS). PIRA, RAW and improvement "
    "are\nother questions and are not compared with the reference."
)


def multiverse(
    directory: Annotated[
        Path, typer.Argument(help="Folder of a study: Parquet or CSV tables, or foreign files and a mapping.")
    ],
    mapping: Annotated[
        Path | None, typer.Option(help="Mapping file or name (such as msprog), if none lies in the folder.")
    ] = None,
    reference: Annotated[str, typer.Option(help="The definition the others are compared with.")] = "consensus",
    as_json: AsJson = False,
) -> None:
    """Derive confirmed worsening by every named definition, and show how much the answer depends on it."""
    from regraft.cli.tables import print_json
    from regraft.endpoints.definition import list_progressions, load_progression
    from regraft.endpoints.multiverse import Question, apply_all
    from regraft.study.store import read_checked

    chosen = load_progression(reference)
    study, _ = read_checked(directory, mapping)
    named = [load_progression(name) for name in list_progressions() if name != chosen.name]
    found = apply_all(study, [chosen, *named])
    _refuse_without_reference(found.left_out, chosen.name, directory)
    base, *others = found.answers
    order = list(Question)
    rows = [_row(answer, base) for answer in (base, *sorted(others, key=lambda answer: order.index(answer.question)))]
    document = {
        "directory": str(directory),
        "title": study.about.title,
        "simulated": study.about.simulated,
        "subjects": int(base.known.size),
        "reference": chosen.name,
        "definitions": rows,
        "spread": _spread(rows),
        "not_derivable": [{"definition": name, "reason": why} for name, why in found.left_out],
    }
    if as_json:
        print_json(document)
        return
    _print(document)


def _refuse_without_reference(left_out: tuple[tuple[str, str], ...], reference: str, directory: Path) -> None:
    from regraft.core.errors import FileProblem

    for name, why in left_out:
        if name == reference:
            raise FileProblem(directory, f"{name}: {why}", "Give a study that has it, or another --reference")


def _row(answer: "Answer", base: "Answer") -> dict[str, Any]:
    """Return what one definition says: events, curve at the years, difference from the reference."""
    from dataclasses import asdict

    from regraft.endpoints.multiverse import disagreement

    same_question = answer.question is base.question
    return {
        "definition": answer.definition.name,
        "question": answer.question.value,
        "counted_from": answer.definition.baseline.start.value,
        "subjects": int(answer.known.sum()),
        "with_event": int(answer.event.sum()),
        "free": [_free(answer, years) for years in YEARS],
        "against_reference": asdict(disagreement(answer, base)) if same_question else None,
    }


def _free(answer: "Answer", years: float) -> dict[str, float | None]:
    """Return the proportion still free of the event, with bounds; empty beyond follow-up.

    At 0 or 1 the bounds are the exact binomial ones of those still at risk.
    """
    from math import isnan

    from regraft.analysis.binomial import exact_interval
    from regraft.analysis.survival import kaplan_meier

    if not answer.known.any():
        return {"years": years, "estimate": None, "low": None, "high": None, "at_risk": 0}
    curve = kaplan_meier(answer.time[answer.known] / _DAYS, answer.event[answer.known])
    estimate, low, high = curve.at(years)
    at_risk = int(curve.number_at_risk([years])[0])
    if estimate in {0.0, 1.0}:
        counted = max(at_risk, 1)
        low, high = exact_interval(round(estimate * counted), counted)
    numbers = {"estimate": estimate, "low": low, "high": high}
    return {"years": years, "at_risk": at_risk} | {k: None if isnan(v) else v for k, v in numbers.items()}


def _spread(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the lowest and highest answer to each question that several definitions ask."""
    spread = []
    for question in dict.fromkeys(row["question"] for row in rows):
        asked = [row for row in rows if row["question"] == question]
        if len(asked) < 2:
            continue
        points = [_named(row, {"estimate": row["with_event"]}) for row in asked]
        ends = _ends(sorted(points, key=_estimate))
        spread.append({"question": question, "what": "with_event", "years": None} | ends)
        for k, years in enumerate(YEARS):
            known = [row for row in asked if row["free"][k]["estimate"] is not None]
            points = [_named(row, row["free"][k]) for row in known]
            ends = _ends(sorted(points, key=_estimate))
            if ends:
                spread.append({"question": question, "what": "free", "years": years} | ends)
    return spread


def _ends(ordered: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {"lowest": ordered[0], "highest": ordered[-1]} if ordered else {}


def _estimate(point: dict[str, Any]) -> float:
    return float(point["estimate"])


def _named(row: dict[str, Any], point: dict[str, Any]) -> dict[str, Any]:
    return {"definition": row["definition"]} | point


def _print(document: dict[str, Any]) -> None:
    from regraft.cli.summary import marked
    from regraft.cli.tables import print_table, tell

    header = (
        "definition",
        "asks for",
        "n",
        "with event",
        *(f"free at {years:g} years" for years in YEARS),
        "only here",
        "only in reference",
        "other date",
    )
    title = (
        f"{marked(document['title'], simulated=document['simulated'])}: {document['subjects']} subjects, "
        f"reference {document['reference']}"
    )
    print_table(title, header, [_cells(row) for row in document["definitions"]], _CAUTION)
    for line in document["spread"]:
        tell(_sentence(line))
    for gap in document["not_derivable"]:
        tell(f"Not derivable, {gap['definition']}: {gap['reason']}")
    tell("Research software; not medical advice.")


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    apart = row["against_reference"]
    differences = ("-", "-", "-") if apart is None else (apart["only_here"], apart["only_there"], apart["other_date"])
    free = (_percent(point) for point in row["free"])
    return (
        row["definition"],
        row["question"],
        str(row["subjects"]),
        str(row["with_event"]),
        *free,
        *map(str, differences),
    )


def _percent(point: dict[str, float | None]) -> str:
    estimate, low, high = point["estimate"], point["low"], point["high"]
    if estimate is None:
        return "beyond follow-up"
    bounds = "" if low is None or high is None else f" ({100 * low:.1f} to {100 * high:.1f})"
    return f"{100 * estimate:.1f}%{bounds}"


def _sentence(line: dict[str, Any]) -> str:
    """Say how far one answer moves with the definition."""
    low, high = line["lowest"], line["highest"]
    if line["what"] == "with_event":
        said = f"subjects with {line['question']}: {low['estimate']} to {high['estimate']}"
    else:
        said = f"free of {line['question']} at {line['years']:g} years: {_percent(low)} to {_percent(high)}"
    return f"By definition alone, {said} ({low['definition']}, {high['definition']})"
