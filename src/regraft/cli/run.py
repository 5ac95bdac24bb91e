"""`regraft run`: a protocol from screening to report."""

from pathlib import Path
from typing import Annotated

import typer

from regraft.cli.options import AsJson, Threads, finite


def run(
    protocol: Annotated[str, typer.Argument(help="Name of a protocol (atkins-2016), or path to a protocol file.")],
    patients: Annotated[
        int | None, typer.Option(min=1, help="Patients described in the study tables. Default: the protocol's n.")
    ] = None,
    replicates: Annotated[
        int,
        typer.Option(
            min=1, help="Whole trials simulated for predictive intervals, 39 at least; 4000 for figures to quote."
        ),
    ] = 200,
    years: Annotated[
        float | None,
        typer.Option(
            min=0.5,
            max=60.0,
            callback=finite,
            help="Years of follow-up, as far as the data reach. Default: the protocol's.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**62, help="Seed: the same seed gives the same patients.")] = 2016,
    threads: Threads = 0,
    out: Annotated[Path | None, typer.Option(help="Folder for report, results and study tables.")] = None,
    tables: Annotated[
        Path | None, typer.Option(help="Folder for the report's tables as RTF files, to go into a paper.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Simulate a trial: search for patients, treat them step by step, follow them, and report beside what was published."""
    from regraft.cli.output import refuse_file, refuse_foreign
    from regraft.cli.simulation import Request, simulate_trial
    from regraft.cli.summary import print_run
    from regraft.cli.tables import print_json

    folder = out if out is not None else Path("runs") / Path(protocol).stem
    refuse_foreign(folder)
    refuse_file(tables)
    request = Request(
        protocol=protocol, patients=patients, replicates=replicates, years=years, seed=seed, threads=threads,
        tables=tables, command=_command(protocol, patients, replicates, years, seed),
    )  # fmt: skip
    document = simulate_trial(request, folder)
    if as_json:
        print_json(document)
    else:
        print_run(document, folder)


def _command(protocol: str, patients: int | None, replicates: int, years: float | None, seed: int) -> str:
    """Return the command that makes the same results again."""
    options = {"--patients": patients, "--replicates": replicates, "--years": years, "--seed": seed}
    return " ".join(
        ["regraft run", protocol, *(f"{name} {value}" for name, value in options.items() if value is not None)]
    )
