"""`regraft predict`: a published trial simulated as it was run, published beside predicted."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regraft.cli.options import OUT, AsJsonRows, ClusterName, Seed, Threads

if TYPE_CHECKING:
    from regraft.api.predict import Prediction
    from regraft.prediction.outlook import Outlook
    from regraft.prediction.target import Target
    from regraft.writing.folder import ReservedFolder


def predict(
    trial: Annotated[
        str,
        typer.Argument(
            help="A published study (atkins-2016), a protocol, or a folder with protocol.toml, population.toml and "
            "published.yaml."
        ),
    ],
    replicates: Annotated[
        int, typer.Option(min=2, max=100_000, help="Whole trials simulated: 4,000 for figures to quote.")
    ] = 400,
    seed: Seed = 2016,
    threads: Threads = 0,
    out: Annotated[Path | None, typer.Option(help="Folder for page, table and results.json." + OUT)] = None,
    cluster: ClusterName = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Simulate nothing: list what each published number would be compared with, or why not, and the time.",
        ),
    ] = False,
    as_json: AsJsonRows = False,
) -> None:
    """Simulate a trial as it was run (n, follow-up, definitions) and print published numbers beside predictions."""
    from regraft.api.command_line import command_line
    from regraft.cli.output import reserved, write_to
    from regraft.cli.tables import print_json
    from regraft.prediction.outlook import outlook
    from regraft.prediction.target import find_target
    from regraft.writing.folder import Purpose

    if dry_run:
        _print_outlook(outlook(find_target(trial), replicates), as_json=as_json)
        return
    command = command_line("predict", trial, replicates=replicates, seed=seed)
    with reserved(out, Purpose(kind="predict", command=command, inputs=(Path(trial),))) as folder:
        found = _simulate(find_target(trial), replicates, seed, threads, folder, cluster)
        write_to(folder, found, command)
    if as_json:
        print_json(found.results.to_rows())
    else:
        _print(found, out)


def _simulate(
    target: "Target", replicates: int, seed: int, threads: int, folder: "ReservedFolder | None", cluster: str | None
) -> "Prediction":
    from regraft.api.cores import cores
    from regraft.api.predict import predict_trial
    from regraft.api.workers import workers_of
    from regraft.cli.machine import compiling, say_how_long
    from regraft.cli.memory import refuse_without_memory, worth_saying_of
    from regraft.cli.output import say
    from regraft.cli.pace import pace
    from regraft.core import jobs
    from regraft.core.parameters import load_parameters
    from regraft.prediction.predict import plan_of
    from regraft.replication.size import bytes_to_measure
    from regraft.trial.run import compile_trial

    plan, n = plan_of(target, load_parameters(), seed), target.protocol.patients
    elsewhere = workers_of(cluster, say, replicates * n)
    if elsewhere is None:
        fewer, worth_saying = "Give a protocol with fewer patients.", worth_saying_of(replicates * n)
        refuse_without_memory(bytes_to_measure(plan), f"trials of {n:,}", fewer, worth_saying=worth_saying)
        with compiling(place=folder):
            compile_trial(plan)
    with pace(f"simulating {replicates} trials", replicates * n) as advance:
        return predict_trial(
            target,
            replicates=replicates,
            seed=seed,
            workers=elsewhere or jobs.Threads(cores(threads), say_how_long),
            on_done=advance,
            keep=None if folder is None else folder.parts,
        )


def _print(prediction: "Prediction", out: Path | None) -> None:
    from regraft.cli.tables import print_table, tell
    from regraft.report.sections.published import (
        middle_text,
        predicted_text,
        published_text,
        scored_sentence,
        zero_text,
    )

    found = prediction.results
    for sentence in found.cautions:
        tell(sentence)
    predicted = [row for row in found.rows if row.predicted is not None]
    verdict = {True: "inside", False: "OUTSIDE", None: "-"}
    rows = [
        [
            row.study,
            row.label,
            published_text(row),
            predicted_text(row),
            middle_text(row),
            verdict[row.inside] if row.probability_of_zero is None else f"P(0) = {zero_text(row, 2)}",
            row.not_scored_reason or "scored",
        ]
        for row in predicted
    ]
    title = f"SIMULATED {found.name} ({found.role}): {found.replicates} trials of {found.patients}, seed {found.seed}"
    print_table(
        title,
        ["study", "quantity", "published", "predicted (95%)", "half of the trials", "", "scored, or why not"],
        rows,
    )
    others = [row for row in found.rows if row.predicted is None]
    if others:
        tell("Not predicted:")
        for row in others:
            tell(f"  {row.study}, {_name(row.label, row.arm, row.subgroup)}: {row.not_scored_reason}")
    for sentence in (*scored_sentence(found.rows), found.intervals_hold):
        tell(sentence)
    if out is not None:
        tell(f"Page: {out / 'report.html'}")
    tell("Research software; not medical advice. Every subject is simulated.")


def _print_outlook(found: "Outlook", *, as_json: bool) -> None:
    from regraft.cli.tables import print_json, print_table, tell

    if as_json:
        print_json(found.to_rows())
        return
    for sentence in found.cautions:
        tell(sentence)
    rows = [
        [
            row.study,
            _name(row.label, None, row.subgroup),
            row.endpoint,
            "-" if row.published is None else f"{row.published:g} {row.unit}",
            row.held_against or "nothing",
            "scored" if row.scored else row.reason or "",
        ]
        for row in found.rows
    ]
    head = ["study", "quantity", "endpoint or field", "published", "compared with", "scored, or why not"]
    print_table(f"{found.name} ({found.role}): nothing was simulated", head, rows)
    held = sum(row.held_against is not None for row in found.rows)
    tell(
        f"{held} of {len(found.rows)} published values would be compared with {found.replicates:,} trials of "
        f"{found.patients} people followed for {found.follow_up_years:g} years: about {_duration(found.seconds)} on "
        "one core, and a few minutes more where the model is not compiled yet."
    )


def _duration(seconds: float) -> str:
    return (
        f"{seconds:.0f} seconds"
        if seconds < 90
        else f"{seconds / 60:.0f} minutes"
        if seconds < 5400
        else (f"{seconds / 3600:.1f} hours")
    )


def _name(label: str, arm: str | None, subgroup: str | None) -> str:
    about = ", ".join(part for part in (arm, subgroup) if part)
    return f"{label} ({about})" if about else label
