"""`regraft validate`: all fitted and scored trials, published beside predicted, in one table and one figure."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regraft.cli.options import OUT, Threads

if TYPE_CHECKING:
    from regraft.prediction.validate import Validation
    from regraft.writing.folder import ReservedFolder

DRAWS = 400


def validate(
    draws: Annotated[int, typer.Option(min=20, max=100_000, help="Parameter draws, one replicate trial each.")] = DRAWS,
    full: Annotated[bool, typer.Option("--full", help="4,000 replicate trials, for figures to quote.")] = False,
    seed: Annotated[int, typer.Option(min=0, max=2**62, help="Seed: the same seed gives the same table.")] = 2016,
    threads: Threads = 0,
    out: Annotated[Path | None, typer.Option(help="Folder for page, table and results.json." + OUT)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list of rows on standard output.")] = False,
) -> None:
    """Predict every fitted and every scored trial and say how well that went (some 9 minutes on two cores)."""
    from regraft.api.cores import cores
    from regraft.cli.command_line import command_line
    from regraft.cli.machine import compiling
    from regraft.cli.output import progress, reserved
    from regraft.cli.tables import print_json, tell
    from regraft.core.parameters import load_parameters
    from regraft.prediction.predict import plan_of
    from regraft.prediction.validate import jobs, simulated_size
    from regraft.prediction.validate import validate as validate_all
    from regraft.trial.run import compile_trial
    from regraft.writing.folder import Purpose

    replicates = 4000 if full else draws
    command = command_line("validate", draws=replicates, seed=seed)
    with reserved(out, Purpose(kind="validate", command=command)) as folder:
        parameters, todo = load_parameters(), jobs()
        with compiling(place=folder):
            compile_trial(plan_of(todo[0][0], parameters, seed))
        total = replicates * sum(simulated_size(target) for target, _ in todo)
        with progress(f"simulating {total} patients", total) as advance:
            done = validate_all(parameters, draws=replicates, seed=seed, threads=cores(threads), on_done=advance)
        if folder is not None:
            _write(done, command, folder)
    if as_json:
        print_json(done.to_rows())
        return
    _print(done)
    if out is not None:
        tell(f"Page: {out / 'report.html'}")
    tell("Research software; not medical advice. Every subject is simulated.")


def _write(done: "Validation", command: str, folder: "ReservedFolder") -> None:
    from regraft.api.folder import write_results
    from regraft.report.validated import summary, write_validation

    with folder.written() as partial:
        write_validation(partial / "report.html", done, command)
        (partial / "SIMULATED-validated.csv").write_text(done.to_frame().write_csv(), encoding="utf-8")
        document = {
            "simulated": True,
            "command": command,
            "posterior": done.posterior,
            "intervals_hold": done.intervals_hold,
            "summary": summary(done),
            "rows": done.to_rows(),
        }
        write_results(partial, document)


def _print(done: "Validation") -> None:
    from regraft.cli.tables import print_table, tell
    from regraft.report.sections.published import predicted_text, published_text
    from regraft.report.validated import summary

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
    for sentence in (*summary(done), done.intervals_hold):
        tell(sentence)
