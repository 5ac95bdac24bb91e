"""The `regraft` command: each subcommand stands in a file of its own and imports its machinery when called."""

from collections.abc import Callable
from typing import Annotated

import typer

from regraft.cli import design, evidence, export, protocol, verify
from regraft.cli.analyse import analyse
from regraft.cli.analysis_sets import analysis_sets
from regraft.cli.calibrate import calibrate
from regraft.cli.check import check
from regraft.cli.cite import cite
from regraft.cli.compare import compare
from regraft.cli.convert import convert
from regraft.cli.copy import copy
from regraft.cli.endpoints import endpoints
from regraft.cli.example import example
from regraft.cli.explore import explore
from regraft.cli.help_page import ON_EVERY_PAGE, Command, Commands
from regraft.cli.hypotheses import hypotheses
from regraft.cli.map import map_files
from regraft.cli.multiverse import multiverse
from regraft.cli.pool import pool
from regraft.cli.predict import predict
from regraft.cli.profile import profile
from regraft.cli.run import merge, run
from regraft.cli.schema import schema
from regraft.cli.sensitivity import sensitivity
from regraft.cli.validate import validate

SIMULATE = "Simulate (virtual patients)"
RECORDED = "Recorded data (or a simulated study)"
JUDGE = "Evaluate the model"
REFERENCE = "Look up, plan and export"


def show_version() -> None:
    """Show the version and exit."""
    from importlib.metadata import version

    from regraft.cli.tables import tell

    tell(f"regraft {version('regraft')}")
    raise typer.Exit


def _if_wanted(wanted: bool) -> None:
    if wanted:
        show_version()


Version = Annotated[
    bool, typer.Option("--version", "-V", is_eager=True, callback=_if_wanted, help="Show the version and exit.")
]


def _regraft(version: Version = False) -> None:
    """Trials of immune reset in multiple sclerosis: simulate every step, derive every endpoint, report both alike.

    Research software, not medical advice.
    """


app = typer.Typer(
    name="regraft",
    cls=Commands,
    callback=_regraft,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings=ON_EVERY_PAGE,
    rich_markup_mode=None,
)


def _add(to: typer.Typer, heading: str | None, **commands: Callable[..., None]) -> None:
    """Add commands to a group, below a heading of its page."""
    for name, one in commands.items():
        to.command(name.replace("_", "-"), cls=Command, rich_help_panel=heading)(one)


def _add_group(name: str, heading: str, help_text: str, **commands: Callable[..., None]) -> None:
    """Add a group of commands below a heading."""
    group = typer.Typer(cls=Commands, help=help_text, no_args_is_help=True, rich_markup_mode=None)
    group.callback()(lambda: None)  # a group stays one when it has one command
    _add(group, None, **commands)
    app.add_typer(group, name=name, rich_help_panel=heading)


_add(app, SIMULATE, run=run, merge=merge, compare=compare, predict=predict, profile=profile, explore=explore)
_add(app, RECORDED, analyse=analyse, check=check, endpoints=endpoints, multiverse=multiverse)
_add(app, RECORDED, map=map_files, convert=convert, analysis_sets=analysis_sets)
_add(app, JUDGE, validate=validate, sensitivity=sensitivity, hypotheses=hypotheses, calibrate=calibrate)
_add(app, REFERENCE, example=example, copy=copy, cite=cite, schema=schema)
app.command("version", hidden=True)(show_version)
_add_group(
    "verify",
    JUDGE,
    "Compare published numbers with the same statistics of the model.",
    treatment=verify.treatment,
    disease=verify.disease,
)
_add_group(
    "protocol",
    REFERENCE,
    "List the protocols that can be simulated, or print one in English.",
    list=protocol.list_command,
    show=protocol.show,
)
_add_group(
    "evidence",
    REFERENCE,
    "Look up published trials: every number with its source, and how it was checked.",
    list=evidence.list_command,
    show=evidence.show,
    pool=pool,
)
_add_group(
    "design",
    REFERENCE,
    "Plan a trial: boundaries, decisions and forecasts by calculation; power and harm by simulation.",
    show=design.show,
    bounds=design.bounds,
    run=design.run,
    merge=design.merge,
    size=design.size,
    monitor=design.monitor,
    forecast=design.forecast,
    final=design.final,
)
_add_group("export", REFERENCE, "Write the acute model for other solvers.", sbml=export.sbml)
