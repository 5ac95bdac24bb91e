"""`regraft export sbml`: the acute block of one simulated patient for other engines."""

from pathlib import Path
from typing import Annotated

import typer

from regraft.cli.options import FILE, Replace

ENDINGS = (".xml", ".sbml")


def sbml(
    protocol: Annotated[str, typer.Argument(help="Name of a protocol (atkins-2016), or path to a protocol file.")],
    out: Annotated[Path, typer.Option(help="File to write, .xml or .sbml." + FILE)],
    patient: Annotated[
        str | None,
        typer.Option(
            help="Subject in the tables of `regraft run` with this protocol and seed: 7 or SIM-000007. "
            "Default: the typical patient.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**62, help="Seed of the run; also of the days' chance.")] = 2016,
    replace: Replace = False,
) -> None:
    """Write mobilisation to day 100 as SBML: equations traced from the program, doses and care as events."""
    from regraft.api.simulate import planned
    from regraft.cli.output import files_behind, say
    from regraft.cli.tables import tell
    from regraft.core.errors import FileProblem
    from regraft.sbml.document import how_it_ended
    from regraft.sbml.export import export_person, find_person
    from regraft.sbml.person import subject_number
    from regraft.trial.protocol import load_protocol
    from regraft.writing.file import reserved_file

    if out.suffix.lower() not in ENDINGS:
        raise FileProblem(out, "the ending says that it is no SBML file", "Call it .xml or .sbml with --out.")
    number = None if patient is None else subject_number(patient)
    plan = planned(load_protocol(protocol), seed=seed)
    with reserved_file(out, say, inputs=files_behind(protocol), replace=replace) as file:
        say("treating one patient step by step, and tracing the equations (some seconds) ...")
        person = find_person(plan, number, protocol)
        document, book = export_person(plan, person, plan.parameters)
        file.write(document.encode())
    tell(
        f"wrote {out}: SIMULATED, {plan.protocol.title}, {person.title}; day 0 is the start of mobilisation; "
        f"{how_it_ended(book)}; {len(book.entries)} events"
    )
