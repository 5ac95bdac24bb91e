"""`regraft schema`: the JSON Schemas of the files a person writes, for editors that complete and check them."""

from pathlib import Path
from typing import Annotated

import typer

from regraft.cli.options import FILE, Replace


def schema(
    kind: Annotated[
        str | None, typer.Argument(help="Kind of file, such as protocol; leave it out to see all kinds.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="File to write." + FILE + " Default: standard output.")] = None,
    replace: Replace = False,
) -> None:
    """Print the JSON Schema of a kind of file, with which an editor completes and checks it."""
    from regraft.cli.output import reserved_if_asked
    from regraft.cli.tables import print_table, tell
    from regraft.core.errors import InputError, nearest
    from regraft.core.library import LIBRARY
    from regraft.core.settings import list_names

    folder = LIBRARY / "schemas"
    known = list_names(folder, ".json")
    if kind is None:
        print_table(
            "Schemas of files a person writes", ("Kind",), [(one,) for one in known], "Print one: regraft schema KIND"
        )
        return
    if kind not in known:
        raise InputError(f"{kind!r}: no schema of this kind. {nearest(kind, known)}")
    raw = (folder / f"{kind}.json").read_bytes()
    with reserved_if_asked(out, replace=replace) as file:
        if file is None:
            tell(raw.decode("ascii").rstrip("\n"))
            return
        file.write(raw)
    tell(f'{out}: name it in the first line of a TOML file, "#:schema {out}"')
