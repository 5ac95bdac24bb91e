"""`regraft sensitivity`: which parameters drive activity-free survival, improvement and treatment-related death."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regraft.cli.options import OUT, AsJson, ClusterName, ProtocolName, Threads

if TYPE_CHECKING:
    from regraft.api.sensitivity import Sensitivity
    from regraft.writing.folder import ReservedFolder

_SHOWN = 6


def sensitivity(
    protocol: ProtocolName = "atkins-2016",
    patients: Annotated[
        int, typer.Option(min=10, max=200_000, help="Patients at every point, from the same random numbers.")
    ] = 120,
    trajectories: Annotated[
        int, typer.Option(min=2, max=1000, help="Morris trajectories; each takes one point per parameter.")
    ] = 6,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Seed: the same seed gives the same results.")] = 2016,
    threads: Threads = 0,
    out: Annotated[Path | None, typer.Option(help="Folder for table, figure and results.json." + OUT)] = None,
    cluster: ClusterName = None,
    as_json: AsJson = False,
) -> None:
    """Vary every calibrated parameter over its plausible range and rank what moves the outcomes (some minutes).

    Needs pip install 'regraft[sensitivity]'.
    """
    from regraft.api.command_line import command_line
    from regraft.cli.output import files_among, reserved, write_to
    from regraft.cli.tables import print_json
    from regraft.writing.folder import Purpose

    command = command_line("sensitivity", protocol, patients=patients, trajectories=trajectories, seed=seed)
    with reserved(out, Purpose(kind="sensitivity", command=command, inputs=files_among(protocol))) as folder:
        done = _vary(protocol, patients, trajectories, seed, threads, folder, cluster)
        write_to(folder, done, command)
    if as_json:
        print_json(done.document(command))
    else:
        _print(done)


def _vary(
    protocol: str,
    patients: int,
    trajectories: int,
    seed: int,
    threads: int,
    folder: "ReservedFolder | None",
    cluster: str | None,
) -> "Sensitivity":
    """Simulate every point, where this machine does it after it is known that its memory is enough."""
    from regraft.api.cores import cores
    from regraft.api.protocols import protocol as protocol_named
    from regraft.api.sensitivity import one_point, patients_to_simulate, sensitivity_of
    from regraft.api.simulate import planned
    from regraft.api.workers import workers_of
    from regraft.cli.machine import compiling, say_how_long
    from regraft.cli.memory import refuse_without_memory, worth_saying_of
    from regraft.cli.output import say
    from regraft.cli.pace import pace
    from regraft.core import jobs
    from regraft.replication.size import bytes_to_measure
    from regraft.trial.run import compile_trial

    asked, total = protocol_named(protocol), patients_to_simulate(patients, trajectories)
    plan = planned(asked.settings, seed=seed, posterior=None)
    elsewhere = workers_of(cluster, say, total)
    if elsewhere is None:
        needed, at_a_point = bytes_to_measure(one_point(plan, patients)), f"{patients:,} patients at a point"
        refuse_without_memory(needed, at_a_point, "Ask for fewer --patients.", worth_saying=worth_saying_of(total))
        with compiling(place=folder):
            compile_trial(plan)
    with pace(f"simulating {total:,} patients", total) as advance:
        return sensitivity_of(
            plan,
            asked,
            patients=patients,
            trajectories=trajectories,
            workers=elsewhere or jobs.Threads(cores(threads), say_how_long),
            on_done=advance,
        )


def _print(sensitivity: "Sensitivity") -> None:
    from regraft.cli.tables import print_table, tell

    done = sensitivity.results
    for outcome in dict.fromkeys(effect.outcome for effect in done.effects):
        shown = [effect for effect in done.effects if effect.outcome == outcome][:_SHOWN]
        print_table(
            f"SIMULATED {done.protocol}: {outcome}, percentage points of patients",
            ("parameter", "mean absolute effect (95%)", "signed mean", "spread of effects"),
            [
                (e.parameter, f"{e.mu_star:.1f} +/- {e.mu_star_interval:.1f}", f"{e.mu:+.1f}", f"{e.sigma:.1f}")
                for e in shown
            ],
        )
    tell(
        f"{done.patients} patients at each point, from the same random numbers; {done.trajectories} trajectories; "
        f"seed {done.seed}."
    )
    tell("Research software; not medical advice. Every subject is simulated.")
