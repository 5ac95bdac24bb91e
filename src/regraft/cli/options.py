"""Options that several commands have in common, so that they read alike everywhere."""

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]
Threads = Annotated[int, typer.Option(min=0, help="Worker threads; 0 takes all cores. Results do not depend on it.")]
