"""`regraft sensitivity`: which parameters drive activity-free survival, improvement and treatment-related death."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regraft.cli.options import OUT, AsJson, Threads

if TYPE_CHECKING:
    from regraft.prediction.sensitivity import Sensitivity
    from regraft.trial.run import TrialPlan
    from regraft.writing.folder import ReservedFolder

_SHOWN = 6


def sensitivity(
    protocol: Annotated[str, typer.Argument(help="Name of a protocol, or path to a protocol file.")] = "atkins-2016",
    patients: Annotated[
        int, typer.Option(min=10, max=200_000, help="Patients at every point, from the same random numbers.")
    ] = 120,
    trajectories: Annotated[
        int, typer.Option(min=2, max=1000, help="Morris trajectories; each takes one point per parameter.")
    ] = 6,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Seed: the same seed gives the same table.")] = 2016,
    threads: Threads = 0,
    out: Annotated[Path | None, typer.Option(help="Folder for table, figure and results.json." + OUT)] = None,
    as_json: AsJson = False,
) -> None:
    """Vary every calibrated parameter over its plausible range and rank what moves the outcomes (some minutes)."""
    from regraft.api.cores import cores
    from regraft.api.simulate import planned
    from regraft.calibration.priors import load_priors
    from regraft.cli.command_line import command_line
    from regraft.cli.machine import compiling
    from regraft.cli.memory import refuse_without_memory
    from regraft.cli.output import files_among, progress, reserved
    from regraft.cli.tables import print_json
    from regraft.prediction.sensitivity import sensitivity as run
    from regraft.trial.protocol import load_protocol
    from regraft.trial.run import compile_trial
    from regraft.writing.folder import Purpose

    command = command_line("sensitivity", protocol, patients=patients, trajectories=trajectories, seed=seed)
    with reserved(out, Purpose(kind="sensitivity", command=command, inputs=files_among(protocol))) as folder:
        plan, quantities = planned(load_protocol(protocol), seed=seed, posterior=None), load_priors()
        refuse_without_memory(_needed(plan, patients), f"{patients:,} patients at a point", "Ask for fewer --patients.")
        with compiling(place=folder):
            compile_trial(plan)
        total = patients * trajectories * (1 + sum(entry.is_parameter for entry in quantities))
        with progress(f"simulating {total} patients", total) as advance:
            done = run(
                plan, quantities, patients=patients, trajectories=trajectories, threads=cores(threads), on_done=advance
            )
        if folder is not None:
            _write(done, command, folder)
    if as_json:
        print_json(done.to_json())
    else:
        _print(done)


def _needed(plan: "TrialPlan", patients: int) -> int:
    """Return the memory one point needs: a trial of so many patients."""
    from dataclasses import replace

    from regraft.replication.size import bytes_to_measure

    return bytes_to_measure(replace(plan, protocol=plan.protocol.model_copy(update={"patients": patients})))


def _write(done: "Sensitivity", command: str, folder: "ReservedFolder") -> None:
    """Write figure, table and document."""
    from regraft.api.folder import write_results
    from regraft.figures.embed import to_svg
    from regraft.figures.sensitivity import draw_sensitivity

    with folder.written() as partial:
        (partial / "SIMULATED-sensitivity.svg").write_bytes(to_svg(draw_sensitivity(done)))
        (partial / "SIMULATED-sensitivity.csv").write_text(done.to_frame().write_csv(), encoding="utf-8")
        write_results(partial, done.to_json() | {"command": command})


def _print(done: "Sensitivity") -> None:
    from regraft.cli.tables import print_table, tell

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
