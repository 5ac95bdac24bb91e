"""`regraft analysis-sets`: what a statistician goes on with in R or SAS."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regraft.adam.formats import SetFormat
from regraft.cli.options import OUT, Definitions, Mapping, StudyFolder

if TYPE_CHECKING:
    from regraft.writing.folder import Purpose


def analysis_sets(
    directory: StudyFolder,
    definition: Definitions = "consensus",
    to: Annotated[SetFormat, typer.Option(help="Format to write.")] = SetFormat.XPT,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder to write into: new, empty, or from an earlier run on this study with these options."
            + OUT
            + " Default: analysis-sets, or analysis-sets-2 and so on where that holds another."
        ),
    ] = None,
    mapping: Mapping = None,
) -> None:
    """Write analysis sets in the form of ADaM (ADSL, ADTTE, scales, scans, laboratory), traced to SDTM records."""
    from regraft.api.analysis_sets import analysis_sets as sets_of
    from regraft.cli.output import files_among, say
    from regraft.cli.tables import tell
    from regraft.endpoints.definition import load_definition
    from regraft.writing.file import write_whole_files
    from regraft.writing.folder import default_folder, reserved_folder

    rules = load_definition(definition)
    purpose = _purpose(directory, definition, to, mapping, files_among(mapping, definition))
    with reserved_folder(out or default_folder(Path("analysis-sets"), purpose), purpose, say) as folder:
        found = sets_of(directory, rules, mapping=mapping)
        files = found.files(to)
        with folder.written() as partial:
            write_whole_files(partial, files)
    for name in files:
        tell(f"wrote {folder.shown / name}")
    about = found.endpoints.study.about
    marked = " SIMULATED" if about.simulated else ""
    tell(f"{about.title}:{marked} endpoints by {rules.title}, as {to}. Research software; not medical advice.")


def _purpose(
    directory: Path, definition: str, to: SetFormat, mapping: Path | None, read: tuple[Path, ...]
) -> "Purpose":
    from regraft.api.analysis_sets import FILES
    from regraft.api.command_line import command_line
    from regraft.cli.output import whole_name
    from regraft.writing.folder import Purpose

    command = command_line("analysis-sets", directory, definition=definition, to=to, mapping=mapping)
    asked = (whole_name(directory), whole_name(definition), to, whole_name(mapping))
    return Purpose(
        kind="analysis-sets", command=command, asked=asked, only_again=True, inputs=(directory, *read), writes=FILES
    )
