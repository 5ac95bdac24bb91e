"""`regraft convert`: a study in another format, with nothing lost on the way back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regraft.cli.options import OUT, Mapping
from regraft.study.formats import Format

if TYPE_CHECKING:
    from regraft.writing.folder import Purpose


def convert(
    directory: Annotated[
        Path | None,
        typer.Argument(
            help="Folder of a study in any format. Leave it out with --to redcap to set up an empty project."
        ),
    ] = None,
    to: Annotated[Format, typer.Option(help="Format to write.")] = Format.CSV,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder to write into: new, empty, or from an earlier conversion of this study to this format."
            + OUT
            + " Default: converted, or converted-2 and so on where that holds another."
        ),
    ] = None,
    mapping: Mapping = None,
    raw: Annotated[
        bool,
        typer.Option(help="Write CSV without the apostrophe before text that a spreadsheet would run as a formula."),
    ] = False,
) -> None:
    """Write a study as CSV, Parquet, REDCap project, or SDTM (SAS transport files or Dataset-JSON, with Define-XML)."""
    from datetime import UTC, datetime

    from regraft.api.study import converted, read_study
    from regraft.cli.output import files_among, say
    from regraft.cli.tables import tell
    from regraft.writing.file import write_whole_files
    from regraft.writing.folder import default_folder, reserved_folder

    if directory is None:
        converted(None, to, datetime.now(UTC))  # refuses what cannot do without a study
    purpose = _purpose(directory, to, mapping, files_among(mapping))
    with reserved_folder(out or default_folder(Path("converted"), purpose), purpose, say) as folder:
        study = None if directory is None else read_study(directory, mapping=mapping)
        files = converted(study, to, datetime.now(UTC), raw=raw)
        with folder.written() as partial:
            write_whole_files(partial, files)
    for name in files:
        tell(f"wrote {folder.shown / name}")
    if study is None:
        return
    rows = sum(frame.height for frame in study.tables.values())
    marked = " SIMULATED" if study.about.simulated else ""
    tell(f"{study.about.title}:{marked} {len(study.tables)} tables, {rows} rows, as {to}")


def _purpose(directory: Path | None, to: Format, mapping: Path | None, read: tuple[Path, ...]) -> "Purpose":
    from regraft.api.command_line import command_line
    from regraft.api.study import FILES_OF_A_STUDY
    from regraft.cli.output import whole_name
    from regraft.writing.folder import Purpose

    command = command_line("convert", *(() if directory is None else (directory,)), to=to, mapping=mapping)
    inputs = read if directory is None else (directory, *read)
    asked = (whole_name(directory), to, whole_name(mapping))
    return Purpose(
        kind="convert", command=command, asked=asked, only_again=True, inputs=inputs, writes=FILES_OF_A_STUDY
    )
