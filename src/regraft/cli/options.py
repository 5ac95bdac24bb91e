"""Options that several commands have in common, so that they read alike everywhere."""

from math import isfinite
from typing import Annotated

import typer

Replace = Annotated[
    bool, typer.Option("--replace", help="Replace the file if it is there, whoever wrote it (never one that is read).")
]
FILE = " One that is there is replaced only if regraft wrote it and nobody changed it since, or with --replace."
OUT = " What others put there stays; a file that regraft did not write, or that was changed, is never replaced."


def finite(value: float | None) -> float | None:
    """Refuse nan and inf, which pass for numbers between any limits."""
    if value is not None and not isfinite(value):
        raise typer.BadParameter(f"{value} is not a number that means anything here.")
    return value


AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]
Threads = Annotated[int, typer.Option(min=0, help="Worker threads; 0 takes all cores. Results do not depend on it.")]
