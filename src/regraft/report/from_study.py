"""From a recorded study and its endpoints to the contents of a report and the results document."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, final

from regraft.analysis.summary import USUAL_YEARS, StudySummary, summarise
from regraft.core.errors import Finding
from regraft.endpoints.definition import Definition
from regraft.endpoints.derive import Derived
from regraft.report.contents import DataFinding, Gap, Provenance, RecordedContents
from regraft.study.tables import Study

_PACKAGES = ("numpy", "numba", "polars", "scipy")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class StudyResults:
    """A recorded study with everything that report and results document say of it, each computed once.

    Parameters
    ----------
    study, derived : Study, Derived
        Tables, endpoints and measures.
    findings : tuple of Finding
        Warnings of the data check.
    years : float
        Time at which curves are read.
    summary : StudySummary
        Every endpoint.
    """

    study: Study
    derived: Derived
    findings: tuple[Finding, ...]
    years: float
    summary: StudySummary


def results_of(study: Study, derived: Derived, findings: Sequence[Finding], years: float) -> StudyResults:
    """Compute what is said of a recorded study."""
    rules = derived.catalogue.definition
    return StudyResults(
        study=study,
        derived=derived,
        findings=tuple(findings),
        years=years,
        summary=summary_of(study, derived, rules, years),
    )


def recorded_contents(results: StudyResults, directory: Path | None, command: str) -> RecordedContents:
    """Return what the report on a recorded study shows; `directory` is where it was read, None if it was not."""
    return RecordedContents(
        study=results.study,
        derived=results.derived,
        provenance=Provenance(
            command=command, version=version("regraft"), python=versions(), digests=_digests(directory)
        ),
        summary=results.summary,
        gaps=tuple(Gap(what=name.replace("_", " "), lacking=reason) for name, reason in results.derived.not_derivable),
        findings=tuple(data_finding(finding) for finding in results.findings),
        primary_years=results.years,
    )


def results_document(results: StudyResults, command: str) -> dict[str, Any]:
    """Return the results as one JSON document; the same data and rules give the same document."""
    study, derived = results.study, results.derived
    return {
        "program": "regraft",
        "version": version("regraft"),
        "command": command,
        "notice": "research software; not medical advice",
        "study": study.about.title,
        "simulated": study.about.simulated,
        "subjects": study.table("subjects").height,
        "definition": derived.catalogue.definition.name,
        "years": results.years,
        "summary": results.summary.to_frame().to_dicts(),
        "not_derivable": [{"name": name, "reason": reason} for name, reason in derived.not_derivable],
        "findings": [str(finding) for finding in results.findings],
    }


def summary_of(study: Study, derived: Derived, rules: Definition, years: float) -> StudySummary:
    """Return every endpoint of one study, read at the usual times and at `years`."""
    return summarise(study, derived, rules, years=sorted({*USUAL_YEARS, years}))


def data_finding(finding: Finding) -> DataFinding:
    """Return a finding in the words of the report."""
    place = finding.file if finding.row is None else f"{finding.file}, row {finding.row}"
    place += f", {finding.column}" if finding.column else ""
    value = f" ({finding.value})" if finding.value else ""
    return DataFinding(place=place, problem=f"{finding.problem}{value}. {finding.remedy}", severity=finding.severity)


def versions() -> str:
    """Return the versions that bear on the numbers."""
    return ", ".join([f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in _PACKAGES)])


def _digests(directory: Path | None) -> tuple[tuple[str, str], ...]:
    if directory is None:
        return ()
    files = sorted(
        path for path in directory.iterdir() if path.suffix in {".csv", ".parquet", ".toml", ".xpt", ".json"}
    )
    return tuple((path.name, sha256(path.read_bytes()).hexdigest()) for path in files)
