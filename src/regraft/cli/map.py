"""`regraft map`: a first mapping file for foreign CSV files, to be read and corrected."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regraft.cli.options import FILE, Replace

if TYPE_CHECKING:
    from regraft.api.mapping import Mapping

_ROWS = 3


def map_files(
    directory: Annotated[Path, typer.Argument(help="Folder with CSV files that have their own column names.")],
    write: Annotated[
        Path | None, typer.Option(help="Write the mapping file here. Default: only print it." + FILE)
    ] = None,
    title: Annotated[str | None, typer.Option(help="Title of the study. Default: the folder's name.")] = None,
    replace: Replace = False,
) -> None:
    """Propose what each column of your CSV files means, with a confidence and the first rows that this would give."""
    from regraft.api.mapping import data_files, propose_mapping
    from regraft.cli.output import reserved_if_asked
    from regraft.cli.tables import tell
    from regraft.cli.visible import one_line

    with reserved_if_asked(write, option="--write", inputs=data_files(directory), replace=replace) as file:
        found = propose_mapping(directory, title=title or one_line(directory.resolve().name))
        if file is not None:
            file.write(found.text.encode())
    tell(found.text)
    _preview(found)
    refused = found.findings.errors
    for one in refused[:5]:
        tell(f"error: {one}")
    verdict = "no errors" if not refused else f"{len(refused)} errors, the first five above"
    tell(f"Read through this mapping, the files have {verdict}. Correct the mapping, then run regraft check.")
    if write is not None:
        tell(f"wrote {write}")


def _preview(found: "Mapping") -> None:
    """Print the first rows of every table."""
    from regraft.cli.tables import print_table, tell

    for name, frame in found.tables.items():
        shown = frame.head(_ROWS)
        rows = [["" if cell is None else str(cell) for cell in row] for row in shown.iter_rows()]
        tell(f"{name}: {frame.height} rows, the first {shown.height}")
        print_table("", shown.columns, rows)
