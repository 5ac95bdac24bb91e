"""`regraft verify treatment` and `regraft verify disease`.

Published observables beside the same statistics of the model.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regraft.cli.options import FILE, Replace, Threads

if TYPE_CHECKING:
    from regraft.verification.rows import Verification

Seed = Annotated[int, typer.Option(min=0, max=2**62, help="Seed: the same seed gives the same table.")]
Replicates = Annotated[int, typer.Option(min=50, max=100_000, help="Replicate studies behind each 5-95% interval.")]
Write = Annotated[
    Path | None,
    typer.Option(help="Keep the table in this Markdown file." + FILE),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON list of rows on standard output.")]
SEED = 2016
REPLICATES = 400


def treatment(
    seed: Seed = SEED,
    replicates: Replicates = REPLICATES,
    threads: Threads = 0,
    write: Write = None,
    replace: Replace = False,
    as_json: AsJson = False,
) -> None:
    """Hold the acute model against published numbers, each in the population it was seen in (about a minute)."""
    from regraft.api.cores import cores
    from regraft.cli.command_line import command_line
    from regraft.cli.output import reserved_if_asked, say
    from regraft.cli.signals import stopping_at_once
    from regraft.core.parameters import load_parameters
    from regraft.verification.table import markdown
    from regraft.verification.treatment.verify import NOTES, TITLE, verify_treatment

    command = command_line("verify", "treatment", seed=seed, replicates=replicates, write=write)
    with reserved_if_asked(write, option="--write", replace=replace) as file:
        with stopping_at_once(file):
            done = verify_treatment(
                load_parameters(), seed=seed, replicates=replicates, threads=cores(threads), progress=say
            )
        if file is not None:
            file.write(markdown(done, TITLE, command, NOTES).encode())
    show(done, TITLE, as_json=as_json)


def disease(
    seed: Seed = SEED,
    replicates: Replicates = REPLICATES,
    draws: Annotated[int, typer.Option(min=0, max=400, help="Posterior draws to live under; 0: typical values.")] = 40,
    threads: Threads = 0,
    write: Write = None,
    replace: Replace = False,
    as_json: AsJson = False,
) -> None:
    """Hold the disease and its drugs against registries, trials and cohorts (some two minutes on two cores)."""
    from regraft.api.cores import cores
    from regraft.cli.command_line import command_line
    from regraft.cli.output import reserved_if_asked, say
    from regraft.cli.signals import stopping_at_once
    from regraft.core.parameters import load_parameters
    from regraft.core.posterior import load_posterior
    from regraft.verification.disease.verify import NOTES, TITLE, verify_disease
    from regraft.verification.table import markdown

    command = command_line("verify", "disease", seed=seed, replicates=replicates, draws=draws, write=write)
    with reserved_if_asked(write, option="--write", replace=replace) as file:
        with stopping_at_once(file):
            done = verify_disease(
                load_parameters(),
                load_posterior() if draws else None,
                seed=seed,
                replicates=replicates,
                draws=draws,
                threads=cores(threads),
                progress=say,
            )
        if file is not None:
            file.write(markdown(done, TITLE, command, NOTES).encode())
    show(done, TITLE, as_json=as_json)


def show(done: "Verification", title: str, *, as_json: bool) -> None:
    """Print a verification; shared by the parts."""
    import sys

    from regraft.cli.tables import print_table, tell
    from regraft.verification.table import HEADER, cells

    if as_json:
        sys.stdout.write(done.to_json() + "\n")
        return
    print_table(title, HEADER, [cells(row) for row in done.rows if row.scored], done.summary())
    for row in done.outside:
        tell(f"Outside: {row.endpoint}. {row.explanation or 'Not explained yet.'}")
    for row in done.rows:
        if not row.scored:
            tell(f"Not scored: {row.endpoint}: {row.not_scored_reason}.")
