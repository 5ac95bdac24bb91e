"""`regraft export sbml`: the acute block of one simulated patient for other engines."""

from pathlib import Path
from typing import Annotated

import typer


def sbml(
    protocol: Annotated[str, typer.Argument(help="Name of a protocol (atkins-2016), or path to a protocol file.")],
    out: Annotated[Path, typer.Option(help="File to write, .xml or .sbml.")],
    patient: Annotated[
        str | None,
        typer.Option(
            help="Subject in the tables of `regraft run` with this protocol and seed: 7 or SIM-000007. "
            "Default: the typical patient.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**62, help="Seed of the run; also of the days' chance.")] = 2016,
) -> None:
    """Write mobilisation to day 100 as SBML: equations traced from the program, doses and care as events."""
    from regraft.cli.output import say
    from regraft.cli.simulation import Request, plan_of
    from regraft.core.errors import FileProblem
    from regraft.sbml.document import how_it_ended
    from regraft.sbml.export import export_person, find_person
    from regraft.sbml.person import subject_number

    number = None if patient is None else subject_number(patient)
    plan = plan_of(
        Request(protocol=protocol, patients=None, replicates=1, years=None, seed=seed, threads=1, command="")
    )
    say("treating one patient step by step, and tracing the equations (some seconds) ...")
    person = find_person(plan, number)
    document, book = export_person(plan, person, plan.parameters)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(document, encoding="utf-8")
    except OSError as problem:
        raise FileProblem(out, f"cannot be written ({problem.strerror})", "Choose another file with --out") from problem
    typer.echo(
        f"wrote {out}: SIMULATED, {plan.protocol.title}, {person.title}; day 0 is the start of mobilisation; "
        f"{how_it_ended(book)}; {len(book.entries)} events"
    )
