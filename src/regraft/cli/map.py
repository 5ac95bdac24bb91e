"""`regraft map`: a first mapping file for foreign CSV files, to be read and corrected."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regraft.cli.options import FILE, Replace

if TYPE_CHECKING:
    from regraft.study.loading import Loaded

_ROWS = 3


def map_files(
    directory: Annotated[Path, typer.Argument(help="Folder with foreign CSV files.")],
    write: Annotated[
        Path | None, typer.Option(help="Write the mapping file here; without it it is only printed." + FILE)
    ] = None,
    title: Annotated[str | None, typer.Option(help="Title of the study. Default: the folder's name.")] = None,
    replace: Replace = False,
) -> None:
    """Propose how foreign CSV columns become study tables, each with confidence and the first rows it would give."""
    from tempfile import TemporaryDirectory, gettempdir

    from regraft.cli.output import reserved_if_asked
    from regraft.cli.tables import tell
    from regraft.cli.visible import one_line
    from regraft.study.check import findings_of
    from regraft.study.exchange.mapping_text import mapping_text
    from regraft.study.exchange.propose_mapping import propose_mapping
    from regraft.study.loading import load
    from regraft.writing.places import Place

    with reserved_if_asked(write, option="--write", inputs=_data(directory), replace=replace) as file:
        text = mapping_text(propose_mapping(directory), title or one_line(directory.resolve().name))
        with Place(Path(gettempdir()), Path(gettempdir()), "TMPDIR").told(), TemporaryDirectory() as folder:
            proposed = Path(folder) / "mapping.toml"
            proposed.write_text(text, encoding="utf-8")
            loaded = load(directory, proposed)
        if file is not None:
            file.write(text.encode())
    tell(text)
    _preview(loaded)
    refused = [found for found in findings_of(loaded) if found.severity == "error"]
    for found in refused[:5]:
        tell(f"error: {found}")
    verdict = "no errors" if not refused else f"{len(refused)} errors, the first five above"
    tell(f"Read through this mapping, the files have {verdict}. Correct the mapping, then run regraft check.")
    if write is not None:
        tell(f"wrote {write}")


def _data(directory: Path) -> tuple[Path, ...]:
    """Return the files of a folder that are no mapping: a mapping may lie among them, and never takes their place."""
    from regraft.study.about import FILE

    files = (path for path in directory.glob("*") if path.is_file())
    return tuple(path for path in files if path.suffix.lower() != ".toml" or path.name == FILE)


def _preview(loaded: "Loaded") -> None:
    """Print the first rows of every table."""
    from regraft.cli.tables import print_table, tell
    from regraft.study.places import without_places

    for name, frame in loaded.tables.items():
        shown = without_places(frame).head(_ROWS)
        rows = [["" if cell is None else str(cell) for cell in row] for row in shown.iter_rows()]
        tell(f"{name}: {frame.height} rows, the first {shown.height}")
        print_table("", shown.columns, rows)
