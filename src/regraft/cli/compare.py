"""`regraft compare`: the same virtual patients under each regimen, unranked."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regraft.cli.options import OUT, AsJson, ClusterName, Seed, Threads

if TYPE_CHECKING:
    from regraft.api.regimens import Comparison
    from regraft.writing.folder import ReservedFolder


def compare(
    protocols: Annotated[
        list[str],
        typer.Argument(
            help="Names of protocols, or paths to protocol files; NAME@1 is a protocol after its 1st amendment."
        ),
    ],
    patients: Annotated[
        int, typer.Option(min=2, max=1_000_000, help="Virtual patients treated under every regimen.")
    ] = 1000,
    seed: Seed = 2016,
    threads: Threads = 0,
    out: Annotated[Path | None, typer.Option(help="Folder for page, figure, table and results.json." + OUT)] = None,
    cluster: ClusterName = None,
    as_json: AsJson = False,
) -> None:
    """Treat the same virtual patients under several regimens: paired differences from the first, and no ranking."""
    from regraft.api.requests import CompareRequest
    from regraft.cli.output import files_among, reserved, write_to
    from regraft.cli.tables import print_json
    from regraft.writing.folder import Purpose

    command = CompareRequest(protocols=tuple(protocols), patients=patients, seed=seed).command()
    purpose = Purpose(
        kind="compare", command=command, inputs=files_among(*(name.partition("@")[0] for name in protocols))
    )
    with reserved(out, purpose) as folder:
        found = _treat(protocols, patients, seed, threads, folder, cluster)
        write_to(folder, found, command)
    if as_json:
        print_json(found.document(command))
    else:
        _print(found, out)


def _treat(
    protocols: list[str],
    patients: int,
    seed: int,
    threads: int,
    folder: "ReservedFolder | None",
    cluster: str | None,
) -> "Comparison":
    from regraft.api.cores import cores
    from regraft.api.regimens import bytes_needed, treat
    from regraft.api.workers import workers_of
    from regraft.cli.machine import compiling, say_how_long
    from regraft.cli.memory import refuse_without_memory, worth_saying_of
    from regraft.cli.output import say
    from regraft.cli.pace import pace
    from regraft.core import jobs

    arms = len(protocols)
    elsewhere = workers_of(cluster, say, patients * arms)
    if elsewhere is None:
        refuse_without_memory(
            bytes_needed(protocols, patients),
            f"{patients:,} patients under {arms} regimens",
            "Ask for fewer --patients.",
            worth_saying=worth_saying_of(patients * arms),
        )
    with pace(f"treating {patients} patients {arms} times", patients * arms) as advance:
        return treat(
            protocols,
            patients=patients,
            seed=seed,
            workers=elsewhere or jobs.Threads(cores(threads), say_how_long),
            compiling=compiling(place=folder) if elsewhere is None else None,
            on_done=advance,
            keep=None if folder is None else folder.parts,
        )


def _print(comparison: "Comparison", out: Path | None) -> None:
    from regraft.cli.tables import print_table, tell
    from regraft.report.compared import contrast_text, estimate_text

    found = comparison.results
    header = ["quantity", "unit", *found.regimens, *(f"{name} - {found.regimens[0]}" for name in found.regimens[1:])]
    rows = [
        [
            row.label,
            row.unit,
            *(estimate_text(row, one) for one in row.estimates),
            *(contrast_text(row, one) for one in row.differences),
        ]
        for row in found.rows
    ]
    title = (
        f"SIMULATED, latent: {found.patients} virtual patients under each regimen, seed {found.seed} (95% intervals)"
    )
    print_table(title, header, rows, found.notice)
    tell(found.intervals_hold)
    if out is not None:
        tell(f"Page: {out / 'report.html'}")
    tell("Research software; not medical advice. Every patient is simulated.")
