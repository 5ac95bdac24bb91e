"""Which published rows judge predictions: the frozen list `scored.toml`, and the rule it was made by.

A row of a study whose role is ``score`` is scored when its value is ``found`` and its definition is given in the row or
in the study's block of definitions. The list was made once by ``scripts/freeze_scored.py``, before any fit, and carries
its digest; a study that is not in it (a trial of one's own) is judged by the same rule on the spot.
"""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from regraft.core.errors import FileProblem
from regraft.core.settings import read_toml
from regraft.evidence.schema import Confidence, Fact, Outcome, Role, Trial
from regraft.replication.matches import definition_of, is_number, name_of, rows_of
from regraft.replication.rules import rule_of

FILE = Path(__file__).with_name("scored.toml")
SECTIONS = ("outcomes", "safety", "engraftment")
ARMS: Mapping[str, str] = {"mist-2019": "dmt"}  # of a study of which one arm alone is scored
_COLUMNS = ("study", "section", "endpoint", "arm", "subgroup", "time_years", "value", "unit")


def why_unscored(trial: Trial, section: str, row: Outcome | Fact) -> str | None:
    """Return why the rule does not score a row, or None when it does."""
    if trial.use.role is not Role.SCORE:
        return f"the study's role is {trial.use.role}, not score"
    only = ARMS.get(trial.id)
    if only is not None and row.arm != only:
        return f"only the arm {only} of this study is scored"
    if section not in SECTIONS:
        return "it describes the people or the treatment, not an outcome"
    if not is_number(row.value):
        return "the value is no number"
    if row.confidence is not Confidence.FOUND:
        return f"the value is {str(row.confidence).replace('_', ' ')}, not found"
    rule = rule_of(section, name_of(row))
    own = row.definition if isinstance(row, Outcome) else None
    if own is None and (rule is None or definition_of(trial, row, rule) is None):
        return "its definition is given neither in the row nor in the study's definitions"
    return None


def why_not_scored(trial: Trial, section: str, row: Outcome | Fact) -> str | None:
    """Return why a row is not scored, or None when it is; what the frozen list says stands."""
    frozen = frozen_rows()
    if trial.id not in {entry["study"] for entry in frozen}:
        return why_unscored(trial, section, row)
    wanted = _identity(trial, section, row)
    entry = next((one for one in frozen if {key: one.get(key) for key in _COLUMNS} == wanted), None)
    return "it is not in the frozen list" if entry is None else entry.get("why")


@cache
def frozen_rows() -> tuple[Mapping[str, Any], ...]:
    """Return every row of the frozen list; a row with a ``why`` is not scored.

    Raises
    ------
    FileProblem
        The list was changed after it was frozen: its digest does not fit.
    """
    data = read_toml(FILE)
    rows = tuple(data["row"])
    if digest_of(rows) != data["digest"]:
        raise FileProblem(FILE, "it was changed after it was frozen; the digest does not fit", "Restore it.")
    return rows


def judged(trials: Iterable[Trial]) -> tuple[dict[str, Any], ...]:
    """Return what the rule says of every number of the studies that judge predictions."""
    rows = []
    for trial in trials:
        for section, row in rows_of(trial):
            if trial.use.role is not Role.SCORE or section not in SECTIONS or not is_number(row.value):
                continue
            why = why_unscored(trial, section, row)
            entry = {key: value for key, value in _identity(trial, section, row).items() if value is not None}
            rows.append(entry if why is None else entry | {"why": why})
    return tuple(rows)


def digest_of(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return the SHA-256 of a list of rows."""
    return sha256(json.dumps([dict(row) for row in rows], sort_keys=True).encode()).hexdigest()


def _identity(trial: Trial, section: str, row: Outcome | Fact) -> dict[str, Any]:
    return {
        "study": trial.id,
        "section": section,
        "endpoint": name_of(row),
        "arm": row.arm,
        "subgroup": getattr(row, "subgroup", None),
        "time_years": getattr(row, "time_years", None),
        "value": row.value,
        "unit": row.unit,
    }
