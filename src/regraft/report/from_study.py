"""From a recorded study and its endpoints to the contents of a report and the results document."""

import json
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, final

import polars as pl

from regraft.analysis.answers.answer import Compared
from regraft.analysis.arm_contrast import ArmContrast, NotAnswered, Question, answer_all
from regraft.analysis.groups import recorded_groups
from regraft.analysis.summary import USUAL_YEARS, StudySummary, columns_of, summarise_columns
from regraft.clinical.intercurrent import Intercurrent
from regraft.core.errors import Finding
from regraft.core.grounds import rests_on
from regraft.core.results import plain
from regraft.endpoints.composite import DEATH_EVENT
from regraft.endpoints.outcomes import Outcomes
from regraft.report.contents import DataFinding, Provenance, RecordedContents
from regraft.study.tables import Study

_PACKAGES = ("numpy", "numba", "polars", "scipy")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class StudyResults:
    """A recorded study with everything that report and results document say of it, each computed once.

    Parameters
    ----------
    study, outcomes : Study, Outcomes
        Tables, endpoints and measures.
    findings : tuple of Finding
        Warnings of the data check.
    years : float
        Time at which curves are read.
    summary : StudySummary
        Every endpoint of everybody together.
    arms : tuple of ArmContrast or NotAnswered
        The chief endpoints by arm, from enrolment; empty for a study with fewer than two arms.
    by_arm : tuple of (str, StudySummary)
        Every endpoint of each arm.
    pooled : str
        The sentence that says which numbers pool arms; empty without arms.
    compared : Compared or None
        Statistics that were asked for.
    """

    study: Study
    outcomes: Outcomes
    findings: tuple[Finding, ...]
    years: float
    summary: StudySummary
    arms: tuple[ArmContrast | NotAnswered, ...] = ()
    by_arm: tuple[tuple[str, StudySummary], ...] = ()
    pooled: str = ""
    compared: Compared | None = None


def results_of(
    study: Study,
    outcomes: Outcomes,
    findings: Sequence[Finding],
    years: float,
    *,
    reference: str | None = None,
    compared: Compared | None = None,
) -> StudyResults:
    """Compute what is said of a recorded study; where it has two arms or more, also apart and against each other."""
    rules = outcomes.catalogue.definition
    arms = _arms(study, reference)
    return StudyResults(
        arms=answer_all(study, rules, _questions(outcomes, years), arms) if arms else (),
        by_arm=tuple((arm, summary_of(study, outcomes.among(_people_of(study, arm)), years)) for arm in arms),
        pooled=_pooled(study, arms),
        compared=compared,
        study=study,
        outcomes=outcomes,
        findings=tuple(findings),
        years=years,
        summary=summary_of(study, outcomes, years),
    )


def recorded_contents(results: StudyResults, directory: Path | None, command: str, call: str = "") -> RecordedContents:
    """Return what the report on a recorded study shows; `directory` is where it was read, None if it was not.

    `call` is the Python that makes it again.
    """
    return RecordedContents(
        study=results.study,
        outcomes=results.outcomes,
        provenance=Provenance(
            command=command,
            version=version("regraft"),
            python=versions(),
            digests=_digests(directory),
            call=call,
        ),
        summary=results.summary,
        findings=tuple(data_finding(finding) for finding in results.findings),
        primary_years=results.years,
        arms=results.arms,
        by_arm=results.by_arm,
        pooled=results.pooled,
        compared=results.compared,
    )


def results_document(results: StudyResults, command: str) -> dict[str, Any]:
    """Return the results as one JSON document; the same data and rules give the same document."""
    study, outcomes = results.study, results.outcomes
    return {
        "program": "regraft",
        "version": version("regraft"),
        "command": command,
        "notice": "research software; not medical advice",
        "study": study.about.title,
        "simulated": study.about.simulated,
        "subjects": study.table("subjects").height,
        "definition": outcomes.catalogue.definition.name,
        "years": results.years,
        "summary": results.summary.to_frame().to_dicts(),
        "not_derivable": [{"name": name, "reason": reason} for name, reason in outcomes.not_derivable],
        "findings": [str(finding) for finding in results.findings],
        **_of_groups(results),
        **rests_on(definitions=(outcomes.catalogue.definition,), methods=_methods(results)).record,
    }


def _methods(results: StudyResults) -> tuple[str, ...]:
    """Return the statistics that were asked for, by their titles."""
    return () if results.compared is None else tuple(one.title for one in results.compared.answers)


def _of_groups(results: StudyResults) -> dict[str, Any]:
    """Return what is said of arms and of groups compared; nothing where there are none."""
    found: dict[str, Any] = {}
    if results.by_arm:
        found = {
            "pooled": results.pooled,
            "arms": plain(results.arms),
            "summary_by_arm": {arm: summary.to_frame().to_dicts() for arm, summary in results.by_arm},
        }
    return found if results.compared is None else found | {"compared": json.loads(results.compared.to_json())}


def _arms(study: Study, reference: str | None) -> tuple[str, ...]:
    """Return the arms of a study, the reference first; none where fewer than two are recorded."""
    found = recorded_groups(study)
    if len(found) < 2:
        return ()
    if reference is not None and reference not in found:
        return found
    return tuple(sorted(found, key=lambda arm: (arm != reference, arm)))


def _questions(outcomes: Outcomes, years: float) -> list[Question]:
    """Return what is asked of recorded arms: activity and the chief endpoints, whatever else people were given."""
    silent = {name for name, _ in outcomes.not_derivable}
    return [
        Question(
            name=f"{outcomes.catalogue.label(name)} by {years:g} years",
            endpoint=name,
            label=outcomes.catalogue.label(name),
            years=years,
            strategy=Intercurrent.TREATMENT_POLICY,
        )
        for name in (DEATH_EVENT, *outcomes.catalogue.chief)
        if name not in silent
    ]


def _people_of(study: Study, arm: str) -> pl.Series:
    return study.table("subjects").filter(pl.col("arm") == arm)["subject_id"]


def _pooled(study: Study, arms: Sequence[str]) -> str:
    if not arms:
        return ""
    subjects = study.table("subjects")["arm"]
    told = ", ".join(f"{arm} ({(subjects == arm).sum()})" for arm in arms)
    nowhere = subjects.null_count()
    lost = f", and {nowhere} people without a recorded arm" if nowhere else ""
    return (
        f"{len(arms)} arms are recorded: {told}{lost}. Numbers of the whole study pool the arms. The sections "
        "on arms show each arm separately."
    )


def summary_of(study: Study, outcomes: Outcomes, years: float) -> StudySummary:
    """Return every endpoint of one study, read at the usual times and at `years`."""
    catalogue, read = outcomes.catalogue, sorted({*USUAL_YEARS, years})
    return summarise_columns(study.about, columns_of(outcomes), catalogue, catalogue.definition, years=read)


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
        path
        for path in directory.iterdir()
        if path.suffix in {".csv", ".parquet", ".toml", ".xpt", ".json", ".ndjson", ".dsjc"} and path.is_file()
    )
    return tuple((path.name, sha256(path.read_bytes()).hexdigest()) for path in files)
