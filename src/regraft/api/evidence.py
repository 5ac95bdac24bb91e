"""What was published: every study of the library, with the source and state of every number."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, final, overload

import polars as pl

from regraft.core.notebook import notebook_html
from regraft.evidence.registry import load_library, load_trial
from regraft.evidence.schema import Confidence, Trial

KINDS = (Confidence.FOUND, Confidence.RECALLED, Confidence.DERIVED, Confidence.ASSUMED)


@final
@dataclass(frozen=True, slots=True)
class Evidence:
    """One published study.

    Parameters
    ----------
    trial : Trial
        Its file: citation, regimen, definitions, outcomes and facts.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.evidence("atkins-2016").outcomes.columns[:2]
    ['endpoint', 'definition']
    """

    trial: Trial

    @property
    def outcomes(self) -> pl.DataFrame:
        """One row per published number: endpoint, arm, subgroup, time, value, interval, n, confidence, source."""
        rows = [outcome.model_dump(mode="json") for outcome in self.trial.outcomes]
        texts = [{name: str(v) if isinstance(v, list | dict) else v for name, v in row.items()} for row in rows]
        return pl.DataFrame([row | {"value": _text(row["value"])} for row in texts], infer_schema_length=None)

    def to_frame(self) -> pl.DataFrame:
        """Return `outcomes`."""
        return self.outcomes

    def to_json(self) -> str:
        """Return the whole file as JSON."""
        return self.trial.model_dump_json()

    def _repr_html_(self) -> str:
        c = self.trial.citation
        shown = self.outcomes.select("endpoint", "arm", "subgroup", "time_years", "value", "unit", "n", "confidence")
        return notebook_html(f"{self.trial.short_name} ({c.authors}, {c.journal} {c.year})", shown)


@overload
def evidence() -> pl.DataFrame: ...
@overload
def evidence(study: str | Path) -> Evidence: ...
def evidence(study: str | Path | None = None) -> Evidence | pl.DataFrame:
    """Return one published study, or without a name the list of all, with how their numbers were found.

    Parameters
    ----------
    study : str or Path, optional
        Name of a study, or path to an evidence file (YAML).

    Raises
    ------
    FileProblem
        No such study; the nearest name is offered.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.evidence("atkins-2016").trial.patients
    24
    >>> "halt-ms" in rg.evidence()["study"]
    True
    """
    if study is not None:
        return Evidence(load_trial(study))
    rows: list[dict[str, Any]] = [
        {
            "study": trial.id,
            "title": trial.citation.title,
            "year": trial.citation.year,
            "patients": trial.patients,
            "conditioning": trial.regimen.conditioning_class,
            "role": str(trial.use.role),
            "cohort_group": trial.use.cohort_group,
            **{str(kind): trial.confidences()[kind] for kind in KINDS},
        }
        for trial in load_library()
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
