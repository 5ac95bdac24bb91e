"""`regraft analyse`: recorded data through the same endpoints and report as a simulated trial."""

from pathlib import Path
from typing import Annotated

import typer

from regraft.cli.options import AsJson, finite


def analyse(
    directory: Annotated[Path, typer.Argument(help="Folder of a study: Parquet or CSV tables, or foreign files and mapping.toml.")],
    out: Annotated[Path | None, typer.Option(help="Folder for report and results. Default: runs/<name of the folder>.")] = None,
    definition: Annotated[str, typer.Option(help="Endpoint definitions: a name, or path to a file.")] = "consensus",
    mapping: Annotated[Path | None, typer.Option(help="Mapping file, if it does not lie in the folder.")] = None,
    tables: Annotated[Path | None, typer.Option(help="Folder for the report's tables as RTF files, to go into a paper.")] = None,
    years: Annotated[float, typer.Option(min=0.1, max=60.0, callback=finite, help="Time at which curves are read.")] = 3.0,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Derive every endpoint the data allow from recorded data, and report it; what cannot be derived is said."""
    from regraft.cli.output import finished_folder, refuse_file, refuse_foreign, write_results
    from regraft.cli.tables import print_json
    from regraft.endpoints.definition import load_definition
    from regraft.endpoints.derive import derive
    from regraft.report.from_study import recorded_contents, results_document
    from regraft.report.recorded import write_recorded_report
    from regraft.report.rtf import write_tables
    from regraft.study.store import read_checked

    folder = out if out is not None else Path("runs") / directory.resolve().name
    refuse_foreign(folder)
    refuse_file(tables)
    rules = load_definition(definition)
    study, findings = read_checked(directory, mapping)
    derived = derive(study, rules)
    command = f"regraft analyse {directory} --definition {definition}"
    contents = recorded_contents(study, derived, rules, findings, directory, command, years)
    document = results_document(study, derived, rules, findings, command, years)
    with finished_folder(folder) as partial:
        page = write_recorded_report(partial / "report.html", contents)
        write_results(partial, document)
    written = write_tables(tables, page) if tables is not None else ()
    if as_json:
        print_json(document)
        return
    typer.echo(f"{study.about.title}: {document['subjects']} subjects, definitions {definition}")
    _print_gaps(derived.not_derivable)
    typer.echo(f"Report: {folder / 'report.html'}")
    if written:
        typer.echo(f"Tables: {len(written)} RTF files in {tables}")
    typer.echo("Research software; not medical advice.")


def _print_gaps(gaps: tuple[tuple[str, str], ...]) -> None:
    """Print what could not be derived, grouped by what is lacking."""
    grouped: dict[str, list[str]] = {}
    for name, reason in gaps:
        grouped.setdefault(reason, []).append(name.replace("_", " "))
    for reason, names in grouped.items():
        typer.echo(f"Not derivable, {reason}: {', '.join(names)}")
