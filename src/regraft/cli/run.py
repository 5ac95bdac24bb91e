"""`regraft run`: a protocol from screening to report."""

from pathlib import Path
from typing import Annotated

import typer

from regraft.cli.options import OUT, AsJson, ProtocolName, Seed, Tables, Threads, finite


def run(
    protocol: ProtocolName,
    patients: Annotated[
        int | None, typer.Option(min=1, help="Patients described in the study tables. Default: the protocol's n.")
    ] = None,
    replicates: Annotated[
        int,
        typer.Option(
            min=1,
            max=1_000_000,
            help="Whole trials simulated for predictive intervals: 39 at least, 4,000 for figures to quote.",
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
    seed: Seed = 2016,
    threads: Threads = 0,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for report, results and study tables; results of an earlier run there are replaced, and a run "
            "of many people that was stopped goes on."
            + OUT
            + " Default: runs/NAME, or runs/NAME-2 and so on where that holds results of another input, seed or option."
        ),
    ] = None,
    tables: Tables = None,
    memory: Annotated[
        str | None,
        typer.Option(
            help="Memory that may be taken, such as 1GB. Default: what the machine has. Results do not depend on it."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Simulate a trial: search for patients, treat and follow them step by step, report beside what was published."""
    from regraft.api.calls import call
    from regraft.api.protocols import protocol as protocol_named
    from regraft.api.requests import RunRequest
    from regraft.api.simulate import planned
    from regraft.cli.memory import bytes_of
    from regraft.cli.output import files_among, reserved_tables, say, whole_name
    from regraft.cli.simulation import simulate_watched
    from regraft.cli.summary import print_run
    from regraft.cli.tables import print_json
    from regraft.writing.folder import Purpose, default_folder, reserved_folder

    bound = bytes_of(memory)
    wished = RunRequest(protocol=protocol, patients=patients, replicates=replicates, years=years, seed=seed)
    command = wished.command()
    purpose = Purpose(
        kind="run",
        command=command,
        asked=(whole_name(protocol), patients, replicates, years, seed),
        inputs=files_among(protocol),
    )
    wanted = out if out is not None else default_folder(Path("runs") / Path(protocol).stem, purpose)
    with reserved_folder(wanted, purpose, say) as folder, reserved_tables(tables, folder) as beside:
        asked = protocol_named(protocol)
        plan = planned(asked.settings, seed=seed, years=years)
        made = call("rg.simulate", asked, replicates=replicates, seed=seed, patients=patients, years=years)
        done = simulate_watched(
            plan,
            made,
            folder,
            patients=patients,
            replicates=replicates,
            threads=threads,
            memory=bound,
        )
        document = done.document(command)
        with folder.written() as partial:
            page = done.write(partial, document)
            if beside is not None:
                beside.write(page, partial)
    if as_json:
        print_json(document)
    else:
        print_run(document, folder.shown)
