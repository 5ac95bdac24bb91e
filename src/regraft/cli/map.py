"""`regraft map`: a first mapping file for foreign CSV files, to be read and corrected."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from regraft.study.loading import Loaded

_ROWS = 3


def map_files(
    directory: Annotated[Path, typer.Argument(help="Folder with foreign CSV files.")],
    write: Annotated[Path | None, typer.Option(help="Write the mapping file here; without it it is printed.")] = None,
    title: Annotated[str | None, typer.Option(help="Title of the study. Default: the folder's name.")] = None,
) -> None:
    """Propose how foreign CSV columns become study tables, each with its confidence and the first rows it would give."""
    from tempfile import TemporaryDirectory

    from regraft.core.errors import FileProblem
    from regraft.study.check import findings_of
    from regraft.study.exchange.mapping_text import mapping_text
    from regraft.study.exchange.propose_mapping import propose_mapping
    from regraft.study.loading import load

    if write is not None and write.exists():
        raise FileProblem(write, "the file exists", "Move it away, or choose another name with --write")
    text = mapping_text(propose_mapping(directory), title or directory.resolve().name)
    with TemporaryDirectory() as folder:
        proposed = Path(folder) / "mapping.toml"
        proposed.write_text(text, encoding="utf-8")
        loaded = load(directory, proposed)
    typer.echo(text)
    _preview(loaded)
    refused = [found for found in findings_of(loaded) if found.severity == "error"]
    for found in refused[:5]:
        typer.echo(f"error: {found}")
    verdict = "no errors" if not refused else f"{len(refused)} errors, the first five above"
    typer.echo(f"Read through this mapping, the files have {verdict}. Correct the mapping, then run regraft check.")
    if write is not None:
        try:
            write.write_text(text, encoding="utf-8")
        except OSError as error:
            raise FileProblem(write, f"cannot be written ({error.strerror})", "Choose another file") from error
        typer.echo(f"wrote {write}")


def _preview(loaded: "Loaded") -> None:
    """Print the first rows of every table."""
    from regraft.cli.tables import print_table
    from regraft.study.cells import ROW

    for name, frame in loaded.tables.items():
        shown = frame.drop(ROW).head(_ROWS)
        rows = [["" if cell is None else str(cell) for cell in row] for row in shown.iter_rows()]
        typer.echo(f"{name}: {frame.height} rows, the first {shown.height}")
        print_table("", shown.columns, rows)
