"""`regraft validate`: all fitted and scored trials, published beside predicted, in one table and one figure."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regraft.cli.options import OUT, AsJsonRows, ClusterName, Seed, Threads

if TYPE_CHECKING:
    from regraft.api.validate import Validation


def validate(
    draws: Annotated[int, typer.Option(min=20, max=100_000, help="Parameter draws, one replicate trial each.")] = 400,
    full: Annotated[bool, typer.Option("--full", help="4,000 replicates of each trial, for figures to quote.")] = False,
    seed: Seed = 2016,
    threads: Threads = 0,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for page, table and results.json; a validation that was stopped goes on." + OUT),
    ] = None,
    cluster: ClusterName = None,
    as_json: AsJsonRows = False,
) -> None:
    """Predict every fitted and every scored trial and say how well that went (some 9 minutes on two cores)."""
    from regraft.api.command_line import command_line
    from regraft.api.cores import cores
    from regraft.api.validate import bytes_needed, patients_of, validate_trials
    from regraft.api.workers import workers_of
    from regraft.cli.machine import compiling, say_how_long
    from regraft.cli.memory import refuse_without_memory
    from regraft.cli.output import reserved, say, write_to
    from regraft.cli.pace import pace
    from regraft.cli.tables import print_json, tell
    from regraft.core.processes import Processes
    from regraft.writing.folder import Purpose

    replicates = 4000 if full else draws
    command = command_line("validate", draws=replicates, seed=seed)
    with reserved(out, Purpose(kind="validate", command=command)) as folder:
        total, elsewhere = patients_of(replicates), workers_of(cluster, say)
        if elsewhere is None:
            done_by = f"{total:,} patients in {cores(threads)} processes"
            refuse_without_memory(bytes_needed(seed, threads), done_by, "Ask for fewer --threads.", worth_saying=0)
        with pace(f"simulating {total:,} patients", total) as advance:
            done = validate_trials(
                draws=replicates,
                seed=seed,
                workers=elsewhere or Processes(cores(threads), say_how_long),
                compiling=compiling(place=folder) if elsewhere is None else None,
                on_done=advance,
                keep=None if folder is None else folder.parts,
            )
        write_to(folder, done, command)
    if as_json:
        print_json(done.results.to_rows())
        return
    _print(done)
    if out is not None:
        tell(f"Page: {out / 'report.html'}")
    tell("Research software; not medical advice. Every subject is simulated.")


def _print(validation: "Validation") -> None:
    from regraft.cli.tables import print_table, tell
    from regraft.report.sections.published import predicted_text, published_text

    done = validation.results
    verdict = {True: "inside", False: "OUTSIDE", None: "-"}
    rows = [
        [
            one.row.study,
            one.row.role + (f", without {one.fitted_without}" if one.fitted_without else ""),
            one.row.label,
            published_text(one.row),
            predicted_text(one.row),
            f"P(0) = {one.row.probability_of_zero:.2f}"
            if one.row.probability_of_zero is not None
            else verdict[one.row.inside],
            "yes" if one.counts else "",
        ]
        for one in done.rows
    ]
    title = f"SIMULATED: {done.draws} replicates of each trial, posterior {done.posterior or 'none'}, seed {done.seed}"
    print_table(title, ["study", "role", "quantity", "published", "predicted (95%)", "", "counts"], rows)
    for sentence in (*validation.sentences, done.intervals_hold):
        tell(sentence)
