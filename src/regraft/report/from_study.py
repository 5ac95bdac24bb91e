"""From a recorded study and its endpoints to the contents of a report and the results document."""

import platform
from collections.abc import Sequence
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from regraft.analysis.summary import USUAL_YEARS, StudySummary, summarise
from regraft.core.errors import Finding
from regraft.endpoints.definition import Definition
from regraft.endpoints.derive import Derived
from regraft.report.contents import DataFinding, Gap, Provenance, RecordedContents
from regraft.study.tables import Study

_PACKAGES = ("numpy", "numba", "polars", "scipy")


def recorded_contents(
    study: Study,
    derived: Derived,
    rules: Definition,
    findings: Sequence[Finding],
    directory: Path,
    command: str,
    years: float,
) -> RecordedContents:
    """Return what the report on a recorded study shows."""
    return RecordedContents(
        study=study,
        derived=derived,
        provenance=Provenance(
            command=command, version=version("regraft"), python=versions(), digests=_digests(directory)
        ),
        summary=summary_of(study, derived, rules, years),
        gaps=tuple(Gap(what=name.replace("_", " "), lacking=reason) for name, reason in derived.not_derivable),
        findings=tuple(data_finding(finding) for finding in findings),
        primary_years=years,
    )


def results_document(
    study: Study, derived: Derived, rules: Definition, findings: Sequence[Finding], command: str, years: float
) -> dict[str, Any]:
    """Return the results as one JSON document; the same data and rules give the same document."""
    return {
        "program": "regraft",
        "version": version("regraft"),
        "command": command,
        "notice": "research software; not medical advice",
        "study": study.about.title,
        "simulated": study.about.simulated,
        "subjects": study.table("subjects").height,
        "definition": derived.catalogue.definition.name,
        "years": years,
        "summary": summary_rows(study, derived, rules, years),
        "not_derivable": [{"name": name, "reason": reason} for name, reason in derived.not_derivable],
        "findings": [str(finding) for finding in findings],
    }


def summary_rows(study: Study, derived: Derived, rules: Definition, years: float) -> list[dict[str, Any]]:
    """Return every endpoint of one study with its interval."""
    return summary_of(study, derived, rules, years).to_frame().to_dicts()


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


def _digests(directory: Path) -> tuple[tuple[str, str], ...]:
    files = sorted(
        path
        for path in directory.iterdir()
        if path.suffix in {".csv", ".parquet", ".toml", ".xpt", ".json", ".ndjson", ".dsjc"} and path.is_file()
    )
    return tuple((path.name, sha256(path.read_bytes()).hexdigest()) for path in files)
