"""`regraft convert`: a study in another format, with nothing lost on the way back."""

from pathlib import Path
from typing import Annotated

import typer

from regraft.study.formats import Format


def convert(
    directory: Annotated[
        Path | None,
        typer.Argument(
            help="Folder of a study in any format. Leave it out with --to redcap to set up an empty project."
        ),
    ] = None,
    to: Annotated[Format, typer.Option(help="Format to write.")] = Format.CSV,
    out: Annotated[Path, typer.Option(help="Folder to write into; new or empty.")] = Path("converted"),
    mapping: Annotated[Path | None, typer.Option(help="Mapping file, or the name of one (msprog).")] = None,
) -> None:
    """Write a study as CSV, Parquet, REDCap project, or SDTM (SAS transport files or Dataset-JSON, with Define-XML)."""
    from datetime import UTC, datetime

    from regraft.core.errors import FileProblem
    from regraft.study.convert import redcap_dictionary_files, write_as
    from regraft.study.store import read_study

    if out.is_file() or (out.is_dir() and any(out.iterdir())):
        raise FileProblem(out, "is not an empty folder", "Give a new or empty folder with --out")
    if directory is None:
        if to is not Format.REDCAP:
            raise FileProblem("DIR", "no study was named", "Name its folder; only --to redcap can do without")
        out.mkdir(parents=True, exist_ok=True)
        for name, content in redcap_dictionary_files().items():
            (out / name).write_bytes(content)
            typer.echo(f"wrote {out / name}")
        return
    study = read_study(directory, mapping)
    for path in write_as(study, out, to, datetime.now(UTC)):
        typer.echo(f"wrote {path}")
    rows = sum(frame.height for frame in study.tables.values())
    marked = " SIMULATED" if study.about.simulated else ""
    typer.echo(f"{study.about.title}:{marked} {len(study.tables)} tables, {rows} rows, as {to}")
