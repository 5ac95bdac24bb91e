"""`regraft sensitivity`: which parameters drive activity-free survival, improvement and treatment-related death."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

_SHOWN = 6


def sensitivity(
    protocol: Annotated[str, typer.Argument(help="Name of a protocol, or path to a protocol file.")] = "atkins-2016",
    patients: Annotated[int, typer.Option(min=10, help="Patients at every point, the same ones at each.")] = 120,
    trajectories: Annotated[
        int, typer.Option(min=2, help="Morris trajectories; each takes one point per parameter.")
    ] = 6,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Seed: the same seed gives the same table.")] = 2016,
    threads: Annotated[int, typer.Option(min=0, help="Worker threads; 0 takes all cores.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Folder for table, figure and results.json.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")] = False,
) -> None:
    """Vary every calibrated parameter over its plausible range and rank what moves the outcomes (some minutes)."""
    from regraft.calibration.priors import load_priors
    from regraft.cli.output import finished_folder, progress, refuse_foreign, stopping_at_once
    from regraft.cli.tables import print_json, print_table
    from regraft.core.parameters import load_parameters
    from regraft.patient.population import load_population
    from regraft.prediction.sensitivity import sensitivity as run
    from regraft.trial.protocol import load_protocol
    from regraft.trial.run import TrialPlan, compile_trial

    if out is not None:
        refuse_foreign(out)
    trial, quantities = load_protocol(protocol), load_priors()
    plan = TrialPlan(
        protocol=trial, population=load_population(trial.population), parameters=load_parameters(), seed=seed,
        years=trial.follow_up_years,
    )  # fmt: skip
    with stopping_at_once():
        compile_trial(plan)
    total = patients * trajectories * (1 + sum(not entry.is_study_sd for entry in quantities))
    with progress(f"simulating {total} patients", total) as advance:
        done = run(
            plan, quantities, patients=patients, trajectories=trajectories, threads=threads or os.cpu_count() or 1,
            on_done=advance,
        )  # fmt: skip
    if out is not None:
        from regraft.figures.sensitivity import draw_sensitivity

        with finished_folder(out) as partial:
            draw_sensitivity(done).savefig(partial / "SIMULATED-sensitivity.svg")
            done.to_frame().write_csv(partial / "SIMULATED-sensitivity.csv")
            text = json.dumps(done.to_json(), indent=1, ensure_ascii=False, allow_nan=False)
            (partial / "results.json").write_text(text + "\n", encoding="utf-8")
    if as_json:
        print_json(done.to_json())
        return
    for outcome in dict.fromkeys(effect.outcome for effect in done.effects):
        shown = [effect for effect in done.effects if effect.outcome == outcome][:_SHOWN]
        print_table(
            f"SIMULATED {done.protocol}: {outcome}, percentage points of patients",
            ("parameter", "mean absolute effect (95%)", "signed mean", "spread of effects"),
            [
                (e.parameter, f"{e.mu_star:.1f} +/- {e.mu_star_interval:.1f}", f"{e.mu:+.1f}", f"{e.sigma:.1f}")
                for e in shown
            ],
        )  # fmt: skip
    typer.echo(
        f"{done.patients} patients at each point, the same ones; {done.trajectories} trajectories; seed {done.seed}."
    )
    typer.echo("Research software; not medical advice. Every subject is simulated.")
