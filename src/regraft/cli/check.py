"""`regraft check`: every problem of a study folder at once, with file, row, column, value and remedy."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regraft.cli.options import AsJson

if TYPE_CHECKING:
    from regraft.core.errors import Finding

BAD_INPUT = 2


def check(
    directory: Annotated[Path, typer.Argument(help="Folder of a study: Parquet or CSV tables, or foreign files and mapping.toml.")],
    mapping: Annotated[Path | None, typer.Option(help="Mapping file, if it does not lie in the folder.")] = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Check recorded data: exit 0 if the study is intact (warnings allowed), 2 if it has errors."""
    from regraft.core.results import to_json
    from regraft.study.check import findings_of
    from regraft.study.loading import load

    loaded = load(directory, mapping)
    findings = findings_of(loaded)
    rows = {name: frame.height for name, frame in loaded.tables.items()}
    refused = [finding for finding in findings if finding.severity == "error"]
    document = {
        "directory": str(directory), "title": loaded.about.title, "intact": not refused, "errors": len(refused),
        "warnings": len(findings) - len(refused), "rows": rows, "findings": findings,
    }  # fmt: skip
    if as_json:
        typer.echo(to_json(document))
    else:
        _print(document, findings)
    if refused:
        raise typer.Exit(BAD_INPUT)


def _print(document: dict[str, Any], findings: "tuple[Finding, ...]") -> None:
    """Print findings and totals: on standard error when the study is refused, on standard output when it is intact."""
    intact = document["intact"]
    for finding in findings:
        typer.echo(f"{finding.severity}: {finding}", err=not intact)
    read = ", ".join(f"{name} {count}" for name, count in document["rows"].items()) or "no table"
    verdict = "intact" if intact else "not fit for analysis"
    errors, warnings = document["errors"], document["warnings"]
    counts = f"{errors} error{'' if errors == 1 else 's'}, {warnings} warning{'' if warnings == 1 else 's'}"
    typer.echo(f"{document['directory']}: {verdict}; {counts}; rows read: {read}", err=not intact)
