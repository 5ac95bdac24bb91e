"""`regraft export sbml`: the acute block of one simulated patient for other engines."""

from pathlib import Path
from typing import Annotated

import typer

from regraft.cli.options import FILE, ProtocolName, Replace


def sbml(
    protocol: ProtocolName,
    out: Annotated[Path, typer.Option(help="File to write, .xml or .sbml." + FILE)],
    patient: Annotated[
        str | None,
        typer.Option(
            help="Subject in the tables of `regraft run` with this protocol and seed: 7 or SIM-000007. "
            "Default: the typical patient.",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, max=2**62, help="Seed of the run, and of chance events from day to day.")
    ] = 2016,
    replace: Replace = False,
) -> None:
    """Write mobilisation to day 100 as SBML: equations traced from the program, doses and care as events."""
    from regraft.api.sbml import refuse_ending
    from regraft.api.sbml import sbml as acute_model
    from regraft.cli.output import files_behind, say
    from regraft.cli.tables import tell
    from regraft.writing.file import reserved_file

    refuse_ending(out, "--out")
    with reserved_file(out, say, inputs=files_behind(protocol), replace=replace) as file:
        say("treating one patient step by step, and tracing the equations (some seconds) ...")
        found = acute_model(protocol, patient=patient, seed=seed)
        file.write(found.text.encode())
    tell(f"wrote {out}: {found}")
