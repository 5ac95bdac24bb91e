"""What the comparison of the three variants found, as `regraft calibrate` left it.

Reading it needs none of what that needs.

It says which of three simulators predicts cohorts better that it has not seen, not what MS is.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, nan
from pathlib import Path
from typing import Any, final

from regraft.core.errors import FileProblem
from regraft.core.results import plain

FILE = "hypotheses.json"
BOTH = "both"  # the variant that the others are held against
CONCLUSION = "This says which simulator predicts better, not what MS is."
_MAKE = "Run `regraft calibrate --variants`."
Scores = Mapping[str, float]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class DecidingValue:
    """One published value of a left-out cohort, and the log score of every variant on it (higher predicts better)."""

    target: str
    log_score: Scores


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Hypotheses:
    """What the comparison found; scores are not-a-number where a variant gave what was published no chance.

    Parameters
    ----------
    log_score : mapping
        Per variant, summed over left-out cohorts; higher predicts better.
    per_cohort : mapping
        The same per cohort.
    deciding : tuple of DecidingValue
        Published values by how far the variants differ on them, the furthest first.
    chosen_when_true : mapping
        Percent of the repeats with the first variant true in which the second had the best score.
    misclassified_pct : float
        Percent of wrong choices.
    repeats : int
        Synthetic truths per variant.
    caution : str
        What speaks against reading this comparison as one of the present model; empty where nothing does.
    """

    log_score: Scores
    per_cohort: Mapping[str, Scores]
    deciding: tuple[DecidingValue, ...]
    chosen_when_true: Mapping[str, Scores]
    misclassified_pct: float
    repeats: int
    caution: str = ""

    @property
    def variants(self) -> tuple[str, ...]:
        """Return the names of the variants."""
        return tuple(self.log_score)

    @property
    def best(self) -> str:
        """Return the variant with the highest score over all cohorts."""
        return max((name for name in self.variants if isfinite(self.log_score[name])), key=lambda n: self.log_score[n])

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as one document."""
        return {"simulated": True, **plain(self)}


def load_hypotheses(folder: Path) -> Hypotheses:
    """Read the comparison that calibration left in a folder.

    Raises
    ------
    FileProblem
        No comparison has been made, or the file is not one.
    """
    file = folder / FILE
    if not file.is_file():
        raise FileProblem(file, "no comparison has been made", _MAKE)
    try:
        found = _read(json.loads(file.read_text(encoding="utf-8")))
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise FileProblem(file, f"it is no comparison of variants ({problem!r})", _MAKE) from problem
    names = set(found.variants)
    scored = (*found.per_cohort.values(), *(one.log_score for one in found.deciding), *found.chosen_when_true.values())
    if any(set(scores) != names for scores in scored) or set(found.chosen_when_true) != names:
        raise FileProblem(file, f"not every table in it has all of {', '.join(sorted(names))}", _MAKE)
    if BOTH not in names or not isfinite(found.log_score[BOTH]):
        raise FileProblem(file, f"it has no score of the variant {BOTH!r}, which others are held against", _MAKE)
    return found


def _read(document: Mapping[str, Any]) -> Hypotheses:
    return Hypotheses(
        log_score=_scores(document["log_score"]),
        per_cohort={cohort: _scores(scores) for cohort, scores in document["per_cohort"].items()},
        deciding=tuple(
            DecidingValue(target=str(one["target"]), log_score=_scores(one["log_score"]))
            for one in document["deciding"]
        ),
        chosen_when_true={true: _scores(shares) for true, shares in document["chosen_when_true"].items()},
        misclassified_pct=float(document["misclassified_pct"]),
        repeats=int(document["repeats"]),
        caution=str(document.get("caution", "")),
    )


def _scores(written: Mapping[str, float | None]) -> dict[str, float]:
    return {str(name): nan if score is None else float(score) for name, score in written.items()}
