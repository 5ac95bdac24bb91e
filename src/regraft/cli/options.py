"""Options that several commands have in common, so that they read alike everywhere."""

from typing import Annotated

import typer

Replace = Annotated[
    bool, typer.Option("--replace", help="Replace the file if it is there, whoever wrote it (never one that is read).")
]
FILE = " One that is there is replaced only if regraft wrote it and nobody changed it since, or with --replace."
OUT = " What others put there stays; a file that regraft did not write, or that was changed, is never replaced."

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]
Threads = Annotated[int, typer.Option(min=0, help="Worker threads; 0 takes all cores. Results do not depend on it.")]
