"""Every named definition of confirmed worsening applied to one study, and how far the conclusion moves."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isnan
from pathlib import Path
from typing import Any, final

import polars as pl

from regraft.analysis.binomial import exact_interval
from regraft.analysis.survival import kaplan_meier
from regraft.api.study import study_of
from regraft.core.errors import FileProblem
from regraft.core.grounds import RestsOn, rests_on
from regraft.core.notebook import notebook_html
from regraft.core.units import DAYS_PER_YEAR
from regraft.endpoints.definition import list_progressions, load_progression
from regraft.endpoints.multiverse import Answer, Question, apply_all, disagreement
from regraft.endpoints.progression.rules import ProgressionDefinition
from regraft.study.tables import Study

YEARS = (2.0, 5.0)
Row = dict[str, Any]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Multiverse:
    """What every definition says of the same people; definitions that ask the same question can be compared.

    Parameters
    ----------
    title, simulated : str, bool
        The study.
    subjects : int
        People in it.
    reference : str
        The definition that others are compared with.
    definitions : tuple of dict
        One per definition, the reference first: question, people, events, share free at each time, disagreement.
    spread : tuple of dict
        Lowest and highest answer to each question that several definitions ask.
    not_derivable : tuple of (str, str)
        Definitions that the study cannot be judged by, each with the reason.
    rests_on : RestsOn
        The definitions with their sources.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.multiverse(rg.example("registry-sample")).reference
    'consensus'
    """

    title: str
    simulated: bool
    subjects: int
    reference: str
    definitions: tuple[Row, ...]
    spread: tuple[Row, ...]
    not_derivable: tuple[tuple[str, str], ...]
    rests_on: RestsOn

    def to_frame(self) -> pl.DataFrame:
        """Return one row per definition; shares free of the event lie between 0 and 1."""
        rows = []
        for one in self.definitions:
            row = {name: one[name] for name in ("definition", "question", "counted_from", "subjects", "with_event")}
            for point in one["free"]:
                at = f"at_{point['years']:g}y"
                row |= {f"free_{at}": point["estimate"], f"low_{at}": point["low"], f"high_{at}": point["high"]}
            apart = one["against_reference"] or {}
            rows.append(row | {name: apart.get(name) for name in ("only_here", "only_there", "other_date")})
        return pl.DataFrame(rows, infer_schema_length=None)

    def document(self) -> dict[str, Any]:
        """Return everything as one document."""
        return {
            "title": self.title,
            "simulated": self.simulated,
            "subjects": self.subjects,
            "reference": self.reference,
            "definitions": list(self.definitions),
            "spread": list(self.spread),
            "not_derivable": [{"definition": name, "reason": why} for name, why in self.not_derivable],
            **self.rests_on.record,
        }

    def to_json(self) -> str:
        """Return `document` as JSON."""
        return json.dumps(self.document(), default=str)

    @property
    def sentences(self) -> tuple[str, ...]:
        """How far each answer moves with the definition, in words."""
        return tuple(map(_sentence, self.spread))

    def _repr_html_(self) -> str:
        heading = f"{self.title}: confirmed worsening by {len(self.definitions)} definitions"
        return notebook_html(heading, self.to_frame(), simulated=self.simulated, notes=self.sentences)


def multiverse(
    study: Study | str | Path,
    reference: str | Path | ProgressionDefinition = "consensus",
    *,
    mapping: str | Path | None = None,
) -> Multiverse:
    """Derive confirmed worsening by every named definition, and show how much the answer depends on it.

    Parameters
    ----------
    study : Study, str or Path
        The study, or its folder.
    reference : str, Path or ProgressionDefinition
        The definition that the others are compared with.
    mapping : str or Path, optional
        Mapping file, where a folder of foreign files has none.

    Raises
    ------
    FileProblem
        No such definition (the nearest is offered), or a study that cannot be judged by the reference.

    Examples
    --------
    >>> import regraft as rg
    >>> print(rg.multiverse(rg.example("registry-sample")).sentences[0][:30])
    By definition alone, subjects
    """
    chosen = reference if isinstance(reference, ProgressionDefinition) else load_progression(reference)
    given = study_of(study, mapping)
    named = [load_progression(name) for name in list_progressions() if name != chosen.name]
    found = apply_all(given, [chosen, *named])
    for name, why in found.left_out:
        if name == chosen.name:
            place = given.about.title if isinstance(study, Study) else study
            raise FileProblem(place, f"{name}: {why}", "Give a study that has it, or another reference")
    base, *others = found.answers
    order = list(Question)
    rows = [_row(one, base) for one in (base, *sorted(others, key=lambda one: order.index(one.question)))]
    return Multiverse(
        title=given.about.title,
        simulated=given.about.simulated,
        subjects=int(base.known.size),
        reference=chosen.name,
        definitions=tuple(rows),
        spread=tuple(_spread(rows)),
        not_derivable=found.left_out,
        rests_on=rests_on(definitions=[answer.definition for answer in found.answers]),
    )


def _row(answer: Answer, base: Answer) -> dict[str, Any]:
    """Return what one definition says: events, curve at the years, difference from the reference."""
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


def _free(answer: Answer, years: float) -> dict[str, float | None]:
    """Return the proportion still free of the event, with bounds; empty beyond follow-up.

    At 0 or 1 the bounds are the exact binomial ones of those still at risk.
    """
    if not answer.known.any():
        return {"years": years, "estimate": None, "low": None, "high": None, "at_risk": 0}
    curve = kaplan_meier(answer.time[answer.known] / DAYS_PER_YEAR, answer.event[answer.known])
    estimate, low, high = curve.at(years)
    at_risk = int(curve.number_at_risk([years])[0])
    if estimate in {0.0, 1.0}:
        counted = max(at_risk, 1)
        low, high = exact_interval(round(estimate * counted), counted)
    numbers = {"estimate": estimate, "low": low, "high": high}
    return {"years": years, "at_risk": at_risk} | {k: None if isnan(v) else v for k, v in numbers.items()}


def _spread(rows: Sequence[Row]) -> list[Row]:
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


def share_text(point: dict[str, float | None]) -> str:
    """Return a share as percent with its interval."""
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
        said = f"free of {line['question']} at {line['years']:g} years: {share_text(low)} to {share_text(high)}"
    return f"By definition alone, {said} ({low['definition']}, {high['definition']})"
