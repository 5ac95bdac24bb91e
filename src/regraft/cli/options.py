"""Arguments and options that several commands have in common, so that they read alike everywhere."""

from math import isfinite
from pathlib import Path
from typing import Annotated

import typer

Replace = Annotated[
    bool, typer.Option("--replace", help="Replace an existing file, whoever wrote it (but never an input file).")
]
FILE = " An existing file is replaced only if regraft wrote it and nobody changed it since, or with --replace."
OUT = " Other files there stay; a file that regraft did not write, or that was changed, is never replaced."


def finite(value: float | None) -> float | None:
    """Refuse nan and inf, which pass for numbers between any limits."""
    if value is not None and not isfinite(value):
        raise typer.BadParameter(f"{value} is not a number that means anything here.")
    return value


AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]
AsJsonRows = Annotated[bool, typer.Option("--json", help="Print one JSON list of rows on standard output.")]
Seed = Annotated[int, typer.Option(min=0, max=2**62, help="Seed: the same seed gives the same results.")]
Threads = Annotated[int, typer.Option(min=0, help="Worker threads; 0 takes all cores. Results do not depend on it.")]
ClusterName = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        help="Workers that simulate people: address of a Dask scheduler, or a settings file. Needs regraft[cluster].",
    ),
]
ProtocolName = Annotated[
    str, typer.Argument(help="Name of a protocol (such as atkins-2016), or path to a protocol file.")
]
StudyFolder = Annotated[
    Path, typer.Argument(help="Folder of a study in any format, or of your own files with a mapping file.")
]
Mapping = Annotated[
    Path | None,
    typer.Option(help="Mapping file, or the name of a packaged one (such as msprog), if the folder has none."),
]
Definitions = Annotated[str, typer.Option(help="Set of endpoint definitions: a name, or path to a file of your own.")]
Tables = Annotated[
    Path | None, typer.Option(help="Folder for the report's tables as RTF files, to go into a paper." + OUT)
]
