"""`regraft cite`: the works that a result rests on."""

from pathlib import Path
from typing import Annotated

import typer

from regraft.cli.options import AsJson


def cite(
    result: Annotated[Path, typer.Argument(help="Folder of a result, or a document that --json printed.")],
    bibtex: Annotated[bool, typer.Option("--bibtex", help="Print entries of BibTeX.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the works that a result rests on: software, definitions, published studies, values of the model."""
    from regraft.api.cite import cite as cite_result
    from regraft.cli.tables import print_json, tell

    found = cite_result(result)
    if as_json:
        print_json(found.document())
    else:
        tell(found.to_bibtex() if bibtex else found.to_text())
