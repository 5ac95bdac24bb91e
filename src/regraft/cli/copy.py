"""`regraft copy`: the files that come with regraft, to start one's own from."""

from pathlib import Path
from typing import Annotated

import typer


def copy(
    name: Annotated[
        str | None, typer.Argument(help="What to copy, such as protocols/atkins-2016; leave it out to see all names.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to copy into; it may hold other files. Default: the current folder.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace files of these names, whoever wrote them.")
    ] = False,
) -> None:
    """Copy a protocol, population, set of definitions, mapping, study of evidence or example, to change or to try."""
    from contextlib import ExitStack

    from regraft.cli.output import say
    from regraft.cli.tables import print_table, tell
    from regraft.core.library import library_files, library_names
    from regraft.writing.file import reserved_file

    if name is None:
        folders: dict[str, list[str]] = {}
        for whole in library_names():
            folder, _, own = whole.rpartition("/")
            folders.setdefault(folder, []).append(own)
        rows = [(folder, ", ".join(names)) for folder, names in folders.items()]
        print_table("Files that come with regraft", ("Folder", "Names"), rows, "Copy one: regraft copy FOLDER/NAME")
        return
    with ExitStack() as stack:
        reserved = {
            source: stack.enter_context(reserved_file((out or Path()) / below, say, replace=replace))
            for below, source in library_files(name).items()
        }
        for source, file in reserved.items():
            file.write(source.read_bytes())
            tell(f"wrote {file.place.shown}")
