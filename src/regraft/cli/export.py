"""`regraft export sbml`: the acute block of one simulated patient for other engines."""

from pathlib import Path
from typing import Annotated

import typer

from regraft.cli.options import FILE, Replace


def sbml(
    protocol: Annotated[str, typer.Argument(help="Name of a protocol (atkins-2016), or path to a protocol file.")],
    out: Annotated[Path, typer.Option(help="File to write, .xml or .sbml." + FILE)],
    patient: Annotated[
        int | None, typer.Option(min=0, help="Patient of this number in `regraft run`. Default: the typical patient.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**62, help="Seed of the run; also of the days' chance.")] = 2016,
    replace: Replace = False,
) -> None:
    """Write mobilisation to day 100 as SBML: equations traced from the program, doses and care as events."""
    from regraft.cli.output import files_among, say
    from regraft.cli.tables import tell
    from regraft.core.parameters import load_parameters
    from regraft.patient.population import load_population
    from regraft.sbml.export import export_sbml
    from regraft.trial.protocol import load_protocol
    from regraft.trial.run import TrialPlan
    from regraft.writing.file import reserved_file

    loaded = load_protocol(protocol)
    plan = TrialPlan(
        protocol=loaded, population=load_population(loaded.population), parameters=load_parameters(), seed=seed,
        years=loaded.follow_up_years,
    )  # fmt: skip
    with reserved_file(out, say, inputs=files_among(protocol), replace=replace) as file:
        document, book = export_sbml(plan, patient)
        file.write(document.encode())
    who = "the typical patient" if patient is None else f"patient {patient} of seed {seed}"
    tell(
        f"wrote {out}: SIMULATED, {loaded.title}, {who}, day 0 (start of mobilisation) to {book.last_day:g}, "
        f"{len(book.entries)} events"
    )
