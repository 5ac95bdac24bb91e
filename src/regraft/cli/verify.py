"""`regraft verify treatment` and `regraft verify disease`.

Published observables beside the same statistics of the model.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regraft.cli.options import FILE, AsJsonRows, ClusterName, Replace, Seed, Threads

if TYPE_CHECKING:
    from regraft.api.verify import Part
    from regraft.verification.rows import Verification

Replicates = Annotated[int, typer.Option(min=50, max=100_000, help="Replicate studies behind each 5-95% interval.")]
Write = Annotated[
    Path | None,
    typer.Option(help="Keep the table in this Markdown file." + FILE),
]


def treatment(
    seed: Seed = 2016,
    replicates: Replicates = 400,
    threads: Threads = 0,
    write: Write = None,
    replace: Replace = False,
    as_json: AsJsonRows = False,
) -> None:
    """Compare the acute model with published numbers, each in the population it was observed in (about a minute)."""
    _verify("treatment", seed, replicates, None, threads, write, replace=replace, as_json=as_json)


def disease(
    seed: Seed = 2016,
    replicates: Replicates = 400,
    draws: Annotated[
        int, typer.Option(min=0, max=400, help="Posterior draws to simulate with; 0: typical values.")
    ] = 40,
    threads: Threads = 0,
    cluster: ClusterName = None,
    write: Write = None,
    replace: Replace = False,
    as_json: AsJsonRows = False,
) -> None:
    """Compare the disease and its drugs with registries, trials and cohorts (some two minutes on two cores)."""
    _verify("disease", seed, replicates, draws, threads, write, cluster=cluster, replace=replace, as_json=as_json)


def _verify(
    part: "Part",
    seed: int,
    replicates: int,
    draws: int | None,
    threads: int,
    write: Path | None,
    *,
    cluster: str | None = None,
    replace: bool,
    as_json: bool,
) -> None:
    from regraft.api.command_line import command_line
    from regraft.api.verify import page_of, title_of, verify
    from regraft.cli.output import reserved_if_asked, say
    from regraft.cli.signals import stopping_at_once

    command = command_line("verify", part, seed=seed, replicates=replicates, draws=draws, write=write)
    with reserved_if_asked(write, option="--write", replace=replace) as file:
        with stopping_at_once(file):
            done = verify(
                part, seed=seed, replicates=replicates, draws=draws or 0, threads=threads, cluster=cluster, say=say
            )
        if file is not None:
            file.write(page_of(done, part, command).encode())
    show(done, title_of(part), as_json=as_json)


def show(done: "Verification", title: str, *, as_json: bool) -> None:
    """Print a verification; all rows that were scored, and why others were not."""
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
