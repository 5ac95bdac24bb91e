"""`regraft check`: every problem of a study folder at once, with file, row, column, value and remedy."""

from typing import TYPE_CHECKING, Any

import typer

from regraft.cli.options import AsJson, Mapping, StudyFolder

if TYPE_CHECKING:
    from regraft.core.errors import Finding

BAD_INPUT = 2


def check(
    directory: StudyFolder,
    mapping: Mapping = None,
    as_json: AsJson = False,
) -> None:
    """Check recorded data: exit 0 if the study is intact (warnings allowed), 2 if it has errors."""
    from regraft.cli.tables import print_json
    from regraft.core.results import plain
    from regraft.study.check import findings_of
    from regraft.study.loading import load
    from regraft.study.next_step import next_step

    loaded = load(directory, mapping)
    findings = findings_of(loaded)
    rows = {name: frame.height for name, frame in loaded.tables.items()}
    refused = [finding for finding in findings if finding.severity == "error"]
    document = {
        "directory": str(directory),
        "title": loaded.about.title,
        "intact": not refused,
        "errors": len(refused),
        "warnings": len(findings) - len(refused),
        "rows": rows,
        "findings": findings,
    }
    if as_json:
        print_json(plain(document))
    else:
        _print(document, findings, next_step(directory, mapping, refused))
    if refused:
        raise typer.Exit(BAD_INPUT)


def _print(document: dict[str, Any], findings: "tuple[Finding, ...]", advice: str) -> None:
    """Print findings and totals: on standard error when the study is refused, on standard output when it is intact."""
    from regraft.cli.output import say
    from regraft.cli.tables import tell

    intact = document["intact"]
    write = tell if intact else say
    for finding in findings:
        write(f"{finding.severity}: {finding}")
    read = ", ".join(f"{name} {count}" for name, count in document["rows"].items()) or "no table"
    verdict = "intact" if intact else "not fit for analysis"
    errors, warnings = document["errors"], document["warnings"]
    counts = f"{errors} error{'' if errors == 1 else 's'}, {warnings} warning{'' if warnings == 1 else 's'}"
    write(f"{document['directory']}: {verdict}; {counts}; rows read: {read}")
    if advice:
        write(advice)
