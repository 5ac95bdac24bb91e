"""`regraft analyse`: recorded data through the same endpoints and report as a simulated trial."""

from pathlib import Path
from typing import Annotated

import typer

from regraft.cli.options import OUT, AsJson, finite


def analyse(
    directory: Annotated[
        Path, typer.Argument(help="Folder of a study: Parquet or CSV tables, or foreign files and mapping.toml.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for report and results; those of an earlier run there are replaced."
            + OUT
            + " Default: runs/NAME after the folder, or runs/NAME-2 and so on where that holds results of another "
            "study or option."
        ),
    ] = None,
    definition: Annotated[str, typer.Option(help="Endpoint definitions: a name, or path to a file.")] = "consensus",
    mapping: Annotated[Path | None, typer.Option(help="Mapping file, if it does not lie in the folder.")] = None,
    tables: Annotated[
        Path | None, typer.Option(help="Folder for the report's tables as RTF files, to go into a paper." + OUT)
    ] = None,
    years: Annotated[
        float, typer.Option(min=0.1, max=60.0, callback=finite, help="Time at which curves are read.")
    ] = 3.0,
    as_json: AsJson = False,
) -> None:
    """Derive every endpoint the data allow from recorded data, and report it; what cannot be derived is said."""
    from regraft.api.analyse import analyse as analyse_study
    from regraft.cli.command_line import command_line
    from regraft.cli.output import files_among, reserved_tables, say, whole_name
    from regraft.cli.summary import print_analysis
    from regraft.cli.tables import print_json, tell
    from regraft.writing.folder import Purpose, default_folder, reserved_folder

    command = command_line("analyse", directory, definition=definition, mapping=mapping, years=years)
    written = 0
    purpose = Purpose(
        kind="analyse",
        command=command,
        asked=(whole_name(directory), whole_name(mapping), whole_name(definition), years),
        inputs=(directory, *files_among(mapping, definition)),
    )
    wanted = out if out is not None else default_folder(Path("runs") / (directory.resolve().name or "study"), purpose)
    with reserved_folder(wanted, purpose, say) as folder, reserved_tables(tables, folder) as beside:
        done = analyse_study(directory, definition, mapping=mapping, years=years)
        document = done.document(command)
        with folder.written() as partial:
            page = done.write(partial, document)
            written = 0 if beside is None else beside.write(page, partial)
    if as_json:
        print_json(document)
        return
    derived = done.results.derived
    gaps = [(derived.catalogue.label(name), reason) for name, reason in derived.not_derivable]
    print_analysis(document, page.key_findings, gaps)
    tell(f"Report: {folder.shown / 'report.html'}")
    if written:
        tell(f"Tables: {written} RTF files in {tables}")
    about = done.study.about
    tell("Research software; not medical advice." + (" Every subject is simulated." if about.simulated else ""))
