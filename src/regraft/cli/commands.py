"""The `regraft` command: each subcommand stands in a file of its own and imports its machinery when called."""

import typer

from regraft.cli.check import check

app = typer.Typer(
    name="regraft",
    help="Trials of immune reset in multiple sclerosis: simulate every step, derive every endpoint, report both alike."
    " Research software, not medical advice.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(check)
