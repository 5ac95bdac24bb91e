"""`regraft example`: something that works, in a folder of one's own."""

from pathlib import Path
from typing import Annotated

import typer


def example(
    which: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="Which example, such as recorded-data; leave it out to see all of them."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="New folder for it; it must not be there. Default: its name.")
    ] = None,
) -> None:
    """Copy an example into a new folder to work on: a notebook, data, a trial to predict, or a design."""
    from contextlib import ExitStack

    from regraft.api.library import EXAMPLES, example_files
    from regraft.cli.output import say
    from regraft.cli.tables import print_table, tell
    from regraft.core.errors import FileProblem
    from regraft.writing.file import reserved_file

    if which is None:
        rows = [(one, about.sentence, about.next_step.format(folder=one)) for one, about in EXAMPLES.items()]
        print_table("Examples", ("Name", "What it is", "Then"), rows, "Copy one: regraft example NAME")
        return
    files, folder = example_files(which), out or Path(which)
    if folder.exists() or folder.is_symlink():
        raise FileProblem(folder, "it is there already", "Give another folder with --out, or take this one away.")
    with ExitStack() as stack:
        reserved = [
            (source, stack.enter_context(reserved_file(folder / below, say))) for below, source in files.items()
        ]
        for source, file in reserved:
            file.write(source.read_bytes())
    tell(f"{folder}: {', '.join(sorted(files))}\nNext: {EXAMPLES[which].next_step.format(folder=folder)}")
